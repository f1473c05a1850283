"""Colours must be told apart by everyone: colour-blind readers, projectors, grey printers."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from clusters.errors import InputError
from clusters.maps import palette

# Machado, Oliveira & Fernandes (2009), severity 1.0, applied to linear RGB.
MACHADO = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colour):
    channels = np.array(palette.rgb(colour))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    """Björn Ottosson (2020): distances of 0.02 are about the least one can see."""
    lms = np.cbrt(
        np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        )
        @ np.clip(rgb, 0, 1)
    )
    return (
        np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        )
        @ lms
    )


def distance(one, other, matrix):
    matrix = np.array(matrix)
    return float(np.linalg.norm(oklab(matrix @ linear(one)) - oklab(matrix @ linear(other))))


VIEWERS = {"everyone": np.eye(3), **MACHADO}
LAYER_COLOURS = [mark.colour for mark in palette.LAYERS.values()]


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize(
    ("colours", "least"),
    [
        (LAYER_COLOURS, 0.12),
        ([mark.colour for mark in palette.layer_marks(theme="dark").values()], 0.12),
        ([mark.colour for mark in palette.STATUS.values()], 0.05),
        (palette.sequential(5), 0.05),
        (palette.quotient_ramp(), 0.03),
        (palette.sequential(5, theme="dark"), 0.05),
        (palette.quotient_ramp(theme="dark"), 0.03),
        ([palette.LISA[kind] for kind in ("HH", "HL", "LH", "LL", "ns")], 0.03),
        ([palette.LISA_DARK[kind] for kind in ("HH", "HL", "LH", "LL", "ns")], 0.03),
    ],
)
def test_colours_stay_apart_for_every_viewer(viewer, colours, least):
    closest = min(distance(a, b, VIEWERS[viewer]) for a, b in combinations(colours, 2))
    assert closest >= least


@pytest.mark.parametrize("classes", range(2, 8))
def test_sequential_ramp_darkens_steadily(classes):
    shades = [palette.lightness(colour) for colour in palette.sequential(classes)]
    assert all(lighter - darker >= 4 for lighter, darker in pairwise(shades))


def test_quotient_ramp_keeps_its_order_in_greyscale():
    shades = [palette.lightness(colour) for colour in palette.quotient_ramp()]
    assert all(lighter - darker >= 3 for lighter, darker in pairwise(shades))
    dark = [palette.lightness(colour) for colour in palette.quotient_ramp(theme="dark")]
    assert all(brighter - dimmer >= 3 for dimmer, brighter in pairwise(dark))


def test_a_quotient_ramp_has_one_colour_per_class_and_is_centred():
    assert len(palette.quotient_ramp()) == len(palette.LQ_BREAKS) + 1
    logs = np.log2(palette.LQ_BREAKS)
    assert np.allclose(logs + logs[::-1], 0)
    assert np.allclose(np.diff(logs), 1)


@pytest.mark.parametrize("marks", [palette.STATUS, palette.LAYERS])
def test_no_meaning_rests_on_colour_alone(marks):
    glyphs = [mark.glyph for mark in marks.values()]
    assert len(set(glyphs)) == len(glyphs)


def test_layers_differ_in_shape_and_in_grey():
    assert len({mark.shape for mark in palette.LAYERS.values()}) == 3
    shades = sorted(palette.lightness(colour) for colour in LAYER_COLOURS)
    assert all(b - a >= 12 for a, b in pairwise(shades))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_dots_stand_out_from_the_land(theme):
    land = palette.THEMES[theme].land
    marks = palette.layer_marks(theme=theme)
    # An orange dot on pale land has its outline and its shape as well.
    assert min(palette.contrast(mark.colour, land) for mark in marks.values()) >= 2.3
    assert marks.keys() == palette.LAYERS.keys()
    assert [mark.shape for mark in marks.values()] == [m.shape for m in palette.LAYERS.values()]


def test_statuses_that_follow_each_other_differ_in_grey():
    shades = [palette.lightness(mark.colour) for mark in palette.STATUS.values()]
    assert all(abs(b - a) >= 12 for a, b in pairwise(shades))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "muted", "accent", "warm"])
@pytest.mark.parametrize("ground", ["paper", "panel", "land"])
def test_text_colours_reach_aa(theme, text, ground):
    tokens = palette.THEMES[theme]
    assert palette.contrast(getattr(tokens, text), getattr(tokens, ground)) >= 4.5


def test_text_on_status_colours_reaches_aa():
    for mark in palette.STATUS.values():
        assert palette.contrast(palette.text_on(mark.colour), mark.colour) >= 4.5


def test_contrast_matches_the_published_extremes():
    # WCAG 2.2: black on white is 21:1; #767676 on white is the lightest grey that passes 4.5:1.
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert 4.5 <= palette.contrast("#767676", "#ffffff") < 4.6
    assert palette.lightness("#ffffff") == pytest.approx(100)
    assert palette.lightness("#777777") == pytest.approx(50.03, abs=0.1)


def test_more_groups_than_hues_are_refused():
    assert len(set(palette.categories([str(i) for i in range(8)]).values())) == 8
    with pytest.raises(InputError, match="at most 8"):
        palette.categories([str(i) for i in range(9)])
    with pytest.raises(InputError, match="1 to 7"):
        palette.sequential(8)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_number_on_any_class_colour_can_be_read(theme):
    ramps = palette.quotient_ramp(theme=theme) + palette.sequential(7, theme=theme)
    for colour in ramps:
        assert palette.contrast(palette.text_on(colour), colour) >= 4.5
