"""One typed object for everything that can be configured, read from the environment."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from clusters.errors import ShippedDataError

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED_IN_WHEEL = _PACKAGE / "_shipped"
_CHECKOUT = _PACKAGE.parents[1]


def shipped_root() -> Path:
    """Return the folder that holds ``data/``, ``app.py`` and ``pages/``: wheel or checkout."""
    return _SHIPPED_IN_WHEEL if _SHIPPED_IN_WHEEL.is_dir() else _CHECKOUT


class Settings(BaseSettings):
    """Settings of one process; every field can be set as ``CLUSTERS_<FIELD>``."""

    model_config = SettingsConfigDict(env_prefix="CLUSTERS_", env_file=None, frozen=True)

    workspace: Path = Field(
        default=Path("workspace"), description="Folder of snapshots, ledger and caches."
    )
    data: Path = Field(
        default_factory=lambda: shipped_root() / "data",
        description="Folder of the shipped data: boundaries, zones, parks, goals, gazetteer.",
    )
    language: Literal["zh", "en"] = Field(
        default="zh", description="Language of the app and of briefings where none is chosen."
    )
    ledger_url: str = Field(
        default="",
        description="SQLAlchemy URL of the ledger; empty means ledger.sqlite in the workspace.",
    )
    max_upload_mb: int = Field(
        default=200, ge=1, description="Largest registry file the app accepts, in MB."
    )
    review_number: str = Field(
        default="", description="审图号 printed on exported maps; exports warn while it is empty."
    )


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()


def data_path(*parts: str) -> Path:
    """Return the path of a shipped file, or say which one is missing.

    Raises
    ------
    ShippedDataError
        If the file does not exist.
    """
    path = get_settings().data.joinpath(*parts)
    if not path.exists():
        msg = (
            f"shipped file {'/'.join(parts)} not found under {get_settings().data}; "
            "reinstall, or point CLUSTERS_DATA at the data folder of a checkout"
        )
        raise ShippedDataError(msg)
    return path


def data_version(folder: str) -> str:
    """Return twelve hex digits of the SHA-256 over the names and tables of a shipped folder."""
    digest = hashlib.sha256()
    for file in sorted(data_path(folder).glob("*.csv")):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
