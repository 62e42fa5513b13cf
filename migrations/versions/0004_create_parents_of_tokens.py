"""Note with which token a token was made: both end together.

Follows: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of tokens that are there already nobody knows it."""
    with op.batch_alter_table("server_token", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parent", sa.String(), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_server_token_parent"), ["parent"], unique=False)


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("server_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_server_token_parent"))
        batch_op.drop_column("parent")
