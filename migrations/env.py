"""How Alembic reaches the database of the index: always over a connection that the program hands in."""

from __future__ import annotations

from alembic import context

import metricgov.adapters.store.tables  # noqa: F401 - a server's own tables, in the same metadata
from metricgov.adapters.index.tables import metadata


def run() -> None:
    """Run migrations in the transaction of the caller."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise SystemExit("the index is migrated by the program: metricgov index rebuild")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
