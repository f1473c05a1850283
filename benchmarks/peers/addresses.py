"""Read addresses with other packages, in their own environment; see ``benchmarks/locating.py``.

Takes a JSON list of addresses on standard input and prints one JSON object: for every package
addresses per second and the county it names for each address (null where none), or why it could
not be run.
"""

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable

Texts = list[str]


def _cpca(texts: Texts) -> list[str | None]:
    import cpca

    return cpca.transform(texts)["区"].tolist()


def _cnloc(texts: Texts) -> list[str | None]:
    import cnloc

    return cnloc.getlocation(texts)["county_name"].tolist()


def _addressparser(texts: Texts) -> list[str | None]:
    import addressparser

    return addressparser.transform(texts)["区"].tolist()


def _jionlp(texts: Texts) -> list[str | None]:
    import jionlp

    return [jionlp.parse_location(text)["county"] for text in texts]


PEERS: dict[str, tuple[Callable[[Texts], list[str | None]], int]] = {
    "cpca": (_cpca, 20_000),
    "cnloc": (_cnloc, 20_000),
    "addressparser": (_addressparser, 20_000),
    "jionlp": (_jionlp, 500),  # some hundred addresses a second
}
"""How each is run, and on how many addresses at most."""


def measure(run: Callable[[Texts], list[str | None]], texts: Texts) -> dict[str, object]:
    """Run once to warm up, then best of two; return speed and counties."""
    run(texts[:50])
    times = []
    for _ in range(2):
        begin = time.perf_counter()
        found = run(texts)
        times.append(time.perf_counter() - begin)
    counties = [name if isinstance(name, str) and name else None for name in found]
    return {"per_second": len(texts) / min(times), "counties": counties}


def main() -> None:
    """Measure every peer."""
    texts = json.load(sys.stdin)
    told: dict[str, dict[str, object]] = {}
    # Packages greet on standard output, which carries the result here.
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123 - a device
        for name, (run, most) in PEERS.items():
            try:
                told[name] = measure(run, texts[:most])
            except Exception as error:  # noqa: BLE001 - whatever a foreign package raises is told
                told[name] = {"failed": f"{type(error).__name__}: {error}"[:200]}
    print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    main()
