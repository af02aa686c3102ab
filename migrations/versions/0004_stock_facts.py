"""Facts about stock itself, reversals, and facts in other units"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WITH_UNIT = ("receipts", "issues", "shipments")
STATES = "state IN ('pending', 'refused', 'posted')"
TABLES = (
    "'receipts', 'issues', 'completions', 'time_entries', 'shipments', 'customer_returns', 'transfers', "
    "'adjustments', 'stock_counts'"
)


def upgrade() -> None:
    for table in WITH_UNIT:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("unit", sa.String(), nullable=True))
    op.create_table(
        "reversals",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("table", sa.String(), nullable=False),
        sa.Column("reversed_event", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint(f'"table" IN ({TABLES})', name=op.f("ck_reversals_table_known")),
        sa.CheckConstraint(STATES, name=op.f("ck_reversals_state_known")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_reversals")),
    )
    op.create_table(
        "adjustments",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("quantity_micro >= -1000000000000000", name=op.f("ck_adjustments_quantity_micro_least")),
        sa.CheckConstraint("status IN ('available', 'blocked')", name=op.f("ck_adjustments_status_known")),
        sa.CheckConstraint(STATES, name=op.f("ck_adjustments_state_known")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_adjustments_item")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_adjustments")),
    )
    op.create_table(
        "transfers",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("from_warehouse", sa.String(), nullable=False),
        sa.Column("to_warehouse", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("from_status", sa.String(), nullable=False),
        sa.Column("to_status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("quantity_micro > 0", name=op.f("ck_transfers_quantity_micro_above")),
        sa.CheckConstraint("from_status IN ('available', 'blocked')", name=op.f("ck_transfers_from_status_known")),
        sa.CheckConstraint("to_status IN ('available', 'blocked', '')", name=op.f("ck_transfers_to_status_known")),
        sa.CheckConstraint(STATES, name=op.f("ck_transfers_state_known")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_transfers_item")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_transfers")),
    )
    op.create_table(
        "stock_counts",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("counted_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("counted_quantity_micro >= 0", name=op.f("ck_stock_counts_counted_quantity_micro_least")),
        sa.CheckConstraint("status IN ('available', 'blocked')", name=op.f("ck_stock_counts_status_known")),
        sa.CheckConstraint(STATES, name=op.f("ck_stock_counts_state_known")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_stock_counts_item")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_stock_counts")),
    )


def downgrade() -> None:
    for table in ("stock_counts", "transfers", "adjustments", "reversals"):
        op.drop_table(table)
    for table in WITH_UNIT:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("unit")
