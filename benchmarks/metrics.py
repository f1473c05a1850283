"""Time and peak memory of the metrics beside other packages, measured in the same run.

`python benchmarks/metrics.py [CASE ...]` prints one line per measurement; without names every case
runs. Each measurement has a process of its own, so that peak memory is its own, and a warm-up
before, so that compiling is not measured. Peers that cannot be imported are skipped with a line;
BENCHMARK_PEERS may name another Python that has them (pointpats, esda, scikit-learn, hdbscan).
Only ratios within one run mean anything.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from report import Sheet, scaled

RADII = np.linspace(0, 200_000, 101)
SIDE = 400_000.0


def places(number: int, seed: int = 0) -> np.ndarray:
    """Return firms in twenty towns of a province of some 400 km, metres."""
    rng = np.random.default_rng(seed)
    towns = rng.uniform(0, SIDE, (20, 2))
    near = towns[rng.integers(0, 20, number)] + rng.normal(0, 15_000, (number, 2))
    return np.clip(near, 0, SIDE)


def sizes(number: int) -> np.ndarray:
    return np.random.default_rng(1).lognormal(size=number)


def kd(number: int, *, weighted: bool = False) -> object:
    from clusters.metrics import duranton_overman

    weights = sizes(number) if weighted else None
    return duranton_overman(places(number), RADII, sizes=weights, method="exact")


def kd_grid(number: int) -> object:
    from clusters.metrics import duranton_overman

    return duranton_overman(places(number), RADII, sizes=sizes(number), method="grid")


def kd_redraws(number: int, simulations: int) -> object:
    from clusters.metrics import duranton_overman

    everywhere = places(10 * number)
    return duranton_overman(
        everywhere[:number], RADII, sites=everywhere, simulations=simulations, seed=0
    )


def pair_loop(number: int) -> object:
    """Plain compiled loop over all pairs into a histogram of 200 bins, one core."""
    import math

    import numba

    @numba.njit(cache=False)
    def histogram(x, y, w, width, bins):
        out = np.zeros(bins)
        for k in range(len(x)):
            for m in range(k + 1, len(x)):
                place = int(math.sqrt((x[k] - x[m]) ** 2 + (y[k] - y[m]) ** 2) / width)
                if place < bins:
                    out[place] += w[k] * w[m]
        return out

    x, y = np.ascontiguousarray(places(number).T)
    w = sizes(number)
    histogram(x[:9], y[:9], w[:9], 1_000.0, 200)
    return lambda: histogram(x, y, w, 1_000.0, 200)


def kd_numpy(number: int, simulations: int) -> object:
    """Sorted distances, histogram of 2 000 bins, matrix of kernels: what numpy and scipy give."""
    from scipy.spatial.distance import pdist

    everywhere, rng, h = places(10 * number), np.random.default_rng(0), 5_000.0
    middle = (np.arange(2_000) + 0.5) * (250_000 / 2_000)
    kernel = np.exp(-0.5 * ((RADII[:, None] - middle) / h) ** 2)
    out = []
    for _ in range(simulations):
        taken = rng.choice(len(everywhere), number, replace=False)
        counts = np.histogram(pdist(everywhere[taken]), 2_000, (0, 250_000))[0]
        out.append(kernel @ counts)
    return np.array(out)


def pointpats_k(number: int) -> object:
    from pointpats import k_test  # noqa: F401 - the import is not measured
    from pointpats.distance_statistics import k

    points = places(number)
    return lambda: k(points, support=(0, 200_000, 101))


def m(number: int, simulations: int = 0) -> object:
    from clusters.metrics import marcon_puech_m

    sector = np.arange(number) % 10 == 0
    return marcon_puech_m(places(number), RADII[1:], sector, simulations=simulations, seed=0)


def m_numpy(number: int) -> object:
    from scipy.spatial.distance import cdist

    points, sector = places(number), np.arange(number) % 10 == 0
    top = bottom = 0.0
    for k in np.flatnonzero(sector):
        d = cdist(points[k : k + 1], points)[0]
        place = np.searchsorted(RADII[1:], d)
        everything = np.cumsum(np.bincount(place, minlength=101)) - 1
        own = np.cumsum(np.bincount(place[sector], minlength=101)) - 1
        top = top + own / np.maximum(everything, 1)
        bottom = bottom + (sector.sum() - 1) / (number - 1)
    return top / bottom


def k_translate(number: int) -> object:
    from clusters.metrics import ripley_k

    return ripley_k(places(number), RADII[:51], (0, 0, SIDE, SIDE))


def k_numpy(number: int) -> object:
    points, limits = places(number), RADII[:51]
    total = np.zeros(len(limits) + 1)
    for k in range(number):
        away = np.abs(points[k + 1 :] - points[k])
        weight = SIDE**2 / np.maximum((SIDE - away[:, 0]) * (SIDE - away[:, 1]), 1.0)
        place = np.searchsorted(limits, np.hypot(away[:, 0], away[:, 1]))
        total += np.bincount(place, weight, len(total))
    return np.cumsum(total)


def lattice(side: int) -> object:
    from libpysal.weights import lat2W

    weights = lat2W(side, side)
    weights.transform = "r"
    return weights, np.random.default_rng(0).normal(size=side * side)


def local_moran(side: int) -> object:
    from clusters.metrics import local_moran as ours

    weights, values = lattice(side)
    return lambda: ours(values, weights, permutations=999, seed=0)


def esda_local_moran(side: int) -> object:
    from esda import Moran_Local

    weights, values = lattice(side)
    return lambda: Moran_Local(values, weights, permutations=999, seed=0)


def plant_table(number: int) -> object:
    import pandas as pd

    rng = np.random.default_rng(0)
    codes = np.array([f"5{k:05d}" for k in range(183)])
    return pd.DataFrame(
        {
            "area": pd.Categorical(codes[rng.integers(0, 183, number)]),
            "industry": pd.Categorical.from_codes(rng.integers(0, 96, number), range(96)),
            "size": rng.lognormal(size=number),
        }
    )


def quotients(number: int) -> object:
    from clusters.metrics import ellison_glaeser, location_quotient

    plants = plant_table(number)

    def measure() -> object:
        counts = plants.pivot_table(
            index="area", columns="industry", values="size", aggfunc="sum", observed=False
        )
        return location_quotient(counts), ellison_glaeser(plants)

    return measure


def quotients_pandas(number: int) -> object:
    plants = plant_table(number)

    def measure() -> object:
        by_cell = plants.groupby(["area", "industry"], observed=False)["size"].sum()
        counts = by_cell.unstack("industry")  # noqa: PD010 - the quickest way
        by_area, by_industry = counts.sum(axis=1), counts.sum()
        share = plants["size"] / plants.groupby("industry", observed=False)["size"].transform("sum")
        h = (share**2).groupby(plants["industry"], observed=False).sum()
        x = by_area / by_area.sum()
        g = ((counts / by_industry).sub(x, axis=0) ** 2).sum()
        spread = 1 - (x**2).sum()
        return counts.div(by_area, axis=0), (g - spread * h) / (spread * (1 - h))

    return measure


def clusters(number: int) -> object:
    from clusters.metrics import density_clusters

    points = places(number)
    return lambda: density_clusters(points, 25)


def sklearn_hdbscan(number: int) -> object:
    from sklearn.cluster import HDBSCAN

    points = places(number)
    return lambda: HDBSCAN(min_cluster_size=25, copy=True).fit(points)


def hdbscan_package(number: int) -> object:
    from hdbscan import HDBSCAN

    points = places(number)
    return lambda: HDBSCAN(min_cluster_size=25).fit(points)


@dataclass(frozen=True)
class Run:
    """One measurement: its name, what runs, what warms up, and how often the case holds it."""

    name: str
    run: Callable[[], object]
    warm: Callable[[], object] | None = None
    peer: bool = False
    times: float = 1.0
    size: int | None = None

    @property
    def label(self) -> str:
        """Return what tells it from the others of its case."""
        return self.name if self.size is None else f"{self.name} {self.size}"


def growth(run: Callable[[int], object], sizes: tuple[int, ...], warm: int) -> list["Run"]:
    """Return one measurement a size."""
    return [
        Run("clusters", lambda n=n: run(scaled(n)), lambda: run(warm), size=scaled(n))
        for n in sizes
    ]


CASES: dict[str, list[Run]] = {
    "Kd of 10 000 firms, every pair": [
        Run("clusters", lambda: kd(scaled(10_000)), lambda: kd(3_500)),
        Run("clusters, weighted", lambda: kd(scaled(10_000), weighted=True), lambda: kd(3_500)),
        Run("plain numba pair loop", lambda: pair_loop(scaled(10_000))),
        Run(
            "pointpats K", lambda: pointpats_k(scaled(10_000)), lambda: pointpats_k(100), peer=True
        ),
    ],
    "Kd of 100 000 firms, weighted": [
        Run("clusters, every pair", lambda: kd(scaled(100_000), weighted=True), lambda: kd(3_500)),
        Run("clusters, grid", lambda: kd_grid(scaled(100_000)), lambda: kd_grid(500)),
        Run("plain numba pair loop", lambda: pair_loop(scaled(100_000))),
    ],
    "Kd, 1 000 redraws of 2 000 among 20 000": [
        Run(
            "clusters",
            lambda: kd_redraws(scaled(2_000), scaled(1_000, 20)),
            lambda: kd_redraws(1_500, 20),
        ),
        Run("numpy and scipy, 20 redraws × 50", lambda: kd_numpy(scaled(2_000), 20), times=50),
    ],
    "M of 2 000 among 20 000 firms": [
        Run("clusters", lambda: m(scaled(20_000)), lambda: m(300)),
        Run(
            "clusters, 1 000 redraws",
            lambda: m(scaled(20_000), scaled(1_000, 20)),
            lambda: m(300, 20),
        ),
        Run("numpy and scipy", lambda: m_numpy(scaled(20_000))),
    ],
    "K with translate correction, 50 000 points": [
        Run("clusters", lambda: k_translate(scaled(50_000)), lambda: k_translate(300)),
        Run("numpy", lambda: k_numpy(scaled(50_000))),
        Run(
            "pointpats K, 20 000 points, uncorrected",
            lambda: pointpats_k(scaled(20_000)),
            peer=True,
        ),
    ],
    "Local Moran, 100 489 areas, 999 permutations": [
        Run("clusters", lambda: local_moran(scaled(317, 9)), lambda: local_moran(9)),
        Run(
            "esda", lambda: esda_local_moran(scaled(317, 9)), lambda: esda_local_moran(9), peer=True
        ),
    ],
    "LQ and Ellison-Glaeser, 5 million plants": [
        Run("clusters", lambda: quotients(scaled(5_000_000, 1_000)), lambda: quotients(1_000)),
        Run("pandas", lambda: quotients_pandas(scaled(5_000_000, 1_000))),
    ],
    "Density clusters of 100 000 points": [
        Run("clusters", lambda: clusters(scaled(100_000)), lambda: clusters(20_500)),
        Run("hdbscan", lambda: hdbscan_package(scaled(100_000)), peer=True),
        Run("scikit-learn", lambda: sklearn_hdbscan(scaled(100_000)), peer=True),
    ],
    "Growth: Kd, every pair, weighted": growth(
        lambda n: kd(n, weighted=True), (10_000, 30_000, 100_000), 3_500
    ),
    "Growth: density clusters": growth(clusters, (10_000, 30_000, 100_000, 300_000), 20_500),
    "Growth: LQ and Ellison-Glaeser": growth(quotients, (50_000, 500_000, 5_000_000), 1_000),
}


def once(run: Callable[[], object]) -> float:
    """Return seconds; a function that is returned is what is measured, after its preparation."""
    start = time.perf_counter()
    prepared = run()
    if callable(prepared):
        start = time.perf_counter()
        prepared()
    return time.perf_counter() - start


def measure(case: str, name: str) -> dict[str, object]:
    """Measure in this process: the better of two runs when they are short, and the peak memory."""
    run = next(run for run in CASES[case] if run.label == name)
    try:
        if run.warm:
            once(run.warm)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = once(run.run)
        if seconds < 2:
            seconds = min(seconds, once(run.run), once(run.run))
    except ImportError as error:
        return {"skipped": str(error)}
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds *= run.times
    return {"seconds": seconds, "peak_mb": after / 1024, "above_mb": (after - before) / 1024}


def in_own_process(case: str, run: Run) -> dict[str, object]:
    python = os.environ.get("BENCHMARK_PEERS", sys.executable) if run.peer else sys.executable
    command = [python, __file__, "--measure", case, run.label]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"skipped": (done.stderr.strip().splitlines() or ["failed"])[-1]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", help="words in the names of the cases to run")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(*arguments.measure)))
        return
    wanted = [word.lower() for word in arguments.case]
    sheet = Sheet("metrics")
    for case, runs in CASES.items():
        if wanted and not any(word in case.lower() for word in wanted):
            continue
        for run in runs:
            found = in_own_process(case, run)
            if "skipped" in found:
                sheet.absent(case, run.name, str(found["skipped"]))
                continue
            sheet.add(
                case,
                run.name,
                float(found["seconds"]),
                own=run.name.startswith("clusters"),
                size=run.size,
                memory_mb=round(float(found["peak_mb"])),
            )
    sheet.save()


if __name__ == "__main__":
    main()
