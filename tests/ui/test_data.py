"""The page of data: check, correct and remember, publish, compare, go back."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from clusters import workspace
from clusters.errors import InputError
from clusters.export.findings_book import findings_bytes
from clusters.export.provenance import Provenance
from clusters.registry import RULES, ColumnMapping, read_registry
from clusters.registry.mapping import read_mapping
from clusters.registry.remembered import FOLDER, forget, recall, remember, source_key, to_toml
from clusters.ui import columns_view as columns
from clusters.ui import data_view as view
from clusters.ui import history_view as past
from clusters.ui.text import t

FIRMS = (
    "企业名称,统一社会信用代码,住处,成立日期,注册资本,法定代表人,联系电话,登记状态\n"
    "四川甲智能科技有限公司,,成都市武侯区天府大道1号,2018-05-03,5000万元,王小明,13812345678,存续\n"
    "绵阳乙机器人有限公司,,绵阳市游仙区游仙东路98号,2019,abc,李小红,13912345678,在业\n"
    "合计,,,,,,,\n"
).encode("gb18030")


def checked_headers() -> list[str]:
    return FIRMS.decode("gb18030").splitlines()[0].split(",")


@pytest.fixture
def checked(tmp_path) -> view.Checked:
    return view.check("名录.csv", FIRMS, folder=tmp_path)


class TestRemembered:
    def test_order_and_width_of_headers_do_not_matter(self):
        assert source_key(["企业名称", "地址"]) == source_key(["地 址", "企业名称"])
        assert source_key(["企业名称", "地址"]) != source_key(["企业名称", "地址", "备注"])

    @pytest.mark.parametrize(
        "mapping",
        [
            ColumnMapping(),
            ColumnMapping(sheet='a "b" \\ c', header_row=3, datum="gcj02"),
            ColumnMapping(
                columns={"name": "单位全称", "region": ["市州", "县区"]},
                units={"registered_capital_cny": "万元"},
                rates={"USD": 7.1},
            ),
            ColumnMapping(columns={"name": "a\x7fb\tc"}),
        ],
    )
    def test_toml_reads_back_the_same(self, tmp_path, mapping):
        path = tmp_path / "m.toml"
        path.write_text(to_toml(mapping), encoding="utf-8")
        assert read_mapping(path) == mapping

    def test_kept_recalled_forgotten(self, tmp_path):
        mapping = ColumnMapping(columns={"address": "住处"})
        path = remember(tmp_path, ["名称", "住处"], mapping)
        assert path.parent == tmp_path / FOLDER
        assert recall(tmp_path, ["住处", "名称"]) == mapping
        assert recall(tmp_path, ["名称"]) is None
        forget(tmp_path, ["名称", "住处"])
        assert recall(tmp_path, ["住处", "名称"]) is None
        forget(tmp_path, ["名称", "住处"])

    def test_how_one_file_was_read_is_not_remembered(self, tmp_path):
        said = ColumnMapping(
            columns={"address": "住处"},
            encoding="gb18030",
            header_row=3,
            sheet="名录",
            delimiter=";",
        )
        remember(tmp_path, ["名称", "住处"], said)
        assert recall(tmp_path, ["名称", "住处"]) == ColumnMapping(columns={"address": "住处"})

    def test_a_mapping_of_other_content_can_be_told_and_dropped(self, tmp_path):
        """Same headers, another meaning: the note says a mapping was used, and it can be forgotten."""
        remember(tmp_path, checked_headers(), ColumnMapping(columns={"name": "住处"}))
        wrong = view.check("x.csv", FIRMS, folder=tmp_path)
        assert wrong.remembered
        assert wrong.source.columns["住处"] == "name"
        right = view.check("x.csv", FIRMS, folder=tmp_path, mapping=ColumnMapping())
        assert right.source.columns["企业名称"] == "name"
        forget(tmp_path, right.headers)
        assert not view.check("x.csv", FIRMS, folder=tmp_path).remembered

    def test_a_mapping_that_no_longer_fits_is_left_aside(self, tmp_path):
        remember(tmp_path, checked_headers(), ColumnMapping(columns={"name": "没有的列"}))
        found = view.check("x.csv", FIRMS, folder=tmp_path)
        assert not found.remembered
        assert found.account.kept == 2

    def test_a_damaged_file_counts_as_none(self, tmp_path):
        remember(tmp_path, ["名称"], ColumnMapping()).write_text("= nonsense", encoding="utf-8")
        assert recall(tmp_path, ["名称"]) is None


class TestCheck:
    def test_account_and_columns(self, checked):
        account = checked.account
        assert (account.read, account.kept, account.rejected) == (3, 2, 1)
        assert checked.source.personal == ("法定代表人", "联系电话")
        assert "住处" in checked.source.ignored

    def test_nothing_stays_on_disk(self, tmp_path, monkeypatch):
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t"))
        (tmp_path / "t").mkdir()
        view.check("名录.csv", FIRMS, folder=tmp_path)
        with pytest.raises(InputError):
            view.check("x.csv", b"%PDF-1.7", folder=tmp_path)
        assert list((tmp_path / "t").iterdir()) == []

    def test_a_name_with_folders_stays_in_its_folder(self, tmp_path):
        assert view.check("../../etc/名录.csv", FIRMS, folder=tmp_path).source.name == "名录.csv"

    def test_correction_is_remembered_for_the_same_headers(self, checked, tmp_path):
        edited = columns.column_table(checked)
        edited.loc[edited.iloc[:, 0] == "住处", edited.columns[1]] = columns.column_name("address")
        mapping = columns.corrected(checked, edited)
        assert mapping.columns == {"address": "住处"}
        remember(tmp_path, checked.headers, mapping)
        again = view.check("other.csv", FIRMS, folder=tmp_path)
        assert again.remembered
        assert again.source.columns["住处"] == "address"

    def test_nothing_edited_is_an_empty_mapping(self, checked):
        assert columns.corrected(checked, columns.column_table(checked)).columns == {}

    def test_a_known_column_can_be_switched_off(self, checked, tmp_path):
        edited = columns.column_table(checked)
        edited.loc[edited.iloc[:, 0] == "登记状态", edited.columns[1]] = t("data.not_used")
        said = columns.corrected(checked, edited)
        assert said.ignore == ["登记状态"]
        again = view.check("名录.csv", FIRMS, folder=tmp_path, mapping=said)
        assert "登记状态" in again.source.ignored

    def test_confidence_and_proposals_are_shown(self, checked):
        table = columns.column_table(checked).set_index(t("data.header"))
        assert table.loc["企业名称", t("data.confidence")] == 79  # a totals row is no firm
        assert columns.column_name("address") in table.loc["住处", t("data.proposal")]

    def test_another_way_of_reading_keeps_the_columns(self, checked):
        said = columns.hint(sheet="", header_row=1, name="", encoding="gb18030", delimiter=",")
        kept = columns.reread(checked, said)
        assert (kept.encoding, kept.delimiter, kept.header_row) == ("gb18030", ",", 1)
        assert kept.columns == checked.mapping.columns

    def test_the_preview_names_the_status_in_words(self, checked):
        some = replace(checked, preview=pd.DataFrame({"status": ["active", "moved", None]}))
        assert list(columns.preview_table(some).iloc[:2, 0]) == [
            t("data.status_active"),
            t("data.status_moved"),
        ]

    def test_the_preview_shows_firms_and_no_person(self, checked):
        text = columns.preview_table(checked).to_csv()
        assert "四川甲智能科技有限公司" in text
        assert "王小明" not in text

    def test_a_corrected_report_is_checked_again(self, checked, tmp_path):
        import io

        import openpyxl

        book = openpyxl.load_workbook(io.BytesIO(view.report_bytes(checked)))
        sheet = book["更正"]
        headers = [cell.value for cell in sheet[1]]
        sheet.cell(2, headers.index("注册资本") + 1).value = "300万元"
        target = io.BytesIO()
        book.save(target)
        again = view.check("名录.csv", FIRMS, folder=tmp_path, corrections=target.getvalue())
        assert "row_corrected" in set(again.report["rule"])
        assert "amount_invalid" not in set(again.report["rule"])

    def test_rows_of_other_files_in_a_report_are_told(self, tmp_path):
        files = [tmp_path / "名录.csv", tmp_path / "另一份.csv"]
        for path in files:
            path.write_bytes(FIRMS)
        read = read_registry(files)
        book = findings_bytes(
            read.report, read.marked, provenance=Provenance("", "", (), ""), language="zh"
        )
        checked = view.check("名录.csv", FIRMS, folder=tmp_path, corrections=book)
        rows = len(read.marked[1].cells)
        assert rows > 0
        (told,) = view.unread_words(checked.report)
        assert told.endswith(f"另一份.csv: {rows}。")
        assert view.unread_words(read.report) == []

    def test_names_of_columns_are_told_apart(self):
        names = columns.choices()
        assert len(names) == len(set(names))

    def test_report_says_what_to_do_and_shows_no_person(self, checked):
        table = view.report_table(checked.report)
        assert len(table) == len(checked.report)
        text = table.to_csv(index=False)
        assert RULES["totals_row"].zh in text
        assert RULES["totals_row"].remedy_zh in text
        assert not any(word in text for word in ("王小明", "李小红", "138", "139", "{column}"))
        assert table.iloc[0][t("data.severity")] == "拒收"
        assert view.report_table(checked.report, ["error"]).shape[0] == 1

    @pytest.mark.parametrize(
        ("content", "name", "said"),
        [
            (b"%PDF-1.7", "a.csv", "不是表格"),
            (b"", "a.csv", "空的"),
            ("甲,乙\n1,2\n".encode(), "a.csv", "没有企业名称列"),
            ("企业名称,地址\n".encode(), "a.csv", "没有数据行"),
            (bytes(range(256)) * 8, "a.csv", ""),
        ],
    )
    def test_faults_are_told_in_chinese(self, tmp_path, content, name, said):
        with pytest.raises(InputError) as caught:
            view.check(name, content, folder=tmp_path)
        told = view.fault(caught.value)
        assert said in told
        assert "export" not in told

    def test_hints(self):
        assert columns.hint(sheet=" 名录 ", header_row=2, name="单位") == ColumnMapping(
            sheet="名录", header_row=2, columns={"name": "单位"}
        )
        assert columns.hint(sheet="", header_row=None, name="法定代表人") is None


class TestWords:
    def test_places_by_name(self):
        assert past.cell_text("county_code", "510107") == "武侯区"
        assert past.cell_text("zone_ids", "chengdu-htz;tianfu-new-area") == (
            "成都高新技术产业开发区、天府新区"
        )
        assert past.cell_text("segment", "robotics") == "智能机器人"
        assert past.cell_text("segment", "") == "—"
        assert past.cell_text("registered_capital_cny", "50000000.0") == "50,000,000"

    def test_firms_without_a_county_show_their_prefecture(self):
        table = pd.DataFrame(
            {
                "name": ["甲", "乙"],
                "segment": ["robotics", None],
                "ai_relevance": ["core", "none"],
                "prefecture_code": ["510100", None],
                "county_code": [None, None],
            }
        )
        assert past.firm_rows(table) == [
            ["甲", "智能机器人", "核心", "成都市"],
            ["乙", "—", "无关", "—"],
        ]

    def test_counts_have_shares(self):
        rows = view.count_rows("precision", {"county": 3, "none": 1}, ("county", "park", "none"))
        assert rows == [["区县", "3", "75.0%"], ["位置不明", "1", "25.0%"]]


@pytest.mark.parametrize("lang", ["zh", "en"])
class TestPage:
    def test_says_what_is_in_use(self, open_page, words, failures, raw_ids, lang):
        app = open_page("data", lang=lang)
        assert failures(app) == []
        said = words(app)
        assert "235" in said
        assert ("不是全部企业" if lang == "zh" else "not all firms") in said
        assert raw_ids.findall(said) == []

    def test_wrong_link(self, open_page, failures, lang):
        assert failures(open_page("data", lang=lang, before="x", after="y")) == []


def test_upload_publish_compare_and_go_back(
    open_own_page, own_workspace, shipped_copy, words, failures
):
    """The whole way on the page; the present data stay until the new ones are complete."""
    first = workspace.open_snapshot(shipped_copy(own_workspace))
    app = open_own_page("data")
    app.file_uploader[0].upload("名录.csv", FIRMS, "text/csv")
    app.run()
    assert failures(app) == []
    said = words(app)
    assert "法定代表人、联系电话" in said
    assert not any(word in said for word in ("王小明", "13812345678"))
    assert workspace.published_id(own_workspace) == first.id

    next(b for b in app.button if b.label == "计算并发布").click()
    app.run()
    assert failures(app) == []
    second = workspace.published_id(own_workspace)
    assert second != first.id
    assert len(workspace.open_snapshot(own_workspace).enterprises) == 2
    said = words(app)
    assert "名录.csv" in said
    assert "235" in said  # all shipped firms left

    app.button(key="back-yes").click()
    app.run()
    assert failures(app) == []
    assert workspace.published_id(own_workspace) == first.id
    assert len(workspace.list_snapshots(own_workspace)) == 2


def test_a_file_that_cannot_be_read_offers_help(open_page, words):
    app = open_page("data")
    app.file_uploader[0].upload("a.csv", "甲,乙\n1,2\n".encode(), "text/csv")
    app.run()
    said = words(app)
    assert "没有企业名称列" in said
    assert "补充说明，帮助读取" in said


def test_uploads_live_in_no_folder_of_the_workspace(shipped_workspace: Path):
    assert {path.name.partition("-")[0] for path in shipped_workspace.iterdir()} <= {
        "snapshots", "current", "ledger.sqlite", "cache", FOLDER
    }  # fmt: skip
