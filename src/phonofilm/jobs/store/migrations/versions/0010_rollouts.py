"""Rollouts of engine versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_rollouts"
down_revision = "0009_votes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table (``rollout.tables``)."""
    words = [
        sa.Column(name, sa.String(length=255), nullable=False)
        for name in ("id", "model", "control", "candidate", "state")
    ]
    data = [sa.Column(name, sa.JSON(), nullable=False) for name in ("walk", "passed")]
    times = [
        sa.Column(name, sa.Float(precision=53), nullable=False) for name in ("read", "looked", "created", "updated")
    ]
    op.create_table(
        "rollouts",
        *words,
        *data,
        sa.Column("reason", sa.Text(), nullable=False),
        *times,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollouts")),
    )
    op.create_index(op.f("ix_rollouts_model"), "rollouts", ["model"])


def downgrade() -> None:
    """Without it again."""
    op.drop_table("rollouts")
