"""How sure the reader is of each column, and what a person may say against it."""

from clusters.registry import ColumnMapping, read_registry

HEADER = "企业名称,税号,住处,成立日期,法定代表人,杂项"


def lines(code):
    return [
        f"四川{n}智能科技有限公司,{code(n)},成都市武侯区{n}号,2018-05-0{n},赵云,{n}"
        for n in range(1, 6)
    ]


def proposals(registry):
    return {p.header: p for p in registry.sources[0].proposals}


def test_headers_and_cells_agree(write, code):
    found = proposals(read_registry(write([HEADER, *lines(code)])))
    assert found["企业名称"].column == "name"
    assert found["企业名称"].confidence == 0.95
    assert found["税号"].column == "uscc"
    assert all(p.used for h, p in found.items() if h != "住处")


def test_an_unknown_header_is_proposed_by_its_cells_and_not_used(write, code):
    registry = read_registry(write([HEADER, *lines(code)]))
    found = proposals(registry)["住处"]
    assert (found.column, found.used) == ("address", False)
    assert found.confidence == 0.6
    assert registry.table["address"].isna().all()


def test_personal_columns_are_not_proposed(write, code):
    found = proposals(read_registry(write([HEADER, *lines(code)])))
    assert "法定代表人" not in found
    assert "杂项" not in found


def test_cells_that_do_not_look_like_it_take_confidence_away(write, code):
    rows = [line.replace("2018-05-0", "第") for line in lines(code)]
    found = proposals(read_registry(write([HEADER, *rows])))
    assert found["成立日期"].confidence < 0.5


def test_what_a_person_said_is_certain(write, code):
    mapping = ColumnMapping(columns={"address": "住处"})
    found = proposals(read_registry(write([HEADER, *lines(code)]), mapping=mapping))
    assert found["住处"].confidence == 1.0
    assert found["住处"].used


def test_a_known_header_can_be_switched_off(write, code):
    mapping = ColumnMapping(ignore=["成立日期"])
    registry = read_registry(write([HEADER, *lines(code)]), mapping=mapping)
    assert registry.table["founded"].isna().all()
    assert "成立日期" in registry.sources[0].ignored


def test_encoding_and_separator_can_be_said(write):
    path = write("企业名称;地址\n四川甲,乙有限公司;成都\n", encoding="gb18030")
    said = ColumnMapping(encoding="gb18030", delimiter=";")
    registry = read_registry(path, mapping=said)
    assert registry.table["name"].tolist() == ["四川甲,乙有限公司"]
    assert registry.sources[0].encoding == "gb18030"
