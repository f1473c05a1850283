"""Workers in processes of their own: killed in the middle, refusing, and the scheduler lost."""

import contextlib
import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from clusters import pipeline, workspace
from clusters.errors import InputError, WorkspaceError
from clusters.scale import runners
from ports import held_port
from scale.grid import Grid
from scale.registries import AS_OF

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("scale"),
    # Of connections that a killed worker or scheduler left open in this process.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]


@pytest.fixture
def grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Grid]:
    monkeypatch.setattr(runners, "PATIENCE_SECONDS", 120)
    started = Grid(tmp_path)
    with contextlib.closing(started):
        yield started
    gc.collect()  # what was left open is forgotten here, where nobody minds, not in a later test


def test_workers_killed_in_the_middle_change_no_byte(
    grid: Grid, registry: Path, whole: workspace.Snapshot, tmp_path: Path
) -> None:
    """Two blows; ``make faults`` has ten."""
    steps: list[str] = []

    def progress(text: str) -> None:
        if "rows/s" in text:
            steps.append(text.split(maxsplit=1)[0])
            if steps.count(steps[-1]) == 2 and steps[-1] in {"read", "locate"}:
                grid.kill_worker()

    there = pipeline.run(
        registry,
        workspace=tmp_path / "there",
        as_of=AS_OF,
        scheduler=grid.address,
        rows_per_part=300,
        progress=progress,
    )
    assert grid.killed == 2
    assert {"read", "classify", "learn", "locate", "add"} <= set(steps)
    assert there.manifest["files"] == whole.manifest["files"]


def test_a_lost_scheduler_is_told_and_publishes_nothing(
    grid: Grid, registry: Path, tmp_path: Path
) -> None:
    def progress(text: str) -> None:
        if text.startswith("classify"):
            grid.kill_scheduler()

    place = tmp_path / "w"
    with pytest.raises(WorkspaceError, match="nothing was published"):
        pipeline.run(
            registry,
            workspace=place,
            as_of=AS_OF,
            scheduler=grid.address,
            rows_per_part=300,
            progress=progress,
        )
    assert workspace.published_id(place) is None
    assert not list((place / "snapshots").iterdir())
    assert list(place.glob("cache/runs/*/read-00003.json")), "what was done is kept"


def test_lost_connections_are_kept_out_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    import distributed.client

    distributed.client.logger.setLevel(logging.WARNING)
    with runners._hushed():
        distributed.client.logger.error("a connection was lost")
        logging.getLogger("asyncio").error("a task was never asked")
    assert capsys.readouterr().err == ""
    assert distributed.client.logger.level == logging.WARNING


def test_a_worker_with_other_software_refuses(
    grid: Grid, registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clusters.scale import way

    told = {**way.versions_here(), "gazetteer": "000000000000"}
    monkeypatch.setattr(way, "versions_here", lambda: told)
    with pytest.raises(InputError, match=r"gazetteer.*same software and data"):
        pipeline.run(registry, workspace=tmp_path / "w", scheduler=grid.address, rows_per_part=300)
    assert workspace.published_id(tmp_path / "w") is None


def test_no_scheduler_at_the_address(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "PATIENCE_SECONDS", 0.5)
    with held_port() as port, pytest.raises(InputError, match="dask scheduler"):
        pipeline.run(registry, workspace=tmp_path / "w", scheduler=f"tcp://127.0.0.1:{port}")
