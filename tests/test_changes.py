"""What became of firms between two snapshots."""

from datetime import date
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.changes import KINDS, alerts, compare

PLAIN = {
    "segment": "robotics",
    "ai_relevance": "core",
    "chain_layer": "application",
    "prefecture_code": "510100",
    "county_code": "510107",
    "zone_ids": ["chengdu-htz"],
    "precision": "building",
    "radius_m": 100.0,
    "lon": 104.06,
    "lat": 30.6,
    "address": "成都市星狮路1号",
    "status": "active",
    "listing": None,
    "honours": None,
    "registered_capital_cny": 1e6,
    "employees": 10,
    "revenue_cny": None,
    "as_of": "2026-01-01",
}


def snapshot(**firms: dict) -> SimpleNamespace:
    rows = [
        {"enterprise_id": key, "name": f"{key}公司", **PLAIN, **own} for key, own in firms.items()
    ]
    table = pd.DataFrame(rows).astype({"employees": "Int64", "revenue_cny": "float64"})
    for column in ("listing", "honours", "county_code", "address", "status"):
        table[column] = table[column].astype("str")
    return SimpleNamespace(enterprises=gpd.GeoDataFrame(table))


def test_nothing_changed():
    one = snapshot(a={}, b={})
    found = compare(one, one)
    assert all(getattr(found, kind).empty for kind in KINDS)
    assert found.flows.empty
    assert found.long().empty


def test_a_firm_with_several_other_entries_is_counted_once():
    renamed = {"name": "新名公司", "status": "revoked", "employees": 12, "segment": "vision"}
    found = compare(snapshot(a={}, b={}, c={}), snapshot(a=renamed, b={"county_code": "510116"}))
    assert found.counted() == {"entered": 0, "left": 1, "moved": 1, "changed": 1}
    assert found.entries["column"].tolist() == ["employees", "name", "segment", "status"]
    assert set(found.entries["enterprise_id"]) == {"a"}


def test_entered_and_left():
    found = compare(snapshot(a={}, b={}), snapshot(b={}, c={}))
    assert found.left["enterprise_id"].tolist() == ["a"]
    assert found.entered["enterprise_id"].tolist() == ["c"]
    assert set(found.long()["kind"]) == {"entered", "left"}


def test_a_move_has_its_distance_and_zones():
    there = {"lat": 30.7, "county_code": "510106", "zone_ids": ["tianfu-new-area"], "address": "x"}
    found = compare(snapshot(a={}), snapshot(a=there))
    row = found.moved.iloc[0]
    assert row["distance_m"] == pytest.approx(11_090, rel=0.01)
    assert (row["from_county"], row["to_county"]) == ("510107", "510106")
    assert found.flows.to_numpy().tolist() == [["chengdu-htz", "tianfu-new-area", 1]]


def test_a_shift_within_the_doubt_is_no_move():
    assert compare(snapshot(a={}), snapshot(a={"lat": 30.6005})).moved.empty
    assert not compare(snapshot(a={}), snapshot(a={"lat": 30.605})).moved.empty


def test_knowing_a_place_less_well_is_no_move():
    vague = {"precision": "county", "lon": 104.2, "zone_ids": [], "radius_m": 9000.0}
    assert compare(snapshot(a={}), snapshot(a=vague)).moved.empty
    nowhere = vague | {"county_code": None}
    assert compare(snapshot(a={}), snapshot(a=nowhere)).moved.empty


def test_leaving_every_zone_is_a_flow_to_nowhere():
    found = compare(snapshot(a={}), snapshot(a={"zone_ids": [], "address": "成都市别处1号"}))
    assert found.flows.to_numpy().tolist() == [["chengdu-htz", "", 1]]


def test_balances_say_how_each_zone_came_about():
    one = snapshot(a={}, b={}, c={}, d={"zone_ids": ["tianfu-new-area"]}, e={})
    moved = {"zone_ids": ["tianfu-new-area"], "address": "别处1号"}
    two = snapshot(b=moved, c={"zone_ids": []}, d={"zone_ids": ["tianfu-new-area"]}, e={}, f={})
    table = compare(one, two).balances.set_index("zone")
    columns = ["before", "entered", "moved_in", "moved_out", "left", "reassessed", "after"]
    assert table.loc["chengdu-htz", columns].tolist() == [4, 1, 0, 1, 1, -1, 2]
    assert table.loc["tianfu-new-area", columns].tolist() == [1, 0, 1, 0, 0, 0, 2]


ZONES = st.lists(st.sampled_from(["p", "q", "r"]), unique=True, max_size=2)
FIRMS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.fixed_dictionaries({"zone_ids": ZONES, "address": st.sampled_from(["1", "2"])}),
    min_size=1,
)


@settings(max_examples=60)
@given(FIRMS, FIRMS)
def test_balances_add_up_and_mirror(before, after):
    one, two = snapshot(**before), snapshot(**after)
    there, back = compare(one, two).balances, compare(two, one).balances
    held = pd.Series([z for f in before.values() for z in f["zone_ids"]]).value_counts()
    table = there.set_index("zone")
    assert table["before"].to_dict() == {z: int(held.get(z, 0)) for z in table.index}
    again = back.set_index("zone")
    assert table["entered"].tolist() == again["left"].tolist()
    assert table["moved_in"].tolist() == again["moved_out"].tolist()
    assert table["reassessed"].tolist() == (-again["reassessed"]).tolist()
    assert (table.drop(columns="reassessed") >= 0).to_numpy().all()


def test_names_classes_and_sizes():
    later = {
        "name": "新公司",
        "ai_relevance": "weak",
        "employees": 25,
        "registered_capital_cny": None,
    }
    found = compare(snapshot(a={}), snapshot(a=later))
    assert found.renamed[["before", "after"]].to_numpy().tolist() == [["a公司", "新公司"]]
    assert found.reclassified["column"].tolist() == ["ai_relevance"]
    sizes = found.resized.set_index("column")
    assert sizes.loc["employees", "ratio"] == 2.5
    assert pd.isna(sizes.loc["registered_capital_cny", "ratio"])
    assert found.changed.empty


def test_there_and_back_mirror_each_other():
    one = snapshot(a={}, b={"name": "x"}, c={"lat": 30.9, "address": "y", "county_code": "510106"})
    two = snapshot(b={}, c={}, d={})
    there, back = compare(one, two), compare(two, one)
    assert there.entered["enterprise_id"].tolist() == back.left["enterprise_id"].tolist()
    assert there.moved["distance_m"].tolist() == back.moved["distance_m"].tolist()
    assert there.renamed["before"].tolist() == back.renamed["after"].tolist()


def test_alerts_on_watched_firms():
    one = snapshot(a={}, b={}, c={}, d={})
    two = snapshot(
        b={"status": "cancelled"},
        c={"lat": 30.9, "address": "y"},
        d={"as_of": "2024-05-01"},
        e={"status": "revoked"},
    )
    firms = pd.DataFrame({"enterprise_id": ["a", "b", "c", "d", None], "name": list("abcde")})
    told = alerts(compare(one, two), firms, as_of=date(2026, 6, 30))
    assert told["alert"].tolist() == ["left", "deregistered", "moved", "stale"]
    assert told["name"].tolist() == list("abcd")
    assert float(told["detail"].iloc[2]) > 30_000
