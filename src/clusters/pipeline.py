"""The whole way of the data, from registry files to a published snapshot.

Read it top to bottom. `run` settles what is asked for and takes one of two ways, which give the
same snapshot: `_in_one_table` is the list of steps, each one call into one room; `_in_parts` takes
the same steps over parts of a registry that is too large for one table.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd

from clusters.decisions import Decisions, read_decisions
from clusters.errors import InputError
from clusters.ledger import ledger_of
from clusters.manifest import (
    as_of_told,
    count_firms,
    counted,
    decisions_told,
    growth_window,
    parameters_told,
    read_told,
    versions,
)
from clusters.measuring import measure_firms, measure_parts, stars_told
from clusters.places.coordinates import DatumChoice
from clusters.places.locate import learn, locate
from clusters.places.park_files import parks_with
from clusters.registry import Account, ColumnMapping, read_registry
from clusters.registry.given import as_day
from clusters.registry.mapping import read_mapping
from clusters.registry.read import labels_of
from clusters.scale import is_large, run_in_parts, runner_of
from clusters.scale.job import ROWS_PER_PART
from clusters.scale.store import stops_told
from clusters.settings import data_path, get_settings
from clusters.taxonomy import classify
from clusters.workspace import Snapshot, open_snapshot, prepare, publish, published_id

STEPS = ("read", "classify", "learn", "locate", "measure", "publish")
Progress = Callable[[str], None]


def run(
    registry: str | Path | Sequence[str | Path] | None = None,
    *,
    workspace: str | Path | None = None,
    mapping: Path | ColumnMapping | None = None,
    as_of: date | str | None = None,
    datum: DatumChoice = "auto",
    seed: int = 0,
    corrections: Path | None = None,
    decisions: Decisions | None = None,
    parks: Sequence[str | Path] = (),
    scheduler: str | None = None,
    rows_per_part: int | None = None,
    progress: Progress = lambda _step: None,
) -> Snapshot:
    """Read, classify, locate and measure a registry, and publish the result.

    Parameters
    ----------
    registry : path or sequence of paths, optional
        Registry files; the shipped firms where none is given.
    workspace : path, optional
        Where the snapshot goes; the setting ``workspace`` where none is given.
    mapping : Path or ColumnMapping, optional
        TOML file, or its model, that names columns the reader does not know.
    as_of : date or text, optional
        The day the registry describes; the newest date in the registry, or today.
    datum : {"auto", "wgs84", "gcj02", "bd09", "cgcs2000"}
        Datum of given coordinates; ``auto`` estimates it.
    seed : int
        Of everything drawn at random.
    corrections : Path, optional
        Report of a check, corrected by a person; the changed cells replace those of the files.
    decisions : Decisions, optional
        Labels and merges; those of the workspace's ledger where none are given.
    parks : sequence of paths, optional
        Registries of parks, used beside those shipped and those the workspace keeps.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``tcp://10.0.0.5:8786``, whose workers take the
        registry in parts; ``local`` starts one here for the run.
    rows_per_part : int, optional
        Take the registry in parts of so many rows; Parquet files with more than 400 000 are taken
        so by themselves. A file of another format is read in one piece first.
    progress : callable
        Called with the name of each step of `STEPS` as it begins; of a registry in parts, with how
        far each step is.

    Raises
    ------
    InputError
        If a file cannot be used; nothing is published then.
    WorkspaceError
        If the workspace cannot be written.
    """
    folder = Path(workspace) if workspace is not None else get_settings().workspace
    prepare(folder)
    files = data_path("enterprises", "enterprises.csv") if registry is None else registry
    asked = _Asked(
        files=[files] if isinstance(files, str | Path) else list(files),
        shipped=registry is None,
        folder=folder,
        mapping=mapping,
        as_of=as_day(as_of),
        datum=datum,
        seed=seed,
        corrections=corrections,
        parks=parks_with(folder, parks),
        decisions=decisions if decisions is not None else read_decisions(ledger_of(folder)),
    )
    in_parts = scheduler is not None or rows_per_part is not None
    if in_parts and corrections is not None:
        raise InputError(
            "a registry is corrected in one piece: leave --scheduler and --rows-per-part out, or "
            "run the corrected file itself"
        )
    if in_parts or (corrections is None and is_large(asked.files)):
        return _in_parts(asked, scheduler, rows_per_part or ROWS_PER_PART, progress)
    return _in_one_table(asked, progress)


def ensure_snapshot(folder: Path, *, progress: Progress = lambda _step: None) -> Snapshot:
    """Return the published snapshot, building one from the shipped data where there is none."""
    if published_id(folder) is None:
        return run(workspace=folder, progress=progress)
    return open_snapshot(folder)


@dataclass(frozen=True)
class _Asked:
    """What a run was asked for, with what was left open filled in; see `run`."""

    files: list[str | Path]
    shipped: bool
    folder: Path
    mapping: Path | ColumnMapping | None
    as_of: date | None
    datum: DatumChoice
    seed: int
    corrections: Path | None
    parks: gpd.GeoDataFrame
    decisions: Decisions


def _in_one_table(asked: _Asked, progress: Progress) -> Snapshot:
    progress("read")
    read = read_registry(
        asked.files,
        mapping=asked.mapping,
        as_of=asked.as_of,
        merges=asked.decisions.merges,
        corrections=asked.corrections,
    )
    progress("classify")
    classified = classify(read.table, learn=True, labels=asked.decisions.labels)
    progress("learn")
    memory = learn(classified)
    progress("locate")
    firms = locate(classified, memory=memory, datum=asked.datum, parks=asked.parks)
    progress("measure")
    counts = count_firms(firms)
    described = as_of_told(counts, asked.as_of)
    since = growth_window(counts, described["as_of"])
    tables, measured = measure_firms(firms, asked.parks, seed=asked.seed, since=since)
    progress("publish")
    _check_rows(read.account, firms)
    return publish(
        asked.folder,
        {
            "enterprises": firms,
            "rejected": read.rejected,
            "duplicates": read.duplicates,
            "candidates": read.candidates,
            "findings": read.report,
            "memory": memory.to_frame(),
            **tables,
        },
        {
            **described,
            "shipped_data": asked.shipped,
            **read_told(read.sources, read.account),
            "findings": counted(read.report["rule"]),
            **counts.told(),
            "datum": firms.attrs.get("datum", asked.datum),
            "parameters": parameters_told(as_of=asked.as_of, datum=asked.datum, seed=asked.seed),
            "versions": versions(),
            "learned": classified.attrs.get("learned"),
            "decisions": decisions_told(asked.decisions),
            "corrections": None if asked.corrections is None else Path(asked.corrections).name,
            **measured,
            "stars": stars_told(since, described["as_of"]),
        },
    )


def _in_parts(
    asked: _Asked, scheduler: str | None, rows_per_part: int, progress: Progress
) -> Snapshot:
    # The workers go home before the tables are measured; the work folder is held until they are
    # published.
    with stops_told(asked.folder), contextlib.ExitStack() as work_folder:
        with runner_of(scheduler) as runner:
            found = work_folder.enter_context(
                run_in_parts(
                    asked.files,
                    labels_of(asked.files),
                    runner=runner,
                    workspace=asked.folder,
                    mapping=read_mapping(asked.mapping),
                    as_of=asked.as_of,
                    datum=asked.datum,
                    decisions=asked.decisions,
                    parks=asked.parks,
                    rows_per_part=rows_per_part,
                    progress=progress,
                )
            )
        _check_rows(found.account)
        tables, measured = measure_parts(found, asked.parks, seed=asked.seed, progress=progress)
        progress("publish")
        snapshot = publish(
            asked.folder,
            {
                "duplicates": found.duplicates,
                "candidates": found.candidates,
                "memory": found.memory.to_frame(),
                **tables,
                **found.tables,
            },
            {
                **found.described,
                "shipped_data": asked.shipped,
                **read_told(found.sources, found.account),
                "findings": found.findings,
                **found.counts.told(),
                "datum": found.datum or asked.datum,
                "parameters": parameters_told(
                    as_of=asked.as_of, datum=asked.datum, seed=asked.seed
                ),
                "versions": versions(),
                "learned": found.learned,
                "decisions": decisions_told(asked.decisions),
                "corrections": None,
                **measured,
                "stars": stars_told(found.since, found.described["as_of"]),
            },
        )
        found.store.remove()
        return snapshot


def _check_rows(account: Account, firms: gpd.GeoDataFrame | None = None) -> None:
    """Refuse to publish when a row went missing or came twice: that would be a bug of ours."""
    located = account.kept if firms is None else len(firms)
    if not account.adds_up or located != account.kept:
        msg = f"rows are not conserved: {account}, located {located}; nothing was published"
        raise RuntimeError(msg)
    if firms is not None and firms["enterprise_id"].duplicated().any():
        msg = "an enterprise_id occurs twice; nothing was published"
        raise RuntimeError(msg)
