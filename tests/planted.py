"""A registry with people planted where they do not belong, and a search through every byte."""

import gzip
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from pypdf import PdfReader

NAMES = ("钱多多", "孙小圣", "欧阳娜娜", "周公旦", "胡不归")
"""In a column of its own, in rows that shifted, in remarks, in a scope, and beside a telephone."""
NUMBERS = ("13812345678", "13912345678", "028-85551234")
HEADER = "企业名称,法定代表人,联系电话,注册地址,成立日期,经营范围,备注"
FOLLOWED = "四川戊机器人有限公司"
"""The firm whose card and rows are looked at."""
_SOUND = [
    f"四川第{n}智能科技有限公司,赵云{c},1381234567{n},成都市武侯区星狮路{n}号,2018-05-03,人工智能软件开发,"
    for n, c in enumerate("一二三四五六七八")
]
_PLANTED = [
    "四川甲,乙科技有限公司,钱多多,13812345678,绵阳市涪城区临园路2号,2018-05-03,软件开发",  # shifted, cut
    "四川,丙,丁有限公司,钱多多,,成都市,2018-05-03,软件,x",  # shifted beyond repair
    f"{FOLLOWED},孙小圣,13912345678,成都市武侯区,20l8,工业机器人制造,由孙小圣收转",
    "四川己无人机有限公司,赵云九,,成都市武侯区,2018-05-03,无人机制造;负责人:欧阳娜娜,联系人周公旦",
    "四川庚视觉有限公司,胡不归,,成都市武侯区天府大道1号 胡不归 028-85551234,2019-01-01,机器视觉,经理胡不归",
    ",周公旦,,成都市,2018-05-03,软件,",
]
ROWS = len(_SOUND) + len(_PLANTED)
CONTENT = "\n".join([HEADER, *_SOUND, *_PLANTED]) + "\n"
PARKS = (
    "园区名称,级别,经度,纬度,规划面积(公顷),主导产业,联系人,备注\n"
    "蜀都云谷软件园,省级,104.06,30.60,90,软件,钱多多,\n"
    "天府,测试园,省级,104.06,30.60,90,软件,孙小圣,\n"
    "武侯测试园,省级,104.05,30.61,80,机器人 负责人:欧阳娜娜,周公旦,胡不归 13812345678\n"
)


def planted_in(text: str) -> list[str]:
    """Return which planted names and numbers a text holds."""
    return [one for one in (*NAMES, *NUMBERS) if one in text]


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield every file of a folder as text, compressed containers, PDF and Parquet unpacked."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        encodings = ("utf-8", "gb18030", "utf-16-le")
        yield path.name, "".join(data.decode(one, "ignore") for one in encodings)
        if path.suffix == ".parquet":
            yield path.name, pd.read_parquet(path).to_csv()
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield f"{path.name}/{name}", archive.read(name).decode("utf-8", "ignore")
        elif path.suffix == ".gz":
            yield path.name, gzip.decompress(data).decode("utf-8", "ignore")
        elif path.suffix == ".pdf":
            yield path.name, "".join(page.extract_text() for page in PdfReader(path).pages)
