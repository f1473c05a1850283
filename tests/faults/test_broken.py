"""Every broken registry is told by its code, in both languages, and none crashes the reader."""

import math

import pytest

from clusters.errors import InputError
from clusters.registry import read_registry
from clusters.registry.faults import told
from faults import broken
from faults.fuzz import fuzz


def test_the_corpus_is_large():
    assert len(broken.REFUSED) + len(broken.READ) >= 40


@pytest.mark.parametrize("case", broken.REFUSED)
def test_refused_by_code(tmp_path, case):
    name, content, code = broken.REFUSED[case]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_registry(path)
    assert caught.value.code == code
    assert told(caught.value, "zh").startswith(name)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("case", broken.READ)
def test_read_and_told(tmp_path, case):
    name, content, rules, kept = broken.READ[case]
    path = tmp_path / name
    path.write_bytes(content)
    read = read_registry(path)
    assert rules <= set(read.report["rule"]) | set(read.rejected["rule"])
    assert read.account.kept == kept
    assert read.account.adds_up
    assert len(read.rejected) == read.account.rejected


class TestValues:
    def one(self, tmp_path, case):
        name, content, *_ = broken.READ[case]
        path = tmp_path / name
        path.write_bytes(content)
        return read_registry(path).table

    def test_full_width_digits_are_digits(self, tmp_path):
        row = self.one(tmp_path, "full-width digits").iloc[0]
        assert row["address"] == "成都市1号"
        assert str(row["founded"].date()) == "2018-05-03"
        assert row["registered_capital_cny"] == 5_000_000

    def test_day_numbers_are_days(self, tmp_path):
        assert str(self.one(tmp_path, "day numbers")["founded"].iloc[0].date()) == "2018-05-03"

    def test_merged_cells_give_their_value_to_each_row(self, tmp_path):
        assert self.one(tmp_path, "merged cells")["address"].tolist() == ["成都", "成都"]

    def test_a_repeated_header_does_not_mix(self, tmp_path):
        assert self.one(tmp_path, "duplicated headers")["address"].tolist() == ["成都"]


def test_fuzz():
    """A short run, of so many files; `python tests/faults/fuzz.py` is the long one, by the clock."""
    assert fuzz(math.inf, seed=11, most=60, slow_s=math.inf) == (60, [])
