"""Planning depth"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # what a planning run or a kitting check derived is made anew by the next one
    op.drop_table("requirements")
    op.create_table(
        "requirements",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("gross_micro", sa.BigInteger(), nullable=False),
        sa.Column("scheduled_receipts_micro", sa.BigInteger(), nullable=False),
        sa.Column("planned_receipts_micro", sa.BigInteger(), nullable=False),
        sa.Column("safety_stock_micro", sa.BigInteger(), nullable=False),
        sa.Column("net_micro", sa.BigInteger(), nullable=False),
        sa.Column("projected_available_micro", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run", "item", "date", name=op.f("pk_requirements")),
    )
    op.create_table(
        "price_breaks",
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("from_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("price_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("from_quantity_micro > 0", name=op.f("ck_price_breaks_from_quantity_micro_above")),
        sa.CheckConstraint("price_micro >= 0", name=op.f("ck_price_breaks_price_micro_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_price_breaks_item")),
        sa.ForeignKeyConstraint(["supplier"], ["suppliers.supplier"], name=op.f("fk_price_breaks_supplier")),
        sa.PrimaryKeyConstraint("supplier", "item", "from_quantity_micro", name=op.f("pk_price_breaks")),
    )
    op.create_table(
        "safety_stocks",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity_micro >= 0", name=op.f("ck_safety_stocks_quantity_micro_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_safety_stocks_item")),
        sa.PrimaryKeyConstraint("item", "effective_from", name=op.f("pk_safety_stocks")),
    )
    with op.batch_alter_table("planned_orders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("gross_micro", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("available_micro", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("safety_stock_micro", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("net_micro", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("covered_micro", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("lot_sizing", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("lot_micro", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("minimum_micro", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("multiple_micro", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("maximum_micro", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("ordered_micro", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("ahead_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("lead_time_days", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("planned_orders", schema=None) as batch_op:
        batch_op.drop_column("lead_time_days")
        batch_op.drop_column("ahead_days")
        batch_op.drop_column("ordered_micro")
        batch_op.drop_column("maximum_micro")
        batch_op.drop_column("multiple_micro")
        batch_op.drop_column("minimum_micro")
        batch_op.drop_column("lot_micro")
        batch_op.drop_column("lot_sizing")
        batch_op.drop_column("covered_micro")
        batch_op.drop_column("net_micro")
        batch_op.drop_column("safety_stock_micro")
        batch_op.drop_column("available_micro")
        batch_op.drop_column("gross_micro")

    op.drop_table("safety_stocks")
    op.drop_table("price_breaks")
    op.drop_table("requirements")
    op.create_table(
        "requirements",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("gross_micro", sa.BigInteger(), nullable=False),
        sa.Column("scheduled_receipts_micro", sa.BigInteger(), nullable=False),
        sa.Column("planned_receipts_micro", sa.BigInteger(), nullable=False),
        sa.Column("net_micro", sa.BigInteger(), nullable=False),
        sa.Column("projected_available_micro", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run", "item", "date", name=op.f("pk_requirements")),
    )
