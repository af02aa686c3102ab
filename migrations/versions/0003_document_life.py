"""Who moved a document on, when and why; changes of orders"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_events",
        sa.Column("table", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_document_events_position_least")),
        sa.PrimaryKeyConstraint("table", "document", "position", name=op.f("pk_document_events")),
    )
    op.create_table(
        "order_changes",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=True),
        sa.Column("cancel_supply", sa.JSON(), nullable=True),
        sa.Column("seen", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('submitted', 'applied', 'rejected', 'withdrawn')", name=op.f("ck_order_changes_state_known")
        ),
        sa.ForeignKeyConstraint(["order"], ["sales_orders.order"], name=op.f("fk_order_changes_order_sales_orders")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_order_changes")),
    )


def downgrade() -> None:
    op.drop_table("order_changes")
    op.drop_table("document_events")
