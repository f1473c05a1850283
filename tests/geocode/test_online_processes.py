"""Several processes on one cache: kill and resume, shared work, one rate and one daily limit."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from geocode.fake_services import KEY, FakeServices
from geocode.online_help import many

CHILD = """
import sys
from pathlib import Path
from clusters.geocode.online import geocode_online
texts = Path(sys.argv[2]).read_text(encoding="utf-8").split()
table = geocode_online(texts, service=sys.argv[1])
print((table["status"] == "found").sum(), table.attrs["online"]["asked"])
"""


def environment(fake, folder, **more):
    words = {
        "CLUSTERS_WORKSPACE": str(folder),
        "CLUSTERS_AMAP_KEY": KEY,
        "CLUSTERS_GEOCODER_BASE_URLS": f'{{"amap": "{fake.urls["amap"]}"}}',
        "CLUSTERS_GEOCODER_RATE_PER_SECOND": "1000",
        "CLUSTERS_GEOCODER_TIMEOUT_S": "60",
    }
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return kept | words | more


def child(fake, folder, texts, **more):
    listing = folder / "texts.txt"
    listing.write_text("\n".join(texts), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, "amap", str(listing)],
        env=environment(fake, folder, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return [int(word) for word in out.split()]


def wait_until(condition, seconds=180.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_stopped(tmp_path):
    texts, script = many(60)
    script.delay_s = 0.02
    with FakeServices(script) as fake:
        # What the killed run was asking is held for as long as a reply may take.
        first = child(fake, tmp_path, texts, CLUSTERS_GEOCODER_TIMEOUT_S="1")
        wait_until(lambda: len(script.asked) >= 20)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        before = len(script.asked)
        found, asked = finish(child(fake, tmp_path, texts))
    assert found == 60
    # Only the request under way when the run was killed is asked again.
    earlier = {text for _, text in script.asked[:before]}
    assert len(earlier) < 60
    assert len(earlier & {text for _, text in script.asked[before:]}) <= 1
    assert asked <= 60 - len(earlier) + 1


@pytest.mark.slow
def test_two_processes_share_the_work(tmp_path):
    texts, script = many(80)
    script.delay_s = 0.02
    with FakeServices(script) as fake:
        both = [child(fake, tmp_path, texts) for _ in range(2)]
        results = [finish(process) for process in both]
    assert [found for found, _ in results] == [80, 80]
    assert sum(asked for _, asked in results) == 80
    assert max(Counter(script.asked).values()) == 1


@pytest.mark.slow
def test_two_processes_keep_one_rate_and_one_daily_limit(tmp_path):
    texts, script = many(40)
    limits = {
        "CLUSTERS_GEOCODER_RATE_PER_SECOND": "25",
        "CLUSTERS_GEOCODER_DAILY_LIMIT": "30",
    }
    with FakeServices(script) as fake:
        both = [child(fake, tmp_path, texts, **limits) for _ in range(2)]
        for process in both:
            finish(process)
    assert len(script.asked) == 30
    assert max(script.times) - min(script.times) >= 29 / 25 * 0.85
