"""Browser sessions, share links, and takes found by their prompt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables and an index."""
    op.create_table(
        "web_sessions",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("created", sa.Float(precision=53), nullable=False),
        sa.Column("expires", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["api_keys.id"], name=op.f("fk_web_sessions_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_sessions")),
    )
    op.create_index(op.f("ix_web_sessions_key"), "web_sessions", ["key"])
    op.create_index(op.f("ix_web_sessions_expires"), "web_sessions", ["expires"])
    op.create_table(
        "shares",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("tenant", sa.String(length=255), nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("job", sa.String(length=255), nullable=False),
        sa.Column("hash", sa.String(length=255), nullable=False),
        sa.Column("prompt", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Float(precision=53), nullable=False),
        sa.Column("expires", sa.Float(precision=53), nullable=False),
        sa.Column("revoked", sa.Float(precision=53), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_shares_tenant")),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name=op.f("fk_shares_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shares")),
        sa.UniqueConstraint("hash", name=op.f("uq_shares_hash")),
    )
    op.create_index(op.f("ix_shares_job"), "shares", ["job"])
    op.create_index("ix_jobs_tenant_prompt_hash", "jobs", ["tenant", "prompt_hash"])


def downgrade() -> None:
    """Without them again."""
    op.drop_index("ix_jobs_tenant_prompt_hash", "jobs")
    op.drop_table("shares")
    op.drop_table("web_sessions")
