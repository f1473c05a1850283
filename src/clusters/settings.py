"""One typed object for everything that can be configured, read from the environment."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from clusters.errors import InputError, ShippedDataError

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED_IN_WHEEL = _PACKAGE / "_shipped"
_CHECKOUT = _PACKAGE.parents[1]
_SHORTEST_SECRET = 32


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
        description="URL of a shared ledger, such as postgresql://clusters@db.example/clusters; "
        "empty means ledger.sqlite in the workspace.",
    )
    account: str = Field(
        default="local",
        min_length=1,
        max_length=128,
        description="Account or role the ledger notes for what is done here; no contact details.",
    )
    access: Literal["single", "gateway", "oidc"] = Field(
        default="single",
        description="Who gets in: single (one user, this machine only), gateway (an intranet "
        "gateway vouches for users in headers), oidc (sign-in at an OpenID Connect provider).",
    )
    gateway_secret: SecretStr = Field(
        default=SecretStr(""),
        description="What the gateway sends in X-Clusters-Gateway to prove that it is the gateway.",
    )
    gateway_user_header: str = Field(
        default="X-Forwarded-User", description="Header in which the gateway names the user."
    )
    gateway_role_header: str = Field(
        default="X-Forwarded-Role", description="Header with the user's roles, separated by commas."
    )
    oidc_metadata_url: str = Field(
        default="",
        description="The provider's address that ends in /.well-known/openid-configuration.",
    )
    oidc_client_id: str = Field(
        default="", description="Name under which the provider knows this platform."
    )
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Secret the provider gave this platform."
    )
    public_url: str = Field(
        default="http://localhost:8501",
        description="Address under which people open the app; the provider sends them back there.",
    )
    cookie_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Long random text that signs the cookie of a sign-in; one for all servers.",
    )
    role_claim: str = Field(
        default="roles",
        description="Claim of the sign-in that holds the roles; dots lead into nested claims.",
    )
    role_names: dict[str, Literal["viewer", "analyst", "editor", "admin"]] = Field(
        default_factory=dict,
        description='Roles by the names the provider uses, as JSON: {"规划处": "analyst"}.',
    )
    default_role: Literal["", "viewer", "analyst", "editor", "admin"] = Field(
        default="", description="Role of those who have none; empty refuses them."
    )
    max_upload_mb: int = Field(
        default=200, ge=1, description="Largest registry file the app accepts, in MB."
    )
    api_requests_per_minute: int = Field(
        default=600,
        ge=0,
        description="Most requests a minute of one account to the HTTP interface of a shared "
        "platform; 0 for no limit.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Form of the app's log: text to read, json for machines."
    )
    review_number: str = Field(
        default="", description="审图号 printed on exported maps; exports warn while it is empty."
    )
    position_draws: int = Field(
        default=10,
        ge=0,
        le=100,
        description="Times uncertain places are redrawn to measure their doubt; 0 leaves it out.",
    )
    star_size_share: float = Field(
        default=0.10, gt=0, le=1, description="Star for size: top share of areas by number."
    )
    star_quotient: float = Field(
        default=2.0, gt=0, description="Star for specialisation: least location quotient."
    )
    star_focus_share: float = Field(
        default=0.10, gt=0, le=1, description="Star for focus: top share of areas by their share."
    )
    star_growth_share: float = Field(
        default=0.10, gt=0, le=1, description="Star for growth: top share of areas by growth."
    )
    star_min_size: float = Field(
        default=5.0, ge=0, description="Smaller clusters earn no star, in the unit counted."
    )
    growth_years: int = Field(
        default=5, ge=0, le=50, description="Years growth is taken over, by founding; 0 for none."
    )
    tianditu_key: SecretStr = Field(
        default=SecretStr(""),
        description="Server-side key of the Tianditu (天地图) geocoder; empty keeps it off.",
    )
    amap_key: SecretStr = Field(
        default=SecretStr(""),
        description="Web service key of the Amap (高德) geocoder; empty keeps it off.",
    )
    baidu_key: SecretStr = Field(
        default=SecretStr(""),
        description="Server-side key (ak) of the Baidu (百度) geocoder; empty keeps it off.",
    )
    tile_url: str = Field(
        default="",
        description="Tile address of an intranet base map, http://…/{z}/{x}/{y}.png in Web "
        "Mercator; empty keeps it off.",
    )
    tile_attribution: str = Field(
        default="", description="Credit printed on the intranet base map."
    )
    tile_datum: Literal["wgs84", "gcj02"] = Field(
        default="wgs84",
        description="Datum of the intranet base map; overlays are shifted to gcj02 over such one.",
    )
    tianditu_browser_key: SecretStr = Field(
        default=SecretStr(""),
        description="Browser-side key of Tianditu (天地图) tiles, seen by visitors; empty keeps "
        "this base map off.",
    )
    online_base_maps: frozenset[Literal["osm", "amap"]] = Field(
        default=frozenset(),
        description='Online base maps offered to visitors, as JSON: ["osm", "amap"]; none by '
        "default.",
    )
    geocoder_rate_per_second: float = Field(
        default=3.0,
        gt=0,
        le=1000,
        description="Most requests per second to one online geocoder, all processes together.",
    )
    geocoder_timeout_s: float = Field(
        default=10.0,
        gt=0,
        le=300,
        description="Longest wait for one reply of an online geocoder, in seconds.",
    )
    geocoder_daily_limit: int = Field(
        default=5000,
        ge=0,
        description="Most requests a day (Beijing time) to one online geocoder; 0 for no limit.",
    )
    geocoder_base_urls: dict[Literal["tianditu", "amap", "baidu"], str] = Field(
        default_factory=dict,
        description='Other addresses of online geocoders, as JSON: {"amap": "https://…"}.',
    )
    baidu_datum: Literal["bd09", "gcj02"] = Field(
        default="bd09", description="Coordinates asked of Baidu: its own, or GCJ-02 (gcj02ll)."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Refuse to start shared without what keeps strangers out."""
        needed = {
            "single": (),
            "gateway": ("gateway_secret",),
            "oidc": ("oidc_metadata_url", "oidc_client_id", "oidc_client_secret", "cookie_secret"),
        }[self.access]
        for name in needed:
            value = getattr(self, name)
            if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
                raise ValueError(f"CLUSTERS_ACCESS={self.access} needs CLUSTERS_{name.upper()}")
        secret = self.cookie_secret.get_secret_value()
        if self.access == "oidc" and len(secret) < _SHORTEST_SECRET:
            raise ValueError(f"CLUSTERS_COOKIE_SECRET needs {_SHORTEST_SECRET} characters or more")
        return self


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    try:
        return Settings()
    except ValidationError as error:
        told = "; ".join(_told(one) for one in error.errors())
        raise InputError(f"{told}. Correct or unset the variable") from None


def _told(error: ErrorDetails) -> str:
    """Say which variable is wrong; a wrong combination names its variables itself."""
    if not error["loc"]:
        return str(error["ctx"]["error"])
    return f"CLUSTERS_{str(error['loc'][0]).upper()}={error['input']!r}: {error['msg']}"


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
