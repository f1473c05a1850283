"""The definitions of the metrics as loops over plain lists: slow, and short enough to check by eye.

Written from the papers and the methods handbook, without looking at what is tested; nothing here
imports `clusters`. Tables are lists of rows (areas) of numbers (industries), plants and firms lists
of tuples, points lists of pairs. An undefined number is NaN.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from fractions import Fraction

Table = Sequence[Sequence[float]]
NAN = math.nan


def share(part: float, whole: float) -> float:
    """Return part/whole, NaN of nothing."""
    return part / whole if whole else NAN


def row_sums(table: Table) -> list[float]:
    return [math.fsum(row) for row in table]


def column_sums(table: Table) -> list[float]:
    return [math.fsum(column) for column in zip(*table, strict=True)]


# Areas and industries ---------------------------------------------------------------------------


def quotients(table: Table) -> list[list[float]]:
    """(e_ir/e_.r) / (e_i./e)."""
    areas, industries = row_sums(table), column_sums(table)
    total = math.fsum(areas)
    return [
        [
            (k / n) / (whole / total) if n and whole else NAN
            for k, whole in zip(row, industries, strict=True)
        ]
        for row, n in zip(table, areas, strict=True)
    ]


def additive_quotients(table: Table, *, by_area: bool) -> list[list[float]]:
    """e_ir/e_.r - e_i./e, or e_ir/e_i. - e_.r/e."""
    areas, industries = row_sums(table), column_sums(table)
    total = math.fsum(areas)
    return [
        [
            share(k, n) - share(whole, total) if by_area else share(k, whole) - share(n, total)
            for k, whole in zip(row, industries, strict=True)
        ]
        for row, n in zip(table, areas, strict=True)
    ]


def dart_p(k: int, total: int, industry: int, area: int) -> float:
    """P(X ≥ k) of a hypergeometric number, in whole numbers."""
    ways = sum(
        math.comb(industry, j) * math.comb(total - industry, area - j)
        for j in range(k, min(industry, area) + 1)
        if area - j <= total - industry
    )
    return float(Fraction(ways, math.comb(total, area)))


def binomial_tail(k: int, n: int, p: float | Fraction) -> float:
    """P(X ≥ k) of n throws."""
    return float(sum(math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1)))


def exact_limits(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's limits: by halving, where a tail of the binomial is (1 - confidence)/2."""
    tail = (1 - confidence) / 2

    def root(function: Callable[[float], float]) -> float:
        low, high = 0.0, 1.0
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if function(middle) < 0 else (low, middle)
        return (low + high) / 2

    lower = root(lambda p: binomial_tail(k, n, p) - tail) if k else 0.0
    upper = root(lambda p: binomial_tail(k + 1, n, p) - 1 + tail) if k < n else 1.0
    return lower, upper


def delta_limits(k: float, industry: float, area: float, total: float, z: float) -> tuple:
    """exp(ln LQ ± z √V)."""
    if k == 0:
        return NAN, NAN
    rest = total - area
    p, q = k / area, (industry - k) / rest if rest else 0.0
    variance = (1 / k - 1 / industry) ** 2 * area * p * (1 - p)
    variance += (1 / industry) ** 2 * rest * q * (1 - q)
    centre, half = math.log(p / (industry / total)), z * math.sqrt(variance)
    return math.exp(centre - half), math.exp(centre + half)


def false_discovery(p: Sequence[float]) -> list[float]:
    """q_i: the smallest of m p_(j)/j over the tests j that come at or after i; NaN is no test."""
    known = sorted(v for v in p if not math.isnan(v))
    m = len(known)

    def q(value: float) -> float:
        least = min(m * other / (j + 1) for j, other in enumerate(known) if other >= value)
        return min(1.0, least)

    return [NAN if math.isnan(v) else q(v) for v in p]


def standard_scores(values: Sequence[float]) -> list[float]:
    """(x - mean)/sd with n - 1, NaN kept out; NaN where all are alike or fewer than two are known."""
    known = [v for v in values if not math.isnan(v)]
    if len(known) < 2:
        return [NAN] * len(values)
    mean = math.fsum(known) / len(known)
    sd = math.sqrt(math.fsum((v - mean) ** 2 for v in known) / (len(known) - 1))
    if sd <= 1e-12 * max(1.0, *map(abs, known)):
        return [NAN] * len(values)
    return [(v - mean) / sd for v in values]


def krugman(table: Table, reference: str) -> list[float]:
    """Σ_i |share - reference share|."""
    found = []
    for r, row in enumerate(table):
        others = [other for k, other in enumerate(table) if k != r]
        if reference == "total":
            against = column_sums(table)
        elif reference == "rest":
            against = column_sums(others) if others else [0.0] * len(row)
        else:
            shares = [[v / sum(other) for v in other] for other in others if sum(other)]
            against = column_sums(shares) if shares else [0.0] * len(row)
        if not sum(row) or not sum(against):
            found.append(NAN)
            continue
        found.append(
            math.fsum(
                abs(a / math.fsum(row) - b / math.fsum(against))
                for a, b in zip(row, against, strict=True)
            )
        )
    return found


def hachman(table: Table) -> list[float]:
    """1 / Σ LQ · share."""
    found = []
    for row, lq in zip(table, quotients(table), strict=True):
        n = math.fsum(row)
        found.append(
            1 / math.fsum(q * k / n for q, k in zip(lq, row, strict=True) if k) if n else NAN
        )
    return found


def stars(
    table: Table, *, size: float, quotient: float, focus: float, least: float
) -> list[list[int]]:
    """One star each for size, quotient and focus."""
    lq = quotients(table)
    shares = [[share(k, sum(row)) for k in row] for row in table]

    def leads(values: Table, r: int, i: int, part: float) -> bool:
        column = [0.0 if math.isnan(row[i]) else row[i] for row in values]
        allowed = math.ceil(part * len(column) - 1e-9)
        # At most so many areas less one may be ahead of a leader.
        return column[r] > 0 and sum(v > column[r] for v in column) < allowed

    return [
        [
            0
            if k <= 0 or k < least
            else leads(table, r, i, size)
            + (lq[r][i] >= quotient * (1 - 1e-12))
            + leads(shares, r, i, focus)
            for i, k in enumerate(row)
        ]
        for r, row in enumerate(table)
    ]


def cluster_index(table: Table, area: Sequence[float], people: Sequence[float], firms: Table):
    """[(e/a)/(E/A)] [(e/p)/(E/P)] / [(e/b)/(E/B)]."""
    total, plants = column_sums(table), column_sums(firms)
    found = []
    for r, row in enumerate(table):
        line = []
        for i, e in enumerate(row):
            if total[i] == 0 or (e > 0 and firms[r][i] == 0):
                line.append(NAN)
            elif e == 0:
                line.append(0.0)
            else:
                density = (e / area[r]) / (total[i] / sum(area))
                stock = (e / people[r]) / (total[i] / sum(people))
                line.append(density * stock / ((e / firms[r][i]) / (total[i] / plants[i])))
        found.append(line)
    return found


def shift_share(start: Table, end: Table, *, homothetic: bool) -> dict[tuple[int, int], dict]:
    """Components of the change of every cell."""
    e0, e1 = math.fsum(row_sums(start)), math.fsum(row_sums(end))
    every = e1 / e0 - 1
    before, after = column_sums(start), column_sums(end)
    found = {}
    for r, row in enumerate(start):
        for i, e in enumerate(row):
            grown = after[i] / before[i] - 1 if before[i] else every
            part = {"national": e * every, "industry_mix": e * (grown - every)}
            if e == 0:
                part |= {"regional": end[r][i], "allocation": 0.0}
            else:
                h = math.fsum(row) * before[i] / e0 if homothetic else e
                ahead = end[r][i] / e - 1 - grown
                part |= {"regional": h * ahead, "allocation": (e - h) * ahead}
            found[r, i] = part
    return found


def colocation(table: Table, a: int, b: int) -> tuple[float, float]:
    """CL, and its mean when the labels are dealt out: pairs of firms counted one by one."""
    first = [r for r, row in enumerate(table) for _ in range(int(row[a]))]
    second = [r for r, row in enumerate(table) for _ in range(int(row[b]))]
    if not first or not second:
        return NAN, NAN
    near = sum(x == y for x in first for y in second) / (len(first) * len(second))
    pooled = first + second
    same = [x == y for x, y in itertools.permutations(pooled, 2)]
    return near, sum(same) / len(same)


def specialised(table: Table, threshold: float = 1.0) -> list[list[int]]:
    return [
        [int(not math.isnan(q) and q >= threshold * (1 - 1e-12)) for q in row]
        for row in quotients(table)
    ]


def proximities(m: Table) -> list[list[float]]:
    """min(P(i|j), P(j|i)); NaN for an industry nobody specialises in."""
    number = [sum(column) for column in zip(*m, strict=True)]

    def both(i: int, j: int) -> float:
        together = sum(row[i] * row[j] for row in m)
        if not number[i] or not number[j]:
            return NAN
        return min(together / number[i], together / number[j])

    return [[both(i, j) for j in range(len(number))] for i in range(len(number))]


def correlation(x: Sequence[float], y: Sequence[float]) -> float:
    mx, my = math.fsum(x) / len(x), math.fsum(y) / len(y)
    top = math.fsum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    bottom = math.fsum((a - mx) ** 2 for a in x) * math.fsum((b - my) ** 2 for b in y)
    return share(top, math.sqrt(bottom))


# Concentration ----------------------------------------------------------------------------------


def herfindahl(x: Sequence[float]) -> float:
    return share(math.fsum(v * v for v in x), math.fsum(x) ** 2)


def gini(x: Sequence[float], weights: Sequence[float]) -> float:
    """Σ Σ w_i w_j |x_i - x_j| / (2 mean), weights adding up to 1."""
    total = math.fsum(weights)
    mean = math.fsum(v * w for v, w in zip(x, weights, strict=True)) / total
    pairs = zip(x, weights, strict=True)
    apart = math.fsum(
        w * v * abs(a - b) for (a, w), (b, v) in itertools.product(list(pairs), repeat=2)
    )
    return share(apart / total**2, 2 * mean)


def localisation_gini(table: Table, i: int) -> float:
    """½ Σ Σ x_r x_q |LQ_r - LQ_q|, empty areas left out: the Gini of quotients weighted by size."""
    base = [math.fsum(row) for row in table if sum(row)]
    own = [row[i] for row in table if sum(row)]
    if not sum(own):
        return NAN
    return gini([o / b for o, b in zip(own, base, strict=True)], base)


def theil(x: Sequence[float], reference: Sequence[float]) -> float:
    """Σ s ln(s/r)."""
    s, r = math.fsum(x), math.fsum(reference)
    if not s or not r or any(v and not w for v, w in zip(x, reference, strict=True)):
        return NAN
    return math.fsum(
        v / s * math.log((v / s) / (w / r)) for v, w in zip(x, reference, strict=True) if v
    )


def hoover(x: Sequence[float], reference: Sequence[float]) -> float:
    """½ Σ |s - r|."""
    s, r = math.fsum(x), math.fsum(reference)
    if not s or not r:
        return NAN
    return math.fsum(abs(v / s - w / r) for v, w in zip(x, reference, strict=True)) / 2


# Plants: (area, industry, size) -----------------------------------------------------------------

Plant = tuple[str, str, float]


def _sizes(plants: Sequence[Plant], industry: str) -> list[tuple[str, float]]:
    return [(area, size) for area, name, size in plants if name == industry and size > 0]


def _away(plants: Sequence[Plant], industry: str, x: dict[str, float]) -> dict[str, float]:
    """s - x by area."""
    own = _sizes(plants, industry)
    total = math.fsum(size for _, size in own)
    return {area: math.fsum(size for at, size in own if at == area) / total - x[area] for area in x}


def _powers(x: dict[str, float]) -> tuple[float, float]:
    return math.fsum(v**2 for v in x.values()), math.fsum(v**3 for v in x.values())


def agglomeration(plants: Sequence[Plant], industry: str, x: dict[str, float]) -> dict[str, float]:
    """γ of Ellison and Glaeser with its standard error, and the index of Maurel and Sédillot."""
    own = _sizes(plants, industry)
    keys = ("gamma", "raw_concentration", "plant_herfindahl", "se", "maurel_sedillot")
    if not own:
        return {**dict.fromkeys(keys, NAN), "plants": 0}
    total = math.fsum(size for _, size in own)
    z = [size / total for _, size in own]
    h, z4 = math.fsum(v**2 for v in z), math.fsum(v**4 for v in z)
    x2, x3 = _powers(x)
    away = _away(plants, industry, x)
    g = math.fsum(v**2 for v in away.values())
    found = {"plants": len(own), "raw_concentration": g, "plant_herfindahl": h}
    if len(own) < 2 or sum(v > 0 for v in x.values()) < 2:
        return {**dict.fromkeys(keys, NAN), **found}
    variance = 2 * (h**2 * (x2 - 2 * x3 + x2**2) - z4 * (x2 - 4 * x3 + 3 * x2**2))
    s2 = math.fsum((away[area] + x[area]) ** 2 for area in x)
    return found | {
        "gamma": (g - (1 - x2) * h) / ((1 - x2) * (1 - h)),
        "se": math.sqrt(max(variance, 0.0)) / ((1 - x2) * (1 - h)),
        "maurel_sedillot": ((s2 - x2) / (1 - x2) - h) / (1 - h),
    }


def pair_agglomeration(plants: Sequence[Plant], a: str, b: str, x: dict[str, float]):
    """Σ (s_a - x)(s_b - x) / (1 - Σx²) and its standard error."""
    x2, x3 = _powers(x)
    if not _sizes(plants, a) or not _sizes(plants, b) or sum(v > 0 for v in x.values()) < 2:
        return NAN, NAN
    one, other = _away(plants, a, x), _away(plants, b, x)
    together = math.fsum(one[area] * other[area] for area in x)
    spread = []
    for name in (a, b):
        own = _sizes(plants, name)
        spread.append(herfindahl([size for _, size in own]))
    variance = spread[0] * spread[1] * (x2 - 2 * x3 + x2**2)
    return together / (1 - x2), math.sqrt(variance) / (1 - x2)


# Maps: values and a matrix of weights -----------------------------------------------------------


def row_scaled(w: Table) -> list[list[float]]:
    return [[v / sum(row) if sum(row) else 0.0 for v in row] for row in w]


def _deviations(y: Sequence[float]) -> list[float]:
    mean = math.fsum(y) / len(y)
    return [v - mean for v in y]


def _s012(w: Table) -> tuple[float, float, float]:
    n = range(len(w))
    s0 = math.fsum(w[i][j] for i in n for j in n)
    s1 = math.fsum((w[i][j] + w[j][i]) ** 2 for i in n for j in n) / 2
    s2 = math.fsum((sum(w[i]) + sum(w[j][i] for j in n)) ** 2 for i in n)
    return s0, s1, s2


def moran(y: Sequence[float], w: Table) -> float:
    z, n = _deviations(y), range(len(y))
    top = math.fsum(w[i][j] * z[i] * z[j] for i in n for j in n)
    return len(y) / _s012(w)[0] * top / math.fsum(v * v for v in z)


def geary(y: Sequence[float], w: Table) -> float:
    z, n = _deviations(y), range(len(y))
    top = math.fsum(w[i][j] * (y[i] - y[j]) ** 2 for i in n for j in n)
    return (len(y) - 1) * top / (2 * _s012(w)[0] * math.fsum(v * v for v in z))


def moments_over_orders(statistic: Callable, y: Sequence[float], w: Table) -> tuple[float, float]:
    """Mean and variance of a statistic over every order of the values."""
    found = [statistic(order, w) for order in itertools.permutations(y)]
    mean = math.fsum(found) / len(found)
    return mean, math.fsum((v - mean) ** 2 for v in found) / len(found)


def moran_variance_normal(w: Table) -> float:
    n, (s0, s1, s2) = len(w), _s012(w)
    return (n**2 * s1 - n * s2 + 3 * s0**2) / ((n**2 - 1) * s0**2) - 1 / (n - 1) ** 2


def geary_variance_normal(w: Table) -> float:
    n, (s0, s1, s2) = len(w), _s012(w)
    return ((2 * s1 + s2) * (n - 1) - 4 * s0**2) / (2 * (n + 1) * s0**2)


def local_moran(y: Sequence[float], w: Table) -> list[dict[str, float]]:
    """I_i with the moments of dealing the others' values out to the neighbours."""
    z, n = _deviations(y), len(y)
    m2 = math.fsum(v * v for v in z) / (n - 1)
    found = []
    for i in range(n):
        others = [z[j] for j in range(n) if j != i]
        mean = math.fsum(others) / (n - 1)
        s2 = math.fsum((v - mean) ** 2 for v in others) / (n - 1)
        row = [w[i][j] for j in range(n) if j != i]
        # Two different draws without replacement have covariance -s²/(n - 2).
        variance = math.fsum(
            a * b * (s2 if j == k else -s2 / (n - 2))
            for (j, a), (k, b) in itertools.product(enumerate(row), repeat=2)
        )
        lag = math.fsum(w[i][j] * z[j] for j in range(n) if j != i)
        found.append(
            {
                "statistic": z[i] * lag / m2,
                "expectation": z[i] * math.fsum(row) * mean / m2,
                "variance": (z[i] / m2) ** 2 * variance,
                "quadrant": ("H" if z[i] > 0 else "L") + ("H" if lag > 0 else "L"),
            }
        )
    return found


def getis_ord(y: Sequence[float], w: Table, *, star: bool) -> list[float]:
    """[Σ w y - W ȳ] / [s √((n S1 - W²)/(n - 1))]; without the star i stays out of everything."""
    found = []
    for i in range(len(y)):
        used = [j for j in range(len(y)) if star or j != i]
        n = len(used)
        mean = math.fsum(y[j] for j in used) / n
        s = math.sqrt(max(0.0, math.fsum((y[j] - mean) ** 2 for j in used) / n))
        total = math.fsum(w[i][j] for j in used)
        squares = math.fsum(w[i][j] ** 2 for j in used)
        top = math.fsum(w[i][j] * y[j] for j in used) - total * mean
        varied = n * squares - total**2  # 0 but for rounding where all weigh the same
        bottom = s * math.sqrt(varied / (n - 1)) if varied > 1e-10 * n * squares else 0.0
        found.append(top / bottom if bottom else NAN)
    return found


def joins(marked: Sequence[int], w: Table) -> tuple[float, float, float]:
    """BB, WW and BW."""
    n = range(len(marked))
    pairs = [(w[i][j] / 2, marked[i], marked[j]) for i in n for j in n]
    return (
        math.fsum(v for v, a, b in pairs if a and b),
        math.fsum(v for v, a, b in pairs if not a and not b),
        math.fsum(v for v, a, b in pairs if a != b),
    )


# Points -----------------------------------------------------------------------------------------

Point = Sequence[float]


def neighbours(points: Sequence[Point], r: float) -> list[list[int]]:
    """The other points within r of each, a rounding error beyond it included."""
    return [
        [
            j
            for j, b in enumerate(points)
            if j != i and math.hypot(a[0] - b[0], a[1] - b[1]) <= r * (1 + 1e-9)
        ]
        for i, a in enumerate(points)
    ]


def ripley(
    points: Sequence[Point], r: float, area: float, edge: Callable[[Point, Point], float]
) -> float:
    n = len(points)
    total = math.fsum(
        edge(points[i], points[j]) for i, near in enumerate(neighbours(points, r)) for j in near
    )
    return area / (n * (n - 1)) * total


def convex_circle_share(centre: Point, radius: float, corners: Sequence[Point]) -> float:
    """Share of a circle inside a convex polygon (corners anticlockwise), by half-planes.

    Every side's line cuts the circle at two angles at most; between cuts it is in or out.
    """
    sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    cuts = []
    for (x1, y1), (x2, y2) in sides:
        length = math.hypot(x2 - x1, y2 - y1)
        normal = ((y1 - y2) / length, (x2 - x1) / length)  # inwards
        depth = (centre[0] - x1) * normal[0] + (centre[1] - y1) * normal[1]
        if abs(depth) < radius:
            towards = math.atan2(normal[1], normal[0])
            half = math.acos(-depth / radius)
            cuts += [(towards + half) % (2 * math.pi), (towards - half) % (2 * math.pi)]
    cuts = sorted(cuts) or [0.0]
    inside = 0.0
    for start, end in zip(cuts, [*cuts[1:], cuts[0] + 2 * math.pi], strict=True):
        between = start + (end - start) / math.e  # no middle: a circle may touch a side there
        x = centre[0] + radius * math.cos(between)
        y = centre[1] + radius * math.sin(between)
        if all((x2 - x1) * (y - y1) - (y2 - y1) * (x - x1) > 0 for (x1, y1), (x2, y2) in sides):
            inside += end - start
    return inside / (2 * math.pi)


def bell(u: float) -> float:
    return math.exp(-u * u / 2) / math.sqrt(2 * math.pi)


def pair_kernel(d: float, r: float, h: float) -> float:
    """Density at r of a distance d smoothed by a Gaussian and reflected at 0."""
    return (bell((r - d) / h) + bell((r + d) / h)) / h


def distance_density(points: Sequence[Point], sizes: Sequence[float], r: float, h: float) -> float:
    top = bottom = 0.0
    for i, j in itertools.combinations(range(len(points)), 2):
        weight = sizes[i] * sizes[j]
        top += weight * pair_kernel(math.dist(points[i], points[j]), r, h)
        bottom += weight
    return top / bottom


def relative_concentration(
    points: Sequence[Point],
    sizes: Sequence[float],
    sector: Sequence[bool],
    nearby: Callable[[float], float],
) -> float:
    """M with nearby(d) = 1 within r, m with a kernel."""
    top = bottom = 0.0
    whole = math.fsum(sizes)
    own = math.fsum(w for w, inside in zip(sizes, sector, strict=True) if inside)
    for i, inside in enumerate(sector):
        if not inside:
            continue
        weight = [
            0.0 if j == i else sizes[j] * nearby(math.dist(points[i], points[j]))
            for j in range(len(points))
        ]
        if math.fsum(weight) > 0:
            alike = math.fsum(w for w, s in zip(weight, sector, strict=True) if s)
            top += alike / math.fsum(weight)
            bottom += (own - sizes[i]) / (whole - sizes[i])
    return share(top, bottom)


def ellipse(points: Sequence[Point], weights: Sequence[float]) -> dict[str, float]:
    """Axes and direction in closed form."""
    total = math.fsum(weights)
    x = math.fsum(w * p[0] for p, w in zip(points, weights, strict=True)) / total
    y = math.fsum(w * p[1] for p, w in zip(points, weights, strict=True)) / total
    xx = math.fsum(w * (p[0] - x) ** 2 for p, w in zip(points, weights, strict=True)) / total
    yy = math.fsum(w * (p[1] - y) ** 2 for p, w in zip(points, weights, strict=True)) / total
    xy = math.fsum(w * (p[0] - x) * (p[1] - y) for p, w in zip(points, weights, strict=True))
    xy /= total
    root = math.hypot((xx - yy) / 2, xy)
    east = math.degrees(math.atan2(2 * xy, xx - yy)) / 2  # anticlockwise from east
    return {
        "centre_x": x,
        "centre_y": y,
        "major_m": math.sqrt((xx + yy) / 2 + root),
        "minor_m": math.sqrt(max(0.0, (xx + yy) / 2 - root)),
        "angle_deg": (90 - east) % 180,
        "standard_distance_m": math.sqrt(xx + yy),
    }


def dense(points: Sequence[Point], radius: float, number: int) -> tuple[list[int], list[set[int]]]:
    """The component of each core point (-1 of the others), and what each point is near to."""
    near = [{j for j, b in enumerate(points) if math.dist(a, b) <= radius} for a in points]
    core = [len(some) >= number for some in near]
    label, found = [-1] * len(points), 0
    for i in range(len(points)):
        if not core[i] or label[i] >= 0:
            continue
        reached = [i]
        while reached:
            j = reached.pop()
            if label[j] < 0:
                label[j] = found
                reached += [k for k in near[j] if core[k]]
        found += 1
    return label, near


def band(drawn: Table, confidence: float) -> int:
    """The highest rank whose curve envelope at most 1 - confidence of the redraws leave.

    A redraw leaves the envelope of rank k where fewer than k others lie at or beyond it.
    """
    number = len(drawn)

    def beyond(c: int) -> int:
        least = number
        for at, value in enumerate(drawn[c]):
            others = [drawn[k][at] for k in range(number) if k != c]
            least = min(least, sum(v >= value for v in others), sum(v <= value for v in others))
        return least

    depth = [beyond(c) for c in range(number)]
    rank = 0
    while sum(v < rank + 1 for v in depth) <= number * (1 - confidence) + 1e-9:
        rank += 1
    return rank
