"""Pages of the Python interface: what each room names in ``__all__``, by its docstrings."""

import importlib

ROOMS = {
    "clusters": "The whole way on one screen",
    "clusters.registry": "Registries: reading, checking, cleaning",
    "clusters.taxonomy": "Relevance, layers and segments",
    "clusters.geocode.memory": "What a registry teaches about roads and villages",
    "clusters.places.boundaries": "Boundaries and the projection",
    "clusters.places.zones": "Zones and their footprints",
    "clusters.metrics": "Metrics: pure functions",
    "clusters.workspace": "Snapshots",
    "clusters.ledger": "The ledger",
    "clusters.goals": "Targets against evidence",
    "clusters.screening": "Screening parks",
    "clusters.export.briefing": "Briefings",
    "clusters.errors": "Errors",
}
"""What other programs may import, in the order of the handbook."""


def pages() -> dict[str, str]:
    """Return the pages by their path; a page lists every public name of its room."""
    rows = "\n".join(f"| [`{room}`]({_file(room)}) | {title} |" for room, title in ROOMS.items())
    made = {
        "python/index.md": (
            "# Python\n\nNames listed here are stable: added freely, renamed only with a deprecation. "
            "Undefined results are NaN with a reason (`why_undefined`), invalid input raises an error "
            "derived from `ClustersError` that names file or argument, value and remedy.\n\n"
            f"| room | what |\n|---|---|\n{rows}\n"
        )
    }
    for room, title in ROOMS.items():
        made[f"python/{_file(room)}"] = _page(room, title)
    return made


def _file(room: str) -> str:
    return f"{room.replace('.', '-')}.md"


def names(room: str) -> list[str]:
    """Return the public names of a room, as written in ``__all__``; all its classes where none is."""
    module = importlib.import_module(room)
    return sorted(getattr(module, "__all__", [])) or sorted(
        name
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == room and not name.startswith("_")
    )


def _page(room: str, title: str) -> str:
    module = importlib.import_module(room)
    parts = [f"# {title}\n\n`{room}`\n"]
    for name in names(room):
        home = getattr(getattr(module, name), "__module__", room)
        if not str(home).startswith("clusters"):
            home = room
        parts.append(f"::: {home}.{name}\n")
    return "\n".join(parts)
