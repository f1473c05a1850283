"""Write screenshots of every page in both languages.

``make pictures`` refreshes those of the docs; ``make look`` writes light and dark, on a screen, a
large screen and a telephone, for the eye of whoever changed something.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from browser.driver import PAGES, ROOT, browser, chromium, server, visit

SIZES = ((1440, 900), (1920, 1080), (390, 844))


def main() -> None:
    """Start the app on a fresh workspace and picture every page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    options.add_argument("--width", type=int, default=1440)
    options.add_argument("--height", type=int, default=900)
    options.add_argument("--scheme", choices=["light", "dark"], default="light")
    options.add_argument(
        "--everything", action="store_true", help="light and dark, three widths, each in a folder"
    )
    options.add_argument("--full", action="store_true", help="the whole page, not the first screen")
    options.add_argument("--workspace", type=Path, help="use this workspace, not a fresh one")
    options.add_argument("--base", help="use this running app instead of starting one")
    options.add_argument("--pages", nargs="*", default=list(PAGES))
    options.add_argument("--languages", nargs="*", default=["zh", "en"])
    chosen = options.parse_args()
    if chromium() is None:
        raise SystemExit("Chromium is not installed: sudo apt-get install chromium fonts-noto-cjk")
    chosen.out.mkdir(parents=True, exist_ok=True)
    if chosen.base:
        pictures(chosen, chosen.base)
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        server(chosen.workspace or Path(folder) / "w") as base,
    ):
        pictures(chosen, base)


def pictures(chosen: argparse.Namespace, base: str) -> None:
    """Picture the chosen pages once, or in every width and both themes."""
    if not chosen.everything:
        picture(chosen, base)
        return
    root = chosen.out
    for scheme in ("light", "dark"):
        for width, height in SIZES:
            each = argparse.Namespace(**vars(chosen))
            each.scheme, each.width, each.height = scheme, width, height
            each.out = root / f"{scheme}-{width}"
            each.out.mkdir(exist_ok=True)
            picture(each, base)


def picture(chosen: argparse.Namespace, base: str) -> None:
    """Picture the chosen pages of a running app."""
    with browser() as started:
        for language in chosen.languages:
            for name in chosen.pages:
                visitor = visit(
                    started, base, width=chosen.width, height=chosen.height, scheme=chosen.scheme
                )
                visitor.open(name, lang=language)
                if chosen.full:
                    height = visitor.page.evaluate(
                        """() => Math.max(...[...document.querySelectorAll(
                            '[data-testid="stMain"], [data-testid="stMainBlockContainer"]')]
                            .map(e => e.scrollHeight)) + 60"""
                    )
                    visitor.page.set_viewport_size({"width": chosen.width, "height": int(height)})
                    visitor.settle()
                target = chosen.out / f"{name}.{language}.png"
                visitor.page.screenshot(path=target)
                print(target, "outside:", visitor.outside, "errors:", visitor.errors)  # noqa: T201
                visitor.page.context.close()


if __name__ == "__main__":
    main()
