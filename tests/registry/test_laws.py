"""Laws of reading that hold for every registry: order, repetition, parts, layout change nothing."""

import csv
import io
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clusters.registry import read_registry
from registry.conftest import credit_code

HEADER = ["企业名称", "统一社会信用代码", "注册地址", "成立日期", "注册资本", "经营范围", "登记状态", "数据日期"]  # fmt: skip
WHERE = ["source_file", "row"]
LAWS = settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

names = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["四川", "成都", "绵阳市", ""]),
    st.sampled_from(["甲星", "乙云", "丙山", "丁海", "戊石"]),
    st.sampled_from(["智能", "电子", "机器人"]),
    st.sampled_from(["科技有限公司", "有限责任公司", "厂"]),
)
codes = st.one_of(st.just(""), st.integers(0, 6).map(credit_code))
addresses = st.one_of(
    st.just(""),
    st.builds("成都市武侯区星狮路{}号".format, st.integers(1, 4)),
    st.builds("绵阳市涪城区临园路{}号".format, st.integers(1, 2)),
)
days = st.one_of(st.just(""), st.sampled_from(["2018-05-03", "2019-01-01", "2020", "x"]))
amounts = st.sampled_from(["", "100万元", "5亿元", "abc", "30万美元"])
scopes = st.sampled_from(["", "软件开发；机器人制造", "销售：传感器、阀门", "餐饮服务"])
statuses = st.sampled_from(["", "存续", "注销", "什么"])
sources = st.sampled_from(["", "2023-01-01", "2024-06-30", "2025-01-31"])
rows = st.lists(
    st.tuples(names, codes, addresses, days, amounts, scopes, statuses, sources),
    min_size=1,
    max_size=12,
)


def written(path: Path, table: list, header: list[str] = HEADER) -> Path:
    target = io.StringIO()
    csv.writer(target).writerows([header, *table])
    path.write_text(target.getvalue(), encoding="utf-8")
    return path


def read(folder: Path, *tables: list, header: list[str] = HEADER):
    paths = [written(folder / f"f{n}.csv", table, header) for n, table in enumerate(tables)]
    return read_registry(paths, as_of=date(2026, 1, 1))


def content(registry) -> pd.DataFrame:
    """Return what is said of each enterprise, by id, without where it stood."""
    table = registry.table.drop(columns=WHERE)
    return table.sort_values("enterprise_id", ignore_index=True)


def distinct(table: list) -> list:
    """Return rows no two of which could be one enterprise: which one leads is then no matter."""
    return [
        (
            f"四川{'甲乙丙丁戊己庚辛壬癸子丑'[n]}{row[0]}",
            credit_code(100 + n) if row[1] else "",
            *row[2:],
        )
        for n, row in enumerate(table)
    ]


@LAWS
@given(rows)
def test_rows_are_conserved_and_each_is_told_once(tmp_path, table):
    got = read(tmp_path, table)
    assert got.account.read == len(table)
    assert got.account.adds_up
    where = [*got.table["row"], *got.duplicates["row"], *got.rejected["row"]]
    assert sorted(where) == list(range(2, len(table) + 2))
    assert got.table["enterprise_id"].is_unique


@LAWS
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_no_enterprise(tmp_path, table, random):
    table = distinct(table)
    shuffled = list(table)
    random.shuffle(shuffled)
    one, other = read(tmp_path, table), read(tmp_path, shuffled)
    pd.testing.assert_frame_equal(content(one), content(other))


@LAWS
@given(rows)
def test_the_same_file_twice_adds_only_duplicates(tmp_path, table):
    once, twice = read(tmp_path, table), read(tmp_path, table, table)
    assert twice.account.kept == once.account.kept
    assert twice.account.rejected == 2 * once.account.rejected
    assert set(twice.table["enterprise_id"]) == set(once.table["enterprise_id"])


@LAWS
@given(rows, st.integers(0, 12))
def test_a_registry_in_parts_is_the_registry(tmp_path, table, cut):
    whole, parts = read(tmp_path, table), read(tmp_path, table[:cut] or table, table[cut:] or table)
    assume(0 < cut < len(table))
    pd.testing.assert_frame_equal(content(whole), content(parts))
    pd.testing.assert_frame_equal(whole.candidates, parts.candidates)
    assert whole.account == parts.account


@LAWS
@given(rows, st.permutations(range(len(HEADER))))
def test_the_order_of_columns_changes_nothing(tmp_path, table, order):
    turned = [[row[at] for at in order] for row in table]
    one, other = read(tmp_path, table), read(tmp_path, turned, header=[HEADER[at] for at in order])
    pd.testing.assert_frame_equal(content(one), content(other))
    assert one.account == other.account


@LAWS
@given(rows)
def test_a_stranger_among_them_changes_nobody(tmp_path, table):
    stranger = (
        "云南壬字药业股份公司",
        credit_code(9999),
        "昆明市别处路99号",
        "2001-01-01",
        "",
        "",
        "",
        "",
    )
    alone, together = read(tmp_path, table), read(tmp_path, [*table, stranger])
    rest = together.table["enterprise_id"] != credit_code(9999)
    pd.testing.assert_frame_equal(
        alone.table.drop(columns=WHERE), together.table[rest].drop(columns=WHERE).reset_index(drop=True)
    )  # fmt: skip


@LAWS
@given(rows)
def test_spaces_and_widths_around_cells_mean_nothing(tmp_path, table):
    loose = [[f"  {cell}　" if cell else " " for cell in row] for row in table]
    pd.testing.assert_frame_equal(content(read(tmp_path, table)), content(read(tmp_path, loose)))


@LAWS
@given(rows)
def test_what_was_read_is_read_again_as_it_is(tmp_path, table):
    first = read(tmp_path, distinct(table))
    columns = ["name", "uscc", "address", "founded", "registered_capital_cny", "business_scope", "status", "as_of"]  # fmt: skip
    text = first.table[columns].copy()
    text["founded"] = text["founded"].dt.strftime("%Y-%m-%d")
    text["registered_capital_cny"] = [f"{v:.0f}元" if v == v else "" for v in text["registered_capital_cny"]]  # fmt: skip
    again = read(tmp_path, text.astype("str").fillna("").to_numpy().tolist(), header=columns)
    assert again.account.kept == again.account.read == first.account.kept
    same = ["name", "uscc", "address", "founded", "business_scope", "enterprise_id", "as_of"]
    pd.testing.assert_frame_equal(again.table[same], first.table[same])
    known = first.table["registered_capital_currency"].eq("CNY").fillna(value=False)
    pd.testing.assert_series_equal(
        again.table.loc[known, "registered_capital_cny"],
        first.table.loc[known, "registered_capital_cny"],
    )


class TestMerges:
    @LAWS
    @given(rows)
    def test_every_merge_can_be_taken_back(self, tmp_path, table):
        merged = read(tmp_path, table)
        assume(len(merged.duplicates))
        told = merged.duplicates.iloc[[0]]
        decision = pd.DataFrame(
            {
                "kept": told["enterprise_id"].to_numpy(),
                "dropped": told["dropped_id"].to_numpy(),
                "decision": "reversed",
            }
        )
        apart = read_registry([tmp_path / "f0.csv"], as_of=date(2026, 1, 1), merges=decision)
        assert apart.account.adds_up
        assert apart.table["enterprise_id"].is_unique
        assert apart.account.kept >= merged.account.kept

    @LAWS
    @given(rows)
    def test_every_candidate_can_be_confirmed(self, tmp_path, table):
        alike = [
            (
                "子丑寅卯测控科技有限公司",
                credit_code(77),
                "德阳市旌阳区黄河路8号",
                "",
                "",
                "",
                "",
                "",
            ),
            ("子丑寅卯测拉科技有限公司", "", "德阳市旌阳区黄河路8号", "", "", "", "", ""),
        ]
        found = read(tmp_path, [*table, *alike])
        pair = found.candidates.iloc[0]
        decision = pd.DataFrame(
            {
                "kept": [pair["enterprise_id"]],
                "dropped": [pair["other_id"]],
                "decision": "confirmed",
            }
        )
        joined = read_registry([tmp_path / "f0.csv"], as_of=date(2026, 1, 1), merges=decision)
        assert joined.account.adds_up
        ids = set(joined.table["enterprise_id"])
        assert pair["enterprise_id"] in ids
        assert pair["other_id"] not in ids
        assert joined.account.kept == found.account.kept - 1


class TestShifted:
    """A separator inside a cell: the row as it was meant, or none; never another."""

    @LAWS
    @given(st.integers(0, 7), st.integers(1, 3), st.data())
    def test_a_wrong_guess_is_never_kept(self, tmp_path, at, many, data):
        meant = [
            f"四川甲星智能{data.draw(st.sampled_from(['科技', '电子']))}有限公司", credit_code(1),
            "成都市武侯区星狮路1号", "2018-05-03", "100万元", "软件开发", "存续", "2024-01-01",
        ]  # fmt: skip
        broken = list(meant)
        cell = broken[at]
        cuts = sorted({data.draw(st.integers(1, max(1, len(cell) - 1))) for _ in range(many)})
        pieces = [cell[i:j] for i, j in zip([0, *cuts], [*cuts, len(cell)], strict=True)]
        broken[at] = ",".join(pieces)
        other = ["绵阳乙云电子厂", credit_code(2), "绵阳市涪城区临园路1号", "2019-01-01", "50万元", "电子", "存续", "2024-01-01"]  # fmt: skip
        path = tmp_path / "shifted.csv"
        lines = [",".join(HEADER), ",".join(broken), ",".join(other), ",".join(other)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        got = read_registry(path, as_of=date(2026, 1, 1))
        assert got.account.adds_up
        kept = got.table[got.table["row"] == 2]
        if len(kept):
            row = kept.iloc[0]
            assert row["uscc"] == meant[1]
            assert row["name"].replace(",", "") == meant[0]
            assert str(row["founded"].date()) == meant[3]
            assert row["registered_capital_cny"] == 1_000_000
            assert row["status"] == "active"
        else:
            assert got.rejected["rule"].tolist() == ["row_shifted"]
            assert got.rejected["value"].isna().all()


@pytest.mark.parametrize("months", [["2024-01", "2024-02", "2024-03"]])
def test_three_sources_of_three_months_tell_the_newest(tmp_path, months):
    """Each month another source, another name, another capital: one firm, its newest full row."""
    tables = [
        [
            ("四川甲星智能科技有限公司", credit_code(1), "成都市武侯区星狮路1号", "2018-05-03", f"{n + 1}00万元",
             "软件开发", "存续", f"{month}-15"),
            (f"四川乙云电子有限公司{n}", credit_code(2), "绵阳市涪城区临园路1号", "", "", "", "", f"{month}-15"),
        ]
        for n, month in enumerate(months)
    ]  # fmt: skip
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        got = read(tmp_path, *[tables[at] for at in order])
        table = got.table.set_index("enterprise_id")
        assert got.account.kept == 2
        assert table.loc[credit_code(1), "registered_capital_cny"] == 3_000_000
        assert table.loc[credit_code(1), "as_of"] == "2024-03-15"
        assert table.loc[credit_code(2), "name"] == "四川乙云电子有限公司2"
        former = set(table.loc[credit_code(2), "former_names"].split(";"))
        assert former == {"四川乙云电子有限公司0", "四川乙云电子有限公司1"}
        assert "same_code_other_name" in list(table.loc[credit_code(2), "flags"])
