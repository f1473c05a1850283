"""One table for everything that is recorded by kind and key; saved views become its first kind.

Downwards the table of records stays, so that nothing recorded is lost, and saved views are copied
to where the first release looks for them. Upwards again only views saved meanwhile are added.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from clusters.errors import WorkspaceError

revision = "0002"
down_revision = "0001"

_view = sa.table(
    "saved_view",
    sa.column("id", sa.Integer),
    sa.column("name", sa.String),
    sa.column("page", sa.String),
    sa.column("payload", sa.Text),
    sa.column("who", sa.String),
    sa.column("recorded_at", sa.String),
)
_record = sa.table(
    "record",
    sa.column("id", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("key", sa.String),
    sa.column("payload", sa.Text),
    sa.column("reason", sa.Text),
    sa.column("who", sa.String),
    sa.column("recorded_at", sa.String),
    sa.column("withdrawn", sa.Boolean),
)


def upgrade() -> None:
    """Create the table of records and move the saved views into it."""
    op.create_table(
        "record",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("recorded_at", sa.String(32), nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_record_kind_key", "record", ["kind", "key"], if_not_exists=True)
    connection = op.get_bind()
    known = {(r.key, r.payload, r.who, r.recorded_at) for r in _views(connection)}
    for view in connection.execute(sa.select(_view).order_by(_view.c.id)).all():
        try:
            parameters = json.loads(view.payload)
        except ValueError as error:
            msg = f"saved view {view.id} of the ledger is damaged; delete that row and open again"
            raise WorkspaceError(msg) from error
        given = {"page": view.page, "parameters": parameters}
        payload = json.dumps(given, ensure_ascii=False, sort_keys=True)
        if (view.name, payload, view.who, view.recorded_at) not in known:
            values = {
                "kind": "view",
                "key": view.name,
                "payload": payload,
                "reason": "",
                "who": view.who,
                "recorded_at": view.recorded_at,
                "withdrawn": False,
            }
            connection.execute(_record.insert().values(values))
    op.drop_table("saved_view")


def downgrade() -> None:
    """Copy the saved views that are not withdrawn to a table of their own."""
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("page", sa.String(64), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("recorded_at", sa.String(32), nullable=False),
    )
    connection = op.get_bind()
    rows = _views(connection)
    newest = {row.key: row for row in rows}
    for row in rows:
        if row.withdrawn or newest[row.key].withdrawn:
            continue
        given = json.loads(row.payload)
        values = {
            "name": row.key,
            "page": given["page"],
            "payload": json.dumps(given["parameters"], ensure_ascii=False, sort_keys=True),
            "who": row.who,
            "recorded_at": row.recorded_at,
        }
        connection.execute(_view.insert().values(values))


def _views(connection: sa.Connection) -> list[Any]:
    query = sa.select(_record).where(_record.c.kind == "view").order_by(_record.c.id)
    return list(connection.execute(query).all())
