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
    op.drop_table("planning_exceptions")
    op.create_table(
        "planning_exceptions",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("value_micro", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('expedite', 'defer', 'cancel', 'past_due_release', 'past_due_demand', 'overdue_receipt', 'below_safety_stock', 'no_bom', 'no_supplier', 'no_lead_time', 'overload', 'late_order')",
            name=op.f("ck_planning_exceptions_kind_known"),
        ),
        sa.CheckConstraint("days >= 0", name=op.f("ck_planning_exceptions_days_least")),
        sa.CheckConstraint("line >= 0", name=op.f("ck_planning_exceptions_line_least")),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_planning_exceptions_rank_least")),
        sa.PrimaryKeyConstraint("run", "rank", name=op.f("pk_planning_exceptions")),
    )
    op.create_table(
        "work_center_loads",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("work_center", sa.String(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("hours_micro", sa.BigInteger(), nullable=False),
        sa.Column("capacity_micro", sa.BigInteger(), nullable=False),
        sa.Column("overload_micro", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("room_week", sa.Date(), nullable=True),
        sa.CheckConstraint("orders >= 0", name=op.f("ck_work_center_loads_orders_least")),
        sa.PrimaryKeyConstraint("run", "work_center", "week", name=op.f("pk_work_center_loads")),
    )
    op.create_table(
        "overload_orders",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("work_center", sa.String(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("hours_micro", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("first_order", sa.String(), nullable=False),
        sa.Column("first_line", sa.Integer(), nullable=True),
        sa.Column("first_due", sa.Date(), nullable=True),
        sa.CheckConstraint("first_line >= 0", name=op.f("ck_overload_orders_first_line_least")),
        sa.CheckConstraint("lines >= 0", name=op.f("ck_overload_orders_lines_least")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_overload_orders_position_least")),
        sa.PrimaryKeyConstraint("run", "position", name=op.f("pk_overload_orders")),
    )
    op.create_table(
        "plan_changes",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("date_before", sa.Date(), nullable=True),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("quantity_before_micro", sa.BigInteger(), nullable=True),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "change IN ('new', 'gone', 'more', 'less', 'earlier', 'later')", name=op.f("ck_plan_changes_change_known")
        ),
        sa.CheckConstraint(
            "subject IN ('late_order', 'exception', 'planned_order')", name=op.f("ck_plan_changes_subject_known")
        ),
        sa.CheckConstraint("line >= 0", name=op.f("ck_plan_changes_line_least")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_plan_changes_position_least")),
        sa.PrimaryKeyConstraint("run", "position", name=op.f("pk_plan_changes")),
    )
    op.drop_table("pegs")
    op.create_table(
        "pegs",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("supply", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("supply_kind", sa.String(), nullable=False),
        sa.Column("supply_line", sa.Integer(), nullable=True),
        sa.Column("demand_kind", sa.String(), nullable=False),
        sa.Column("demand", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("line >= 0", name=op.f("ck_pegs_line_least")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_pegs_position_least")),
        sa.CheckConstraint("supply_line >= 0", name=op.f("ck_pegs_supply_line_least")),
        sa.PrimaryKeyConstraint("run", "supply", "position", name=op.f("pk_pegs")),
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
    op.create_table(
        "requisitions",
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("planned_order", sa.String(), nullable=False),
        sa.Column("short_micro", sa.BigInteger(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.CheckConstraint("turn >= 0", name=op.f("ck_requisitions_turn_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_requisitions_item")),
        sa.ForeignKeyConstraint(["order"], ["work_orders.order"], name=op.f("fk_requisitions_order")),
        sa.ForeignKeyConstraint(
            ["planned_order"], ["planned_orders.number"], name=op.f("fk_requisitions_planned_order")
        ),
        sa.PrimaryKeyConstraint("order", "item", "turn", name=op.f("pk_requisitions")),
        sa.UniqueConstraint("planned_order", name=op.f("uq_requisitions_planned_order")),
    )
    op.create_table(
        "promise_reservations",
        sa.Column("reservation", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("opportunity", sa.String(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("customer", sa.String(), nullable=True),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("requested_date", sa.Date(), nullable=False),
        sa.Column("promised_date", sa.Date(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint(
            "decision IN ('accept', 'partial', 'later')", name=op.f("ck_promise_reservations_decision_known")
        ),
        sa.CheckConstraint("line >= 0", name=op.f("ck_promise_reservations_line_least")),
        sa.CheckConstraint("part >= 0", name=op.f("ck_promise_reservations_part_least")),
        sa.CheckConstraint("priority >= 1", name=op.f("ck_promise_reservations_priority_least")),
        sa.CheckConstraint("quantity_micro > 0", name=op.f("ck_promise_reservations_quantity_micro_above")),
        sa.CheckConstraint(
            "state IN ('held', 'released', 'replaced', 'consumed')", name=op.f("ck_promise_reservations_state_known")
        ),
        sa.ForeignKeyConstraint(["customer"], ["customers.customer"], name=op.f("fk_promise_reservations_customer")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_promise_reservations_item")),
        sa.ForeignKeyConstraint(
            ["opportunity"], ["opportunities.opportunity"], name=op.f("fk_promise_reservations_opportunity")
        ),
        sa.PrimaryKeyConstraint("reservation", "part", name=op.f("pk_promise_reservations")),
    )
    op.create_table(
        "plan_snapshots",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=True),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run", name=op.f("pk_plan_snapshots")),
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

    op.drop_table("requisitions")
    op.drop_table("promise_reservations")
    op.drop_table("plan_snapshots")
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
    for table in ("planning_exceptions", "work_center_loads", "overload_orders", "plan_changes"):
        op.drop_table(table)
    op.create_table(
        "planning_exceptions",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('expedite', 'defer', 'cancel', 'past_due_release', 'past_due_demand', 'overdue_receipt', 'below_safety_stock', 'no_bom', 'no_supplier', 'no_lead_time', 'overload', 'late_order')",
            name=op.f("ck_planning_exceptions_kind_known"),
        ),
        sa.CheckConstraint("line >= 0", name=op.f("ck_planning_exceptions_line_least")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_planning_exceptions_position_least")),
        sa.PrimaryKeyConstraint("run", "position", name=op.f("pk_planning_exceptions")),
    )
    op.drop_table("pegs")
    op.create_table(
        "pegs",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("supply_kind", sa.String(), nullable=False),
        sa.Column("supply", sa.String(), nullable=False),
        sa.Column("supply_line", sa.Integer(), nullable=True),
        sa.Column("demand_kind", sa.String(), nullable=False),
        sa.Column("demand", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("line >= 0", name=op.f("ck_pegs_line_least")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_pegs_position_least")),
        sa.CheckConstraint("supply_line >= 0", name=op.f("ck_pegs_supply_line_least")),
        sa.PrimaryKeyConstraint("run", "position", name=op.f("pk_pegs")),
    )
