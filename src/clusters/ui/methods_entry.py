"""What the page of methods lists: entries in parts, with the words to search in."""

import re
from dataclasses import dataclass

from clusters.ui.tables import Column
from clusters.ui.text import texts


@dataclass(frozen=True)
class Entry:
    """One thing explained: its cells in the visitor's language, and all words to search in."""

    cells: tuple[str, ...]
    words: str
    group: str = ""


@dataclass(frozen=True)
class Part:
    """A table of entries."""

    key: str
    columns: tuple[Column, ...]
    entries: tuple[Entry, ...]
    title: str = ""


def entry(*cells: str, also: str = "", group: str = "") -> Entry:
    """Return an entry that is found by its cells and by what is searched in `also`."""
    plain = " ".join(re.sub(r"<[^>]+>", " ", cell) for cell in cells)
    return Entry(cells, f"{plain} {also}".casefold(), group)


def found(part: Part, query: str) -> tuple[Entry, ...]:
    """Return the entries that hold every word of a query, in either language."""
    wanted = query.casefold().split()
    return tuple(one for one in part.entries if all(word in one.words for word in wanted))


def both(key: str) -> str:
    """Return a text in both languages, to search in."""
    return " ".join(texts()[key])
