"""``/entrer``: a key and a name, where the access is not open; and what people read of errors."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from control_center.api.problems import Problem
from control_center.people import COOKIE, STAY, Access, Person
from control_center.rendering import pages_of

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/entrer")
def entrance(request: Request) -> Response:
    """Show the door."""
    return _door(request, refused=False)


@router.post("/entrer")
def enter(
    request: Request,
    key: Annotated[str, Form(max_length=200)],
    name: Annotated[str, Form(min_length=1, max_length=80)],
    then: Annotated[str, Form(max_length=300)] = "/pilotage",
) -> Response:
    """Let in who holds a key: a signed cookie says their name and role for half a day."""
    access: Access = request.app.state.access
    role = access.role_of(key)
    if role is None:
        return _door(request, refused=True)
    cookie = access.cookie(Person(name.strip(), role), request.app.state.clock.now())
    answer = RedirectResponse(_ours(then), status_code=303)
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=int(STAY.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/sortir")
def leave() -> Response:
    """Forget who was asking."""
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def problem_page(request: Request, problem: Problem) -> Response:
    """Answer an error to somebody who browses: cause, effect, way out."""
    if problem.kind.slug == "access-needed":
        return _door(request, refused=False, then=request.url.path)
    return pages_of(request).render(
        request,
        "problem.html",
        status=int(problem.kind.status),
        headers={"Cache-Control": "no-store", **problem.headers},
        problem=problem,
    )


def _door(request: Request, *, refused: bool, then: str = "/pilotage") -> Response:
    access: Access = request.app.state.access
    status = 200 if access.open else 401
    return pages_of(request).render(
        request,
        "entrance.html",
        status=status,
        headers={"Cache-Control": "no-store"},
        refused=refused,
        then=then,
        open_access=access.open,
    )


def _ours(address: str) -> str:
    """Keep an address to this server: anything else leads to the portal."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"
