"""From remembered words to a county: the compiled code against the formula, written out plainly."""

import math
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.geocode.fields import CLASSES
from clusters.geocode.grouping import group_rows
from clusters.geocode.inference import (
    MOVED,
    SILENT,
    STRENGTH,
    Frames,
    Store,
    Texts,
    build_store,
    find_row,
    gather_keys,
    infer,
)
from clusters.geocode.keys import ROOM, keys_of

TEXT = "人民南路12号天府软件园"


def texts(*addresses: str, context: int = 4) -> Texts:
    codes = np.array([ord(char) for text in addresses for char in text], dtype=np.uint16)
    starts = np.cumsum([0, *map(len, addresses)]).astype(np.int64)
    spans = np.array([[0, len(text)] for text in addresses], dtype=np.int32)
    contexts = np.full(len(addresses), context, dtype=np.int32)
    return Texts(codes, starts, spans, contexts, CLASSES)


def keys(text: str, context: int = 4) -> list[tuple[int, tuple[int, int]]]:
    codes = np.array([ord(char) for char in text], dtype=np.uint16)
    hashes, spans = np.zeros(ROOM, dtype=np.uint64), np.zeros((ROOM, 2), dtype=np.int32)
    count = keys_of(codes, 0, len(text), context, CLASSES, hashes, spans)
    return [(int(hashes[n]), (int(spans[n, 0]), int(spans[n, 1]))) for n in range(count)]


def store_of(counts: dict[int, dict[int, int]]) -> Store:
    rows = sorted((key, county, n) for key, told in counts.items() for county, n in told.items())
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return build_store(
        np.array(columns[0], dtype=np.uint64),
        np.array(columns[1], dtype=np.int16),
        np.array(columns[2], dtype=np.int32),
    )


def frame_of(members: dict[int, tuple[float, float, float]]) -> Frames:
    prior, omission, silence = (
        np.array([values[n] for values in members.values()], dtype=np.float64) for n in range(3)
    )
    return Frames(
        np.array(list(members), dtype=np.int16),
        np.array([0, len(members)], dtype=np.int32),
        prior / prior.sum(),
        omission,
        silence,
    )


def asked(text: str, store: Store, frames: Frames, *, frame: int = 0):
    row, frame_of_row = np.array([0], dtype=np.int64), np.array([frame], dtype=np.int32)
    return [part[0] for part in infer(texts(text), row, frame_of_row, store, frames)]


def refined(belief, told, strength, omission, silence):
    """Refine a belief by one key, as the docstring of the module says."""
    known = {c: n for c, n in told.items() if c != SILENT}
    today = [(c - MOVED if c >= MOVED else c, n, c >= MOVED) for c, n in known.items()]
    here = [one for one in today if one[0] in belief]
    silent = told.get(SILENT, 0)
    if silent and not here and any(silence.values()):
        less = {c: p * (1 - silence[c]) ** min(silent, 5) for c, p in belief.items()}
        whole = sum(less.values())
        return ({c: p / whole for c, p in less.items()} if whole > 0 else less), 0, 0
    total = sum(n * omission[c] for c, n, _ in here)
    if total <= 0:
        return belief, 0, 0
    new = {c: strength * p / (total + strength) for c, p in belief.items()}
    for c, n, _ in here:
        new[c] += n * omission[c] / (total + strength)
    return new, sum(n for _, n, _ in here), sum(n for _, n, lost in here if lost)


def formula(text, counts, frames):
    """Return county, belief, and the candidates for the deciding key: top, witnesses, moved, span."""
    members = frames.members.tolist()
    prior, omission, silence = (
        dict(zip(members, part.tolist(), strict=True))
        for part in (frames.prior, frames.omission, frames.silence)
    )
    pooled = {c: math.log(p) for c, p in prior.items()}
    told = []
    for _, chain in groupby(keys(text), key=lambda key: key[1][0]):
        belief = dict(prior)
        for key, (a, b) in chain:
            if key not in counts:
                continue
            strength = STRENGTH[min(b - a, len(STRENGTH) - 1)]
            belief, seen, lost = refined(belief, counts[key], strength, omission, silence)
            if seen:
                told.append((max(belief.values()), seen, lost / seen, (a, b)))
        for c in members:
            pooled[c] += math.log(belief[c] + 1e-9) - math.log(prior[c])
    top = max(pooled.values())
    weights = {c: math.exp(value - top) for c, value in pooled.items()}
    whole = sum(weights.values())
    return {c: w / whole for c, w in weights.items()}, told


MEMBERS = (3, 7, 20, 91)
NUMBERS = (*MEMBERS, 5, SILENT, *(MOVED + c for c in (3, 20, 5)))
KEYS = sorted({key for key, _ in keys(TEXT)})
COUNTS = st.dictionaries(
    st.sampled_from(KEYS),
    st.dictionaries(st.sampled_from(NUMBERS), st.integers(1, 40), min_size=1),
    max_size=8,
)
SHARES = st.floats(0.01, 1)
RATES = st.one_of(st.just(0.0), st.floats(0.01, 0.95))


@settings(max_examples=150)
@given(
    counts=COUNTS,
    values=st.lists(st.tuples(SHARES, SHARES, RATES), min_size=len(MEMBERS), max_size=len(MEMBERS)),
)
def test_the_compiled_answer_is_that_of_the_formula(counts, values):
    frames = frame_of(dict(zip(MEMBERS, values, strict=True)))
    county, sure, witnesses, moved, why = asked(TEXT, store_of(counts), frames)
    belief, told = formula(TEXT, counts, frames)
    assert sure == pytest.approx(max(belief.values()), rel=1e-9)
    assert belief[int(county)] == pytest.approx(sure, rel=1e-9)
    if not told:
        assert (witnesses, moved, why.tolist()) == (0, 0, [0, 0])
        return
    top = max(one[0] for one in told)
    # Where two keys are as sure, rounding decides between them.
    nearest = [one for one in told if one[0] > top - 1e-9]
    assert (witnesses, pytest.approx(moved), tuple(why.tolist())) in [one[1:] for one in nearest]


def test_without_memory_the_prior_answers():
    frames = frame_of({3: (1, 1, 0), 7: (3, 1, 0)})
    county, sure, witnesses, *_ = asked(TEXT, store_of({}), frames)
    assert (county, witnesses) == (7, 0)
    assert sure == pytest.approx(0.75)


def test_an_address_without_a_frame_is_not_answered():
    frames = frame_of({3: (1, 1, 0)})
    assert asked(TEXT, store_of({}), frames, frame=-1)[:2] == [-1, 0]


# Worked by hand: a key of two characters has strength 0.4; 3 witnesses of county 3 and none of 7,
# both with prior 1/2 and rate 1: (3 + 0.4 / 2) / 3.4 = 0.941; the chain is the only one.
def test_three_witnesses_of_two_characters():
    frames = frame_of({3: (1, 1, 0), 7: (1, 1, 0)})
    (key, _), *_ = keys("天府")
    county, sure, witnesses, moved, why = asked("天府", store_of({key: {3: 3}}), frames)
    assert (county, witnesses, moved, why.tolist()) == (3, 3, 0, [0, 2])
    assert sure == pytest.approx(3.2 / 3.4, rel=1e-6)


def test_witnesses_where_the_county_is_seldom_left_out_say_less():
    (key, _), *_ = keys("天府")
    inner, outer = (
        asked("天府", store_of({key: {3: 1}}), frame_of({3: (1, rate, 0), 7: (1, 1, 0)}))[1]
        for rate in (1, 0.05)
    )
    assert inner == pytest.approx(1.2 / 1.4, rel=1e-6)
    assert outer == pytest.approx((0.05 + 0.2) / 0.45, rel=1e-6)


def test_who_names_the_county_of_before_speaks_for_the_one_of_today():
    frames = frame_of({3: (1, 1, 0), 7: (1, 1, 0)})
    (key, _), *_ = keys("天府")
    county, _, witnesses, moved, _ = asked("天府", store_of({key: {7: 1, MOVED + 7: 3}}), frames)
    assert (county, witnesses, moved) == (7, 4, 0.75)


def test_silence_speaks_for_the_other_part_of_a_zone():
    frames = frame_of({3: (1, 1, 0.5), 7: (1, 1, 0.0)})
    (key, _), *_ = keys("天府")
    county, sure, witnesses, *_ = asked("天府", store_of({key: {SILENT: 2}}), frames)
    assert (county, witnesses) == (7, 0)
    assert sure == pytest.approx(0.8, rel=1e-6)  # 1 : 0.5² = 0.8 : 0.2
    many = asked("天府", store_of({key: {SILENT: 500}}), frames)
    five = asked("天府", store_of({key: {SILENT: 5}}), frames)
    assert many[1] == pytest.approx(five[1])


@given(st.lists(st.integers(0, 2**63), unique=True, max_size=300), st.integers(0, 2**63))
def test_every_key_that_was_stored_is_found_and_no_other(stored, other):
    counts = {key: {3: n + 1} for n, key in enumerate(stored)}
    store = store_of(counts)
    for key in stored:
        row = find_row(store, np.uint64(key))
        assert store.witnesses[store.first[row] : store.first[row + 1]].tolist() == [counts[key][3]]
    if other not in counts:
        assert find_row(store, np.uint64(other)) == -1


def test_the_keys_of_many_addresses_are_those_of_each():
    many = ("人民南路1号", "", "天府,软件园", "12号", TEXT)
    found, owner = gather_keys(texts(*many), np.array([4, 0, 3, 2], dtype=np.int64))
    expected = [
        (key, position) for position, row in enumerate((4, 0, 3, 2)) for key, _ in keys(many[row])
    ]
    assert list(zip(found.tolist(), owner.tolist(), strict=True)) == expected


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["a", "b", None]), st.booleans()),
        min_size=1,
    )
)
def test_rows_are_grouped_as_tuples_would_be(rows):
    columns = [np.array([row[n] for row in rows], dtype=object) for n in range(3)]
    group, example = group_rows(*columns)
    first: dict[tuple, int] = {}
    numbers = [first.setdefault(row, len(first)) for row in rows]
    assert group.tolist() == numbers
    assert [rows[n] for n in example] == list(first)
    assert [numbers.index(n) for n in range(len(first))] == example.tolist()
