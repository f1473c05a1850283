"""Which of several values of one definition, area and period is used, decided by a person.

Without a decision the surer and more exact value is used (`Observation.preference`). A decision
is kept in the ledger with its reason; the other values stay beside the chosen one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from clusters.errors import InputError
from clusters.goals.observations import Observation, load_observations
from clusters.ledger import Ledger, record, records

KIND: Final = "used_value"


def choose(
    ledger: Ledger, chosen: Observation, known: Iterable[Observation], *, who: str, reason: str
) -> None:
    """Decide that a value is the one to use for its definition, area and period.

    Raises
    ------
    InputError
        If there is no other value to prefer it to, it is no actual value, or the reason is empty.
    """
    if not reason.strip():
        msg = "reason is empty; say why this value and not the other"
        raise InputError(msg)
    if not rivals(chosen, known):
        msg = f"observation {chosen.observation_id} has no other value beside it to choose from"
        raise InputError(msg)
    payload = {"observation_id": chosen.observation_id}
    record(ledger, KIND, _key(chosen), payload, who=who, reason=reason)


def rivals(value: Observation, known: Iterable[Observation]) -> tuple[Observation, ...]:
    """Return the other actual values of the same definition, area and period, best first."""
    found = [
        o
        for o in known
        if o.actual and _key(o) == _key(value) and o.observation_id != value.observation_id
    ]
    return tuple(sorted(found, key=lambda o: o.preference))


def with_choices(known: Iterable[Observation], ledger: Ledger) -> tuple[Observation, ...]:
    """Return the values with the reason beside those a person chose."""
    reasons: Mapping[str, str] = {
        str(payload["observation_id"]): str(reason)
        for payload, reason in records(ledger, KIND)[["payload", "reason"]].to_numpy()
    }
    return tuple(
        replace(o, chosen=reasons[o.observation_id]) if o.observation_id in reasons else o
        for o in known
    )


def known_observations(ledger: Ledger | None) -> tuple[Observation, ...]:
    """Return shipped and ledger values, those that a person chose marked so."""
    known = load_observations(ledger)
    return with_choices(known, ledger) if ledger else known


def _key(value: Observation) -> str:
    return f"{value.definition_group}|{value.area}|{value.period}"
