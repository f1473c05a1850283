"""The HTTP interface against a real snapshot: what programs get, page by page, and what they may."""

import io
import json

import pandas as pd
import pytest
import schemathesis
import shapely
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings

import clusters
from clusters.access import Role
from clusters.access.doors import SECRET_HEADER
from clusters.api import create_api
from clusters.logs import JsonFormatter, TextFormatter
from clusters.settings import get_settings

CSV = (
    "企业名称,注册地址,经营范围,所在地区\n"
    "甲机器人有限公司,成都市武侯区科园路1号,机器人研发,\n"
    '"=HYPERLINK(""x"")",成都市武侯区科园路2号,人工智能,\n'
    "乙商贸公司,绵阳市涪城区临园路3号,百货,\n"
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    (folder / "f.csv").write_text(CSV, encoding="utf-8")
    clusters.run(folder / "f.csv", workspace=folder / "w")
    return folder / "w"


@pytest.fixture
def ask(workspace, monkeypatch):
    monkeypatch.setenv("CLUSTERS_WORKSPACE", str(workspace))
    get_settings.cache_clear()
    yield TestClient(create_api(), raise_server_exceptions=True)
    get_settings.cache_clear()


def _get(client, path, status=200, **headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    return answer


def test_every_link_of_the_landing_page_leads_somewhere(ask):
    landing = _get(ask, "/").json()
    for link in landing["links"]:
        _get(ask, link["href"].removeprefix("/api/v1"))


@pytest.mark.parametrize(
    ("name", "count"),
    [("prefectures", 21), ("counties", 183), ("zones", 41), ("firms", 3), ("hotspots", 0)],
)
def test_collections_hold_what_the_platform_holds(ask, name, count):
    answer = _get(ask, f"/collections/{name}/items?limit=1000")
    body = answer.json()
    assert answer.headers["content-type"].startswith("application/geo+json")
    assert body["numberMatched"] == body["numberReturned"] == len(body["features"]) == count
    for feature in body["features"]:
        if feature["geometry"] is None:
            continue
        shape = shapely.geometry.shape(feature["geometry"])
        west, south, east, north = shape.bounds
        assert 97 < west <= east < 109
        assert 26 < south <= north < 35
        polygons = [shape] if shape.geom_type == "Polygon" else getattr(shape, "geoms", [])
        assert all(p.exterior.is_ccw for p in polygons if p.geom_type == "Polygon")


def test_pages_cover_everything_once(ask):
    seen, path = [], "/collections/counties/items?limit=50"
    while path:
        body = _get(ask, path).json()
        seen += [feature["id"] for feature in body["features"]]
        following = [link["href"] for link in body["links"] if link["rel"] == "next"]
        path = following[0].removeprefix("/api/v1") if following else None
    assert len(seen) == len(set(seen)) == 183


def test_filters_and_boxes_choose(ask):
    own = _get(ask, "/firms?county_code=510107").json()
    assert own["numberMatched"] == 2
    assert {row["county_code"] for row in own["rows"]} == {"510107"}
    chengdu = _get(ask, "/areas?level=county&prefecture_code=510100").json()["rows"]
    assert len(chengdu) == 20
    box = _get(ask, "/collections/prefectures/items?bbox=104.0,30.6,104.1,30.7").json()
    assert [feature["id"] for feature in box["features"]] == ["510100"]


def test_metrics_are_those_of_the_snapshot(ask, workspace):
    table = clusters.open_snapshot(workspace).metrics
    want = table[table["level"].eq("county") & table["metric"].eq("lq") & table["scheme"].eq("ai")]
    got = _get(ask, "/metrics?level=county&metric=lq&scheme=ai&limit=10000").json()
    assert got["numberMatched"] == len(want) > 0
    values = pd.Series([row["value"] for row in got["rows"]], dtype=float)
    pd.testing.assert_series_equal(values, want["value"].reset_index(drop=True), check_names=False)
    assert "NaN" not in json.dumps(got)


def test_csv_is_neutralised_and_says_its_snapshot(ask, workspace):
    answer = _get(ask, "/firms?f=csv")
    table = pd.read_csv(io.BytesIO(answer.content))
    assert answer.headers["x-clusters-snapshot"] == clusters.open_snapshot(workspace).id
    assert '\'=HYPERLINK("x")' in set(table["name"])


def test_an_unchanged_answer_is_not_sent_again(ask):
    first = _get(ask, "/areas")
    again = _get(ask, "/areas", 304, **{"If-None-Match": first.headers["etag"]})
    assert again.content == b""
    for tags in (f'"x", {first.headers["etag"]}', "*"):
        _get(ask, "/areas", 304, **{"If-None-Match": tags})
    other = _get(ask, "/areas?level=county", **{"If-None-Match": first.headers["etag"]})
    assert other.headers["etag"] != first.headers["etag"]


def test_zones_are_sent_again_when_an_outline_was_imported(import_outline, ask):
    first = _get(ask, "/collections/zones/items/jinjiang-bailuwan")
    import_outline("jinjiang-bailuwan")
    again = _get(
        ask,
        "/collections/zones/items/jinjiang-bailuwan",
        **{"If-None-Match": first.headers["etag"]},
    )
    assert first.json()["geometry"] is None
    assert again.json()["geometry"] is not None


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/firms?county=510107", 400, "unknown parameter 'county'"),
        ("/firms?segment=uav&segment=robotics", 400, "given twice"),
        ("/firms?limit=0", 400, "limit"),
        ("/firms?limit=100000", 400, "limit"),
        ("/collections/counties/items?bbox=1,2,3", 400, "west,south,east,north"),
        ("/collections/counties/items?bbox=105,30,104,31", 400, "west must not exceed east"),
        ("/collections/counties/items?bbox=nan,30,104,31", 400, "west must not exceed"),
        ("/collections/nothing", 404, "counties"),
        ("/collections/counties/items/519999", 404, "519999"),
        ("/firms?snapshot=../../etc/passwd", 404, "no snapshot"),
        ("/nowhere", 404, "Not Found"),
    ],
)
def test_faults_say_how_to_mend_them(ask, path, status, told):
    body = _get(ask, path, status).json()
    assert body["code"] == str(status)
    assert told in body["description"]


def test_what_is_asked_cannot_write_lines_of_its_own_into_the_log(ask, caplog):
    caplog.set_level("INFO", "clusters.events")
    ask.get("/nowhere%0arefused%20account=x%1b[31m%e2%80%ae" + "x" * 5000)
    for form in (TextFormatter(), JsonFormatter()):
        line = form.format(caplog.records[-1])
        assert len(line) < 500
        assert line.isprintable()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(ask, method):
    assert getattr(ask, method)("/firms").status_code == 405


def test_without_a_snapshot_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("CLUSTERS_WORKSPACE", str(tmp_path))
    get_settings.cache_clear()
    body = _get(TestClient(create_api()), "/firms", 503).json()
    assert "clusters run" in body["description"]
    get_settings.cache_clear()


def test_single_user_mode_answers_this_machine_only(ask):
    stranger = TestClient(create_api(), client=("192.0.2.7", 50000))
    assert "CLUSTERS_ACCESS" in _get(stranger, "/areas", 403).json()["description"]


@pytest.fixture
def gateway(ask, monkeypatch):
    monkeypatch.setenv("CLUSTERS_ACCESS", "gateway")
    monkeypatch.setenv("CLUSTERS_GATEWAY_SECRET", "right")
    get_settings.cache_clear()
    return TestClient(create_api(), client=("192.0.2.7", 50000))


def test_a_gateway_vouches_with_its_secret_only(gateway):
    who = {"X-Forwarded-User": "u1", "X-Forwarded-Role": Role.VIEWER.value}
    _get(gateway, "/firms", **who, **{SECRET_HEADER: "right"})
    refused = _get(gateway, "/firms", 401, **who, **{SECRET_HEADER: "wrong"})
    assert refused.headers["www-authenticate"] == "Bearer"
    _get(gateway, "/firms", 401, **who)
    pairs = [*who.items(), (SECRET_HEADER, "right"), ("X-Forwarded-Role", "admin")]
    assert gateway.get("/firms", headers=pairs).status_code == 401
    _get(gateway, "/firms", 401, **{SECRET_HEADER: "right", "X-Forwarded-Role": "viewer"})


def test_every_request_is_told_by_name_and_end_and_without_what_was_asked(gateway, caplog):
    caplog.set_level("INFO", "clusters.events")
    who = {"X-Forwarded-User": "u1", "X-Forwarded-Role": Role.VIEWER.value}
    _get(gateway, "/firms?q=secret-word", 400, **who, **{SECRET_HEADER: "right"})
    _get(gateway, "/firms", 401, **who, **{SECRET_HEADER: "wrong-secret"})
    done, refused = (one.clusters_facts for one in caplog.records if one.name == "clusters.events")
    assert (done["event"], done["account"], done["status"]) == ("api", "u1", 400)
    assert (refused["event"], refused["status"]) == ("refused", 401)
    assert "account" not in refused
    assert "secret" not in caplog.text


@pytest.mark.slow
def test_the_interface_keeps_to_its_own_description(ask):
    schema = schemathesis.openapi.from_asgi("/openapi.json", create_api())
    operations = [one.ok() for one in schema.get_all_operations()]
    assert {one.path for one in operations} >= {"/firms", "/areas", "/zones", "/metrics"}
    for operation in operations:

        @settings(max_examples=25, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def answers_as_described(case):
            case.call_and_validate()

        answers_as_described()
