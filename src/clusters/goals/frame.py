"""Statuses as a table, one row per target."""

from collections.abc import Iterable

import pandas as pd

from clusters.goals.observations import Observation
from clusters.goals.paths import Path
from clusters.goals.plan import Target
from clusters.goals.status import TargetStatus, rule_text
from clusters.goals.trajectory import Projection


def to_frame(statuses: Iterable[TargetStatus]) -> pd.DataFrame:
    """Return one row per target, in the order given.

    Numbers are in the unit of the target; times are decimal years at the end of the period; shares
    and growth rates are fractions; missing means that there is no such value, never zero.
    """
    table = pd.DataFrame([_row(status) for status in statuses])
    return table.astype({"due_year": "Int64"}) if len(table) else table


def _row(status: TargetStatus) -> dict[str, object]:
    return {
        **_asked(status.target),
        "as_of": status.as_of.isoformat(),
        "status": status.status,
        "rule": status.rule,
        "rule_zh": rule_text(status.rule, "zh"),
        "rule_en": rule_text(status.rule, "en"),
        **_observed(status.used),
        "gap": status.gap,
        **_expected(status.path, status.projection),
        "projection_reason": status.projection_reason,
        "caveats": ";".join(status.caveats),
        "conflicts": _listed(status.conflicts),
        "nearest": _listed(status.nearest),
        "parts": _listed(status.parts),
        "measured": _listed(status.measured),
    }


def _asked(target: Target) -> dict[str, object]:
    return {
        "target_id": target.target_id,
        "plan_id": target.plan_id,
        "document": target.document,
        "document_kind": target.kind,
        "issued": target.issued or None,
        "section": target.section,
        "level": target.level,
        "area": target.area,
        "area_id": target.area_id,
        "indicator_id": target.indicator_id,
        "indicator_zh": target.name_zh,
        "indicator_en": target.name_en,
        "definition_group": target.definition_group,
        "unit": target.unit,
        "comparator": target.comparator,
        "value": target.value,
        "value_high": target.value_high,
        "due_year": target.due_year,
    }


def _observed(used: Observation | None) -> dict[str, object]:
    return {
        "observed": used.value if used else None,
        "observed_qualifier": used.qualifier if used else None,
        "observed_period": used.period if used else None,
        "observed_area": used.area if used else None,
        "observed_source": used.source if used else None,
        "observed_origin": used.origin if used else None,
        "observed_confidence": used.confidence if used else None,
        "observed_note": used.definition_note if used else None,
    }


def _expected(path: Path | None, projection: Projection | None) -> dict[str, object]:
    return {
        "base": path.base.value if path else None,
        "base_period": path.base.period if path else None,
        "required_linear": path.required_linear if path else None,
        "required_growth": path.required_growth if path else None,
        "required_rate": path.required_rate if path else None,
        "required_growth_rate": path.required_growth_rate if path else None,
        "run_rate": path.run_rate if path else None,
        "progress": path.progress if path else None,
        "projected": projection.value if projection else None,
        "projected_low": projection.low if projection else None,
        "projected_high": projection.high if projection else None,
        "projected_date": projection.date if projection else None,
        "projected_earliest": projection.earliest if projection else None,
        "projected_latest": projection.latest if projection else None,
        "projection_method": projection.method if projection else None,
    }


def _listed(observations: tuple[Observation, ...]) -> str:
    """Return values one after the other: period, qualifier, number, definition, nature."""
    return "; ".join(
        f"{o.period} {'' if o.qualifier == '=' else o.qualifier}{o.value:g} {o.unit} "
        f"[{o.definition_group}{'' if o.actual else ', ' + o.nature}]"
        for o in observations
    )
