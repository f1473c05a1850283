"""What is made ready before the first visitor comes, and that nothing hangs on it."""

import json
import subprocess
import sys

from clusters import workspace
from clusters.settings import get_settings
from clusters.ui import warming

_CODE = """
import json, sys
from clusters.ui import warming
warming.begin().join()
print(json.dumps(list(sys.modules)))
"""


def test_every_module_of_the_pages_is_there_and_the_snapshot_is_read(
    shipped_workspace, monkeypatch
):
    monkeypatch.setenv("CLUSTERS_WORKSPACE", str(shipped_workspace))
    done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, check=True)
    there = set(json.loads(done.stdout.splitlines()[-1]))
    assert {"clusters.ui.charts", "clusters.ui.screening_state", "clusters.ui.map_view"} <= there
    assert "Traceback" not in done.stderr
    assert "ScriptRunContext" not in done.stderr
    # Its browser half is served only where it was imported during a visit.
    assert "streamlit_folium" not in there


def test_a_server_without_a_snapshot_or_with_a_broken_one_starts_all_the_same(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.setenv("CLUSTERS_WORKSPACE", str(tmp_path))
    get_settings.cache_clear()
    try:
        warming.make_ready()
        assert "not made ready" not in caplog.text
        (tmp_path / "current").write_text("20260101T000000Z-abcdef", encoding="utf-8")
        warming.make_ready()
        assert "not made ready" in caplog.text
        assert workspace.published_id(tmp_path) == "20260101T000000Z-abcdef"
    finally:
        get_settings.cache_clear()
