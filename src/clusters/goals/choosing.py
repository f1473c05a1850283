"""Which of several values of one definition, area and period is used, decided by a person.

Without a decision the surer and more exact value is used (`Observation.preference`). A decision
is kept in the ledger with its reason (`clusters.ledger.prefer`); the other values stay beside the
chosen one.
"""

from collections.abc import Iterable
from dataclasses import replace

from clusters.goals.observations import Observation, load_observations
from clusters.ledger import Ledger, preferences


def rivals(value: Observation, known: Iterable[Observation]) -> tuple[Observation, ...]:
    """Return the other actual values of the same definition, area and period, best first."""
    mine = (value.definition_group, value.area, value.period)
    found = [
        o
        for o in known
        if o.actual
        and (o.definition_group, o.area, o.period) == mine
        and o.observation_id != value.observation_id
    ]
    return tuple(sorted(found, key=lambda o: o.preference))


def known_observations(ledger: Ledger | None) -> tuple[Observation, ...]:
    """Return shipped and ledger values, those that a person chose marked with the reason."""
    known = load_observations(ledger)
    if ledger is None:
        return known
    chosen = preferences(ledger)
    reasons = dict(zip(chosen["observation_id"], chosen["reason"], strict=True))
    return tuple(
        replace(o, chosen=str(reasons[o.observation_id])) if o.observation_id in reasons else o
        for o in known
    )
