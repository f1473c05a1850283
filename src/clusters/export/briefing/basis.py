"""What every briefing says of itself: credits, the last page, the record in the file."""

from dataclasses import replace
from typing import Any

from clusters.export.briefing.model import Briefing, Page, Table, plain
from clusters.export.briefing.model import Column as TableColumn
from clusters.export.briefing.request import BriefingRequest
from clusters.export.briefing.wording import Wording
from clusters.export.provenance import Provenance
from clusters.export.views import SnapshotLike
from clusters.maps.review import written_properly
from clusters.settings import get_settings

_VERSIONS = ("clusters", "metrics", "boundaries", "zones", "gazetteer", "taxonomy")


def assemble(
    snapshot: SnapshotLike,
    request: BriefingRequest,
    pages: list[Page],
    *,
    stem: str,
    title: str,
    subtitle: str,
    parameters: dict[str, str] | None = None,
) -> Briefing:
    """Return the pages as a briefing: with credits, the page of sources and the record."""
    words = Wording(request.language)
    number = get_settings().review_number
    extra = {**(parameters or {}), **({"review_number": number} if number else {})}
    provenance = Provenance.from_manifest(
        snapshot.manifest,
        command=request.command(name=f"{stem}.pptx", snapshot=snapshot.id),
        filters={"relevance": "core,related", "page": request.page},
        sources=(source_of(snapshot, words),),
        extra=extra,
    )
    made = f"{snapshot.created:%Y-%m-%d}"
    credits_ = words(
        "common.credits",
        source=source_of(snapshot, words),
        as_of=words.day(snapshot.manifest.get("as_of")),
        snapshot=snapshot.id,
    )
    drawn = any(page.map for page in pages)
    warnings: tuple[str, ...] = ()
    if drawn and not number:
        warnings = ("review_number_missing",)
    elif drawn and not written_properly(number):
        warnings = ("review_number_unusual",)
    whole = Briefing(
        stem=stem,
        title=title,
        subtitle=subtitle,
        language=request.language,
        pages=(*pages, basis_page(snapshot, provenance, words)),
        credits=credits_,
        made=made,
        provenance=provenance,
        warnings=warnings,
    )
    return replace(whole, provenance=replace(provenance, content=whole.digest()))


def source_of(snapshot: SnapshotLike, words: Wording) -> str:
    """Return where the firms come from, in one phrase."""
    if snapshot.manifest.get("shipped_data"):
        return words("common.source_shipped")
    names = [str(item["name"]) for item in snapshot.manifest.get("inputs", ())]
    return words.join(names[:3]) + (" …" if len(names) > 3 else "")


def basis_page(snapshot: SnapshotLike, provenance: Provenance, words: Wording) -> Page:
    """Return the page of sources, method and limits."""
    manifest = snapshot.manifest
    rows = [(words("basis.snapshot"), snapshot.id), (words("basis.as_of"), _as_of(manifest, words))]
    for item in provenance.inputs[:3]:
        told = words("basis.input_rows", name=item.name, n=words.number(item.rows), sha=item.sha256)
        rows.append((words("basis.input"), told))
    if "account" in manifest:
        account = {name: words.number(n) for name, n in manifest["account"].items()}
        rows.append((words("basis.rows"), words("basis.rows_words", **account)))
    for column, key, counted in (
        ("precision", "places", manifest.get("places")),
        ("ai_relevance", "relevance", manifest.get("relevance")),
    ):
        if counted:
            parts = [
                f"{words.value(column, name)} {words.number(n)}"
                for name, n in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
            ]
            rows.append((words(f"basis.{key}"), words.join(parts)))
    versions = dict.fromkeys(_VERSIONS, "?") | dict(provenance.versions)
    rows.append((words("basis.versions"), words("basis.versions_words", **versions)))
    rows.append((words("basis.licence"), words("basis.licence_words")))
    rows.append((words("basis.command"), provenance.command))
    census = "basis.limit_census" if manifest.get("shipped_data") else "basis.limit_registry"
    limits = [words(census)]
    limits += [words(f"basis.limit_{name}") for name in ("ai", "place", "interval")]
    table = Table(
        "", (TableColumn(""), TableColumn("")), tuple(plain(label, value) for label, value in rows)
    )
    return Page(
        title=words("basis.title"),
        lead=words("basis.lead"),
        findings=tuple(limits),
        tables=(table,),
    )


def _as_of(manifest: dict[str, Any], words: Wording) -> str:
    day = words.day(manifest.get("as_of"))
    basis = manifest.get("as_of_basis")
    return words(f"basis.as_of_{basis}", day=day) if basis else day
