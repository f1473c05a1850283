"""Blocks of rows cover every row once, whatever the machine; loops compile on demand."""

import itertools
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.metrics import duranton_overman, parallel, warm_up


@given(st.integers(0, 200_000), st.booleans())
def test_blocks_cover_every_row_once(number, triangle) -> None:
    blocks = parallel.row_blocks(number, triangle=triangle)
    rows = [edge for block in blocks for edge in block]
    assert rows == sorted(rows)
    assert sum(stop - start for start, stop in blocks) == number
    assert all(a[1] == b[0] for a, b in itertools.pairwise(blocks))


def test_blocks_of_a_triangle_are_equal_work() -> None:
    n = 100_000
    work = [sum(n - np.arange(a, b)) for a, b in parallel.row_blocks(n, triangle=True)]
    assert max(work) < 1.01 * min(work)


@pytest.mark.parametrize("cores", [1, 4])
def test_results_keep_the_order_of_the_jobs(monkeypatch, cores) -> None:
    monkeypatch.setattr(parallel, "cores", lambda: cores)
    assert parallel.run(lambda k: k * k, range(50)) == [k * k for k in range(50)]
    assert parallel.run(str, []) == []
    total = parallel.run_sum(lambda k: np.array([k, 1.0]), range(10))
    assert total.tolist() == [45, 10]


def test_errors_of_a_job_reach_the_caller(monkeypatch) -> None:
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    with pytest.raises(ZeroDivisionError):
        parallel.run(lambda k: 1 / k, [1, 0, 2])


def test_at_least_one_core() -> None:
    assert parallel.cores() >= 1


def test_two_callers_at_once_get_what_one_gets() -> None:
    """Two requests of a web app: numba's own threads would stop the process here."""
    points = np.random.default_rng(0).normal(0, 1e4, (2_400, 2))
    radii = np.linspace(0, 2e4, 11)
    alone = duranton_overman(points, radii, method="exact").density
    found: list[np.ndarray] = []
    callers = [
        threading.Thread(
            target=lambda: found.append(duranton_overman(points, radii, method="exact").density)
        )
        for _ in range(3)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(found) == 3
    for density in found:
        np.testing.assert_array_equal(density, alone)


@pytest.mark.slow
def test_everything_compiles_ahead() -> None:
    """After warming up, no loop compiles when it is used."""
    from clusters.metrics import circles, distances

    warm_up()
    loops = [
        value
        for module in (distances, circles)
        for name, value in vars(module).items()
        if hasattr(value, "signatures") and not name.startswith("_")
    ]
    assert len(loops) > 10
    assert all(loop.signatures for loop in loops)
