import streamlit as st

from clusters.levels import GDP_YEAR
from clusters.places.parks import parks
from clusters.places.reference import gdp, population
from clusters.ui import cards, filters, maps, screening_state, screening_view, tables
from clusters.ui.links import select
from clusters.ui.state import snapshot
from clusters.ui.text import language, number, t, term

shown = snapshot()
cards.title(t("screening.title"), t("screening.lead"))
cards.note(t("screening.nature"))


def limits_form(words: dict[str, str]) -> screening_view.Limits:
    first, second, third = st.columns(3)
    with first:
        levels = screening_state.many(
            t("screening.levels"),
            screening_view.LEVELS,
            key="level",
            named=lambda one: t(f"screening.level_{one}"),
        )
        area_known = screening_state.tick(t("screening.area_known"), key="area_known")
    with second:
        prefectures = screening_state.many(
            t("screening.prefectures"),
            screening_state.prefectures(),
            key="prefecture",
            named=lambda one: maps.area_name(one, language()),
        )
        place_known = screening_state.tick(t("screening.place_known"), key="place_known")
    with third:
        industries = screening_state.many(
            t("screening.industries"),
            list(words),
            key="industries",
            named=lambda one: one if language() == "zh" else words[one],
        )
        within = select(
            t("screening.uncertain"),
            screening_state.UNCERTAIN,
            key="within",
            named=lambda one: one or t("screening.uncertain_any"),
        )
    return screening_view.Limits(
        levels=levels,
        prefectures=prefectures,
        industries=industries,
        area_known=area_known,
        place_known=place_known,
        most_uncertain_km=float(within) if within else None,
    )


def effect(table, screened: screening_view.Screened) -> None:  # noqa: ANN001
    kept = int(screened.keep.sum())
    cards.section(t("screening.left", n=number(kept), total=number(len(table))))
    if not screened.removed:
        cards.note(t("screening.removed_none", total=number(len(table))))
        return
    with st.container(width=560):
        tables.show(
            [
                tables.Column(t("screening.removed_limit")),
                tables.Column(t("screening.removed_parks"), numeric=True),
                tables.Column(t("screening.removed_alone"), numeric=True),
            ],
            [
                [t(f"screening.{name}"), number(gone.parks), number(gone.alone)]
                for name, gone in screened.removed.items()
            ],
            label=t("screening.limits"),
        )
    st.button(
        t("screening.reset"), key="limits-reset", type="tertiary", on_click=screening_state.clear
    )


def park_map(left, chosen: list[str]) -> None:  # noqa: ANN001
    layers = screening_view.layers(left, chosen, language=language(), theme=screening_state.theme())
    maps.show(
        layers,
        key="park-canvas",
        language=language(),
        theme=screening_state.theme(),
        view=maps.fit(maps.SICHUAN, width=545, height=560),
        height=560,
        on_change=screening_state.clicked,
    )
    st.html(maps.legend(layers, language=language(), theme=screening_state.theme()))
    missing = int(left["lon"].isna().sum())
    if missing:
        cards.note(t("screening.unplaced", n=number(missing)))


def park_list(left, chosen: list[str], segment: str) -> None:  # noqa: ANN001
    screening_state.tick_rows(left, chosen)
    st.dataframe(
        screening_view.park_rows(left, language()),
        key="park-table",
        hide_index=True,
        height=560,
        selection_mode="multi-row",
        on_select=lambda: screening_state.rows_ticked(left),
        column_config=screening_state.columns(),
        placeholder="",
        alt=t("screening.table"),
    )
    cards.note(t("screening.reading_firms"))
    cards.note(
        t(
            "screening.reading_lq",
            segment=term("segment", segment),
            n=number(len(shown.enterprises)),
        )
    )


def side_by_side(table, chosen: list[str]) -> None:  # noqa: ANN001
    cards.section(t("screening.compare"))
    picked = table[table["park_id"].isin(chosen)]
    if picked.empty:
        cards.empty(t("screening.compare_none"), t("screening.compare_next"))
        return
    names, rows = screening_view.comparison(picked, language())
    tables.show(
        [tables.Column(""), *(tables.Column(name) for name in names)],
        rows,
        label=t("screening.compare"),
    )
    with st.container(horizontal=True):
        st.button(
            t("screening.compare_clear"),
            key="compare-clear",
            type="tertiary",
            on_click=screening_state.choose,
            args=([],),
        )


@st.fragment
def body() -> None:
    all_parks = parks()
    limits = limits_form(screening_view.industry_words(all_parks))
    segments = filters.segment_ids()
    with st.container(width=380):
        segment = select(
            t("screening.segment"),
            segments,
            key="segment",
            named=lambda one: term("segment", one),
            default=segments[0],
        )
    table = screening_view.park_table(
        all_parks,
        shown.enterprises,
        shown.metrics,
        segment=segment,
        population=population(),
        gdp=gdp(),
    )
    screened = screening_view.screen(table, limits)
    left = table[screened.keep]
    chosen = screening_state.chosen(table)
    effect(table, screened)
    if left.empty:
        cards.empty(t("screening.empty"), t("screening.empty_next"))
    else:
        cards.section(t("screening.table"), t("screening.table_lead"))
        where, what = st.columns([1.15, 1.8], gap="medium")
        with where:
            park_map(left, chosen)
        with what:
            park_list(left, chosen, segment)
            known = int(all_parks["approved_area_ha"].notna().sum())
            cards.note(t("screening.reading_figures", year=GDP_YEAR, known=number(known)))
            tables.downloads(
                lambda: screening_state.export(left, segment),
                name=t("screening.file"),
                provenance=screening_state.provenance(shown, limits, segment),
            )
    side_by_side(table, chosen)


body()
