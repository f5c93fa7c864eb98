"""How Alembic reaches the database: through the connection that ``Database.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from phonofilm.jobs.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    compare_type=True,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
