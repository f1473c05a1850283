"""Which of several values for the same thing and time is used: a person's choice, with a reason.

Values that differ stand side by side; a rule picks one (`clusters.goals`), and a person may pick
another. A choice holds for one definition, area and period, so it never reaches across a break of
definition. It is a record of the kind ``used_value``: the newest choice counts, and withdrawing it
gives the word back to the rule.
"""

import pandas as pd
import sqlalchemy as sa

from clusters.ledger.observing import observations
from clusters.ledger.recording import record, records, withdraw
from clusters.ledger.schema import observation
from clusters.ledger.store import Ledger, frame
from clusters.ledger.texts import FieldError, checked_text
from clusters.settings import data_path

KIND = "used_value"
LEDGER_PREFIX = "ledger."
_SLOT = ("definition_group", "area", "period")
_BETWEEN = "|"


def prefer(ledger: Ledger, observation_id: str, *, who: str, reason: str) -> int:
    """Choose an observation over the others for the same definition, area and time.

    Parameters
    ----------
    ledger
        An open ledger.
    observation_id
        The id of a shipped observation, or ``ledger.`` with the number of a row of the ledger.
    who
        Account or role of the person.
    reason
        Why this value and not another; required.

    Returns
    -------
    int
        The id of the record.

    Raises
    ------
    FieldError
        If there is no such observation, it is corrected, or the reason is missing.
    """
    checked_text("reason", reason, required=True)
    payload = {"observation_id": observation_id}
    return record(ledger, KIND, _key(ledger, observation_id), payload, who=who, reason=reason)


def prefer_none(ledger: Ledger, observation_id: str, *, who: str, reason: str = "") -> int:
    """Withdraw the choice for what an observation tells: the rule decides again."""
    return withdraw(ledger, KIND, _key(ledger, observation_id), who=who, reason=reason)


def preferences(ledger: Ledger) -> pd.DataFrame:
    """Return the choices that hold, in the order they were made.

    A choice of a row that was corrected since holds for its correction.

    Returns
    -------
    DataFrame
        definition_group, area, period, observation_id, reason, who, recorded_at.
    """
    found = records(ledger, KIND)
    for place, column in enumerate(_SLOT):
        found[column] = [key.split(_BETWEEN)[place] for key in found["key"]]
    rows = observations(ledger, superseded=True)
    corrected = rows[rows["supersedes"].notna()]
    newer = {
        int(old): new for old, new in zip(corrected["supersedes"], corrected["id"], strict=True)
    }

    def newest(observation_id: str) -> str:
        if not observation_id.startswith(LEDGER_PREFIX):
            return observation_id
        number = int(observation_id.removeprefix(LEDGER_PREFIX))
        while number in newer:
            number = newer[number]
        return f"{LEDGER_PREFIX}{number}"

    found["observation_id"] = [newest(payload["observation_id"]) for payload in found["payload"]]
    return found[[*_SLOT, "observation_id", "reason", "who", "recorded_at"]]


def _key(ledger: Ledger, observation_id: str) -> str:
    """Return what an observation tells of: definition, area, period."""
    if observation_id.startswith(LEDGER_PREFIX):
        row = _of_ledger(ledger, observation_id)
    else:
        table = pd.read_csv(
            data_path("goals", "observations.csv"), dtype=str, keep_default_na=False
        )
        shipped = table[table["observation_id"] == observation_id]
        if shipped.empty:
            raise _unknown(observation_id)
        row = shipped.iloc[0].to_dict()
    return _BETWEEN.join(str(row[name]) for name in _SLOT)


def _of_ledger(ledger: Ledger, observation_id: str) -> dict:
    number = observation_id.removeprefix(LEDGER_PREFIX)
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise _unknown(observation_id)
    # the row and, where there is one, its correction
    query = sa.select(observation).order_by(observation.c.id)
    either = sa.or_(observation.c.id == int(number), observation.c.supersedes == int(number))
    rows = frame(ledger, query.where(either)).to_dict("records")
    if not rows or rows[0]["id"] != int(number):
        raise _unknown(observation_id)
    if len(rows) > 1:
        cause = f"{observation_id!r} is corrected by row {rows[1]['id']}"
        raise FieldError("observation_id", cause, f"choose {LEDGER_PREFIX}{rows[1]['id']}")
    return rows[0]


def _unknown(observation_id: str) -> FieldError:
    remedy = "use the id of a shipped observation, or ledger. and the number of a row"
    return FieldError("observation_id", f"{observation_id!r} is unknown", remedy)
