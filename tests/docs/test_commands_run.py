"""Every command the guides and READMEs show is run, in order, and leaves the file it names."""

import io
import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from clusters import cli, pipeline
from clusters.demo import write_demo
from clusters.workspace import Snapshot, list_snapshots, published_id

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", *(f"docs/guide/{name}.md" for name in ("investment", "analyst", "briefing")))
REGISTRY = ROOT / "docs" / "guide" / "registry.md"


def lines(path: Path) -> list[list[str]]:
    """Return the commands of the shell blocks of a page as words."""
    blocks = re.findall(r"^```sh\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    found = [line.partition("  #")[0] for block in blocks for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in found if line.startswith("clusters ")]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Return a folder with a workspace of two snapshots and the files the pages take as given."""
    folder = tmp_path_factory.mktemp("desk")
    write_demo(folder / "firms.csv", 300, seed=1, truth=False)
    made = pipeline.run(folder / "firms.csv", workspace=folder / "workspace")
    (folder / "firms.xlsx").write_bytes(_a_month_later(folder / "firms.csv", made))
    parks = pd.DataFrame({"园区名称": ["蜀都云谷软件园"], "地址": ["成都市武侯区天府大道"]})
    parks.to_excel(folder / "parks.xlsx", index=False)
    again = pipeline.run(workspace=folder / "workspace")
    assert len(list_snapshots(folder / "workspace")) == 2
    profile = (ROOT / "data" / "screening" / "default.toml").read_text(encoding="utf-8")
    (folder / "robotics.toml").write_text(profile, encoding="utf-8")
    return folder, made.id, again.id


def _a_month_later(registry: Path, earlier: Snapshot) -> bytes:
    """Return the registry as a book in which one firm has moved to where another firm is."""
    table = pd.read_csv(registry, dtype=str)
    firms = earlier.enterprises.dropna(subset=["uscc"])
    at = [
        firms["uscc"][[zone in ids for ids in firms["zone_ids"]]].iloc[0]
        for zone in ("chengdu-eastern-new-area", "mianyang-science-city")
    ]
    first, second = (table["统一社会信用代码"] == code for code in at)
    place = ["注册地址", "经度", "纬度", "坐标系"]
    table.loc[first, place] = table.loc[second, place].to_numpy()
    held = io.BytesIO()
    table.to_excel(held, index=False)
    return held.getvalue()


def call(words: list[str], monkeypatch) -> int:
    monkeypatch.setattr("sys.argv", ["clusters", *words])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_commands_of_a_guide(name: str, desk, monkeypatch, capsys) -> None:
    folder, _, shipped = desk
    monkeypatch.chdir(folder)
    shown = lines(ROOT / name)
    assert shown
    for words in shown:
        if name == "README.md" and words[0] == "run":
            continue  # the guide of the registry runs it
        given = [*words, "--snapshot", shipped] if words[0] in {"measure", "screen"} else words
        assert call(given, monkeypatch) == 0, (words, capsys.readouterr())
        written = [one for one in words[1:2] if re.search(r"\.\w{3,7}$|/$", one)]
        assert all((folder / one).exists() for one in written), words


@pytest.mark.slow
def test_commands_of_the_guide_to_registries(desk, monkeypatch, capsys) -> None:
    folder, earlier, _ = desk
    monkeypatch.chdir(folder)
    before = len(list_snapshots(folder / "workspace"))
    for words in lines(REGISTRY):
        names = {"EARLIER": earlier, "LATER": published_id(folder / "workspace")}
        given = [names.get(word, word) for word in words]
        assert call(given, monkeypatch) == 0, (words, capsys.readouterr())
    assert len(list_snapshots(folder / "workspace")) > before


@pytest.mark.slow
def test_the_python_of_the_guide(desk, monkeypatch) -> None:
    monkeypatch.chdir(desk[0])
    for page in ("README.md", "docs/guide/analyst.md"):
        text = (ROOT / page).read_text("utf-8")
        for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            exec(compile(block, page, "exec"), {})
