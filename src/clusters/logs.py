"""What the app tells its operator: one line an event, with nobody's particulars.

An event has a name and facts: page, account, snapshot, duration and the like. Telephone and
identity numbers, e-mail addresses and credit codes are masked in every line, wherever they come
from; secrets and the parameters of links are never handed to a line at all.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Literal

from clusters.registry.credit_code import SHAPE
from clusters.registry.personal import without_contacts

EVENTS = logging.getLogger("clusters.events")
_FACTS = "clusters_facts"
_CREDIT_CODE = re.compile(rf"(?<![0-9A-Za-z]){SHAPE}(?![0-9A-Za-z])")
_MASK = "***"
# What would begin a line of its own in a log, colour a terminal or turn its reading order.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def event(name: str, *, level: int = logging.INFO, **facts: object) -> None:
    """Write an event to the log.

    Parameters
    ----------
    name
        What happened, in a word or two: ``page``, ``refused``, ``export``.
    level
        Severity, one of `logging`.
    **facts
        What belongs to it; missing ones (None) are left out.
    """
    known = {key: value for key, value in facts.items() if value is not None}
    words = " ".join([name, *(f"{key}={value}" for key, value in known.items())])
    EVENTS.log(level, "%s", words, extra={_FACTS: {"event": name, **known}})


def masked(text: str) -> str:
    """Return a text without telephone and identity numbers, e-mail addresses, credit codes."""
    return without_contacts(_CREDIT_CODE.sub(_MASK, text), _MASK)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, event, and its facts or a message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        facts = getattr(record, _FACTS, None)
        line |= facts or {"event": "message", "logger": record.name, "text": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps({key: _plain(value) for key, value in line.items()}, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """One readable line: time (UTC), level, words; a traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(" ", timespec="milliseconds")
        words = _CONTROL.sub(" ", masked(record.getMessage()))
        line = f"{when[:-6]}Z {record.levelname.lower()} {words}"
        if record.exc_info:
            line += "\n" + masked(self.formatException(record.exc_info))
        return line


def _plain(value: object) -> object:
    """Return a fact as JSON can hold it; numbers stay numbers, the rest is masked text."""
    if isinstance(value, bool | int | float):
        return value
    return _CONTROL.sub(" ", masked(str(value)))


def configure(form: Literal["text", "json"]) -> None:
    """Send every line of this process to standard error in one form; may be called again.

    Streamlit and its server bring handlers of their own; theirs are taken away, so that no line
    goes around the mask.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    EVENTS.setLevel(logging.INFO)
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        if logger.handlers or not logger.propagate:
            logger.handlers = []
            logger.propagate = True
    for name in ("uvicorn.access", "httpx"):  # they name whole links, with what people searched for
        logging.getLogger(name).setLevel(logging.WARNING)
