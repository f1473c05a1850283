"""Write docs/licences.md: what the platform is built on, by the metadata of what is installed.

Nothing is asked over the network. A test compares the file with what this script would write.
"""

import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
_LONGEST = 60
_CLASSIFIER = "License :: OSI Approved :: "
# Where a package's metadata names no licence: read in the LICENSE file of its source.
_READ_IN_SOURCE = {
    "streamlit-folium": "MIT",
    "xstatic-leaflet": "BSD-2-Clause",  # it says "same as Leaflet", whose files it carries
}
_HEAD = """# Licences

What is installed with the platform, by the metadata of the packages themselves; tools for tests and
docs are left out. Versions and hashes stand in `requirements.txt`; `make sbom` writes the list for
programs. Shipped data have licences of their own: see the README of each folder of `data/`.

| package | version | licence | asked for by the platform itself |
|---|---|---|---|
"""


def direct() -> list[Requirement]:
    """Return what pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(one) for one in project["dependencies"]]


def installed() -> dict[str, Distribution]:
    """Return every package the platform needs on this machine, by canonical name."""
    found: dict[str, Distribution] = {}
    waiting = direct()
    seen: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        key = f"{name}[{','.join(sorted(wanted.extras))}]"
        if key in seen:
            continue
        seen.add(key)
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # of another system, such as Windows
        for text in found[name].requires or []:
            inner = Requirement(text)
            extras = wanted.extras or {""}
            if inner.marker is None or any(inner.marker.evaluate({"extra": e}) for e in extras):
                waiting.append(inner)
    return dict(sorted(found.items()))


def licence(package: Distribution) -> str:
    """Return the licence a package names: as an expression, by classifier, or in words."""
    about = package.metadata
    if read := _READ_IN_SOURCE.get(canonicalize_name(about["Name"])):
        return read
    if expression := about.get("License-Expression"):
        return expression
    named = [
        one.removeprefix(_CLASSIFIER)
        for one in about.get_all("Classifier") or []
        if one.startswith(_CLASSIFIER)
    ]
    text = (about.get("License") or "").strip()
    short = text if text and "\n" not in text and len(text) <= _LONGEST else ""
    if short and short.upper() not in {"UNKNOWN", "DUAL LICENSE"}:
        return short
    if named:
        return " / ".join(named)
    first = text.splitlines()[0].strip() if text else ""
    return first or _from_file(package)


def _from_file(package: Distribution) -> str:
    """Return the title of the licence a package carries as a file."""
    for file in package.files or []:
        if re.search(r"(?i)licen[cs]e|copying", file.name) and ".dist-info" in str(file):
            lines = file.read_text(encoding="utf-8").splitlines()
            return next((line.strip(" #*") for line in lines if line.strip()), "")
    return ""


def page() -> str:
    """Return the page."""
    own = {canonicalize_name(one.name) for one in direct()}
    rows = [
        f"| {name} | {package.version} | {licence(package).replace('|', '/')} "
        f"| {'yes' if name in own else ''} |"
        for name, package in installed().items()
    ]
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "licences.md").write_text(page(), encoding="utf-8")
