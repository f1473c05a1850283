"""What every benchmark writes its figures into, so that one report can hold all of them.

A `Sheet` prints each figure as it comes. Under ``make bench`` (`run.py`, which sets BENCHMARK_OUT)
it also keeps them as JSON. Figures of one case are compared with the case's own figure;
BENCHMARK_SCALE below 1 makes every size smaller, to try the machinery: such figures mean nothing.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

HIGHER = frozenset({"/s", "share"})
"""Units of which more is better; of all others less is."""


@dataclass(frozen=True)
class Figure:
    """One measured value.

    Attributes
    ----------
    case : str
        What was done; figures of one case are comparable.
    name : str
        Who did it: ``clusters``, or the peer.
    value : float or None
        None where the peer could not be run; `note` says why.
    unit : str
        ``s``, ``/s``, ``MB``, ``share``, or none.
    own : bool
        Whether it is ours; the first of a case is what the others are held against.
    size : int or None
        Rows or points, where a case is measured at several sizes.
    memory_mb : float or None
        Peak resident memory of the process that measured.
    partial : bool
        Whether a peer does only a part of the work: a floor, not a rival.
    """

    case: str
    name: str
    value: float | None
    unit: str = "s"
    own: bool = False
    size: int | None = None
    memory_mb: float | None = None
    partial: bool = False
    note: str = ""


class Sheet:
    """The figures of one benchmark."""

    def __init__(self, topic: str) -> None:
        """Begin the sheet of a topic."""
        self.topic = topic
        self.figures: list[Figure] = []

    def add(self, case: str, name: str, value: float, unit: str = "s", **facts: object) -> None:
        """Note and print a figure."""
        figure = Figure(case, name, float(value), unit, **facts)  # type: ignore[arg-type]
        first = next((f for f in self.figures if (f.case, f.size) == (case, figure.size)), None)
        if case not in {one.case for one in self.figures}:
            print(f"\n{case}")
        self.figures.append(figure)
        size = f" [{figure.size:,}]" if figure.size else ""
        against = ratio(figure, first) if first else None
        print(
            f"  {name + size:52}{shown(value):>12} {unit:6}"
            + (f"  clusters {against:.2f} × as good" if against else "")
            + (f"  ({figure.note})" if figure.note else ""),
            flush=True,
        )

    def absent(self, case: str, name: str, why: str) -> None:
        """Note that a peer could not be run."""
        self.figures.append(Figure(case, name, None, note=why))
        print(f"  {name:52}not run: {why}", flush=True)

    def save(self) -> None:
        """Keep the figures where the report collects them."""
        if folder := os.environ.get("BENCHMARK_OUT"):
            told = {"topic": self.topic, "figures": [asdict(one) for one in self.figures]}
            file = Path(folder) / f"{self.topic}.json"
            file.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")


def ratio(peer: Figure, own: Figure) -> float | None:
    """Return how many times better ours is than a peer, or None where that cannot be told."""
    if peer.own or not own.own or peer.unit != own.unit or not peer.value or not own.value:
        return None
    return own.value / peer.value if own.unit in HIGHER else peer.value / own.value


def shown(value: float) -> str:
    """Return a number with three digits that matter."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def scaled(number: int, least: int = 50) -> int:
    """Return a size as large as this run wants it."""
    return max(min(number, least), round(number * float(os.environ.get("BENCHMARK_SCALE", "1"))))


def processor_seconds(process: int) -> float:
    """Return the processor time a process of this machine has used."""
    cells = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(cells[11]) + int(cells[12])) / os.sysconf("SC_CLK_TCK")
