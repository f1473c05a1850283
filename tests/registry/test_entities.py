"""Candidates for one enterprise, branches and their head firms."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.registry.entities import CANDIDATE_COLUMNS, core_names, heads, near_duplicates


def firms(*rows: tuple) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["name", "address", "uscc", "founded"])
    table["enterprise_id"] = [f"x-{i:012d}" for i in range(len(table))]
    return table.astype({"name": "str", "address": "str", "uscc": "str"}).assign(
        founded=pd.to_datetime(table["founded"])
    )


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("四川甲智能科技有限公司", "甲智能科技"),
        ("成都市武侯区甲电子厂", "甲电子厂"),
        ("四川省 乙（集团）有限责任公司", "乙(集团)"),
        ("四川", "四川"),
        ("有限公司", "有限公司"),
        ("", ""),
    ],
)
def test_core_names(name, core):
    assert core_names(pd.Series([name])).tolist() == [core]


class TestHeads:
    def test_branches_point_to_their_head(self):
        table = firms(
            ("四川甲智能有限公司", "", None, None),
            ("四川甲智能有限公司绵阳分公司", "", None, None),
            ("四川甲智能有限公司绵阳分公司涪城营业部", "", None, None),
            ("四川乙有限公司绵阳分公司", "", None, None),
            ("四川甲智能有限公司德阳研究室", "", None, None),
        )
        ids = table["enterprise_id"]
        expected = [None, ids[0], ids[1], None, None]
        assert heads(table).astype(object).replace({np.nan: None}).tolist() == expected

    def test_two_firms_of_one_name_are_no_head(self):
        table = firms(
            ("甲公司", "", None, None), ("甲公司", "", None, None), ("甲公司分公司", "", None, None)
        )
        assert heads(table).isna().all()

    @given(st.lists(st.text(alphabet="甲乙公司分厂营业部", max_size=10), max_size=8))
    def test_nobody_is_its_own_head(self, names):
        table = firms(*[(name, "", None, None) for name in names])
        found = heads(table)
        assert len(found) == len(table)
        assert not (found == table["enterprise_id"]).any()


class TestNearDuplicates:
    def test_a_misspelt_name_at_the_same_address(self):
        found = near_duplicates(
            firms(
                ("四川甲智能科技有限公司", "成都市星狮路818号", "A" * 18, "2018-05-03"),
                ("四川甲智能科枝有限公司", "成都市星狮路818号", None, "2018-05-03"),
                ("四川乙餐饮有限公司", "成都市星狮路1号", None, "2018-05-03"),
            )
        )
        assert len(found) == 1
        assert found["score"].iloc[0] > 0.85
        assert found["founded_same"].iloc[0]

    def test_valid_codes_that_differ_are_two_firms(self):
        same = ("甲智能科技有限公司", "成都市星狮路818号")
        found = near_duplicates(
            firms((*same, "A" * 18, None), (same[0] + "x", same[1], "B" * 18, None))
        )
        assert found.empty
        assert len(near_duplicates(firms((*same, "A" * 18, None), (*same, "B" * 18, None)))) == 1

    def test_branches_are_no_duplicates(self):
        rows = [(f"四川甲智能有限公司{city}分公司", "", None, None) for city in ("绵阳", "德阳")]
        assert near_duplicates(firms(*rows)).empty

    def test_few_rows(self):
        assert near_duplicates(firms()).columns.tolist() == list(CANDIDATE_COLUMNS)
        assert near_duplicates(firms(("甲", "", None, None))).empty

    @settings(max_examples=40)
    @given(st.permutations(range(12)))
    def test_the_order_of_rows_does_not_matter(self, order):
        table = firms(
            *[
                (f"四川{word}智能科技{n}有限公司", f"成都市星狮路{n}号", None, "2018-05-03")
                for n in range(4)
                for word in ("甲", "乙", "丙")
            ]
        )
        mixed = table.iloc[list(order)].reset_index(drop=True)

        def pairs(found: pd.DataFrame) -> set[frozenset]:
            return {frozenset(p) for p in found[["enterprise_id", "other_id"]].to_numpy().tolist()}

        assert pairs(near_duplicates(table)) == pairs(near_duplicates(mixed))

    def test_planted_misspellings_are_found_among_many(self):
        generator = np.random.default_rng(4)
        letters = np.array(list("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳"))
        names = [
            "四川" + "".join(generator.choice(letters, 5)) + "科技有限公司" for _ in range(3000)
        ]
        rows = [(name, f"成都市星狮路{n}号", None, "2018-05-03") for n, name in enumerate(names)]
        wrong = generator.choice(3000, 100, replace=False)
        for n in wrong:
            name = list(names[n])
            name[int(generator.integers(2, 7))] = "讹"
            rows.append(("".join(name), f"成都市星狮路{n}号", None, "2018-05-03"))
        found = near_duplicates(firms(*rows))
        pairs = {frozenset(p) for p in found[["enterprise_id", "other_id"]].to_numpy().tolist()}
        planted = {
            frozenset((f"x-{n:012d}", f"x-{3000 + i:012d}")) for i, n in enumerate(wrong.tolist())
        }
        assert len(planted & pairs) == 100
        assert len(pairs - planted) < 300
