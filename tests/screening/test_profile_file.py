"""Profiles as office programs save them."""

from clusters.screening.profile import default_profile, read_profile
from clusters.screening.toml import profile_to_toml


def test_a_byte_order_mark_is_no_part_of_a_profile(tmp_path):
    path = tmp_path / "profile.toml"
    path.write_text(profile_to_toml(default_profile()), encoding="utf-8-sig")
    assert read_profile(path) == default_profile()
