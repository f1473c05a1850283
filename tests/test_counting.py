"""Counting what was read and located, in the four lines of the public interface."""

import pandas as pd
import pytest

import clusters
from clusters.errors import MetricError


@pytest.fixture(scope="module")
def located(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    file = tmp_path_factory.mktemp("counting") / "firms.xlsx"
    pd.DataFrame(
        {
            "企业名称": ["成都甲机器人有限公司", "绵阳乙芯片有限公司", "成都丙百货有限公司"],
            "注册地址": ["成都市武侯区科华路1号", "绵阳市涪城区高水路2号", "成都市锦江区春熙路3号"],
            "经营范围": ["工业机器人的研发", "人工智能芯片的设计", "日用百货销售"],
            "参保人数": [10, 20, 30],
        }
    ).to_excel(file, index=False)
    registry = clusters.read_registry(file)
    memory = clusters.learn(registry.table)
    return clusters.locate(registry.table, memory=memory)


def test_what_was_located_is_counted_without_a_further_step(located) -> None:
    before = located.copy()
    counts = clusters.count(located, by="county", industry="segment", weight=None)
    assert (counts.index.name, counts.columns.name) == ("county", "segment")
    assert set(counts.index) == {"510107", "510703"}  # the department store has no segment
    assert counts.to_numpy().sum() == 2
    pd.testing.assert_frame_equal(located, before)


@pytest.mark.parametrize("industry", ["segment", "chain_layer", "ai"])
def test_it_is_the_count_of_the_classified_table(located, industry) -> None:
    ready = clusters.classify(located)
    for weight in (None, "employees"):
        pd.testing.assert_frame_equal(
            clusters.count(located, by="prefecture", industry=industry, weight=weight),
            clusters.metrics.count(ready, by="prefecture", industry=industry, weight=weight),
        )


def test_a_classified_table_is_taken_as_it_is(located) -> None:
    own = located.assign(segment="own")
    assert clusters.count(own, by="prefecture", industry="segment")["own"].sum() == 3


def test_what_cannot_be_counted_is_refused_in_words(located) -> None:
    with pytest.raises(MetricError, match="industry 'trade' is unknown"):
        clusters.count(located, by="county", industry="trade")
    with pytest.raises(MetricError, match="industry \\['segment'\\] is unknown"):
        clusters.count(located, by="county", industry=["segment"])
    with pytest.raises(MetricError, match="no column 'segment'; classify and locate it first"):
        clusters.count(located[["county_code"]], by="county", industry="segment")
    with pytest.raises(MetricError, match="located is NoneType"):
        clusters.count(None, by="county", industry="ai")
