"""Profiles and scenarios as office programs save them, and as nobody should write them."""

import json

import pytest

from clusters.cli.screen import _scenario
from clusters.errors import InputError
from clusters.screening.profile import default_profile, read_profile
from clusters.screening.toml import profile_to_toml


def test_a_byte_order_mark_is_no_part_of_a_profile(tmp_path):
    path = tmp_path / "profile.toml"
    path.write_text(profile_to_toml(default_profile()), encoding="utf-8-sig")
    assert read_profile(path) == default_profile()


def test_a_byte_order_mark_is_no_part_of_a_scenario(tmp_path):
    step = {"do": "add_park", "name": "新园", "lon": 104.1, "lat": 30.6}
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps({"steps": [step]}), encoding="utf-8-sig")
    assert _scenario(str(path), tmp_path).steps == (step,)


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "radius_km = " + "1" * 5000])
def test_what_no_reader_can_hold_is_refused_in_words(tmp_path, text):
    path = tmp_path / "endless.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="is not a TOML file"):
        read_profile(path)
    with pytest.raises(InputError, match="cannot be read as a scenario"):
        _scenario(str(path), tmp_path)
