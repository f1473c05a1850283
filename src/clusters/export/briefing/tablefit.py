"""How a table fits a box: widths of columns, heights of rows, and where it breaks."""

import math
from dataclasses import replace

from clusters.export.briefing.elements import Box, TableBox
from clusters.export.briefing.flow import cut
from clusters.export.briefing.measure import LINE, height_of, widest_word, width_of
from clusters.export.briefing.model import Cell, Table

PAD_X, PAD_Y = 0.09, 0.045
_SIZES = (13.0, 12.5, 12.0, 11.5, 11.0, 10.5, 10.0, 9.5, 9.0)
_BREAKING = 10.0
_FEW_LINES = 2
_WIDEST = 0.46
_SLACK = 1.06
_HEADLESS_LABEL = 0.3
_LEAST_ROOM = 1.5


def fit_table(table: Table, box: Box) -> list[TableBox]:
    """Return the table as one box, or as several where it needs more pages.

    The largest letters at which the whole table fits are taken; a table that does not fit at
    the smallest is broken between rows at 10 points.
    """
    for most in (_FEW_LINES, math.inf):
        for size in _SIZES:
            fitted = _at(table, box, size)
            lines = (max(fitted.heights) - 2 * PAD_Y) * 72 / (size * LINE)
            if sum(fitted.heights) <= box.h and lines < most + 0.5:
                return [_aired(_shrunk(fitted), box.h)]
    return _broken(_with_rows_cut(_at(table, box, _BREAKING)))


def table_height(table: Table, width: float, size: float) -> float:
    """Return the height of a table of a width at a size of letters."""
    return sum(_at(table, Box(0, 0, width, 0), size).heights)


def table_at(table: Table, box: Box, size: float) -> TableBox:
    """Return the table in a box at a size of letters."""
    return _shrunk(_at(table, box, size))


def _shrunk(fitted: TableBox) -> TableBox:
    box = fitted.box
    whole = Box(box.x, box.y, box.w, sum(fitted.heights))
    return TableBox(whole, fitted.table, fitted.widths, fitted.heights, fitted.size)


def _aired(fitted: TableBox, room: float) -> TableBox:
    """Give the rows of a short table air, up to half a line each."""
    spare = 0.8 * room - sum(fitted.heights)
    more = min(max(spare, 0.0) / max(len(fitted.heights), 1), 0.5 * fitted.size / 72)
    box = fitted.box
    heights = tuple(height + more for height in fitted.heights)
    whole = Box(box.x, box.y, box.w, sum(heights))
    return TableBox(whole, fitted.table, fitted.widths, heights, fitted.size)


def _at(table: Table, box: Box, size: float) -> TableBox:
    widths = _widths(table, box.w, size)
    rows = [[(cell.text, cell.tone == "strong") for cell in row] for row in table.rows]
    if table.headed:
        rows.insert(0, [(column.label, True) for column in table.columns])
    heights = tuple(_row_height(row, widths, size) for row in rows)
    return TableBox(box, table, widths, heights, size)


def _row_height(cells: list[tuple[str, bool]], widths: tuple[float, ...], size: float) -> float:
    """Return the height of a row of texts, each bold or not."""
    tall = (
        height_of(text, size, width - 2 * PAD_X, bold=bold)
        for (text, bold), width in zip(cells, widths, strict=True)
    )
    return max(tall) + 2 * PAD_Y


def _widths(table: Table, width: float, size: float) -> tuple[float, ...]:
    """Share the width: what each column would like, what it needs at least."""
    wish, need = [], []
    for position, column in enumerate(table.columns):
        texts = [(column.label, True)]
        texts += [(row[position].text, row[position].tone == "strong") for row in table.rows]
        lines = [(part, bold) for text, bold in texts for part in text.split("\n")]
        likes = _SLACK * max(width_of(part, size, bold=bold) for part, bold in lines) + 2 * PAD_X
        words = max(widest_word(part, size, bold=bold) for part, bold in lines) + 2 * PAD_X
        wish.append(min(likes, _WIDEST * width))
        # Chinese breaks anywhere, yet a column of two characters is not a column.
        # A number is read in one piece.
        least = likes if column.numeric else max(words, min(likes, 0.75))
        need.append(min(least, 0.3 * width))
    if not table.headed and len(wish) == 2:
        label = min(wish[0], _HEADLESS_LABEL * width)
        return (label, width - label)
    return _share(wish, need, width)


def _share(wish: list[float], need: list[float], width: float) -> tuple[float, ...]:
    """Shrink the widest columns first, none below its need, until the table fits."""
    spare = width - sum(wish)
    if spare >= 0:
        total = sum(wish)
        return tuple(w + spare * w / total for w in wish)
    if sum(need) >= width:
        total = sum(need)
        return tuple(n * width / total for n in need)
    low, high = 0.0, max(wish)
    for _ in range(40):
        cap = (low + high) / 2
        total = sum(max(min(w, cap), min(n, w)) for w, n in zip(wish, need, strict=True))
        low, high = (low, cap) if total > width else (cap, high)
    shared = [max(min(w, low), min(n, w)) for w, n in zip(wish, need, strict=True)]
    rest = width / sum(shared)
    return tuple(part * rest for part in shared)


def _with_rows_cut(fitted: TableBox) -> TableBox:
    """Return the table with every row that is taller than a page going on in the rows below.

    At the foot of a page, where it will not stay anyway, nothing is cut.
    """
    table, box = fitted.table, fitted.box
    room = box.h - (fitted.heights[0] if table.headed else 0.0)
    if max(fitted.heights) <= room or room < _LEAST_ROOM:
        return fitted
    rows, heights = [], list(fitted.heights[:1] if table.headed else ())
    for whole in table.rows:
        row: tuple[Cell, ...] = whole
        while any(cell.text for cell in row) or row is whole:
            parts = [
                cut(
                    cell.text,
                    fitted.size,
                    width - 2 * PAD_X,
                    room - 2 * PAD_Y,
                    bold=cell.tone == "strong",
                )
                for cell, width in zip(row, fitted.widths, strict=True)
            ]
            rows.append(
                tuple(replace(c, text=head) for c, (head, _) in zip(row, parts, strict=True))
            )
            texts = [(cell.text, cell.tone == "strong") for cell in rows[-1]]
            heights.append(_row_height(texts, fitted.widths, fitted.size))
            row = tuple(replace(c, text=rest) for c, (_, rest) in zip(row, parts, strict=True))
    return TableBox(
        box, replace(table, rows=tuple(rows)), fitted.widths, tuple(heights), fitted.size
    )


def _broken(fitted: TableBox) -> list[TableBox]:
    table, box = fitted.table, fitted.box
    head = fitted.heights[0] if table.headed else 0.0
    body = fitted.heights[1:] if table.headed else fitted.heights
    pages: list[tuple[list[int], float]] = [([], head)]
    for row, height in enumerate(body):
        rows, used = pages[-1]
        if rows and used + height > box.h:
            pages.append(([row], head + height))
        else:
            pages[-1] = ([*rows, row], used + height)
    parts = []
    for rows, used in pages:
        heights = [body[row] for row in rows]
        part = replace(table, rows=tuple(table.rows[row] for row in rows))
        whole = Box(box.x, box.y, box.w, used)
        tall = tuple([head, *heights] if table.headed else heights)
        parts.append(TableBox(whole, part, fitted.widths, tall, fitted.size))
    return parts
