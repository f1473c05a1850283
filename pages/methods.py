import streamlit as st

from clusters.ui import cards, links, methods_view, tables
from clusters.ui.account import fragment
from clusters.ui.handing import offer
from clusters.ui.state import snapshot
from clusters.ui.text import number, t

shown = snapshot()
LEADS = {
    "metrics": "methods.notation",
    "classes": "methods.classes_lead",
    "places": "methods.places_lead",
    "zones": "methods.zones_lead",
    "status": "methods.status_lead",
    "checks": "methods.checks_lead",
    "sources": "methods.sources_lead",
    "limits": "methods.limits_lead",
    "glossary": "methods.glossary_lead",
}


def section(name: str, parts: tuple[methods_view.Part, ...]) -> None:
    cards.section(t(f"methods.part_{name}"), t(LEADS[name]))
    if name == "places":
        cards.note(t("methods.places_steps"))
    for part in parts:
        if part.title:
            st.html(methods_view.heading(part.title))
        st.html(methods_view.part_html(part))


@fragment
def page() -> None:
    everything = methods_view.sections(shown.enterprises)
    with st.container(width=420):
        query = links.search(t("methods.search"), key="q", placeholder=t("methods.search_hint"))
    if query:
        listed = methods_view.search(everything, query)
        if not listed:
            cards.empty(t("methods.none", query=query), t("methods.none_next"))
            return
        cards.note(t("methods.found", query=query, n=number(methods_view.size(listed))))
    else:
        chosen = links.switch(
            t("methods.part"),
            list(everything),
            key="part",
            named=lambda name: t(f"methods.part_{name}"),
        )
        listed = {chosen: everything[chosen]}
    for name, parts in listed.items():
        section(name, parts)
    cards.section(t("methods.action_title"), t("methods.action_lead"))
    offer(
        t("shell.download_csv"),
        lambda: tables.csv_bytes(methods_view.as_table(listed)),
        file_name="methods.csv",
        mime="text/csv",
        key="methods-csv",
    )


cards.title(t("shell.nav_methods"), t("methods.lead"))
page()
