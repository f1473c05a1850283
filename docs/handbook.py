"""Build the handbook: one static site in Chinese and English that asks no other host (``make docs``).

A page is a file of this folder; `x.zh.md` is the Chinese version of `x.md`, and where there is none
the English page gets a Chinese lead. READMEs of shipped data and a few files of the root join in.
Everything is staged under ``build/handbook/{zh,en}`` and built to ``site``.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import catalogue
import handbook_tables
import python_pages

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
STAGE = ROOT / "build" / "handbook"
SITE = ROOT / "site"
LANGUAGES = ("zh", "en")
FROM_ROOT = {"SECURITY.md": "security.md", "CHANGELOG.md": "changes.md"} | {
    "CONTRIBUTING.md": "contributing.md"
}
"""Files of the root that are pages, and the names they get."""

_MADE = frozenset({"catalogue.md", "decisions/index.md", "python/index.md"})
"""Pages that are made here and are no file."""

_LEADS = {
    "commands.md": "全部命令及选项，由命令行帮助自动生成，选项名以英文为准。各类使用者常用的命令见使用指南。",
    "settings.md": "全部设置，自动生成。都从环境变量读取，名称以 `CLUSTERS_` 开头。",
    "api.md": "供其他程序只读访问的 HTTP 接口说明。",
    "python/index.md": "Python 接口，由源码中的说明自动生成，仅有英文。",
    "architecture.md": "程序结构与依赖方向，供开发人员阅读。",
    "ledger.md": "台账：人所作的观测和决定只增不改。这里说明存放、升级、多人写入与备份。",
    "online.md": "如何启用在线地理编码（默认关闭），以及各服务错误码与处理办法（表中有中文）。",
    "scale.md": "四十万行以上的名录怎样分块处理、在多台机器上运行，以及中断后怎样继续。",
    "base-maps.md": "如何启用底图瓦片（默认只用自带边界）。",
    "licences.md": "平台所用软件及其许可。",
    "security.md": "防护什么、不防护什么，以及如何报告安全问题。",
    "changes.md": "各版本给使用者带来了什么。",
}
_LEAD = "本页只有英文。"
_DATA_LEAD = "数据目录中的原始说明（英文）。中文概要见[数据目录](../catalogue.md)。"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_TABLE = re.compile(r"<!-- table: ([a-z_]+) -->")


def sources() -> dict[str, dict[str, Path]]:
    """Return the file behind every page, by the page's path and language (``""``: English only)."""
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(DOCS.rglob("*.md")):
        name = path.relative_to(DOCS).as_posix()
        language = "zh" if name.endswith(".zh.md") else "en"
        found.setdefault(name.replace(".zh.md", ".md"), {})[language] = path
    for name, page in FROM_ROOT.items():
        found[page] = {"en": ROOT / name}
    for readme in sorted((ROOT / "data").glob("*/README.md")):
        found[f"data/{readme.parent.name}.md"] = {"en": readme}
    return found


def pages(language: str) -> dict[str, str]:
    """Return every page of a language as Markdown, by its path in the handbook."""
    written = sources()
    homes = {path: page for page, files in written.items() for path in files.values()}
    made = {}
    for page, files in written.items():
        path = files.get(language, files["en"])
        text = _TABLE.sub(lambda m: handbook_tables.table(m[1], language), path.read_text("utf-8"))
        text = _relinked(text, path, page, homes)
        if language == "zh" and "zh" not in files:
            text = _led(text, page)
        made[page] = text
    made |= python_pages.pages()
    made["catalogue.md"] = catalogue.page(language)
    made["decisions/index.md"] = _decisions(language)
    if language == "zh":
        made["python/index.md"] = _led(made["python/index.md"], "python/index.md")
    return made


def _decisions(language: str) -> str:
    """Return the list of decisions, by their titles."""
    title = "# Decisions\n" if language == "en" else "# 决定\n\n难下的决定及其理由（英文）。\n"
    lines = []
    for path in sorted((DOCS / "decisions").glob("*.md")):
        heading = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        lines.append(f"- [{heading}]({path.name})")
    return title + "\n" + "\n".join(lines) + "\n"


def _led(text: str, page: str) -> str:
    """Put a Chinese lead under the title of an English page."""
    lead = _DATA_LEAD if page.startswith("data/") else _LEADS.get(page, _LEAD)
    title, _, rest = text.partition("\n")
    return f'{title}\n\n!!! note ""\n    {lead}\n\n{rest}'


def _relinked(text: str, path: Path, page: str, homes: dict[Path, str]) -> str:
    """Point links at pages of the handbook; a link to a file that is no page becomes its name."""

    def new(match: re.Match[str]) -> str:
        mark, words, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        address, _, anchor = target.partition("#")
        file = (path.parent / address).resolve()
        if mark:
            shown = os.path.relpath(f"pictures/{file.name}", Path(page).parent)
            return f"![{words}]({shown})"
        home = homes.get(file) or _placed(file)
        if home is None:
            return f"`{words.strip('`')}`" if words == address else words
        there = os.path.relpath(home, Path(page).parent).replace(os.sep, "/")
        return f"[{words}]({there}{'#' + anchor if anchor else ''})"

    return _LINK.sub(new, text)


def _placed(file: Path) -> str | None:
    """Return the page of a link to a folder, or to a page that is only made here."""
    if not file.is_relative_to(DOCS):
        return None
    name = file.relative_to(DOCS).as_posix()
    if file.is_dir():
        return f"{name}/index.md" if (file / "index.md").exists() else None
    return name if name in _MADE else None


def stage() -> None:
    """Write the pages and pictures of both languages to the build folder."""
    shutil.rmtree(STAGE, ignore_errors=True)
    for language in LANGUAGES:
        folder = STAGE / language
        for name, text in pages(language).items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        shown = folder / "pictures"
        shown.mkdir()
        for kept in ("pictures", "benchmarks"):
            for picture in (DOCS / kept).glob(f"*.{language}.png"):
                shutil.copy(picture, shown)
        shutil.copy(DOCS / "handbook.css", folder)


def build(site: Path = SITE) -> None:
    """Stage the pages and build the site; a link that leads nowhere stops it."""
    stage()
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict"]
    subprocess.run(  # noqa: S603 - our own interpreter and file
        [*command, "--config-file", str(DOCS / "mkdocs.yml"), "--site-dir", str(site)],
        check=True,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )


if __name__ == "__main__":
    build()
    print(SITE / "index.html")  # noqa: T201
