"""Every command, its exit code and what it says."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from clusters import workspace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, shipped_copy) -> Path:
    """Return a workspace that holds a snapshot of the shipped firms."""
    return shipped_copy(tmp_path_factory.mktemp("cli") / "w")


def test_run_tells_the_row_account_and_publishes(call, tmp_path: Path) -> None:
    file = tmp_path / "firms.csv"
    file.write_text(
        "企业名称,注册地址,经营范围\n"
        "成都甲机器人有限公司,成都市武侯区科园路1号,工业机器人制造\n"
        "成都甲机器人有限公司,成都市武侯区科园路1号,工业机器人制造\n"
        ",成都市武侯区科园路1号,x\n",
        encoding="gbk",
    )
    code, out, err = call("run", file, "--workspace", tmp_path / "w")
    assert code == 0, err
    assert "3 rows read = 1 published + 1 duplicates + 1 rejected" in out
    snapshot = workspace.open_snapshot(tmp_path / "w")
    assert snapshot.id in out
    assert list(snapshot.enterprises["county_code"]) == ["510107"]


def test_run_json_is_one_object(call, tmp_path: Path) -> None:
    file = tmp_path / "firms.csv"
    file.write_text("企业名称,注册地址\n甲公司,成都市武侯区\n", encoding="utf-8")
    code, out, _err = call("run", file, "--workspace", tmp_path / "w", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["account"] == {"read": 1, "published": 1, "duplicates": 0, "rejected": 0}
    assert told["inputs"][0]["name"] == "firms.csv"
    assert len(told["inputs"][0]["sha256"]) == 64


def test_a_run_tells_which_corrections_it_did_not_use(call, tmp_path: Path) -> None:
    from clusters.export.findings_book import findings_bytes
    from clusters.export.provenance import Provenance
    from clusters.registry import read_registry

    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for file in files:
        file.write_text("企业名称,注册地址,成立日期\n甲公司,成都市武侯区,abc\n", encoding="utf-8")
    read = read_registry(files)
    report = tmp_path / "report.xlsx"
    record = Provenance("", "", (), "")
    report.write_bytes(findings_bytes(read.report, read.marked, provenance=record, language="zh"))
    call_it = ("run", files[0], "--corrections", report, "--workspace", tmp_path / "w")
    code, out, err = call(*call_it)
    assert code == 0, err
    assert "report.xlsx: not used, as the file is not read here: b.csv: 1" in out.replace("\n", "")


def test_the_datum_is_told_with_its_evidence(call, tmp_path: Path) -> None:
    from clusters.geocode.datum import from_wgs84
    from clusters.places.boundaries import counties, to_metres

    inner = counties().head(60)
    # Just inside each border, where a shift of half a kilometre changes the county.
    inside = to_metres(inner).geometry.buffer(-100).boundary.to_crs("EPSG:4326")
    points = [shapely.get_parts(line)[0].interpolate(0.3, normalized=True) for line in inside]
    lon, lat = from_wgs84([p.x for p in points], [p.y for p in points], "gcj02")
    table = pd.DataFrame(
        {
            "企业名称": [f"公司{number}" for number in range(60)],
            "注册地址": "四川省" + inner["name_zh"] + "某街",
            "经度": lon,
            "纬度": lat,
        }
    )
    table.loc[0, ["经度", "纬度"]] = 0.0
    table.to_csv(tmp_path / "firms.csv", index=False)
    code, out, err = call("locate", tmp_path / "firms.csv", tmp_path / "out.csv")
    assert code == 0, err
    assert "datum of the coordinates: gcj02 (" in out
    assert "rows name their county" in out
    assert "zero" in out
    code, out, err = call("run", tmp_path / "firms.csv", "--workspace", tmp_path / "w")
    assert code == 0, err
    assert "datum of the coordinates: gcj02 (" in out
    told = workspace.open_snapshot(tmp_path / "w").manifest
    assert told["datum"]["odds"] > 100
    assert told["coordinates"] == {}  # the reader of the registry took the zero out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "missing.csv"), ["missing.csv"]),
        (("run", "."), ["folder", "directory"]),
        (("check", "missing.csv"), ["missing.csv"]),
        (("measure", "x.docx"), [".csv"]),
        (("export", "x.shp"), [".gpkg"]),
        (("goals", "--zone", "nowhere"), ["四川省"]),
        (("snapshots", "--workspace"), ["--workspace"]),
        (("measure", "x.csv", "--snapshot", "20000101T000000Z-000000"), ["clusters snapshots"]),
    ],
)
def test_fault_of_the_call_ends_with_two_and_a_remedy(
    call, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments, words
) -> None:
    monkeypatch.setenv("CLUSTERS_WORKSPACE", str(place))
    from clusters.settings import get_settings

    get_settings.cache_clear()
    monkeypatch.chdir(tmp_path)
    before = workspace.published_id(place)
    try:
        code, _out, err = call(*arguments)
    finally:
        get_settings.cache_clear()
    assert code == 2, err
    assert any(word in err for word in words), err
    assert "Traceback" not in err
    assert workspace.published_id(place) == before


def test_unwritable_workspace_is_named(call, tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    code, _out, err = call("run", "--workspace", blocker / "w")
    assert code == 2
    assert "--workspace" in err


def test_a_bug_of_ours_ends_with_one_and_without_traceback(call, monkeypatch, tmp_path) -> None:
    from clusters import pipeline

    def fail(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(pipeline, "run", fail)
    code, _out, err = call("run", "--workspace", tmp_path)
    assert code == 1
    assert "bug" in err
    assert "Traceback" not in err


def test_interruption_ends_with_130(call, monkeypatch, tmp_path: Path) -> None:
    from clusters import pipeline

    def stop(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "run", stop)
    assert call("run", "--workspace", tmp_path)[0] == 130


def test_check_reports_rows_and_publishes_nothing(call, tmp_path: Path) -> None:
    file = tmp_path / "firms.csv"
    file.write_text(
        "企业名称,统一社会信用代码,成立日期\n甲公司,915101073944706533,2013-02-30\n",
        encoding="utf-8",
    )
    report = tmp_path / "findings.xlsx"
    code, out, err = call("check", file, "--report", report)
    assert code == 0, err
    assert "1 rows" in out
    findings = pd.read_excel(report, dtype=str, engine="calamine")
    assert len(findings) >= 2
    assert not (tmp_path / "workspace").exists()


def test_locate_keeps_rows_and_order(call, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    rows = ["绵阳市涪城区临园路1号", "不知道在哪里", "成都市郫县红光镇"]
    file.write_text("编号,住所地\n" + "\n".join(f"{i},{a}" for i, a in enumerate(rows)), "utf-8")
    code, _out, err = call("locate", file, tmp_path / "out.csv", "--address", "住所地")
    assert code == 0, err
    table = pd.read_csv(tmp_path / "out.csv", dtype=str, encoding="utf-8-sig")
    assert len(table) == 3
    joined = table.fillna("").agg("|".join, axis=1)
    assert [a in row for a, row in zip(rows, joined, strict=True)] == [True] * 3
    assert "510703" in joined[0]
    assert "510117" in joined[2]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
def test_measure_writes_the_metric_table(call, place: Path, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"m{ending}"
    code, _out, err = call(
        "measure", target, "--by", "county", "--industry", "segment", "--workspace", place
    )
    assert code == 0, err
    if ending == ".parquet":
        table = pd.read_parquet(target)
        assert set(table["level"]) == {"county"}
        assert set(table["scheme"]) == {"segment"}
        assert {"value", "low", "high", "p", "q", "n", "method", "note"} <= set(table)
    elif ending == ".xlsx":
        assert len(pd.read_excel(target, sheet_name=None, engine="calamine")) == 3
    else:
        assert target.read_bytes().startswith(b"\xef\xbb\xbf")


def test_measure_by_another_weight_is_computed_anew(call, place: Path, tmp_path: Path) -> None:
    target = tmp_path / "m.parquet"
    code, _out, err = call(
        "measure", target, "--weight", "registered_capital", "--workspace", place
    )
    assert code == 0, err
    assert set(pd.read_parquet(target)["weight"]) == {"registered_capital"}


@pytest.mark.parametrize("layer", ["enterprises", "areas", "zones", "hotspots"])
@pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".parquet"])
def test_export_of_every_layer_opens_again(call, place, tmp_path, layer, ending) -> None:
    target = tmp_path / f"{layer}{ending}"
    code, _out, err = call("export", target, "--layer", layer, "--workspace", place)
    assert code == 0, err
    table = gpd.read_parquet(target) if ending == ".parquet" else gpd.read_file(target, layer=0)
    assert table.crs.to_epsg() == 4326
    if layer == "enterprises":
        assert len(table) == workspace.open_snapshot(place).manifest["account"]["published"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("f.gpkg", ["export", "--prefecture", "510700", "--relevance", "core"]),
        ("a.xlsx", ["export", "--layer", "areas", "--by", "prefecture", "--language", "zh"]),
        ("z.geojson", ["export", "--layer", "zones"]),
        ("g.csv", ["export", "--layer", "goals"]),
        ("b.parquet", ["export", "--layer", "benchmark"]),
        ("m.csv", ["measure", "--by", "prefecture", "--industry", "ai", "--language", "en"]),
        ("o.pdf", ["brief", "--page", "area:511700", "--language", "en"]),
        ("o.pptx", ["brief", "--page", "firm:极米科技股份有限公司"]),
        ("o.html", ["brief", "--page", "zone:chengdu-htz-new-economy"]),
        ("o.png", ["brief", "--page", "area:511700"]),
        ("m.svg", ["brief", "--area", "511700"]),
    ],
)
def test_every_file_tells_the_command_that_makes_it_again(call, place, tmp_path, name, arguments):
    target, again = tmp_path / name, tmp_path / f"again-{name}"
    command, *options = arguments
    code, _out, err = call(command, target, *options, "--workspace", place)
    assert code == 0, err
    code, out, err = call("provenance", target, "--again", again, "--json", "--workspace", place)
    assert code == 0, err
    said = json.loads(out)
    assert said["bytes_equal"]
    assert said["figures_equal"]
    code, out, err = call("provenance", target, "--json")
    assert code == 0, err
    record = json.loads(out)
    assert record["snapshot"] == workspace.open_snapshot(place).id
    assert len(record["inputs"][0]["sha256"]) == 64
    assert record["command"].startswith(f"clusters {command} ")


def test_provenance_refuses_what_it_cannot_know(call, place, tmp_path) -> None:
    foreign = tmp_path / "x.xlsx"
    pd.DataFrame({"a": [1]}).to_excel(foreign, index=False)
    code, _out, err = call("provenance", foreign)
    assert code == 2
    assert "carries no provenance record" in err
    page = tmp_path / "b.html"
    assert call("brief", page, "--page", "area:511700", "--workspace", place)[0] == 0
    forged = tmp_path / "forged.html"
    text = page.read_text(encoding="utf-8").replace("clusters brief", "clusters app")
    forged.write_text(text, encoding="utf-8")
    code, _out, err = call(
        "provenance", forged, "--again", tmp_path / "c.html", "--workspace", place
    )
    assert code == 2
    assert "cannot be" in err or "does not name" in err
    assert not (tmp_path / "c.html").exists()
    code, _out, err = call("provenance", page, "--again", tmp_path / "c.pdf", "--workspace", place)
    assert code == 2
    assert ".html" in err


def test_figures_that_changed_are_told(call, place, tmp_path) -> None:
    page = tmp_path / "b.html"
    assert call("brief", page, "--page", "area:511700", "--workspace", place)[0] == 0
    text = page.read_text(encoding="utf-8")
    content = re.search("&quot;content&quot;: &quot;([0-9a-f]{64})", text).group(1)
    page.write_text(text.replace(content, "0" * 64), encoding="utf-8")
    code, out, _err = call("provenance", page, "--again", tmp_path / "c.html", "--workspace", place)
    assert code == 2
    assert "figures" in out
    assert "differ" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x.docx", "--page", "overview"], ".pptx, .pdf, .html"),
        (["x.svg", "--page", "overview"], "for a map"),
        (["x.pptx", "--page", "moon"], "not known"),
        (["x.pptx", "--page", "firm:无此企业"], "无此企业"),
        (["x.pptx", "--page", "screening:moon"], "profile"),
        (["x.zip", "--page", "firms"], "needs a folder"),
    ],
)
def test_a_briefing_that_cannot_be_made_says_what_to_do(call, place, tmp_path, arguments, said):
    target = tmp_path / arguments[0]
    code, _out, err = call("brief", target, *arguments[1:], "--workspace", place)
    assert code == 2
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_goals_json_tells_status_rule_and_source(call, place: Path) -> None:
    code, out, err = call("goals", "--json", "--as-of", "2026-11-22", "--workspace", place)
    assert code == 0, err
    targets = {row["target_id"]: row for row in json.loads(out)["targets"]}
    assert len(targets) == 128
    core = targets["S18-2025-03"]
    assert core["status"] == "not_comparable"
    assert "1300" in core["nearest"]
    assert all(row["rule_zh"] for row in targets.values())


def test_goals_observe_adds_to_the_ledger(call, tmp_path: Path, place: Path) -> None:
    arguments = ["AI_FIRMS", "1200", "--unit", "家", "--period", "2025", "--source", "公报"]
    code, out, err = call("goals", "observe", *arguments, "--workspace", place)
    assert code == 0, err
    again, _out, err = call("goals", "observe", *arguments, "--workspace", place)
    assert again == 2
    assert "added" in out
    bad = call("goals", "observe", "AI_FIRMS", "many", *arguments[2:], "--workspace", place)
    assert bad[0] == 2
    assert "many" in bad[2]


def test_goals_are_shown_where_nothing_may_be_written(call, place: Path, monkeypatch) -> None:
    monkeypatch.setattr("clusters.ledger.sqlite.why_read_only", lambda _file: "the disk is locked")
    code, out, err = call("goals", "--json", "--workspace", place)
    assert code == 0, err
    assert len(json.loads(out)["targets"]) == 128
    values = ["--unit", "家", "--period", "2024", "--source", "公报"]
    code, _out, err = call("goals", "observe", "AI_FIRMS", "1", *values, "--workspace", place)
    assert code == 2
    assert "can only be read: the disk is locked" in err


def test_snapshots_marks_the_published_one(call, place: Path) -> None:
    code, out, _err = call("snapshots", "--workspace", place, "--json")
    assert code == 0
    listed = json.loads(out)
    assert [s["published"] for s in listed].count(True) == 1


def test_doctor_finds_everything_in_order(call, place: Path) -> None:
    code, out, err = call("doctor", "--workspace", place)
    assert code == 0, out + err
    assert "FAILED" not in out


def test_brief_writes_a_picture_with_provenance(call, place: Path, tmp_path: Path) -> None:
    from clusters.export.provenance import read_provenance

    target = tmp_path / "map.png"
    code, _out, err = call("brief", target, "--area", "510100", "--workspace", place)
    assert code == 0, err
    assert target.read_bytes().startswith(b"\x89PNG")
    told = read_provenance(target)
    assert told.snapshot == workspace.published_id(place)
    assert told.command.startswith("clusters brief")


def test_help_of_every_command_has_an_example(call) -> None:
    code, out, _err = call("--help")
    assert code == 0
    for command in ("run", "check", "locate", "measure", "export", "goals", "snapshots", "app"):
        assert command in out
        assert "Example: clusters " in call(command, "--help")[1]


def test_check_survives_findings_without_a_value(call, tmp_path: Path) -> None:
    file = tmp_path / "e.csv"
    file.write_text(
        "企业名称,注册地址,电话\n甲公司,成都市武侯区,13812345678\n,成都市武侯区,\n",
        encoding="utf-8",
    )
    code, out, err = call("check", file, "--report", tmp_path / "r.xlsx")
    assert code == 0, err
    assert "1 rejected" in out
    assert (tmp_path / "r.xlsx").exists()


def test_measure_by_a_column_nobody_filled_says_so(call, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("企业名称,注册地址\n甲机器人公司,成都市武侯区\n", encoding="utf-8")
    assert call("run", file, "--workspace", tmp_path / "w")[0] == 0
    code, _out, err = call(
        "measure", tmp_path / "m.csv", "--weight", "revenue", "--workspace", tmp_path / "w"
    )
    assert code == 2
    assert "revenue_cny" in err


def test_a_level_without_a_placed_firm_is_measured_as_empty(call, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("企业名称,注册地址\n甲机器人公司,成都市\n", encoding="utf-8")
    assert call("run", file, "--workspace", tmp_path / "w")[0] == 0
    target = tmp_path / "m.parquet"
    code, _out, err = call("measure", target, "--by", "county", "--workspace", tmp_path / "w")
    assert code == 0, err
    table = pd.read_parquet(target)
    assert (table[table["metric"] == "count"]["value"] == 0).all()
    shares = table[table["metric"] == "share"]
    assert shares["value"].isna().all()
    assert (shares["note"] != "").all()


def test_compare_json_is_strict(call, place: Path, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("企业名称,注册地址\n甲餐饮公司,成都市武侯区\n", encoding="utf-8")
    first = workspace.published_id(place)
    assert call("run", file, "--workspace", tmp_path / "w")[0] == 0
    second = workspace.published_id(tmp_path / "w")
    (tmp_path / "w" / "snapshots" / first).symlink_to(place / "snapshots" / first)
    code, out, err = call("compare", first, second, "--json", "--workspace", tmp_path / "w")
    assert code == 0, err
    told = json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert len(told["entered"]) == 1


def test_a_wrong_setting_is_the_callers_fault(call, monkeypatch, place: Path) -> None:
    from clusters.settings import get_settings

    monkeypatch.setenv("CLUSTERS_LANGUAGE", "xx")
    get_settings.cache_clear()
    try:
        code, _out, err = call("goals", "--workspace", place)
    finally:
        get_settings.cache_clear()
    assert code == 2
    assert "CLUSTERS_LANGUAGE" in err


def test_located_csv_has_the_columns_programs_rely_on(call, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("企业名称,注册地址\n甲公司,成都市郫县红光镇\n", encoding="utf-8")
    code, _out, err = call("locate", file, tmp_path / "out.csv")
    assert code == 0, err
    table = pd.read_csv(tmp_path / "out.csv", dtype=str, encoding="utf-8-sig")
    wanted = {
        "lon",
        "lat",
        "precision",
        "radius_m",
        "prefecture_code",
        "county_code",
        "subdistrict",
        "zone_ids",
        "zone_evidence",
        "park_ids",
        "located_by",
        "evidence",
        "location_conflict",
    }
    assert wanted <= set(table.columns)
    assert table["county_code"].iloc[0] == "510117"


def test_a_port_that_is_taken_is_told_before_anything_is_built(call, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _out, err = call("app", "--port", port, "--workspace", tmp_path / "w")
    assert code == 2
    assert f"--port {port}" in err
    assert f"--port {port + 1}" in err
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("group", [[], ["goals"], ["firms"], ["zones"], ["parks"], ["merges"]])
def test_a_list_of_commands_fits_a_terminal_of_80_columns(call, monkeypatch, group) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _code, out, _err = call(*group, "--help")
    commands = out.split("Commands:")[1].strip().splitlines()
    assert len(commands) > 2
    assert [line for line in commands if line.endswith("...") or len(line) > 80] == []


def test_version_is_told(call) -> None:
    code, out, _err = call("--version")
    assert code == 0
    assert re.fullmatch(r"clusters \d+\.\d+\.\d+\n", out)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "电话 holds personal data"), ("zh", "“电话”是个人信息")]
)
def test_check_names_the_column_in_the_language_asked_for(
    call, tmp_path: Path, language: str, said: str
) -> None:
    file, report = tmp_path / "firms.csv", tmp_path / "report.xlsx"
    file.write_text("企业名称,注册地址,电话\n甲公司,成都市武侯区,1\n", encoding="utf-8")
    code, out, err = call("check", file, "--report", report, "--language", language)
    assert code == 0, err
    assert out.count(said) == 2  # of the rule, and of the finding
    assert "{column}" not in out
    findings = pd.read_excel(report, sheet_name=0, engine="calamine")
    assert findings.iloc[:, 6].str.contains(said).any()


def test_a_rule_found_in_many_columns_names_three_of_them(call, tmp_path: Path) -> None:
    file = tmp_path / "firms.csv"
    file.write_text(
        "企业名称,注册地址,电话,手机,邮箱,联系人\n甲公司,成都市,1,1,1,1\n", encoding="utf-8"
    )
    _, out, _ = call("check", file)
    assert "电话, 手机, 邮箱, … holds personal data" in out
    _, out, _ = call("check", file, "--language", "zh")
    assert "“电话、手机、邮箱、…”是个人信息" in out


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--prefecture", "999999"),
        ("--segment", "nosuch"),
        ("--zone", "nowhere"),
        ("--park", "nowhere"),
    ],
)
def test_export_refuses_a_filter_nobody_can_pass(
    call, place: Path, tmp_path: Path, option: str, value: str
) -> None:
    target = tmp_path / "x.csv"
    code, _out, err = call("export", target, option, value, "--workspace", place)
    assert code == 2
    assert f"{option} '{value}' is not known; there are" in err
    assert not target.exists()


def test_export_takes_a_place_by_its_name(call, place: Path, tmp_path: Path) -> None:
    by_code, by_name = tmp_path / "code.csv", tmp_path / "name.csv"
    for target, value in ((by_code, "510100"), (by_name, "成都市")):
        code, _out, err = call("export", target, "--prefecture", value, "--workspace", place)
        assert code == 0, err
    assert by_code.read_bytes() == by_name.read_bytes()
    assert len(pd.read_csv(by_code)) > 100


def test_goals_fit_a_terminal(call, place: Path) -> None:
    code, out, err = call("goals", "--as-of", "2026-11-22", "--workspace", place)
    assert code == 0, err
    line = next(line for line in out.splitlines() if line.startswith("MY-2025-01"))
    assert line.split() == [
        "MY-2025-01", "绵阳市", "机器人产业产值", ">", "30", "亿元", "2025", "30", "亿元", "(2025)", "reached"
    ]  # fmt: skip


def test_help_needs_no_tables() -> None:
    code = (
        "import sys; sys.argv = ['clusters']; import clusters.cli; print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
