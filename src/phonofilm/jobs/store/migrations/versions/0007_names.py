"""Names, projects and favourites of clips; takes found also where their shots have other times."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007_names"
down_revision = "0006_ignored"
branch_labels = None
depends_on = None

COLUMNS: dict[str, Any] = {
    "name": sa.String(length=255),
    "project": sa.String(length=255),
    "favourite": sa.Float(precision=53),
}


def upgrade() -> None:
    """Four columns and their indexes; the takes that are there are put together by the words they keep."""
    for name, kind in COLUMNS.items():
        op.add_column("jobs", sa.Column(name, kind, nullable=True))
    op.add_column("jobs", sa.Column("script_hash", sa.String(length=255), nullable=False, server_default=""))
    _fill()
    op.drop_index("ix_jobs_tenant_prompt_hash", "jobs")
    op.create_index("ix_jobs_tenant_script_hash", "jobs", ["tenant", "script_hash"])
    for index, columns, kept in (
        ("ix_jobs_favourite", ["tenant", "id"], sa.text("favourite IS NOT NULL")),
        ("ix_jobs_project", ["tenant", "project", "id", "state"], sa.text("project IS NOT NULL")),
    ):
        op.create_index(index, "jobs", columns, sqlite_where=kept, postgresql_where=kept)


def _fill() -> None:
    """Reads every prompt that is still there once, about a millisecond each."""
    from phonofilm.jobs.store.hashes import script_hash

    link = op.get_bind()
    plain: list[sa.ColumnClause[object]] = [sa.column(name) for name in ("id", "state", "script_hash")]
    jobs = sa.table("jobs", *plain, sa.column("request", sa.JSON()))
    last = ""
    while rows := link.execute(sa.select(jobs).where(jobs.c.id > last).order_by(jobs.c.id).limit(1_000)).all():
        last = rows[-1].id
        known = [
            {"job": row.id, "hash": script_hash(str((row.request or {}).get("prompt") or ""))}
            for row in rows
            if row.state != "removed"
        ]
        if known:
            link.execute(
                sa.update(jobs).where(jobs.c.id == sa.bindparam("job")).values(script_hash=sa.bindparam("hash")), known
            )


def downgrade() -> None:
    """Without them again."""
    for index in ("ix_jobs_project", "ix_jobs_favourite", "ix_jobs_tenant_script_hash"):
        op.drop_index(index, "jobs")
    op.create_index("ix_jobs_tenant_prompt_hash", "jobs", ["tenant", "prompt_hash"])
    for name in ("script_hash", *COLUMNS):
        op.drop_column("jobs", name)
