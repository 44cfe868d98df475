"""Structured logs: one event a line, for people on a terminal, as JSON elsewhere.

Libraries that log in the usual way (uvicorn, paho) come out in the same form.
"""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import Processor

_QUIET = ("httpx", "httpcore", "asyncio", "urllib3", "pyogrio")
_SILENT = ("psycopg.pool",)  # tells every attempt; whoever waits tells the outcome


def configure(form: Literal["auto", "human", "json"] = "auto", level: str = "info") -> None:
    """Set up the logs of this process, on standard error.

    Parameters
    ----------
    form : str
        ``"human"``, ``"json"``, or ``"auto"``: human on a terminal.
    level : str
        Least serious level that is written.
    """
    human = form == "human" or (form == "auto" and sys.stderr.isatty())
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if human else "iso", utc=not human),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_ending(human=human),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _ending(*, human: bool) -> list[Processor]:
    if human:
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(pad_event_to=0, exception_formatter=plain)]
    tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # no secrets
    return [
        structlog.processors.ExceptionRenderer(tracebacks),
        structlog.processors.JSONRenderer(),
    ]
