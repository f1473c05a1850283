"""The same registry in every format gives the same snapshot, byte for byte."""

import numpy as np
import pandas as pd
import pytest

from clusters import pipeline
from clusters.registry import read_registry
from clusters.settings import get_settings
from registry.formats import digests, in_formats


def same(one, other) -> None:
    where = ["source_file", "row"]
    pd.testing.assert_frame_equal(one.table.drop(columns=where), other.table.drop(columns=where))
    pd.testing.assert_frame_equal(one.candidates, other.candidates)
    assert one.account == other.account
    assert one.rejected["rule"].tolist() == other.rejected["rule"].tolist()
    rules = [r.report[r.report["row"].notna()]["rule"].value_counts() for r in (one, other)]
    assert rules[0].to_dict() == rules[1].to_dict()


def test_a_small_registry_is_the_same_in_every_format(tmp_path, code):
    table = pd.DataFrame(
        {
            "企业名称": [f"四川{n}智能科技有限公司" for n in range(40)],
            "统一社会信用代码": [code(n) if n % 3 else "" for n in range(40)],
            "注册地址": [f"成都市武侯区星狮路{n}号" if n % 5 else np.nan for n in range(40)],
            "成立日期": ["2018-05-03"] * 40,
            "注册资本": ["500万元"] * 40,
            "法定代表人": ["赵云"] * 40,
        }
    )
    read = {name: read_registry(files) for name, files in in_formats(table, tmp_path).items()}
    for name in ("xlsx", "parquet", "zip"):
        same(read["csv"], read[name])


@pytest.mark.slow
def test_a_slice_of_the_real_registry_gives_the_same_snapshot(tmp_path, shared, monkeypatch):
    """All of it, 95 199 rows, is run by `registry.formats` as a script (``make faults``)."""
    whole = pd.read_parquet(shared("registry", "sichuan_1978_2007_2013.parquet")).astype("str")
    # A block keeps the order and the repetitions of the file; the stride the breadth of years.
    table = pd.concat([whole.iloc[:1000], whole.iloc[1000::50]], ignore_index=True)
    monkeypatch.setenv("CLUSTERS_POSITION_DRAWS", "1")
    get_settings.cache_clear()
    found = {}
    try:
        for name, files in in_formats(table, tmp_path).items():
            snapshot = pipeline.run(files, workspace=tmp_path / name)
            account = snapshot.manifest["account"]
            assert account["read"] == len(table)
            assert account["published"] + account["duplicates"] + account["rejected"] == len(table)
            assert len(snapshot.rejected) == account["rejected"]
            assert snapshot.rejected["reason"].notna().all()
            found[name] = digests(snapshot)
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert found["xlsx"] == found["csv"]
    assert found["parquet"] == found["csv"]
    assert found["zip"] == found["csv"]
