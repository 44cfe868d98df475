"""Statements live in ``.sql`` files; this module hands them out by name."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """Return the text of ``queries/<name>.sql``.

    Parameters
    ----------
    name : str
        Path below ``twin/store/queries`` without its ending, e.g. ``"city/lights"``.
    """
    resource = files("twin.store").joinpath("queries", *f"{name}.sql".split("/"))
    return resource.read_text(encoding="utf-8")
