"""Several tables measured at once come out digit for digit as each of them alone."""

import numpy as np
import pandas as pd
import pytest

from clusters.metrics import (
    ellison_glaeser,
    herfindahl,
    krugman_specialisation,
    location_quotient,
    location_quotient_interval,
    location_quotient_test,
    locational_gini,
    maurel_sedillot,
)
from clusters.metrics.agglomeration import agglomerations, unbiased_agglomerations
from clusters.metrics.concentration import herfindahls, locational_ginis
from clusters.metrics.cross import CrossTable, by_industry
from clusters.metrics.plants import adding_to_one, reduce_plants, shares_of
from clusters.metrics.specialisation import (
    exact_bounds,
    hypergeometric_p,
    quotients,
    specialisations,
)

SETS, AREAS, INDUSTRIES = 4, 37, 11


@pytest.fixture(scope="module")
def stack() -> np.ndarray:
    """Sparse counts, (sets, areas, industries), with an empty area and an empty industry."""
    counts = np.random.default_rng(5).poisson(0.7, (SETS, AREAS, INDUSTRIES)).astype(float)
    counts[:, 3] = 0
    counts[1, :, 2] = 0
    counts[2, 0, 4] = 900
    return by_industry(counts)


def _frames(stack: np.ndarray) -> list[pd.DataFrame]:
    areas = [f"a{k:02}" for k in range(AREAS)]
    return [pd.DataFrame(one, areas, list("abcdefghijk")) for one in stack]


@pytest.mark.parametrize(
    ("together", "alone"),
    [
        (quotients, location_quotient),
        (hypergeometric_p, location_quotient_test),
        (
            lambda stack: exact_bounds(stack)[0],
            lambda counts: location_quotient_interval(counts, method="exact")[0],
        ),
        (
            lambda stack: exact_bounds(stack)[1],
            lambda counts: location_quotient_interval(counts, method="exact")[1],
        ),
        (specialisations, krugman_specialisation),
        (
            lambda stack: specialisations(stack, "others_mean"),
            lambda counts: krugman_specialisation(counts, "others_mean"),
        ),
        (locational_ginis, locational_gini),
        (herfindahls, lambda counts: herfindahl(counts.T)),
        (lambda stack: herfindahls(np.swapaxes(stack, -1, -2)), herfindahl),
    ],
)
def test_together_and_alone_are_the_same(stack, together, alone) -> None:
    found = together(stack)
    for one, counts in zip(found, _frames(stack), strict=True):
        np.testing.assert_array_equal(one, alone(counts).to_numpy())


def test_agglomeration_from_counts_is_that_of_the_plants(stack) -> None:
    counts = np.swapaxes(stack, -1, -2)
    reference = stack.sum(axis=-1) + np.arange(AREAS)
    shares = shares_of(counts, adding_to_one(reference))
    gamma, unbiased = agglomerations(shares), unbiased_agglomerations(shares)
    for number, table in enumerate(_frames(stack)):
        cells = table.rename_axis("area").reset_index()
        long = cells.melt("area", var_name="industry", value_name="number")
        rows = long.loc[long.index.repeat(long.pop("number").astype(int))].assign(size=1.0)
        base = pd.Series(reference[number], index=table.index)
        eg, ms = ellison_glaeser(rows, base)["gamma"], maurel_sedillot(rows, base)
        np.testing.assert_array_equal(gamma[number], eg.reindex(table.columns))
        np.testing.assert_array_equal(unbiased[number], ms.reindex(table.columns))


def test_reasons_of_shares_are_those_of_plants() -> None:
    counts = np.array([[2.0, 3.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    base = adding_to_one(np.array([3.0, 3.0, 1.0]))
    shares = shares_of(counts, base)
    plants = pd.DataFrame(
        {"area": list("aabbba"), "industry": list("xxxxxy"), "size": 1.0},
    )
    same = reduce_plants(plants, pd.Series(base, index=list("abc")))
    for code, some in same.reasons.items():
        np.testing.assert_array_equal(shares.reasons[code][:2], some)
    assert shares.reasons["no_plants"].tolist() == [False, False, True]
    np.testing.assert_array_equal(shares.shares[:2], same.shares)
    np.testing.assert_array_equal(shares.h[:2], same.h)
    one = shares_of(counts, np.array([1.0, 0.0, 0.0]))
    assert one.reasons["one_region"].all()
    assert np.isnan(agglomerations(one)).all()


def _cross(*, overlapping: bool) -> CrossTable:
    counts = np.array([[2.0, 1.0, 3.0], [0.0, 4.0, 4.0]])  # core, related, ai
    return CrossTable(
        industries=["core", "related", "ai"],
        counts=by_industry(counts),
        area_total=np.array([10.0, 6.0]),
        industry_total=np.array([3.0, 6.0, 9.0]),
        grand_total=np.float64(40),
        overlapping=overlapping,
    )


def test_industries_are_held_against_others_without_counting_a_firm_twice() -> None:
    table = _cross(overlapping=False)
    assert [block.tolist() for block in table.blocks] == [[0, 1], [2]]
    np.testing.assert_array_equal(table.against_others(table.blocks[0]), [[2, 1, 7], [0, 4, 2]])
    np.testing.assert_array_equal(table.against_others(table.blocks[1]), [[3, 7], [4, 2]])


def test_an_area_that_overlaps_is_held_against_the_rest_of_the_province() -> None:
    table = _cross(overlapping=True)
    found = table.against_others(table.blocks[0])
    np.testing.assert_array_equal(found[0], [[2, 1, 7], [1, 5, 24]])
    np.testing.assert_array_equal(found[1], [[0, 4, 2], [3, 2, 29]])
    assert (found.sum(axis=(-2, -1)) == 40).all()


def test_several_sets_have_tables_of_their_own() -> None:
    one = _cross(overlapping=True)
    both = CrossTable(
        industries=one.industries,
        counts=np.stack([one.counts, one.counts * 2]),
        area_total=np.stack([one.area_total, one.area_total * 2]),
        industry_total=np.stack([one.industry_total, one.industry_total * 2]),
        grand_total=np.array([40.0, 80.0]),
        overlapping=True,
    )
    for block in one.blocks:
        alone, found = one.against_others(block), both.against_others(block)
        np.testing.assert_array_equal(found, np.stack([alone, alone * 2]))
