"""Ask an online geocoder for addresses, keep what it says, and check it before it is used.

Off unless somebody asks for it. Only the text of the address leaves the machine, without the
telephone numbers, e-mail addresses and identity numbers that registers sometimes carry in it.
Answers are kept in the cache of the workspace and used again; a stopped run goes on where it
stopped. An answer outside the county that the address names is reported and gives no position.
"""

import csv
import re
import time
import unicodedata
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from clusters.errors import InputError
from clusters.geocode.online.cache import AnswerCache
from clusters.geocode.online.client import Fault, GeocoderClient
from clusters.geocode.online.placing import CountyOf, place
from clusters.geocode.online.services import SERVICES, Answer, Service, explain
from clusters.geocode.text import normalise
from clusters.registry.personal import without_contacts
from clusters.settings import Settings, data_path, get_settings

COLUMNS: Final = (
    "lon",
    "lat",
    "precision",
    "radius_m",
    "county_code",
    "service",
    "matched",
    "level",
    "score",
    "status",
    "code",
    "conflict",
    "cached",
)
"""Columns of the result of `geocode_online`, in order."""

FAULTS_IN_A_ROW: Final = 3
"""So many addresses without an answer, one after the other, stop the run."""

_PROVINCE: Final = "四川省"
_SHORTEST: Final = 2
_BUSY_PAUSE_S: Final = 0.2
# Beside what is removed from every text: numbers in groups of any length, or in none. A registry
# keeps those, for they may be codes; no door number is so long.
_TELEPHONE: Final = re.compile(
    r"(?<!\d)(?:"
    r"(?:\+?86[-\s]?)?1[3-9](?:[-\s.]?\d){9}"
    r"|(?:\(?0|\+?86[-\s]?\(?0?)[1-9]\d{1,2}[-\s.)]{0,2}[2-9](?:[-\s.]?\d){6,7}"
    r"|[48]00(?:[-\s]?\d){7}"
    r")(?!\d)"
)

Progress = Callable[[int, int], None]
"""Called with the addresses done and the addresses in all."""


@dataclass
class _Run:
    """What a run has learnt so far; keys are questions."""

    answers: dict[str, Answer] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    faults: dict[str, Fault] = field(default_factory=dict)
    stopped: Fault | None = None
    in_a_row: int = 0


@lru_cache(maxsize=1)
def _provinces() -> tuple[str, ...]:
    # Only this one table: the whole gazetteer takes a second to load and is not needed here.
    with data_path("gazetteer", "outside.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["level"] == "province"]
    return ("四川", *sorted(row["name_zh"] for row in rows))


def _without_people(text: str) -> str:
    """Return a text without contacts, those included that taking out another one put together."""
    while (left := _TELEPHONE.sub("", without_contacts(text, ""))) != text:
        text = left
    return text


def question_of(address: object, *, longest_bytes: int = 600) -> str:
    """Return the text that is sent for an address; empty where there is nothing to send.

    The text is folded (half width, no blanks), cleaned of personal numbers, cut at the first of
    several addresses, and put into the province where it names none: geocoders search the whole
    country, and one address in five begins with a county name that others share.

    Parameters
    ----------
    address
        An address, or anything else a cell may hold.
    longest_bytes
        Longest text in bytes of UTF-8; longer ones lose their end.
    """
    if not isinstance(address, str):
        return ""
    text = _without_people(unicodedata.normalize("NFKC", address))
    text = _without_people(normalise(text)).split(";", maxsplit=1)[0].strip(",:-")
    if len(text) < _SHORTEST or not re.search(r"[\u4e00-\u9fff]", text):
        return ""
    if not text.startswith(_provinces()):
        text = _PROVINCE + text
    return text.encode("utf-8", errors="ignore")[:longest_bytes].decode("utf-8", errors="ignore")


def geocode_online(
    addresses: Sequence[object] | pd.Series,
    *,
    service: str,
    settings: Settings | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
    county_of: CountyOf | None = None,
    named: Sequence[object] | pd.Series | None = None,
) -> pd.DataFrame:
    """Ask an online geocoder where addresses are.

    Parameters
    ----------
    addresses
        Length n; a Series keeps its index.
    service
        ``tianditu``, ``amap`` or ``baidu``.
    settings
        Keys, rate, limits and mirrors; those of the process by default.
    cache
        SQLite file of answers; ``cache/geocoder.sqlite`` in the workspace by default.
    progress
        Called after each different address.
    county_of
        Tells the county of WGS 84 points; None leaves the answers unchecked.
    named
        County code each address names, null where it names none; length n.

    Returns
    -------
    DataFrame
        One row per address, columns `COLUMNS`. ``lon``, ``lat`` are WGS 84 degrees, null where
        ``precision`` is ``none``; ``radius_m`` metres. ``status`` is ``found``, ``no_match``,
        ``refused``, ``too_coarse``, ``county_differs``, ``outside_province``, ``empty`` (nothing
        to ask), ``failed`` (asked without an answer) or ``not_asked`` (the run stopped before);
        ``code`` is the code of the service, ``county_code`` the county of the point, ``conflict``
        why an answer was not used. ``attrs["online"]`` tells how the run went: ``service``,
        ``asked``, ``cached``, ``open`` (different addresses still without an answer),
        ``stopped`` (code, or None), ``message``, ``message_zh``.

    Raises
    ------
    InputError
        If the service is unknown, something must be asked and no key is set, or lengths differ.
    WorkspaceError
        If the cache cannot be used.

    Notes
    -----
    Key and quota trouble and three addresses in a row without an answer stop the run; what was
    answered is returned and kept, and the next run asks only for the rest.
    """
    if service not in SERVICES:
        msg = f"unknown online geocoder {service!r}; use one of {', '.join(SERVICES)}"
        raise InputError(msg)
    if named is not None and len(named) != len(addresses):
        msg = f"{len(addresses)} addresses but {len(named)} named counties; give one per address"
        raise InputError(msg)
    chosen = SERVICES[service]
    settings = settings or get_settings()
    cache = cache or settings.workspace / "cache" / "geocoder.sqlite"
    texts = [question_of(address, longest_bytes=chosen.longest_bytes) for address in addresses]
    wanted = list(dict.fromkeys(text for text in texts if text))
    with AnswerCache(cache, service) as kept:
        run = _Run(answers=kept.get(wanted))
        missing = [text for text in wanted if text not in run.answers]
        report = progress or (lambda _done, _all: None)
        report(len(wanted) - len(missing), len(wanted))
        if missing:
            _ask_all(
                run,
                missing,
                kept,
                chosen,
                settings=settings,
                done=lambda done: report(done, len(wanted)),
            )
    counties = [None] * len(texts) if named is None else list(named)
    index = addresses.index if isinstance(addresses, pd.Series) else pd.RangeIndex(len(texts))
    table = _table(run, texts, chosen, counties, county_of).set_index(index)
    table.attrs["online"] = _report(run, wanted, chosen)
    return table


def _ask_all(
    run: _Run,
    missing: list[str],
    cache: AnswerCache,
    service: Service,
    *,
    settings: Settings,
    done: Callable[[int], None],
) -> None:
    key = getattr(settings, f"{service.name}_key")
    if not key.get_secret_value().strip():
        words = explain(service.name, "no_key")
        msg = f"{service.title}: {words.meaning}; {words.remedy}"
        raise InputError(msg.replace("<SERVICE>", service.name.upper()))
    owner = uuid.uuid4().hex

    def before(question: str) -> None:
        wait = cache.reserve(
            per_second=settings.geocoder_rate_per_second,
            daily_limit=settings.geocoder_daily_limit,
        )
        if wait is None:
            raise Fault(service, "daily_limit")
        # Long enough for one reply: the claim of a killed process must not hold others up.
        cache.claim(question, owner, seconds=wait + settings.geocoder_timeout_s + 2.0)
        time.sleep(wait)

    with GeocoderClient(
        service,
        key,
        url=settings.geocoder_base_urls.get(service.name, service.url),
        timeout_s=settings.geocoder_timeout_s,
        datum=settings.baidu_datum,
    ) as client:
        queue, waiting = deque(missing), 0
        while queue and run.stopped is None:
            question = queue.popleft()
            if not cache.claim(question, owner, seconds=settings.geocoder_timeout_s + 2.0):
                queue.append(question)
                waiting += 1
                if waiting >= len(queue):
                    time.sleep(_BUSY_PAUSE_S)
                    waiting = 0
            else:
                waiting = 0
                try:
                    _ask_one(run, question, cache, client, before)
                finally:
                    cache.release(question, owner)
            done(len(run.answers) + len(run.faults))


def _ask_one(
    run: _Run,
    question: str,
    cache: AnswerCache,
    client: GeocoderClient,
    before: Callable[[str], None],
) -> None:
    known = cache.get([question])
    if known:  # another process was faster
        run.answers.update(known)
        return
    try:
        answer = client.ask(question, lambda: before(question))
    except Fault as fault:
        run.in_a_row += 1
        if fault.kind in {"key", "quota", "call"}:
            run.stopped = fault
            return
        run.faults[question] = fault
        if run.in_a_row >= FAULTS_IN_A_ROW:
            run.stopped = fault
        return
    cache.put(question, answer)
    run.answers[question] = answer
    run.fresh.add(question)
    run.in_a_row = 0


def _table(
    run: _Run,
    texts: list[str],
    service: Service,
    named: Sequence[object],
    county_of: CountyOf | None,
) -> pd.DataFrame:
    count = len(texts)
    columns: dict[str, np.ndarray] = {
        name: np.full(count, np.nan) for name in ("lon", "lat", "radius_m", "score")
    }
    for name in ("county_code", "matched", "level", "code", "conflict"):
        columns[name] = np.full(count, None, dtype=object)
    columns["precision"] = np.full(count, "none", dtype=object)
    columns["service"] = np.full(count, service.name, dtype=object)
    columns["status"] = np.full(count, "empty", dtype=object)
    columns["cached"] = np.zeros(count, dtype=np.bool_)
    found: list[int] = []
    for row, text in enumerate(texts):
        answer = run.answers.get(text)
        if answer is None:
            if text:
                fault = run.faults.get(text)
                columns["status"][row] = "failed" if fault else "not_asked"
                stop = fault or run.stopped
                columns["code"][row] = stop.code if stop else None
            continue
        columns["status"][row], columns["code"][row] = answer.kind, answer.code
        columns["level"][row], columns["matched"][row] = (
            answer.level or None,
            answer.matched or None,
        )
        columns["score"][row], columns["cached"][row] = answer.score, text not in run.fresh
        if answer.kind == "ok":
            found.append(row)
    places = place(
        service.name,
        [run.answers[texts[row]] for row in found],
        named=[code if isinstance(code, str) and code else None for code in _at(named, found)],
        county_of=county_of,
    )
    for name in ("lon", "lat", "precision", "radius_m", "status", "conflict"):
        columns[name][found] = getattr(places, name)
    columns["county_code"][found] = places.county
    table = pd.DataFrame({name: columns[name] for name in COLUMNS})
    words = [name for name in COLUMNS if columns[name].dtype == object]
    return table.astype(dict.fromkeys(words, "str"))


def _at(values: Sequence[object], rows: list[int]) -> list[object]:
    return [values[row] for row in rows]


def _report(run: _Run, wanted: list[str], service: Service) -> dict[str, object]:
    """Tell how a run went, in plain values that any file format can carry."""
    left = len(wanted) - len(run.answers)
    report: dict[str, object] = {
        "service": service.name,
        "asked": len(run.fresh) + len(run.faults),
        "cached": len(run.answers) - len(run.fresh),
        "open": left,
        "stopped": run.stopped.code if run.stopped else None,
        "message": "",
        "message_zh": "",
    }
    fault = run.stopped or next(iter(run.faults.values()), None)
    if fault is not None:
        words = explain(service.name, fault.code)
        said = f" (“{fault.said}”)" if fault.said else ""
        report["message"] = (
            f"{service.title} {fault.code}: {words.meaning}{said}; {words.remedy}. "
            f"{len(run.answers)} of {len(wanted)} addresses answered, {left} open."
        )
        report["message_zh"] = (
            f"{service.title_zh} {fault.code}：{words.meaning_zh}{said}。{words.remedy_zh}。"
            f"共 {len(wanted)} 个地址，已得到结果 {len(run.answers)} 个，尚缺 {left} 个。"
        )
    return report
