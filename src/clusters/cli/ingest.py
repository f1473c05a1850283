"""Commands that take registries in: run, check, locate, snapshots."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clusters.cli.console import (
    Datum,
    JsonOption,
    Language,
    WorkspaceOption,
    command_line,
    folder,
    language_of,
    needs_ending,
    out,
    progress,
    say_json,
    say_table,
)
from clusters.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from clusters.export.provenance import InputFile, Provenance
    from clusters.places.online import OnlineAsk
    from clusters.registry import ColumnMapping
    from clusters.workspace import Snapshot


_ENDINGS = (".csv", ".xlsx", ".parquet", ".gpkg", ".geojson")


class Service(StrEnum):
    """Online geocoders."""

    tianditu = "tianditu"
    amap = "amap"
    baidu = "baidu"


DatumOption = Annotated[
    Datum, typer.Option(help="Datum of given coordinates; auto estimates it.", case_sensitive=False)
]
MappingOption = Annotated[
    Path | None,
    typer.Option(help="TOML file that names columns the reader does not know.", show_default=False),
]
CorrectionsOption = Annotated[
    Path | None,
    typer.Option(
        help="Report of a check that was corrected; its changed cells replace the file's.",
        show_default=False,
    ),
]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Day the registry describes.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(run)
    app.command()(check)
    app.command()(locate)
    app.command()(snapshots)


def run(
    registry: Annotated[
        list[Path] | None, typer.Argument(help="Registry files; the shipped firms if none.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    datum: DatumOption = Datum.auto,
    mapping: MappingOption = None,
    corrections: CorrectionsOption = None,
    parks: Annotated[
        list[Path] | None,
        typer.Option(
            help="Registry of parks, used beside those shipped and imported; may be repeated.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything drawn at random.")] = 0,
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="Dask scheduler whose workers take the registry in parts, as tcp://10.0.0.5:8786; "
            "local starts one here.",
            show_default=False,
        ),
    ] = None,
    rows_per_part: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Take it in parts of so many rows; 100000 by itself from 400000 rows on.",
            show_default=False,
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Take registry files all the way to a published snapshot.

    A large registry is taken in parts, so that memory stays bounded; a run that stopped goes on
    where it was when the same command is given again.

    Example: clusters run firms.xlsx --as-of 2026-06-30
    """
    from clusters import pipeline

    known = _mapping_for(registry or [], mapping, folder(workspace), quiet=json)
    with progress() as step:
        snapshot = pipeline.run(
            registry or None,
            workspace=folder(workspace),
            as_of=as_of.date() if as_of else None,
            datum=datum.value,
            mapping=known,
            corrections=corrections,
            parks=parks or (),
            seed=seed,
            scheduler=scheduler,
            rows_per_part=rows_per_part,
            progress=step,
        )
    if json:
        say_json(snapshot.manifest)
        return
    _say_published(snapshot)
    for told in snapshot.findings.query("rule == 'corrections_unread'")["value"]:
        out.print(f"{corrections}: not used, as the file is not read here: {told}", markup=False)


def _mapping_for(
    files: list[Path], mapping: Path | None, place: Path, *, quiet: bool
) -> "Path | ColumnMapping | None":
    """Return the given mapping, or the one remembered for the headers of a single file."""
    from clusters.registry.remembered import recall_for

    if mapping is not None or len(files) != 1:
        return mapping
    known = recall_for(place, files[0])
    if known is not None and not quiet:
        out.print(
            f"{files[0].name}: the mapping remembered for these headers is used; "
            "give --mapping to use another",
            markup=False,
        )
    return known


def _say_published(snapshot: "Snapshot") -> None:
    """Say where the rows went, what was found in them, and where the snapshot lies."""
    manifest = snapshot.manifest
    account = manifest["account"]
    out.print(
        f"{account['read']} rows read = {account['published']} published "
        f"+ {account['duplicates']} duplicates + {account['rejected']} rejected"
    )
    _say_counts("places found", manifest["places"])
    _say_counts("coordinates", manifest["coordinates"])
    _say_datum(manifest["datum"])
    _say_counts("AI relevance", manifest["relevance"])
    own = manifest["parks"]
    out.print(f"parks: {own['used']}, of which {own['imported']} imported")
    _say_counts("quality warnings", manifest["findings"])
    out.print(f"places with a note: {manifest['vague']}, in conflict: {manifest['conflicts']}")
    out.print(f"snapshot {snapshot.id} published in {snapshot.path}", markup=False)


def _say_datum(told: object) -> None:
    """Say which datum was estimated, on what evidence; nothing where none had to be."""
    if not isinstance(told, dict):
        return
    inside = ", ".join(f"{name} {share:.1%}" for name, share in told["agreement"].items())
    evidence = (
        f"{told['rows']} rows name their county; inside it as {inside}; "
        f"odds of {told['best']} against the next {told['odds']:,.0f} to 1"
    )
    if told["datum"] == "unknown":
        out.print(
            f"datum of the coordinates unknown ({evidence}): taken as WGS 84 with a radius of "
            "1500 m; say it with --datum if you know it",
            markup=False,
        )
    else:
        out.print(f"datum of the coordinates: {told['datum']} ({evidence})", markup=False)


def check(
    registry: Annotated[Path, typer.Argument(help="Registry file.")],
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write every finding, and the rows to correct, to this .xlsx.", show_default=False
        ),
    ] = None,
    mapping: MappingOption = None,
    corrections: CorrectionsOption = None,
    as_of: AsOfOption = None,
    language: Annotated[
        Language | None,
        typer.Option(
            help="Language of the findings; else English here, that of the settings in the report.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Say what is wrong in which row of a file; publish nothing.

    Also says how each column was understood.

    Example: clusters check firms.csv --report findings.xlsx
    """
    from clusters.cli.checked import say_findings, say_source
    from clusters.export.findings_book import findings_bytes
    from clusters.export.provenance import InputFile
    from clusters.export.tables import write_whole
    from clusters.registry import read_registry
    from clusters.registry.remembered import recall_for

    if report is not None and report.suffix.lower() != ".xlsx":
        raise InputError(
            f"--report {report.name}: the report is an Excel file; end its name in .xlsx"
        )
    with progress() as step:
        step("read")
        day = as_of.date() if as_of else None
        known: Path | ColumnMapping | None = mapping or recall_for(folder(workspace), registry)
        read = read_registry(registry, mapping=known, corrections=corrections, as_of=day)
    account = read.account
    if json:
        say_json(
            {
                "account": asdict(account),
                "sources": [asdict(source) for source in read.sources],
                "findings": read.report["rule"].value_counts().sort_index().to_dict(),
                "candidates": len(read.candidates),
            }
        )
    else:
        for source in read.sources:
            say_source(source, remembered=mapping is None and known is not None)
        out.print(
            f"{account.read} rows: {account.kept} good, {account.duplicates} duplicates, "
            f"{account.rejected} rejected; {len(read.candidates)} pairs may be one firm"
        )
        say_findings(read.report, language=language.value if language else "en")
    if report is not None:
        inputs = tuple(InputFile(s.name, s.sha256, s.rows) for s in read.sources)
        book = findings_bytes(
            read.report,
            read.marked,
            provenance=_of_files(inputs),
            language=language_of(language),
        )
        write_whole(report, book)
        if not json:
            out.print(
                f"all findings written to {report}; correct the marked cells and give it back "
                f"with --corrections",
                markup=False,
            )


def locate(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="Table with addresses.")],
    target: Annotated[Path, typer.Argument(metavar="OUTPUT", help="Table to write.")],
    address: Annotated[
        str | None, typer.Option(help="Header of the address column.", show_default=False)
    ] = None,
    memory: Annotated[
        str | None,
        typer.Option(help="Snapshot whose memory of roads helps.", show_default=False),
    ] = None,
    datum: DatumOption = Datum.auto,
    online: Annotated[
        Service | None,
        typer.Option(help="Online geocoder to ask; needs its key, see docs/online.md."),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Add location columns to a table; same rows, same order.

    Example: clusters locate firms.csv located.csv --address 注册地址
    """
    from clusters.export.provenance import InputFile
    from clusters.export.tables import write_table
    from clusters.geocode.memory import Memory
    from clusters.places.locate import learn
    from clusters.places.locate import locate as locate_table
    from clusters.registry import read_plain
    from clusters.workspace import open_snapshot

    needs_ending(target, *_ENDINGS)
    table = read_plain(source, address=address)
    with progress() as step:
        step("locate")
        known = (
            Memory.from_frame(open_snapshot(folder(workspace), memory).memory)
            if memory
            else learn(table)
        )
        if online is not None:
            step(f"asking {online.value}")
        ask = None if online is None else _asker(online, folder(workspace), step)
        located = locate_table(table, memory=known, datum=datum.value, online=ask)
    with source.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    inputs = (InputFile(source.name, digest, len(table)),)
    write_table(located, target, provenance=_of_files(inputs), canonical=True)
    told = located.attrs.get("online", {})
    if told.get("message"):
        out.print(told["message"], markup=False)
    _say_counts("coordinates", located["coordinate_note"].value_counts().to_dict())
    _say_datum(located.attrs.get("datum", datum.value))
    found = int((located["precision"] != "none").sum())
    out.print(f"{found} of {len(located)} rows located; written to {target}", markup=False)


def snapshots(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """List snapshots, newest first; * marks the published one.

    Example: clusters snapshots
    """
    from clusters.workspace import list_snapshots, published_id

    place = folder(workspace)
    published = published_id(place)
    found = list_snapshots(place)
    if json:
        say_json([{**s.manifest, "published": s.id == published} for s in found])
        return
    if not found:
        out.print(f"no snapshot in {place} yet; make one with: clusters run", markup=False)
        return
    rows = [
        [
            "*" if s.id == published else "",
            s.id,
            s.manifest["as_of"],
            str(s.manifest["account"]["published"]),
            ", ".join(source["name"] for source in s.manifest["inputs"]),
        ]
        for s in found
    ]
    say_table("", ["", "snapshot", "as of", "firms", "from"], rows)


def _asker(service: Service, place: Path, step: Callable[[str], None]) -> "OnlineAsk":
    """Return what asks an online geocoder, its answers kept in the workspace."""
    from functools import partial

    from clusters.geocode.online import geocode_online
    from clusters.places.assign import county_codes

    def ask(texts: list[str], named: list[str | None]) -> "pd.DataFrame":
        return sharpen(texts, named=named)

    sharpen = partial(
        geocode_online,
        service=service.value,
        county_of=county_codes,
        cache=place / "cache" / "geocoder.sqlite",
        progress=lambda done, total: step(f"asking {service.value}: {done} of {total}"),
    )
    return ask


def _of_files(inputs: "tuple[InputFile, ...]") -> "Provenance":
    """Say where a table comes from that is made of files, not of a snapshot."""
    from clusters.export.provenance import Provenance

    return Provenance(snapshot="", as_of="", inputs=inputs, command=command_line())


def _say_counts(label: str, counts: dict[str, Any]) -> None:
    text = ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"
    out.print(f"{label}: {text}", markup=False)
