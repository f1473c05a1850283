"""A person's choice among values for the same thing and time, and the areas that may be named."""

import pytest

from clusters.errors import InputError
from clusters.ledger import (
    FieldError,
    add_observation,
    audit,
    known_indicators,
    prefer,
    prefer_none,
    preferences,
)
from clusters.ledger.texts import LONGEST_NAME
from drafts import draft

SHIPPED = "AI_CHAIN_MAIN.510000.2024-11"


def add(ledger, value, **changes):
    given = {"value": value, "source": f"source of {value}"} | changes
    return add_observation(ledger, draft(**given), who="a")


def test_the_newest_choice_for_a_time_holds_with_its_reason(ledger):
    add(ledger, 1300)
    add(ledger, 1250)
    prefer(ledger, "ledger.1", who="a", reason="final report")
    prefer(ledger, "ledger.2", who="b", reason="the final report was withdrawn")
    table = preferences(ledger)
    assert table[["observation_id", "reason", "who"]].to_numpy().tolist() == [
        ["ledger.2", "the final report was withdrawn", "b"]
    ]
    assert table[["area", "period"]].to_numpy().tolist() == [["四川省", "2024"]]
    assert list(audit(ledger)["action"])[2:] == ["used_value.record"] * 2


def test_choices_for_other_times_and_definitions_stand_beside_each_other(ledger):
    add(ledger, 1300)
    add(ledger, 1250, period="2023")
    for number in (1, 2):
        prefer(ledger, f"ledger.{number}", who="a", reason="r")
    prefer(ledger, SHIPPED, who="a", reason="r")
    assert list(preferences(ledger)["observation_id"]) == ["ledger.1", "ledger.2", SHIPPED]


def test_a_shipped_and_an_added_value_compete_for_the_same_time(ledger):
    number = add(
        ledger,
        3,
        indicator_id="AI_CHAIN_MAIN",
        unit="个",
        period="2024-11",
        source="another report",
    )
    prefer(ledger, SHIPPED, who="a", reason="first source")
    prefer(ledger, f"ledger.{number}", who="a", reason="newer source")
    assert list(preferences(ledger)["observation_id"]) == [f"ledger.{number}"]


def test_a_choice_passes_on_to_the_correction(ledger):
    add(ledger, 1300)
    prefer(ledger, "ledger.1", who="a", reason="r")
    add(ledger, 1310, supersedes=1)
    add(ledger, 1320, supersedes=2)
    assert list(preferences(ledger)["observation_id"]) == ["ledger.3"]
    with pytest.raises(FieldError, match=r"corrected by row 2; choose ledger\.2"):
        prefer(ledger, "ledger.1", who="a", reason="r")


def test_a_choice_can_be_taken_back(ledger):
    add(ledger, 1300)
    prefer(ledger, "ledger.1", who="a", reason="r")
    prefer_none(ledger, "ledger.1", who="b", reason="the rule is right")
    assert preferences(ledger).empty
    with pytest.raises(InputError, match="withdrawn already"):
        prefer_none(ledger, "ledger.1", who="b")


@pytest.mark.parametrize(
    "wrong", ["ledger.9", "ledger.", "ledger.x", "ledger.-1", "ledger.²", "none", ""]
)
def test_an_unknown_observation_cannot_be_chosen(ledger, wrong):
    with pytest.raises(FieldError, match="is unknown"):
        prefer(ledger, wrong, who="a", reason="r")
    assert audit(ledger).empty


def test_a_choice_needs_its_reason(ledger):
    add(ledger, 1300)
    with pytest.raises(FieldError, match="reason is empty"):
        prefer(ledger, "ledger.1", who="a", reason=" ")


def test_every_choice_fits_the_name_of_a_record():
    known = known_indicators()
    longest = max(map(len, known.groups)) + max(map(len, known.areas.values())) + 12
    assert longest <= LONGEST_NAME


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("四川省", "四川省"),
        ("510000", "四川省"),
        ("成都市", "成都市"),
        (" 510100 ", "成都市"),
        ("511011", "内江市东兴区"),
        ("内江市东兴区", "内江市东兴区"),
        ("郫都区", "成都市郫都区"),
        ("tianfu-new-area-ai", "天府新区"),  # the name its target has
        ("天府新区人工智能产业聚集区", "天府新区"),
        ("全国", "全国"),
    ],
)
def test_an_area_is_stored_by_the_name_its_targets_have(ledger, written, stored):
    add(ledger, 1300, area=written)
    from clusters.ledger import observations

    assert list(observations(ledger)["area"]) == [stored]


@pytest.mark.parametrize(
    ("written", "near"),
    [("成都", "成都市"), ("绵羊市", "绵阳市"), ("四川", "四川省"), ("邛峡市", "邛崃市")],
)
def test_an_unknown_area_is_refused_with_the_near_names(ledger, written, near):
    with pytest.raises(FieldError, match=f"near names: .*{near}"):
        add(ledger, 1300, area=written)
    with pytest.raises(FieldError, match="use the province, a prefecture"):
        add(ledger, 1300, area="Atlantis")


def test_every_area_of_a_target_and_of_a_shipped_value_can_be_named():
    import pandas as pd

    from clusters.settings import data_path

    known = known_indicators().areas
    for file in ("targets.csv", "observations.csv"):
        table = pd.read_csv(data_path("goals", file), dtype=str)
        assert {area: known[area] for area in table["area"]} == {a: a for a in table["area"]}
    assert set(known.values()) <= set(known)
