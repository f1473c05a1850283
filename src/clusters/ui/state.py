"""What a visitor looks at: one snapshot, held in memory once for all visitors.

Snapshots never change, so they are cached by folder and id without expiry. The published id is
read anew on every run of a page: a new publication shows without a restart.
"""

from pathlib import Path

import streamlit as st

from clusters import workspace
from clusters.errors import WorkspaceError
from clusters.pipeline import ensure_snapshot
from clusters.settings import get_settings
from clusters.ui.text import t


def workspace_folder() -> Path:
    """Return the workspace this app serves."""
    return get_settings().workspace


@st.cache_resource(show_spinner=False)
def _first(folder: str) -> str:
    """Build the first snapshot once, however many visitors arrive at the same time."""
    with st.status(t("shell.building"), expanded=True) as status:
        built = ensure_snapshot(
            Path(folder), progress=lambda step: status.write(t(f"shell.step_{step}"))
        )
        status.update(state="complete", expanded=False)
    return built.id


def snapshot() -> workspace.Snapshot:
    """Return the snapshot of this visit: the one in the link, or the published one."""
    folder = workspace_folder()
    if workspace.published_id(folder) is None:
        _first(str(folder))
    published = workspace.published_id(folder)
    asked = st.query_params.get("snapshot")
    if asked and asked != published:
        try:
            return workspace.held_snapshot(folder, asked)
        except WorkspaceError:
            del st.query_params["snapshot"]  # a wrong id in a link is ignored
    return workspace.held_snapshot(folder, str(published))


def snapshot_there() -> workspace.Snapshot | None:
    """Return what `snapshot` would, or None where nothing was published yet: nothing is built."""
    return None if workspace.published_id(workspace_folder()) is None else snapshot()


def chosen_snapshot(identity: str) -> workspace.Snapshot | None:
    """Return a snapshot of this workspace by its id, or None where there is none."""
    if not identity:
        return None
    try:
        return workspace.held_snapshot(workspace_folder(), identity)
    except WorkspaceError:
        return None


def is_published(shown: workspace.Snapshot) -> bool:
    """Whether the snapshot shown is the published one."""
    return shown.id == workspace.published_id(workspace_folder())
