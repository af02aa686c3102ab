"""Stock set aside for orders"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATUSES = "'available', 'inspection', 'blocked', 'at_subcontractor', 'in_production'"
KINDS = (
    "'opening', 'receipt', 'issue', 'return_issue', 'consumption', 'completion', 'scrap', 'rework', "
    "'subcontract_receipt', 'send', 'return_send', 'inspection', 'supplier_return', 'shipment', 'customer_return', "
    "'transfer', 'adjustment'"
)
STATES = "state IN ('pending', 'refused', 'posted')"


def upgrade() -> None:
    op.create_table(
        "stock_reservations",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("line >= 0", name=op.f("ck_stock_reservations_line_least")),
        sa.CheckConstraint(
            "quantity_micro >= -1000000000000000", name=op.f("ck_stock_reservations_quantity_micro_least")
        ),
        sa.CheckConstraint(STATES, name=op.f("ck_stock_reservations_state_known")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_stock_reservations")),
    )
    _known(f"{STATUSES}, 'reserved'", f"{KINDS}, 'reservation'")


def downgrade() -> None:
    op.drop_table("stock_reservations")
    # what was set aside lies on the shelf again
    op.execute("DELETE FROM stock_moves WHERE kind = 'reservation'")
    _known(STATUSES, KINDS)


def _known(statuses: str, kinds: str) -> None:
    with op.batch_alter_table("stock_moves", schema=None) as batch_op:
        for name, words in (("status", statuses), ("kind", kinds)):
            batch_op.drop_constraint(op.f(f"ck_stock_moves_{name}_known"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_stock_moves_{name}_known"), f"{name} IN ({words})")
