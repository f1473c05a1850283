"""The pages of metrics: definition, formula, limits and a worked example of each, per language.

Definitions come from the table the exports carry, limits from the texts of the app, formulas and
examples from ``metrics.toml``; ``tests/docs`` runs the examples.
"""

import tomllib
from pathlib import Path
from typing import Any, Literal

from clusters.export.columns import known_columns
from clusters.export.definitions import Definition, definitions
from clusters.settings import shipped_root

Language = Literal["zh", "en"]
HERE = Path(__file__).resolve().parent
_TEXTS = shipped_root() / "src" / "clusters" / "ui" / "texts"
_WORDS = {
    "title": ("指标", "Metrics"),
    "lead": (
        "长表一行一个数值：level、area、scheme、industry、weight、metric、value、low、high、doubt_share、p、q、n、"
        "left_out、method、note。无定义的数值为空，note 写明原因。登记数据中出现的每个行业在每个地区、每一级都有一行，"
        "没有企业落到这一级、或规模全为零的行业也不例外；功能区与园区相互重叠，只有地区与行业的单元格。"
        "下面的例子由测试实际运行，都从这几行开始：",
        "The long metric table has one value a row: level, area, scheme, industry, weight, metric, value, low, "
        "high, doubt_share, p, q, n, left_out, method, note. An undefined value is missing and its note says "
        "why. Every industry that occurs in the registry has its row in every area and at every level, also one "
        "of which no firm is placed or whose firms all have size 0; zones and parks overlap, so they have cells "
        "of an area and an industry only. The examples below are run by the tests; all of them start from these lines:",
    ),
    "notation": (
        "记号：r 地区，i 行业，k 企业；N 企业数（或从业人数、注册资本、营业收入）；s、x 为行业与全部在各地的份额；"
        "z 为一家企业占行业的份额；P 常住人口，Y 地区生产总值，A 面积；w、W 空间权重；d 距离。",
        "Notation: r area, i industry, k firm; N number of firms (or employees, registered capital, revenue); "
        "s and x shares of the areas in the industry and in everything; z share of a firm in its industry; "
        "P residents, Y output, A surface; w, W spatial weights; d distance.",
    ),
    "other": ("英文名", "In Chinese"),
    "reading": ("怎么读", "Reading"),
    "range": ("取值范围", "Range"),
    "reference": ("出处", "Reference"),
    "limits": ("局限", "Limits"),
    "by_hand": ("手算", "By hand"),
    "own": ("定义自明", "by definition"),
}


def _word(key: str, language: Language) -> str:
    return _WORDS[key][language == "en"]


def examples() -> tuple[str, dict[str, dict[str, Any]]]:
    """Return the lines every example starts from, and formula and example of each metric."""
    table = tomllib.loads((HERE / "metrics.toml").read_text(encoding="utf-8"))
    return table.pop("setup"), table


def page(language: Language) -> str:
    """Return the page of all metrics in a language."""
    setup, worked = examples()
    limits = tomllib.loads((_TEXTS / "methods.toml").read_text(encoding="utf-8"))
    parts = [
        f"# {_word('title', language)}\n",
        f"{_word('lead', language)}\n",
        f"```pycon\n{setup.strip()}\n```\n",
        f"{_word('notation', language)}\n",
    ]
    for metric, definition in definitions().items():
        parts.append(_entry(definition, worked[metric], limits[f"limit_{metric}"], language))
    return "\n".join(parts)


def _entry(item: Definition, worked: dict[str, Any], limits: list[str], language: Language) -> str:
    english = language == "en"
    by_hand = worked["by_hand"]
    stop = ": " if english else "："
    facts = "".join(
        f"- {_word(key, language)}{stop}{text}\n"
        for key, text in (
            ("other", item.name("zh" if english else "en")),
            ("reading", item.reading(language)),
            ("range", item.range),
            ("reference", item.reference or _word("own", language)),
            ("limits", limits[english]),
        )
    )
    return (
        f"## {item.name(language)} (`{item.metric}`)\n\n"
        f"$${worked['tex']}$$\n\n{facts}\n"
        f"```pycon\n{str(worked['code']).strip()}\n```\n\n"
        f"{_word('by_hand', language)}{stop}{by_hand[english]}\n"
    )


def columns() -> str:
    """Return every column of exported tables with its names."""
    head = (
        "# Columns of exported tables · 导出表的列\n\n"
        "Without `--language` a table has the names of the first column, which programs may rely on; with it "
        "the words of the second or third. Amounts are in yuan, positions in WGS 84 degrees, lists are joined "
        "by `;` in CSV and XLSX. Tables of metrics by area have further columns `metric:industry`, "
        "`metric:industry:low`, `…:high` and `…:q`.\n\n"
        "不加 `--language` 时列名为第一列（程序可依赖），加上则为第二或第三列。金额单位为元，坐标为 WGS 84 度，"
        "CSV 与 Excel 中的多个取值用 `;` 连接。\n\n"
        "| column | 中文 | English | kind |\n|---|---|---|---|\n"
    )
    rows = [
        f"| `{one.column}` | {one.zh} | {one.en} | {one.kind} |" for one in known_columns().values()
    ]
    return head + "\n".join(rows) + "\n"
