"""Small still maps inside a page: a few outlines and marks as one SVG image.

Drawn in `CRS_METRES`, so shapes and distances are true. The image comes as a data address,
because Streamlit takes bare SVG out of HTML; colours are therefore written in, per theme.
"""

import base64
import html
from dataclasses import dataclass, field

import shapely

from clusters.maps.palette import Theme

WIDTH = 420
# Pixels a letter of 11 px takes: Chinese, and Latin.
_WIDE, _NARROW, _LATIN = 11, 6, 0x2E80
Box = tuple[float, float, float, float]


@dataclass
class Sketch:
    """A map under construction; ``box`` is west, south, east, north in metres."""

    box: Box
    tokens: Theme
    parts: list[str] = field(default_factory=list)

    @property
    def scale(self) -> float:
        """Pixels to a metre."""
        return WIDTH / (self.box[2] - self.box[0])

    @property
    def height(self) -> float:
        """Height in pixels."""
        return (self.box[3] - self.box[1]) * self.scale

    def at(self, point: shapely.Point) -> tuple[float, float]:
        """Return where a point of the ground lies on the picture."""
        return (point.x - self.box[0]) * self.scale, (self.box[3] - point.y) * self.scale

    def shape(self, ground: shapely.Geometry, look: str) -> None:
        """Add polygons; `look` holds the attributes of paint."""
        outline = self._path(ground)
        if outline:
            self.parts.append(f'<path {look} d="{outline}"/>')

    def circle(self, at: tuple[float, float], radius: float, look: str) -> None:
        """Add a circle of a radius in pixels."""
        self.parts.append(f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius:.1f}" {look}/>')

    def words(self, at: tuple[float, float], text: str, ink: str, *, bold: bool = False) -> None:
        """Add words, centred."""
        weight = ' font-weight="600"' if bold else ""
        self.parts.append(
            f'<text x="{at[0]:.0f}" y="{at[1]:.0f}" font-size="11" text-anchor="middle" '
            f'fill="{ink}"{weight}>{html.escape(text)}</text>'
        )

    def words_inside(self, at: tuple[float, float], text: str, ink: str) -> None:
        """Add words, centred, unless the edge of the picture would cut them."""
        half = sum(_WIDE if ord(letter) > _LATIN else _NARROW for letter in text) / 2
        if half < at[0] < WIDTH - half:
            self.words(at, text, ink)

    def bar(self, metres: float, text: str) -> None:
        """Add a scale bar at the lower left."""
        length, y = metres * self.scale, self.height - 12
        ink = self.tokens.muted
        self.parts.append(
            f'<path fill="none" stroke="{ink}" d="M12 {y - 4:.0f}v4h{length:.0f}v-4"/>'
        )
        self.words((12 + length / 2, y - 6), text, ink)

    def image(self, alternative: str) -> str:
        """Return the picture as an element of HTML."""
        picture = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:.0f}" '
            f'width="{WIDTH}" height="{self.height:.0f}" font-family="sans-serif">'
            f"{''.join(self.parts)}</svg>"
        )
        coded = base64.b64encode(picture.encode()).decode()
        words = html.escape(alternative, quote=True)
        return f'<img class="c-map" alt="{words}" src="data:image/svg+xml;base64,{coded}">'

    def _path(self, ground: shapely.Geometry) -> str:
        """Return the outline as path data; less than half a pixel is not worth a vertex."""
        parts = []
        for polygon in shapely.get_parts(ground.simplify(0.4 / self.scale)):
            if polygon.geom_type != "Polygon" or polygon.is_empty:
                continue
            for ring in (polygon.exterior, *polygon.interiors):
                steps = [
                    f"{(x - self.box[0]) * self.scale:.1f} {(self.box[3] - y) * self.scale:.1f}"
                    for x, y in ring.coords
                ]
                parts.append(f"M{'L'.join(steps)}Z")
        return "".join(parts)
