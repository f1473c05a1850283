"""The tables of the first release: observations, saved views, audit.

The first release made them without noting a version, so tables that are there stay as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create what is missing."""
    op.create_table(
        "observation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("indicator_id", sa.String(64), nullable=False),
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
        if_not_exists=True,
    )
    op.create_index(
        "ix_observation_indicator_id", "observation", ["indicator_id"], if_not_exists=True
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("page", sa.String(64), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("recorded_at", sa.String(32), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("recorded_at", sa.String(32), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Leave the tables: the first release noted no version and takes them as they are."""
