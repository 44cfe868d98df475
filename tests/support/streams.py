"""A real cluster of nats-servers for one test, whose nodes may be killed."""

import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from control_center.services.nats import NatsServer
from control_center.services.supervisor import Supervised
from tests.support import session
from tests.support.brokers import reserve_port
from twin.errors import ServiceError


@dataclass
class Node:
    """One node."""

    server: NatsServer
    supervised: Supervised

    def kill(self) -> None:
        """End it as a power cut would."""
        process = self.supervised._process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait()


@contextmanager
def running_nodes(count: int = 1) -> Iterator[list[Node]]:
    """Yield nodes of one cluster, gone afterwards; skip where no nats-server can be had."""
    try:
        with session.alone("nats"):
            program = session.programs().nats()
    except ServiceError as error:
        pytest.skip(f"needs nats-server: {error}")
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(
                    dir=session.folder(), prefix="nats-", ignore_cleanup_errors=True
                )
            )
        )
        folder.chmod(0o755)
        ports = [[_port(stack) for _ in range(3)] for _ in range(count)]
        routes = [cluster for _, _, cluster in ports] if count > 1 else []
        nodes = []
        for number, (port, mqtt, cluster) in enumerate(ports, 1):
            server = NatsServer(
                program,
                folder / f"n{number}",
                session.account(),
                port,
                mqtt,
                f"n{number}",
                cluster,
                routes,
            )
            nodes.append(
                Node(
                    server, Supervised(server.program(folder / "log", folder / "run", f"n{number}"))
                )
            )
        for node in nodes:
            node.supervised.start()
            stack.callback(node.supervised.stop)
        yield nodes


def _port(stack: ExitStack) -> int:
    held = stack.enter_context(reserve_port())
    assert isinstance(held, socket.socket)
    return int(held.getsockname()[1])
