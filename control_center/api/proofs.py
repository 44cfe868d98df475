"""``/v1/incidents/{code}/proofs``: versions of a proof, and what each says in words."""

import json
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from control_center.moments import Moments
from control_center.pages.street_view import next_quarter, switch_on_after, telephone
from control_center.pages.territories import territory_of
from control_center.people import Operator
from control_center.rendering import words_of
from control_center.sentences.document import read_proof
from control_center.sentences.lengths import tell
from control_center.sentences.speaker import Moment, Speaker
from twin.store.incidents import IncidentReader

router = APIRouter(prefix="/v1", tags=["incidents"])


class ProofVersion(BaseModel):
    """One version of a proof; it never changes."""

    version: int
    made_at: datetime
    sha256: str
    document: str = Field(description="Address of the document")


class ProofWords(BaseModel):
    """A proof in three lengths, by how things are known."""

    version: int
    sentence: str
    paragraph: str
    known: list[str] = Field(description="Links measured by an instrument or seen by a person")
    computed: list[str]
    assumed: list[str]
    unknown: str | None


@router.get("/incidents/{code}/proofs", summary="Versions of an incident's proof")
def versions(request: Request, _: Operator, code: str) -> list[ProofVersion]:
    """Return every version, oldest first: facts that change make a new one, old ones stay."""
    reader = IncidentReader(request.app.state.database)
    reader.incident(code)
    return [
        ProofVersion(
            version=row["version"],
            made_at=row["made_at"],
            sha256=row["sha256"],
            document=f"/preuve/{code}.json?version={row['version']}",
        )
        for row in reader.proof_versions(code).to_dicts()
    ]


@router.get("/incidents/{code}/words", summary="An incident's proof in words")
def words(
    request: Request,
    _: Operator,
    code: str,
    version: Annotated[int | None, Query(ge=1, description="The newest by default")] = None,
) -> ProofWords:
    """Return a proof as one sentence, one paragraph and in full; ``?lang=en`` for English."""
    state = request.app.state
    place, now = territory_of(request), state.clock.now()
    stored = IncidentReader(state.database).stored_proof(code, version)
    speaker = Speaker(Moments(words_of(request), ZoneInfo(place.timezone), now))
    moment = Moment(next_quarter(now), switch_on_after(now, place), telephone(place))
    told = tell(speaker, read_proof(json.loads(stored.document)), moment)
    return ProofWords(
        version=stored.version,
        sentence=told.sentence,
        paragraph=told.paragraph,
        known=told.known,
        computed=told.computed,
        assumed=told.assumed,
        unknown=told.unknown,
    )
