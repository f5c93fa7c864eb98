"""Lists, searches and sums that cost the same however many jobs there are."""

from __future__ import annotations

import datetime

import sqlalchemy as sa
from alembic import op

revision = "0004_lists_and_sums"
down_revision = "0003_past_files"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_jobs_list": ["tenant", "id", "state", "dialect", "model"],
    "ix_jobs_tenant_state": ["tenant", "state", "id"],
    "ix_jobs_engine_state": ["engine", "state", "id"],
    "ix_jobs_parent": ["parent"],
    "ix_jobs_queue": ["state", "tenant", "created", "expires"],
}


def upgrade() -> None:
    """Indexes for what is listed, a table of words, and a month's jobs counted beside its money."""
    for name, columns in INDEXES.items():
        op.create_index(name, "jobs", columns)
    op.create_index("ix_assets_tenant_id", "assets", ["tenant", "id"])
    op.create_table(
        "turns",
        sa.Column("tenant", sa.String(length=255), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_turns")),
    )
    word = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
    words = op.create_table(
        "prompt_words",
        sa.Column("tenant", sa.String(length=255), nullable=False),
        sa.Column("word", word, nullable=False),
        sa.Column("job", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "word", "job", name=op.f("pk_prompt_words")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_prompt_words_job"), "prompt_words", ["job"])
    with op.batch_alter_table("balances") as table:
        table.add_column(sa.Column("ended", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("seconds", sa.Float(precision=53), nullable=False, server_default="0"))
    _fill(words)


def _fill(words: sa.Table) -> None:
    """Enter what is there already."""
    from phonofilm.jobs.store.search import words_of

    link = op.get_bind()
    plain: list[sa.ColumnClause[object]] = [sa.column(name) for name in ("id", "tenant", "state", "created")]
    jobs = sa.table("jobs", *plain, sa.column("request", sa.JSON()), sa.column("result", sa.JSON()))
    sums: dict[tuple[str, str], tuple[dict[str, int], float]] = {}
    last = ""
    while rows := link.execute(sa.select(jobs).where(jobs.c.id > last).order_by(jobs.c.id).limit(1_000)).all():
        last = rows[-1].id
        found = [
            {"tenant": row.tenant, "word": word, "job": row.id}
            for row in rows
            if row.state != "removed"
            for word in words_of(str((row.request or {}).get("prompt") or ""))
        ]
        if found:
            link.execute(sa.insert(words), found)
        for row in rows:
            if row.state in ("queued", "running", "review"):
                continue
            month = datetime.datetime.fromtimestamp(row.created, datetime.UTC).strftime("%Y-%m")
            counts, seconds = sums.get((row.tenant, month), ({}, 0.0))
            counts[row.state] = counts.get(row.state, 0) + 1
            made = float((row.result or {}).get("seconds") or 0) if row.state == "succeeded" else 0.0
            sums[row.tenant, month] = (counts, seconds + made)
    plain = [sa.column(name) for name in ("tenant", "month", "reserved", "spent", "credited", "seconds")]
    balances = sa.table("balances", *plain, sa.column("ended", sa.JSON()))
    for (tenant, month), (counts, seconds) in sums.items():
        there = sa.and_(balances.c.tenant == tenant, balances.c.month == month)
        if not link.execute(sa.update(balances).where(there).values(ended=counts, seconds=seconds)).rowcount:
            link.execute(
                sa.insert(balances).values(
                    tenant=tenant, month=month, reserved=0, spent=0, credited=0, ended=counts, seconds=seconds
                )
            )


def downgrade() -> None:
    """Without them again."""
    with op.batch_alter_table("balances") as table:
        table.drop_column("seconds")
        table.drop_column("ended")
    op.drop_table("prompt_words")
    op.drop_table("turns")
    op.drop_index("ix_assets_tenant_id", "assets")
    for name in INDEXES:
        op.drop_index(name, "jobs")
