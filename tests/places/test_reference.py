"""Reference figures of the prefectures, and amenities."""

import shutil
from pathlib import Path

import pytest

from clusters.errors import ShippedDataError
from clusters.places import reference as room
from clusters.settings import get_settings


@pytest.mark.parametrize("year", [2020, 2023])
def test_population_is_complete(year):
    people = room.population(year)
    assert people.shape == (21,)
    assert people.notna().all()
    assert people.attrs["missing"] == []
    assert people.attrs["unit"] == "万人"
    assert people.sum() == pytest.approx(8369, abs=3)  # the province: 8371 and 8368


@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_gdp_is_complete(year):
    output = room.gdp(year)
    assert output.notna().all()
    assert output.idxmax() == "510100"
    assert set(output.attrs["sources"]) == set(output.index)


@pytest.mark.parametrize(("year", "excess"), [(2023, 0.0076), (2025, 0.0024)])
def test_prefectures_exceed_the_province_by_the_documented_share(year, excess):
    # Prefectures are accounted apart from the province; the README says by how much they differ.
    output = room.gdp(year)
    assert output.sum() / output.attrs["total"] - 1 == pytest.approx(excess, abs=1e-4)


def test_the_province_of_2024_is_not_invented():
    assert room.gdp(2024).attrs["total"] is None


def test_gaps_stay_gaps():
    people = room.population(2025)
    assert people.isna().sum() == len(people.attrs["missing"]) == 12
    assert people.attrs["total"] is None


def test_undated_values_are_asked_for_without_a_year():
    area = room.reference("land_area_alt")
    assert area.notna().all()
    assert area.attrs["year"] is None


def test_output_per_head_agrees_with_its_parts():
    ratio = room.gdp(2023) / room.population(2023) * 1e4 / room.reference("gdp_per_capita", 2023)
    assert (ratio.dropna() - 1).abs().max() < 0.006


def test_unknown_indicator_and_year_name_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown indicator 'happiness'; known are .*gdp"):
        room.reference("happiness", 2023)
    with pytest.raises(ValueError, match="2023, 2024, 2025"):
        room.gdp(1999)


def test_nine_month_figures_never_answer_for_a_year():
    annual = room.figures().query("indicator_id == 'gdp'")
    assert annual["period"].str.fullmatch(r"\d{4}").all()
    assert set(room.reference("gdp_9m", 2024).dropna().index) == {"513200"}


def test_every_indicator_is_described():
    described = room.indicators().set_index("indicator_id")
    assert set(room.figures()["indicator_id"]) == set(described.index)
    assert described["name_en"].notna().all()
    for indicator, periods in described["complete_periods"].dropna().items():
        for period in periods.split(";"):
            year = None if period == "undated" else int(period)
            assert room.reference(indicator, year).notna().all()


def test_amenities_are_points_or_unknown():
    frame = room.amenities()
    assert len(frame) == 87
    assert frame["amenity_id"].is_unique
    assert (frame.geometry.isna() == frame["lon"].isna()).all()
    assert (frame["uncertainty_km"].notna() == frame["lon"].notna()).all()


def test_missing_table_names_itself(tmp_path, monkeypatch):
    shutil.copytree(Path(__file__).parents[2] / "data" / "gazetteer", tmp_path / "gazetteer")
    monkeypatch.setenv("CLUSTERS_DATA", str(tmp_path))
    get_settings.cache_clear()
    room.figures.cache_clear()
    try:
        with pytest.raises(ShippedDataError, match=r"reference/prefectures\.csv not found"):
            room.gdp()
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
        room.figures.cache_clear()
