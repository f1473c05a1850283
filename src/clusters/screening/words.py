"""Names that come near a name nobody knows."""

from collections.abc import Iterable

from rapidfuzz import fuzz, process

__all__ = ["near"]

_LIKE = 60.0
_MOST = 12


def near(given: str, known: Iterable[str]) -> str:
    """Return ``did you mean …?``, or the names there are where none comes near."""
    names = list(known)
    found = process.extract(given, names, scorer=fuzz.WRatio, limit=3, score_cutoff=_LIKE)
    if found:
        return f"did you mean {' or '.join(name for name, _, _ in found)}?"
    some = ", ".join(names[:_MOST])
    return f"choose from {some}" if len(names) <= _MOST else f"choose one such as {some}, …"
