"""``reverbere serve``: the control centre, in one process."""

import socket
from contextlib import ExitStack
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI

from control_center.app import create_app
from control_center.cli.common import open_database, open_settings, say
from control_center.live.hub import Hub
from control_center.people import Access, Role
from control_center.services.registry import running
from control_center.settings import Settings
from control_center.web_settings import WebSettings
from twin.errors import PortTaken
from twin.store.database import Database

_GRACE_S = 5
_BACKLOG = 512


def command(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; default: this machine alone.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port of the pages; 0 takes any. Default: 8000.")
    ] = None,
    territory: Annotated[
        str | None, typer.Option(help="Short name of the territory; default: the one that is open.")
    ] = None,
) -> None:
    """Serve pages, API and live map, and run the background work, until Ctrl-C."""
    settings = open_settings()
    chosen = {"host": host, "port": port}
    web = settings.web.model_copy(update={k: v for k, v in chosen.items() if v is not None})
    with ExitStack() as stack:
        listening = stack.enter_context(_listen(web))
        database = stack.enter_context(
            open_database(territory, settings=settings, name="reverbere serve")
        )
        app = make_app(settings, web, database)
        _greet(app, web, listening)
        Server(_configuration(app)).run(sockets=[listening])


def make_app(settings: Settings, web: WebSettings, database: Database) -> FastAPI:
    """Make the application with what this home folder knows of its servers."""
    found = running(settings.home)
    described = found.described if found else {}
    return create_app(web, database, home=settings.home, services=described)


class Server(uvicorn.Server):
    """A server whose live streams end first: browsers on them would hold up a stop."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the browsers of the live channel go, then finish what is being answered."""
        app = self.config.app
        if isinstance(app, FastAPI):
            hub: Hub = app.state.hub
            hub.end_streams()
        await super().shutdown(sockets)


def _configuration(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE_S,
    )


def _listen(web: WebSettings) -> socket.socket:
    """Take the port before anything else is begun.

    Raises
    ------
    PortTaken
        Another program listens on it.
    """
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((web.host, web.port))
    except OSError as error:
        listening.close()
        raise PortTaken("control centre", web.port, "--port or REVERBERE_WEB_PORT") from error
    listening.set_inheritable(True)
    return listening


def _greet(app: FastAPI, web: WebSettings, listening: socket.socket) -> None:
    host = f"[{web.host}]" if ":" in web.host else web.host
    say(f"http://{host}:{listening.getsockname()[1]}/")
    access: Access = app.state.access
    if access.open:
        say("accès ouvert sur ce poste · open to this machine")
        return
    for role in Role:
        say(f"clé · key  {role.value:<9} {access.keys[role]}")
