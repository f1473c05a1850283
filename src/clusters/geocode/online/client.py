"""One careful client for all geocoders: time limits, retries with limits, and a key nobody sees.

The key joins a request below everything that logs, shows or raises: the client builds and logs
requests without it, and a transport adds it on the way out. Words of the service are cleaned of
the key before they are read. Redirects are not followed, because the key would go along.
"""

import json
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
import stamina
from pydantic import SecretStr

from clusters.errors import InputError
from clusters.geocode.datum import Datum
from clusters.geocode.online.services import Answer, Service, explain

ATTEMPTS: Final = 4
"""Requests for one address at most: one and three repeats."""

_LONGEST_REPLY: Final = 1 << 20
_LONGEST_PAUSE_S: Final = 65.0
_SHORTEST_SECRET: Final = 4
# A key that was throttled for the minute opens with the next one.
_PAUSES_S: Final = {("amap", "10004"): 61.0}


class Fault(Exception):  # noqa: N818 - never leaves the package; becomes a status of the row
    """A request that brought no answer: machine code, and what the service said.

    Faults of kind ``retry`` pass by themselves; ``wait_s`` is how long the service asks for.
    """

    def __init__(self, service: Service, code: str, said: str = "", wait_s: float = 0.0) -> None:
        super().__init__(f"{service.name} {code}")
        self.code, self.said, self.wait_s = code, said, wait_s
        self.kind = explain(service.name, code).kind


class _KeyedTransport(httpx.BaseTransport):
    """Adds the key to requests after they were logged."""

    def __init__(self, parameter: str, key: SecretStr, inner: httpx.BaseTransport) -> None:
        self._parameter, self._key, self._inner = parameter, key, inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_add_param(self._parameter, self._key.get_secret_value())
        keyed = httpx.Request(
            request.method,
            url,
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return self._inner.handle_request(keyed)

    def close(self) -> None:
        self._inner.close()


class GeocoderClient:
    """Asks one service, one address at a time; use as a context manager.

    Parameters
    ----------
    service
        The service.
    key
        Its key.
    url
        Address to ask: the service's own or a mirror.
    timeout_s
        Longest wait for one reply, in seconds, from connecting to the last byte.
    datum
        Datum asked of services that offer a choice.

    Raises
    ------
    InputError
        If the address is not one of http or https.
    """

    def __init__(
        self, service: Service, key: SecretStr, *, url: str, timeout_s: float, datum: Datum
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = (
                f"geocoder_base_urls names {url!r} for {service.name}; "
                "give a full address that begins with https:// or http://"
            )
            raise InputError(msg)
        self._service, self._url, self._timeout_s = service, url, timeout_s
        self._datum = datum
        # Keys copied from a console come with blanks.
        secret = SecretStr(key.get_secret_value().strip())
        self._secrets = sorted({secret.get_secret_value(), quote(secret.get_secret_value())})
        proxy = None if proxy_bypass(parts.hostname) else getproxies().get(parts.scheme)
        inner = httpx.HTTPTransport(proxy=proxy, retries=0)
        self._http = httpx.Client(
            transport=_KeyedTransport(service.key_parameter, secret, inner),
            timeout=timeout_s,
            follow_redirects=False,
            # Tianditu takes clients that look like browsers for pages, which need other keys.
            headers={"User-Agent": "clusters", "Accept": "application/json"},
        )

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, question: str, before: Callable[[], None]) -> Answer:
        """Ask for one address.

        Parameters
        ----------
        question
            The text to send; nothing else of the row is sent.
        before
            Called before every request, repeats included: keeps rate and daily limit.

        Raises
        ------
        Fault
            If no answer was to be had: ``retry`` after all repeats, others at once.
        """
        for attempt in stamina.retry_context(
            on=_pause,
            attempts=ATTEMPTS,
            timeout=None,
            wait_initial=1.0,
            wait_max=30.0,
            wait_jitter=1.0,
        ):
            with attempt:
                before()
                return self._once(question)
        msg = "unreachable: the last attempt returns or raises"
        raise AssertionError(msg)

    def _once(self, question: str) -> Answer:
        status, headers, body = self._fetch(question)
        answer = self._read(body)
        if answer is not None and answer.kind in {"ok", "no_match", "refused"} and status == 200:
            return answer
        # A code of the service says more than the status of HTTP, where it is a documented one.
        if answer is not None and answer.kind not in {"ok", "no_match", "refused", "failed"}:
            raise self._fault(answer.code, answer.said)
        if 300 <= status < 400:
            raise self._fault("HTTP 3xx")
        if status != 200:
            raise self._fault(f"HTTP {status}", wait_s=_seconds(headers.get("Retry-After")))
        if answer is None:
            raise self._fault("not_json")
        raise self._fault(answer.code, answer.said)

    def _fetch(self, question: str) -> tuple[int, httpx.Headers, bytes]:
        begin = time.monotonic()
        body = bytearray()
        try:
            with self._http.stream(
                "GET", self._url, params=self._service.ask(question, self._datum)
            ) as response:
                for part in response.iter_bytes():
                    body += part
                    if len(body) > _LONGEST_REPLY:
                        raise self._fault("too_long")
                    # The limit of httpx is one of each read; a reply may drip for ever.
                    if time.monotonic() - begin > self._timeout_s:
                        raise self._fault("timeout")
                return response.status_code, response.headers, bytes(body)
        except httpx.TimeoutException:
            raise self._fault("timeout") from None
        except httpx.TransportError:
            raise self._fault("connection") from None
        except httpx.DecodingError:
            raise self._fault("not_json") from None

    def _read(self, body: bytes) -> Answer | None:
        try:
            text = body.decode("utf-8-sig")
            for secret in self._secrets:
                if len(secret) >= _SHORTEST_SECRET:
                    text = text.replace(secret, "***")
            reply: Any = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return self._service.read(reply, self._datum) if isinstance(reply, dict) else None

    def _fault(self, code: str, said: str = "", wait_s: float = 0.0) -> Fault:
        pause = wait_s or _PAUSES_S.get((self._service.name, code), 0.0)
        return Fault(self._service, code, said, min(pause, _LONGEST_PAUSE_S))


def _pause(error: Exception) -> bool | float:
    """Tell stamina whether to ask again, and when."""
    if not isinstance(error, Fault) or error.kind != "retry":
        return False
    return error.wait_s or True


def _seconds(header: str | None) -> float:
    """Return the seconds of a Retry-After header; dates and nonsense count as none."""
    try:
        return max(0.0, float(header or 0))
    except ValueError:
        return 0.0
