"""The whole way: rows conserved, bytes repeated, personal data gone, real registries carried."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import clusters
from clusters import pipeline, workspace
from clusters.errors import InputError
from clusters.metrics.sums import memberships


@pytest.fixture(scope="module")
def shipped(shipped_template: Path) -> workspace.Snapshot:
    return workspace.open_snapshot(shipped_template)


def test_shipped_firms_all_reach_the_snapshot(shipped: workspace.Snapshot) -> None:
    account = shipped.manifest["account"]
    assert account == {"read": 235, "published": 235, "duplicates": 0, "rejected": 0}
    assert shipped.manifest["shipped_data"] is True
    firms = shipped.enterprises
    assert firms.crs.to_epsg() == 4326
    assert firms["enterprise_id"].is_unique
    assert (firms.geometry.isna() == (firms["precision"] == "none")).all()
    assert firms["prefecture_code"].notna().sum() >= 230


def test_every_snapshot_says_what_made_it(shipped: workspace.Snapshot) -> None:
    manifest = shipped.manifest
    assert set(manifest["versions"]) >= {"clusters", "boundaries", "zones", "gazetteer", "metrics"}
    assert manifest["inputs"][0]["name"] == "enterprises.csv"
    assert manifest["as_of"] <= datetime.now(UTC).date().isoformat()
    assert sum(manifest["places"].values()) == 235


def test_counts_of_the_metric_table_are_those_of_the_firms(shipped: workspace.Snapshot) -> None:
    firms, metrics = shipped.enterprises, shipped.metrics
    ai = firms[firms["ai_relevance"].isin(["core", "related"])]
    counts = metrics[(metrics["metric"] == "count") & (metrics["industry"] == "ai")]
    for level, column in (("prefecture", "prefecture_code"), ("county", "county_code")):
        table = counts[counts["level"] == level].set_index("area")["value"]
        assert table.sum() == ai[column].notna().sum()
        assert table[table > 0].to_dict() == ai[column].value_counts().to_dict()
    zones = counts[counts["level"] == "zone"].set_index("area")["value"]
    inside = memberships(ai).explode().value_counts()
    shown = inside[inside.index.isin(zones.index)]
    assert zones[zones > 0].to_dict() == shown.to_dict()


def test_same_registry_gives_the_same_bytes(shipped: workspace.Snapshot, tmp_path: Path) -> None:
    again = clusters.run(workspace=tmp_path)
    assert again.manifest["files"] == shipped.manifest["files"]


def test_ensure_builds_once_and_then_opens(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text("企业名称,注册地址\n甲机器人公司,成都市武侯区\n", encoding="utf-8")
    own = clusters.run(file, workspace=tmp_path / "w")
    assert pipeline.ensure_snapshot(tmp_path / "w").id == own.id


@pytest.mark.parametrize("as_of", ["2026-13-01", "yesterday"])
def test_a_day_that_is_none_is_refused(tmp_path: Path, as_of: str) -> None:
    with pytest.raises(InputError, match="is not a date; write 2024-12-31"):
        clusters.run(workspace=tmp_path, as_of=as_of)


def test_personal_columns_and_values_are_nowhere_in_the_snapshot(tmp_path: Path) -> None:
    file = tmp_path / "firms.csv"
    file.write_text(
        "企业名称,注册地址,法定代表人,联系电话,邮箱,经营范围\n"
        "成都甲智能公司,成都市武侯区科园路1号,欧阳某某,13812345678,a.b@example.com,"
        "机器人研发;联系13987654321\n",
        encoding="utf-8",
    )
    snapshot = clusters.run(file, workspace=tmp_path / "w")
    everything = (
        b"".join(
            pd.read_parquet(path).to_csv().encode() for path in snapshot.path.glob("*.parquet")
        )
        + (snapshot.path / "manifest.json").read_bytes()
    )
    for secret in ("欧阳某某", "13812345678", "a.b@example.com", "13987654321"):
        assert secret.encode() not in everything


DIRT = st.sampled_from(
    ["", "成都市武侯区科园路1号", "绵阳市", "北京市海淀区", "x" * 300, "=1+1", "<b>", "N/A"]
)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(DIRT, DIRT, DIRT), min_size=1, max_size=12))
def test_rows_are_conserved_whatever_they_hold(rows, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("dirt")
    table = pd.DataFrame(rows, columns=["企业名称", "注册地址", "经营范围"])
    table.to_csv(folder / "d.csv", index=False)
    blank = table.eq("").all(axis=1).sum()
    assume(blank < len(table))  # a file of blank lines is refused, which is tested with the files
    snapshot = clusters.run(folder / "d.csv", workspace=folder / "w")
    account = snapshot.manifest["account"]
    assert account["read"] == account["published"] + account["duplicates"] + account["rejected"]
    assert account["read"] in {len(rows), len(rows) - blank}
    assert len(snapshot.enterprises) == account["published"]
    assert len(snapshot.rejected) == account["rejected"]
    assert len(snapshot.duplicates) == account["duplicates"]


@pytest.mark.slow
def test_the_real_registry_goes_all_the_way(shared: Callable[..., Path], tmp_path: Path) -> None:
    file = shared("registry", "sichuan_1978_2007_2013.parquet")
    snapshot = clusters.run(file, workspace=tmp_path)
    account = snapshot.manifest["account"]
    assert account["read"] == 95_199
    assert account["published"] + account["duplicates"] + account["rejected"] == 95_199
    firms = snapshot.enterprises
    assert firms["county_code"].notna().mean() > 0.96
    quotients = snapshot.metrics.query("metric == 'lq' and level == 'county' and industry == 'ai'")
    assert len(quotients) == 183
    assert (quotients["q"] < 0.05).any()
