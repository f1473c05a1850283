"""Several writers at once, and writers that are killed: nothing lost, nothing doubled."""

import contextlib
import json
import multiprocessing
import os
import signal
import time

import pytest

from clusters.errors import InputError
from clusters.ledger import (
    add_observation,
    audit,
    observations,
    open_ledger,
    record,
    records,
)
from drafts import draft

COUNT = 1000
FORK = multiprocessing.get_context("fork")


def together(target, arguments, seconds=300):
    """Run one process for each tuple of arguments, all at once."""
    workers = [FORK.Process(target=target, args=given) for given in arguments]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(seconds)
    assert [worker.exitcode for worker in workers] == [0] * len(workers)


def write_many(where, writer):
    with contextlib.closing(open_ledger(where)) as ledger:
        for number in range(COUNT):
            add_observation(
                ledger, draft(value=number, source=f"writer {writer}"), who=f"w{writer}"
            )


@pytest.mark.slow
def test_two_writers_of_a_thousand_lose_and_double_nothing(where):
    together(write_many, [(where, 1), (where, 2)])
    with contextlib.closing(open_ledger(where)) as ledger:
        rows, trail = observations(ledger), audit(ledger)
    counted = rows.groupby(["source", "who"])["value"].agg(["count", "nunique", "max"])
    assert counted.to_numpy().tolist() == [[COUNT, COUNT, COUNT - 1]] * 2
    # the trail tells of each row once, under the account that wrote it, at the same moment
    told = [
        (json.loads(text)["id"], who, when)
        for text, who, when in zip(
            trail["payload"], trail["who"], trail["recorded_at"], strict=True
        )
    ]
    written = list(zip(rows["id"], rows["who"], rows["recorded_at"], strict=True))
    assert sorted(told) == sorted(written)
    assert rows["recorded_at"].is_monotonic_increasing  # one writer after the other


def write_the_same(where, results):
    with contextlib.closing(open_ledger(where)) as ledger:
        for number in range(40):
            with contextlib.suppress(InputError):
                results.put(
                    add_observation(ledger, draft(value=number, source="one report"), who="w")
                )


def test_the_same_rows_written_at_once_stand_once(where):
    results = FORK.SimpleQueue()
    together(write_the_same, [(where, results)] * 2)
    accepted = []
    while not results.empty():
        accepted.append(results.get())
    with contextlib.closing(open_ledger(where)) as ledger:
        rows = observations(ledger)
        assert sorted(rows["value"]) == list(range(40))
        assert sorted(accepted) == sorted(rows["id"])
        assert len(audit(ledger)) == 40


def record_versions(where, writer):
    with contextlib.closing(open_ledger(where)) as ledger:
        for number in range(50):
            record(ledger, "profile", "shared", {"writer": writer, "number": number}, who=writer)


def test_every_version_of_a_record_is_kept_however_many_write_it(where):
    together(record_versions, [(where, "a"), (where, "b"), (where, "c")])
    with contextlib.closing(open_ledger(where)) as ledger:
        history = records(ledger, "profile", history=True)
        newest = records(ledger, "profile")
    assert len(history) == 150
    for writer in "abc":
        numbers = [p["number"] for p in history["payload"] if p["writer"] == writer]
        assert numbers == list(range(50))
    assert newest["payload"].tolist() == [history["payload"].iloc[-1]]


def write_until_killed(where, pipe):
    ledger = open_ledger(where)
    number = 0
    while True:
        key = add_observation(ledger, draft(value=number, source="a report"), who="victim")
        os.write(pipe, b"%d\n" % key)  # said only after the ledger has said so
        number += 1


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 25, 120])
def test_a_killed_writer_leaves_every_acknowledged_row(where, after):
    open_ledger(where).close()
    reading, writing = os.pipe()
    victim = FORK.Process(target=write_until_killed, args=(where, writing))
    victim.start()
    os.close(writing)
    said = b""
    while said.count(b"\n") < after:
        said += (heard := os.read(reading, 4096))
        assert heard, "the writer has ended by itself"
    time.sleep(0.003)  # somewhere in the next row
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()
    assert victim.exitcode == -signal.SIGKILL
    while more := os.read(reading, 4096):
        said += more
    os.close(reading)
    acknowledged = [int(line) for line in said.split()]

    with contextlib.closing(open_ledger(where)) as ledger:
        kept = observations(ledger)["id"].tolist()
        told = [json.loads(text)["id"] for text in audit(ledger)["payload"]]
        assert kept[: len(acknowledged)] == acknowledged
        assert len(kept) <= len(acknowledged) + 1  # the row of which nothing was heard
        assert told == kept  # a row and its trail come together or not at all
        # No lock is left behind.
        add_observation(ledger, draft(value=0, source="the next writer"), who="next")
