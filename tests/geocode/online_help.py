"""What the tests of online geocoders share."""

import os
from contextlib import contextmanager
from unittest.mock import patch

import stamina

from clusters.geocode.online import SERVICES, geocode_online
from clusters.settings import Settings
from geocode.fake_services import KEY, FakeServices, Place, Script

NAMES = sorted(SERVICES)
TIANFU = Place(104.06580, 30.54370)
TEXT = "四川省成都市高新区天府大道中段1366号"
ADDRESS = "成都市高新区天府大道中段１３６６号"


def settings_for(urls, folder, **more):
    """Settings that point at the local server, with every key set and no time lost."""
    values = {
        "workspace": folder,
        "tianditu_key": KEY,
        "amap_key": KEY,
        "baidu_key": KEY,
        "geocoder_base_urls": urls,
        "geocoder_rate_per_second": 1000,
        "geocoder_timeout_s": 60,  # nobody keeps silent here, however busy the machine is
    }
    return Settings(**(values | more))


@contextmanager
def running(folder, script=None, **more):
    """Yield (script, ask): a running server, and `geocode_online` bound to it.

    Repeats happen at once, and no proxy of the machine stands between.
    """
    script = script or Script(places={TEXT: TIANFU})
    with (
        FakeServices(script) as fake,
        stamina.set_testing(True, attempts=4),
        patch.dict(os.environ, {"no_proxy": "127.0.0.1"}),
    ):
        settings = settings_for(fake.urls, folder, **more)

        def ask(addresses, service="amap", **rest):
            return geocode_online(addresses, **({"service": service, "settings": settings} | rest))

        yield script, ask


def many(count):
    """Return addresses and a script that knows them all."""
    texts = [f"四川省成都市武侯区人民南路{number}号" for number in range(1, count + 1)]
    return texts, Script(places=dict.fromkeys(texts, TIANFU))
