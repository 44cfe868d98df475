"""``/v1/sightings``: what people and cameras say they see of lights, for programs."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import Request

from control_center.people import Operator
from control_center.witnessing import witness
from twin.store.diagnosis import NewSighting

router = APIRouter(prefix="/v1", tags=["incidents"])


class Sighting(BaseModel):
    """One word of one witness about one light."""

    light: str = Field(min_length=1, max_length=120, description="Code of the light")
    dark: bool = Field(description="Seen dark, or lit")
    witness: Literal["resident", "camera", "patrol", "crew"]
    at: AwareDatetime | None = Field(default=None, description="When; null: now")
    reporter: str = Field(
        default="",
        max_length=200,
        description="Who said so, in any form that tells people apart; only a digest is kept",
    )


class Recorded(BaseModel):
    """What became of it."""

    light: str
    at: datetime
    new: bool = Field(description="False: the same was said already, and counts once")


@router.post("/sightings", summary="Record what somebody saw of a light", status_code=201)
def sighting(request: Request, _: Operator, said: Sighting) -> Recorded:
    """Record that a light was seen dark or lit; it weighs with all other evidence.

    A 404 problem where no light has that code; 422 for an impossible instant (``not_then``) or
    where one reporter, or one light, has too many (``too_many_sightings``).
    """
    state = request.app.state
    at = said.at or state.clock.now()
    new = witness(
        state.database,
        state.clock,
        NewSighting(said.light, at, said.dark, said.witness, said.reporter),
    )
    return Recorded(light=said.light, at=at, new=new)
