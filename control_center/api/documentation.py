"""``/docs``: the contract as a page of our own; nothing is fetched from elsewhere."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from control_center.api.problems import KINDS, OTHER_KINDS
from control_center.rendering import pages_of

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def documentation(request: Request) -> HTMLResponse:
    """Show every operation, its parameters, and the kinds of errors."""
    contract: dict[str, Any] = request.app.openapi()
    return pages_of(request).render(
        request,
        "documentation.html",
        operations=operations(contract),
        kinds=[*KINDS.values(), *OTHER_KINDS],
    )


def operations(contract: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the operations of an OpenAPI contract by tag, in order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in contract["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["other"])[0]
            found.setdefault(tag, []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "summary": operation.get("summary", ""),
                    "description": operation.get("description", ""),
                    "parameters": [
                        {
                            "name": one["name"],
                            "required": one.get("required", False),
                            "description": one.get("description", ""),
                        }
                        for one in operation.get("parameters", [])
                    ],
                }
            )
    return found
