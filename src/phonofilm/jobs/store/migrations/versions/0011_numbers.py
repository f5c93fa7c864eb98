"""Indexes out of which the owner's numbers are counted (``jobs.observe.numbers``)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_numbers"
down_revision = "0010_rollouts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two on jobs, one on reviews."""
    op.create_index("ix_jobs_numbers", "jobs", ["created", "state", "engine", "tenant", "user", "cost_settled"])
    kept = sa.text("favourite IS NOT NULL OR name IS NOT NULL OR project IS NOT NULL")
    op.create_index("ix_jobs_kept", "jobs", ["created", "state", "id"], sqlite_where=kept, postgresql_where=kept)
    op.create_index("ix_reviews_created", "reviews", ["created", "stage"])


def downgrade() -> None:
    """Without them again."""
    op.drop_index("ix_reviews_created", "reviews")
    op.drop_index("ix_jobs_kept", "jobs")
    op.drop_index("ix_jobs_numbers", "jobs")
