"""The command that looks whether everything is there, and says what to do where it is not."""

import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clusters.cli.console import WorkspaceOption, err, folder, ledger_in, out, say_table
from clusters.errors import ClustersError

_OLDEST = (3, 11)
_INSTALL = (
    "run `make clean && make setup` in the checkout, or install requirements.txt with the package "
    "again"
)
_DATA = "install again, or point CLUSTERS_DATA at the data folder of a checkout"
_LIBRARIES = (
    "pandas",
    "geopandas",
    "shapely",
    "pyarrow",
    "streamlit",
    "folium",
    "streamlit-folium",
)


@dataclass(frozen=True)
class Check:
    """One thing that must be there: how to look, and what to do where it is missing."""

    name: str
    look: Callable[[], str]
    remedy: str


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(doctor)


def doctor(
    workspace: WorkspaceOption = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the whole error of a check that failed.")
    ] = False,
) -> None:
    """Check what is needed to run, and say what to do.

    Versions, data, fonts, map scripts, compiled parts, workspace and ledger.

    Each line that failed says what to do; exit code 2 then. Compiles what is not compiled yet.

    Example: clusters doctor
    """
    place = folder(workspace)
    rows, remedies = [], []
    for check in _checks(place):
        try:
            rows.append([check.name, "ok", check.look()])
        except Exception as error:  # noqa: BLE001 - whatever is wrong is what was asked for
            if debug:
                err.print_exception()
            rows.append([check.name, "FAILED", _told(error)])
            remedies.append(f"{check.name}: {check.remedy}")
    say_table("", ["what", "", "found"], rows)
    if remedies:
        out.print("\nWhat to do:", markup=False)
        for line in remedies:
            out.print(f"  {line}", markup=False)
        raise typer.Exit(2)


def _told(error: Exception) -> str:
    """Return an error in words; those of libraries with their kind."""
    if isinstance(error, importlib.metadata.PackageNotFoundError):
        return f"the package {error.name} is not installed"
    words = " ".join(str(error).split())
    return words if isinstance(error, ClustersError) else f"{type(error).__name__}: {words}"


def _checks(place: Path) -> tuple[Check, ...]:
    """Return every check, in the order things are needed."""
    return (
        Check("python", _python, "install Python 3.11 or newer and set up again with it"),
        Check("clusters", lambda: importlib.metadata.version("sichuan-ai-clusters"), _INSTALL),
        *(
            Check(name, lambda name=name: importlib.metadata.version(name), _INSTALL)  # type: ignore[misc]  # the default carries the name
            for name in _LIBRARIES
        ),
        Check("pages of the app", _app, _INSTALL),
        Check("boundaries", _boundaries, _DATA),
        Check("zones and parks", _zones, _DATA),
        Check("goals", _goals, _DATA),
        Check(
            "address reader",
            _gazetteer,
            f"{_DATA}; if it cannot be compiled, let this account write the package's folders or "
            "set NUMBA_CACHE_DIR to a folder it may write",
        ),
        Check(
            "metrics",
            _metrics,
            "let this account write the package's folders, or set NUMBA_CACHE_DIR to a folder it "
            "may write",
        ),
        Check(
            "font of still maps",
            _fonts,
            f"{_INSTALL}: the typeface comes with the package mpl-font. Pages of the app use the "
            "fonts of the reader's PC",
        ),
        Check("scripts of maps", _assets, f"{_INSTALL}: Leaflet comes with xstatic-leaflet"),
        Check(
            "workspace",
            lambda: _workspace(place),
            "name a folder this account may write with --workspace or CLUSTERS_WORKSPACE; where "
            "the published snapshot is gone, publish anew with `clusters run`, or bring a backup "
            "back with `clusters restore`",
        ),
        Check(
            "ledger",
            lambda: _ledger(place),
            "do what its line says; CLUSTERS_LEDGER_URL names a shared ledger, without it "
            "ledger.sqlite in the workspace is used; see docs/ledger.md",
        ),
    )


def _python() -> str:
    if sys.version_info < _OLDEST:
        raise ClustersError(f"{platform.python_version()} is too old")
    return platform.python_version()


def _app() -> str:
    from clusters.settings import shipped_root

    root = shipped_root()
    missing = [name for name in ("app.py", "pages") if not (root / name).exists()]
    if missing:
        raise ClustersError(f"{' and '.join(missing)} not found in {root}")
    return f"{len(list((root / 'pages').glob('*.py')))} pages"


def _boundaries() -> str:
    from clusters.places import boundaries

    counties, prefectures = len(boundaries.counties()), len(boundaries.prefectures())
    if (counties, prefectures) != (183, 21):
        raise ClustersError(
            f"{counties} counties and {prefectures} prefectures; expected 183 and 21"
        )
    return (
        f"{counties} counties, {prefectures} prefectures, version {boundaries.boundary_version()}"
    )


def _zones() -> str:
    from clusters.places import parks, zones

    table = zones.zones()
    drawn = int(table.geometry.notna().sum())
    return f"{len(table)} zones, {drawn} with a footprint; {len(parks.shipped_parks())} parks"


def _goals() -> str:
    from clusters.goals import load_observations, load_targets

    return f"{len(load_targets())} targets, {len(load_observations())} observations"


def _gazetteer() -> str:
    """Read one address, which also compiles the reader where that was not done yet."""
    import pandas as pd

    from clusters.places.locate import locate
    from clusters.settings import data_version

    address = "成都市郫县红光镇"
    found = locate(pd.DataFrame({"address": [address]}))["county_code"].iloc[0]
    if found != "510117":
        raise ClustersError(f"{address} was read as {found}, not as 510117")
    return f"compiled; gazetteer {data_version('gazetteer')}; {address} is in {found}"


def _metrics() -> str:
    """Run every compiled loop of the metrics, which compiles them where that was not done yet."""
    from clusters.metrics.warm import warm_up

    warm_up()
    return "compiled: distance functions and density clusters"


def _fonts() -> str:
    from clusters.maps.fonts import register, require_glyphs

    require_glyphs(["泸州 郫都 犍为 邛崃 瓛 潆溪"])
    return register()


def _assets() -> str:
    from clusters.maps.assets import asset_folders

    folders = {prefix: Path(path) for prefix, path in asset_folders().items()}
    missing = [str(path) for path in folders.values() if not any(path.glob("*.js"))]
    if missing:
        raise ClustersError(f"nothing in {', '.join(missing)}")
    return ", ".join(sorted(folders))


def _workspace(place: Path) -> str:
    from clusters.workspace import list_snapshots, open_snapshot, prepare, published_id

    prepare(place)
    if not os.access(place, os.W_OK):
        raise ClustersError(f"{place} cannot be written; it can be looked at only")
    published = published_id(place)
    if published is not None:
        open_snapshot(place)
    told = f"published {published}" if published else "the first command or page builds one"
    return f"{place}: {len(list_snapshots(place))} snapshots, {told}"


def _ledger(place: Path) -> str:
    from clusters.ledger import observations

    with ledger_in(place) as ledger:
        return f"{ledger.engine.dialect.name}: {len(observations(ledger))} observations added"
