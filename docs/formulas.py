"""Hook of mkdocs: formulas become MathML while the pages are built, so no script is needed to read them."""

import html
import re
from typing import Any

from latex2mathml.converter import convert

_INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
_BLOCK = re.compile(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', re.DOTALL)


def on_page_content(text: str, **_: Any) -> str:
    """Return the page with its formulas set."""
    text = _INLINE.sub(lambda found: convert(html.unescape(found[1])), text)
    return _BLOCK.sub(
        lambda found: (
            f'<div class="formula">{convert(html.unescape(found[1]), display="block")}</div>'
        ),
        text,
    )
