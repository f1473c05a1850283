"""The data catalogue: what each shipped file holds and what its own source columns say of it."""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from clusters.settings import get_settings

HERE = Path(__file__).resolve().parent
_LINKS = ("source_url", "source_link", "url")
_DATES = ("as_of", "published", "year", "period_end", "period")
_WORDS = {
    "title": ("数据目录", "Data catalogue"),
    "lead": (
        "随平台提供的全部数据：内容、来源、许可、局限，以及从文件中数出的行数、链接数和可信度。每次运行的快照都记下各目录的版本；"
        "逐行的来源写在文件自己的来源列里。",
        "All data shipped with the platform: content, source, licence, limits, and what is counted from the "
        "files themselves. Every snapshot notes the version of each folder; the source of a row stands in the "
        "file's own columns.",
    ),
    "what": ("内容", "What"),
    "source": ("来源", "Source"),
    "licence": ("许可", "Licence"),
    "limits": ("局限", "Limits"),
    "file": ("文件", "file"),
    "rows": ("行数", "rows"),
    "links": ("带链接的行", "rows with a link"),
    "when": ("所及年份", "years"),
    "confidence": ("可信度 高/中/低", "confidence high/medium/low"),
    "columns": ("列", "Columns"),
    "more": ("完整说明（英文）", "The whole README"),
}


class Shipped(NamedTuple):
    """What a file says of itself."""

    name: str
    rows: str
    links: str
    years: str
    confidence: str
    columns: tuple[str, ...]
    digest: str


def _word(key: str, language: str) -> str:
    return _WORDS[key][language == "en"]


def page(language: str) -> str:
    """Return the catalogue in a language."""
    folders = tomllib.loads((HERE / "catalogue.toml").read_text(encoding="utf-8"))
    parts = [f"# {_word('title', language)}\n\n{_word('lead', language)}\n"]
    for folder, told in folders.items():
        parts.append(_folder(folder, told, language))
    return "\n".join(parts)


def _folder(folder: str, told: dict[str, list[str]], language: str) -> str:
    english = language == "en"
    stop = ": " if english else "："
    facts = "".join(
        f"- **{_word(key, language)}**{stop}{told[key][english]}\n"
        for key in ("what", "source", "licence", "limits")
    )
    head = [_word(key, language) for key in ("file", "rows", "links", "when", "confidence")]
    files = [
        shipped(path)
        for path in sorted((get_settings().data / folder).iterdir())
        if path.suffix != ".md"
    ]
    rows = [
        f"| `{one.name}` | {one.rows} | {one.links} | {one.years} | {one.confidence} | `{one.digest}` |"
        for one in files
    ]
    columns = "".join(
        f"- `{one.name}`{stop}{', '.join(f'`{c}`' for c in one.columns)}\n"
        for one in files
        if one.columns
    )
    return (
        f"## {told['title'][english]} (`data/{folder}`)\n\n{facts}\n"
        f"| {' | '.join(head)} | SHA-256 |\n|{'---|' * (len(head) + 1)}\n"
        + "\n".join(rows)
        + "\n\n"
        f'??? note "{_word("columns", language)}"\n\n'
        + "".join(f"    {line}\n" for line in columns.splitlines())
        + f"\n[{_word('more', language)}](data/{folder}.md)\n"
    )


def shipped(path: Path) -> Shipped:
    """Return what can be counted in a shipped file."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    if path.suffix == ".csv":
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    elif path.suffix == ".parquet":
        table = pd.read_parquet(path)
    elif path.suffix == ".geojson":
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        table = pd.DataFrame([feature["properties"] for feature in features])
    else:
        return Shipped(path.name, "–", "", "", "", (), digest)
    return Shipped(
        path.name,
        str(len(table)),
        _linked(table),
        _years(table),
        _trust(table),
        tuple(table.columns),
        digest,
    )


def _linked(table: pd.DataFrame) -> str:
    column = next((name for name in _LINKS if name in table), None)
    return "" if column is None else str(int(table[column].str.contains("://").sum()))


def _years(table: pd.DataFrame) -> str:
    column = next((name for name in _DATES if name in table), None)
    if column is None:
        return ""
    years = table[column].astype(str).str.extract(r"((?:19|20)\d\d)")[0].dropna()
    return "" if years.empty else "–".join(dict.fromkeys((years.min(), years.max())))


def _trust(table: pd.DataFrame) -> str:
    if "confidence" not in table:
        return ""
    count = table["confidence"].value_counts()
    return " / ".join(str(int(count.get(one, 0))) for one in ("high", "medium", "low"))
