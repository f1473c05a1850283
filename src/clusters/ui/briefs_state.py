"""Briefings on the page: choices, composed content, previews, files, batches; each made once."""

import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import streamlit as st

from clusters.export.briefing import (
    KINDS,
    Briefing,
    BriefingRequest,
    batch,
    batch_requests,
    compose,
    preview,
    render,
)
from clusters.export.briefing.batch import GROUPS, Group
from clusters.export.zips import settle
from clusters.goals import benchmark_firms
from clusters.maps.still import SheetSize
from clusters.maps.words import Language
from clusters.screening.criteria import segment_words
from clusters.screening.profile import default_profile
from clusters.settings import get_settings
from clusters.ui.goals_form import ledger, version
from clusters.ui.state import workspace_folder
from clusters.workspace import Snapshot, list_snapshots

TEMPLATES: Final = ("map", *KINDS, *GROUPS)
MIME: Final = {
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
    "html": "text/html",
}
SECONDS_EACH: Final = 2
"""About what one file of a batch takes on two busy cores; measured, rounded up."""
_PREVIEW_PPI: Final = 96


def firm_choices(snapshot: Snapshot) -> dict[str, str]:
    """Return names of firms by id: the benchmark firms first, then the others by name."""
    firms = snapshot.enterprises.set_index("enterprise_id")["name"]
    table = benchmark_firms(snapshot.enterprises, ledger=ledger()).table
    listed = table["enterprise_id"].dropna()
    first = [str(one) for one in listed]
    rest = firms[~firms.index.isin(first)].sort_values()
    return {**{one: str(firms[one]) for one in first}, **rest.astype(str).to_dict()}


def segments() -> tuple[str, ...]:
    """Return the segments parks can be screened for, that of the shipped profile first."""
    first = default_profile().segment
    return (first, *(name for name in segment_words() if name != first))


def wanted(snapshot: Snapshot, group: Group, language: Language, size: SheetSize) -> int:
    """Return how many files a batch makes."""
    return len(_requests(snapshot, group, language, size))


def _requests(
    snapshot: Snapshot, group: Group, language: Language, size: SheetSize
) -> list[BriefingRequest]:
    return batch_requests(snapshot, group, language=language, size=size, ledger=ledger())


def other_snapshots(snapshot: Snapshot) -> list[str]:
    """Return the ids of the snapshots this one can be compared with, newest first."""
    return [one.id for one in list_snapshots(workspace_folder()) if one.id != snapshot.id]


def composed(snapshot: Snapshot, request: BriefingRequest) -> Briefing:
    """Return the briefing of a request with what the ledger holds now."""
    return _composed(
        snapshot.id, get_settings().review_number, version(ledger()), request, _snapshot=snapshot
    )


@st.cache_data(max_entries=24, show_spinner=False)
def _composed(
    identity: str, number: str, written: str, request: BriefingRequest, _snapshot: Snapshot
) -> Briefing:
    del identity, number, written  # they are there for the cache
    return compose(_snapshot, request, ledger=ledger())


def pictures(snapshot: Snapshot, briefing: Briefing, size: SheetSize) -> list[bytes]:
    """Return the pages of a briefing as PNG; the same content is drawn once."""
    key = (snapshot.id, briefing.provenance.to_json(), size)
    return _pictures(key, _snapshot=snapshot, _briefing=briefing)


@st.cache_data(max_entries=12, show_spinner=False)
def _pictures(
    key: tuple[str, str, SheetSize], _snapshot: Snapshot, _briefing: Briefing
) -> list[bytes]:
    return preview(_snapshot, _briefing, size=key[2], ppi=_PREVIEW_PPI)


def file_bytes(snapshot: Snapshot, briefing: Briefing, fmt: str, size: SheetSize) -> bytes:
    """Return the file of a briefing: the bytes of ``clusters brief``."""
    return render(snapshot, briefing, fmt, size=size)


def packed(
    snapshot: Snapshot,
    group: Group,
    *,
    fmt: str,
    language: Language,
    size: SheetSize,
    progress: Callable[[int, int], None],
) -> bytes:
    """Return every briefing of a group in one ZIP."""
    requests = _requests(snapshot, group, language, size)
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as name, zipfile.ZipFile(buffer, "w") as archive:
        for path in batch(snapshot, requests, Path(name), fmt=fmt, progress=progress):
            archive.write(path, path.name)
    return settle(buffer.getvalue())
