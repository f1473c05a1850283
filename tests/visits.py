"""Visits to pages of the app without a browser."""

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

from clusters.ui.filters import segment_ids
from clusters.ui.maps import places

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = (
    "lq_population",
    "lq_gdp",
    "density_km2",
    "county_code",
    "prefecture_code",
    "ai_relevance",
    "chain_layer",
    "zone_ids",
    "radius_m",
    "uncertainty_km",
    "approved_area_ha",
    "national_htz",
    "review_number_missing",
    "left_precision",
)


def visit(name: str, **query: str) -> AppTest:
    """Open a page by its link."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    at.switch_page(f"pages/{name}.py")
    for key, value in query.items():
        at.query_params[key] = value
    return at.run()


def words(at: AppTest) -> str:
    """Return every word a visitor reads."""
    found = [re.sub(r"<[^>]*>", " ", block.proto.body) for block in at.get("html")]
    for group in (at.button, at.checkbox, at.selectbox, at.multiselect, at.text_input, at.slider):
        found += [widget.label for widget in group]
    for group in (at.selectbox, at.multiselect):
        found += [str(option) for widget in group for option in widget.options]
    found += [caption.value for caption in at.caption]
    for table in at.dataframe:
        found += [str(cell) for cell in table.value.to_numpy().ravel()]
    return " ".join(found)


def raw(at: AppTest) -> list[str]:
    """Return the identifiers of the data a visitor would see; there must be none."""
    zones = [one for one, place in places().items() if place.kind in {"zone", "park"}]
    ids = [one for one in segment_ids() if "_" in one] + [one for one in zones if "-" in one]
    text = words(at)
    return [
        one for one in (*ids, *COLUMNS) if re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", text)
    ]
