"""The work folder: whole files or none, one run at a time, nothing left lying about."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clusters.decisions import NONE
from clusters.errors import WorkspaceError
from clusters.places.parks import shipped_parks
from clusters.registry.mapping import ColumnMapping
from clusters.scale import Result, run_in_parts
from clusters.scale.runners import Local
from clusters.scale.store import FORGOTTEN_SECONDS, Store, stops_told
from clusters.scale.watch import Watch
from scale.grid import ENVIRONMENT
from scale.registries import plain, write


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "runs" / "one")
    made.folder.mkdir(parents=True)
    return made


def saved(store: Store, value: int) -> None:
    frame = pd.DataFrame({"value": [value] * 3, "flags": [["a"], [], ["b", "c"]]})
    store.save("read", 7, facts={"v": value}, arrays={"a": np.arange(value)}, frames={"t": frame})


def test_what_is_saved_comes_back(store: Store) -> None:
    assert not store.has("read", 7)
    saved(store, 4)
    assert store.has("read", 7)
    assert not store.has("read", 8)
    assert store.facts("read", 7) == {"v": 4}
    assert store.array("read", 7, "a").tolist() == [0, 1, 2, 3]
    assert store.frame("read", 7, "t")["flags"].tolist() == [["a"], [], ["b", "c"]]
    assert store.rows("read", 7, "t") == 3


@pytest.mark.parametrize("broken", ["frames", "arrays", "facts"])
def test_a_disk_that_refuses_leaves_the_part_undone_and_nothing_half_written(
    store: Store, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target = {
        "frames": (pd.DataFrame, "to_parquet"),
        "arrays": (np, "savez"),
        "facts": (Path, "write_text"),
    }[broken]
    with monkeypatch.context() as patched:
        patched.setattr(*target, full)
        with pytest.raises(OSError, match="No space left"):
            saved(store, 4)
    assert not store.has("read", 7)
    assert not [file for file in store.folder.iterdir() if file.name.startswith(".")]
    saved(store, 5)
    assert store.facts("read", 7) == {"v": 5}


def test_a_second_run_over_the_same_files_is_refused_until_the_first_has_ended(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "runs" / "one"
    hold = (
        "import sys, pathlib; from clusters.scale.store import Store\n"
        "with Store(pathlib.Path(sys.argv[1])).held():\n"
        "    print('held', flush=True); sys.stdin.readline()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", hold, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(WorkspaceError, match="another run"), Store(folder).held():
        pass
    other.kill()  # a run that was killed holds nothing any more
    other.communicate()
    with Store(folder).held():
        assert folder.is_dir()


def test_only_folders_long_untouched_are_forgotten(store: Store) -> None:
    old, young = (store.folder.with_name(name) for name in ("old", "young"))
    long_ago = time.time() - FORGOTTEN_SECONDS - 60
    for folder in (old, young):
        folder.mkdir()
        (folder / "read-00000.json").write_text("{}")
        os.utime(folder / "read-00000.json", (long_ago, long_ago))
        os.utime(folder, (long_ago, long_ago))
    (young / "read-00001.json").write_text("{}")
    os.utime(young, (long_ago, long_ago))
    store.remove_forgotten()
    assert sorted(one.name for one in store.folder.parent.iterdir()) == ["one", "young"]


def test_progress_tells_rate_and_time_left_of_what_is_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    told: list[str] = []
    watch = Watch("read", 1_000, 400, told.append)
    clock[0] = 102.0
    watch.add(200)
    assert told == ["read 600/1,000 rows, 100 rows/s, 0 min 04 s left"]


def taken(registry: Path, place: Path, rows: int = 100) -> tuple[Result, list[str]]:
    told: list[str] = []
    with run_in_parts(
        [registry],
        [registry.name],
        runner=Local(),
        workspace=place,
        mapping=ColumnMapping(),
        as_of=None,
        datum="auto",
        decisions=NONE,
        parks=shipped_parks(),
        rows_per_part=rows,
        progress=told.append,
    ) as found:
        return found, told


def test_done_parts_are_not_done_again_and_a_full_disk_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = write(plain(400), tmp_path / "firms.parquet")
    place = tmp_path / "w"
    save, calls = Store.save, []

    def fails(self: Store, step: str, number: int, **what: object) -> None:
        if (step, number) == ("classify", 2):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save(self, step, number, **what)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "save", fails)
        told_to_go_on = pytest.raises(WorkspaceError, match=r"No space left.*same command again")
        with told_to_go_on, stops_told(place):
            taken(registry, place)

    def counts(self: Store, step: str, number: int, **what: object) -> None:
        calls.append((step, number))
        save(self, step, number, **what)

    monkeypatch.setattr(Store, "save", counts)
    found, told = taken(registry, place)
    assert found.account.adds_up
    done = {(step, number) for step, number in calls if step in {"read", "classify"}}
    assert done == {("classify", 2), ("classify", 3)}
    assert not [text for text in told if text.startswith("read 1")]
    assert next(text for text in told if text.startswith("classify")).startswith("classify 300/400")
