"""Picture every template in both languages (``make look``): docs/pictures/brief-*.png.

Slides go through LibreOffice where it is installed and the sheets (typst) otherwise, so that a
person sees what a reader sees. The web page is pictured in Chromium with the network off.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pypdfium2
from PIL import Image

from browser.driver import ROOT, browser, chromium
from clusters.export.briefing import BriefingRequest, compose, render
from clusters.pipeline import run
from clusters.workspace import Snapshot

TEMPLATES = {
    "overview": ("overview", ""),
    "zone": ("zone", "chengdu-htz-new-economy"),
    "firm": ("firm", "极米科技股份有限公司"),
    "screening": ("screening", ""),
    "compare": ("compare", "{earlier}"),
}
_WIDTH, _COLUMNS, _MOST, _COLOURS = 1500, 2, 4, 256
_LATER = 15


def main() -> None:
    """Make two snapshots and picture every template of the later one."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        workspace = Path(name) / "w"
        earlier = run(older(Path(name)), workspace=workspace)
        snapshot = run(workspace=workspace)
        for language in ("zh", "en"):
            for template, (kind, subject) in TEMPLATES.items():
                request = BriefingRequest(kind, subject.format(earlier=earlier.id), language)
                target = chosen.out / f"brief-{template}.{language}.png"
                picture(snapshot, request, target, Path(name))
                print(target, target.stat().st_size)  # noqa: T201
            if chromium():
                target = chosen.out / f"brief-web.{language}.png"
                web(snapshot, BriefingRequest("overview", "", language), target, Path(name))
                print(target, target.stat().st_size)  # noqa: T201


def older(folder: Path) -> Path:
    """Return the shipped registry as it might have been: its last rows are not there yet."""
    whole = (ROOT / "data" / "enterprises" / "enterprises.csv").read_text(encoding="utf-8-sig")
    path = folder / "enterprises-before.csv"
    path.write_text("\n".join(whole.splitlines()[:-_LATER]) + "\n", encoding="utf-8")
    return path


def picture(snapshot: Snapshot, request: BriefingRequest, target: Path, folder: Path) -> None:
    """Write the first pages of a briefing side by side."""
    briefing = compose(snapshot, request)
    office = shutil.which("soffice")
    path = folder / f"{briefing.stem}.{'pptx' if office else 'pdf'}"
    path.write_bytes(render(snapshot, briefing, path.suffix[1:], dpi=150))
    if office:
        command = [office, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        path = path.with_suffix(".pdf")
    document = pypdfium2.PdfDocument(path)
    pages = [document[n].render(scale=2).to_pil() for n in range(min(len(document), _MOST))]
    save(tiled(pages), target)


def tiled(pages: list[Image.Image]) -> Image.Image:
    """Return pages in two columns on grey."""
    gap = 12
    width = (_WIDTH - gap * (_COLUMNS + 1)) // _COLUMNS
    small = [page.resize((width, round(page.height * width / page.width))) for page in pages]
    rows = -(-len(small) // _COLUMNS)
    height = rows * (small[0].height + gap) + gap
    sheet = Image.new("RGB", (_WIDTH, height), "#c9cdce")
    for n, page in enumerate(small):
        across, down = n % _COLUMNS, n // _COLUMNS
        sheet.paste(page, (gap + across * (width + gap), gap + down * (small[0].height + gap)))
    return sheet


def web(snapshot: Snapshot, request: BriefingRequest, target: Path, folder: Path) -> None:
    """Write the first screen of the web page, opened without a network."""
    path = folder / "briefing.html"
    path.write_bytes(render(snapshot, compose(snapshot, request), "html"))
    with browser() as started:
        page = started.new_context(viewport={"width": 1280, "height": 860}, offline=True).new_page()
        page.goto(path.as_uri())
        page.wait_for_selector("figure.map[data-ready=yes]")
        page.screenshot(path=target)
    save(Image.open(target).convert("RGB"), target)


def save(image: Image.Image, target: Path) -> None:
    """Write a picture small: flat colours need no more than a palette."""
    image.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        target, optimize=True
    )


if __name__ == "__main__":
    main()
