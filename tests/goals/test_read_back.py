"""What goes in comes out under the name it had: tables, ledger, rows and records, cell by cell.

A value in the wrong column is the fault no rule would notice, so every field is compared with the
text it was read from, or with a status in which no two fields are alike.
"""

import csv
from dataclasses import asdict, fields
from datetime import date

import pandas as pd
import pytest

from clusters.errors import ShippedDataError
from clusters.goals import Observation, TargetStatus, assess, benchmark_firms, measure, to_frame
from clusters.goals import plan as plan_table
from clusters.goals.choosing import known_observations, rivals
from clusters.goals.observations import ledger_observations, shipped_observations
from clusters.goals.paths import Path
from clusters.goals.plan import Target, load_targets
from clusters.goals.report import observation, to_records
from clusters.goals.status import evaluate
from clusters.goals.trajectory import Projection
from clusters.ledger import Draft, add_observation, open_ledger, prefer, prefer_none
from clusters.settings import data_path
from drafts import draft


def cells(name: str) -> list[dict[str, str]]:
    with data_path("goals", name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def as_text(value: object) -> str:
    """Return a field as a table writes it."""
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


@pytest.fixture
def ledger(tmp_path):
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()


def test_every_field_of_a_target_is_the_cell_of_its_column():
    named = {"name_zh": "indicator_zh", "name_en": "indicator_en", "kind": "document_kind"}
    named["section"] = "locator"
    of_plan = {row["plan_id"]: row for row in cells("plans.csv")}
    with_family = {t.indicator_id for t in load_targets() if t.family != t.indicator_id}
    assert "AI_CORE_SIZE" in with_family
    for target, row in zip(load_targets(), cells("targets.csv"), strict=True):
        for field in fields(Target):
            if field.name in {"family", "document", "issued"}:
                continue
            got = as_text(getattr(target, field.name))
            cell = row[named.get(field.name, field.name)]
            assert got == (as_text(float(cell)) if cell and "value" in field.name else cell)
        assert target.document == of_plan[target.plan_id]["citation_zh"]
        assert target.issued == of_plan[target.plan_id]["issued"]


def test_a_range_and_an_unknown_year_are_read(monkeypatch):
    whole = plan_table.read_goals("targets.csv")
    whole.loc[0, ["value", "value_high", "plan_year", "due_year"]] = ["200", "250", "", ""]
    read = plan_table.read_goals
    monkeypatch.setattr(
        plan_table, "read_goals", lambda name: whole if name == "targets.csv" else read(name)
    )
    load_targets.cache_clear()
    try:
        first, second, *_ = load_targets()
    finally:
        load_targets.cache_clear()
    assert (first.value, first.value_high, first.plan_year, first.due_year) == (
        200,
        250,
        None,
        None,
    )
    assert first.due is None
    assert second.value_high is None
    assert second.plan_year == int(whole.loc[1, "plan_year"])


def test_every_field_of_a_published_value_is_the_cell_of_its_column():
    same = (
        *("observation_id", "indicator_id", "definition_group", "area", "area_id", "period"),
        *("unit", "qualifier", "nature", "definition_note", "confidence", "published"),
    )
    for value, row in zip(shipped_observations(), cells("observations.csv"), strict=True):
        assert {name: getattr(value, name) for name in same} == {name: row[name] for name in same}
        assert value.value == float(row["value"])
        assert value.partial is (row["period_kind"] == "quarters")
        assert value.inferred is (row["definition_basis"] == "inferred")
        assert value.source == (row["source_url"] or row["source_note"])
        end = date.fromisoformat(row["period_end"])
        assert value.time == pytest.approx(end.year + end.timetuple().tm_yday / 365.25, abs=0.003)
        assert value.actual is (row["nature"] == "observed")


@pytest.mark.parametrize(
    ("forecast", "period", "partial", "time"),
    [(False, "2025", False, 2026.0), (True, "2025-Q2", True, 2025 + 181 / 365)],
)
def test_every_field_of_a_draft_comes_back_from_the_ledger(ledger, forecast, period, partial, time):
    given = Draft(
        indicator_id="AI_IND_SIZE",
        area="四川省",
        period=period,
        value=1234.5,
        unit="亿元",
        source="年度公报",
        qualifier=">",
        forecast=forecast,
        definition_note="含融合应用",
        source_date="2026-03-01",
        confidence="low",
    )
    number = add_observation(ledger, given, who="analyst")
    (value,) = ledger_observations(ledger)
    kept = ("indicator_id", "area", "period", "value", "unit", "source", "qualifier")
    kept += ("definition_note", "confidence")
    assert {name: getattr(value, name) for name in kept} == {
        name: getattr(given, name) for name in kept
    }
    assert (value.observation_id, value.origin) == (f"ledger.{number}", "ledger")
    assert (value.nature, value.partial, value.published) == (
        "forecast" if forecast else "observed",
        partial,
        "2026-03-01",
    )
    assert value.definition_group == "ai_industry_size"
    assert value.time == pytest.approx(time)
    assert value.known == pytest.approx(2026 + 60 / 365)  # 1 March is the 60th day


def test_an_undated_forecast_is_known_from_the_day_it_was_written(ledger):
    add_observation(ledger, draft(period="2030", forecast=True), who="analyst")
    (value,) = ledger_observations(ledger)
    assert value.known is not None
    assert value.known < value.time == 2031.0


def test_a_correction_takes_the_place_of_what_it_corrects(ledger):
    wrong = add_observation(ledger, draft(), who="a")
    right = add_observation(ledger, draft(value=1310, supersedes=wrong), who="b")
    (value,) = ledger_observations(ledger)
    assert (value.observation_id, value.value) == (f"ledger.{right}", 1310)


def test_the_choice_of_a_value_holds_for_its_correction(ledger):
    wrong = add_observation(ledger, draft(), who="a")
    prefer(ledger, f"ledger.{wrong}", who="a", reason="the final report")
    (chosen,) = (o for o in known_observations(ledger) if o.chosen)
    assert (chosen.observation_id, chosen.value) == (f"ledger.{wrong}", 1300)
    right = add_observation(ledger, draft(value=1310, supersedes=wrong), who="b")
    (chosen,) = (o for o in known_observations(ledger) if o.chosen)
    assert (chosen.observation_id, chosen.value) == (f"ledger.{right}", 1310)


def test_a_chosen_value_carries_its_reason_and_its_rivals_stand_best_first(ledger):
    for value, changes in (
        (1300, {"confidence": "low"}),
        (1250, {"confidence": "high"}),
        (1400, {"forecast": True}),
        (1200, {"period": "2024"}),
        (1260, {"qualifier": ">", "confidence": "high"}),
    ):
        given = {"period": "2025", "value": value, "source": str(value)} | changes
        add_observation(ledger, draft(**given), who="a")
    prefer(ledger, "ledger.1", who="a", reason="the final report")
    known = {o.observation_id: o for o in known_observations(ledger)}
    assert known["ledger.1"].chosen == "the final report"
    assert not any(o.chosen for name, o in known.items() if name != "ledger.1")
    assert len(known) == len(shipped_observations()) + 5
    found = rivals(known["ledger.1"], known.values())
    assert [o.value for o in found] == [1250, 1260]
    assert known_observations(None) == shipped_observations()


def test_the_chosen_value_is_judged_beside_its_rival_until_the_choice_is_taken_back(ledger):
    for value, confidence in ((1050, "high"), (900, "low")):
        given = {"indicator_id": "AI_CORE_SIZE", "period": "2025", "value": value}
        add_observation(ledger, draft(**given, source=str(value), confidence=confidence), who="a")

    def judged() -> tuple[float, float, list[float]]:
        known = known_observations(ledger)
        every = {s.target.target_id: s for s in evaluate(date(2026, 11, 22), known)}
        found = every["S18-2025-03"]
        return found.used.value, found.gap, [o.value for o in found.conflicts]

    assert judged() == (1050, 0, [900])
    prefer(ledger, "ledger.2", who="a", reason="the final report")
    assert judged() == (900, 100, [1050])
    prefer_none(ledger, "ledger.2", who="a")
    assert judged() == (1050, 0, [900])


def test_the_ledger_takes_part_in_an_assessment(ledger):
    firms = pd.DataFrame(
        {"name": ["甲"], "ai_relevance": ["core"], "prefecture_code": ["510100"], "zone_ids": [[]]}
    )
    add_observation(ledger, draft(indicator_id="AI_CORE_SIZE", period="2025", value=1050), who="a")
    day = date(2026, 11, 22)
    with_it = {s.target.target_id: s for s in assess(firms, as_of=day, ledger=ledger)}
    without = {s.target.target_id: s for s in assess(firms, as_of=day)}
    used = with_it["S18-2025-03"].used
    assert used is not None
    assert (used.origin, used.value) == ("ledger", 1050)
    assert without["S18-2025-03"].used is None
    # Counted after the day: not shown. Counted on it: shown.
    later = assess(firms, as_of=day, counted_on=date(2026, 11, 23))
    assert any(s.measured for s in without.values())
    assert not any(s.measured for s in later)


def seen(number: int, **changes) -> Observation:
    given = {
        "observation_id": f"o{number}",
        "indicator_id": "AI_IND_SIZE",
        "definition_group": "ai_industry_size",
        "area": f"area {number}",
        "period": f"20{number}",
        "time": 2000.0 + number,
        "value": 100.5 + number,
        "unit": "亿元",
        "qualifier": ">",
        "definition_note": f"note {number}",
        "source": f"https://example.org/{number}",
        "confidence": "high",
        "origin": "published",
        "published": f"2025-0{number % 9 + 1}",
    }
    return Observation(**given | changes)


STATUS = TargetStatus(
    target=Target(
        target_id="T1",
        indicator_id="AI_IND_SIZE",
        name_zh="产业规模",
        name_en="Size of the industry",
        definition_group="ai_industry_size",
        family="F",
        unit="亿元",
        comparator=">=",
        value=2000.0,
        value_high=2500.0,
        due_year=2027,
        level="province",
        area="四川省",
        area_id="510000",
        plan_id="P1",
        document="plan of 2024",
        plan_year=2024,
        issued="2024-05",
        kind="draft",
        section="section 3",
    ),
    as_of=date(2026, 11, 22),
    status="on_track",
    rule="pace",
    used=seen(25, nature="observed"),
    gap=874.5,
    path=Path(
        base=seen(22),
        required_linear=1.5,
        required_growth=2.5,
        required_rate=3.5,
        required_growth_rate=4.5,
        run_rate=5.5,
        progress=6.5,
    ),
    projection=Projection(
        time=2028.0,
        value=7.5,
        low=8.5,
        high=9.5,
        date=10.5,
        earliest=11.5,
        latest=12.5,
        method="linear",
        points=3,
        confidence=0.9,
    ),
    projection_reason="because",
    caveats=("floor", "conflict"),
    conflicts=(seen(31), seen(32, qualifier="=")),
    nearest=(seen(33, nature="forecast"),),
    parts=(seen(34),),
    measured=(seen(35),),
)
ROW = {
    "target_id": "T1",
    "plan_id": "P1",
    "document": "plan of 2024",
    "document_kind": "draft",
    "issued": "2024-05",
    "section": "section 3",
    "level": "province",
    "area": "四川省",
    "area_id": "510000",
    "indicator_id": "AI_IND_SIZE",
    "indicator_zh": "产业规模",
    "indicator_en": "Size of the industry",
    "definition_group": "ai_industry_size",
    "unit": "亿元",
    "comparator": ">=",
    "value": 2000.0,
    "value_high": 2500.0,
    "due_year": 2027,
    "as_of": "2026-11-22",
    "status": "on_track",
    "observed": 125.5,
    "observed_qualifier": ">",
    "observed_period": "2025",
    "observed_area": "area 25",
    "observed_source": "https://example.org/25",
    "observed_origin": "published",
    "observed_confidence": "high",
    "observed_note": "note 25",
    "gap": 874.5,
    "base": 122.5,
    "base_period": "2022",
    "required_linear": 1.5,
    "required_growth": 2.5,
    "required_rate": 3.5,
    "required_growth_rate": 4.5,
    "run_rate": 5.5,
    "progress": 6.5,
    "projected": 7.5,
    "projected_low": 8.5,
    "projected_high": 9.5,
    "projected_date": 10.5,
    "projected_earliest": 11.5,
    "projected_latest": 12.5,
    "projection_method": "linear",
    "projection_reason": "because",
    "caveats": "floor;conflict",
    "conflicts": "2031 >131.5 亿元 [ai_industry_size]; 2032 132.5 亿元 [ai_industry_size]",
    "nearest": "2033 >133.5 亿元 [ai_industry_size, forecast]",
    "parts": "2034 >134.5 亿元 [ai_industry_size]",
    "measured": "2035 >135.5 亿元 [ai_industry_size]",
}


@pytest.fixture
def rule_of_words(monkeypatch):
    words = lambda rule, language: f"{rule} in {language}"  # noqa: E731 - two words, one place
    monkeypatch.setattr("clusters.goals.frame.rule_text", words)


def test_every_column_of_the_table_holds_what_it_names(rule_of_words):
    (row,) = to_frame([STATUS]).to_dict("records")
    assert row == ROW | {"rule": "pace", "rule_zh": "pace in zh", "rule_en": "pace in en"}


def test_what_is_not_known_is_missing_in_the_table_never_zero(rule_of_words):
    bare = TargetStatus(target=STATUS.target, as_of=STATUS.as_of, status="none", rule="r")
    (row,) = to_frame([bare]).to_dict("records")
    observed = [name for name in ROW if name.startswith(("observed", "required", "projected"))]
    for name in (*observed, "gap", "base", "base_period", "run_rate", "progress"):
        assert row[name] is None
    assert row["projection_method"] is None
    assert (row["conflicts"], row["nearest"], row["parts"], row["measured"]) == ("", "", "", "")


def test_every_object_of_a_record_holds_what_it_names(rule_of_words):
    (record,) = to_records([STATUS])
    assert record["used"] == observation(STATUS.used)
    assert record["path"] == asdict(STATUS.path) | {"base": observation(STATUS.path.base)}
    assert record["projection"] == asdict(STATUS.projection)
    assert record["gap_bound"] == "at_most"
    assert record["caveats"] == ["floor", "conflict"]
    assert [v["observation_id"] for v in record["conflict_values"]] == ["o31", "o32"]
    assert [v["observation_id"] for v in record["nearest_values"]] == ["o33"]
    assert [v["observation_id"] for v in record["part_values"]] == ["o34"]
    assert [v["observation_id"] for v in record["measured_values"]] == ["o35"]


def test_the_record_of_a_value_names_everything_its_source_says():
    value = seen(7, nature="forecast", partial=True, chosen="the final report")
    names = {row["definition_group"]: row for row in cells("definitions.csv")}["ai_industry_size"]
    assert observation(value) == {
        "observation_id": "o7",
        "area": "area 7",
        "period": "207",
        "qualifier": ">",
        "value": 107.5,
        "unit": "亿元",
        "nature": "forecast",
        "part_of_year": True,
        "definition_group": "ai_industry_size",
        "definition_zh": names["name_zh"],
        "definition_en": names["name_en"],
        "definition_note": "note 7",
        "source": "https://example.org/7",
        "published": "2025-08",
        "confidence": "high",
        "origin": "published",
        "chosen_because": "the final report",
    }
    bare = observation(seen(8, definition_group="unknown", published=""))
    assert (bare["published"], bare["chosen_because"], bare["definition_zh"]) == (None, None, "")


def test_every_indicator_a_snapshot_counts_has_its_own_definition_area_and_unit():
    honours = ["国家级专精特新小巨人企业", "制造业单项冠军", None, "国家级专精特新小巨人企业"]
    firms = pd.DataFrame(
        {
            "name": list("甲乙丙丁"),
            "ai_relevance": ["core"] * 4,
            "prefecture_code": ["510100", "510100", "510100", "510700"],
            "zone_ids": [[], [], [], []],
            "segment": ["robotics", "uav", "robotics", "robotics"],
            "honours": honours,
            "revenue_cny": [2.1e8, 1e8, None, 9e9],
        }
    )
    day = date(2026, 11, 22)
    got = measure(firms, as_of=day, benchmark=benchmark_firms(firms))
    told = {(o.indicator_id, o.definition_group): (o.area, o.unit, o.value) for o in got}
    assert told["AI_FIRMS", "ai_firms_in_snapshot"] == ("四川省", "家", 4)
    assert told["AI_CLUSTER", "plan_zones_with_firms"] == ("四川省", "个", 0)
    assert told["AI_FIRMS_LGCHAMP", "ai_little_giants_in_snapshot"] == ("四川省", "家", 3)
    assert told["EMB_FIRMS_LG", "robot_little_giants_in_snapshot"] == ("成都市", "家", 1)
    assert told["AI_FIRMS_GT100M", "ai_firms_over_100m_in_snapshot"] == ("成都市", "家", 1)
    assert {o.period for o in got} == {"2026-11-22"}
    revenue = next(o for o in got if o.indicator_id == "AI_FIRMS_GT100M")
    assert "above 1 亿元 (2 of 3 have one)" in revenue.definition_note


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": ""}, "row 3: comparator '>=' does not fit value ''"),
        ({"comparator": ""}, "row 3: comparator '' does not fit value"),
        ({"value": "many"}, "row 3: could not convert"),
        ({"plan_id": "none"}, "row 3"),
    ],
)
def test_a_damaged_row_of_the_targets_is_named(monkeypatch, change, said):
    whole = plan_table.read_goals("targets.csv")
    numbers = whole.index[whole["value"] != ""][1]
    assert numbers == 1
    for name, value in change.items():
        whole.loc[numbers, name] = value
    read = plan_table.read_goals
    monkeypatch.setattr(
        plan_table, "read_goals", lambda name: whole if name == "targets.csv" else read(name)
    )
    load_targets.cache_clear()
    try:
        with pytest.raises(ShippedDataError, match="restore the shipped file") as caught:
            load_targets()
        assert said in str(caught.value)
    finally:
        load_targets.cache_clear()
