"""The one style sheet of the app, made from the design tokens."""

from functools import lru_cache
from importlib import resources

from clusters.maps.palette import DARK, LIGHT, STATUS, Theme


def _variables(theme: Theme) -> str:
    names = ("ink", "paper", "panel", "muted", "line", "accent", "warm", "no_value")
    return "".join(f"--c-{name.replace('_', '-')}:{getattr(theme, name)};" for name in names)


def style_sheet() -> str:
    """Return the style sheet as one ``<style>`` element.

    Light or dark follows what Streamlit resolved, which it exposes as ``color-scheme`` on its root.
    """
    status = "".join(f".c-{name}{{--c-mark:{mark.colour};}}" for name, mark in STATUS.items())
    return f"<style>:root{{{_variables(LIGHT)}}}{status}{_rules()}</style>"


def dark_variables() -> str:
    """Return the variables of the dark theme as one ``<style>`` element."""
    return f"<style>:root{{{_variables(DARK)}}}</style>"


@lru_cache(maxsize=1)
def _rules() -> str:
    return resources.files("clusters.ui").joinpath("style.css").read_text(encoding="utf-8")
