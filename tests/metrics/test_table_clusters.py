"""Stars, growth, pairs and relatedness in the long table, each worked by hand or by its function."""

import numpy as np
import pandas as pd
import pytest

from clusters.metrics.change import shift_share
from clusters.metrics.coagglomeration import coagglomeration
from clusters.metrics.colocation import colocation
from clusters.metrics.relatedness import complexity, relatedness_density
from clusters.metrics.rows import PROVINCE
from clusters.metrics.stars import StarRule, litzenberger_sternberg
from clusters.metrics.sums import OTHERS, Level
from clusters.metrics.table import measure

SINCE = pd.Timestamp("2020-01-01")
AREAS = pd.DataFrame(
    {
        "name_zh": list("甲乙丙丁"),
        "name_en": list("ABCD"),
        "area_km2": [10.0, 20.0, 70.0, 5.0],
        "population": [1e6, 2e6, 1e6, 1e6],
        "gdp": [1e11, 1e11, 2e11, 1e11],
    },
    index=list("abcd"),
)
LEVEL = Level("prefecture", AREAS, "prefecture_code")


def _firms(rows: list[tuple[str, str, str | None, str]]) -> pd.DataFrame:
    area, relevance, segment, founded = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "prefecture_code": pd.Series(area, dtype="str"),
            "ai_relevance": pd.Series(relevance, dtype="str"),
            "segment": pd.Series(segment, dtype="str"),
            "chain_layer": "application",
            "founded": pd.to_datetime(pd.Series(founded)),
            "employees": 3.0,
        }
    )


FIRMS = _firms(
    [("a", "core", "uav", "2010-01-01")] * 6
    + [("a", "core", "uav", "2022-01-01")] * 6
    + [("b", "related", "robotics", "2015-01-01")] * 4
    + [("b", "core", "uav", "2021-01-01")] * 1
    + [("c", "core", "robotics", "2021-06-01")] * 5
    + [("a", "none", None, "2000-01-01")] * 8
    + [("b", "none", None, "2000-01-01")] * 10
    + [("c", "none", None, "2023-01-01")] * 10
    + [("d", "none", None, "2001-01-01")] * 2
)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return measure(FIRMS, [LEVEL], permutations=9, since=SINCE)


def wide(table: pd.DataFrame, metric: str, scheme: str = "segment") -> pd.DataFrame:
    rows = table[(table["metric"] == metric) & (table["scheme"] == scheme)]
    return rows.pivot_table(index="area", columns="industry", values="value", dropna=False)


def test_stars_by_hand(table: pd.DataFrame) -> None:
    """Top tenth of four areas is one: a leads uav in size, LQ (12/20)/(13/52) = 2.4, focus.

    Growth of uav in a is 12/6 - 1 = 1; b had none before, so a also leads in growth. c's five
    robotics firms lead in size with LQ (5/15)/(9/52) = 1.93 and focus; it had none before.
    """
    stars = wide(table, "stars")
    assert stars.loc["a", "uav"] == 4
    assert stars.loc["c", "robotics"] == 2
    assert stars.loc["b", "uav"] == 0  # one firm is below the smallest size
    note = table[(table["metric"] == "stars") & (table["area"] == "b")]
    assert note.set_index("industry").loc["uav", "note"] == "below 5"


def test_the_rule_is_the_one_given() -> None:
    strict = StarRule(quotient=3.0, min_size=1.0, size_share=0.5)
    found = measure(FIRMS, [LEVEL], permutations=9, rule=strict)
    method = found.loc[found["metric"] == "stars", "method"].iloc[0]
    assert "location quotient of at least 3" in method
    assert "top 50%" in method
    assert "growth" not in method  # no window, no star for it
    stars = wide(found, "stars")
    assert stars.loc["a", "uav"] == 2
    assert stars.loc["b", "robotics"] == 1  # second of four in size


def test_shift_share_adds_up_to_the_firms_founded(table: pd.DataFrame) -> None:
    parts = [wide(table, name) for name in ("shift_national", "shift_mix", "shift_regional")]
    new = wide(table, "new_firms")
    np.testing.assert_allclose(sum(parts[1:], parts[0]), new, atol=1e-9)
    assert new.loc["a"].to_dict() == {"robotics": 0, "uav": 6}
    # 30 firms before, 52 today: all grew by 22/30
    assert parts[0].loc["a", "uav"] == pytest.approx(6 * 22 / 30)
    start = pd.DataFrame(
        {"robotics": [0, 4, 0, 0], "uav": [6, 0, 0, 0], OTHERS: [8, 10, 0, 2]}, index=list("abcd")
    )
    end = pd.DataFrame(
        {"robotics": [0, 4, 5, 0], "uav": [12, 1, 0, 0], OTHERS: [8, 10, 10, 2]}, index=list("abcd")
    )
    direct = shift_share(start, end)
    assert parts[2].loc["c", "robotics"] == pytest.approx(direct.loc[("c", "robotics"), "regional"])


def test_growth_says_that_survivors_are_counted(table: pd.DataFrame) -> None:
    rows = table[table["metric"].isin(["new_firms", "shift_regional"])]
    assert (rows["note"] == "by founding date; firms that closed are missing").all()


def test_without_founding_dates_there_is_no_growth() -> None:
    none = measure(FIRMS.assign(founded=pd.NaT), [LEVEL], permutations=9, since=SINCE)
    assert not none["metric"].isin(["new_firms", "shift_mix"]).any()
    assert "growth" not in none.loc[none["metric"] == "stars", "method"].iloc[0]


def test_firms_without_a_date_are_left_out_of_growth_only() -> None:
    some = FIRMS.assign(founded=FIRMS["founded"].where(FIRMS.index != 11))
    found = measure(some, [LEVEL], permutations=9, since=SINCE)
    assert wide(found, "new_firms").loc["a", "uav"] == 5
    assert wide(found, "count").loc["a", "uav"] == 12


def test_cluster_index_of_numbers_and_of_sizes(table: pd.DataFrame) -> None:
    counts = wide(table, "count")
    direct = litzenberger_sternberg(counts, AREAS["area_km2"], AREAS["population"])
    np.testing.assert_allclose(wide(table, "litzenberger_sternberg"), direct)
    staff = measure(FIRMS, [LEVEL], weight="employees", permutations=9)
    by_size = litzenberger_sternberg(counts * 3, AREAS["area_km2"], AREAS["population"], counts)
    np.testing.assert_allclose(wide(staff, "litzenberger_sternberg"), by_size)


def test_pairs_are_those_of_the_functions(table: pd.DataFrame) -> None:
    rows = table[(table["scheme"] == "segment") & table["industry"].str.contains("|", regex=False)]
    assert set(rows["metric"]) == {"coagglomeration", "colocation", "proximity"}
    assert set(rows["industry"]) == {"robotics|uav"}
    assert set(rows["area"]) == {PROVINCE}
    found = rows.set_index("metric")
    ai = FIRMS[FIRMS["segment"].notna()]
    plants = pd.DataFrame({"area": ai["prefecture_code"], "industry": ai["segment"], "size": 1.0})
    shares = FIRMS["prefecture_code"].value_counts(normalize=True)
    direct = coagglomeration(plants, area_shares=shares, alternative="two-sided").iloc[0]
    assert found.loc["coagglomeration", "value"] == pytest.approx(direct["gamma_c"])
    assert found.loc["coagglomeration", "p"] == pytest.approx(direct["p"])
    counts = wide(table, "count")
    xcl = colocation(counts, draws=999, seed=0).iloc[0]
    assert found.loc["colocation", "value"] == pytest.approx(xcl["xcl"])
    assert found.loc["colocation", "p"] == pytest.approx(xcl["p"])
    assert (found["q"].dropna() >= found["p"].dropna() - 1e-12).all()
    assert (found["n"] == 9).all()  # the smaller of 13 and 9


def test_pairs_do_not_depend_on_the_order_of_firms(table: pd.DataFrame) -> None:
    shuffled = FIRMS.sample(frac=1, random_state=3).reset_index(drop=True)
    again = measure(shuffled, [LEVEL], permutations=9, since=SINCE)
    pd.testing.assert_frame_equal(again, table)


def test_relatedness_and_complexity_are_those_of_the_functions(table: pd.DataFrame) -> None:
    counts = wide(table, "count")
    total = FIRMS["prefecture_code"].value_counts().reindex(counts.index)
    against = counts.assign(**{OTHERS: total - counts.sum(axis=1)})
    direct = relatedness_density(against)[counts.columns]
    np.testing.assert_allclose(wide(table, "relatedness_density"), direct)
    mix = counts[counts.sum(axis=1) > 0]
    eci = table[(table["metric"] == "eci") & (table["scheme"] == "segment")].set_index("area")
    expected = complexity(mix).eci.reindex(list("abcd"))
    np.testing.assert_allclose(eci.loc[list("abcd"), "value"], expected)
    assert eci.loc["d", "note"] == "no AI firm in this area"
    assert eci.loc[eci["value"].isna(), "note"].ne("").all()


def test_levels_that_are_not_the_whole_have_no_ranks() -> None:
    part = Level("hexagon", AREAS, "prefecture_code", whole=False)
    found = measure(FIRMS, [part], permutations=9, since=SINCE)
    assert not found["metric"].isin(["stars", "new_firms", "litzenberger_sternberg"]).any()
    assert {"lq", "ellison_glaeser", "coagglomeration"} <= set(found["metric"])
