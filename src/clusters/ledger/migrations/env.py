"""Where Alembic asks how to run: on the connection, and in the transaction, it was handed."""

from alembic import context

from clusters.ledger.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
)
with context.begin_transaction():
    context.run_migrations()
