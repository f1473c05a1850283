"""A scope read as trades."""

from hypothesis import given
from hypothesis import strategies as st

from clusters.taxonomy.scope import Activity, normalise, trade_of, trades, without_exclusions


def read(scope):
    text = without_exclusions(normalise(scope))
    return [(scope[t.start : t.end], t.activity) for t in trades(text)]


def activity_of(scope, words):
    return next(activity for text, activity in read(scope) if words in text)


def test_a_heading_verb_belongs_to_every_item_of_its_clause():
    scope = "销售：传感器、阀门；软件开发"
    assert [text for text, _ in read(scope)] == ["传感器", "阀门", "软件开发"]
    assert activity_of(scope, "传感器") == Activity.TRADE
    assert activity_of(scope, "阀门") == Activity.TRADE
    assert activity_of(scope, "软件开发") & Activity.MAKE


def test_verbs_behind_a_list_belong_to_the_whole_list():
    scope = "传感器、物联网设备的设计、研发；普通货运"
    assert activity_of(scope, "传感器") & Activity.MAKE
    assert activity_of(scope, "物联网设备") & Activity.MAKE
    assert activity_of(scope, "普通货运") == Activity.UNKNOWN


def test_several_heading_verbs_are_joined():
    activity = activity_of("研发、制造、销售：智能电子产品、模具", "模具")
    assert activity & Activity.MAKE
    assert activity & Activity.TRADE


def test_verbs_before_a_colonless_list():
    activity = activity_of("研发、销售自动化控制系统、传感器、低压电器柜", "传感器")
    assert activity & Activity.MAKE
    assert activity & Activity.TRADE


def test_verbs_alone_are_not_trades():
    assert len(read("机器人的研发、生产、销售")) == 1


def test_exclusions_and_boilerplate_are_blanked():
    scope = normalise(
        "通讯设备（不含无线电发射设备）；数据处理（数据处理中的云计算数据中心除外）；"
        "货物进出口，但国家禁止的云计算除外；依法须经批准的项目，经相关部门批准后方可开展经营活动"
    )
    cleaned = without_exclusions(scope)
    assert len(cleaned) == len(scope)
    assert "云计算" not in cleaned
    assert "无线电" not in cleaned
    assert "批准" not in cleaned
    assert "数据处理" in cleaned


def test_a_parenthesis_that_lists_keeps_its_items():
    items = [text for text, _ in read("自动化设备（传感器、机器人、精密设备）")]
    assert "机器人" in items


def test_an_exclusion_cut_at_the_end_of_the_text_is_blanked():
    assert "云计算" not in without_exclusions(normalise("数据处理（不含云计算、..."))


def test_an_empty_formula_has_no_trades():
    scope = "企业依法自主选择经营项目，开展经营活动；依法须经批准的项目，经相关部门批准后方可开展经营活动。"
    assert read(scope) == []


@given(st.text(alphabet="销售研发、，；：（）不含除外机器人传感器的。 ", max_size=60))
def test_offsets_are_in_order_and_inside_the_text(scope):
    cleaned = without_exclusions(normalise(scope))
    assert len(cleaned) == len(scope)
    items = trades(cleaned)
    edges = [edge for item in items for edge in (item.start, item.end)]
    assert edges == sorted(edges)
    assert all(0 <= item.start < item.end <= len(scope) for item in items)
    for rank, item in enumerate(items):
        assert trade_of(items, item.start) == rank
        assert trade_of(items, item.end) in {None, rank + 1}
