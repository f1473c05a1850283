"""A few blows of every fault ``make faults`` counts by the hundred."""

from pathlib import Path

import pytest

from faults import storm

pytestmark = pytest.mark.slow


def test_no_snapshot_breaks_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    counts = list(storm.all_faults(tmp_path, blows=4, seed=7))
    assert len(counts) >= 6
    assert [str(count) for count in counts if count.wrong] == []
    assert all(count.acknowledged for count in counts)


def test_what_is_broken_would_be_seen(tmp_path: Path) -> None:
    """The counting itself can fail: a changed byte and a lost snapshot are both told."""
    place = tmp_path / "w"
    snapshot = storm.workspace.publish(place, storm.tables(3), {"number": 3})
    assert storm.wrong_with_snapshots(place, 3) == []
    assert "4 was acknowledged" in storm.wrong_with_snapshots(place, 4)[0]
    file = snapshot.path / "metrics.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert storm.wrong_with_snapshots(place, 3)
