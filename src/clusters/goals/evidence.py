"""What is public about a target at a day: values of its own definition, of others, of parts.

Values are sorted into what may decide and what may only be shown. Nothing crosses a definition,
an area or a unit on its way to deciding, with one exception that is sound: where a part of an
area alone already has what the target asks of the whole, the whole has it too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clusters.goals.observations import MEASURED, Observation
from clusters.goals.plan import Target, same_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The values that bear on one target, best first.

    ``same`` are of the target's own definition, area and unit, ``actual`` those of them that are
    neither forecast nor derived; ``nearest`` are actual values in definitions a reader would
    confuse with it; ``parts`` actual values of its definition for parts of its area;
    ``measured`` what the platform counted itself, which decides nothing.
    """

    same: tuple[Observation, ...]
    nearest: tuple[Observation, ...]
    parts: tuple[Observation, ...]
    measured: tuple[Observation, ...]

    @property
    def actual(self) -> tuple[Observation, ...]:
        """Values of the target's own definition that are no forecast and not derived."""
        return tuple(o for o in self.same if o.actual)


def gather(target: Target, known: Sequence[Observation]) -> Evidence:
    """Sort the values known at a day by what they can say about a target."""
    public = [o for o in known if o.origin != MEASURED and same_unit(o.unit, target.unit)]
    here = [o for o in public if o.area == target.area]
    own_group = target.definition_group
    inside = [o for o in public if o.actual and target.area_id and o.part_of(target.area_id)]
    other = [o for o in here if o.actual and o.definition_group != own_group]
    nearest = [o for o in other if o.family == target.family]
    if not nearest:  # another definition, and of a part: still the nearest thing that is public
        nearest = [
            o for o in inside if o.definition_group != own_group and o.family == target.family
        ]
    additive = target.additive and not target.lower_is_better
    return Evidence(
        same=_best_first(o for o in here if o.definition_group == own_group),
        nearest=_best_first(nearest),
        parts=_best_first(o for o in inside if additive and o.definition_group == own_group),
        measured=tuple(
            o
            for o in known
            if o.origin == MEASURED
            and o.area == target.area
            and o.indicator_id == target.indicator_id
        ),
    )


def _best_first(values: Iterable[Observation]) -> tuple[Observation, ...]:
    return tuple(sorted(values, key=lambda o: o.preference))
