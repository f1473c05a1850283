"""Understand a header row: which column is what, in which unit, and which must not be kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clusters.errors import InputError
from clusters.registry.faults import fault
from clusters.registry.headers import JOINED, compact, is_personal, recognise, unit_of
from clusters.registry.mapping import ColumnMapping
from clusters.registry.model import RawTable
from clusters.registry.personal import holds_personal_values

HEADER_SEARCH_ROWS = 20
AMOUNT_COLUMNS = ("registered_capital_cny", "revenue_cny")
_SHOWN_HEADERS = 12


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """How the columns of one table are used.

    ``used`` maps a canonical column to the positions of its source columns, best first;
    ``units`` the amount columns to the unit of numbers without one. The other fields list
    positions that are not kept.
    """

    used: Mapping[str, tuple[int, ...]]
    units: Mapping[str, str]
    ignored: tuple[int, ...]
    repeated: tuple[int, ...]
    personal: tuple[int, ...]


def unique_headers(cells: Sequence[str | None]) -> tuple[str, ...]:
    """Return header labels without repetition: 备注, 备注 (2); empty ones become (column 5)."""
    seen: dict[str, int] = {}
    labels: list[str] = []
    for position, cell in enumerate(cells, start=1):
        label = " ".join((cell or "").replace("\ufeff", "").split()) or f"(column {position})"
        seen[label] = seen.get(label, 0) + 1
        labels.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return tuple(labels)


def _mapped(mapping: ColumnMapping) -> dict[str, tuple[str, int]]:
    """Return compact header → (canonical column, order) for the columns a mapping names."""
    return {
        compact(header): (canonical, order)
        for canonical, named in mapping.columns.items()
        for order, header in enumerate([named] if isinstance(named, str) else named)
    }


def _meaning(header: str, mapping: ColumnMapping) -> tuple[str, int] | None:
    chosen = _mapped(mapping).get(compact(header))
    if chosen:
        return chosen
    if compact(header) in {compact(ignored) for ignored in mapping.ignore}:
        return None
    found = recognise(header)
    # What the user names replaces what the headers suggest for that column.
    return None if found is None or found[0] in mapping.columns else found


def score(cells: Sequence[str | None], mapping: ColumnMapping) -> int:
    """Return how many canonical columns a row names as a header; 0 without the needed one."""
    meanings = {m[0] for m in (_meaning(c, mapping) for c in cells if c and c.strip()) if m}
    return len(meanings) if mapping.needs in meanings else 0


def find_header(rows: Sequence[Sequence[str | None]], mapping: ColumnMapping) -> int | None:
    """Return the index of the header row among the first rows of a table, or None.

    The row that names the most canonical columns, among them the name of the enterprise; the
    first of equals. A mapping may fix it.
    """
    if mapping.header_row is not None:
        index = mapping.header_row - 1
        return index if index < len(rows) and score(rows[index], mapping) else None
    scores = [score(row, mapping) for row in rows[:HEADER_SEARCH_ROWS]]
    best = max(scores, default=0)
    return scores.index(best) if best else None


def no_needed_column(
    label: str, rows: Sequence[Sequence[str | None]], mapping: ColumnMapping
) -> InputError:
    """Return the error for rows in which no column of names (or addresses) was found."""
    # A row of data is not repeated here, it may hold names of people: headers have no digits.
    filled = [[" ".join(c.split()) for c in row if c and c.strip()] for row in rows]
    likely = (row for row in filled[:HEADER_SEARCH_ROWS] if len(row) > 1)
    seen = next((row for row in likely if not any(map(_is_data, row))), [])
    if not seen:
        return fault("header_missing", file=label, searched=HEADER_SEARCH_ROWS)
    return none_needed(label, seen, mapping)


def none_needed(label: str, headers: Sequence[str], mapping: ColumnMapping) -> InputError:
    """Return the error for a table none of whose headers names a column of names (or addresses)."""
    code = f"{mapping.needs}_column_missing"
    return fault(code, file=label, searched=HEADER_SEARCH_ROWS, seen=some_headers(headers))


def some_headers(headers: Sequence[str]) -> str:
    """Return the first headers in words, and whether there are more."""
    return ", ".join([*headers[:_SHOWN_HEADERS], *(["…"] if len(headers) > _SHOWN_HEADERS else [])])


def choose_table(
    wanted: str | None, names: list[str], tables: Callable[[], list[str]], label: str
) -> tuple[str, list[str]]:
    """Return the sheet or layer of a file to read, and the names of those left out.

    Parameters
    ----------
    wanted
        The one named by the caller, if any; then nothing is told of the others.
    names
        All sheets or layers of the file.
    tables
        Finds those that are tables of firms, at least one.

    Raises
    ------
    InputError
        If the wanted one is not there, or several are tables and none is named.
    """
    if wanted is not None:
        if wanted not in names:
            raise fault("sheet_unknown", file=label, wanted=wanted, names=", ".join(names))
        return wanted, []
    first, *others = found = tables()
    if others:
        raise fault(
            "several_sheets", file=label, count=len(found), names=", ".join(found), first=first
        )
    return first, [name for name in names if name != first]


def _is_data(cell: str) -> bool:
    return len(cell) > 30 or any(ch.isdigit() for ch in cell) or "@" in cell


def require_headers(raw: RawTable, label: str, columns: Mapping[str, str | list[str]]) -> None:
    """Refuse a mapping that names a header the table does not have.

    Parameters
    ----------
    columns
        Canonical column → header or headers, as a mapping names them.

    Raises
    ------
    InputError
        Naming the first such header and those the table has.
    """
    present = {compact(header) for header in raw.headers}
    for canonical, named in columns.items():
        for header in [named] if isinstance(named, str) else named:
            if compact(header) not in present:
                raise fault(
                    "mapping_header_unknown",
                    file=label,
                    column=canonical,
                    header=header,
                    headers=some_headers(raw.headers),
                )


def understand(raw: RawTable, label: str, mapping: ColumnMapping) -> ColumnPlan:
    """Decide how each column of a table is used.

    Raises
    ------
    InputError
        If the mapping names a header the table does not have, or the table has only one column.
    """
    require_headers(raw, label, mapping.columns)
    if len(raw.headers) < 2 and mapping.needs == "name":
        raise fault("one_column", file=label, header=raw.headers[0])
    candidates: dict[str, list[tuple[int, int]]] = {}
    personal: list[int] = []
    unknown: list[int] = []
    for position, header in enumerate(raw.headers):
        meaning = _meaning(header, mapping)
        # Known columns are kept, and single values in them masked; others are judged by content.
        if is_personal(header) or (
            meaning is None and holds_personal_values(raw.cells.iloc[:, position])
        ):
            personal.append(position)
        elif meaning is None:
            unknown.append(position)
        else:
            candidates.setdefault(meaning[0], []).append((meaning[1], position))
    if mapping.needs not in candidates:
        raise none_needed(label, raw.headers, mapping)
    used: dict[str, tuple[int, ...]] = {}
    repeated: list[int] = []
    for canonical, found in candidates.items():
        positions = tuple(position for _, position in sorted(found))
        joins = canonical in JOINED or canonical in mapping.columns
        used[canonical] = positions if joins else positions[:1]
        repeated += () if joins else positions[1:]
    return ColumnPlan(
        used=used,
        units=_units(raw, used, mapping),
        ignored=tuple(unknown),
        repeated=tuple(sorted(repeated)),
        personal=tuple(personal),
    )


def _units(
    raw: RawTable, used: Mapping[str, tuple[int, ...]], mapping: ColumnMapping
) -> dict[str, str]:
    units: dict[str, str] = {}
    for column in AMOUNT_COLUMNS:
        given = dict(mapping.units).get(column)  # type: ignore[call-overload]
        unit = given or (unit_of(raw.headers[used[column][0]]) if column in used else None)
        if unit:
            units[column] = unit
    return units
