"""Create what is a server's own: tokens, answers to repeated commands, leases.

Follows: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "server_token",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.String(), nullable=False),
        sa.Column("used_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    with op.batch_alter_table("server_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_server_token_principal"), ["principal"], unique=False)

    op.create_table(
        "server_answer",
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("who", "key"),
    )
    with op.batch_alter_table("server_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_server_answer_until"), ["until"], unique=False)

    op.create_table(
        "server_lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("server_lease")
    with op.batch_alter_table("server_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_server_answer_until"))

    op.drop_table("server_answer")
    with op.batch_alter_table("server_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_server_token_principal"))

    op.drop_table("server_token")
