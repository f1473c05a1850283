"""A run that is interrupted or killed leaves the published snapshot as it was, and readable."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from clusters import workspace

pytestmark = pytest.mark.slow
COUNTIES = ("成都市武侯区", "绵阳市涪城区", "德阳市旌阳区", "成都市郫都区")


def registry(path: Path, firms: int) -> Path:
    table = pd.DataFrame(
        {
            "企业名称": [f"四川第{i}机器人有限公司" for i in range(firms)],
            "注册地址": [f"{COUNTIES[i % 4]}科园路{i}号" for i in range(firms)],
            "经营范围": "工业机器人制造",
        }
    )
    table.to_csv(path, index=False)
    return path


def start(file: Path, place: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "clusters", "run", str(file), "--workspace", str(place)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def unfinished(place: Path) -> set[Path]:
    return set((place / "snapshots").glob(".building-*"))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str, float]:
    folder = tmp_path_factory.mktemp("crash")
    began = time.monotonic()
    process = start(registry(folder / "small.csv", 40), folder / "w")
    _out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    identity = workspace.published_id(folder / "w")
    assert identity is not None
    return registry(folder / "large.csv", 4000), folder / "w", identity, time.monotonic() - began


@pytest.mark.parametrize("moment", [0.3, 0.6, 0.8, 0.9, 1.0])
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_any_end_leaves_a_whole_snapshot_published(published, blow, moment: float) -> None:
    file, place, _first, usual = published
    before = workspace.published_id(place)
    killed = unfinished(place)  # what an earlier test killed lies there for a while
    process = start(file, place)
    time.sleep(usual * moment)
    process.send_signal(blow)
    _out, err = process.communicate(timeout=300)
    assert "Traceback" not in err or blow is signal.SIGKILL
    if blow is signal.SIGINT:
        # a shell shows an end by the signal itself, while Python is leaving, as 130 too
        assert process.returncode in {0, 130, -signal.SIGINT}, err
        assert unfinished(place) <= killed
    after = workspace.open_snapshot(place)
    newest = workspace.list_snapshots(place)[0].id
    assert after.id in {before, newest}  # the old one, or the one this run finished
    assert len(after.enterprises) == after.manifest["account"]["published"]
    for name in workspace.TABLES:
        assert getattr(after, name) is not None
