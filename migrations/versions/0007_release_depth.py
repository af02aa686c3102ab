"""Release in depth"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "work_order_demands",
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("work_order", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.CheckConstraint("line >= 0", name=op.f("ck_work_order_demands_line_least")),
        sa.CheckConstraint("turn >= 0", name=op.f("ck_work_order_demands_turn_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_work_order_demands_item")),
        sa.ForeignKeyConstraint(["order"], ["sales_orders.order"], name=op.f("fk_work_order_demands_order")),
        sa.ForeignKeyConstraint(["work_order"], ["work_orders.order"], name=op.f("fk_work_order_demands_work_order")),
        sa.PrimaryKeyConstraint("order", "line", "turn", name=op.f("pk_work_order_demands")),
    )


def downgrade() -> None:
    op.drop_table("work_order_demands")
