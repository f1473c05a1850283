"""The wheel is all there is to install: it diagnoses, runs and serves away from any checkout."""

import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
import zipfile
from pathlib import Path

import pytest

from ports import held_port

ROOT = Path(__file__).resolve().parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


@pytest.fixture(scope="module")
def archives(tmp_path_factory) -> Path:
    """Return the folder with the wheel and the source archive the build makes."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def installed(archives: Path, tmp_path_factory) -> Path:
    """Return a folder that pip installed the wheel into; what it needs is installed already."""
    (wheel,) = archives.glob("*.whl")
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(target), str(wheel)], check=True, capture_output=True)
    take_over_compiled_loops(target)
    return target


def take_over_compiled_loops(target: Path) -> None:
    """Bring what numba compiled for the checkout along: compiling it anew takes a minute.

    It is valid for a source of the same age and size only; else it is compiled as on any machine.
    """
    for room in ("geocode", "metrics"):
        source, copy = ROOT / "src" / "clusters" / room, target / "clusters" / room
        for file in source.glob("*.py"):
            shutil.copystat(file, copy / file.name)
        for compiled in (source / "__pycache__").glob("*.nb[ci]"):
            shutil.copy2(compiled, copy / "__pycache__")


def call(installed: Path, place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command as a user would, in a folder of his own."""
    return subprocess.run(
        [str(installed / "bin" / "clusters"), *words],
        cwd=place,
        env=environment(installed),
        capture_output=True,
        text=True,
        check=False,
    )


def environment(installed: Path) -> dict[str, str]:
    """Return an environment without a checkout, a terminal 160 wide."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CLUSTERS_")}
    more = {"PYTHONPATH": str(installed), "CLUSTERS_POSITION_DRAWS": "2", "COLUMNS": "160"}
    return kept | more


def test_the_change_log_tells_of_this_version() -> None:
    heading = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1].splitlines()[0]
    assert heading.startswith(VERSION)


@pytest.mark.slow
def test_archives_hold_what_is_shown_and_no_leftovers(archives: Path) -> None:
    (wheel,) = archives.glob("*.whl")
    assert wheel.name.startswith(f"sichuan_ai_clusters-{VERSION}-py3-none-any")
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in ("app.py", "pages/map.py", "data/boundaries/counties.parquet", "pages/overview.py"):
        assert f"clusters/_shipped/{name}" in names
    assert "clusters/_shipped/.streamlit/config.toml" in names
    assert "clusters/ui/texts/shell.toml" in names
    assert [name for name in names if "__pycache__" in name or "/tests/" in name] == []
    (source,) = archives.glob("*.tar.gz")
    assert wheel.stat().st_size < 20_000_000
    assert source.stat().st_size < 40_000_000


@pytest.mark.slow
def test_an_installed_wheel_diagnoses_runs_and_serves(installed: Path, tmp_path: Path) -> None:
    healthy = call(installed, tmp_path, "doctor")
    assert healthy.returncode == 0, healthy.stdout + healthy.stderr
    assert VERSION in healthy.stdout
    ran = call(installed, tmp_path, "run", "--as-of", "2026-06-30")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "workspace" / "current").exists()
    wrote = call(installed, tmp_path, "measure", "lq.csv")
    assert wrote.returncode == 0, wrote.stderr
    assert (tmp_path / "lq.csv").stat().st_size > 1_000
    serves(installed, tmp_path)


def serves(installed: Path, place: Path) -> None:
    """Start the app, ask for its page, its health and a script of its maps, and stop it."""
    with held_port() as port:
        with (place / "app.log").open("wb") as log:
            app = subprocess.Popen(
                [str(installed / "bin" / "clusters"), "app", "--port", str(port)],
                cwd=place,
                env=environment(installed),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            for path in ("healthz", "map", "assets/leaflet/leaflet.js", "assets/clusters/map.js"):
                assert answered(f"http://127.0.0.1:{port}/{path}", app) == 200, path
        finally:
            app.send_signal(signal.SIGINT)
            try:
                app.wait(60)
            finally:
                app.kill()


def answered(address: str, app: subprocess.Popen) -> int:
    """Return the status of an address, which may take a while to be there."""
    end = time.monotonic() + 180
    while True:
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return int(answer.status)
        except OSError:
            assert app.poll() is None, "the app has ended"
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
