"""A firm that moved within its county is told by the distance, others by what differs."""

import shutil
from types import SimpleNamespace

import pytest

from clusters import workspace
from clusters.changes import compare
from clusters.export.briefing.comparison import comparison_pages
from clusters.export.briefing.wording import Wording
from clusters.export.columns import known_columns


@pytest.fixture(scope="module")
def later(published, tmp_path_factory):
    """Return the published snapshot as it may be a year on: three firms moved, one was renamed."""
    folder = tmp_path_factory.mktemp("later") / "20990101T000000Z-abcdef"
    shutil.copytree(published.path, folder)
    firms = published.enterprises.copy()
    precise = firms.index[firms["precision"].isin(["point", "building", "street"])]
    inside, county, zone, name = precise[:4]
    firms.loc[inside, "lat"] += 0.2
    firms.loc[county, "county_code"] = "513401"
    firms.loc[zone, "address"] = "别处一号"
    firms.at[zone, "zone_ids"] = ["elsewhere"]
    firms.loc[name, "name"] = "改名公司"
    firms.to_parquet(folder / "enterprises.parquet", index=False)
    return workspace.Snapshot(folder, published.manifest)


def test_the_briefing_tells_what_the_page_of_changes_tells(published, later):
    found = compare(published, later)
    assert found.counted() == {"entered": 0, "left": 0, "moved": 3, "changed": 2}
    first, _, moved, changed = comparison_pages(published, later, Wording("en"))
    assert [figure.value for figure in first.figures[1:]] == ["0", "0", "3", "2"]
    rows = [[cell.text for cell in row] for row in moved.tables[0].rows]
    told = {label: (before, after) for _, label, before, after in rows}
    assert told["Within the county"][1].endswith("km")
    county, zones = (known_columns()[name].name("en") for name in ("county_code", "zone_ids"))
    assert told[county][0] != told[county][1] == Wording("en").value("county_code", "513401")
    assert told[zones][1] == "elsewhere"
    fields = {row[1].text for row in changed.tables[0].rows}
    assert fields == {known_columns()[name].name("en") for name in ("name", "address")}


def test_no_more_rows_than_the_sheet_holds(published, later):
    firms = later.enterprises.assign(status="revoked")
    whole = SimpleNamespace(
        id="b", enterprises=firms, manifest=later.manifest, metrics=published.metrics
    )
    *_, changed = comparison_pages(published, whole, Wording("en"))
    assert len(changed.tables[0].rows) == 24
    assert changed.lead.startswith("First 24 of")
