"""The enterprise map in a real browser, beside a plain folium page of the same firms.

Prints time to the first map, time from a press on a filter to the new map, bytes received,
server memory per further visitor, and twenty visitors at once. The peer is what one writes
first: ``folium.Map`` with a ``CircleMarker`` per firm, its scripts served locally. A folium page
has no filter; its nearest act is to load the page with the other firms, which the ratio says.
FastMarkerCluster's script is in no installed package, so only the bytes of its page are counted.
"""

import argparse
import http.server
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import folium
import numpy as np
import pandas as pd
from folium.plugins import FastMarkerCluster
from report import Sheet, processor_seconds, scaled
from xstatic.pkg import leaflet

from browser.driver import Visit, browser, chromium, server, visit
from clusters import pipeline
from clusters.places.boundaries import counties

DRAWN = ".clusters-canvas-map[data-drawn]"
ROUNDS = 7


def registry(firms: int) -> pd.DataFrame:
    """Return synthetic AI firms with coordinates, most of them in the larger counties."""
    draw = np.random.default_rng(firms)
    areas = counties()
    weight = 1 / np.arange(1, len(areas) + 1)
    chosen = draw.choice(len(areas), firms, p=weight / weight.sum())
    area = areas.iloc[chosen]
    words = np.array(["人工智能芯片研发", "智能机器人制造", "计算机视觉软件开发", "无人机制造"])
    names = [f"{place}合成{i:06d}智能科技有限公司" for i, place in enumerate(area["name_zh"])]
    return pd.DataFrame(
        {
            "企业名称": names,
            "注册地址": ("四川省" + area["prefecture_zh"] + area["name_zh"]).to_numpy(),
            "经度": (area["label_lon"].to_numpy() + draw.normal(0, 0.02, firms)).round(6),
            "纬度": (area["label_lat"].to_numpy() + draw.normal(0, 0.02, firms)).round(6),
            "坐标系": "wgs84",
            "成立日期": [f"{year}-01-01" for year in draw.integers(1990, 2026, firms)],
            "经营范围": words[draw.integers(0, len(words), firms)],
        }
    )


@dataclass
class Traffic:
    """Bytes a page received beside the fixed scripts of Streamlit and Leaflet."""

    socket: int = 0
    parts: int = 0
    other: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.socket + self.parts


def watch(visitor: Visit) -> Traffic:
    """Count what arrives at a page from now on."""
    seen, addresses = Traffic(), {}
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("Network.enable")
    session.on(
        "Network.responseReceived",
        lambda event: addresses.__setitem__(event["requestId"], event["response"]["url"]),
    )

    def finished(event: dict) -> None:
        address = addresses.get(event["requestId"], "")
        size = int(event["encodedDataLength"])
        if "/map-parts/" in address:
            seen.parts += size
        else:
            seen.other[address] = size

    def frame(event: dict) -> None:
        response = event["response"]
        text = len(response["payloadData"])
        seen.socket += text * 3 // 4 if response["opcode"] == 2 else text

    session.on("Network.loadingFinished", finished)
    session.on("Network.webSocketFrameReceived", frame)
    return seen


def press(visitor: Visit, label: str) -> float:
    """Press a filter and return the seconds until its map is drawn."""
    page = visitor.page
    page.evaluate(
        """(selector) => {
            const box = document.querySelector(selector);
            window.redrawn = null;
            addEventListener("click", () => { window.pressed = performance.now(); },
                             { capture: true, once: true });
            new MutationObserver((_, watcher) => {
                window.redrawn = performance.now(); watcher.disconnect();
            }).observe(box, { attributes: true, attributeFilter: ["data-drawn"] });
        }""",
        DRAWN,
    )
    page.locator(f".st-key-{label} label").first.click()
    page.wait_for_function("window.redrawn !== null", timeout=60_000, polling=10)
    taken = page.evaluate("window.redrawn - window.pressed") / 1000
    visitor.settle()
    return float(taken)


def memory(pid: int) -> float:
    """Return the resident memory of a process and its children, in MB."""
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = (entry / "status").read_text()
        except OSError:
            continue
        facts = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if int(entry.name) == pid or int(facts["PPid"]) == pid:
            total += int(facts.get("VmRSS", "0").split()[0])
    return total / 1024


def serving(port: str) -> int:
    """Return the process that listens on a port of this machine."""
    wanted = f":{int(port):04X}"
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            cells = line.split()
            if cells[1].endswith(wanted) and cells[3] == "0A":
                sockets.add(f"socket:[{cells[9]}]")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                links = {str(one.readlink()) for one in (entry / "fd").iterdir()}
            except OSError:
                continue
            if links & sockets:
                return int(entry.name)
    raise RuntimeError(f"nothing listens on {port}")


def ours(started, base: str, *, visitors: int) -> dict[str, float]:
    """Measure the app."""
    warm = visit(started, base)
    warm.open("map", relevance="all")
    warm.page.context.close()
    visitor = visit(started, base)
    seen = watch(visitor)
    begun = time.perf_counter()
    visitor.page.goto(f"{base}/map?relevance=all")
    visitor.page.wait_for_selector(DRAWN, timeout=120_000)
    first = time.perf_counter() - begun
    visitor.settle()
    found = {"first map s": first, "payload MB": seen.total / 1e6}
    before = seen.total
    times = [press(visitor, "filter-precision-point") for _ in range(ROUNDS)]
    found |= {
        "filter s (median)": statistics.median(times),
        "filter s (worst)": max(times),
        "filter MB each": (seen.total - before) / ROUNDS / 1e6,
    }
    cold = [press(visitor, f"filter-layer-{one}") for one in ("technology", "application")]
    found["new filter s (worst)"] = max(cold)
    visitor.page.context.close()
    process = serving(base.rsplit(":", 1)[1])
    start, spent = memory(process), processor_seconds(process)
    begun = time.perf_counter()
    crowd = [visit(started, base) for _ in range(visitors)]
    for one in crowd:
        one.page.goto(f"{base}/map?relevance=all", wait_until="commit")
    for one in crowd:
        one.page.wait_for_selector(DRAWN, timeout=240_000, state="attached")
    found[f"{visitors} visitors: all drawn s"] = time.perf_counter() - begun
    begun = time.perf_counter()
    for one in crowd:
        one.page.locator(".st-key-filter-precision-point label").first.click()
    for one in crowd:
        one.page.wait_for_function(
            f"Number(document.querySelector('{DRAWN}').dataset.drawn) > 1", timeout=240_000
        )
    found[f"{visitors} visitors: all filtered s"] = time.perf_counter() - begun
    for one in crowd:
        one.settle(240)
    found["server CPU s per visitor"] = (processor_seconds(process) - spent) / visitors
    found["MB per further visitor"] = (memory(process) - start) / visitors
    found["errors"] = sum(
        len(one.errors) + ("抱歉" in one.text()) + len(one.outside) for one in crowd
    )
    for one in crowd:
        one.page.context.close()
    return found


def local_scripts(canvas: folium.Map) -> None:
    """Point a folium map at Leaflet beside it; the other scripts it names are not needed."""
    canvas.default_js = [("leaflet", "leaflet/leaflet.js")]
    canvas.default_css = [("leaflet_css", "leaflet/leaflet.css")]


def plain(started, table: pd.DataFrame, folder: Path) -> dict[str, float]:
    """Measure a plain folium page of the same firms."""
    begun = time.perf_counter()
    canvas = folium.Map(location=(30.3, 102.8), zoom_start=7, tiles=None, prefer_canvas=True)
    local_scripts(canvas)
    for name, lon, lat in zip(table["企业名称"], table["经度"], table["纬度"], strict=True):
        folium.CircleMarker((lat, lon), radius=4, tooltip=name).add_to(canvas)
    page = folder / "plain.html"
    page.write_text(canvas.get_root().render(), encoding="utf-8")
    built = time.perf_counter() - begun
    (folder / "leaflet").symlink_to(leaflet.BASE_DIR)
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(quiet, directory=str(folder))
    ) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        visitor = visit(started, "")
        begun = time.perf_counter()
        visitor.page.goto(
            f"http://127.0.0.1:{web.server_port}/plain.html", timeout=300_000, wait_until="load"
        )
        visitor.page.wait_for_selector(".leaflet-overlay-pane canvas", timeout=300_000)
        visitor.page.evaluate("() => new Promise(done => requestAnimationFrame(() => done()))")
        loaded = time.perf_counter() - begun
        visitor.page.context.close()
        web.shutdown()
    cluster = folium.Map(location=(30.3, 102.8), zoom_start=7, tiles=None)
    FastMarkerCluster(table[["纬度", "经度"]].to_numpy().tolist()).add_to(cluster)
    return {
        "page built s": built,
        "first map s": loaded,
        "built and shown s": built + loaded,
        "payload MB": page.stat().st_size / 1e6,
        "FastMarkerCluster payload MB": len(cluster.get_root().render().encode()) / 1e6,
    }


def note(sheet: Sheet, size: int, mine: dict[str, float], peer: dict[str, float]) -> None:
    """Note what was measured, our figure of each case first."""
    firms = f"Map of {size:,} firms".replace(",", " ")
    for name, value in mine.items():
        unit = "MB" if "MB" in name else "s" if " s" in name else ""
        sheet.add(f"{firms}: {name}", "clusters", value, unit, own=True)
    for case, name, theirs in (
        ("first map s", "plain folium page", peer["first map s"]),
        ("payload MB", "plain folium page", peer["payload MB"]),
        ("payload MB", "FastMarkerCluster", peer["FastMarkerCluster payload MB"]),
        (
            "new filter s (worst)",
            "plain folium page, built and shown anew",
            peer["built and shown s"],
        ),
    ):
        sheet.add(f"{firms}: {case}", name, theirs, "MB" if "MB" in case else "s")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--sizes", type=int, nargs="*", default=[scaled(10_000, 300), scaled(100_000, 300)]
    )
    options.add_argument("--visitors", type=int, default=scaled(20, 2))
    options.add_argument("--workspaces", type=Path, help="keep and use workspaces here")
    chosen = options.parse_args()
    sheet = Sheet("map")
    if chromium() is None:
        sheet.absent("Map in a browser", "clusters", "Chromium is not installed")
        sheet.save()
        return
    with tempfile.TemporaryDirectory() as scratch, browser() as started:
        for size in dict.fromkeys(chosen.sizes):
            folder = Path(scratch) / str(size)
            folder.mkdir()
            table = registry(size)
            workspace = (chosen.workspaces or Path(scratch)) / f"map-{size}"
            if not workspace.exists():
                source = folder / "synthetic.csv"
                table.to_csv(source, index=False)
                pipeline.run(source, workspace=workspace)
            with server(workspace) as base:
                mine = ours(started, base, visitors=chosen.visitors)
            note(sheet, size, mine, plain(started, table, folder))
    sheet.save()


if __name__ == "__main__":
    main()
