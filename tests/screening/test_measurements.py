"""Values with their doubt: means over states, quantiles, blocks of criteria, and selections."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clusters.screening.measurements import Measured, bounds, stack

NAN = np.nan


def test_a_value_is_the_mean_of_the_states_that_define_it():
    found = Measured.from_draws(np.array([[1.0, NAN, NAN], [2.0, 4.0, NAN], [6.0, 8.0, NAN]]))
    np.testing.assert_array_equal(found.value, [3.0, 6.0, NAN])


def test_the_same_value_in_every_state_is_kept_to_the_last_digit():
    # 0.1 added up three times and divided by three is 0.10000000000000002.
    assert (0.1 + 0.1 + 0.1) / 3 != 0.1
    assert Measured.from_draws(np.full((3, 1), 0.1)).value[0] == 0.1


def test_infinite_states_count_as_undefined():
    found = Measured.from_draws(np.array([[np.inf], [5.0]]))
    assert found.value[0] == 5.0


def test_bounds_are_the_middle_95_percent_by_linear_interpolation():
    # 0, 1, …, 40: the 2.5 % quantile is the 1st step of 40, the 97.5 % quantile the 39th.
    low, high = bounds(np.arange(41.0)[:, None])
    assert (low[0], high[0]) == (1.0, 39.0)


def test_bounds_of_a_partly_defined_column_use_what_is_defined():
    column = np.where(np.arange(82) % 2 == 0, np.arange(82) / 2, NAN)[:, None]
    low, high = bounds(column)
    assert (low[0], high[0]) == (1.0, 39.0)


def test_bounds_of_nothing_are_not_numbers():
    low, high = bounds(np.full((5, 2), NAN))
    assert np.isnan([*low, *high]).all()


@given(arrays(float, (12, 3), elements=st.one_of(st.just(NAN), st.floats(-100, 100))))
def test_bounds_hold_at_least_nine_tenths_of_the_defined_states(draws):
    low, high = bounds(draws)
    for column in range(3):
        some = draws[np.isfinite(draws[:, column]), column]
        if len(some):
            inside = (some >= low[column]) & (some <= high[column])
            assert inside.sum() >= len(some) - 2
            assert low[column] >= some.min()
            assert high[column] <= some.max()


def test_an_exact_criterion_has_no_range_and_repeats_in_every_state():
    block = stack({"gdp": Measured(np.array([7.0, NAN]))}, worlds=3, parks=2)
    np.testing.assert_array_equal(block.low, block.value)
    np.testing.assert_array_equal(block.high, block.value)
    np.testing.assert_array_equal(block.draws[:, :, 0], [[7, NAN]] * 3)


def test_a_value_lies_within_its_interval_even_where_a_rare_state_pulls_the_mean():
    # 99 states of 0 and one of 1000: the mean 10 lies above the 97.5 % quantile, which is 0.
    draws = np.zeros((100, 1))
    draws[0] = 1000.0
    block = stack({"firms": Measured.from_draws(draws)}, worlds=100, parks=1)
    assert block.value[0, 0] == 10.0
    assert (block.low[0, 0], block.high[0, 0]) == (0.0, 10.0)


def test_criteria_stand_in_the_order_they_were_given():
    one, other = Measured(np.array([1.0])), Measured(np.array([2.0]))
    block = stack({"z": one, "a": other}, worlds=1, parks=1)
    assert block.criteria == ("z", "a")
    np.testing.assert_array_equal(block.value, [[1.0, 2.0]])


@pytest.fixture
def block():
    """Return three parks by three criteria over two states, every number another."""
    draws = np.arange(18.0).reshape(2, 3, 3)
    measured = {name: Measured.from_draws(draws[:, :, at]) for at, name in enumerate("abc")}
    return stack(measured, worlds=2, parks=3)


def test_some_criteria_are_taken_out_in_the_order_asked_for(block):
    some = block.of(["c", "a"])
    assert some.criteria == ("c", "a")
    np.testing.assert_array_equal(some.value, block.value[:, [2, 0]])
    np.testing.assert_array_equal(some.draws, block.draws[:, :, [2, 0]])


def test_some_parks_are_taken_out_with_bounds_and_draws(block):
    some = block.of(["b"], np.array([2, 0]))
    np.testing.assert_array_equal(some.value[:, 0], block.value[[2, 0], 1])
    np.testing.assert_array_equal(some.low[:, 0], block.low[[2, 0], 1])
    np.testing.assert_array_equal(some.high[:, 0], block.high[[2, 0], 1])
    np.testing.assert_array_equal(some.draws[:, :, 0], block.draws[:, [2, 0], 1])


def test_a_criterion_that_was_not_measured_cannot_be_taken_out(block):
    with pytest.raises(ValueError, match="not in tuple"):
        block.of(["d"])
