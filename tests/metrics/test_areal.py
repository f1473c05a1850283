"""Sensitivity to the areas: each level against the index itself, hexagons under moving origins."""

import numpy as np
import pandas as pd
import pytest

from clusters.errors import MetricError
from clusters.metrics import (
    areal_sensitivity,
    ellison_glaeser,
    hexagons,
    locational_gini,
    theil,
)
from clusters.metrics.areal import INDICES, moved_on_sphere
from metrics.cases import cell


def firms(number: int = 400, seed: int = 0) -> pd.DataFrame:
    """Three towns, one industry in one of them, square degrees as areas."""
    rng = np.random.default_rng(seed)
    towns = np.array([[104.07, 30.66], [104.7, 31.5], [105.4, 28.9]])
    industry = rng.choice(["chips", "drones", "robots"], number)
    town = np.where(industry == "chips", 0, rng.integers(0, 3, number))
    lon, lat = (towns[town] + rng.normal(0, 0.15, (number, 2))).T
    zone = [["z1"] if x < 104.1 else ["z1", "z2"] if x < 104.2 else [] for x in lon]
    return pd.DataFrame(
        {
            "lon": lon,
            "lat": lat,
            "segment": pd.Series(industry, dtype="str"),
            "prefecture_code": pd.Series(np.floor(lat).astype(int).astype(str), dtype="str"),
            "county_code": pd.Series(
                [f"{x:.1f}/{y:.1f}" for x, y in zip(lon, lat, strict=True)], dtype="str"
            ),
            "zone_ids": zone,
            "employees": rng.integers(1, 50, number).astype(float),
        }
    )


FIRMS = firms()


@pytest.fixture(scope="module")
def result():
    return areal_sensitivity(FIRMS, resolutions=(4, 6), origins=4, seed=1)


def test_every_level_industry_and_index_has_a_row(result) -> None:
    levels = ["prefecture", "county", "zone", "h3-4", "h3-6"]
    assert result.indices["level"].unique().tolist() == levels
    assert len(result.indices) == 5 * 3 * len(INDICES)
    assert not result.indices.duplicated(["level", "industry", "metric"]).any()
    assert len(result.spread) == 3 * len(INDICES)
    assert len(result.agreement) == len(INDICES) * 10
    assert result.left_out == 0


def test_values_are_those_of_the_indices_themselves(result) -> None:
    counts = pd.crosstab(FIRMS["county_code"], FIRMS["segment"])
    plants = pd.DataFrame({"area": FIRMS["county_code"], "industry": FIRMS["segment"], "size": 1.0})
    for metric, expected in (
        ("locational_gini", locational_gini(counts)),
        ("theil", theil(counts, reference=counts.sum(axis=1))),
        ("ellison_glaeser", ellison_glaeser(plants)["gamma"]),
    ):
        for industry in ("chips", "drones"):
            found = cell(result.indices, level="county", industry=industry, metric=metric)
            assert found["value"] == pytest.approx(expected[industry], rel=1e-12)
            assert found["n"] == (FIRMS["segment"] == industry).sum()
            assert found["areas"] == FIRMS["county_code"].nunique()
            assert np.isnan(found["low"])


def test_zones_take_their_firms_only(result) -> None:
    inside = FIRMS[FIRMS["zone_ids"].str.len() > 0]
    found = cell(result.indices, level="zone", industry="chips", metric="hhi")
    units = inside.loc[inside["segment"] == "chips", "zone_ids"].map(";".join).value_counts()
    assert found["value"] == pytest.approx(((units / units.sum()) ** 2).sum())
    assert found["n"] == units.sum()
    assert found["areas"] == 2  # in one zone, in both


def test_hexagons_spread_over_origins_and_levels(result) -> None:
    hexagon = cell(result.indices, level="h3-6", industry="drones", metric="locational_gini")
    assert hexagon["low"] < hexagon["value"] < hexagon["high"]
    spread = cell(result.spread, industry="drones", metric="locational_gini")
    values = result.indices[
        (result.indices["industry"] == "drones") & (result.indices["metric"] == "locational_gini")
    ].set_index("level")["value"]
    assert spread["smallest"] == values.min()
    assert spread["largest_at"] == values.idxmax()
    assert spread["range"] == pytest.approx(values.max() - values.min())
    assert spread["origin_range"] >= hexagon["high"] - hexagon["low"]
    assert spread["levels"] == 5


def test_agreement_is_a_rank_correlation(result) -> None:
    found = cell(result.agreement, metric="hoover", level_a="county", level_b="h3-6")
    wide = result.indices[result.indices["metric"] == "hoover"].pivot_table(
        index="industry", columns="level", values="value"
    )
    assert found["rho"] == pytest.approx(wide["county"].corr(wide["h3-6"], method="spearman"))
    assert found["industries"] == 3


def test_clustered_industry_stays_more_concentrated_at_every_level(result) -> None:
    for level in ("prefecture", "county", "h3-4", "h3-6"):
        chips, drones = (
            cell(result.indices, level=level, industry=name, metric="ellison_glaeser")["value"]
            for name in ("chips", "drones")
        )
        assert chips > drones


def test_order_of_the_firms_does_not_matter_and_seeds_repeat(result) -> None:
    shuffled = FIRMS.sample(frac=1, random_state=3)
    again = areal_sensitivity(shuffled, resolutions=(4, 6), origins=4, seed=1)
    pd.testing.assert_frame_equal(again.indices, result.indices, rtol=1e-9)
    other = areal_sensitivity(FIRMS, levels={}, resolutions=(6,), origins=4, seed=2)
    mine = result.indices[result.indices["level"] == "h3-6"]
    assert not np.allclose(other.indices["low"], mine["low"])


def test_firms_without_a_place_are_left_out_of_every_level() -> None:
    table = firms(60)
    table.loc[0, "lon"] = np.nan
    table.loc[1, "county_code"] = np.nan
    table.loc[2, "segment"] = np.nan
    found = areal_sensitivity(table, resolutions=(5,), origins=1)
    assert found.left_out == 2
    n = found.indices[found.indices["metric"] == "hhi"].groupby("level")["n"].sum()
    assert n["prefecture"] == n["county"] == n["h3-5"] == 57


def test_sizes_and_undefined_indices() -> None:
    table = firms(80).assign(segment=["lonely"] + ["many"] * 79)
    found = areal_sensitivity(table, size="employees", resolutions=(5,), origins=2)
    for level in ("county", "h3-5"):
        row = cell(found.indices, level=level, industry="lonely", metric="ellison_glaeser")
        assert np.isnan(row["value"])
        assert row["reason"] == "one_plant"
    counts = table.pivot_table(
        index="county_code", columns="segment", values="employees", aggfunc="sum", fill_value=0
    )
    row = cell(found.indices, level="county", industry="many", metric="hhi")
    assert row["value"] == pytest.approx(((counts["many"] / counts["many"].sum()) ** 2).sum())
    assert np.isnan(cell(found.spread, industry="lonely", metric="ellison_glaeser")["range"])
    assert found.agreement["rho"].isna().all()  # two industries have no rank correlation


def test_moving_on_the_sphere_keeps_distances_and_reaches_as_far_as_asked() -> None:
    rng = np.random.default_rng(0)
    lon, lat = FIRMS["lon"].to_numpy(), FIRMS["lat"].to_numpy()

    def vectors(east, north):
        east, north = np.radians(east), np.radians(north)
        return np.column_stack(
            [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)]
        )

    before = vectors(lon, lat)
    far = []
    for _ in range(200):
        after = vectors(*moved_on_sphere(lon, lat, 10_000, rng))
        np.testing.assert_allclose(after @ after.T, before @ before.T, atol=1e-12)
        middle = before.mean(axis=0), after.mean(axis=0)
        a, b = (m / np.linalg.norm(m) for m in middle)
        far.append(np.linalg.norm(a - b) * 6_371_007)
    assert max(far) <= 10_000 * (1 + 1e-6)
    assert np.mean(np.array(far) < 5_000) == pytest.approx(0.25, abs=0.1)  # uniform over the disk


def test_hexagons_name_cells() -> None:
    import h3

    found = hexagons(np.array([104.07, 105.4, 104.07]), np.array([30.66, 28.9, 30.66]), 7)
    assert found[0] == found[2] == h3.latlng_to_cell(30.66, 104.07, 7)
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: areal_sensitivity(FIRMS.drop(columns="lon")), "no column 'lon'"),
        (lambda: areal_sensitivity(FIRMS, industry="nace"), "no column 'nace'"),
        (lambda: areal_sensitivity(FIRMS, metrics=["moran"]), "moran"),
        (lambda: areal_sensitivity(FIRMS, metrics=[]), "choose"),
        (lambda: areal_sensitivity(FIRMS, origins=0), "origins"),
        (lambda: areal_sensitivity(FIRMS, levels={}, resolutions=()), "needed"),
        (lambda: areal_sensitivity(FIRMS.assign(lon=np.nan)), "no firm"),
        (lambda: areal_sensitivity(FIRMS.assign(employees=-1.0), size="employees"), "negative"),
        (lambda: hexagons([200.0], [30.0], 5), "degrees"),
        (lambda: hexagons([100.0], [30.0, 3.0], 5), "shape"),
        (lambda: hexagons([100.0], [30.0], 16), "resolution"),
    ],
)
def test_bad_input_is_named(call, words) -> None:
    with pytest.raises(MetricError, match=words):
        call()
