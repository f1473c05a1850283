import streamlit as st

from clusters import workspace
from clusters.ui import cards, charts, history_view, map_state, tables
from clusters.ui import compare_sides as sides
from clusters.ui import compare_view as view
from clusters.ui.filters import CHAIN_LAYERS, segment_ids, to_link, year_span
from clusters.ui.links import href, select
from clusters.ui.maps import area_name
from clusters.ui.saved_views import address, parameters
from clusters.ui.state import chosen_snapshot, snapshot, workspace_folder
from clusters.ui.text import language, number, t, term

shown = snapshot()


def place_name(one: str) -> str:
    return t("compare.province") if one in {"", sides.PROVINCE} else area_name(one, language())


def controls(side: str) -> None:
    """Show the filters of one side; each writes its own parameter of the link."""
    published = {one.id: one for one in workspace.list_snapshots(workspace_folder())}
    if len(published) > 1:
        select(
            t("compare.snapshot"),
            ["", *published],
            key=f"{side}_snapshot",
            named=lambda one: (
                history_view.label(published[one]) if one else t("compare.snapshot_shown")
            ),
        )
    select(
        t("compare.place"),
        sides.choices(),
        key=f"{side}_place",
        named=place_name,
        default=sides.DEFAULT_PLACE[side],
    )
    left, right = st.columns(2)
    with left:
        select(
            t("filters.segment"),
            ["", *segment_ids()],
            key=f"{side}_segment",
            named=lambda one: term("segment", one) if one else t("compare.all"),
        )
    with right:
        select(
            t("filters.layer"),
            ["", *CHAIN_LAYERS],
            key=f"{side}_layer",
            named=lambda one: layer_name(one) if one else t("compare.all"),
        )
    # Columns of their own: on a telephone these follow each other, and the years stay together.
    for column, end in zip(st.columns(2), ("first", "last"), strict=True):
        with column:
            years(side, end)
    select(
        t("filters.relevance"),
        ["", "core", "all"],
        key=f"{side}_relevance",
        named=lambda one: t(f"compare.relevance_{one or 'default'}"),
    )


def layer_name(one: str) -> str:
    return t("filters.unknown") if one == "unknown" else term("chain_layer", one)


def years(side: str, end: str) -> None:
    span = year_span(map_state.firm_index(shown)) or (2000, 2000)
    options = ["", *(str(year) for year in range(span[1], span[0] - 1, -1))]
    select(
        t(f"compare.{end}"),
        options,
        key=f"{side}_{end}",
        named=lambda one: one or t("compare.any_year"),
    )


def chosen(side: str) -> tuple[sides.Side, workspace.Snapshot, sides.Mask]:
    asked = sides.side_of(st.query_params.to_dict(), side)
    book = chosen_snapshot(asked.snapshot) or shown
    return asked, book, sides.kept(map_state.firm_index(book), asked)


def picture(side: str, asked: sides.Side, book: workspace.Snapshot, keep: sides.Mask) -> None:
    """Show the heading, the map and the account of one side."""
    counts = sides.area_counts(book.enterprises, keep, asked.place)
    total, placed = int(keep.sum()), int(counts.sum())
    words = {"place": place_name(asked.place), "n": number(total)}
    st.html(view.heading(side, t("compare.side", **words)))
    st.html(
        view.side_map(
            counts,
            asked.place,
            most=most,
            alternative=t("compare.map_alt", side=side.upper(), **words),
            theme=charts.theme_name(),
        )
    )
    cards.note(
        t("compare.account", shown=number(placed), rest=number(total - placed)),
        t("compare.of", n=number(total), total=number(len(book.enterprises)), snapshot=book.id),
    )
    undated = sides.undated(map_state.firm_index(book), asked)
    if undated:
        cards.note(t("compare.undated", n=number(undated)))
    link = href("map", place=asked.place, snapshot=asked.snapshot, **to_link(asked.filters))
    st.html(map_state.link(link, t("compare.to_map", side=side.upper())))


cards.title(t("shell.nav_compare"), t("compare.lead"))
for side, column in zip(sides.SIDES, st.columns(2, gap="large"), strict=True):
    with column, st.container(key=f"compare-{side}"):
        st.html(f'<h2 class="c-section">{side.upper()}</h2>')
        controls(side)

found = {side: chosen(side) for side in sides.SIDES}
tallies = {
    side: sides.area_counts(book.enterprises, keep, asked.place)
    for side, (asked, book, keep) in found.items()
}
most = float(max([1, *(tally.max() for tally in tallies.values() if len(tally))]))
for side, column in zip(sides.SIDES, st.columns(2, gap="large"), strict=True):
    with column:
        picture(side, *found[side])

numbers = {
    side: sides.figures(map_state.firm_index(book), book.enterprises, keep)
    for side, (_asked, book, keep) in found.items()
}
cards.section(t("compare.figures"))
(_, book_a, keep_a), (_, book_b, keep_b) = found["a"], found["b"]
both = sides.in_both(book_a.enterprises, book_b.enterprises, (keep_a, keep_b))
cards.note(t("compare.both", n=number(both)), t("compare.no_test"))
st.html(view.figure_table(numbers["a"], numbers["b"]))

cards.section(t("compare.segments"), t("compare.segments_lead"))
parts = [
    sides.segments(map_state.firm_index(book), asked, keep) for asked, book, keep in found.values()
]
table = sides.differences(*parts)
if table.empty:
    cards.empty()
else:
    frame = view.segment_frame(table)
    st.html(view.rows_html(frame, label=t("compare.segments")))
    cards.note(t("compare.small"))
    tables.chart_data(frame, name="compare-segments")

cards.section(t("compare.areas"))
frame = view.area_frame((tallies["a"], tallies["b"]))
if frame.empty:
    cards.empty()
else:
    st.html(view.rows_html(frame, label=t("compare.areas")))
    tables.chart_data(frame, name="compare-areas")
swap = address("compare", sides.swapped(parameters(st.query_params.to_dict())))
st.html(map_state.link(swap, t("compare.swap")))
