"""Turn cleaned texts into typed canonical columns; what does not fit becomes null and a finding.

A value that cannot be read is never replaced by a likely one. The one exception that changes a
value, longitude and latitude in each other's column, is flagged on the row.
"""

import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from clusters.registry import amounts, credit_code, dates
from clusters.registry.datums import known_datums
from clusters.registry.findings import Findings
from clusters.registry.mapping import ColumnMapping
from clusters.registry.masks import as_mask
from clusters.registry.model import FileNote
from clusters.registry.people import scrub
from clusters.registry.personal import showable
from clusters.registry.schema import CONFIDENCES, LAYERS, OPTIONAL, RELEVANCES

_LONGEST_NAME = 500
_SHOWN_STATUS = 20
REPEATED_COORDINATES = 50
# Degrees: lon_min, lon_max, lat_min, lat_max, with a margin for boundary error.
_CHINA = (73.0, 136.0, 3.0, 54.0)
_SICHUAN = (97.2, 108.7, 25.9, 34.5)

_STATES: tuple[tuple[str, str], ...] = (
    (
        r"拟注销|注销中|申请注销|注销公告|非正常|经营异常|停业|歇业|清算|inactive|unknown|其他|其它",
        "unknown",
    ),
    (r"未注销", "revoked"),
    (r"注销|cancel|deregister|dissolved|closed", "cancelled"),
    (r"吊销|撤销|责令关闭|revoked", "revoked"),
    (r"迁出|moved", "moved"),
    (
        r"存续|在业|在营|开业|正常|登记成立|迁入|在册|确立|有效|active|operating|existing|normal",
        "active",
    ),
)
# Written as the platform writes them itself: nothing to tell about.
_PLAIN_STATES = {"存续": "active", "吊销": "revoked", "注销": "cancelled", "迁出": "moved"}
_CONFIDENCE_WORDS = {"高": "high", "中": "medium", "低": "low"}


@dataclass(frozen=True, slots=True)
class Context:
    """What the checks of one file need beside its texts.

    ``headers`` gives the header of the file for a canonical column, ``units`` the unit of
    amounts without one, ``points`` (n, 2) lon, lat from geometries, ``whole`` whether the
    texts are all of the file: in a part nobody can tell which coordinates repeat.
    """

    headers: dict[str, str]
    units: dict[str, str]
    mapping: ColumnMapping
    as_of: date | None
    points: np.ndarray | None
    datum: str | None
    whole: bool = True


class Checker:
    """Checks of one file; every method fills one or two canonical columns."""

    def __init__(
        self, texts: pd.DataFrame, rows: np.ndarray, context: Context, findings: Findings
    ) -> None:
        self._texts = texts
        self._rows = rows
        self._context = context
        self._findings = findings
        self._n = len(texts)

    def _text(self, column: str) -> pd.Series:
        if column in self._texts:
            return self._texts[column]
        return pd.Series([np.nan] * self._n, dtype="str")

    def _note(self, rule: str, hit: np.ndarray, column: str, *, show: bool = True) -> None:
        positions = np.flatnonzero(hit)
        if positions.size:
            values = showable(self._text(column).iloc[positions]) if show else None
            header = self._context.headers.get(column, column)
            self._findings.add(rule, self._rows[positions], column=header, values=values)

    def run(self) -> pd.DataFrame:
        """Return the typed table, without identity and flags; (n,) rows in the order given."""
        table = pd.DataFrame({"name": self._text("name")})
        self._note("name_too_long", as_mask(table["name"].str.len() > _LONGEST_NAME), "name")
        table["uscc"] = self._uscc()
        for column in (
            "name_en", "short_name", "former_names", "address", "region", "business_scope",
            "listing", "honours", "source", "source_url", "note",
        ):  # fmt: skip
            table[column] = self._text(column)
        cut = table["business_scope"].str.contains(r"(?:\.{3}|…)\s*$", regex=True)
        self._note("scope_cut", as_mask(cut), "business_scope", show=False)
        table["founded"] = self._founded()
        capital, currency = self._amount("registered_capital_cny")
        table["registered_capital_cny"], table["registered_capital_currency"] = capital, currency
        table["revenue_cny"] = self._amount("revenue_cny")[0]
        table["revenue_year"] = self._year()
        table["employees"] = self._employees()
        table["status"] = self._status()
        table["confidence"] = self._words("confidence", _CONFIDENCE_WORDS, CONFIDENCES)
        table["lon"], table["lat"] = self._coordinates()
        table["datum"] = self._datum(table["lon"].notna())
        table["as_of"] = self._as_of()
        for column in OPTIONAL:
            if column in self._texts:
                table[column] = self._optional(column)
        return table

    def _uscc(self) -> pd.Series:
        given = self._text("uscc")
        repaired = credit_code.repair(given)
        good = credit_code.valid(repaired.codes)
        filled = as_mask(given.notna())
        old = filled & ~good & credit_code.old_number(repaired.codes)
        self._note("uscc_repaired", good & repaired.replaced, "uscc")
        self._note("uscc_old_number", old, "uscc")
        self._note("uscc_invalid", filled & ~good & ~old, "uscc")
        return repaired.codes.where(good)

    def _founded(self) -> pd.Series:
        parsed = dates.parse(self._text("founded"))
        for rule in ("date_invalid", "date_year_only", "date_month_only", "date_excel_serial"):
            self._note(rule, parsed.rule == rule, "founded")
        # Without a date of the registry, today decides; a snapshot states its date.
        limit = np.datetime64(self._context.as_of or date.today(), "D")  # noqa: DTZ011 (a calendar day, no instant)
        late = ~np.isnat(parsed.value)
        late[late] = parsed.value[late] > limit
        self._note("date_future", late, "founded")
        return pd.Series(parsed.value.astype("datetime64[us]"))

    def _as_of(self) -> pd.Series:
        given = self._text("as_of")
        parsed = dates.parse(given)
        self._note("as_of_invalid", parsed.rule == "date_invalid", "as_of")
        iso = pd.Series(np.datetime_as_string(parsed.value, unit="D"), dtype="str")
        length = np.full(self._n, 10)
        length[parsed.rule == "date_month_only"] = 7
        length[parsed.rule == "date_year_only"] = 4
        for short in (4, 7):
            iso = iso.where(length != short, iso.str.slice(0, short))
        iso = iso.where(~np.isnat(parsed.value))
        default = self._context.as_of
        return iso if default is None else iso.fillna(default.isoformat())

    def _amount(self, column: str) -> tuple[np.ndarray, pd.Series]:
        given = self._text(column)
        parsed = amounts.parse(given, self._context.units.get(column))
        for rule in ("amount_invalid", "amount_unit_unknown"):
            self._note(rule, parsed.reason == rule, column)
        value = parsed.value.copy()
        foreign = ~np.isnan(value) & (parsed.currency != "CNY")
        rates = self._context.mapping.rates
        factor = np.array([rates.get(c, np.nan) for c in parsed.currency[foreign]], dtype=float)
        value[foreign] = np.round(value[foreign] * factor, 2)
        self._note("amount_foreign", foreign & np.isnan(value), column)
        self._note("amount_converted", foreign & ~np.isnan(value), column)
        huge = value > amounts.LARGEST_CNY
        self._note("amount_implausible", huge, column)
        value[huge] = np.nan
        return value, pd.Series(parsed.currency, dtype="str")

    def _year(self) -> pd.Series:
        given = self._text("revenue_year")
        year = pd.to_numeric(given.str.extract(r"^(\d{4})(?:\.0)?年?度?$")[0], errors="coerce")
        possible = year.between(dates.EARLIEST.year, dates.LATEST.year)
        self._note("year_invalid", (given.notna() & ~possible).to_numpy(), "revenue_year")
        return year.where(possible).astype("Int64")

    def _employees(self) -> pd.Series:
        given = self._text("employees")
        found = given.str.normalize("NFKC").str.extract(
            r"^(\d{1,3}(?:,\d{3})+|\d{1,8})(?:\.0+)?\s*[人名]?$"
        )[0]
        number = pd.to_numeric(found.str.replace(",", ""), errors="coerce")
        self._note("employees_invalid", (given.notna() & number.isna()).to_numpy(), "employees")
        return number.astype("Int64")

    def _status(self) -> pd.Series:
        given = self._text("status")
        codes, uniques = pd.factorize(given)
        states: list[str | float] = []
        header = self._context.headers.get("status", "status")
        for text in uniques:
            lowered = text.lower()
            state = next((s for pattern, s in _STATES if re.search(pattern, lowered)), "unknown")
            states.append(state)
            if state not in {"unknown", lowered, _PLAIN_STATES.get(text)}:
                self._findings.note(
                    FileNote(
                        "status_normalised", header, f"{scrub(text)[:_SHOWN_STATUS]} → {state}"
                    )
                )
        states.append(np.nan)
        result = pd.Series(np.array(states, dtype=object)[codes], dtype="str")
        self._note(
            "status_unknown", as_mask(result == "unknown") & as_mask(given != "unknown"), "status"
        )
        return result

    def _words(self, column: str, words: dict[str, str], allowed: tuple[str, ...]) -> pd.Series:
        given = self._text(column)
        plain = given.str.lower().replace(words)
        good = plain.isin(allowed)
        self._note(f"{column}_unknown", (given.notna() & ~good).to_numpy(), column)
        return plain.where(good)

    def _optional(self, column: str) -> pd.Series:
        given = self._text(column)
        allowed = {"ai_relevance": RELEVANCES, "chain_layer": LAYERS}.get(column)
        if allowed is None:
            return given.str.lower() if column == "segment" else given
        given = given.str.lower()
        good = as_mask(given.isin(allowed))
        self._note("judgement_unknown", as_mask(given.notna()) & ~good, column)
        return given.where(good)

    def _coordinates(self) -> tuple[pd.Series, pd.Series]:
        if self._context.points is not None:
            lon, lat = (pd.Series(self._context.points[:, i]) for i in (0, 1))
        else:
            lon, lat = (self._degrees(column) for column in ("lon", "lat"))
        zero = as_mask((lon == 0) & (lat == 0))
        self._note("coordinates_zero", zero, "lon")
        lon, lat = lon.mask(zero), lat.mask(zero)
        swapped = _inside(lat, lon, _CHINA)
        self._note("coordinates_swapped", swapped, "lon")
        lon, lat = lon.mask(swapped, lat), lat.mask(swapped, lon)
        for values, column, limit in ((lon, "lon", 180), (lat, "lat", 90)):
            bad = as_mask(values.abs() > limit)
            self._note("coordinates_invalid", bad, column)
            values[bad] = np.nan
        half = as_mask(lon.isna() ^ lat.isna())
        both_given = (self._text("lon").notna() & self._text("lat").notna()).to_numpy()
        self._note("coordinates_incomplete", half & ~both_given, "lon")
        lon, lat = lon.mask(half), lat.mask(half)
        given = lon.notna().to_numpy()
        china = _inside(lon, lat, _CHINA)
        self._note("coordinates_outside_china", given & ~china, "lon")
        self._note("coordinates_outside_sichuan", china & ~_inside(lon, lat, _SICHUAN), "lon")
        if self._context.whole:
            pairs = pd.DataFrame({"lon": lon, "lat": lat})
            sizes = pairs.groupby(["lon", "lat"], dropna=True)["lon"].transform("size")
            self._note("coordinates_repeated", as_mask(sizes >= REPEATED_COORDINATES), "lon")
        else:
            header = self._context.headers.get("lon", "lon")
            self._findings.reserve("coordinates_repeated", header, self._text("lon"))
        return lon, lat

    def _degrees(self, column: str) -> pd.Series:
        given = self._text(column)
        plain = given.str.normalize("NFKC").str.replace(
            r"^[EN]\s*|\s*[°度]?\s*[EN]?$", "", regex=True
        )
        number = pd.to_numeric(plain, errors="coerce").astype("float64")
        number = number.where(np.isfinite(number))
        self._note("coordinates_invalid", (given.notna() & number.isna()).to_numpy(), column)
        return number

    def _datum(self, located: pd.Series) -> pd.Series:
        # What a person states goes before what the geometries of the file say.
        told = self._context.mapping.datum or self._context.datum
        if told is not None:
            return pd.Series([told] * self._n, dtype="str").where(located)
        given = self._text("datum")
        known = known_datums(given)
        self._note("datum_unknown", (given.notna() & known.isna()).to_numpy(), "datum")
        return known.where(located)


def _inside(lon: pd.Series, lat: pd.Series, box: tuple[float, float, float, float]) -> np.ndarray:
    return as_mask(lon.between(box[0], box[1]) & lat.between(box[2], box[3]))
