"""Files appear whole or not at all, with the rights of any other file."""

import os
import stat

import pytest

from clusters.atomic import replacing


def stop_halfway(part):
    part.write_text("half")
    raise ZeroDivisionError


def test_a_file_appears_when_the_block_ends_and_not_before(tmp_path):
    target = tmp_path / "table.csv"
    with replacing(target) as part:
        part.write_text("a,b\n")
        assert not target.exists()
    assert target.read_text() == "a,b\n"
    assert list(tmp_path.iterdir()) == [target]


def test_where_the_block_fails_the_old_file_stays_and_nothing_beside_it(tmp_path):
    target = tmp_path / "table.csv"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(target) as part:
        stop_halfway(part)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_where_the_disk_refuses_the_name_nothing_is_left(tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space left"), replacing(tmp_path / "table.csv") as part:
        part.write_text("whole")
    assert not list(tmp_path.iterdir())


def test_two_may_write_the_same_file_at_once(tmp_path):
    target = tmp_path / "table.csv"
    with replacing(target) as one, replacing(target) as other:
        one.write_text("one")
        other.write_text("other")
    assert target.read_text() == "one"  # the outer block ends last
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_has_the_rights_of_any_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "table.csv") as part:
            part.write_bytes(b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "table.csv").stat().st_mode) == 0o640


def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path):
    target = tmp_path / ("企" * 80 + ".csv")
    with replacing(target) as part:
        part.write_bytes(b"x")
    assert target.read_bytes() == b"x"
