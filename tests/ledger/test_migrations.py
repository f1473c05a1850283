"""The schema of a ledger moves up and down without losing a row, on either database."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from clusters.errors import WorkspaceError
from clusters.ledger import (
    add_observation,
    audit,
    observations,
    open_ledger,
    record,
    records,
    save_view,
    saved_views,
    schema,
    withdraw,
)
from clusters.ledger.store import writing
from clusters.ledger.upgrade import head, move, version
from drafts import draft

# What the first release wrote into a new file: copied from its sqlite_master.
FIRST_RELEASE = """
CREATE TABLE observation (
    id INTEGER NOT NULL, indicator_id VARCHAR(64) NOT NULL, definition_group VARCHAR(64) NOT NULL,
    area VARCHAR(128) NOT NULL, period VARCHAR(16) NOT NULL, value FLOAT NOT NULL,
    unit VARCHAR(32) NOT NULL, qualifier VARCHAR(2) NOT NULL, forecast BOOLEAN NOT NULL,
    definition_note TEXT NOT NULL, source TEXT NOT NULL, source_date VARCHAR(10) NOT NULL,
    confidence VARCHAR(8) NOT NULL, supersedes INTEGER, fingerprint VARCHAR(64) NOT NULL,
    who VARCHAR(128) NOT NULL, recorded_at VARCHAR(32) NOT NULL,
    PRIMARY KEY (id), UNIQUE (supersedes), FOREIGN KEY(supersedes) REFERENCES observation (id),
    UNIQUE (fingerprint)
);
CREATE INDEX ix_observation_indicator_id ON observation (indicator_id);
CREATE TABLE saved_view (
    id INTEGER NOT NULL, name VARCHAR(128) NOT NULL, page VARCHAR(64) NOT NULL,
    payload TEXT NOT NULL, who VARCHAR(128) NOT NULL, recorded_at VARCHAR(32) NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE audit (
    id INTEGER NOT NULL, who VARCHAR(128) NOT NULL, recorded_at VARCHAR(32) NOT NULL,
    action VARCHAR(64) NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (id)
);
INSERT INTO observation VALUES (1, 'AI_IND_SIZE', 'ai_industry_size', '四川省', '2024', 1300.0, '亿元',
    '>', 0, '', '科技厅', '', 'high', NULL, 'f1', 'analyst', '2026-01-01T00:00:00.000+00:00');
INSERT INTO observation VALUES (2, 'AI_IND_SIZE', 'ai_industry_size', '四川省', '2024', 1310.0, '亿元',
    '>', 0, '', '科技厅', '', 'high', 1, 'f2', 'analyst', '2026-01-02T00:00:00.000+00:00');
INSERT INTO saved_view VALUES (1, 'home', 'overview', '{"lang": "zh"}', 'planner',
    '2026-01-01T00:00:00.000+00:00');
INSERT INTO saved_view VALUES (2, 'home', 'map', '{"layer": "density"}', 'planner',
    '2026-01-02T00:00:00.000+00:00');
INSERT INTO audit VALUES (1, 'analyst', '2026-01-01T00:00:00.000+00:00', 'observation.add', '{}');
"""


@pytest.fixture
def first_release(tmp_path):
    file = sqlite3.connect(tmp_path / "ledger.sqlite")
    file.execute("PRAGMA journal_mode=WAL")
    file.executescript(FIRST_RELEASE)
    file.close()
    return tmp_path


def schema_version(ledger):
    with ledger.engine.connect() as connection:
        return version(connection)


def test_a_ledger_of_the_first_release_is_upgraded_without_loss(first_release):
    ledger = open_ledger(first_release)
    assert schema_version(ledger) == head()
    assert list(observations(ledger, superseded=True)["value"]) == [1300, 1310]
    assert list(observations(ledger)["id"]) == [2]
    views = records(ledger, "view", history=True)
    assert list(views["payload"]) == [
        {"page": "overview", "parameters": {"lang": "zh"}},
        {"page": "map", "parameters": {"layer": "density"}},
    ]
    assert list(saved_views(ledger)["page"]) == ["map"]
    assert len(audit(ledger)) == 1
    assert add_observation(ledger, draft(), who="analyst") == 3
    ledger.close()


def differences(ledger):
    with ledger.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, schema.metadata)


def test_the_migrated_schema_is_the_one_the_code_writes_to(ledger):
    assert differences(ledger) == []


def test_a_missing_column_would_be_noticed(ledger):
    with writing(ledger) as connection:
        connection.execute(sa.text("ALTER TABLE record DROP COLUMN reason"))
    assert [step[0] for step in differences(ledger)] == ["add_column"]


def test_an_upgraded_first_release_has_the_schema_too(first_release):
    ledger = open_ledger(first_release)
    assert differences(ledger) == []
    ledger.close()


def everything(ledger):
    tables = (schema.observation, schema.record, schema.audit)
    with ledger.engine.connect() as connection:
        return [list(connection.execute(sa.select(t).order_by(t.c.id)).all()) for t in tables]


def test_down_and_up_again_keeps_every_row(ledger):
    first = add_observation(ledger, draft(), who="a")
    add_observation(ledger, draft(value=1310, supersedes=first), who="a")
    save_view(ledger, "home", page="map", payload={"layer": "density"}, who="p")
    save_view(ledger, "gone", page="map", payload={}, who="p")
    withdraw(ledger, "view", "gone", who="p")
    record(ledger, "profile", "rent", {"w": 0.3}, who="o", reason="low rents first")
    before = everything(ledger)

    with writing(ledger) as connection:
        move(connection, "0001")
        old = connection.execute(sa.text("SELECT name, page, payload FROM saved_view")).all()
    assert schema_version(ledger) == "0001"
    assert [tuple(row) for row in old] == [("home", "map", '{"layer": "density"}')]
    with writing(ledger) as connection:  # as the first release would
        connection.execute(
            sa.text(
                "INSERT INTO saved_view (name, page, payload, who, recorded_at) VALUES "
                "('new', 'goals', '{\"zone\": \"x\"}', 'p', '2026-02-01')"
            )
        )
    with writing(ledger) as connection:
        move(connection)
    after = everything(ledger)
    assert after[0] == before[0]
    assert after[1][: len(before[1])] == before[1]
    assert after[2] == before[2]
    assert list(saved_views(ledger)["name"]) == ["home", "new"]
    assert json.loads(after[1][-1].payload) == {"page": "goals", "parameters": {"zone": "x"}}
    assert differences(ledger) == []


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path):
    open_ledger(tmp_path).close()
    file = sqlite3.connect(tmp_path / "ledger.sqlite")
    with file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(WorkspaceError, match=r"schema 9999.*update clusters"):
        open_ledger(tmp_path)
    assert file.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    file.close()


def test_a_step_that_fails_leaves_the_ledger_as_it_was(first_release):
    file = sqlite3.connect(first_release / "ledger.sqlite")
    with file:
        file.execute("UPDATE saved_view SET payload = 'no json' WHERE id = 2")
    with pytest.raises(WorkspaceError, match="saved view 2"):
        open_ledger(first_release)
    tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    assert tables == {"observation", "saved_view", "audit"}
    file.close()


def test_many_may_upgrade_at_the_same_moment(first_release):
    with ThreadPoolExecutor(6) as pool:
        for ledger in pool.map(lambda _n: open_ledger(first_release), range(6)):
            assert len(records(ledger, "view", history=True)) == 2
            ledger.close()
