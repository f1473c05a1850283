"""The tables of the ledger, the same on SQLite and PostgreSQL.

The tables that a database really has come from ``migrations``; a test holds that both agree.
Times are ISO 8601 texts in UTC: both databases give back to the character what was written.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

observation = sa.Table(
    "observation",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("indicator_id", sa.String(64), nullable=False, index=True),
    sa.Column("definition_group", sa.String(64), nullable=False),
    sa.Column("area", sa.String(128), nullable=False),
    sa.Column("period", sa.String(16), nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("qualifier", sa.String(2), nullable=False),
    sa.Column("forecast", sa.Boolean, nullable=False),
    sa.Column("definition_note", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_date", sa.String(10), nullable=False),
    sa.Column("confidence", sa.String(8), nullable=False),
    sa.Column("supersedes", sa.Integer, sa.ForeignKey("observation.id"), unique=True),
    sa.Column("fingerprint", sa.String(64), nullable=False, unique=True),
    sa.Column("who", sa.String(128), nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
)
# One row per version of a record; the newest of a (kind, key) counts.
record = sa.Table(
    "record",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("key", sa.String(128), nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("who", sa.String(128), nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    sa.Index("ix_record_kind_key", "kind", "key"),
)
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("who", sa.String(128), nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
)
