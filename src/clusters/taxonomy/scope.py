"""A business scope (经营范围) as a list of trades, each with what the firm does in it.

A scope is a list with shared verbs: ``销售：传感器、阀门`` sells both, ``传感器、仪表的研发、生产``
makes both. Clauses that take something out (``不含…``, ``…除外``) count for nothing. Text is only
ever replaced character by character, so offsets point into the scope as it was written.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import IntFlag


class Activity(IntFlag):
    """What a firm does with the object of a trade."""

    UNKNOWN = 0
    TRADE = 1  # sell, rent out, repair
    SERVE = 2
    BUILD = 4
    MAKE = 8


@dataclass(frozen=True, slots=True)
class Trade:
    """One item of a scope: half-open offsets, what is done, and its rank from 0."""

    start: int
    end: int
    activity: Activity


_ONE_TO_ONE = str.maketrans("（）【】［］〔〕：；，﹐．｡　", "()()()()" + ":;,,.。 ")
_VERBS = (
    (Activity.MAKE, "研发|研制|研究|开发|制造|生产|加工|自产|制作|设计"),
    (Activity.BUILD, "施工|安装|集成|工程|建设|承包"),
    (Activity.SERVE, "服务|咨询|转让|运营|维护|维保|保养|推广|应用|管理|调试|技术|处理|托管"),
    (Activity.TRADE, "维修|租赁|销售|批发|零售|代理|代销|经销|进出口|批零|购销|贸易|出售|经营"),
)
_ACTIVITY = {verb: flag for flag, verbs in _VERBS for verb in verbs.split("|")}
_ALTERNATIVES = "|".join(sorted(_ACTIVITY, key=len, reverse=True))
_VERB = re.compile(_ALTERNATIVES)
_RUN = rf"(?:{_ALTERNATIVES}|兼|及|和|与|并|其|相关|售后|以及|的|/| )+"
_ONLY_VERBS = re.compile(rf"{_RUN}$")
_LEADING = re.compile(rf"(?:从事|提供|承接|{_ALTERNATIVES})")
_TRAILING = re.compile(rf"(?:的|及其|等){_RUN}$")
_EXCLUSION = re.compile(
    r"不含|除外|不包括|不得|未取得|未经|凭.{0,12}(?:经营|证)|方可|许可项目|有效期|另设|另择|另选|限分支|仅限"
)
_PARENTHESIS = re.compile(r"\([^()]*\)")
_OPEN_TAIL = re.compile(r"\([^()]*$")
_CLAUSE_OUT = re.compile(r"(?:但)?[^;。,、]*除外|(?:不含|不包括)[^;。]*")
# Sentences of the registration office, not trades.
_BOILERPLATE = re.compile(
    r"企业依法自主选择经营项目|依法[须需]经[^;。]*|经相关部门批准[^;。]*|开展经营活动"
    r"|(?:一般|许可|前置许可)经营(?:项目|范围):?"
)
_CLAUSE = re.compile(r"[^;。]+")
_PART = re.compile(r"[^、,:]+[、,:]?")


def normalise(text: str) -> str:
    """Return the text with half-width punctuation, same length."""
    return text.translate(_ONE_TO_ONE)


def without_exclusions(scope: str) -> str:
    """Blank exclusions and boilerplate, keeping every other character in its place.

    Parameters
    ----------
    scope
        A normalised scope.
    """
    # Parentheses from the inside out, then those that were never closed.
    for bracketed in (_PARENTHESIS, _OPEN_TAIL):
        previous = None
        while previous != scope:
            previous = scope
            scope = bracketed.sub(_blank_or_open, scope)
    return _BOILERPLATE.sub(_blank, _CLAUSE_OUT.sub(_blank, scope))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _blank_or_open(match: re.Match[str]) -> str:
    """Blank a parenthesis that excludes; keep the words of one that lists, as further items."""
    inner = match[0]
    if _EXCLUSION.search(inner):
        return " " * len(inner)
    return inner.replace("(", "、").replace(")", " ")


def trades(scope: str) -> list[Trade]:
    """Split a cleaned scope into trades, in order.

    Parameters
    ----------
    scope
        A normalised scope without exclusions.
    """
    found: list[Trade] = []
    for clause in _CLAUSE.finditer(scope):
        found.extend(_clause_trades(clause[0], clause.start()))
    return found


@dataclass(slots=True)
class _Part:
    start: int
    end: int
    own: Activity
    verbs_only: bool
    leads: bool
    trails: bool
    colon: bool


def _parts(clause: str, offset: int) -> list[_Part]:
    parts = []
    for match in _PART.finditer(clause):
        raw = match[0]
        text = raw.rstrip("、,:. ")
        stripped = text.lstrip()
        if not stripped:
            continue
        start = offset + match.start() + len(text) - len(stripped)
        own = Activity.UNKNOWN
        for verb in _VERB.findall(stripped):
            own |= _ACTIVITY[verb]
        only = bool(_ONLY_VERBS.match(stripped))
        parts.append(
            _Part(
                start,
                start + len(stripped),
                own,
                only,
                bool(_LEADING.match(stripped)) and not only,
                bool(_TRAILING.search(stripped)),
                raw.endswith(":"),
            )
        )
    return parts


def _clause_trades(clause: str, offset: int) -> list[Trade]:
    parts = _parts(clause, offset)
    behind = _shared_from_behind(parts)
    trades_: list[Trade] = []
    run = lead = Activity.UNKNOWN
    heading = False
    for part, trailing in zip(parts, behind, strict=True):
        if part.colon and (part.verbs_only or part.leads):
            lead, heading, run = run | part.own, True, Activity.UNKNOWN
            continue
        if part.verbs_only:
            run |= part.own
            continue
        if part.leads:
            lead, heading = run | part.own, heading and not part.own
        run = Activity.UNKNOWN
        if part.leads:
            activity = lead
        elif heading:
            activity = lead | (part.own & ~Activity.SERVE)
        else:
            activity = trailing or part.own or lead
        trades_.append(Trade(part.start, part.end, activity))
    return trades_


def _shared_from_behind(parts: list[_Part]) -> list[Activity]:
    """Return for each part the verbs that follow it and belong to it: ``甲、乙的研发、生产``."""
    shared: list[Activity] = []
    current = Activity.UNKNOWN
    for part in reversed(parts):
        if part.verbs_only:
            current |= part.own
        elif part.trails:
            current |= part.own
            shared.append(current)
            continue
        elif part.own and not part.leads:
            shared.append(current | part.own if current else part.own)
            current = Activity.UNKNOWN
            continue
        elif part.leads:
            shared.append(current | part.own)
            current = Activity.UNKNOWN
            continue
        shared.append(current)
    shared.reverse()
    return shared


def trade_of(items: list[Trade], position: int) -> int | None:
    """Return the rank of the trade that holds a character position, or None."""
    index = bisect_right(items, position, key=lambda trade: trade.start) - 1
    if index < 0 or position >= items[index].end:
        return None
    return index
