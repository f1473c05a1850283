"""A server on the loopback that speaks the documented protocols of the three geocoders.

It knows a few places (WGS 84) and answers in the datum and words of each service. What goes wrong
is scripted per address: a list of modes, one per request; after the list, all is well.
"""

import gzip
import json
import socket
import struct
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from clusters.geocode.datum import from_wgs84

KEY = "k3y-of-the-test-7f2a9c"
LONGEST = 10.0

LEVELS = {
    "building": {"tianditu": "地名地址", "amap": "门牌号", "baidu": "门址"},
    "street": {"tianditu": "道路", "amap": "道路", "baidu": "道路"},
    "subdistrict": {"tianditu": "乡镇街道", "amap": "乡镇", "baidu": "乡镇"},
    "county": {"tianditu": "区县", "amap": "区县", "baidu": "区县"},
    "prefecture": {"tianditu": "市", "amap": "市", "baidu": "城市"},
    "province": {"tianditu": "省", "amap": "省", "baidu": "省"},
    "unheard": {"tianditu": "新词", "amap": "新词", "baidu": "新词"},
}


@dataclass(frozen=True)
class Place:
    """A place the server knows: WGS 84 degrees and how finely it matches."""

    lon: float
    lat: float
    precision: str = "building"
    score: int = 95
    confidence: int = 80
    precise: int = 1


@dataclass
class Script:
    """What the server does.

    ``places`` by text sent; a text that is not there is not found. ``modes`` by text: what goes
    wrong, one entry per request. ``quota``: requests answered before the quota is used up.
    """

    places: dict[str, Place] = field(default_factory=dict)
    modes: dict[str, list[str]] = field(default_factory=dict)
    quota: int | None = None
    key: str = KEY
    delay_s: float = 0.0
    asked: list[tuple[str, str]] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    coordinate_types: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, text: str) -> int:
        return sum(asked == text for _, asked in self.asked)


ERRORS = {
    "tianditu": {
        "key": (403, {"code": 301012, "msg": "权限类型错误", "resolve": "Key权限类型为:浏览器端"}),
        "quota": (200, None),
        "throttle": (429, None),
        "refused": (200, {"status": "404", "msg": "参数错误"}),
    },
    "amap": {
        "key": (200, {"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"}),
        "quota": (200, {"status": "0", "info": "DAILY_QUERY_OVER_LIMIT", "infocode": "10003"}),
        "throttle": (
            200,
            {"status": "0", "info": "CUQPS_HAS_EXCEEDED_THE_LIMIT", "infocode": "10021"},
        ),
        "minute": (200, {"status": "0", "info": "ACCESS_TOO_FREQUENT", "infocode": "10004"}),
        "refused": (
            200,
            {"status": "0", "info": "ENGINE_RESPONSE_DATA_ERROR", "infocode": "30001"},
        ),
    },
    "baidu": {
        "key": (200, {"status": 200, "message": "APP不存在，AK有误请检查再重试"}),
        "quota": (200, {"status": 302, "message": "天配额超限，限制访问"}),
        "throttle": (200, {"status": 401, "message": "当前并发量已经超过约定并发配额，限制访问"}),
        "refused": (200, {"status": 2, "message": "Request Parameter Error:address illegal"}),
        "internal": (200, {"status": 1, "msg": "Internal Service Error"}),
    },
}


def good(service, place, text, coordinate_type):
    """Return the documented reply for a place, or for nothing found."""
    if service == "tianditu":
        if place is None:
            return {"msg": "无结果", "searchVersion": "6.4.9V", "status": "101"}
        lon, lat = from_wgs84([place.lon], [place.lat], "cgcs2000")
        location = {
            "score": place.score,
            "level": LEVELS[place.precision][service],
            "lon": f"{lon[0]:.6f}",
            "lat": f"{lat[0]:.6f}",
            "keyWord": text,
        }
        return {"msg": "ok", "location": location, "searchVersion": "6.4.9V", "status": "0"}
    if service == "amap":
        head = {"status": "1", "info": "OK", "infocode": "10000"}
        if place is None:
            return {**head, "count": "0", "geocodes": []}
        lon, lat = from_wgs84([place.lon], [place.lat], "gcj02")
        found = {
            "formatted_address": text,
            "country": "中国",
            "province": "四川省",
            "city": "成都市",
            "district": [],
            "township": [],
            "neighborhood": {"name": [], "type": []},
            "adcode": "510107",
            "street": [],
            "number": [],
            "location": f"{lon[0]:.6f},{lat[0]:.6f}",
            "level": LEVELS[place.precision][service],
        }
        return {**head, "count": "1", "geocodes": [found]}
    if place is None:
        return {"status": 1, "msg": "Internal Service Error:无相关结果", "results": []}
    datum = "gcj02" if coordinate_type == "gcj02ll" else "bd09"
    lon, lat = from_wgs84([place.lon], [place.lat], datum)
    return {
        "status": 0,
        "result": {
            "location": {"lng": float(lon[0]), "lat": float(lat[0])},
            "precise": place.precise,
            "confidence": place.confidence,
            "comprehension": place.score,
            "level": LEVELS[place.precision][service],
        },
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Script

    def log_message(self, *_args):
        """Keep quiet."""

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        service = parts.path.split("/")[1]
        parameter, key = {"tianditu": "tk", "amap": "key", "baidu": "ak"}[service], None
        key = query.get(parameter)
        text = json.loads(query["ds"])["keyWord"] if service == "tianditu" else query["address"]
        script = self.script
        with script.lock:
            script.asked.append((service, text))
            script.clients.append(self.headers.get("User-Agent", ""))
            script.coordinate_types.append(query.get("ret_coordtype", ""))
            script.times.append(time.monotonic())
            count = len(script.asked)
            modes = script.modes.get(text, [])
            mode = modes.pop(0) if modes else "good"
        time.sleep(script.delay_s)
        if key != script.key:
            mode = "key"
        elif script.quota is not None and count > script.quota:
            mode = "quota"
        reply = good(service, script.places.get(text), text, query.get("ret_coordtype"))
        getattr(self, f"_{mode}", lambda *_: self._error(mode))(service, reply)

    def _send(self, status, body, kind="application/json;charset=UTF-8", length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _json(self, status, reply, **rest):
        self._send(status, json.dumps(reply, ensure_ascii=False).encode(), **rest)

    def _error(self, mode):
        service = self.path.split("/")[1]
        if mode.startswith("status:"):
            return self._send(int(mode[7:]), b"oops", "text/plain")
        status, reply = ERRORS[service][mode]
        if mode == "key" and service == "amap":  # a service that repeats the key in its words
            key = parse_qs(urlsplit(self.path).query).get("key", [""])[0]
            reply = {**reply, "info": f"INVALID_USER_KEY {key}"}
        return self._json(status, reply) if reply else self._send(429, b"", Retry_After="1")

    def _good(self, _service, reply):
        self._json(200, reply)

    def _plain(self, _service, reply):
        self._json(200, reply, kind="text/html")

    def _html(self, *_):
        self._send(200, b"<html><title>Sign in</title></html>", "text/html")

    def _cut_json(self, _service, reply):
        self._send(200, json.dumps(reply).encode()[:-9])

    def _cut_body(self, _service, reply):
        body = json.dumps(reply).encode()
        self._send(200, body[:20], length=len(body))
        self.close_connection = True

    def _reset(self, *_):
        # Linger of zero: closing sends a reset instead of an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RD)

    def _silent(self, *_):
        time.sleep(1.5)
        self.close_connection = True

    def _drip(self, _service, reply):
        body = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for byte in body:
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                break
            time.sleep(0.05)
        self.close_connection = True

    def _redirect(self, *_):
        self._send(302, b"", Location=f"http://{self.headers['Host']}/amap/elsewhere")

    def _gzip_broken(self, *_):
        self._send(200, gzip.compress(b"{}")[:-8] + b"garbage!", Content_Encoding="gzip")

    def _huge(self, *_):
        self._send(200, b'{"status":"' + b"1" * (1 << 21) + b'"}')

    def _deep(self, *_):
        self._send(200, b"[" * 100_000)

    def _array(self, *_):
        self._send(200, b"[]")

    def _empty(self, *_):
        self._send(200, b"")

    def _latin(self, *_):
        self._send(200, b'{"status":"\xff\xfe"}')

    def _nowhere(self, service, reply):
        reply = json.loads(json.dumps(reply))
        if service == "tianditu":
            reply["location"]["lon"] = "NaN"
        elif service == "amap":
            reply["geocodes"][0]["location"] = []
        else:
            reply["result"]["location"] = {"lng": 0, "lat": 0}
        self._json(200, reply)

    def _wait_one(self, *_):
        self._send(503, b"", Retry_After="1")


class FakeServices:
    """The running server; a context manager."""

    def __init__(self, script: Script):
        handler = type("Handler", (_Handler,), {"script": script})
        self.script = script
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(LONGEST)

    @property
    def urls(self) -> dict[str, str]:
        base = f"http://127.0.0.1:{self._server.server_port}"
        return {
            "tianditu": f"{base}/tianditu/geocoder",
            "amap": f"{base}/amap/v3/geocode/geo",
            "baidu": f"{base}/baidu/geocoding/v3/",
        }


def asked_by_service(script: Script) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for service, _ in script.asked:
        counts[service] += 1
    return dict(counts)
