"""Print the pins that the running platform needs: those of tests and tools are left out.

    python deploy/pins.py requirements.txt [NAME ...]

A pin stays if the project asks for it, or something that stays does, as the comments of the pin
file tell; every NAME stays with what it needs. Only the standard library is used: this runs before
anything is installed.
"""

import re
import sys
from pathlib import Path

_START = re.compile(r"^([A-Za-z0-9._-]+)==")
_PROJECT = "sichuan-ai-clusters (pyproject.toml)"


def blocks(text: str) -> dict[str, str]:
    """Return the lines of each pin, with its hashes and comments, by the name of the package."""
    found: dict[str, str] = {}
    name = ""
    for line in text.splitlines(keepends=True):
        if start := _START.match(line):
            name = start[1].lower()
        if name:
            found[name] = found.get(name, "") + line
    return found


def askers(block: str) -> set[str]:
    """Return who asks for a pin: names of packages, or the project."""
    told = re.findall(r"^ *# +(?:via +)?(.+?) *$", block, flags=re.MULTILINE)
    return {one if one.startswith("sichuan-") else one.lower() for one in told if one != "via"}


def needed(text: str, also: tuple[str, ...] = (), *, project: bool = True) -> dict[str, str]:
    """Return the pins that stay, by name."""
    pins = blocks(text)
    asked = {name: askers(block) for name, block in pins.items()}
    kept = {name for name, who in asked.items() if name in also or (project and _PROJECT in who)}
    while more := {name for name in asked if name not in kept and asked[name] & kept}:
        kept |= more
    return {name: pins[name] for name in sorted(kept)}


if __name__ == "__main__":
    names = tuple(sys.argv[2:])
    pinned = Path(sys.argv[1]).read_text(encoding="utf-8")
    sys.stdout.write("".join(needed(pinned, names, project=not names).values()))
