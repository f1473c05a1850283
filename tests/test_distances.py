"""Functions of distance of a registry: who takes part, what is said where nothing can be."""

import numpy as np
import pandas as pd
import pytest

from clusters import distances
from clusters.places.boundaries import to_degrees, to_metres

CENTRE = to_metres([104.07], [30.55])[0]


def _firms(
    ai: int, others: int, *, spread: float = 500.0, precision: str = "street"
) -> pd.DataFrame:
    random = np.random.default_rng(5)
    near = CENTRE + random.normal(0, spread, (ai, 2))
    far = CENTRE + random.uniform(-60_000, 60_000, (others, 2))
    degrees = to_degrees(np.vstack([near, far]))
    return pd.DataFrame(
        {
            "ai_relevance": ["core"] * ai + ["none"] * others,
            "segment": ["uav"] * ai + [None] * others,
            "chain_layer": ["application"] * ai + [None] * others,
            "precision": precision,
            "lon": degrees[:, 0],
            "lat": degrees[:, 1],
        }
    )


@pytest.fixture(scope="module")
def clustered() -> pd.DataFrame:
    return distances.distance_functions(_firms(25, 200), seed=1)


def test_a_tight_sector_is_localised_at_short_distances_only(clustered: pd.DataFrame) -> None:
    assert list(clustered.columns) == list(distances.COLUMNS)
    for function in ("kd", "m"):
        part = clustered[(clustered["function"] == function) & (clustered["scheme"] == "segment")]
        assert len(part) == len(distances.RADII_M)
        assert (part["global_low"] <= part["local_low"] + 1e-12).all()
        assert (part["local_high"] <= part["global_high"] + 1e-12).all()
    first = clustered.groupby(["scheme", "function"]).first().loc["segment"]
    assert first.loc["kd", "value"] > first.loc["kd", "global_high"]
    # All neighbours are of the sector: 1 over its share 24/224 among the others of each firm.
    assert first.loc["m", "value"] == pytest.approx(224 / 24)
    kd = clustered[(clustered["function"] == "kd") & (clustered["scheme"] == "ai")]
    assert kd["value"].iloc[-1] < 1e-9  # no pair of the sector is 100 km apart


def test_it_says_how_many_take_part(clustered: pd.DataFrame) -> None:
    assert set(clustered["n"]) == {25}
    assert set(clustered["sites"]) == {225}
    mixed = _firms(25, 200)
    mixed.loc[:3, "precision"] = "county"
    part = distances.distance_functions(mixed, seed=1)
    assert set(part["n"]) == {21}
    assert set(part["left_out"]) == {4}


@pytest.mark.parametrize(
    ("firms", "why"),
    [
        (_firms(9, 50), "fewer than 10 precisely placed firms"),
        (_firms(12, 50, precision="county"), "fewer than 10 precisely placed firms"),
        (_firms(12, 50, spread=0.0), "fewer than 10 different places"),
        (_firms(12, 0), "no other firms to compare with"),
    ],
)
def test_what_cannot_be_measured_says_why(firms: pd.DataFrame, why: str) -> None:
    table = distances.distance_functions(firms, seed=0)
    assert set(table["note"]) == {why}
    assert table["value"].isna().all()
    assert table["radius_m"].isna().all()
    assert len(table) == 6  # three industries, two functions


def test_no_ai_firm_no_row() -> None:
    table = distances.distance_functions(_firms(0, 30), seed=0)
    assert table.empty
    assert list(table.columns) == list(distances.COLUMNS)
    assert distances.ellipses(_firms(0, 30)).empty


def test_ellipse_is_where_the_firms_are() -> None:
    found = distances.ellipses(_firms(25, 10)).set_index("industry").loc["uav"]
    assert found["lon"] == pytest.approx(104.07, abs=0.01)
    assert found["lat"] == pytest.approx(30.55, abs=0.01)
    assert 300 < found["minor_m"] <= found["major_m"] < 800
    assert 0 <= found["angle_deg"] < 180
    few = distances.ellipses(_firms(2, 10)).set_index("industry").loc["uav"]
    assert np.isnan(few["major_m"])
    assert few["note"] == "too_few_points"


def test_large_industries_are_measured_over_places_drawn_from_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(distances, "LARGEST_INDUSTRY", 40)
    monkeypatch.setattr(distances, "SIMULATIONS", 39)
    monkeypatch.setattr(distances, "FEWEST", 20)
    monkeypatch.setattr(distances, "PAIRS", 30_000)
    firms = _firms(120, 360, spread=20_000.0)
    large = distances.distance_functions(firms, seed=3)
    assert set(large["sites"]) == {160}
    assert 30 <= large["n"].iloc[0] <= 50
    assert large["method"].str.endswith("; 160 places drawn from 480").all()
    # Redraws follow the pairs each counts: all, fewer, never fewer than the fewest.
    used = large.groupby("function")["simulations"].first()
    n = int(large["n"].iloc[0])
    assert used["kd"] == min(39, max(20, 30_000 // (n * n // 2)))
    assert used["m"] == max(20, 30_000 // n**2)
    # A sample tells the same story: firms closer together than the rest, at short distances only.
    monkeypatch.setattr(distances, "LARGEST_INDUSTRY", 2_000)
    whole = distances.distance_functions(firms, seed=3)
    for table in (large, whole):
        m = table[(table["function"] == "m") & (table["scheme"] == "ai")].set_index("radius_m")
        assert m.loc[5_000.0, "value"] > 1.5
        assert m.loc[100_000.0, "value"] == pytest.approx(1.0, abs=0.15)
    assert (whole["method"] == "exact").all()
