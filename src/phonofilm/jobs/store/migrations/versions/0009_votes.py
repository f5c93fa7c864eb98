"""Studies, sittings and votes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_votes"
down_revision = "0008_share_notes"
branch_labels = None
depends_on = None


def _word(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=255), nullable=nullable)


def _time(name: str, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Float(precision=53), nullable=nullable)


def upgrade() -> None:
    """Three tables (``votes.tables``)."""
    op.create_table(
        "studies",
        _word("id"),
        _word("tenant"),
        _word("user"),
        _word("name"),
        sa.Column("clips", sa.JSON(), nullable=False),
        sa.Column("traps", sa.BigInteger(), nullable=False),
        _time("created"),
        _time("closed", True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
    )
    op.create_index(op.f("ix_studies_tenant"), "studies", ["tenant"])
    op.create_table(
        "sittings",
        _word("id"),
        _word("tenant"),
        _word("user"),
        _word("kind"),
        _word("study", True),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        _time("opened", True),
        _time("created"),
        _time("closed", True),
        sa.ForeignKeyConstraint(["study"], ["studies.id"], name=op.f("fk_sittings_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sittings")),
    )
    op.create_index(op.f("ix_sittings_study"), "sittings", ["study"])
    op.create_table(
        "votes",
        _word("id"),
        _word("tenant"),
        _word("user"),
        _word("sitting"),
        _word("study", True),
        sa.Column("item", sa.BigInteger(), nullable=False),
        _word("kind"),
        _word("role"),
        _word("left"),
        _word("right", True),
        _word("left_engine"),
        _word("right_engine", True),
        _word("script_hash"),
        _word("pair", True),
        _word("choice", True),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("playback", sa.JSON(), nullable=False),
        _time("created"),
        sa.ForeignKeyConstraint(["sitting"], ["sittings.id"], name=op.f("fk_votes_sitting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_votes")),
        sa.UniqueConstraint("sitting", "item", name=op.f("uq_votes_sitting")),
        sa.UniqueConstraint("tenant", "user", "pair", name="uq_votes_pair"),
    )
    for column in ("sitting", "study", "left", "right"):
        op.create_index(op.f(f"ix_votes_{column}"), "votes", [column])
    op.create_index("ix_votes_tenant", "votes", ["tenant", "kind", "id"])


def downgrade() -> None:
    """Without them again."""
    for table in ("votes", "sittings", "studies"):
        op.drop_table(table)
