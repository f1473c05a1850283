"""The long table, row by row, against loops over the list of firms it is measured from."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clusters.metrics as public
from clusters.metrics.rows import ALL, PROVINCE
from clusters.metrics.stars import StarRule
from clusters.metrics.sums import OTHERS, Level
from clusters.metrics.table import measure
from metrics import naive

AREAS = pd.DataFrame(
    {
        "name_zh": list("甲乙丙丁戊"),
        "name_en": list("ABCDE"),
        "area_km2": [10.0, 20.0, 70.0, 5.0, 40.0],
        "population": [1e6, 2e6, 1e6, 5e5, 3e6],
        "gdp": [1e11, 1e11, 2e11, 5e10, 3e11],
    },
    index=list("badce"),
)
LINE = pd.DataFrame(np.eye(5, k=1) + np.eye(5, k=-1), AREAS.index, AREAS.index)
SINCE = pd.Timestamp("2020-01-01")
RULE = StarRule(size_share=0.4, quotient=1.2, focus_share=0.4, growth_share=0.4, min_size=3.0)


class Contiguity:
    """As much of a libpysal ``W`` as is asked for."""

    id_order = tuple("eabcd")
    sparse = LINE.loc[list("eabcd"), list("eabcd")].to_numpy()


LEVELS = {
    "county": Level("county", AREAS, "county_code", neighbours=Contiguity()),
    "zone": Level("zone", AREAS.iloc[:3], "zone_ids", whole=False),
}


def registry(seed: int) -> pd.DataFrame:
    """Return firms without a place, outside of all areas, without a size or a date; e is empty."""
    rng = np.random.default_rng(seed)
    number = 90
    zones = [["a"], ["a", "b"], [], ["d"], ["elsewhere"]]
    relevance = rng.choice(["core", "related", "none", "weak"], number, p=[0.3, 0.3, 0.3, 0.1])
    return pd.DataFrame(
        {
            "county_code": pd.Series(rng.choice([*"aaabbcdx", None], number), dtype="str"),
            "zone_ids": [zones[k] for k in rng.integers(0, 5, number)],
            "ai_relevance": pd.Series(relevance, dtype="str"),
            "segment": pd.Series(rng.choice(["chips", "robots", "uav"], number), dtype="str"),
            "employees": rng.choice([0.0, 1.0, 8.0, 300.0, np.nan], number),
            "founded": pd.to_datetime(rng.choice(["2011-02-03", "2020-01-01", None], number)),
        }
    )


class Held:
    """What is counted of a registry at one level, scheme and weight, as dictionaries."""

    def __init__(self, firms: pd.DataFrame, level: str, scheme: str, weight: str) -> None:
        self.overlapping = level == "zone"
        self.areas = LEVELS[level].areas
        self.firms = [
            {
                "areas": row["zone_ids"] if self.overlapping else [row["county_code"]],
                "placed": self.overlapping or isinstance(row["county_code"], str),
                "size": 1.0 if weight == "firms" else row["employees"],
                "industry": self._industry(row, scheme),
                "founded": row["founded"],
            }
            for row in firms.to_dict("records")
        ]
        self.sized = [firm for firm in self.firms if not math.isnan(firm["size"])]
        self.inside = [
            (area, firm)
            for firm in self.sized
            for area in firm["areas"]
            if area in self.areas.index
        ]
        names = sorted({firm["industry"] for firm in self.firms} - {OTHERS})
        self.groups = {name: {name} for name in names}
        if scheme == "ai":
            self.groups["ai"] = {"core", "related"}
        every = self.sized if self.overlapping else [firm for _, firm in self.inside]
        self.total = sum(firm["size"] for firm in every)
        self.of_industry = {
            name: sum(firm["size"] for firm in every if firm["industry"] in group)
            for name, group in self.groups.items()
        }
        self.left_out = sum(not firm["placed"] for firm in self.firms) + sum(
            math.isnan(firm["size"]) for firm in self.firms
        )

    @staticmethod
    def _industry(row: dict[str, Any], scheme: str) -> str:
        if scheme == "ai":
            return row["ai_relevance"]
        return row["segment"] if row["ai_relevance"] in {"core", "related"} else OTHERS

    def number(self, area: str, name: str | None = None, what: str = "size", **of: Any) -> float:
        """Return the sum of sizes, or the number, of firms of an area (and industry, and age)."""
        group = self.groups.get(name) if name else None
        return sum(
            1 if what == "firms" else firm["size"]
            for at, firm in self.inside
            if at == area
            and (group is None or firm["industry"] in group)
            and (not of or (pd.notna(firm["founded"]) and firm["founded"] < of["before"]))
        )

    def table(self, names: list[str], **of: Any) -> list[list[float]]:
        """Return areas × (industries and all other firms)."""
        rows = []
        for area in self.areas.index:
            own = [self.number(area, name, **of) for name in names]
            rows.append([*own, self.number(area, **of) - sum(own)])
        return rows

    def plants(self, names: list[str]) -> list[naive.Plant]:
        return [
            (area, name, firm["size"])
            for name in names
            for area, firm in self.inside
            if firm["industry"] in self.groups[name]
        ]


Found = Iterator[tuple[str, str, str, dict[str, Any]]]


def cells(held: Held, weight: str) -> Found:
    tested, people, output = weight == "firms", held.areas["population"], held.areas["gdp"]
    for name in held.groups:
        for area in held.areas.index:
            k, whole = held.number(area, name), held.of_industry[name]
            n, firms = held.number(area), held.number(area, name, "firms")
            plain = {"n": firms}
            part = naive.share(k, whole)
            limits = naive.exact_limits(int(k), int(whole)) if tested and whole else (math.nan,) * 2
            yield "count", name, area, {**plain, "value": k}
            yield "share", name, area, {**plain, "value": part, "limits": limits}
            yield "density_km2", name, area, {"value": k / held.areas["area_km2"][area]}
            yield "per_10k_residents", name, area, {"value": k / people[area] * 1e4}
            lq = part / (n / held.total) if n and whole else math.nan
            found = {**plain, "value": lq, "note": ""}
            if tested and not math.isnan(lq):
                found["limits"] = [limit / (n / held.total) for limit in limits]
                found["p"] = naive.dart_p(int(k), int(held.total), int(whole), int(n))
            if n == 0:
                found["note"] = "no firm in this area"
            elif firms < 5 and not math.isnan(lq):
                found["note"] = "fewer than 5 firms"
            yield "lq", name, area, found
            for metric, figures in (("lq_population", people), ("lq_gdp", output)):
                share = figures[area] / figures.sum()
                found = {**plain, "value": part / share}
                if tested:
                    found["limits"] = [limit / share for limit in limits]
                    found["p"] = naive.binomial_tail(int(k), int(whole), share)
                    found["note"] = "fewer than 5 firms" if firms < 5 else ""
                yield metric, name, area, found


def wholes(held: Held, scheme: str) -> Found:
    names, areas = list(held.groups), list(held.areas.index)
    x = {area: held.number(area) / held.total for area in areas}
    counts = [row[:-1] for row in held.table(names)]
    if scheme != "ai":
        structures = naive.krugman(counts, "rest")
        for area, row, structure in zip(areas, counts, structures, strict=True):
            firms = sum(held.number(area, name, "firms") for name in names)
            some = {"n": firms, "note": "" if firms else "no AI firm in this area"}
            yield "hhi", ALL, area, {**some, "value": naive.herfindahl(row)}
            yield "krugman", ALL, area, {**some, "value": structure}
    plants = held.plants(names)
    for i, name in enumerate(names):
        column, firms = (
            [row[i] for row in counts],
            sum(held.number(area, name, "firms") for area in areas),
        )
        base = {"n": firms}
        yield "hhi", name, PROVINCE, {**base, "value": naive.herfindahl(column)}
        alone = naive.localisation_gini(held.table([name]), 0)
        yield "locational_gini", name, PROVINCE, {**base, "value": alone}
        reference = list(x.values())
        yield "hoover", name, PROVINCE, {**base, "value": naive.hoover(column, reference)}
        yield "theil", name, PROVINCE, {**base, "value": naive.theil(column, reference)}
        index = naive.agglomeration(plants, name, x)
        base = {"n": index["plants"]}
        reach = 1.959963984540054 * index["se"]
        found = {**base, "value": index["gamma"], "limits": [-reach, reach]}
        yield "ellison_glaeser", name, PROVINCE, found
        yield "maurel_sedillot", name, PROVINCE, {**base, "value": index["maurel_sedillot"]}
        if scheme == "ai":
            continue
        for other in names[i + 1 :]:
            both = f"{name}|{other}"
            gamma, se = naive.pair_agglomeration(plants, name, other, x)
            p = math.erfc(abs(gamma / se) / math.sqrt(2)) if se > 0 else math.nan
            found = {"value": gamma, "p": p}
            yield "coagglomeration", both, PROVINCE, found


def maps(held: Held) -> Found:
    w = naive.row_scaled(LINE.to_numpy().tolist())
    joined = (LINE.to_numpy() + np.eye(5)).tolist()
    for name in held.groups:
        y = [held.number(area, name) for area in held.areas.index]
        yield "moran", name, PROVINCE, {"value": naive.moran(y, w)}
        hot = naive.getis_ord(y, naive.row_scaled(joined), star=True)
        for area, local, z in zip(held.areas.index, naive.local_moran(y, w), hot, strict=True):
            found = {"value": local["statistic"], "note": local["quadrant"]}
            yield "local_moran", name, area, found
            yield "getis_ord", name, area, {"value": z, "note": "hot" if z > 0 else "cold"}


def ruled(held: Held, weight: str) -> Found:
    areas, names = list(held.areas.index), list(held.groups)
    figures = [held.areas[name].tolist() for name in ("area_km2", "population")]
    blocks = [[name for name in names if name != "ai"], [name for name in names if name == "ai"]]
    for block in (block for block in blocks if block):
        table = held.table(block)
        size = [[held.number(area, name, "firms") for name in block] for area in areas]
        plain = [row[:-1] for row in table]
        index = naive.cluster_index(plain, *figures, plain if weight == "firms" else size)
        start, end = (held.table(block, before=day) for day in (SINCE, pd.Timestamp.max))
        parts = naive.shift_share(start, end, homothetic=False)
        stars = naive.stars(table, size=0.4, quotient=1.2, focus=0.4, least=3.0)
        for i, name in enumerate(block):
            rates = [b[i] / a[i] - 1 if a[i] >= 3 else 0 for a, b in zip(start, end, strict=True)]
            for r, area in enumerate(areas):
                led = rates[r] > 0 and sum(v > rates[r] for v in rates) < 2 and table[r][i] >= 3
                few = "below 3" if 0 < table[r][i] < 3 else ""
                yield "stars", name, area, {"value": stars[r][i] + led, "note": few}
                few = "fewer than 5 firms" if size[r][i] < 5 else ""
                if math.isnan(index[r][i]):
                    few = "no firm of this industry placed"
                yield "litzenberger_sternberg", name, area, {"value": index[r][i], "note": few}
                change = end[r][i] - start[r][i]
                note = "by founding date; firms that closed are missing"
                yield "new_firms", name, area, {"value": change, "note": note}
                for metric, part in (
                    ("shift_national", "national"),
                    ("shift_mix", "industry_mix"),
                    ("shift_regional", "regional"),
                ):
                    yield metric, name, area, {"value": parts[r, i][part], "note": note}


def related(held: Held, scheme: str, weight: str) -> Found:
    names, areas = list(held.groups), list(held.areas.index)
    if scheme == "ai":
        return
    table = held.table(names)
    m = naive.specialised(table)
    phi = naive.proximities(m)
    for i, name in enumerate(names):
        for j in range(i + 1, len(names)):
            yield "proximity", f"{name}|{names[j]}", PROVINCE, {"value": phi[i][j]}
            if weight == "firms":
                cl, chance = naive.colocation(table, i, j)
                yield "colocation", f"{name}|{names[j]}", PROVINCE, {"value": cl - chance}
        near = [0.0 if math.isnan(v) else v for v in phi[i]]
        for r, area in enumerate(areas):
            value = naive.share(sum(a * b for a, b in zip(m[r], near, strict=True)), sum(near))
            found = {"value": value if sum(table[r]) else math.nan}
            found["note"] = "" if sum(table[r]) else "no firm in this area"
            yield "relatedness_density", name, area, found


def expected(held: Held, scheme: str, weight: str) -> Found:
    yield from cells(held, weight)
    if not held.overlapping:
        yield from wholes(held, scheme)
        yield from maps(held)
        yield from ruled(held, weight)
        yield from related(held, scheme, weight)


# Measured anew for each test: what a shared table is made by would count as run by one test alone.
def measured(seed: int, weight: str) -> pd.DataFrame:
    return measure(
        registry(seed),
        LEVELS.values(),
        schemes=["ai", "segment"],
        weight=weight,
        permutations=19,
        seed=4,
        rule=RULE,
        since=SINCE,
    )


def some(table: pd.DataFrame, level: str, scheme: str) -> pd.DataFrame:
    return table[(table["level"] == level) & (table["scheme"] == scheme)]


@pytest.mark.parametrize("weight", ["firms", "employees"])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_row_is_that_of_a_loop_over_the_firms(seed: int, weight: str) -> None:
    table = measured(seed, weight)
    assert table.index.tolist() == list(range(len(table)))
    for level, scheme in itertools.product(LEVELS, ("ai", "segment")):
        held = Held(registry(seed), level, scheme, weight)
        _rows_are_those_of(held, some(table, level, scheme), scheme, weight)
        _families_are_metrics(some(table, level, scheme))


def _rows_are_those_of(held: Held, table: pd.DataFrame, scheme: str, weight: str) -> None:
    rows = table.set_index(["metric", "industry", "area"])
    assert rows.index.is_unique
    assert set(rows["weight"]) == {weight}
    met = set()
    for *key, wanted in expected(held, scheme, weight):
        met.add(tuple(key))
        row = rows.loc[tuple(key)]
        assert row["value"] == pytest.approx(wanted["value"], rel=1e-8, abs=1e-9, nan_ok=True), key
        limits = wanted.get("limits", [math.nan] * 2)
        if weight == "firms" or key[0] == "ellison_glaeser":
            found = [row["low"], row["high"]]
            assert found == pytest.approx(limits, rel=1e-6, abs=1e-9, nan_ok=True), key
        for name in ("p", "n"):
            if name in wanted:
                assert row[name] == pytest.approx(wanted[name], rel=1e-6, nan_ok=True), (key, name)
        if "note" in wanted:
            assert row["note"] == wanted["note"], key
        assert row["left_out"] == held.left_out
    rest = set(rows.index) - met
    assert {metric for metric, *_ in rest} <= {"eci", "pci"}


def _families_are_metrics(rows: pd.DataFrame) -> None:
    for metric, part in rows.groupby("metric"):
        q = naive.false_discovery(part["p"].tolist())
        np.testing.assert_allclose(part["q"], q, rtol=1e-9, err_msg=str(metric))
    assert set(rows.loc[rows["p"].notna(), "metric"]) <= {
        "lq", "lq_population", "lq_gdp", "ellison_glaeser", "moran", "local_moran", "getis_ord",
        "coagglomeration", "colocation",
    }  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("scheme", ["ai", "segment"])
def test_chance_by_draws_is_that_of_the_functions(seed: int, scheme: str) -> None:
    """The seed and the number of permutations reach the tests of each industry."""
    held = Held(registry(seed), "county", scheme, "firms")
    rows = some(measured(seed, "firms"), "county", scheme).set_index(["metric", "industry", "area"])
    plants = pd.DataFrame(held.plants(list(held.groups)), columns=["area", "industry", "size"])
    x = pd.Series({area: held.number(area) for area in held.areas.index})
    thrown = public.ellison_glaeser(plants, x, null="simulate", draws=999, seed=4)["p"]
    for name in held.groups:
        assert rows.loc[("ellison_glaeser", name, PROVINCE), "p"] == thrown[name]
        y = pd.Series({area: held.number(area, name) for area in Contiguity.id_order})
        options = {"permutations": 19, "seed": 4}
        whole = public.moran(y, Contiguity(), **options)
        assert rows.loc[("moran", name, PROVINCE), "p"] == whole.p
        for metric, function in (
            ("local_moran", public.local_moran),
            ("getis_ord", public.getis_ord),
        ):
            p = function(y, Contiguity(), **options)["p"]
            found = [rows.loc[(metric, name, area), "p"] for area in p.index]
            np.testing.assert_array_equal(found, p)
    if scheme == "segment":
        names = list(held.groups)
        counts = pd.DataFrame(held.table(names), held.areas.index, [*names, OTHERS])[names]
        dealt = public.colocation(counts, draws=999, seed=4)["p"]
        for (a, b), p in dealt.items():
            assert rows.loc[("colocation", f"{a}|{b}", PROVINCE), "p"] == p
        found = public.complexity(counts[counts.sum(axis=1) > 0])
        for metric, values in (("eci", found.eci), ("pci", found.pci)):
            for label, value in values.items():
                key = (metric, label, PROVINCE) if metric == "pci" else (metric, ALL, label)
                assert rows.loc[key, "value"] == pytest.approx(value, nan_ok=True)
        assert rows.loc[("eci", ALL, "e"), "note"] == "no AI firm in this area"


METHODS = {
    "count": "sum",
    "share": "Clopper-Pearson interval",
    "lq": "hypergeometric test, exact interval, Benjamini-Hochberg q",
    "density_km2": "count / area in km²",
    "per_10k_residents": "count / 10 000 residents",
    "lq_population": "binomial test against the share, Clopper-Pearson interval, "
    "Benjamini-Hochberg q",
    "hhi": "over areas",
    "locational_gini": "localisation curve against all firms",
    "theil": "against all firms",
    "ellison_glaeser": "low, high: 95 % of values expected without agglomeration (normal); p: 999 "
    "throws of darts up to 500 firms, normal beyond",
    "maurel_sedillot": "unbiased estimator",
    "moran": "queen contiguity, 19 permutations, two-sided p",
    "local_moran": "queen contiguity, 19 permutations, two-sided p, Benjamini-Hochberg q; note: "
    "quadrant of value and neighbours",
    "getis_ord": "queen contiguity, 19 permutations, two-sided p, Benjamini-Hochberg q; a standard "
    "score with the area itself; note: hot or cold",
    "stars": "one star each: size in the top 40% of areas, location quotient of at least 1.2, share "
    "of the area in the top 40%, growth in the top 40%; none below 3 (by founding date; firms that "
    "closed are missing)",
    "litzenberger_sternberg": "density × stock",
    "new_firms": "founded in the window",
    "shift_mix": "shift-share (Dunn), not tested: amounts are not draws",
    "coagglomeration": "against all firms, normal null, Benjamini-Hochberg q",
    "colocation": "XCL, 999 deals of the labels, two-sided p, Benjamini-Hochberg q",
    "proximity": "LQ ≥ 1 in both",
    "relatedness_density": "specialised from LQ 1",
    "eci": "over AI firms",
    "pci": "over AI firms",
}


def test_every_row_says_how_it_was_made() -> None:
    table = some(measured(0, "firms"), "county", "segment")
    for metric, method in METHODS.items():
        rows = table[table["metric"] == metric]
        if metric == "hhi":
            assert set(rows.loc[rows["industry"] == ALL, "method"]) == {"over industries"}
            rows = rows[rows["industry"] != ALL]
        assert set(rows["method"]) == {method}


def test_amounts_say_that_they_are_not_tested() -> None:
    rows = some(measured(0, "employees"), "county", "segment").set_index("metric")
    for metric in ("share", "lq", "lq_population", "lq_gdp"):
        assert set(rows.loc[metric, "method"]) == {"not tested: amounts are not draws"}
        assert rows.loc[metric, ["low", "high", "p", "q"]].isna().all(axis=None)
    assert set(rows.loc["litzenberger_sternberg", "method"]) == {"density × stock / firm size"}
    assert set(rows["weight"]) == {"employees"}


def test_figures_that_are_not_published_leave_their_metrics_out_or_say_so() -> None:
    """A zone has no residents of its own; one county of five has no published area."""
    bare = AREAS.assign(population=np.nan, gdp=np.nan)
    bare.loc["a", "area_km2"] = np.nan
    level = Level("county", bare, "county_code")
    found = measure(registry(0), [level], schemes=["ai"], since=SINCE)
    assert (
        not found["metric"]
        .isin(["lq_population", "lq_gdp", "per_10k_residents", "litzenberger_sternberg", "moran"])
        .any()
    )
    density = found[found["metric"] == "density_km2"].set_index("area")
    assert set(density.loc["a", "note"]) == {"area unknown"}
    assert set(density.drop("a")["note"]) == {""}
    assert density.loc["a", "value"].isna().all()
    one = measure(registry(0), [Level("county", AREAS.assign(
        population=[np.nan, 1e6, 1e6, 1e6, 1e6]), "county_code")], schemes=["ai"])  # fmt: skip
    people = one[one["metric"] == "per_10k_residents"].set_index("area")
    assert set(people.loc["b", "note"]) == {"no published population"}
    assert not one["metric"].eq("lq_population").any()
    assert one["metric"].eq("lq_gdp").any()


def test_a_number_that_is_the_same_everywhere_has_no_autocorrelation() -> None:
    firms = pd.DataFrame(
        {
            "county_code": pd.Series(list("abcde"), dtype="str"),
            "ai_relevance": pd.Series(["core"] * 5, dtype="str"),
        }
    )
    found = measure(firms, [LEVELS["county"]], schemes=["ai"])
    for metric in ("moran", "local_moran", "getis_ord"):
        rows = found[found["metric"] == metric]
        assert rows[["value", "p", "q"]].isna().all(axis=None)
    local = found[found["metric"] == "local_moran"]
    assert set(local["note"]) == {"the same number everywhere"}


def test_a_row_about_a_whole_industry_says_who_is_left_out() -> None:
    firms = registry(0)
    found = measure(firms, [LEVELS["county"]], schemes=["segment"], weight="employees")
    rows = found[(found["metric"] == "theil") & (found["area"] == PROVINCE)]
    lost, bare = firms["county_code"].isna().sum(), firms["employees"].isna().sum()
    told = f"{lost} firms left out: no known county; {bare} firms left out: no value of employees"
    assert set(rows["note"]) == {told}
    assert set(rows["area_name_zh"]) == {"四川省"}
    assert set(rows["area_name_en"]) == {"Sichuan"}
