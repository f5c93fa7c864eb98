"""Ratings are found by the engine that made the clip: a rollout asks for them every half minute."""

from __future__ import annotations

from alembic import op

revision = "0012_ratings_by_engine"
down_revision = "0011_numbers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index (``votes.tables``)."""
    op.create_index("ix_votes_engine", "votes", ["left_engine", "role", "created"])


def downgrade() -> None:
    """Back to the tables before it."""
    op.drop_index("ix_votes_engine", "votes")
