"""Proximity, relatedness density and complexity: by hand, identities, undefined cases."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clusters.errors import MetricError
from clusters.metrics import (
    complexity,
    location_quotient,
    locational_correlation,
    proximity,
    relatedness_density,
    why_undefined,
)

# Specialisations are the diagonal band, so M is known without computing quotients.
BAND = pd.DataFrame(
    [[9, 9, 0, 0], [0, 9, 9, 0], [0, 0, 9, 9]],
    index=["north", "west", "south"],
    columns=["a", "b", "c", "d"],
)
counts_tables = st.tuples(st.integers(2, 8), st.integers(2, 6)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(0, 20)).map(pd.DataFrame)
)


def test_proximity_by_hand() -> None:
    """M is the band: k = (1, 2, 2, 1); a and b share north of max(1, 2): ½; b and c share west: ½."""
    phi = proximity(BAND)
    expected = [[1, 0.5, 0, 0], [0.5, 1, 0.5, 0], [0, 0.5, 1, 0.5], [0, 0, 0.5, 1]]
    np.testing.assert_allclose(phi, expected, rtol=1e-12)


def test_density_by_hand() -> None:
    """North has a and b: for c, φ = (0, ½, 1, ½) sums to 2, of which ½ is present."""
    density = relatedness_density(BAND)
    assert density.loc["north", "c"] == pytest.approx(0.25, rel=1e-12)
    assert density.loc["north", "a"] == pytest.approx(1.0, rel=1e-12)


@settings(max_examples=60)
@given(counts_tables)
def test_proximity_is_the_smaller_conditional_probability(counts) -> None:
    m = (location_quotient(counts).fillna(0) >= 1 - 1e-9).to_numpy()
    phi = proximity(counts).to_numpy()
    for i in range(m.shape[1]):
        for j in range(m.shape[1]):
            if m[:, i].any() and m[:, j].any():
                both = (m[:, i] & m[:, j]).sum()
                expected = min(both / m[:, i].sum(), both / m[:, j].sum())
                assert phi[i, j] == pytest.approx(expected, rel=1e-9)
            else:
                assert np.isnan(phi[i, j])
    density = relatedness_density(counts)
    known = density.to_numpy()[density.notna()]
    assert ((known >= 0) & (known <= 1 + 1e-12)).all()
    assert (density.isna().all(axis=0) == ~m.any(axis=0)).all()


def test_absent_industries_say_so() -> None:
    counts = BAND.assign(e=0)
    assert (why_undefined(proximity(counts))["e"] == "absent").all()
    assert (why_undefined(relatedness_density(counts))["e"] == "absent").all()


@settings(max_examples=60)
@given(counts_tables)
def test_complexity_is_the_eigenvector_and_the_mean_of_products(counts) -> None:
    result = complexity(counts)
    if result.reason:
        assert result.eci.isna().all()
        assert result.pci.isna().all()
        assert (why_undefined(result.eci) == result.reason).all()
        return
    m = (location_quotient(counts).fillna(0) >= 1 - 1e-9).to_numpy().astype(float)
    rows, columns = m.sum(axis=1) > 0, m.sum(axis=0) > 0
    m = m[rows][:, columns]
    eci, pci = result.eci.to_numpy()[rows], result.pci.to_numpy()[columns]
    assert eci.mean() == pytest.approx(0, abs=1e-9)
    assert eci.std() == pytest.approx(1, rel=1e-9)
    np.testing.assert_allclose((m @ pci) / m.sum(axis=1), eci, atol=1e-7)
    # Up to a constant along the trivial eigenvector (all ones), ECI is an eigenvector.
    transition = (m / m.sum(axis=0)) @ m.T / m.sum(axis=1)[:, None]
    values = np.sort(np.linalg.eigvals(transition).real)
    moved = transition @ eci - values[-2] * eci
    assert np.ptp(moved) < 1e-7
    diversity = m.sum(axis=1)
    rarity = -(m @ m.sum(axis=0)) / diversity
    told = [np.sum(eci * (yardstick - yardstick.mean())) for yardstick in (diversity, rarity)]
    assert told[0] > 1e-9 or (told[0] > -1e-7 and told[1] > 1e-9)


def test_complexity_does_not_depend_on_order() -> None:
    counts = pd.DataFrame(np.random.default_rng(0).integers(0, 9, (9, 7)))
    base = complexity(counts)
    turned = complexity(counts.iloc[::-1, ::-1])
    np.testing.assert_allclose(turned.eci[counts.index], base.eci, atol=1e-9)
    np.testing.assert_allclose(turned.pci[counts.columns], base.pci, atol=1e-9)


def test_rarity_gives_the_sign_where_diversity_does_not() -> None:
    """All have two specialisations of 9 of 18 firms, so M is where the 9 are, as in the band.

    With two areas like north, a, b, c, d are at home in 2, 3, 2, 1 areas: south's 2 and 1 are rarest.
    """
    counts = pd.concat([BAND, BAND.loc[["north"]].set_axis(["east"])])
    result = complexity(counts)
    assert result.eci.idxmax() == "south"
    assert result.pci.idxmax() == "d"
    for order in itertools.permutations(range(4)):
        turned = complexity(counts.iloc[list(order), ::-1])
        np.testing.assert_allclose(turned.eci[counts.index], result.eci, atol=1e-9)
        np.testing.assert_allclose(turned.pci[counts.columns], result.pci, atol=1e-9)


def test_a_table_that_looks_the_same_from_both_ends_has_no_direction() -> None:
    """North and south of the band change places when it is turned round, and so would the index."""
    found = complexity(BAND)
    assert found.reason == "no_direction"
    assert (why_undefined(found.eci) == "no_direction").all()
    assert (why_undefined(found.pci) == "no_direction").all()
    assert complexity(BAND.iloc[::-1]).reason == "no_direction"


@pytest.mark.parametrize("number", [3, 4, 7])
def test_a_ring_of_areas_has_two_directions_alike(number: int) -> None:
    """Every area shares one industry with each neighbour: cos 2πk/n comes twice, for k and n - k."""
    ring = np.eye(number) + np.roll(np.eye(number), 1, axis=1)
    found = complexity(pd.DataFrame(ring * 9))
    assert found.reason == "tied"
    assert found.eci.isna().all()


def test_complexity_undefined_cases() -> None:
    apart = complexity(pd.DataFrame([[5, 0], [0, 5]]))
    assert apart.reason == "disconnected"
    assert why_undefined(apart) == "disconnected"
    single = complexity(pd.DataFrame([[5, 3]]))
    assert single.reason == "too_few_areas"
    assert complexity(pd.DataFrame([[2, 2], [2, 2]])).reason == "no_variation"
    absent = complexity(pd.DataFrame([[9, 9, 0], [0, 9, 9], [0, 0, 0], [9, 0, 8], [9, 9, 1]]))
    if absent.reason is None:
        assert why_undefined(absent.eci)[2] == "absent"


def test_locational_correlation_agrees_with_numpy() -> None:
    counts = pd.DataFrame(np.random.default_rng(0).integers(0, 9, (9, 4))).assign(flat=3)
    result = locational_correlation(counts)
    np.testing.assert_allclose(
        result.iloc[:4, :4], np.corrcoef(counts.iloc[:, :4].T), rtol=1e-9, atol=1e-12
    )
    assert (why_undefined(result)["flat"] == "no_variation").all()


@pytest.mark.parametrize("metric", [proximity, relatedness_density, complexity])
def test_bad_input_is_named(metric) -> None:
    with pytest.raises(MetricError, match="threshold"):
        metric(BAND, threshold=0)
    with pytest.raises(MetricError, match="-9"):
        metric(-BAND)
