"""Bearer tokens of the HTTP interface: signed by the provider, for us, and still valid."""

import threading
import time
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from clusters.access.roles import AccessDenied
from clusters.errors import ClustersError
from clusters.settings import Settings

_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_KEYS_FOR_SECONDS = 600.0
_LEEWAY_SECONDS = 30


class ProviderError(ClustersError):
    """The identity provider does not answer, or not as OpenID Connect says."""


class TokenReader:
    """Reads tokens with the provider's keys, which are fetched when needed and kept a while.

    Parameters
    ----------
    settings
        ``oidc_metadata_url`` names the provider, ``oidc_client_id`` whom tokens are for.
    client
        HTTP client; one with a short time-out by default.
    """

    def __init__(self, settings: Settings, client: httpx.Client | None = None) -> None:
        self._url = settings.oidc_metadata_url
        self._audience = settings.oidc_client_id
        self._client = client or httpx.Client(timeout=5.0)
        self._lock = threading.Lock()
        self._issuer = ""
        self._keys: KeySet | None = None
        self._fetched = 0.0

    def claims(self, token: str) -> dict[str, Any]:
        """Return the claims of a token.

        Raises
        ------
        AccessDenied
            If it is not signed by the provider, not for us, or has run out.
        ProviderError
            If the provider's keys cannot be had.
        """
        try:
            return self._decoded(token, renew=False)
        except (JoseError, ValueError):
            # The provider may have changed its keys; look once, but not for every bad token.
            if time.monotonic() - self._fetched < _LEEWAY_SECONDS:
                raise AccessDenied("the token is not valid here; get a new one") from None
        try:
            return self._decoded(token, renew=True)
        except (JoseError, ValueError):
            raise AccessDenied("the token is not valid here; get a new one") from None

    def _decoded(self, token: str, *, renew: bool) -> dict[str, Any]:
        keys = self._key_set(renew=renew)
        read = jwt.decode(token, keys, algorithms=_ALGORITHMS)
        rules = jwt.JWTClaimsRegistry(
            leeway=0,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
        )
        rules.validate(read.claims)
        return dict(read.claims)

    def _key_set(self, *, renew: bool) -> KeySet:
        with self._lock:
            fresh = time.monotonic() - self._fetched < _KEYS_FOR_SECONDS
            if self._keys is not None and fresh and not renew:
                return self._keys
            try:
                metadata = self._client.get(self._url).raise_for_status().json()
                keys = self._client.get(metadata["jwks_uri"]).raise_for_status().json()
                self._issuer = str(metadata["issuer"])
                self._keys = KeySet.import_key_set(keys)
            except (httpx.HTTPError, KeyError, TypeError, ValueError, JoseError) as error:
                msg = "the identity provider does not answer as it should; try again later"
                raise ProviderError(msg) from error
            self._fetched = time.monotonic()
            return self._keys
