"""Whether a customer, or a sales order, takes deliveries in parts"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("customers", "sales_orders"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("delivery", sa.String(), nullable=True))
            batch_op.create_check_constraint(
                op.f(f"ck_{table}_delivery_known"), "delivery IN ('partial', 'complete', '')"
            )


def downgrade() -> None:
    for table in ("sales_orders", "customers"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_delivery_known"), type_="check")
            batch_op.drop_column("delivery")
