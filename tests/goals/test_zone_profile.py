"""Profiles of zones, worked by hand on small snapshots, and those of the shipped data."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from clusters.errors import InputError
from clusters.goals import Observation, zone_profile
from clusters.goals.report import zone_record
from clusters.places.zones import five, zones

ZONE = "mianyang-science-city"


class Small:
    """What a profile asks of a snapshot."""

    def __init__(self, identity, enterprises, metrics, hotspots):
        self.id = identity
        self.enterprises = enterprises
        self.metrics = metrics
        self.hotspots = hotspots


def firms(*rows):
    names = ("enterprise_id", "name", "ai_relevance", "zone_ids", "zone_evidence", "precision")
    table = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows], columns=names)
    segments = ["uav", "robotics", "uav", None]
    return table.assign(
        segment=segments[: len(table)],
        zone_uncertain_ids=[[ZONE] if row[1] == "边" else [] for row in rows],
    )


NOW = (
    ("1", "甲", "core", [ZONE], ["text"], "park"),
    ("2", "乙", "related", [ZONE], ["polygon"], "street"),
    ("3", "丙", "weak", [ZONE], ["text"], "street"),
    ("4", "边", "core", [], [], "street"),
)


@pytest.fixture
def metrics():
    cell = {
        "level": "zone",
        "area": ZONE,
        "industry": "ai",
        "metric": "lq",
        "value": 1.5,
        "low": 0.4,
        "high": 3.0,
        "p": 0.2,
        "q": 0.5,
    }
    other = cell | {"area": "chengdu-htz", "value": 9.0}
    return pd.DataFrame([other, cell])


@pytest.fixture
def snapshot(metrics):
    inside = five().set_index("zone_id").loc[ZONE, "geometry"].representative_point().buffer(0.01)
    far = shapely.Point(100, 30).buffer(0.01)
    spots = gpd.GeoDataFrame({"firms": [9, 5]}, geometry=[inside, far], crs="EPSG:4326")
    return Small("now", firms(*NOW), metrics, spots)


def test_firms_are_counted_by_evidence_segment_and_precision(snapshot):
    got = zone_profile(ZONE, snapshot)
    assert list(got.firms["name"]) == ["甲", "乙"]  # 丙 is weak, 边 is too near the edge to tell
    assert got.perhaps == 1
    assert got.by_evidence == {"text": 1, "polygon": 1}
    assert got.by_segment == {"robotics": 1, "uav": 1}
    assert got.by_precision == {"street": 1, "park": 1}


def test_the_quotient_comes_with_its_inference_and_is_marked_small(snapshot):
    got = zone_profile(ZONE, snapshot).quotient
    assert (got.value, got.low, got.high, got.p, got.q) == (1.5, 0.4, 3.0, 0.2, 0.5)
    assert (got.n, got.small) == (2, True)
    nothing = zone_profile("deyang-shugu", snapshot).quotient
    assert pd.isna(nothing.value)


def test_density_clusters_of_the_zone_only(snapshot):
    got = zone_profile(ZONE, snapshot)
    assert got.stars == {}  # two firms are too few for a star
    assert list(got.hotspots["firms"]) == [9]


def test_parks_of_the_zone_and_of_zones_inside_it(snapshot):
    got = zone_profile(ZONE, snapshot)
    assert set(got.parks) == {"my-ai-park", "my-science-new"}


def test_the_plan_links_its_cluster_task_to_the_zones_it_names(snapshot):
    named = zone_profile("tianfu-new-area-ai", snapshot)
    assert list(named.tasks["task_id"]) == ["R18-E04"]
    assert zone_profile(ZONE, snapshot).tasks.empty


@pytest.mark.parametrize(
    ("zone_id", "named", "place"),
    [
        ("tianfu-new-area-ai", True, "footprint"),
        ("tianfu-wireless-valley", True, "assumed"),
        ("smart-manufacturing-park", True, "footprint"),
        ("chengdu-htz-new-economy", False, "footprint"),
        (ZONE, False, "footprint"),
    ],
)
def test_role_and_place_of_the_five(snapshot, zone_id, named, place):
    got = zone_profile(zone_id, snapshot)
    assert (got.named, got.place) == (named, place)


def test_a_zone_without_any_footprint_is_unknown(snapshot):
    table = zones()
    lost = table[table["geometry"].isna() & ~table["assumed"]]
    for zone_id in lost["zone_id"].head(1):
        got = zone_profile(str(zone_id), snapshot)
        assert got.place == "unknown"
        assert got.hotspots.empty
        assert zone_record(got)["boundary_error_m"] is None


def test_values_for_the_zone_and_its_kin_keep_their_own_area(snapshot):
    def value(area_id):
        return Observation(
            observation_id=area_id,
            indicator_id="X",
            definition_group="x",
            area=area_id,
            area_id=area_id,
            period="2024",
            time=2025.0,
            value=1.0,
            unit="家",
        )

    known = [value(one) for one in (ZONE, "mianyang-ai-park", "chengdu-htz", "510700")]
    got = zone_profile(ZONE, snapshot, observations=known)
    assert [o.area_id for o in got.observations] == [ZONE, "mianyang-ai-park"]


def test_the_record_of_a_zone_names_what_the_profile_holds(snapshot):
    got = zone_profile(ZONE, snapshot)
    record = zone_record(got)
    assert set(record) == {
        *("zone_id", "name_zh", "name_en", "one_of_five", "role", "named_in_plan", "place"),
        *("boundary_error_m", "firms", "perhaps_inside", "by_evidence", "by_segment"),
        *("by_precision", "location_quotient", "stars", "density_clusters", "parks", "tasks"),
        *("observations", "movements", "source"),
    }
    row = zones().set_index("zone_id").loc[ZONE]
    assert (record["zone_id"], record["name_zh"], record["name_en"], record["source"]) == (
        ZONE,
        *(row[["name_zh", "name_en", "source_url"]]),
    )
    assert (record["firms"], record["perhaps_inside"]) == (len(got.firms), got.perhaps)
    assert record["density_clusters"] == len(got.hotspots)
    assert len(record["observations"]) == len(got.observations)
    assert set(record["location_quotient"]) >= {"few_firms"}
    for task in record["tasks"]:
        assert set(task) == {
            *("task_id", "section", "name_zh", "name_en", "lead_agency"),
            *("supporting_agencies", "agencies_as_of"),
        }


def test_entries_and_exits_say_how(snapshot):
    before = firms(
        ("1", "甲", "core", [], [], "county"),
        ("2", "乙", "weak", [ZONE], ["text"], "street"),
        ("9", "旧", "core", [ZONE], ["text"], "street"),
        ("4", "边", "core", [ZONE], ["text"], "street"),
    )
    earlier = Small("before", before, snapshot.metrics, snapshot.hotspots)
    moved = zone_profile(ZONE, snapshot, earlier=earlier).movements
    assert moved.since == "before"
    assert dict(zip(moved.entered["name"], moved.entered["how"], strict=True)) == {
        "甲": "moved",
        "乙": "reclassified",
    }
    assert dict(zip(moved.left["name"], moved.left["how"], strict=True)) == {
        "旧": "gone",
        "边": "moved",
    }
    record = zone_record(zone_profile(ZONE, snapshot, earlier=earlier))["movements"]
    assert record["since"] == "before"
    assert {row["name"] for row in record["entered"]} == {"甲", "乙"}
    assert {row["name"] for row in record["left"]} == {"旧", "边"}
    new = Small("new", firms(*NOW[:1]), snapshot.metrics, snapshot.hotspots)
    empty = Small("empty", firms(*NOW[2:3]), snapshot.metrics, snapshot.hotspots)
    assert list(zone_profile(ZONE, new, earlier=empty).movements.entered["how"]) == ["new"]


def test_without_an_earlier_snapshot_nothing_is_said_of_movements(snapshot):
    assert zone_profile(ZONE, snapshot).movements is None
    assert zone_record(zone_profile(ZONE, snapshot))["movements"] is None


def test_an_unknown_zone_is_refused_with_those_there_are(snapshot):
    with pytest.raises(InputError, match=ZONE):
        zone_profile("nowhere", snapshot)
