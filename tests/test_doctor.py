"""What is missing is named, and so is what to do; what is there is not blamed for it."""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clusters.cli import app, doctor
from clusters.settings import get_settings


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Return a function that runs the command on an empty workspace."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*options: str):
        place = ["--workspace", str(tmp_path / "w")]
        return CliRunner().invoke(app, ["doctor", *place, *options])

    yield run
    get_settings.cache_clear()


def quick(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Leave only some checks, so that nothing is compiled."""
    every = doctor._checks
    monkeypatch.setattr(
        doctor, "_checks", lambda place: tuple(c for c in every(place) if c.name in names)
    )


def test_every_check_says_what_to_do(tmp_path: Path) -> None:
    for check in doctor._checks(tmp_path):
        assert len(check.remedy) > 30, check.name


@pytest.mark.slow
def test_data_that_are_not_there(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "clusters", "doctor"],
        env=os.environ | {"CLUSTERS_DATA": str(tmp_path / "nowhere"), "COLUMNS": "200"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    remedies = done.stdout.split("What to do:")[1]
    assert "goals: install again, or point CLUSTERS_DATA" in remedies
    assert "scripts of maps" not in remedies


def test_a_package_that_is_not_installed(ask, monkeypatch) -> None:
    quick(monkeypatch, "folium", "pandas")

    def version(name: str) -> str:
        if name == "folium":
            raise importlib.metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(importlib.metadata, "version", version)
    told = ask()
    assert told.exit_code == 2
    assert "the package folium is not installed" in told.output
    assert "make setup" in told.output


def test_a_font_that_is_gone(ask, monkeypatch, tmp_path: Path) -> None:
    import mpl_font

    from clusters.maps import fonts

    quick(monkeypatch, "font of still maps")
    monkeypatch.setattr(mpl_font, "__file__", str(tmp_path / "__init__.py"))
    fonts.register.cache_clear()
    fonts._covered.cache_clear()
    told = ask()
    fonts.register.cache_clear()
    fonts._covered.cache_clear()
    assert told.exit_code == 2
    assert "mpl-font" in told.output.split("What to do:")[1]


def test_a_ledger_that_does_not_answer(ask, monkeypatch) -> None:
    quick(monkeypatch, "ledger")
    monkeypatch.setenv("CLUSTERS_LEDGER_URL", "postgresql://nobody@127.0.0.1:9/none")
    get_settings.cache_clear()
    told = ask()
    assert told.exit_code == 2
    assert "CLUSTERS_LEDGER_URL" in told.output.split("What to do:")[1]
    assert "Traceback" not in told.output


def test_loops_that_cannot_be_compiled(ask, monkeypatch) -> None:
    def broken() -> str:
        raise RuntimeError("cannot cache function: no locator available")

    quick(monkeypatch, "metrics")
    monkeypatch.setattr(doctor, "_metrics", broken)
    told = ask()
    assert told.exit_code == 2
    assert "NUMBA_CACHE_DIR" in told.output
    assert "RuntimeError: cannot cache" in told.output


def test_a_workspace_that_is_a_file(ask, monkeypatch, tmp_path: Path) -> None:
    quick(monkeypatch, "workspace")
    (tmp_path / "w").write_text("a file")
    told = ask()
    assert told.exit_code == 2
    assert "--workspace" in told.output.split("What to do:")[1]


def test_a_published_snapshot_that_is_gone(ask, monkeypatch, tmp_path: Path) -> None:
    quick(monkeypatch, "workspace")
    (tmp_path / "w" / "snapshots").mkdir(parents=True)
    (tmp_path / "w" / "current").write_text("20260101T000000Z-abcdef\n")
    told = ask()
    assert told.exit_code == 2
    assert "no snapshot '20260101T000000Z-abcdef'" in told.output
    assert "publish anew with `clusters run`" in told.output
