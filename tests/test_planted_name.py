"""A legal representative planted in a registry is found nowhere afterwards: every byte is searched."""

import gzip
import logging
import zipfile
from pathlib import Path

import pandas as pd

from clusters import pipeline
from clusters.export.findings_book import findings_bytes
from clusters.export.provenance import Provenance
from clusters.export.tables import write_table
from clusters.registry import read_registry
from clusters.registry.remembered import remember

NAMES = ("钱多多", "孙小圣", "欧阳娜娜", "周公旦")
HEADER = "企业名称,法定代表人,联系电话,注册地址,成立日期,经营范围,备注"
SOUND = [
    f"四川第{n}智能科技有限公司,赵云{c},1381234567{n},成都市武侯区星狮路{n}号,2018-05-03,软件开发,"
    for n, c in enumerate("一二三四五六七八")
]
PLANTED = [
    "四川甲,乙科技有限公司,钱多多,13812345678,绵阳市涪城区临园路2号,2018-05-03,软件开发",  # shifted, cut
    "四川,丙,丁有限公司,钱多多,,成都市,2018-05-03,软件,x",  # shifted beyond repair
    "四川戊机器人有限公司,孙小圣,13912345678,成都市,20l8,机器人制造,由孙小圣收转",
    "四川己无人机有限公司,赵云九,,成都市武侯区,2018-05-03,无人机制造;负责人:欧阳娜娜,联系人周公旦",
    ",周公旦,,成都市,2018-05-03,软件,",
]


def texts(folder: Path):
    """Yield every file of a folder as text, compressed containers and Parquet unpacked."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        yield path.name, data.decode("utf-8", "ignore") + data.decode("gb18030", "ignore")
        if path.suffix == ".parquet":
            yield path.name, pd.read_parquet(path).to_csv()
        elif path.suffix in {".xlsx", ".zip"}:
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield f"{path.name}/{name}", archive.read(name).decode("utf-8", "ignore")
        elif path.suffix == ".gz":
            yield path.name, gzip.decompress(data).decode("utf-8", "ignore")


def test_a_planted_name_is_found_nowhere(tmp_path, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    source = tmp_path / "in" / "firms.csv"
    source.parent.mkdir()
    source.write_text("\n".join([HEADER, *SOUND, *PLANTED]) + "\n", encoding="utf-8")
    out = tmp_path / "out"
    snapshot = pipeline.run(source, workspace=out)
    assert snapshot.manifest["account"]["read"] == len(SOUND) + len(PLANTED)
    read = read_registry(source)
    remember(out, [*HEADER.split(",")], pipeline.ColumnMapping())
    nowhere = Provenance(snapshot="", as_of="", inputs=(), command="")
    book = findings_bytes(read.report, read.marked, provenance=nowhere, language="zh")
    (out / "report.xlsx").write_bytes(book)
    for ending in (".csv", ".xlsx", ".parquet", ".gpkg", ".geojson"):
        write_table(snapshot.enterprises, out / f"e{ending}", provenance=nowhere)
    found = [(name, file) for file, text in texts(out) for name in NAMES if name in text]
    assert found == []
    said = caplog.text + "".join(capsys.readouterr()) + repr(read)
    assert not any(name in said for name in NAMES)
    assert "13812345678" not in said
