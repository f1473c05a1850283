"""Broken registries, made here: what a file does wrong, and the code that must say so."""

import io
import zipfile

import openpyxl
import xlsxwriter

HEAD = "企业名称,注册地址,成立日期,注册资本,统一社会信用代码"
FIRM = "四川甲智能科技有限公司,成都市武侯区星狮路1号,2018-05-03,500万元,91510104MA0000001E"
LAST = "四川乙机器人有限公司,绵阳市涪城区临园路2号,2019-01-01,100万元,"


def csv(*rows: str, header: str = HEAD, encoding: str = "utf-8") -> bytes:
    return "\n".join([header, *rows, ""]).encode(encoding)


def book(
    *rows: tuple, header: tuple = ("企业名称", "注册地址", "成立日期"), merge: str = ""
) -> bytes:
    target = io.BytesIO()
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(list(header))
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    made.save(target)
    return target.getvalue()


def patched(data: bytes, name: str, content: bytes) -> bytes:
    """Return an archive with one more (or another) member."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", 8) as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info, old.read(info))
        new.writestr(name, content)
    return target.getvalue()


def packed(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


def linked() -> bytes:
    link = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    return patched(book(("甲公司", "成都", "")), "xl/externalLinks/externalLink1.xml", link)


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY l0 "ha">{entities}]><sst>&l9;</sst>'
    return patched(book(("甲公司", "成都", "")), "xl/sharedStrings.xml", text.encode())


def zip_bomb(megabytes: int = 300) -> bytes:
    return packed("firms.csv", b"0" * (megabytes * 1024**2))


def endless_cell_workbook(megabytes: int = 20) -> bytes:
    """A shared string too long for any cell, random enough to pass as an ordinary ratio."""
    import random

    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    block = "".join(random.Random(3).choices(letters, k=200_000))
    text = f"<sst><si><t>{block * (megabytes * 5)}</t></si></sst>"
    return patched(book(("甲公司", "成都", "")), "xl/sharedStrings.xml", text.encode())


def many_columns() -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["企业名称", "地址", *(f"列{n}" for n in range(300))])
        sheet.write_row(1, 0, ["甲公司", "成都"])
    return target.getvalue()


def far_cells(count: int = 1) -> bytes:
    """Cells at the far end of a sheet: a decoder makes room for everything before them."""
    data = book(("甲公司", "成都", ""))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    cells = "".join(
        f'<row r="{1048576 - n}"><c r="XFD{1048576 - n}" t="n"><v>1</v></c></row>'
        for n in reversed(range(count))
    )
    filled = sheet.replace(b"</sheetData>", cells.encode() + b"</sheetData>")
    return patched(data, "xl/worksheets/sheet1.xml", filled)


def formatted_to_the_end() -> bytes:
    """Empty cells with a format reach to the last row, as when a whole column was coloured."""
    data = book(("甲公司", "成都", ""))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    row = b'<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    return patched(
        data, "xl/worksheets/sheet1.xml", sheet.replace(b"</sheetData>", row + b"</sheetData>")
    )


def repeated_text(rows: int = 200_000, length: int = 50_000) -> bytes:
    """A few kilobytes of Parquet that say the same long text for every row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = io.BytesIO()
    indices = pa.array([0] * rows, pa.int32())
    text = pa.DictionaryArray.from_arrays(indices, pa.array(["甲公司" + "x" * length]))
    table = pa.table({"企业名称": text, "地址": text})
    pq.write_table(table, target, compression="zstd", store_schema=False)
    return target.getvalue()


# Whole files that are refused: name, content, code.
REFUSED = {
    "external links": ("a.xlsx", linked(), "workbook_links"),
    "billion laughs": ("a.xlsx", laughs(), "workbook_unsafe"),
    "bomb": ("a.zip", zip_bomb(60), "archive_too_large"),
    "endless cell": ("a.xlsx", endless_cell_workbook(), "cell_too_long"),
    "far cell": ("a.xlsx", far_cells(), "workbook_sparse"),
    "far cells": ("a.xlsx", far_cells(500), "workbook_sparse"),
    "binary workbook": (
        "a.xlsb",
        packed("xl/worksheets/sheet1.bin", b"\x81\x01\x00"),
        "workbook_binary",
    ),
    "a text a billion times": ("a.parquet", repeated_text(), "archive_too_large"),
    "thousands of columns": (
        "a.csv",
        (HEAD + ",x" * 3000 + "\n" + FIRM + "\n").encode(),
        "table_too_wide",
    ),
    "endless cell in text": ("a.csv", csv(FIRM) + b'"' + b"x" * 300_000, "cell_too_long"),
    "workbook in a workbook's name, cut": ("a.xlsx", book(("甲", "乙", ""))[:900], "file_damaged"),
    "zip in a zip": ("a.zip", packed("b.zip", packed("c.csv", csv(FIRM))), "archive_without_table"),
    "half UTF-8, half GBK": ("a.csv", csv(FIRM, FIRM) + LAST.encode("gbk"), "encoding_mixed"),
    "UTF-16 cut in a letter": ("a.csv", csv(FIRM).decode().encode("utf-16")[:-1], "encoding_wrong"),
    "a picture": ("a.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(99), "foreign_document"),
    "a document": ("a.xlsx", packed("word/document.xml", b"<w/>"), "office_document"),
    "a web page": ("a.xls", b"<html><table><tr><td>1</table>", "web_page"),
    "nothing but a header": ("a.csv", csv(), "no_rows"),
    "no header": ("a.csv", csv(FIRM, header="1,2,3,4,5"), "header_missing"),
    "one column": ("a.csv", "企业名称\n甲公司\n".encode(), "one_column"),
    "header too short": ("a.csv", b"name,address\n" + b"a,b,c,d\n" * 9, "header_too_short"),
    "nothing": ("a.csv", b"", "file_empty"),
    "text named as a workbook": ("a.xlsx", csv(FIRM), "content_unknown"),
    "workbook named as text": ("a.csv", book(("甲公司", "成都", "")), "name_and_content_differ"),
    "broken parquet": ("a.parquet", b"PAR1" + bytes(200) + b"PAR1", "file_damaged"),
    "broken geopackage": ("a.gpkg", b"SQLite format 3\x00" + bytes(200), "file_damaged"),
    "GeoJSON in GBK": ("a.geojson", '{"a": "成都"}'.encode("gbk"), "not_utf8"),
    "binary": ("a.csv", bytes(range(256)) * 20, "not_text"),
}

# Files that are read: name, content, rules that must be told, rows kept.
READ = {
    "shifted by its name": ("a.csv", csv(FIRM, "四川,丙公司,成都,2018-01-01,1万元,91510104MA0000001E"), {"row_shifted"}, 1),
    "shifted beyond repair": ("a.csv", csv(FIRM, LAST, "四川,丙,公司,成都,x,y,z"), {"row_shifted"}, 2),
    "last row cut off": ("a.csv", csv(FIRM) + "四川丙有限公司,成都".encode(), {"row_short"}, 2),
    "quote never closed": ("a.csv", csv(FIRM, '"四川丙有限公司,成都,2018-01-01,1万元,'), {"quote_unbalanced"}, 2),
    "totals row": ("a.csv", csv(FIRM, "合计,,,500万元,"), {"totals_row"}, 1),
    "subtotal elsewhere": ("a.csv", csv(FIRM, ",小计,,500万元,"), {"totals_row"}, 1),
    "notes below": ("a.csv", csv(FIRM, "注：本表截至六月,,,,"), {"footer_row"}, 1),
    "header repeated": ("a.csv", csv(FIRM, HEAD, LAST), {"repeated_header"}, 2),
    "title above": ("a.csv", b"\xef\xbb\xbf" + ("四川企业名录,,,,\n".encode() + csv(FIRM)), {"title_lines_skipped"}, 1),
    "blank rows": ("a.csv", csv(FIRM, "", ",,,,", LAST), {"blank_rows"}, 2),
    "duplicated headers": ("a.csv", csv("甲公司,成都,绵阳", header="企业名称,注册地址,注册地址"), {"column_repeated"}, 1),
    "full-width digits": ("a.csv", csv("四川丙有限公司,成都市１号,２０１８－０５－０３,５００万元,"), set(), 1),
    "day numbers": ("a.csv", csv("四川丙有限公司,成都,43223,500万元,"), {"date_excel_serial"}, 1),
    "a day that is none": ("a.csv", csv("四川丙有限公司,成都,2018-02-30,500万元,"), {"date_invalid"}, 1),
    "amounts without unit": ("a.csv", csv("四川丙有限公司,成都,2018-05-03,500,"), {"amount_unit_unknown"}, 1),
    "amounts in dollars": ("a.csv", csv("四川丙有限公司,成都,2018-05-03,500万美元,"), {"amount_foreign"}, 1),
    "an amount of words": ("a.csv", csv("四川丙有限公司,成都,2018-05-03,很多,"), {"amount_invalid"}, 1),
    "code with a wrong digit": ("a.csv", csv(FIRM[:-1] + "9"), {"uscc_invalid"}, 1),
    "code with O for 0": ("a.csv", csv(FIRM.replace("MA000", "MAO00")), {"uscc_repaired"}, 1),
    "no name": ("a.csv", csv(FIRM, ",成都,2018-05-03,1万元,"), {"name_missing"}, 1),
    "a number as a name": ("a.csv", csv(FIRM, "12345,成都,,,"), {"name_invalid"}, 1),
    "a telephone as a name": ("a.csv", csv(FIRM, "13812345678,成都,,,"), {"personal_in_name"}, 1),
    "lost letters": ("a.csv", csv("四川\ufffd有限公司,成都,,,"), {"text_damaged"}, 1),
    "control characters": ("a.csv", csv("四川丙\x07有限公司,成都,,,"), {"control_characters"}, 1),
    "merged cells": ("a.xlsx", book(("甲公司", "成都", ""), ("乙公司", None, ""), merge="B2:B3"), {"merged_cells"}, 2),
    "formula without result": ("a.xlsx", book(("甲公司", "成都", "=TODAY()")), {"formulas_without_value"}, 1),
    "an error of a formula": ("a.csv", csv("四川丙有限公司,#REF!,,,"), {"spreadsheet_error"}, 1),
    "formatted to the end": ("a.xlsx", formatted_to_the_end(), set(), 1),
    "three hundred columns": ("a.xlsx", many_columns(), {"column_ignored"}, 1),
    "GB18030": ("a.csv", csv(FIRM, encoding="gb18030"), set(), 1),
    "Big5": ("a.csv", "企業名稱,地址\n四川機器人有限公司,成都市武侯區\n".replace("企業名稱", "公司名稱").encode("utf-8"), set(), 0),
}  # fmt: skip
del READ["Big5"]
