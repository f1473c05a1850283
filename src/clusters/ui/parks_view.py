"""A registry of parks on the page of data, in words: columns, first parks, what was found."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from clusters import workspace
from clusters.errors import ClustersError
from clusters.export.findings_book import findings_bytes
from clusters.export.provenance import InputFile, Provenance
from clusters.places.park_files import ParkRegistry, keep_parks, kept_parks, read_parks
from clusters.places.parks import OWN
from clusters.registry.park_mapping import PARK_COLUMNS, ParkMapping
from clusters.registry.parks import meaning_of
from clusters.registry.remembered import of_parks, recall_parks, remember
from clusters.republish import publish_with_parks
from clusters.screening.criteria import level_names
from clusters.ui.data_view import on_disk
from clusters.ui.handing import write_down
from clusters.ui.place_words import place_name
from clusters.ui.text import language, number, pick, t

UNITS: Final = {"": "unit_none", "公顷": "unit_ha", "平方公里": "unit_km2", "亩": "unit_mu"}
_PREVIEW_ROWS = 8


@dataclass(frozen=True)
class CheckedParks:
    """A registry of parks that was read and checked; nothing of it is kept yet."""

    registry: ParkRegistry
    mapping: ParkMapping
    remembered: bool = False

    @property
    def headers(self) -> list[str]:
        """All headers of the file, personal ones included: names of columns, no values."""
        source = self.registry.source
        return [*source.columns, *source.ignored, *source.personal]


def check(
    name: str, content: bytes, *, folder: Path, mapping: ParkMapping | None = None
) -> CheckedParks:
    """Read and check an upload; a mapping kept for its headers is used unless one is given.

    Raises
    ------
    InputError
        If the file cannot be used.
    """
    with on_disk(name, content) as path:
        given = mapping or ParkMapping()
        checked = CheckedParks(read_parks(path, given, none_too=True), given)
        kept = recall_parks(folder, checked.headers) if mapping is None else None
        if kept is None or kept == given:
            return checked
        try:
            return CheckedParks(read_parks(path, kept, none_too=True), kept, remembered=True)
        except ClustersError:  # made for an older form of the file
            return checked


def hint(*, name: str, sheet: str, row: int | None) -> ParkMapping | None:
    """Return what a visitor says about how to read a file; None where it cannot be."""
    try:
        return ParkMapping(
            columns={"name": name.strip()} if name.strip() else {},
            sheet=sheet.strip() or None,
            header_row=row or None,
        )
    except ValueError:  # a personal column named as the name of the park
        return None


def keep(folder: Path, checked: CheckedParks, *, who: str) -> int:
    """Keep checked parks in the workspace, written down; return how many are kept now."""
    source = checked.registry.source
    told = {"file": source.name, "sha256": source.sha256, "parks": checked.registry.account.kept}
    write_down("parks.import", told, who=who)
    return len(keep_parks(folder, checked.registry))


def publish(folder: Path, *, who: str, progress: Any) -> workspace.Snapshot:
    """Publish the present firms with the parks kept, written down."""
    made = publish_with_parks(folder, progress=progress)
    write_down("snapshot.publish", {"snapshot": made.id}, who=who)
    return made


def column_name(column: str) -> str:
    """Return the name of what a column of a registry of parks may tell."""
    return t(f"parks.column_{column}")


def choices() -> list[str]:
    """Return what a header can stand for, by name; the first one means not used."""
    return [t("data.not_used"), *(column_name(column) for column in PARK_COLUMNS)]


def column_table(checked: CheckedParks) -> pd.DataFrame:
    """Return each header that may be read, and what it was taken for."""
    source = checked.registry.source
    rows = [(header, column_name(column)) for header, column in source.columns.items()]
    rows += [(header, t("data.not_used")) for header in source.ignored]
    return pd.DataFrame(rows, columns=[t("data.header"), t("data.taken_for")])


def corrected(checked: CheckedParks, edited: pd.DataFrame) -> ParkMapping:
    """Return the mapping that makes the reader understand the columns as edited."""
    named = {column_name(column): column for column in PARK_COLUMNS}
    columns: dict[str, str] = {}
    ignore = []
    for header, meaning in edited.itertuples(index=False):
        own = meaning_of(str(header))
        if meaning not in named:
            ignore += [str(header)] if own is not None else []
        elif own != named[meaning]:
            columns.setdefault(named[meaning], str(header))
    return checked.mapping.model_copy(update={"columns": columns, "ignore": ignore})


def said(mapping: ParkMapping, *, datum: str, unit: str) -> ParkMapping:
    """Return a mapping with what a visitor says about coordinates and areas."""
    return mapping.model_copy(update={"datum": datum or None, "area_unit": unit or None})


def remember_columns(folder: Path, checked: CheckedParks) -> None:
    """Keep what was said for the next file of parks with the same headers."""
    remember(folder, of_parks(checked.headers), checked.mapping)


def preview_table(checked: CheckedParks) -> pd.DataFrame:
    """Return the first parks as they would be used."""
    table = checked.registry.table.head(_PREVIEW_ROWS)
    names = level_names()
    return pd.DataFrame(
        {
            column_name("name"): table["name_zh"],
            column_name("level"): [pick(*names[one]) for one in table["level"]],
            t("parks.county"): [place_name(one) for one in table["county_codes"]],
            column_name("lon"): pd.to_numeric(table["lon"], errors="coerce"),
            column_name("lat"): pd.to_numeric(table["lat"], errors="coerce"),
            t("parks.area_ha"): pd.to_numeric(table["approved_area_ha"], errors="coerce"),
            column_name("industries"): table["industries_zh"].str.replace(";", "、"),
            t("parks.state"): [
                t("parks.state_new" if one.startswith(OWN) else "parks.state_replaces")
                for one in table["park_id"]
            ],
        }
    )


def report_bytes(checked: CheckedParks) -> bytes:
    """Return all findings as a workbook."""
    source = checked.registry.source
    provenance = Provenance(
        snapshot="",
        as_of="",
        inputs=(InputFile(source.name, source.sha256, source.rows),),
        command=f"clusters parks import {source.name} --dry-run",
    )
    report = checked.registry.report
    return findings_bytes(report, (), provenance=provenance, language=language())


def in_use(shown: workspace.Snapshot) -> str:
    """Say how many parks a snapshot uses."""
    parks = shown.parks
    imported = int(parks["registry"].notna().sum())
    return t("parks.in_use", used=number(len(parks)), imported=number(imported))


def kept_count(folder: Path) -> int:
    """Return how many imported parks the workspace keeps."""
    kept = kept_parks(folder)
    return 0 if kept is None else len(kept)


def pending(shown: workspace.Snapshot, folder: Path) -> bool:
    """Tell whether the parks kept are others than those of a snapshot."""
    kept = kept_parks(folder)
    own = shown.parks[shown.parks["registry"].notna()]
    there, wanted = (
        set() if one is None else set(zip(one["park_id"], one["registry_sha256"], strict=True))
        for one in (own, kept)
    )
    return wanted != there
