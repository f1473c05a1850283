"""A map as a command line asks for it: the words that draw the same sheet again."""

import shlex

from clusters.export.pictures import MapRequest, map_content
from clusters.export.provenance import Provenance
from clusters.export.views import SnapshotLike
from clusters.maps.still import Panel
from clusters.settings import get_settings


def map_stem(request: MapRequest) -> str:
    """Return the name of the file without ending: area, layer and language."""
    what = "firms" if request.layer == "firms" else request.selection.metric.replace("_", "-")
    return f"{request.area}-{what}-{request.language}"


def map_command(request: MapRequest, *, snapshot: str) -> str:
    """Return the command line that draws a sheet from the snapshot."""
    words = ["clusters", "brief", f"{map_stem(request)}.{request.fmt}"]
    words += ["--page", "map"] if request.fmt == "pdf" else []
    words += ["--area", request.area]
    if request.layer == "metric":
        selection = request.selection
        words += ["--metric", selection.metric, "--by", selection.level]
        words += ["--industry", f"{selection.scheme}:{selection.industry}"]
    if not isinstance(request.size, Panel) and request.size != "16:9":
        words += ["--size", request.size]
    return shlex.join([*words, "--language", request.language, "--snapshot", snapshot])


def map_filters(request: MapRequest) -> dict[str, str]:
    """Return what the record of the file says of its filters."""
    return {"relevance": ",".join(request.filters.relevance), "area": request.area}


def map_provenance(snapshot: SnapshotLike, request: MapRequest) -> Provenance:
    """Return the record of a map."""
    number = get_settings().review_number
    return Provenance.from_manifest(
        snapshot.manifest,
        command=map_command(request, snapshot=snapshot.id),
        filters=map_filters(request),
        extra={"review_number": number} if number else {},
        content=map_content(snapshot, request).digest(),
    )
