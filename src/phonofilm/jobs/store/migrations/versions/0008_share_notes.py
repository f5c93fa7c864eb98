"""Notes that viewers of a shared clip leave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_share_notes"
down_revision = "0007_names"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table; links that are out already take no notes, for nobody was asked."""
    op.add_column("shares", sa.Column("notes", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "share_notes",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("share", sa.String(length=255), nullable=False),
        sa.Column("job", sa.String(length=255), nullable=False),
        sa.Column("frame", sa.BigInteger(), nullable=False),
        sa.Column("shot", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(precision=53), nullable=False),
        sa.Column("resolved", sa.Float(precision=53), nullable=True),
        sa.ForeignKeyConstraint(["share"], ["shares.id"], name=op.f("fk_share_notes_share")),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name=op.f("fk_share_notes_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_notes")),
    )
    op.create_index(op.f("ix_share_notes_share"), "share_notes", ["share"])
    op.create_index(op.f("ix_share_notes_job"), "share_notes", ["job"])


def downgrade() -> None:
    """Without it again."""
    op.drop_table("share_notes")
    op.drop_column("shares", "notes")
