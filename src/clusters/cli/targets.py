"""The command that judges: every target of the plans against what is public and counted."""

from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clusters.cli.console import (
    JsonOption,
    SnapshotOption,
    WorkspaceOption,
    ledger_in,
    open_or_build,
    say_json,
    say_table,
)
from clusters.cli.observe import goals_app
from clusters.errors import InputError

if TYPE_CHECKING:
    from clusters.goals import Observation, TargetStatus
    from clusters.workspace import Snapshot

_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)

DayOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day to judge; today.", show_default=False),
]


def register(app: typer.Typer) -> None:  # noqa: ARG001  # the app holds the group already
    """Add the command of this file to the group of goals."""
    goals_app.callback(invoke_without_command=True)(goals)


def judged_day(as_of: datetime | None) -> date:
    """Return the day to judge on, today if none is given; refuse one no plan can be judged on."""
    day = as_of.date() if as_of else datetime.now(UTC).date()
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise InputError(f"--as-of {day}: give a day between {_FIRST_DAY} and {_LAST_DAY}")
    return day


def goals(
    context: typer.Context,
    as_of: DayOption = None,
    zone: Annotated[
        str | None, typer.Option(help="Only this zone or area, by id or name.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = None,
    snapshot: SnapshotOption = None,
    json: JsonOption = False,
) -> None:
    """Show the status of every target of the plans.

    With the observation used and the rule.

    With a day in the past only plans issued and values public by then take part. With --zone the
    JSON also holds the profile of the zone: place, firms, quotient, tasks, observations.

    Example: clusters goals --as-of 2026-06-30 --json
    """
    if context.invoked_subcommand is not None:
        return
    from clusters.goals import assess, to_frame, to_records
    from clusters.goals.choosing import known_observations
    from clusters.goals.observations import decimal_year

    day = judged_day(as_of)
    opened = open_or_build(workspace, snapshot)
    with ledger_in(workspace) as ledger:
        statuses = assess(
            opened.enterprises,
            as_of=day,
            ledger=ledger,
            counted_on=date.fromisoformat(opened.manifest["as_of"]),
        )
        known = [o for o in known_observations(ledger) if o.known_by(decimal_year(day))]
    told: dict[str, Any] = {"as_of": day.isoformat(), "snapshot": opened.id}
    if zone is not None:
        everything = statuses
        statuses = _of_area(statuses, zone)
        told["zone"] = _profile(zone, opened, everything, known)
    if json:
        say_json(told | {"targets": to_records(statuses)})
        return
    if not statuses:
        typer.echo(f"no target names {zone}; --json shows what is known of the zone")
        return
    columns = ["target_id", "area", "indicator", "target", "due", "observed", "status"]
    say_table(
        f"as of {day}", columns, [_told(row) for row in to_frame(statuses).to_dict("records")]
    )


def _told(row: Mapping[Hashable, Any]) -> list[str]:
    """Return a target as the cells of a line: what belongs together in one cell."""
    import pandas as pd

    asked, seen = (
        f"{sign} {value:,.10g} {row['unit']}".strip() if pd.notna(value) else "–"
        for sign, value in ((row["comparator"], row["value"]), ("", row["observed"]))
    )
    if pd.notna(row["observed"]):
        seen += f" ({row['observed_period']})"
    due = str(row["due_year"]) if pd.notna(row["due_year"]) else "–"
    first = [str(row[name]) for name in ("target_id", "area", "indicator_zh")]
    return [*first, asked, due, seen, str(row["status"])]


def _of_area(statuses: "tuple[TargetStatus, ...]", area: str) -> "tuple[TargetStatus, ...]":
    """Return the targets of an area; none for a zone without one, an error for an unknown area."""
    from clusters.places.zones import zones

    found = tuple(s for s in statuses if area in {s.target.area_id, s.target.area})
    known = zones()
    if not found and area not in {*known["zone_id"], *known["name_zh"]}:
        areas = {a for s in statuses for a in (s.target.area_id, s.target.area)} - {""}
        raise InputError(
            f"no target and no zone {area!r}; areas with targets: {', '.join(sorted(areas))}; "
            f"zones: {', '.join(known['zone_id'])}"
        )
    return found


def _profile(
    area: str,
    opened: "Snapshot",
    statuses: "tuple[TargetStatus, ...]",
    known: "list[Observation]",
) -> dict[str, Any] | None:
    """Return the profile of a zone by id or name, or None for an area that is no zone."""
    from clusters.goals import zone_profile
    from clusters.goals.report import zone_record
    from clusters.places.zones import zones
    from clusters.workspace import list_snapshots

    table = zones()
    ids = table.loc[(table["zone_id"] == area) | (table["name_zh"] == area), "zone_id"]
    if ids.empty:
        return None
    before = [s for s in list_snapshots(opened.path.parent.parent) if s.id < opened.id]
    profile = zone_profile(
        str(ids.iloc[0]),
        opened,
        statuses=statuses,
        observations=known,
        earlier=before[0] if before else None,
    )
    return zone_record(profile)
