"""Units that pass an operation, and where units are scrapped"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("time_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("quantity_micro", sa.BigInteger(), nullable=True))
        batch_op.create_check_constraint(op.f("ck_time_entries_quantity_micro_above"), "quantity_micro > 0")
    with op.batch_alter_table("completions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("operation", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("completions", schema=None) as batch_op:
        batch_op.drop_column("operation")
    with op.batch_alter_table("time_entries", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_time_entries_quantity_micro_above"), type_="check")
        batch_op.drop_column("quantity_micro")
