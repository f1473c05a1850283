"""The report of the benchmarks as pages, charts of growth, and the table of the READMEs."""

import json
import re
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "benchmarks"
START, END = "<!-- figures: begin -->", "<!-- figures: end -->"
READMES = {"README.md": "en", "README.zh-CN.md": "zh"}
_HIGHER = {"/s", "share"}
_JOINTS = re.compile(r"(: |, |; | \(|\))")
_NUMBER = re.compile(r"\d+(?:[ ,.]\d+)*")
_CODE = re.compile(r"[\w.]*[._][\w.]+")  # no words: workbook_links, .gpkg, geopandas.sjoin
_MARKS = {": ": "：", ", ": "，", "; ": "；", " (": "（", ")": "）"}
_TOPICS = {
    "harmful": ("拒收有害文件", "Refusing harmful files"),
    "load": ("多人同时使用", "Many users at once"),
    "locating": ("定位", "Locating"),
    "map": ("地图", "The map in a browser"),
    "metrics": ("指标", "Metrics"),
    "scale": ("大名录", "Large registries"),
    "screening": ("园区筛选", "Screening"),
    "taxonomy": ("识别人工智能企业", "Telling AI firms"),
    "whole": ("全程与导出", "Whole run and exports"),
}


class Headline(NamedTuple):
    """One row of the READMEs: which case, ours and the peers to show, and what to call it."""

    case: str
    own: str
    zh: str
    en: str
    size: int | None = None


HEADLINES = (
    Headline(
        "County of real addresses: right of all",
        "clusters, 5 folds",
        "真实地址判对区县（全部记录）",
        "County right, of all real addresses",
    ),
    Headline(
        "Reading addresses",
        "clusters, text to county, zone, level",
        "读地址，每秒条数",
        "Addresses read a second",
    ),
    Headline(
        "Assigning a million points to counties",
        "clusters",
        "百万个点归入区县，秒",
        "A million points to counties, s",
    ),
    Headline(
        "Kd of 10 000 firms, every pair",
        "clusters",
        "一万家企业的距离函数，秒",
        "Distance function of 10 000 firms, s",
    ),
    Headline(
        "Local Moran, 100 489 areas, 999 permutations",
        "clusters",
        "十万个地区的局部莫兰指数，秒",
        "Local Moran of 100 000 areas, s",
    ),
    Headline(
        "Density clusters of 100 000 points",
        "clusters",
        "十万个点的密度聚类，秒",
        "Density clusters of 100 000 points, s",
    ),
    Headline(
        "LQ and Ellison-Glaeser, 5 million plants",
        "clusters",
        "五百万家企业的区位商与集聚指数，秒",
        "Quotients and agglomeration of 5 million plants, s",
    ),
    Headline(
        "Stability of 100 parks, 12 criteria, 10 000 draws",
        "clusters",
        "百个园区名次的一万次抽取，秒",
        "10 000 draws of the ranks of 100 parks, s",
    ),
    Headline(
        "Map of 100 000 firms: first map s",
        "clusters",
        "十万家企业的地图首次显示，秒",
        "First map of 100 000 firms, s",
    ),
    Headline(
        "50 users: filter, p95",
        "clusters",
        "五十人同时使用，筛选响应（95 分位），秒",
        "A filter while 50 use it at once (95th percentile), s",
    ),
    Headline(
        "Growth: registry to published snapshot",
        "clusters",
        "十万家企业从名录到快照，秒",
        "100 000 firms from registry to snapshot, s",
        100_000,
    ),
    Headline(
        "Export of 100 000 firms, .gpkg",
        "clusters",
        "十万家企业导出 GeoPackage，秒",
        "100 000 firms to GeoPackage, s",
    ),
)


@cache
def words() -> dict[str, str]:
    """Return what the benchmarks say, phrase by phrase, in Chinese; # stands for a number."""
    return tomllib.loads((ROOT / "docs" / "benchmark_words.toml").read_text(encoding="utf-8"))


def phrases(text: str) -> list[str]:
    """Return the phrases of a case, a name or a note, each number as #; no codes or endings."""
    parts = [_NUMBER.sub("#", one) for one in _JOINTS.split(text)[::2]]
    return [one for one in parts if re.search("[A-Za-z]", one) and not _CODE.fullmatch(one)]


def told(text: str, *, english: bool) -> str:
    """Return what a benchmark says in the language of a page; an unknown phrase stays as it is."""
    if english:
        return text
    parts = _JOINTS.split(text)
    for at, part in enumerate(parts):
        if at % 2:
            parts[at] = _MARKS[part]
        elif (known := words().get(_NUMBER.sub("#", part))) is not None:
            numbers = iter(_NUMBER.findall(part))
            parts[at] = re.sub("#", lambda _, left=numbers: next(left), known)
    return "".join(parts)


def load() -> dict[str, Any] | None:
    """Return the report that is kept, if one is."""
    file = FOLDER / "report.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def shown(value: float, unit: str) -> str:
    """Return a value with three digits that matter."""
    if unit == "share":
        return f"{100 * value:.1f} %"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def against(figure: dict[str, Any], first: dict[str, Any]) -> float | None:
    """Return how many times better ours is than a peer: above 1 we are ahead."""
    if figure["own"] or not first["own"] or figure["unit"] != first["unit"]:
        return None
    theirs, ours = figure["value"], first["value"]
    if not theirs or not ours:
        return None
    return ours / theirs if figure["unit"] in _HIGHER else theirs / ours


def cases(topic: dict[str, Any]) -> dict[tuple[str, int | None], list[dict[str, Any]]]:
    """Return the figures of a topic by case and size."""
    found: dict[tuple[str, int | None], list[dict[str, Any]]] = defaultdict(list)
    for figure in topic["figures"]:
        found[figure["case"], figure["size"]].append(figure)
    return found


def behind(report: dict[str, Any], *, english: bool = True) -> list[str]:
    """Return what a peer does better or as well, worst first; level is a ratio shown as 1.00."""
    found = []
    for topic in report["topics"]:
        for (case, size), figures in cases(topic).items():
            for figure in figures[1:]:
                times = against(figure, figures[0])
                level = times is not None and f"{times:.2f}" == "1.00"
                if times is not None and (times < 1 or level):
                    named = told(case, english=english) + (f" [{size:,}]" if size else "")
                    note = told(f" ({figure['note']})", english=english) if figure["note"] else ""
                    colon = ": " if english else "："
                    who = told(figure["name"], english=english)
                    much = ("level" if english else "持平") if level else f"× {1 / times:.2f}"
                    found.append((times, f"- {named}{colon}{who} {much}{note}"))
    return [line for _, line in sorted(found)]


def page(report: dict[str, Any] | None, language: str) -> str:
    """Return the page of the report in a language."""
    english = language == "en"
    head = (
        "# Benchmarks\n\n"
        "One command measures everything on your machine: `make bench`; "
        "`python benchmarks/run.py metrics` one part. Peers live in an environment of their own: "
        "[how to make it](../../benchmarks/peers/README.md). A ratio compares two values of the same "
        "run and says how many times better ours is; below 1 the peer is ahead. Only ratios within one "
        "run mean anything.\n"
        if english
        else "# 性能报告\n\n"
        "一条命令在您的机器上测全部：`make bench`；只测一部分用 `python benchmarks/run.py metrics`。"
        "对比软件装在单独的环境里（[安装办法](../../benchmarks/peers/README.md)）。"
        "“倍数”比较同一次运行中的两个数值，表示我们好多少倍；小于 1 表示对方更好。"
        "不同次运行的数值不可比较。\n"
    )
    if report is None:
        none = "No report is kept in this checkout yet." if english else "本目录中还没有报告。"
        return f"{head}\n{none}\n"
    parts = [head, _about(report, english), _behind(report, english)]
    parts += [_growth(language)] if (FOLDER / f"growth.{language}.png").exists() else []
    parts += [_topic(topic, english) for topic in report["topics"]]
    return "\n".join(parts)


def _about(report: dict[str, Any], english: bool) -> str:
    machine, versions = report["machine"], report["versions"]
    absent = [name for name, version in report["peers"].items() if version is None]
    there = ", ".join(f"{name} {v}" for name, v in report["peers"].items() if v)
    rows = [
        ("Date" if english else "日期", report["date"]),
        ("Version" if english else "版本", f"clusters {report['clusters']}"),
        (
            "Machine" if english else "机器",
            f"{machine['processor']}, {machine['cores']} × CPU, {machine['memory_gb']} GB, "
            f"{machine['system']}, Python {machine['python']}",
        ),
        ("Libraries" if english else "组件", ", ".join(f"{k} {v}" for k, v in versions.items())),
        ("Peers" if english else "对比软件", there or "–"),
        ("Absent peers" if english else "缺席的对比软件", ", ".join(absent) or "–"),
    ]
    return "| | |\n|---|---|\n" + "\n".join(f"| {k} | {v} |" for k, v in rows) + "\n"


def _behind(report: dict[str, Any], english: bool) -> str:
    lines = behind(report, english=english)
    title = "## Where a peer is ahead or level" if english else "## 对方更好或持平的地方"
    none = "Nowhere in this run." if english else "这次运行中没有。"
    return f"{title}\n\n" + ("\n".join(lines) or none) + "\n"


def _growth(language: str) -> str:
    english = language == "en"
    title = "## Growth" if english else "## 随规模增长"
    text = (
        "Seconds against size, both logarithmic; the dashed line grows in proportion."
        if english
        else "时间（秒）随规模的变化，双对数坐标；虚线为等比例增长。"
    )
    return f"{title}\n\n![{text}](growth.{language}.png)\n\n{text}\n"


def _topic(topic: dict[str, Any], english: bool) -> str:
    name = topic["topic"]
    zh, en = _TOPICS.get(name, (name, name))
    again = f"`python benchmarks/run.py {name}`"
    seconds = f"{topic['seconds']:,.0f} s"
    lead = (
        f"{again}, {seconds}, {topic['date']}"
        if english
        else f"{again}，{seconds}，{topic['date']}"
    )
    if topic["failed"]:
        lead += ". **This benchmark failed.**" if english else "。**这项测试未能完成。**"
    head = (
        "| case | who | value | ratio | peak MB | note |"
        if english
        else "| 项目 | 谁 | 数值 | 倍数 | 内存峰值 MB | 说明 |"
    )
    rows = [
        _row(figure, figures[0], size, english)
        for (_, size), figures in cases(topic).items()
        for figure in figures
    ]
    table = f"{head}\n|---|---|---:|---:|---:|---|\n" + "\n".join(rows) if rows else ""
    if not rows:  # a benchmark that keeps no sheet is shown as it spoke
        table = f"```text\n{topic.get('said', '').strip()}\n```"
    return f"## {en if english else zh}\n\n{lead}\n\n{table}\n"


def _row(figure: dict[str, Any], first: dict[str, Any], size: int | None, english: bool) -> str:
    case = told(figure["case"], english=english) + (f" [{size:,}]" if size else "")
    name = told(figure["name"], english=english)
    value, unit = figure["value"], figure["unit"]
    text = (
        "–" if value is None else f"{shown(value, unit)} {'' if unit == 'share' else unit}".strip()
    )
    times = None if value is None else against(figure, first)
    memory = "" if figure["memory_mb"] is None else f"{figure['memory_mb']:,.0f}"
    note = told(figure["note"], english=english).replace("|", "\\|")
    ratio = "" if times is None else f"{times:.2f}"
    return f"| {case} | {name} | {text} | {ratio} | {memory} | {note} |"


def chart(report: dict[str, Any], target: Path, *, english: bool = True) -> None:
    """Draw the growth of every case measured at several sizes, in the words of a page."""
    import matplotlib as mpl  # noqa: PLC0415 - only whoever measures draws

    from clusters.maps.fonts import register  # noqa: PLC0415

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    curves: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for topic in report["topics"]:
        for figure in topic["figures"]:
            if figure["own"] and figure["case"].startswith("Growth: ") and figure["size"]:
                name = told(figure["case"].removeprefix("Growth: "), english=english)
                curves[name].append((figure["size"], figure["value"]))
    if not curves:
        return
    with mpl.rc_context({"font.family": register()}):
        drawn, axes = plt.subplots(figsize=(9, 4.2), dpi=120)
        for name, points in curves.items():
            sizes, seconds = zip(*sorted(points), strict=True)
            axes.loglog(sizes, seconds, marker="o", markersize=3, linewidth=1.2, label=name)
        low, high = axes.get_xlim()
        axes.plot([low, high], [low / 1e5, high / 1e5], "--", color="#9aa5a8", linewidth=0.8)
        axes.set(
            xlabel=told("rows or points", english=english), ylabel=told("seconds", english=english)
        )
        axes.grid(visible=True, which="major", linewidth=0.3)
        axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1))
        drawn.tight_layout()
        drawn.savefig(target, metadata={"Software": None})
        plt.close(drawn)


def write(report: dict[str, Any] | None, folder: Path = FOLDER) -> None:
    """Write the pages, and the charts where there is a report."""
    folder.mkdir(parents=True, exist_ok=True)
    for language, name in (("en", "index.md"), ("zh", "index.zh.md")):
        if report is not None:
            chart(report, folder / f"growth.{language}.png", english=language == "en")
        (folder / name).write_text(page(report, language), encoding="utf-8")


def readme_table(report: dict[str, Any] | None, language: str) -> str:
    """Return the figures of a README: ours, the best peer of the same run, and the ratio."""
    english = language == "en"
    if report is None:
        return (
            "`make bench` measures on your machine and writes the figures here."
            if english
            else "执行 `make bench`，在您的机器上测量并把数字写到这里。"
        )
    rows = [row for one in HEADLINES if (row := _headline(report, one, english))]
    head = "| | clusters | best other | ratio |" if english else "| | clusters | 其他最好 | 倍数 |"
    machine, day = report["machine"], report["date"]
    lead = (
        f"Measured on {machine['cores']} cores, {day}; the ratio says how many times better ours is. "
        "[All figures, and where a peer is ahead](docs/benchmarks/index.md)."
        if english
        else f"{machine['cores']} 核机器，{day} 测得；倍数表示我们好多少倍。"
        "[全部数字，以及对方更好的地方](docs/benchmarks/index.zh.md)。"
    )
    return f"{head}\n|---|---:|---:|---:|\n" + "\n".join(rows) + f"\n\n{lead}"


def _headline(report: dict[str, Any], wanted: Headline, english: bool) -> str | None:
    figures = [
        figure
        for topic in report["topics"]
        for figure in topic["figures"]
        if figure["case"] == wanted.case and figure["size"] == wanted.size and figure["value"]
    ]
    own = next((one for one in figures if one["name"] == wanted.own), None)
    if own is None:
        return None
    rivals = [one for one in figures if not one["partial"]]
    rated = [(times, one) for one in rivals if (times := against(one, own)) is not None]
    name = wanted.en if english else wanted.zh
    value = shown(own["value"], own["unit"])
    if not rated:
        return f"| {name} | {value} | – | – |"
    times, best = min(rated, key=lambda pair: pair[0])
    other = told(f"{shown(best['value'], best['unit'])} ({best['name']})", english=english)
    return f"| {name} | {value} | {other} | {times:.{1 if times >= 1 else 2}f} |"


def readmes(report: dict[str, Any] | None) -> dict[str, str]:
    """Return the READMEs with the figures between their marks."""
    made = {}
    for name, language in READMES.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        before, rest = text.split(START)
        made[name] = f"{before}{START}\n{readme_table(report, language)}\n{END}{rest.split(END)[1]}"
    return made


def write_readmes(report: dict[str, Any] | None) -> None:
    """Put the figures into the READMEs."""
    for name, text in readmes(report).items():
        (ROOT / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(load())
    write_readmes(load())
