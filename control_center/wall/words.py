"""The header in words, and the words that the page's scripts need."""

import re
from datetime import datetime

from markupsafe import Markup

from control_center.catalogue import Texts
from control_center.figures import Figures
from control_center.moments import Moments
from twin.store.live import Pulse

_TAG = re.compile(r"<[^<>]+>")
_SCRIPT_KEYS = (
    "reconnecting",
    "stale",
    "replay",
    "back_to_live",
    "no_message",
    "last_message",
    "map.no_webgl",
    "map.error",
    "theme.light",
    "theme.dark",
    "problem.other",
    "refused.still_wet",
    "refused.nothing_to_inspect",
    "refused.words_needed",
    "refused.bad_span",
    "refused.conflict",
    "refused.unknown_thing",
    "refused.reversed_window",
    "refused.not_then",
    "refused.no_end",
    "refused.from_the_future",
    "refused.past_end",
    "refused.one_device",
    "refused.nothing_named",
    "refused.rate_exceeded",
    "refused.away",
)


def clock_of(moments: Moments) -> str:
    """Write the date and the hour to the second, as the page's clock does."""
    local = moments.now.astimezone(moments.zone)
    day = moments.day(local.date())
    if moments.texts.language == "en":
        return f"{day}, {local:%H:%M:%S}"
    return f"{day}, {local.hour}\u00a0h\u00a0{local:%M}\u00a0min\u00a0{local:%S}\u00a0s"


def ledger_of(texts: Texts, figures: Figures, pulse: Pulse) -> Markup:
    """Write the balance of the ledger since midnight."""
    key = "operator.ledger.balanced" if pulse.balanced else "operator.ledger.unbalanced"
    return texts.html(key, count=figures.number(pulse.received))


def age_of(texts: Texts, last: datetime | None, now: datetime) -> Markup | str:
    """Write how old the last message is."""
    if last is None:
        return texts.plain("operator.no_message")
    return texts.html("operator.last_message", age=age(max(0, round((now - last).total_seconds()))))


def age(seconds: int) -> str:
    """Write an age in its largest unit, short: ``12 s``, ``3 min``, ``5 h``."""
    if seconds < 100:
        return f"{seconds}\u00a0s"
    if seconds < 6000:
        return f"{seconds // 60}\u00a0min"
    return f"{seconds // 3600}\u00a0h"


def script_words(texts: Texts) -> dict[str, str]:
    """Return the messages of the scripts, their slots left open, without tags."""
    chosen = {key: texts.message(f"operator.{key}") for key in _SCRIPT_KEYS}
    ledger = {key: texts.message(f"operator.ledger.{key}") for key in ("balanced", "unbalanced")}
    return {
        key: _bare(message)
        for key, message in {**chosen, **{f"ledger.{k}": v for k, v in ledger.items()}}.items()
        if isinstance(message, str)
    }


def _bare(message: str) -> str:
    return _TAG.sub("", message)
