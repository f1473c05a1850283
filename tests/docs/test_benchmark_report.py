"""The report of the benchmarks: ratios by the right side, absent peers told, the READMEs up to date."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.axes import Axes

ROOT = Path(__file__).resolve().parents[2]


def figure(case: str, name: str, value: float | None, unit: str = "s", **facts: object) -> dict:
    plain = {
        "own": name.startswith("clusters"),
        "size": None,
        "memory_mb": None,
        "partial": False,
        "note": "",
    }
    return {"case": case, "name": name, "value": value, "unit": unit} | plain | facts


@pytest.fixture
def pages(script):
    return script("benchmark_pages")


@pytest.fixture
def report() -> dict:
    figures = [
        figure("Reading addresses", "clusters, text to county, zone, level", 100_000.0, "/s"),
        figure("Reading addresses", "jionlp", 400.0, "/s"),
        figure("Reading addresses", "cpca", 150_000.0, "/s"),
        figure("Density clusters of 100 000 points", "clusters", 2.0, memory_mb=500),
        figure("Density clusters of 100 000 points", "scikit-learn", 36.0, note="best | of two"),
        figure("Density clusters of 100 000 points", "hdbscan", None, note="not installed"),
        *(figure("Growth: runs", "clusters", n / 1e4, size=n) for n in (10_000, 100_000)),
    ]
    topic = {"topic": "metrics", "seconds": 12.3, "date": "2026-11-23", "failed": False}
    return {
        "date": "2026-11-23",
        "clusters": "1.0.0",
        "scale": 1.0,
        "machine": {
            "processor": "a processor",
            "cores": 2,
            "memory_gb": 16.0,
            "system": "Linux x86_64",
            "python": "3.11.9",
        },
        "versions": {"numpy": "2.2"},
        "peers": {"cpca": "0.5.5", "hdbscan": None},
        "topics": [topic | {"figures": figures}],
    }


def test_a_ratio_says_how_many_times_better_ours_is(pages, report) -> None:
    by = {(f["case"], f["name"]): f for f in report["topics"][0]["figures"]}
    read = by["Reading addresses", "clusters, text to county, zone, level"]
    assert pages.against(by["Reading addresses", "jionlp"], read) == pytest.approx(250)
    assert pages.against(by["Reading addresses", "cpca"], read) == pytest.approx(2 / 3)
    found = by["Density clusters of 100 000 points", "clusters"]
    slow = by["Density clusters of 100 000 points", "scikit-learn"]
    assert pages.against(slow, found) == pytest.approx(18)
    assert pages.against(found, found) is None
    assert pages.against(read, found) is None


def test_where_a_peer_is_ahead_comes_first_and_nothing_is_hidden(pages, report) -> None:
    assert pages.behind(report) == ["- Reading addresses: cpca × 1.50"]
    for language, title in (
        ("en", "Where a peer is ahead or level"),
        ("zh", "对方更好或持平的地方"),
    ):
        text = pages.page(report, language)
        assert text.index(title) < text.index("jionlp")
        assert "not installed" in text
        assert "best \\| of two" in text
        assert "[100,000]" in text
        assert "| hdbscan |" in text


def test_the_table_of_the_readme_names_the_best_peer(pages, report) -> None:
    english = pages.readme_table(report, "en")
    assert "| Addresses read a second | 100,000 | 150,000 (cpca) | 0.67 |" in english
    assert "| Density clusters of 100 000 points, s | 2 | 36 (scikit-learn) | 18.0 |" in english
    assert "docs/benchmarks/index.md" in english
    assert "十万个点的密度聚类" in pages.readme_table(report, "zh")


def test_a_script_that_does_less_is_told_and_is_no_rival(pages, report) -> None:
    floor = figure(
        "Density clusters of 100 000 points", "a grid", 0.1, partial=True, note="counts only"
    )
    report["topics"][0]["figures"].append(floor)
    assert "36 (scikit-learn)" in pages.readme_table(report, "en")
    assert "- Density clusters of 100 000 points: a grid × 20.00 (counts only)" in pages.behind(
        report
    )


def test_what_the_table_shows_as_one_is_level_whoever_is_a_hair_ahead(pages, report) -> None:
    case = "County of real addresses: right of answered"
    report["topics"][0]["figures"] = [
        figure(case, "clusters, 5 folds", 0.9931, "share"),
        figure(case, "cpca", 0.9942, "share"),
        figure(case, "jionlp", 0.9911, "share"),
        figure(case, "cnloc", 1.0, "share"),
        figure(case, "addressparser", 0.974, "share"),
    ]
    ours = "- County of real addresses: right of answered: "
    assert pages.behind(report) == [
        f"{ours}cnloc × 1.01",
        f"{ours}cpca level",
        f"{ours}jionlp level",
    ]
    assert pages.behind(report, english=False)[1].endswith("cpca 持平")


def test_a_benchmark_without_a_sheet_is_shown_as_it_spoke(pages, report) -> None:
    report["topics"].append(
        {"topic": "load", "seconds": 1.0, "date": "2026-11-23", "failed": True}
        | {"figures": [], "said": "3 users, 12 ms"}
    )
    text = pages.page(report, "en")
    assert "```text\n3 users, 12 ms\n```" in text
    assert "This benchmark failed" in text


def test_growth_is_drawn(pages, report, tmp_path: Path) -> None:
    pages.write(report, tmp_path)
    charts = [tmp_path / f"growth.{language}.png" for language in ("en", "zh")]
    assert set(tmp_path.iterdir()) == {*charts, tmp_path / "index.md", tmp_path / "index.zh.md"}
    assert all(chart.stat().st_size < 200_000 for chart in charts)


def test_the_chart_speaks_the_language_of_its_page(
    pages, report, tmp_path: Path, monkeypatch
) -> None:
    said = []
    legend = Axes.legend
    monkeypatch.setattr(
        Axes,
        "legend",
        lambda axes, **how: (
            said.extend(
                [axes.get_xlabel(), axes.get_ylabel(), *axes.get_legend_handles_labels()[1]]
            ),
            legend(axes, **how),
        )[1],
    )
    report["topics"][0]["figures"] = [
        figure("Growth: locating addresses", "clusters", n / 1e4, size=n) for n in (100, 1000)
    ]
    pages.chart(report, tmp_path / "zh.png", english=False)
    pages.chart(report, tmp_path / "en.png")
    assert said[:3] == ["行数或点数", "秒", pages.told("locating addresses", english=False)]
    assert not any(letter.isascii() for letter in "".join(said[:3]))
    assert said[3:] == ["rows or points", "seconds", "locating addresses"]


def test_pages_and_readmes_hold_the_kept_report(pages) -> None:
    report = pages.load()
    for language, name in (("en", "index.md"), ("zh", "index.zh.md")):
        kept = (pages.FOLDER / name).read_text(encoding="utf-8")
        assert kept == pages.page(report, language), "run docs/benchmark_pages.py"
    for name, text in pages.readmes(report).items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, "run docs/benchmark_pages.py"
    assert report is None or report["scale"] == 1


def test_the_chinese_page_speaks_chinese_and_keeps_the_numbers(pages) -> None:
    case = "Map of 10 000 firms: first map s"
    assert pages.told(case, english=True) == case
    assert pages.told(case, english=False) == "10 000 家企业的地图：首次显示"
    note = "29 times, longest 1.15 s"
    assert pages.told(note, english=False) == "29 次，最长 1.15 秒"
    assert pages.told("no such phrase (cpca)", english=False) == "no such phrase（cpca）"


def test_every_phrase_of_the_kept_report_has_chinese_words(pages) -> None:
    report = pages.load()
    told = {
        phrase
        for topic in (report or {"topics": []})["topics"]
        for figure in topic["figures"]
        for key in ("case", "name", "note")
        for phrase in pages.phrases(figure[key])
    }
    assert told - pages.words().keys() == set()


def test_every_headline_is_a_case_of_a_benchmark(pages) -> None:
    source = "".join(p.read_text("utf-8") for p in (ROOT / "benchmarks").glob("*.py"))
    for one in pages.HEADLINES:
        words = one.case.replace("100 000 firms", "").replace("100 parks", "").split(":")
        last = words[-1].split(",")[0].strip() or words[0]
        assert last.split("  ")[0] in source, one.case


@pytest.mark.slow
def test_one_command_measures_and_reports(tmp_path: Path) -> None:
    target = ROOT / "build" / "benchmarks" / "report.json"
    done = subprocess.run(
        [sys.executable, "benchmarks/run.py", "screening"],
        cwd=ROOT,
        env=os.environ | {"BENCHMARK_SCALE": "0.01"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(target.read_text(encoding="utf-8"))
    assert report["scale"] == 0.01
    (topic,) = [one for one in report["topics"] if one["topic"] == "screening"]
    assert {one["name"] for one in topic["figures"]} >= {"clusters", "pymcdm in a loop"}
    assert "pymcdm in a loop" in (target.parent / "index.md").read_text(encoding="utf-8")
