"""The long metric table: each number against its definition worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from clusters.metrics.rows import ALL, COLUMNS, PROVINCE
from clusters.metrics.sums import Level
from clusters.metrics.table import measure
from metrics.cases import AREAS, cell

COVERING = Level("county", AREAS, "county_code")
ZONES = Level(
    "zone",
    AREAS[["name_zh", "name_en"]].assign(area_km2=np.nan, population=np.nan, gdp=np.nan),
    "zone_ids",
)


def firms(rows: list[tuple[str | None, str, str, list[str]]]) -> pd.DataFrame:
    county, relevance, segment, zones = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "county_code": pd.Series(county, dtype="str"),
            "ai_relevance": pd.Series(relevance, dtype="str"),
            "segment": pd.Series(segment, dtype="str"),
            "chain_layer": "application",
            "employees": 10.0,
            "zone_ids": list(zones),
        }
    )


EXAMPLE = firms(
    [("a", "core", "uav", ["a", "b"])] * 4
    + [("a", "related", "robotics", [])] * 2
    + [("b", "core", "robotics", ["b"])] * 3
    + [("b", "weak", "uav", [])]
    + [("c", "none", "uav", [])] * 5
    + [(None, "core", "uav", [])]
)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return measure(EXAMPLE, [COVERING, ZONES])


def test_columns_and_order_are_fixed(table: pd.DataFrame) -> None:
    assert list(table.columns) == COLUMNS
    keys = table[["level", "scheme", "industry", "area", "metric"]]
    assert not keys.duplicated().any()
    assert keys.equals(keys.sort_values(list(keys.columns), ignore_index=True))


def test_counts_shares_and_densities(table: pd.DataFrame) -> None:
    where = {"level": "county", "scheme": "ai", "industry": "ai", "area": "a"}
    assert cell(table, **where, metric="count").value == 6
    assert cell(table, **where, metric="share").value == pytest.approx(6 / 9)
    assert cell(table, **where, metric="density_km2").value == pytest.approx(0.6)
    assert cell(table, **where, metric="per_10k_residents").value == pytest.approx(0.06)


def test_segments_count_ai_firms_only(table: pd.DataFrame) -> None:
    where = {"level": "county", "scheme": "segment", "industry": "uav", "metric": "count"}
    assert [cell(table, **where, area=a).value for a in "abc"] == [4, 0, 0]


def test_quotient_is_against_all_firms_with_its_exact_test(table: pd.DataFrame) -> None:
    found = cell(table, level="county", scheme="segment", industry="uav", area="a", metric="lq")
    # 15 placed firms, 4 of them AI firms of the segment, 6 in area a, 4 in both
    assert found.value == pytest.approx((4 / 6) / (4 / 15))
    assert found.p == pytest.approx(stats.hypergeom.sf(3, 15, 4, 6))
    assert found.n == 4
    assert found.note == "fewer than 5 firms"
    assert found.low <= found.value <= found.high


def test_zones_overlap_and_are_held_against_the_rest_of_the_province(table: pd.DataFrame) -> None:
    found = cell(table, level="zone", scheme="segment", industry="robotics", area="b", metric="lq")
    # zone b holds 7 firms, 3 of 5 robotics firms; 16 firms in all, the unplaced one among them
    assert found.value == pytest.approx((3 / 7) / (5 / 16))
    assert found.p == pytest.approx(stats.hypergeom.sf(2, 16, 5, 7))
    assert (
        cell(table, level="zone", scheme="segment", industry="uav", area="a", metric="count").value
        == 4
    )
    assert (
        cell(table, level="zone", scheme="segment", industry="uav", area="b", metric="count").value
        == 4
    )


def test_against_population_uses_the_share_of_residents(table: pd.DataFrame) -> None:
    found = cell(
        table, level="county", scheme="ai", industry="ai", area="a", metric="lq_population"
    )
    assert found.value == pytest.approx((6 / 9) / 0.25)
    assert found.p == pytest.approx(stats.binom.sf(5, 9, 0.25))
    exact = stats.binomtest(6, 9).proportion_ci(0.95, "exact")
    assert (found.low, found.high) == pytest.approx((exact.low / 0.25, exact.high / 0.25))


def test_an_area_without_firms_has_no_quotient_and_says_why(table: pd.DataFrame) -> None:
    found = cell(table, level="zone", scheme="ai", industry="ai", area="c", metric="lq")
    assert np.isnan(found.value)
    assert found.note == "no firm in this area"
    assert (
        cell(table, level="zone", scheme="ai", industry="ai", area="c", metric="count").value == 0
    )


def test_whole_industries_tell_how_many_firms_are_left_out(table: pd.DataFrame) -> None:
    found = cell(
        table, level="county", scheme="ai", industry="ai", area=PROVINCE, metric="locational_gini"
    )
    assert found.note == "1 firms left out: no known county"
    assert found.area_name_zh == "四川省"
    assert 0 <= found.value < 1


def test_whole_areas_are_over_the_industries_of_ai_firms(table: pd.DataFrame) -> None:
    found = cell(table, level="county", scheme="segment", industry=ALL, area="a", metric="hhi")
    assert found.value == pytest.approx((4 / 6) ** 2 + (2 / 6) ** 2)
    empty = cell(table, level="county", scheme="segment", industry=ALL, area="c", metric="hhi")
    assert np.isnan(empty.value)
    assert empty.note == "no AI firm in this area"


def test_amounts_are_not_tested(table: pd.DataFrame) -> None:
    by_staff = measure(EXAMPLE, [COVERING], weight="employees")
    quotients = by_staff[by_staff["metric"] == "lq"]
    assert quotients[["p", "q", "low", "high"]].isna().all(axis=None)
    # every firm has ten employees, so the quotients are those of firms
    of_firms = table[(table["metric"] == "lq") & (table["level"] == "county")]
    np.testing.assert_allclose(quotients["value"], of_firms["value"])


def test_no_firm_at_all_gives_no_row_and_no_error() -> None:
    assert measure(EXAMPLE.iloc[:0], [COVERING, ZONES]).empty


@settings(max_examples=12)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c", None]),
            st.sampled_from(["core", "related", "weak", "none"]),
            st.sampled_from(["uav", "robotics"]),
            st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
        ),
        min_size=1,
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)
def test_table_does_not_depend_on_the_order_of_firms_and_stays_in_bounds(rows, random) -> None:
    first = measure(firms(rows), [COVERING, ZONES])
    shuffled = list(rows)
    random.shuffle(shuffled)
    again = measure(firms(shuffled), [COVERING, ZONES])
    pd.testing.assert_frame_equal(first, again)
    for column in ("p", "q"):
        assert first[column].dropna().between(0, 1).all()
    assert not np.isinf(first["value"]).any()
    counts = first[(first.metric == "count") & (first.level == "county") & (first.scheme == "ai")]
    single = counts[counts.industry != "ai"]["value"].sum()
    assert single == sum(county is not None for county, *_ in rows)


def test_cells_without_a_quotient_are_no_tests_of_the_family(table: pd.DataFrame) -> None:
    quotients = table[(table["metric"] == "lq") & (table["level"] == "county")]
    assert quotients.loc[quotients["value"].isna(), ["p", "q"]].isna().all(axis=None)
    defined = quotients[(quotients["scheme"] == "segment") & quotients["p"].notna()]
    expected = stats.false_discovery_control(defined["p"])
    np.testing.assert_allclose(defined["q"], expected)


def test_left_out_firms_are_counted_on_every_row_and_named_by_cause() -> None:
    some = EXAMPLE.assign(employees=[np.nan] + [1.0] * (len(EXAMPLE) - 1))
    by_staff = measure(some, [COVERING], weight="employees")
    assert (by_staff["left_out"] == 2).all()
    told = by_staff[by_staff["metric"] == "hoover"]["note"].iloc[0]
    assert "1 firms left out: no known county" in told
    assert "1 firms left out: no value of employees" in told


def test_an_undefined_index_says_why(table: pd.DataFrame) -> None:
    single = firms([("a", "core", "uav", []), ("b", "core", "robotics", [])])
    found = measure(single, [COVERING])
    undefined = found[found["value"].isna() & (found["metric"] == "ellison_glaeser")]
    assert len(undefined)
    assert (undefined["note"] != "").all()
