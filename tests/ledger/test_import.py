"""Observations go out as a table and come back: all of them, unchanged, or none."""

import csv
import io

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.export.observations import write_observations
from clusters.ledger import add_observation, audit, observations, open_ledger
from clusters.ledger.importing import COLUMNS, ImportRefusedError, import_observations
from clusters.ledger.sheets import guarded
from drafts import GIVEN, draft

HEADER = list(GIVEN)
GOOD = [str(cell) for cell in GIVEN.values()]
NASTY = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "'=x",
    "''+x",
    "'quoted'",
    "=cmd|' /C calc'!A0",
    "a\nb",
    '"',
    "_x0041_",
]


def write(path, *rows, header=HEADER):
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def content(ledger):
    """Return every observation but for who added it when, which an import gives anew."""
    table = observations(ledger, superseded=True).drop(columns=["who", "recorded_at"])
    return table.astype(object).where(table.notna(), None).to_numpy().tolist()


def filled(ledger):
    quarter = {"area": "成都市", "period": "2024-Q3", "source_date": "2025-01-02"}
    first = add_observation(ledger, draft(), who="a")
    for said in (
        *(draft(source=text, definition_note=text) for text in NASTY),
        *(
            draft(**quarter, value=value, qualifier=">=")
            for value in (0.1 + 0.2, 1e-7, 123456789.12345679, 1 / 3)
        ),
        draft(value=1310, supersedes=first),
        draft(period="2030", forecast=True, qualifier="~", confidence="low"),
    ):
        add_observation(ledger, said, who="a")


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_round_trip_is_identical(ledger, tmp_path, ending, language):
    filled(ledger)
    file = tmp_path / f"out{ending}"
    count = write_observations(ledger, file, language=language)
    other = open_ledger(tmp_path / "other")
    done = import_observations(other, file, who="b")
    assert (len(done.added), done.unchanged) == (count, 0)
    assert content(other) == content(ledger)
    assert list(observations(other)["id"]) == list(observations(ledger)["id"])
    # and once more into itself: everything is there already
    again = import_observations(other, file, who="b")
    assert (again.added, again.unchanged) == ((), count)
    assert len(audit(other)) == count
    other.close()


def test_the_same_ledger_gives_the_same_bytes(ledger, tmp_path):
    filled(ledger)
    for ending in (".csv", ".xlsx"):
        files = [tmp_path / f"{n}{ending}" for n in "ab"]
        for file in files:
            write_observations(ledger, file)
        assert files[0].read_bytes() == files[1].read_bytes()


def test_numbers_of_rows_are_mapped_when_the_ledger_has_others(tmp_path):
    source, target = open_ledger(tmp_path / "a"), open_ledger(tmp_path / "b")
    filled(source)
    file = tmp_path / "out.csv"
    write_observations(source, file)
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    table["id"] = (table["id"].astype(int) + 100).astype(str)  # as from a ledger that is longer
    table["supersedes"] = [str(int(v) + 100) if v else "" for v in table["supersedes"]]
    table.to_csv(file, index=False)
    done = import_observations(target, file, who="b")
    assert len(done.added) == len(table)
    assert content(target) == content(source)
    source.close()
    target.close()


def test_no_spreadsheet_runs_a_text_as_a_formula(ledger, tmp_path):
    filled(ledger)
    write_observations(ledger, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [c for c in cells if c[:1] in "=+-@\t\r" and c[:1] and not _is_number(c)]
    write_observations(ledger, tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds <= {"s", "n"}  # never "f"
    # openpyxl calls any text with = a formula; the file itself must hold none
    import zipfile

    xml = zipfile.ZipFile(tmp_path / "out.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in xml


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


@given(st.text())
def test_the_guard_is_taken_off_again(text):
    from clusters.ledger.sheets import _GUARDED

    shown = guarded(text)
    assert shown[:1] not in tuple("=+-@\t\r\n")
    assert (shown[1:] if _GUARDED.match(shown) else shown) == text


_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Nd"], exclude_characters="@＠\ufffe\uffff"),
    min_size=1,
).filter(lambda text: text.strip())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(_TEXT, min_size=1, max_size=4, unique_by=str.strip),
    value=st.floats(min_value=0, max_value=1e15),
    ending=st.sampled_from([".csv", ".xlsx"]),
)
def test_any_text_and_number_survive_the_round_trip(tmp_path_factory, texts, value, ending):
    folder = tmp_path_factory.mktemp("trip")
    one, two = open_ledger(folder / "one"), open_ledger(folder / "two")
    for text in texts:
        add_observation(one, draft(value=value, source=text), who="a")
    write_observations(one, folder / f"out{ending}")
    import_observations(two, folder / f"out{ending}", who="b")
    assert content(two) == content(one)
    one.close()
    two.close()


def problems(ledger, file):
    with pytest.raises(ImportRefusedError) as caught:
        import_observations(ledger, file, who="b")
    assert observations(ledger).empty
    assert audit(ledger).empty
    return caught.value


def changed(**cells):
    row = dict(zip(HEADER, GOOD, strict=True)) | cells
    return [row[name] for name in HEADER]


@pytest.mark.parametrize(
    ("cells", "remedy"),
    [
        ({"value": "about 1300"}, "digits only"),
        ({"value": "1,300"}, "digits only"),
        ({"value": "1_300"}, "digits only"),
        ({"period": "20225"}, "write 2025"),
        ({"period": "1025"}, "correct the year"),
        ({"unit": "万元"}, "give it in '亿元'"),
        ({"indicator_id": "AI_IND_SIZ"}, "AI_IND_SIZE"),
        ({"area": "成都"}, "near names: 成都市"),
        ({"source": ""}, "give a text"),
        ({"source": "张三 13800138000"}, "not kept"),
    ],
)
def test_a_bad_cell_is_named_with_what_to_do_and_nothing_is_added(ledger, tmp_path, cells, remedy):
    file = write(tmp_path / "in.csv", GOOD, changed(**cells), changed(value="7"))
    error = problems(ledger, file)
    (column, value), *_ = cells.items()
    found = error.problems.iloc[0]
    assert (len(error.problems), found["row"], found["column"], found["value"]) == (
        1,
        3,
        column,
        value,
    )
    assert remedy in found["remedy"]
    assert f"in.csv: nothing was added\nrow 3, {column}" in str(error)


def test_every_bad_cell_of_every_row_is_told_at_once(ledger, tmp_path):
    file = write(
        tmp_path / "in.csv",
        changed(value="x", period="20225"),
        changed(indicator_id="NONE", unit="??"),
        GOOD,
        changed(area="Atlantis"),
    )
    table = problems(ledger, file).problems
    assert list(zip(table["row"], table["column"], strict=True)) == [
        (2, "value"),
        (2, "period"),
        (3, "indicator_id"),
        (5, "area"),
    ]


def test_a_row_twice_in_the_file_or_already_in_the_ledger_is_refused(ledger, tmp_path):
    file = write(tmp_path / "in.csv", GOOD, changed(value="1300.0"))
    table = problems(ledger, file).problems
    assert list(table["row"]) == [3]
    assert "already in the ledger" in table["problem"].iloc[0]
    one = write(tmp_path / "one.csv", GOOD)
    import_observations(ledger, one, who="b")
    with pytest.raises(ImportRefusedError, match=r"row 2, observation.*already in the ledger"):
        import_observations(ledger, one, who="b")
    assert len(observations(ledger)) == 1


def test_a_correction_of_a_refused_row_is_refused_with_it(ledger, tmp_path):
    add_observation(ledger, draft(), who="a")
    file = write(
        tmp_path / "in.csv",
        ["90", *GOOD, ""],
        ["91", *changed(value="1310"), "90"],
        header=["id", *HEADER, "supersedes"],
    )
    with pytest.raises(ImportRefusedError) as caught:
        import_observations(ledger, file, who="b")
    assert list(caught.value.problems["column"]) == ["observation", "supersedes"]
    assert len(observations(ledger, superseded=True)) == 1


def test_a_number_that_is_another_row_here_is_refused(ledger, tmp_path):
    import_observations(ledger, write(tmp_path / "a.csv", GOOD), who="b")
    file = write(tmp_path / "b.csv", ["1", *changed(value="9")], header=["id", *HEADER])
    with pytest.raises(ImportRefusedError, match=r"another row under this number.*empty the id"):
        import_observations(ledger, file, who="b")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (["indicator", *HEADER[1:]], "did you mean indicator_id"),
        (HEADER[:5], "lacks the column source"),
        ([*HEADER, "source"], "has source twice"),
        ([*HEADER, "联系人"], "no such column"),
    ],
)
def test_a_wrong_header_is_refused(ledger, tmp_path, header, words):
    with pytest.raises(InputError, match=words):
        import_observations(
            ledger, write(tmp_path / "in.csv", GOOD[: len(header)], header=header), who="b"
        )


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("in.txt", b"x", "cannot read this ending"),
        ("in.csv", b"", "row below a header"),
        ("in.csv", b"indicator_id\n\n", "row below a header"),
        ("in.csv", b'indicator_id,area\n"open,x\n', "double quotes"),
        ("in.csv", b"indicator_id,area\na,b,c\n", "row 2: has more cells"),
        ("in.xlsx", b"no workbook", "damaged or cut off"),
        ("in.xlsx", b"PK\x03\x04 cut", "damaged or cut off"),
    ],
)
def test_a_file_that_is_no_table_is_refused(ledger, tmp_path, name, data, words):
    file = tmp_path / name
    file.write_bytes(data)
    with pytest.raises(InputError, match=words):
        import_observations(ledger, file, who="b")
    with pytest.raises(InputError, match="cannot be read"):
        import_observations(ledger, tmp_path / "none.csv", who="b")


def test_what_excel_makes_of_cells_is_understood(ledger, tmp_path):
    book = openpyxl.Workbook()
    zh = [COLUMNS[name] for name in HEADER] + ["预测", "来源日期"]
    book.active.append(zh)
    book.active.append(
        ["AI_IND_SIZE", "四川省", 2024, 1300.5, "亿元", "科技厅", "否", pd.Timestamp("2025-01-02")]
    )
    book.active.append([None] * 8)
    book.active.append(
        ["AI_IND_SIZE", "510100", pd.Timestamp("2024-06-30"), 7, "亿元", "科技厅", "是", None]
    )
    book.save(tmp_path / "in.xlsx")
    done = import_observations(ledger, tmp_path / "in.xlsx", who="b")
    rows = observations(ledger)
    assert done.added == tuple(rows["id"])
    assert list(rows["period"]) == ["2024", "2024-06-30"]
    assert list(rows["area"]) == ["四川省", "成都市"]
    assert list(rows["forecast"]) == [False, True]
    assert list(rows["source_date"]) == ["2025-01-02", ""]


def test_gbk_and_utf8_are_read(ledger, tmp_path):
    for number, encoding in enumerate(("gb18030", "utf-8-sig", "utf-8")):
        text = write(tmp_path / "in.csv", changed(value=str(number))).read_text(encoding="utf-8")
        (tmp_path / "in.csv").write_bytes(text.encode(encoding))
        import_observations(ledger, tmp_path / "in.csv", who="b")
    assert list(observations(ledger)["source"]) == ["科技厅"] * 3
