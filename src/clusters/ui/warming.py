"""What the first visitors of a server would wait for, made ready before they come.

A page imports what it needs when it is first opened, and a snapshot reads its tables when they are
first asked for. Visitors who come together to a server that has just started would wait for all of
that, one behind the other.
"""

import importlib
import logging
import pkgutil
import threading

import clusters.ui
from clusters.errors import ClustersError
from clusters.settings import get_settings
from clusters.ui import map_state
from clusters.workspace import held_snapshot, published_id

_LOG = logging.getLogger(__name__)
_THREAD = "clusters-warming"
_VISITS = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")


def begin() -> threading.Thread:
    """Start to make ready, beside whatever the server does; nothing waits for it."""
    # Nobody visits yet, and Streamlit would warn of that in the first lines an operator reads.
    _VISITS.addFilter(lambda record: record.threadName != _THREAD)
    thread = threading.Thread(target=make_ready, name=_THREAD, daemon=True)
    thread.start()
    return thread


def make_ready() -> None:
    """Import what pages are made of, and read what the map shows of the published snapshot."""
    for module in pkgutil.iter_modules(clusters.ui.__path__):
        importlib.import_module(f"clusters.ui.{module.name}")

    folder = get_settings().workspace
    try:
        identity = published_id(folder)
        if identity is None:
            return
        shown = held_snapshot(folder, identity)
        map_state.firm_index(shown)
        map_state.search_index(shown)
        map_state.choices(shown, "prefecture")
    except ClustersError as error:
        _LOG.warning("not made ready: %s", error)  # whoever opens a page reads it there
