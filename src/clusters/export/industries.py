"""Names of industries, from the tables of plan terms that ship with the platform."""

import csv
from functools import lru_cache

from clusters.maps.words import Language, word, word_keys
from clusters.settings import data_path


@lru_cache(maxsize=1)
def _terms() -> dict[str, dict[str, str]]:
    terms: dict[str, dict[str, str]] = {}
    for file, key in (("layers.csv", "layer"), ("segments.csv", "segment")):
        with data_path("taxonomy", file).open(encoding="utf-8-sig", newline="") as handle:
            terms |= {
                row[key]: {"zh": row["zh"], "en": row["en"]} for row in csv.DictReader(handle)
            }
    return terms


def industry_name(industry: str, language: Language) -> str:
    """Return the name of an industry of any scheme; an unknown id is its own name."""
    if f"industry_{industry}" in word_keys():
        return word(f"industry_{industry}", language)
    return _terms().get(industry, {}).get(language, industry)
