"""A report goes out, a person mends cells in it, and only those come back in."""

import zipfile

import openpyxl
import pytest

from clusters.errors import InputError
from clusters.export.findings_book import findings_bytes
from clusters.export.provenance import Provenance
from clusters.registry import read_registry
from clusters.registry.corrections import INDEX_SHEET, ROW_HEADER, read_corrections

HEADER = "企业名称,统一社会信用代码,法定代表人,注册地址,成立日期,注册资本(万元),备注"
ROWS = [
    "四川甲智能有限公司,{0},赵云,成都市武侯区星狮路1号,2018-05-03,500,",
    "四川乙机器人有限公司,91510104XX,钱多多,成都市武侯区星狮路2号,20l9-01-01,abc,联系人李四",
    ",,孙小圣,成都市武侯区星狮路3号,2018-05-03,300,",
    "四川丁无人机有限公司,,周公旦,成都市武侯区星狮路4号,2018-05-03,100,",
]
NOWHERE = Provenance(snapshot="", as_of="", inputs=(), command="clusters check")


def book_of(read) -> bytes:
    return findings_bytes(read.report, read.marked, provenance=NOWHERE, language="zh")


@pytest.fixture
def source(write, code):
    return write([HEADER, *(row.format(code(1)) for row in ROWS)], name="firms.csv")


@pytest.fixture
def report(source, tmp_path):
    path = tmp_path / "report.xlsx"
    path.write_bytes(book_of(read_registry(source)))
    return path


def edit(path, cells):
    """Set cells of the sheet of corrections, given as (header, row) → value."""
    book = openpyxl.load_workbook(path)
    sheet = book["更正"]
    headers = [cell.value for cell in sheet[1]]
    for (header, row), value in cells.items():
        at = next(n for n in range(2, sheet.max_row + 1) if sheet.cell(n, 1).value == row)
        sheet.cell(at, headers.index(header) + 1).value = value
    book.save(path)
    return path


class TestReport:
    def test_only_rows_with_findings_and_only_kept_columns(self, report):
        sheet = openpyxl.load_workbook(report)["更正"]
        assert [cell.value for cell in sheet["A"]] == [ROW_HEADER, 3, 4]
        headers = [cell.value for cell in sheet[1]]
        assert "法定代表人" not in headers
        assert headers[1] == "企业名称"

    def test_offending_cells_are_marked_and_explained(self, report):
        sheet = openpyxl.load_workbook(report)["更正"]
        headers = [cell.value for cell in sheet[1]]
        code = sheet.cell(2, headers.index("统一社会信用代码") + 1)
        address = sheet.cell(2, headers.index("注册地址") + 1)
        assert code.fill.fgColor.rgb == "FFFBE8B8"
        assert "校验码" in code.comment.text
        assert address.fill.fgColor.rgb != "FFFBE8B8"
        assert address.comment is None
        missing = sheet.cell(3, headers.index("企业名称") + 1)
        assert missing.fill.fgColor.rgb == "FFF4C7C3"

    def test_no_person_is_in_it(self, report):
        book = openpyxl.load_workbook(report)
        text = " ".join(str(c.value) for s in book for row in s.iter_rows() for c in row)
        for name in ("李四", "赵云", "钱多多", "孙小圣", "周公旦"):
            assert name not in text

    def test_the_index_is_hidden(self, report):
        assert openpyxl.load_workbook(report)[INDEX_SHEET].sheet_state == "veryHidden"

    def test_the_same_report_is_the_same_bytes(self, source, report):
        assert book_of(read_registry(source)) == report.read_bytes()

    def test_formulas_stay_text(self, write):
        read = read_registry(write(["企业名称,注册地址,成立日期", "=1+1公司,=cmd(),abc"]))
        import io

        sheet = openpyxl.load_workbook(io.BytesIO(book_of(read)))["更正"]
        assert sheet["B2"].data_type == "s"


class TestCorrections:
    def test_an_untouched_report_changes_nothing(self, source, report):
        plain, again = read_registry(source), read_registry(source, corrections=report)
        assert again.table.equals(plain.table)
        assert "row_corrected" not in set(again.report["rule"])

    def test_only_corrected_cells_are_merged(self, source, report):
        edit(report, {("成立日期", 3): "2019-01-01", ("企业名称", 4): "四川丙智能有限公司"})
        read = read_registry(source, corrections=report)
        assert read.account.kept == 4
        assert read.account.adds_up
        table = read.table.set_index("row")
        assert str(table.loc[3, "founded"].date()) == "2019-01-01"
        assert table.loc[4, "name"] == "四川丙智能有限公司"
        assert table.loc[3, "address"] == "成都市武侯区星狮路2号"
        corrected = read.report[read.report["rule"] == "row_corrected"]
        assert corrected["row"].tolist() == [3, 4]
        assert "date_invalid" not in set(read.report["rule"])
        assert "amount_invalid" in set(read.report["rule"])

    def test_a_masked_name_does_not_come_back(self, source, report):
        edit(report, {("成立日期", 3): "2019-01-01"})
        assert "李四" not in read_registry(source, corrections=report).table.to_csv()

    def test_a_cleared_cell_is_empty(self, source, report):
        edit(report, {("注册资本(万元)", 3): None})
        read = read_registry(source, corrections=report)
        assert "amount_invalid" not in set(read.report["rule"])

    def test_what_is_written_is_checked_like_the_file(self, source, report):
        edit(report, {("注册地址", 3): "成都市 13812345678"})
        assert "13812345678" not in read_registry(source, corrections=report).table.to_csv()

    def test_a_shifted_row_is_taken_from_the_correction(self, write, tmp_path):
        path = write(
            ["企业名称,法定代表人,注册地址,备注", "甲公司,赵云,成都,a", "乙,公司,钱多多,绵阳,b"]
        )
        read = read_registry(path)
        assert read.rejected["rule"].tolist() == ["row_shifted"]
        book = tmp_path / "r.xlsx"
        book.write_bytes(book_of(read))
        edit(book, {("企业名称", 3): "乙公司", ("注册地址", 3): "绵阳"})
        mended = read_registry(path, corrections=book)
        assert mended.table["name"].tolist() == ["甲公司", "乙公司"]
        assert mended.table["address"].tolist() == ["成都", "绵阳"]
        assert mended.account.rejected == 0
        assert "钱多多" not in mended.table.to_csv()


class TestRefused:
    def refused(self, source, report) -> str:
        with pytest.raises(InputError) as caught:
            read_registry(source, corrections=report)
        return caught.value.code

    def test_another_state_of_the_file(self, source, report):
        with source.open("a", encoding="utf-8") as file:
            file.write("四川戊有限公司,,,,,,\n")
        assert self.refused(source, report) == "corrections_other_file"

    def test_a_workbook_that_is_no_report(self, tmp_path):
        path = tmp_path / "x.xlsx"
        openpyxl.Workbook().save(path)
        with pytest.raises(InputError) as caught:
            read_corrections(path)
        assert caught.value.code == "corrections_not_ours"

    @pytest.mark.parametrize(
        ("cell", "value", "fault"),
        [
            ("A2", 99, "corrections_row"),
            ("A2", 4, "corrections_row"),
            ("A2", "x", "corrections_row"),
            ("A2", 3.5, "corrections_row"),
            ("A2", "1e400", "corrections_row"),
            ("A2", -3, "corrections_row"),
            ("C1", "企业名称", "corrections_header_twice"),
            ("B1", "名字", "corrections_header"),
            ("A1", "名字", "corrections_not_ours"),
        ],
    )
    def test_changed_row_numbers_and_headers(self, source, report, cell, value, fault):
        book = openpyxl.load_workbook(report)
        book["更正"][cell].value = value
        book.save(report)
        assert self.refused(source, report) == fault

    def test_an_index_of_another_shape(self, source, report):
        book = openpyxl.load_workbook(report)
        for column in (3, 1):
            book[INDEX_SHEET].delete_cols(column)
            book.save(report)
            assert self.refused(source, report) == "corrections_not_ours"

    def test_the_report_of_another_file(self, source, report, tmp_path):
        other = tmp_path / "other.csv"
        other.write_bytes(source.read_bytes())
        assert self.refused(other, report) == "corrections_no_file"
        # Beside the file it was made for, another is no reason to refuse it.
        assert read_registry([source, other], corrections=report).account.read == 2 * len(ROWS)

    def test_rows_of_files_that_are_not_read_are_told(self, source, code, tmp_path):
        others = [tmp_path / name for name in ("b.csv", "丙 表.csv")]
        for number, other in enumerate(others, start=2):
            other.write_text("\n".join([HEADER, *(r.format(code(number)) for r in ROWS)]))
        together = read_registry([source, *others])
        assert "corrections_unread" not in set(together.report["rule"])
        report = tmp_path / "report.xlsx"
        report.write_bytes(book_of(together))
        book = openpyxl.load_workbook(report)
        for number in (1, 2):
            sheet = book[f"更正 {number}"]
            headers = [cell.value for cell in sheet[1]]
            sheet.cell(2, headers.index("成立日期") + 1).value = "2019-01-01"
        book.save(report)
        read = read_registry(source, corrections=report)
        told = read.report[read.report["rule"] == "corrections_unread"]
        assert told["value"].tolist() == ["b.csv: 2", "丙 表.csv: 2"]
        assert told["file"].unique().tolist() == ["report.xlsx"]
        assert told["row"].isna().all()
        assert read.report["rule"].eq("row_corrected").sum() == 1
        assert read.account.adds_up
        both = read_registry([source, others[0]], corrections=report)
        assert both.report["rule"].eq("row_corrected").sum() == 2
        assert both.report["rule"].eq("corrections_unread").sum() == 1

    def test_a_report_that_would_harm_the_reader(self, source, report):
        with zipfile.ZipFile(report, "a") as book:
            book.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
        assert self.refused(source, report) == "workbook_links"

    def test_a_missing_report(self, source, tmp_path):
        assert self.refused(source, tmp_path / "no.xlsx") == "file_missing"
