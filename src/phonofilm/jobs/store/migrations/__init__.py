"""The tables' history, as Alembic walks it."""
