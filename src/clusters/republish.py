"""Publish the present firms again with other parks: located, measured and judged as a run would.

The registry itself is not kept by the platform, and is not needed: a snapshot holds its firms as
they were given, and what its addresses taught. The tables are those of a run of the same registry
with these parks.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pandas as pd

from clusters.geocode.memory import Memory
from clusters.manifest import count_firms, growth_window, versions
from clusters.measuring import measure_firms
from clusters.places.locate import locate
from clusters.places.park_files import parks_with
from clusters.workspace import Snapshot, open_snapshot, prepare, publish

__all__ = ["STEPS", "publish_with_parks"]

STEPS: Final = ("locate", "measure", "publish")
_UNCHANGED: Final = ("rejected", "duplicates", "candidates", "findings", "memory")
_OF_ONE_SNAPSHOT: Final = frozenset({"id", "created", "files", "content_sha256"})


def publish_with_parks(
    workspace: Path, *, progress: Callable[[str], None] = lambda _step: None
) -> Snapshot:
    """Publish the firms of the published snapshot with the parks the workspace keeps now.

    Raises
    ------
    WorkspaceError
        If nothing was published yet, or the workspace cannot be written.
    """
    prepare(workspace)
    shown = open_snapshot(workspace)
    manifest = shown.manifest
    parks = parks_with(workspace)
    parameters = manifest["parameters"]
    progress("locate")
    given = pd.DataFrame(shown.enterprises)
    memory = Memory.from_frame(shown.memory)
    firms = locate(given, memory, datum=parameters["datum"], parks=parks)
    progress("measure")
    counts = count_firms(firms)
    since = growth_window(counts, manifest["as_of"])
    tables, told = measure_firms(firms, parks, seed=int(parameters["seed"]), since=since)
    progress("publish")
    # Snapshots of older versions lack some.
    kept_files = [shown.path / f"{name}.parquet" for name in _UNCHANGED]
    kept = {name: value for name, value in manifest.items() if name not in _OF_ONE_SNAPSHOT}
    return publish(
        workspace,
        {
            "enterprises": firms,
            **{file.stem: file for file in kept_files if file.exists()},
            **tables,
        },
        {**kept, **counts.told(), **told, "versions": versions(), "republished": shown.id},
    )
