"""A proof in three lengths: one sentence, one paragraph, and in full, with ways of knowing apart.

In full means that every link is told, under how it is known: measured or seen, announced, worked
out, assumed; and after them what is not known. Each line is one link of the document and nothing
else, so that a link that goes takes its words with it.
"""

from dataclasses import dataclass

from control_center.sentences.chain import Chain, Line, capitalised
from control_center.sentences.document import Proof
from control_center.sentences.situation import situation
from control_center.sentences.speaker import Moment, Speaker

GROUPS = ("known", "announced", "computed", "assumed")
"""Ways of knowing under which links are told, the strongest first."""

_GROUP_OF = {
    "measured": "known",
    "observed": "known",
    "announced": "announced",
    "computed": "computed",
    "assumed": "assumed",
}


@dataclass(frozen=True, slots=True)
class Telling:
    """One proof in words.

    Attributes
    ----------
    sentence, paragraph : str
        Its two shorter lengths.
    known, announced, computed, assumed : list of str
        One line for each link, by how it is known; then each value that nobody measured.
    unknown : str or None
        What is not known, as one sentence.
    """

    sentence: str
    paragraph: str
    known: list[str]
    announced: list[str]
    computed: list[str]
    assumed: list[str]
    unknown: str | None
    headings: dict[str, str]

    @property
    def full(self) -> list[str]:
        """The third length, line by line: a heading before each group that is not empty."""
        lines = [self.paragraph]
        for group in GROUPS:
            found: list[str] = getattr(self, group)
            if found:
                lines += [self.headings[group], *(f"  {line}" for line in found)]
        if self.unknown:
            lines.append(self.unknown)
        return lines


def tell(speaker: Speaker, proof: Proof, moment: Moment, slug: str | None = None) -> Telling:
    """Tell a proof in three lengths.

    Parameters
    ----------
    slug : str, optional
        The reader's street; without it the whole town is meant.
    """
    chain, texts = Chain(speaker), speaker.texts
    spoken = speaker.incident(proof, moment, slug)
    groups: dict[str, list[str]] = {group: [] for group in GROUPS}
    device = situation(proof, slug).device if slug else None
    named = proof.nameable or slug is None
    for step, line in chain.pairs(proof, device) if named else ():
        group = _GROUP_OF.get(step.basis)
        if group is not None:
            groups[group].append(_sentence(speaker, line))
    told = speaker.assumptions(proof, device)
    if told:
        groups["assumed"].append(texts.plain("lengths.assumptions", assumptions=told))
    unknown = chain.unknown(proof)
    return Telling(
        sentence=spoken.medium,
        paragraph=spoken.long,
        known=groups["known"],
        announced=groups["announced"],
        computed=groups["computed"],
        assumed=groups["assumed"],
        unknown=None if unknown is None else texts.plain("unknown.sentence", things=unknown),
        headings={group: texts.plain(f"lengths.{group}") for group in GROUPS},
    )


def _sentence(speaker: Speaker, line: Line) -> str:
    at = None if line.at is None else speaker.moments.at(line.at)
    return speaker.texts.plain(
        "lengths.line",
        title=capitalised(line.title),
        detail=line.detail or None,
        at=at,
        word=line.word,
        confidence=None
        if line.confidence is None
        else speaker.figures.percent(min(line.confidence, 0.99)),
    )
