"""${message}

Rules for this file:
- One purpose; the file is called NNNN_verb_noun.py and `revision` is NNNN. Set HEAD in adapters/index/schema.py to it.
- It never imports the tables of the program: they will move on, this file will not. Write columns out.
- What is computed (everything named in COMPUTED of tables.py) needs no data moved: change the shape, raise SHAPE in
  rows.py, and the next catch-up fills it again. What is a server's own is moved here, and tested with rows in it.
- No statement may lock or rewrite a table that a server owns for longer than a moment: add columns as nullable or with
  a server default, fill them in batches, drop what is old one release later.
- `downgrade` undoes `upgrade` exactly: up, down, up is tested, and `alembic check` must find nothing.

Follows: ${down_revision | comma,n}
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Change the shape."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Change it back."""
    ${downgrades if downgrades else "pass"}
