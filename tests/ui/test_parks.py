"""A registry of parks on the page of data: understood, corrected, remembered, kept, published."""

import pandas as pd
import pytest

from clusters.errors import InputError
from clusters.ledger import audit, open_ledger
from clusters.places.park_files import forget_parks
from clusters.places.parks import IMPORTED_BASIS, OWN
from clusters.registry.park_mapping import ParkMapping
from clusters.ui import history_view as past
from clusters.ui import maps, screening_view
from clusters.ui import parks_view as view
from clusters.ui.text import t
from clusters.workspace import open_snapshot

PARKS = (
    "园区名称,级别,x,纬度,规划面积,主导产业,联系人\n"
    "蜀都云谷软件园,省级,104.06,30.60,90,软件、芯片,王小明\n"
    "合计,,,,90,,\n"
).encode("gb18030")


@pytest.fixture
def checked(tmp_path) -> view.CheckedParks:
    first = view.check("园区.csv", PARKS, folder=tmp_path)
    # A longitude nobody knows places no park; the columns are shown all the same, to be corrected.
    assert first.registry.account.kept == 0
    assert "park_unplaced" in set(first.registry.rejected["rule"])
    said = ParkMapping(columns={"lon": "x"})
    return view.check("园区.csv", PARKS, folder=tmp_path, mapping=said)


def test_columns_and_account(checked):
    table = view.column_table(checked)
    assert dict(table.to_numpy().tolist()) == {
        "园区名称": t("parks.column_name"),
        "级别": t("parks.column_level"),
        "x": t("parks.column_lon"),
        "纬度": t("parks.column_lat"),
        "规划面积": t("parks.column_area"),
        "主导产业": t("parks.column_industries"),
    }
    account = checked.registry.account
    assert (account.read, account.kept, account.rejected) == (2, 1, 1)
    assert set(checked.registry.report["rule"]) >= {"totals_row", "park_area_invalid"}


def test_the_area_of_an_imported_park_has_words():
    said = screening_view.area_of({"approved_area_ha": 90.0, "area_basis": IMPORTED_BASIS}, "zh")
    assert said.endswith(t("screening.basis_imported"))


def test_every_column_has_its_own_name_in_both_languages():
    names = view.choices()
    assert len(set(names)) == len(names)


def test_an_edit_becomes_a_mapping_and_is_remembered(checked, tmp_path):
    edited = view.column_table(checked)
    edited.loc[edited.iloc[:, 0] == "主导产业", edited.columns[1]] = t("data.not_used")
    edited.loc[edited.iloc[:, 0] == "级别", edited.columns[1]] = view.column_name("name_en")
    wanted = view.said(view.corrected(checked, edited), datum="gcj02", unit="亩")
    assert wanted.columns == {"lon": "x", "name_en": "级别"}
    assert wanted.ignore == ["主导产业"]
    understood = view.check("园区.csv", PARKS, folder=tmp_path, mapping=wanted)
    view.remember_columns(tmp_path, understood)
    again = view.check("later.csv", PARKS, folder=tmp_path)
    assert again.remembered
    assert again.mapping == wanted
    row = again.registry.table.iloc[0]
    assert (row["approved_area_ha"], row["industries_zh"], row["name_en"]) == ("6", "", "省级")
    assert view.corrected(again, view.column_table(again)) == wanted


def test_the_preview_shows_parks_and_no_person(checked):
    table = view.preview_table(checked)
    text = table.to_csv() + repr(checked.registry.report)
    assert "武侯区" in text
    assert t("parks.state_new") in text
    assert "王小明" not in text
    assert OWN not in text


def test_a_file_without_names_can_be_helped(tmp_path):
    other = PARKS.replace("园区名称".encode("gb18030"), "单位".encode("gb18030"))
    with pytest.raises(InputError):
        view.check("园区.csv", other, folder=tmp_path)
    said = view.hint(name=" 单位 ", sheet="", row=None)
    assert view.check("x.csv", other, folder=tmp_path, mapping=said).registry.account.read == 2
    assert view.hint(name="联系人", sheet="", row=None) is None


def test_the_report_is_a_workbook(checked):
    assert view.report_bytes(checked).startswith(b"PK")


def test_kept_published_and_forgotten(own_workspace, shipped_copy, words, failures, open_own_page):
    before = open_snapshot(shipped_copy(own_workspace))
    said = ParkMapping(columns={"lon": "x"}, area_unit="公顷")
    checked = view.check("园区.csv", PARKS, folder=own_workspace, mapping=said)
    assert not view.pending(before, own_workspace)
    assert view.keep(own_workspace, checked, who="甲") == 1
    assert view.pending(before, own_workspace)
    page = open_own_page("data")
    assert not failures(page)
    assert t("parks.pending") in words(page)
    made = view.publish(own_workspace, who="甲", progress=lambda _step: None)
    assert not view.pending(made, own_workspace)
    assert past.input_names(made.manifest).endswith(t("parks.of_file", name="园区.csv"))
    park = f"{OWN}蜀都云谷软件园"
    assert maps.places()[park].zh == "蜀都云谷软件园"
    assert maps.known_place(park) == park
    assert maps.view_of_place(park).lon == pytest.approx(104.06, abs=0.01)
    page = open_own_page("map", place=park)
    assert not failures(page)
    assert any("蜀都云谷软件园" in str(one.label) for one in page.button)
    assert park not in words(page)
    forget_parks(own_workspace)
    assert view.pending(made, own_workspace)
    book = open_ledger()
    acts = audit(book)[["who", "action"]].to_numpy().tolist()
    book.close()
    assert acts[-2:] == [["甲", "parks.import"], ["甲", "snapshot.publish"]]


def test_an_older_snapshot_knows_its_own_parks_only(own_workspace, shipped_copy):
    made = open_snapshot(shipped_copy(own_workspace))
    assert f"{OWN}蜀都云谷软件园" not in maps.places()
    assert maps.area_name(f"{OWN}蜀都云谷软件园", "zh") == "蜀都云谷软件园"
    assert len([one for one in maps.places().values() if one.kind == "park"]) <= len(made.parks)
    assert isinstance(made.parks, pd.DataFrame)
