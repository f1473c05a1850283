import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from clusters.export.briefing.batch import GROUPS
from clusters.export.definitions import definitions
from clusters.export.industries import industry_name
from clusters.ui import briefing_state, briefs_view, cards, map_state, map_view
from clusters.ui import briefing_view as view
from clusters.ui.account import fragment
from clusters.ui.handing import offer
from clusters.ui.links import select
from clusters.ui.state import snapshot
from clusters.ui.text import day, language, number, t

shown = snapshot()
cards.title(t("briefing.title"), t("briefing.lead"))


def choices() -> view.Sheet:
    area = select(
        t("briefing.area"),
        view.areas(),
        key="area",
        named=briefing_state.area_label,
        default=view.areas()[0],
    )
    chosen = {
        "layer": select(
            t("briefing.layer"),
            view.LAYERS,
            key="layer",
            named=lambda one: t(f"briefing.layer_{one}"),
            default=view.LAYERS[0],
        )
    }
    if chosen["layer"] == "metric":
        chosen |= metric_choices()
    tongue = select(
        t("briefing.language"),
        ("zh", "en"),
        key="text",
        named=lambda one: t(f"briefing.language_{one}"),
        default=language(),
    )
    left, right = st.columns(2)
    with left:
        chosen["size"] = select(
            t("briefing.size"),
            view.SIZES,
            key="size",
            named=lambda one: t(f"briefing.size_{briefing_state.SIZE_KEYS[one]}"),
            default=view.SIZES[0],
        )
    with right:
        chosen["format"] = select(
            t("briefing.format"),
            view.FORMATS,
            key="format",
            named=lambda one: t(f"briefing.format_{one}"),
            default=view.FORMATS[0],
        )
    return view.sheet_of(chosen, area=area, language="en" if tongue == "en" else "zh")


def metric_choices() -> dict[str, str]:
    grain = select(
        t("briefing.grain"),
        ("prefecture", "county"),
        key="grain",
        named=lambda one: t(f"terms.level_{one}"),
        default="prefecture",
    )
    metrics, industries = map_state.choices(shown, grain)
    return {
        "grain": grain,
        "metric": select(
            t("briefing.metric"),
            metrics,
            key="metric",
            named=lambda one: definitions()[one].name(language()),
            default=map_state.first(map_state.METRIC, metrics),
        ),
        "industry": select(
            t("briefing.industry"),
            industries,
            key="industry",
            named=lambda one: industry_name(one.partition(":")[2], language()),
            default=map_state.first(map_view.AI, industries),
        ),
    }


def contents(sheet: view.Sheet) -> None:
    cards.section(t("briefing.contents"))
    rows = [
        (t("briefing.content_snapshot"), shown.id),
        (t("briefing.content_as_of"), day(shown.manifest["as_of"])),
    ]
    if sheet.layer == "firms":
        account = view.contents(shown.enterprises, sheet.area, language())
        rows += [
            (t("briefing.content_firms"), number(account.selected)),
            (t("briefing.content_drawn"), number(account.shown)),
            (t("briefing.content_counted"), number(account.left_out["precision"])),
            (t("briefing.content_none"), number(account.left_out["none"])),
            (t("briefing.content_total"), number(account.total)),
        ]
    else:
        name = definitions()[sheet.metric].name(language())
        industry = industry_name(sheet.industry.partition(":")[2], language())
        rows.append((t("briefing.content_metric"), f"{name} · {industry}"))
    st.html(briefing_state.rows_html(rows))


def take_away(sheet: view.Sheet) -> None:
    provenance = briefing_state.provenance(shown, sheet)
    offer(
        t("briefing.download", format=sheet.fmt.upper()),
        lambda: briefing_state.picture(shown, view.request(sheet, dpi=300), provenance).data,
        file_name=view.file_name(sheet),
        mime=view.MIME[sheet.fmt],
        primary=True,
        key="sheet-download",
    )
    cards.section(t("briefing.command"))
    st.code(briefing_state.command(shown, sheet), language="bash", wrap_lines=True)


def sheet_preview(sheet: view.Sheet) -> None:
    with st.spinner(t("briefing.drawing")):
        drawn = briefing_state.picture(
            shown, view.preview(sheet), briefing_state.provenance(shown, sheet)
        )
    with st.container(key="sheet-preview"):
        st.image(drawn.data, width="stretch", alt=t("briefing.picture"))
    for message in briefing_state.warnings(sheet, drawn):
        st.html(briefing_state.warning_html(message))


@fragment
def body() -> None:
    left, right = st.columns([1, 3.1], gap="medium")
    with left:
        kind = briefs_view.template()
    if kind in GROUPS:
        briefs_view.many_briefings(shown, kind, left, right)
    elif kind == "map":
        map_sheet(left, right)
    else:
        briefs_view.one_briefing(shown, kind, left, right)


def map_sheet(left: DeltaGenerator, right: DeltaGenerator) -> None:
    with left:
        sheet = choices()
    scheme, _, industry = sheet.industry.partition(":")
    if sheet.layer == "metric" and not map_view.measured(
        shown.metrics, sheet.grain, sheet.metric, scheme, industry
    ):
        with right:
            cards.empty(t("briefing.metric_missing"), t("briefing.metric_missing_next"))
        return
    with left:
        take_away(sheet)
    with right:
        sheet_preview(sheet)
        contents(sheet)


body()
