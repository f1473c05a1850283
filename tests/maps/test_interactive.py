"""Maps work without internet, and a firm's name is only ever text."""

import json
import re

import folium
import folium.plugins
import pytest

from clusters.maps import assets, context, interactive
from clusters.maps.layers import count_labels, firm_layers
from clusters.places.boundaries import display
from clusters.places.zones import five

HOST = re.compile(r"""(?:https?:)?//([a-z0-9-]+(?:\.[a-z0-9-]+)+)""", re.IGNORECASE)
# Names of vocabularies, not addresses: a browser never asks for them.
VOCABULARIES = frozenset({"www.w3.org"})


def outside_hosts(html: str) -> list[str]:
    """Return the hosts a page names; an offline page names none.

    The text of the libraries a map carries is left out: Leaflet names its own home in a credit
    that the maps switch off.
    """
    body = html.replace(assets.inline_script(), "").replace(assets.inline_style(), "")
    return sorted({host.lower() for host in HOST.findall(body)} - VOCABULARIES)


def layers_of(firms, language="zh"):
    return [
        context.boundary_layer(display("prefecture"), level="prefecture", language=language),
        *firm_layers(firms, language=language, show_uncertain=True).layers,
        context.zone_layer(five(), language=language),
        count_labels(firms, display("county"), code="county_code", language=language),
    ]


def test_a_rendered_map_names_no_other_host(firms):
    page = interactive.build_map(layers_of(firms), language="zh", legend=True).get_root().render()
    assert outside_hosts(page) == []
    assert f"{assets.LEAFLET_PREFIX}/leaflet.js" in page


def test_the_default_map_of_the_library_would_not_pass():
    assert "cdn.jsdelivr.net" in outside_hosts(folium.Map().get_root().render())


def test_hosts_are_found_however_they_are_written():
    page = "<a href='//One.example/x'> url(https://two.example) http://www.w3.org/2000/svg"
    assert outside_hosts(page) == ["one.example", "two.example"]


def test_an_element_with_scripts_of_its_own_is_refused(firms):
    canvas = interactive.build_map(layers_of(firms), language="zh")
    folium.plugins.MiniMap().add_to(canvas)
    with pytest.raises(ValueError, match="not served here"):
        assets.localise(canvas)


def test_every_served_file_is_on_this_machine():
    folders = assets.asset_folders()
    assert (folders[assets.LEAFLET_PREFIX] / "leaflet.js").is_file()
    assert (folders[assets.LEAFLET_PREFIX] / "leaflet.css").is_file()
    assert (folders[assets.CLUSTERS_PREFIX] / "map.js").is_file()
    assert (folders[assets.CLUSTERS_PREFIX] / "map.css").is_file()


def test_the_map_can_zoom_in_without_a_base_map(firms):
    page = interactive.build_map(layers_of(firms), language="zh").get_root().render()
    assert '"maxZoom": 18' in page


def test_specification_survives_hostile_names(hostile):
    (dots,) = firm_layers(hostile, language="zh").layers
    text = interactive.specification(dots)
    assert [row[2] for row in json.loads(text)["rows"]] == hostile["name"].tolist()
    for active in ("<", ">", "&", "'", "{{", "{%", "{#", "\u2028"):
        assert active not in text


def test_shapes_are_valid_json_with_metre_precision():
    layer = context.boundary_layer(display("prefecture"), level="prefecture", language="zh")
    rows = json.loads(interactive.specification(layer))["rows"]
    assert len(rows) == 21
    assert {row[3]["type"] for row in rows} <= {"Polygon", "MultiPolygon"}
    ring = rows[0][3]["coordinates"][0]
    assert all(round(x, 5) == x for x, _ in (ring[0] if isinstance(ring[0][0], list) else ring))


def test_hostile_names_pass_through_the_template_engine_unevaluated(hostile):
    page = interactive.build_map(layers_of(hostile), language="zh").get_root().render()
    assert "49" not in page.split("clustersLayer")[3][:200]
    assert "<img" not in page
    assert "\\u003cimg src=x" in page
    assert "{\\u007b7*7}}" in page or "\\u007b{7*7}}" in page


def test_layers_are_drawn_by_their_order_whatever_the_sequence(firms):
    layers = layers_of(firms)
    page = interactive.build_map(layers[::-1], language="zh").get_root().render()
    places = [page.index(f'"key":"{key}"') for key in ("boundary-prefecture", "zones", "firms")]
    assert places == sorted(places)


def test_a_feature_group_can_be_swapped_on_a_living_map(firms):
    group = interactive.feature_group(layers_of(firms))
    canvas = interactive.build_map([], language="zh")
    group.add_to(canvas)
    assert "clustersLayer" in canvas.get_root().render()


def test_names_survive_the_way_through_streamlit(hostile):
    from streamlit_folium import generate_leaflet_string

    canvas = interactive.build_map([], language="zh")
    group = interactive.feature_group(firm_layers(hostile, language="zh").layers)
    group.add_to(canvas)
    canvas.get_root().render()
    script = generate_leaflet_string(group, base_id="feature_group_0")
    found = script.split("clustersLayer(")[1].split(");\n")[0]
    assert [row[2] for row in json.loads(found)["rows"]] == hostile["name"].tolist()


def test_the_legend_is_escaped_and_counts(firms):
    (dots,) = firm_layers(
        firms, language="zh", colour_by="segment", group_names={"uav": "<b>"}
    ).layers
    page = interactive.legend_html([dots], language="zh")
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert ">3</span>" in page


def test_a_single_file_carries_everything_it_needs(firms):
    canvas = interactive.build_map(layers_of(firms), language="zh", legend=True)
    page = interactive.standalone_html(
        canvas, title="</title><script>", metadata={"provenance": '"><script>'}
    )
    assert outside_hosts(page) == []
    assert "<script src" not in page
    assert "<link" not in page
    assert "url(images/" not in page
    assert "&lt;/title&gt;" in page
    assert 'content="&#34;&gt;&lt;script&gt;"' in page


def test_ten_thousand_firms_are_built_in_time(many_firms):
    firms = many_firms(10_000)
    layers = [*firm_layers(firms, language="zh").layers]
    interactive.build_map(layers, language="zh").get_root().render()
    drawn = firm_layers(firms, language="zh")
    page = interactive.build_map(drawn.layers, language="zh").get_root().render()
    assert len(page) < 1_500_000


def test_a_hundred_thousand_firms_stay_small(many_firms):
    drawn = firm_layers(many_firms(100_000), language="zh", zoom=8)
    page = interactive.build_map(drawn.layers, language="zh").get_root().render()
    assert len(page) < 2_000_000


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_hostile_names_are_text_in_a_real_browser(started, hostile, tmp_path):
    canvas = interactive.build_map(
        layers_of(hostile), language="zh", center=(30.6, 104.1), zoom=12, legend=True
    )
    file = tmp_path / "map.html"
    file.write_text(interactive.standalone_html(canvas, title="t", metadata={}), encoding="utf-8")
    faults, asked, shown = [], [], []
    page = started.new_context(offline=True).new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: (faults.append("dialog"), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector(".clusters-label")
    name = next(key for key in page.evaluate("Object.keys(window)") if key.startswith("map_"))
    # Open the tooltip of every dot, as a pointer would, and read it back.
    shown = page.evaluate(
        f"""() => {{ const seen = [];
          {name}.eachLayer(l => {{
            if (l.getTooltip && l.getTooltip() && l.feature === undefined && l._radius) {{
              l.openTooltip(); seen.push(l.getTooltip().getElement().innerText); l.closeTooltip();
            }} }});
          return seen; }}"""
    )
    images = page.locator("img").count()
    page.context.close()
    assert faults == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert images == 0
    assert {"<img src=x onerror=alert(1)>", "{{7*7}}", "</script><b>"} <= set(shown)
