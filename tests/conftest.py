"""Fixtures every room shares."""

import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from browser.driver import browser, chromium

# Two draws of uncertain places take the same way as ten, in a fifth of the time.
os.environ.setdefault("CLUSTERS_POSITION_DRAWS", "2")

# How long an example takes, or its making, says nothing of what it asserts; timings are benchmarks.
# Tests ask the same examples every time, so that only a change makes one fail; `make fuzz` asks others.
for profile, same in (("clusters", True), ("explore", False)):
    settings.register_profile(
        profile,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=same,
        database=None,
        print_blob=True,
    )
settings.load_profile("clusters")

SHARED = Path(__file__).resolve().parents[2] / "shared"
SHIPPED = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def shared() -> Callable[..., Path]:
    """Return a function that finds reference material beside the checkout, or skips the test."""

    def find(*parts: str) -> Path:
        path = SHARED.joinpath("data", *parts)
        if not path.exists():
            pytest.skip(f"reference material {'/'.join(parts)} is not beside this checkout")
        return path

    return find


@pytest.fixture(scope="session")
def shipped_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with one snapshot of the shipped data, for reading and copying only.

    It is built once for all workers of a session; the first to ask builds, the others wait.
    """
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    folder = place / "shipped-template"
    with (place / "shipped-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "current").exists():
            from clusters import pipeline

            pipeline.run(workspace=folder)
    return folder


@pytest.fixture(scope="session")
def shipped_copy(shipped_template: Path) -> Callable[[Path], Path]:
    """Return a function that makes a workspace with the snapshot of the shipped data."""

    def make(folder: Path) -> Path:
        return Path(shutil.copytree(shipped_template, folder))

    return make


@pytest.fixture(scope="session")
def started() -> Iterator[Browser]:
    """Yield Chromium; without one, skip on a desk and fail in CI."""
    if chromium() is None:
        message = "Chromium is not installed: sudo apt-get install chromium fonts-noto-cjk"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with browser() as running:
        yield running


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return what runs a command in this process and gives exit code, output and errors."""
    from clusters import cli

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["clusters", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test a copy of ``data/boundaries`` it may change, beside the shipped rest."""
    from clusters.settings import get_settings

    root = tmp_path / "data"
    root.mkdir()
    for part in SHIPPED.iterdir():
        if part.name == "boundaries":
            shutil.copytree(part, root / part.name)
        else:
            (root / part.name).symlink_to(part)
    monkeypatch.setenv("CLUSTERS_DATA", str(root))
    get_settings.cache_clear()
    yield root / "boundaries"
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def import_outline(tmp_path: Path, own_data: Path) -> Callable[[str], None]:
    """Return what imports an outline of a zone into the test's own data."""
    import geopandas as gpd
    import shapely

    from clusters.places.footprints import import_footprints

    def imported(zone_id: str) -> None:
        official = tmp_path / "official.geojson"
        gpd.GeoDataFrame(
            {"zone_id": [zone_id]},
            geometry=[shapely.box(104.00, 30.40, 104.10, 30.50)],
            crs="EPSG:4326",
        ).to_file(official)
        import_footprints(official, datum="wgs84")

    return imported
