"""The ways to add something, walked as docs/extending.md tells them, on a copy of the data."""

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clusters.ui import text

ROOT = Path(__file__).resolve().parents[2]
EXTENDING = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
WALK = """
import sys
import pandas as pd
import clusters
from clusters import cli
from clusters.places.parks import shipped_parks
from clusters.places.zones import zones
from clusters.screening import measures
from clusters.screening.measurements import Measured

firms = pd.DataFrame({
    "name": ["泸州甲科技有限公司"],
    "address": ["四川省泸州市泸州智算谷2号楼"],
    "business_scope": ["脑机接口设备研发、制造"],
})
assert "luzhou-compute-valley" in set(zones()["zone_id"])
located = clusters.locate(firms)
assert "luzhou-compute-valley" in located["zone_ids"].iloc[0], located.iloc[0].to_dict()
judged = clusters.classify(firms)
assert judged["segment"].iloc[0] == "brain_computer_interface", judged.iloc[0].to_dict()


def far_west(evidence):
    return Measured(-evidence.parks["lon"].astype(float).to_numpy())


measures.MEASURES["far_west"] = far_west
sys.argv = ["clusters", "screen", "west.csv", "--profile", "west.toml"]
try:
    cli.main()
except SystemExit as end:
    assert not end.code, end.code
ranked = pd.read_csv("west.csv")
west = shipped_parks().dropna(subset="lon").sort_values("lon")["park_id"].head(5)
assert ranked["park_id"].iloc[0] in set(west), ranked.iloc[0].to_dict()
print("walked")
"""
PROFILE = """
name = "west"
segment = "brain_computer_interface"
radius_km = 20

[weights]
far_west = 100
"""


def examples() -> list[str]:
    """Return the rows the page shows."""
    blocks = re.findall(r"^```csv\n(.*?)^```", EXTENDING, re.MULTILINE | re.DOTALL)
    return [block.strip().splitlines() for block in blocks]


def add(path: Path, **cells: str) -> None:
    """Add a row to a table; cells not given stay empty."""
    with path.open(encoding="utf-8", newline="") as file:
        head = next(csv.reader(file))
    assert set(cells) <= set(head), set(cells) - set(head)
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, head, lineterminator="\n").writerow(cells)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Return a copy of the shipped data with a zone, a segment and a criterion more."""
    folder = tmp_path_factory.mktemp("extended") / "data"
    shutil.copytree(ROOT / "data", folder)
    zone, segment = examples()
    for row, file in ((zone, "gazetteer/zone_names.csv"), (segment, "taxonomy/rules.csv")):
        lines = (folder / file).read_text(encoding="utf-8").splitlines()
        assert lines[0] == row[0], "the page shows another head than the table has"
        (folder / file).write_text("\n".join([*lines, *row[1:]]) + "\n", encoding="utf-8")
    add(
        folder / "boundaries" / "zones.csv",
        zone_id="luzhou-compute-valley",
        name_zh="泸州智算谷",
        name_en="Luzhou Compute Valley",
        short_zh="泸州智算谷",
        short_en="Luzhou Compute Valley",
        role="candidate",
        prefecture_code="510500",
        county_codes="510502",
        confidence="low",
        note="own survey 2026",
    )
    add(
        folder / "taxonomy" / "segments.csv",
        segment="brain_computer_interface",
        zh="脑机接口",
        en="Brain-computer interfaces",
        default_layer="technology",
        plan_part="core_technology",
        plan_term_zh="脑机接口",
        plan_term_en="Brain-computer interfaces",
        colour_index="17",
    )
    add(
        folder / "screening" / "industry_words.csv",
        segment="brain_computer_interface",
        words="脑机接口;医疗器械",
    )
    add(
        folder / "screening" / "criteria.csv",
        criterion="far_west",
        group="access",
        name_zh="偏西",
        name_en="Far west",
        definition_zh="园区中心的经度，取负",
        definition_en="Longitude of the park's centre, negative",
        unit_zh="度",
        unit_en="degrees",
        digits="1",
        direction="more",
        vintage="2026",
        source="data/parks",
        confidence="low",
    )
    return folder


@pytest.mark.slow
def test_a_zone_a_segment_and_a_criterion_are_rows(data: Path, tmp_path: Path) -> None:
    (tmp_path / "west.toml").write_text(PROFILE, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", WALK],
        env=os.environ | {"CLUSTERS_DATA": str(data)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.split()[-1:]) == (0, ["walked"]), done.stderr


def test_a_third_language_is_a_third_word(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"a.done": ("完成", "done", "fertig"), "a.new": ("新的", "new")}
    monkeypatch.setattr(text, "LANGUAGES", ("zh", "en", "de"))
    monkeypatch.setattr(text, "texts", lambda: words)
    monkeypatch.setattr(text, "language", lambda: "de")
    assert text.t("a.done") == "fertig"
    assert text.t("a.new") == "new"
    assert text.pick("成都", "Chengdu") == "Chengdu"


def test_files_and_names_the_page_tells_exist() -> None:
    told = set(re.findall(r"`((?:src|data|docs|tests)/[\w./]+\.\w+)`", EXTENDING))
    assert len(told) > 8
    assert [name for name in told if not (ROOT / name).exists()] == []
    for name, file in (
        ("_LANGUAGE_NAMES", "ui/shell.py"),
        ("LANGUAGES", "ui/text.py"),
        ("mark_undefined", "metrics/undefined.py"),
        ("GROUPS", "ui/methods_view.py"),
    ):
        assert name in (ROOT / "src" / "clusters" / file).read_text(encoding="utf-8")
