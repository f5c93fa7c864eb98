"""What of an asset's file is not used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_ignored"
down_revision = "0005_house_faults"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; rows that are there get a value without being rewritten one by one."""
    op.add_column("assets", sa.Column("ignored", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Without it again."""
    op.drop_column("assets", "ignored")
