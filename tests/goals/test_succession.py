"""Steps from target to target."""

import re

import pandas as pd
import pytest

from clusters.errors import ShippedDataError
from clusters.goals import chain_of, load_successions, load_targets, succession
from clusters.goals.plan import read_goals


@pytest.fixture(scope="module")
def targets():
    return {t.target_id: t for t in load_targets()}


def test_steps_join_known_targets_and_say_whether_the_definition_stays(targets):
    steps = load_successions()
    assert len(steps) == 52
    assert len({(s.earlier, s.later) for s in steps}) == len(steps)
    for step in steps:
        earlier, later = targets[step.earlier], targets[step.later]
        same = earlier.definition_group == later.definition_group
        if earlier.qualitative or later.qualitative:
            assert step.definition == "words"
        elif not same:
            assert step.definition in {"changed", "unclear"}
        assert step.note_zh
        assert step.note_en
        assert not re.search(r"[\u4e00-\u9fff]", step.note_en)


def test_numbers_of_a_restated_target_agree_and_of_a_raised_one_rise(targets):
    for step in load_successions():
        earlier, later = targets[step.earlier], targets[step.later]
        again = step.relation in {"restated", "adopted"} and step.definition == "same"
        if again and earlier.area == later.area:
            assert earlier.value == later.value
        if step.relation == "raised":
            assert later.value > earlier.value
        if step.relation == "stage":
            assert earlier.plan_id == later.plan_id
            assert (earlier.due_year or 0) <= (later.due_year or 9999)


def test_the_chain_of_core_industry_size_breaks_where_the_definition_changes():
    steps = chain_of("S18-2025-03")
    told = [(s.earlier, s.later, s.definition) for s in steps]
    assert told[:3] == [
        ("S18-2020-07", "S18-2025-03", "same"),
        ("S18-2025-03", "S22-2025-05", "same"),
        ("S18-2025-03", "MS-2025-03", "same"),
    ]
    assert ("S22-2025-05", "S24-2027-05", "changed") in told
    assert told[-1] == ("A25D-2027-06", "A26-2030-06", "same")


def test_a_chain_has_no_sisters_and_a_lonely_target_none():
    later = {s.later for s in chain_of("A26-2030-06")}
    assert "MS-2025-03" not in later
    assert chain_of("YB-2025-01") == ()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("later", "S99-1", "S99-1"),
        ("relation", "became", "became"),
        ("definition", "same", "two definition groups"),
        ("basis", "rumour", "rumour"),
    ],
)
def test_a_damaged_table_is_refused_with_its_row(monkeypatch, column, value, words):
    table = read_goals("successions.csv")
    row = table[table["definition"] == "changed"].index[0]
    table.loc[row, column] = value
    damaged = pd.DataFrame(table)
    monkeypatch.setattr(succession, "read_goals", lambda _name: damaged)
    load_successions.cache_clear()
    try:
        with pytest.raises(ShippedDataError, match=words) as caught:
            load_successions()
        assert f"row {row + 2}" in str(caught.value)
    finally:
        load_successions.cache_clear()
