"""Trouble of disk, bucket and database; deaths a job was in; jobs deleted before they ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_house_faults"
down_revision = "0004_lists_and_sums"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table and three columns."""
    op.create_table(
        "house_faults",
        sa.Column("part", sa.String(length=255), nullable=False),
        sa.Column("worker", sa.String(length=255), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Float(precision=53), nullable=True),
        sa.Column("updated", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("part", "worker", name=op.f("pk_house_faults")),
    )
    # rows that are there already get a value without being rewritten one by one
    op.add_column("jobs", sa.Column("deaths", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("jobs", sa.Column("not_before", sa.Float(precision=53), nullable=True))
    op.add_column("jobs", sa.Column("delete_requested", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Without them again."""
    for column in ("delete_requested", "not_before", "deaths"):
        op.drop_column("jobs", column)
    op.drop_table("house_faults")
