"""Synthetic registries: marked, repeatable, dirty in a known way, and true to their truth."""

import numpy as np
import pandas as pd
import pytest
import shapely
from scipy import stats
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import clusters
from clusters.cli import app
from clusters.demo import chunks, world, write_demo
from clusters.demo.firms import MARK
from clusters.demo.world import AI_SHARE
from clusters.errors import InputError
from clusters.metrics import location_quotient, location_quotient_interval
from clusters.places.boundaries import counties
from clusters.registry.credit_code import valid
from clusters.settings import get_settings
from clusters.taxonomy import classify
from visits import ROOT


@pytest.fixture(scope="module")
def chunk():
    return next(chunks(100_000, seed=3))


def test_every_row_says_that_it_is_synthetic(chunk):
    assert chunk.registry["企业名称"].str.endswith(MARK).all()
    assert chunk.registry["数据来源"].str.startswith("synthetic").all()


def test_a_larger_registry_begins_with_the_smaller_one(chunk):
    small = next(chunks(1_000, seed=3))
    pd.testing.assert_frame_equal(small.registry, chunk.registry.head(1_000))
    pd.testing.assert_frame_equal(small.truth, chunk.truth.head(1_000))
    other = next(chunks(1_000, seed=4))
    assert not other.registry["企业名称"].equals(small.registry["企业名称"])


def test_chunks_differ_and_add_up():
    parts = list(chunks(150_000, seed=1))
    assert [len(part.registry) for part in parts] == [100_000, 50_000]
    codes = pd.concat([part.registry["统一社会信用代码"] for part in parts])
    repeats = pd.concat([part.truth["repeats"] for part in parts])
    assert codes.nunique() == (~repeats).sum()
    assert repeats.mean() == pytest.approx(0.01, abs=0.002)


def test_dirt_is_there_in_the_stated_shares(chunk):
    good = valid(chunk.registry["统一社会信用代码"])
    assert 1 - good.mean() == pytest.approx(0.005, abs=0.002)
    assert chunk.registry["注册地址"].eq("").mean() == pytest.approx(0.018, abs=0.004)
    assert chunk.registry["经度"].notna().mean() == pytest.approx(0.3, abs=0.02)


def test_points_lie_in_their_county(chunk):
    shapes = counties().set_index("code").geometry
    loose = chunk.truth[chunk.truth["cluster"].eq(-1)].head(3_000)
    inside = shapely.contains_xy(
        shapes[loose["county_code"]].to_numpy(), loose["lon"], loose["lat"]
    )
    assert inside.mean() > 0.98  # up to 100 m of jitter at the border


def test_shares_of_the_truth_are_what_firms_show(chunk):
    place = world(3)
    shares = place.county_shares()
    np.testing.assert_allclose(shares.sum(), 1.0)
    assert place.all_shares().sum() == pytest.approx(1.0)
    assert chunk.truth["segment"].notna().mean() == pytest.approx(AI_SHARE, abs=0.005)
    one = place.planted[0]
    own = chunk.truth[chunk.truth["segment"].eq(one.segment)]
    hits = int(own["county_code"].eq(one.county_code).sum())
    p = shares.loc[one.county_code, one.segment]
    assert stats.binomtest(hits, len(own), p).pvalue > 1e-4


def test_intervals_of_the_quotient_cover_the_truth(chunk):
    """Cells are chosen by the number expected: choosing by the number seen would bias it."""
    place = world(3)
    shares = place.county_shares().drop(columns="other")
    true = shares.div(place.all_shares(), axis=0)
    expected = shares * place.segment_weights * AI_SHARE * len(chunk.truth)
    table = pd.crosstab(chunk.truth["county_code"], chunk.truth["segment"].fillna("other"))
    low, high = location_quotient_interval(table)
    many = (expected.loc[table.index] >= 10).to_numpy()
    truth = true.loc[table.index].to_numpy()[many]
    inside = (low[true.columns].to_numpy()[many] <= truth) & (
        truth <= high[true.columns].to_numpy()[many]
    )
    assert len(truth) > 25
    assert 0.88 < inside.mean() <= 1.0  # 95 % nominal, about sixty cells
    quotients = location_quotient(table)
    assert all(quotients.loc[one.county_code, one.segment] > 2 for one in place.planted)


def test_the_platform_reads_it_back(chunk, tmp_path):
    write_demo(tmp_path / "demo.csv", 5_000, seed=3)
    registry = clusters.read_registry(tmp_path / "demo.csv")
    truth = pd.read_parquet(tmp_path / "demo.truth.parquet")
    account = registry.account
    assert account.adds_up
    assert account.read == 5_000
    assert account.duplicates + account.rejected == truth["repeats"].sum()
    rows = registry.table["row"].to_numpy() - 2  # the header is row 1
    told = truth.iloc[rows].reset_index(drop=True)
    classified = classify(registry.table)
    found = classified["ai_relevance"].isin(["core", "related"])
    assert (found == told["segment"].notna()).mean() > 0.97
    located = clusters.locate(classified, memory=clusters.learn(classified))
    answered = located["county_code"].notna()
    right = located["county_code"].eq(told["county_code"])
    assert answered.mean() > 0.85
    assert right[answered].mean() > 0.98
    assert registry.table["source"].str.startswith("synthetic").all()


def test_the_frame_of_every_page_says_that_firms_are_synthetic(tmp_path, monkeypatch):
    write_demo(tmp_path / "demo.parquet", 300, seed=3, truth=False)
    snapshot = clusters.run(tmp_path / "demo.parquet", workspace=tmp_path / "w")
    assert snapshot.manifest["synthetic"] == snapshot.manifest["account"]["published"]
    monkeypatch.setenv("CLUSTERS_WORKSPACE", str(tmp_path / "w"))
    get_settings.cache_clear()
    frame = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180).run()  # around every page
    assert any("合成数据" in warning.value for warning in frame.warning)
    get_settings.cache_clear()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_same_seed_same_bytes(tmp_path, ending):
    first = write_demo(tmp_path / f"a.{ending}", 2_000, seed=5)
    second = write_demo(tmp_path / f"b.{ending}", 2_000, seed=5)
    assert [f.read_bytes() for f in first] == [f.read_bytes() for f in second]


@pytest.mark.parametrize(
    ("name", "rows", "told"),
    [("x.xlsx", 5, ".csv"), ("no/x.csv", 5, "does not exist"), ("x.csv", 0, "at least one")],
)
def test_bad_calls_are_refused(tmp_path, name, rows, told):
    with pytest.raises(InputError, match=told):
        write_demo(tmp_path / name, rows)
    assert list(tmp_path.iterdir()) == []


def test_a_stop_leaves_nothing_half_written(tmp_path):
    def stop(_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_demo(tmp_path / "x.parquet", 10, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_and_says_so(tmp_path):
    target = tmp_path / "d.csv"
    result = CliRunner().invoke(app, ["demo", "--enterprises", "50", "--no-truth", str(target)])
    assert result.exit_code == 0, result.output
    assert "50 synthetic rows" in result.output
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    assert [f.name for f in tmp_path.iterdir()] == ["d.csv"]


def test_without_the_registry_neither_its_truth_nor_its_clusters_appear(tmp_path):
    (tmp_path / "demo.csv").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_demo(tmp_path / "demo.csv", 100)
    assert [file.name for file in tmp_path.iterdir()] == ["demo.csv"]
