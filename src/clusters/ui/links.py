"""Choices that stand in the link: a selection by its id, whatever the language of its label.

A wrong value in a link is ignored. The widget's own state wins once the visitor has chosen.
"""

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

import streamlit as st

from clusters.settings import get_settings
from clusters.ui.text import language


def _state(key: str) -> str:
    """Return the widget key of a link parameter: apart from those of other pages."""
    return f"choice-{key}"


def keep(key: str, value: str) -> None:
    """Write a parameter into the link, or take it out where it is empty."""
    if value:
        if st.query_params.get(key) != value:
            st.query_params[key] = value
    elif key in st.query_params:
        del st.query_params[key]


def select(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    named: Callable[[str], str],
    default: str = "",
    label_visibility: str = "visible",
) -> str:
    """Show a select box whose choice stands in the link under `key`.

    Parameters
    ----------
    options : sequence of str
        Ids; `default` is one of them.
    named : callable
        The label of an id in the visitor's language.
    """
    state = _state(key)
    asked = st.session_state.get(state, st.query_params.get(key, default))
    st.session_state[state] = asked if asked in options else default
    chosen = st.selectbox(
        label,
        options,
        format_func=named,
        key=state,
        label_visibility="collapsed" if label_visibility == "collapsed" else "visible",
    )
    keep(key, "" if chosen == default else str(chosen))
    return str(chosen)


def switch(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    named: Callable[[str], str],
    label_visibility: str = "collapsed",
) -> str:
    """Show a row of views, the first chosen by default; the choice stands in the link."""
    state = _state(key)
    asked = st.session_state.get(state) or st.query_params.get(key)
    st.session_state[state] = asked if asked in options else options[0]
    chosen = st.segmented_control(
        label,
        options,
        format_func=named,
        key=state,
        required=True,
        label_visibility="collapsed" if label_visibility == "collapsed" else "visible",
    )
    keep(key, "" if chosen == options[0] else str(chosen))
    return str(chosen)


def search(label: str, *, key: str, placeholder: str = "") -> str:
    """Show a search field whose words stand in the link."""
    state = _state(key)
    if state not in st.session_state:
        st.session_state[state] = st.query_params.get(key, "")[:80]
    text = st.text_input(label, key=state, placeholder=placeholder, max_chars=80)
    keep(key, (text or "").strip())
    return (text or "").strip()


def href(page: str, /, **query: str) -> str:
    """Return the relative address of a page with a query; the visitor's language goes along."""
    full = {name: value for name, value in query.items() if value}
    if language() != get_settings().language:
        full["lang"] = language()
    path = "." if page == "overview" else page
    return f"{path}?{urlencode(full)}" if full else path
