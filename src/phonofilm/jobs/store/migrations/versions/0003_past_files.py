"""Files of clips that are gone, known by their hash; assets found by theirs; no open cases about what has ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_past_files"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table, an index, and the cases that were left open."""
    op.create_table(
        "past_files",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("job", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name=op.f("fk_past_files_job")),
        sa.PrimaryKeyConstraint("sha256", "job", name=op.f("pk_past_files")),
    )
    op.create_index(op.f("ix_past_files_job"), "past_files", ["job"])
    op.create_index(op.f("ix_assets_sha256"), "assets", ["sha256"])
    op.execute(
        "UPDATE reviews SET state = 'decided', decision = 'withdrawn', note = 'the generation has ended', decided ="
        " created WHERE state <> 'decided' AND stage IN ('admit', 'release') AND subject IN (SELECT id FROM jobs WHERE"
        " state IN ('cancelled', 'expired', 'removed'))"
    )


def downgrade() -> None:
    """Without them again."""
    op.drop_index(op.f("ix_assets_sha256"), "assets")
    op.drop_table("past_files")
