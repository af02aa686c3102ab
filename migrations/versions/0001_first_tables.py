"""First tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text_body", sa.String(), nullable=False),
        sa.Column("html_body", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'dead', 'sent')", name=op.f("ck_alerts_state_known")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_alerts_attempts_least")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_alerts")),
        sa.UniqueConstraint("message_id", name=op.f("uq_alerts_message_id")),
    )
    op.create_table(
        "calendar",
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("date", name=op.f("pk_calendar")),
    )
    op.create_table(
        "changes",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("table", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("column", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("run", "table", "key", "column", name=op.f("pk_changes")),
    )
    op.create_table(
        "completions",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("scrapped_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("scrap_reason", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'refused', 'posted')", name=op.f("ck_completions_state_known")),
        sa.CheckConstraint("quantity_micro >= 0", name=op.f("ck_completions_quantity_micro_least")),
        sa.CheckConstraint("scrapped_quantity_micro >= 0", name=op.f("ck_completions_scrapped_quantity_micro_least")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_completions")),
    )
    op.create_table(
        "cost_entries",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=True),
        sa.Column("amount_micro", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.CheckConstraint("line >= 0", name=op.f("ck_cost_entries_line_least")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_cost_entries")),
    )
    op.create_table(
        "cost_identity",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("amount_micro", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("period", "term", name=op.f("pk_cost_identity")),
    )
    op.create_table(
        "customer_returns",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("freight_micro", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'refused', 'posted')", name=op.f("ck_customer_returns_state_known")),
        sa.CheckConstraint("freight_micro >= 0", name=op.f("ck_customer_returns_freight_micro_least")),
        sa.CheckConstraint("line >= 0", name=op.f("ck_customer_returns_line_least")),
        sa.CheckConstraint("quantity_micro > 0", name=op.f("ck_customer_returns_quantity_micro_above")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_customer_returns")),
    )
    op.create_table(
        "customers",
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("segment", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.CheckConstraint("priority >= 1", name=op.f("ck_customers_priority_least")),
        sa.PrimaryKeyConstraint("customer", name=op.f("pk_customers")),
    )
    op.create_table(
        "document_series",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 0", name=op.f("ck_document_series_last_least")),
        sa.CheckConstraint("year >= 0", name=op.f("ck_document_series_year_least")),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_document_series")),
    )
    op.create_table(
        "exchange_rates",
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("rate_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("rate_micro > 0", name=op.f("ck_exchange_rates_rate_micro_above")),
        sa.PrimaryKeyConstraint("currency", "date", name=op.f("pk_exchange_rates")),
    )
    op.create_table(
        "expenses",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("amount_micro", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint(
            "basis IN ('completed_quantity', 'labor_hours', 'machine_hours', 'material_cost', 'standard_cost', 'direct')",
            name=op.f("ck_expenses_basis_known"),
        ),
        sa.CheckConstraint("state IN ('pending', 'refused', 'posted')", name=op.f("ck_expenses_state_known")),
        sa.CheckConstraint("amount_micro >= -1000000000000000", name=op.f("ck_expenses_amount_micro_least")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_expenses")),
    )
    op.create_table(
        "gate_results",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("gate", sa.String(), nullable=False),
        sa.Column("frame", sa.String(), nullable=False),
        sa.Column("expectation", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("failing", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=True),
        sa.CheckConstraint("severity IN ('critical', 'warning', 'info')", name=op.f("ck_gate_results_severity_known")),
        sa.CheckConstraint("failing >= 0", name=op.f("ck_gate_results_failing_least")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_gate_results_position_least")),
        sa.CheckConstraint("rows >= 0", name=op.f("ck_gate_results_rows_least")),
        sa.PrimaryKeyConstraint("run", "position", name=op.f("pk_gate_results")),
    )
    op.create_table(
        "inspections",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("inspected_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("accepted_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("concession_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("rejected_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("inspector", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint(
            "disposition IN ('rework', 'return', 'scrap', '')", name=op.f("ck_inspections_disposition_known")
        ),
        sa.CheckConstraint(
            "stage IN ('incoming', 'in_process', 'finished', 'subcontract')", name=op.f("ck_inspections_stage_known")
        ),
        sa.CheckConstraint("state IN ('pending', 'refused', 'posted')", name=op.f("ck_inspections_state_known")),
        sa.CheckConstraint("accepted_quantity_micro >= 0", name=op.f("ck_inspections_accepted_quantity_micro_least")),
        sa.CheckConstraint(
            "concession_quantity_micro >= 0", name=op.f("ck_inspections_concession_quantity_micro_least")
        ),
        sa.CheckConstraint("inspected_quantity_micro > 0", name=op.f("ck_inspections_inspected_quantity_micro_above")),
        sa.CheckConstraint("line >= 0", name=op.f("ck_inspections_line_least")),
        sa.CheckConstraint("rejected_quantity_micro >= 0", name=op.f("ck_inspections_rejected_quantity_micro_least")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_inspections")),
    )
    op.create_table(
        "items",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("sourcing", sa.String(), nullable=False),
        sa.Column("item_group", sa.String(), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=True),
        sa.Column("safety_lead_time_days", sa.Integer(), nullable=False),
        sa.Column("inspection_days", sa.Integer(), nullable=False),
        sa.Column("safety_stock_micro", sa.BigInteger(), nullable=False),
        sa.Column("minimum_order_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("order_multiple_micro", sa.BigInteger(), nullable=True),
        sa.Column("maximum_order_quantity_micro", sa.BigInteger(), nullable=True),
        sa.Column("order_up_to_micro", sa.BigInteger(), nullable=True),
        sa.Column("lot_sizing", sa.String(), nullable=False),
        sa.Column("fixed_order_quantity_micro", sa.BigInteger(), nullable=True),
        sa.Column("period_days", sa.Integer(), nullable=True),
        sa.Column("ordering_cost_micro", sa.BigInteger(), nullable=True),
        sa.Column("carrying_rate_micro", sa.BigInteger(), nullable=True),
        sa.Column("yield_rate_micro", sa.BigInteger(), nullable=False),
        sa.Column("decimals", sa.Integer(), nullable=False),
        sa.Column("standard_cost_micro", sa.BigInteger(), nullable=True),
        sa.Column("list_price_micro", sa.BigInteger(), nullable=True),
        sa.Column("inspect", sa.Boolean(), nullable=False),
        sa.Column("lot_tracked", sa.Boolean(), nullable=False),
        sa.Column("shelf_life_days", sa.Integer(), nullable=True),
        sa.Column("planner", sa.String(), nullable=False),
        sa.Column("buyer", sa.String(), nullable=False),
        sa.CheckConstraint(
            "lot_sizing IN ('lot_for_lot', 'fixed_order_quantity', 'period_order_quantity', 'least_total_cost')",
            name=op.f("ck_items_lot_sizing_known"),
        ),
        sa.CheckConstraint("sourcing IN ('make', 'buy', 'subcontract')", name=op.f("ck_items_sourcing_known")),
        sa.CheckConstraint("carrying_rate_micro >= 0", name=op.f("ck_items_carrying_rate_micro_least")),
        sa.CheckConstraint("decimals >= 0", name=op.f("ck_items_decimals_least")),
        sa.CheckConstraint("fixed_order_quantity_micro > 0", name=op.f("ck_items_fixed_order_quantity_micro_above")),
        sa.CheckConstraint("inspection_days >= 0", name=op.f("ck_items_inspection_days_least")),
        sa.CheckConstraint("lead_time_days >= 0", name=op.f("ck_items_lead_time_days_least")),
        sa.CheckConstraint("list_price_micro >= 0", name=op.f("ck_items_list_price_micro_least")),
        sa.CheckConstraint(
            "maximum_order_quantity_micro > 0", name=op.f("ck_items_maximum_order_quantity_micro_above")
        ),
        sa.CheckConstraint(
            "minimum_order_quantity_micro >= 0", name=op.f("ck_items_minimum_order_quantity_micro_least")
        ),
        sa.CheckConstraint("order_multiple_micro > 0", name=op.f("ck_items_order_multiple_micro_above")),
        sa.CheckConstraint("order_up_to_micro >= 0", name=op.f("ck_items_order_up_to_micro_least")),
        sa.CheckConstraint("ordering_cost_micro >= 0", name=op.f("ck_items_ordering_cost_micro_least")),
        sa.CheckConstraint("period_days >= 1", name=op.f("ck_items_period_days_least")),
        sa.CheckConstraint("safety_lead_time_days >= 0", name=op.f("ck_items_safety_lead_time_days_least")),
        sa.CheckConstraint("safety_stock_micro >= 0", name=op.f("ck_items_safety_stock_micro_least")),
        sa.CheckConstraint("shelf_life_days >= 1", name=op.f("ck_items_shelf_life_days_least")),
        sa.CheckConstraint("standard_cost_micro >= 0", name=op.f("ck_items_standard_cost_micro_least")),
        sa.CheckConstraint("yield_rate_micro > 0", name=op.f("ck_items_yield_rate_micro_above")),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_items")),
    )
    op.create_table(
        "kits",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("required_sets_micro", sa.BigInteger(), nullable=False),
        sa.Column("complete_sets_micro", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("kit_date", sa.Date(), nullable=True),
        sa.Column("bottleneck", sa.String(), nullable=False),
        sa.CheckConstraint("status IN ('ready', 'partial', 'short', 'no_bom')", name=op.f("ck_kits_status_known")),
        sa.CheckConstraint("line >= 0", name=op.f("ck_kits_line_least")),
        sa.PrimaryKeyConstraint("run", "order", "line", name=op.f("pk_kits")),
    )
    op.create_table(
        "order_margins",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("revenue_micro", sa.BigInteger(), nullable=False),
        sa.Column("cost_micro", sa.BigInteger(), nullable=False),
        sa.Column("rework_micro", sa.BigInteger(), nullable=False),
        sa.Column("freight_micro", sa.BigInteger(), nullable=False),
        sa.Column("returns_micro", sa.BigInteger(), nullable=False),
        sa.Column("margin_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("line >= 0", name=op.f("ck_order_margins_line_least")),
        sa.PrimaryKeyConstraint("period", "order", "line", name=op.f("pk_order_margins")),
    )
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
    op.create_table(
        "periods",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'closed', 'locked')", name=op.f("ck_periods_state_known")),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_periods")),
    )
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
    op.create_table(
        "quarantine",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("table", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'resolved')", name=op.f("ck_quarantine_state_known")),
        sa.CheckConstraint('"row" >= 0', name=op.f("ck_quarantine_row_least")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "receipts",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'refused', 'posted')", name=op.f("ck_receipts_state_known")),
        sa.CheckConstraint("line >= 0", name=op.f("ck_receipts_line_least")),
        sa.CheckConstraint("quantity_micro > 0", name=op.f("ck_receipts_quantity_micro_above")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_receipts")),
    )
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
    op.create_table(
        "runs",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("policies", sa.JSON(), nullable=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("flow_run", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('running', 'completed', 'failed')", name=op.f("ck_runs_state_known")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_runs")),
    )
    op.create_table(
        "shipments",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("freight_micro", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'refused', 'posted')", name=op.f("ck_shipments_state_known")),
        sa.CheckConstraint("freight_micro >= 0", name=op.f("ck_shipments_freight_micro_least")),
        sa.CheckConstraint("line >= 0", name=op.f("ck_shipments_line_least")),
        sa.CheckConstraint("quantity_micro > 0", name=op.f("ck_shipments_quantity_micro_above")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_shipments")),
    )
    op.create_table(
        "shortages",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("required_micro", sa.BigInteger(), nullable=False),
        sa.Column("available_micro", sa.BigInteger(), nullable=False),
        sa.Column("short_micro", sa.BigInteger(), nullable=False),
        sa.Column("covered_by", sa.String(), nullable=False),
        sa.Column("covered_date", sa.Date(), nullable=True),
        sa.CheckConstraint("line >= 0", name=op.f("ck_shortages_line_least")),
        sa.PrimaryKeyConstraint("run", "order", "line", "item", name=op.f("pk_shortages")),
    )
    op.create_table(
        "substitutions",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("substitute", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_substitutions_position_least")),
        sa.PrimaryKeyConstraint("run", "position", name=op.f("pk_substitutions")),
    )
    op.create_table(
        "suppliers",
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("on_time_tolerance_days", sa.Integer(), nullable=False),
        sa.Column("over_receipt_percent_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('vendor', 'subcontractor')", name=op.f("ck_suppliers_kind_known")),
        sa.CheckConstraint("on_time_tolerance_days >= 0", name=op.f("ck_suppliers_on_time_tolerance_days_least")),
        sa.CheckConstraint(
            "over_receipt_percent_micro >= 0", name=op.f("ck_suppliers_over_receipt_percent_micro_least")
        ),
        sa.PrimaryKeyConstraint("supplier", name=op.f("pk_suppliers")),
    )
    op.create_table(
        "unit_conversions",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("from_unit", sa.String(), nullable=False),
        sa.Column("to_unit", sa.String(), nullable=False),
        sa.Column("factor_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("factor_micro > 0", name=op.f("ck_unit_conversions_factor_micro_above")),
        sa.PrimaryKeyConstraint("item", "from_unit", "to_unit", name=op.f("pk_unit_conversions")),
    )
    op.create_table(
        "wip",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("amount_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "element IN ('material', 'labor', 'machine', 'overhead', 'subcontract')", name=op.f("ck_wip_element_known")
        ),
        sa.PrimaryKeyConstraint("period", "order", "element", name=op.f("pk_wip")),
    )
    op.create_table(
        "work_centers",
        sa.Column("work_center", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("labor_rate_micro", sa.BigInteger(), nullable=False),
        sa.Column("machine_rate_micro", sa.BigInteger(), nullable=False),
        sa.Column("capacity_hours_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("capacity_hours_micro >= 0", name=op.f("ck_work_centers_capacity_hours_micro_least")),
        sa.CheckConstraint("labor_rate_micro >= 0", name=op.f("ck_work_centers_labor_rate_micro_least")),
        sa.CheckConstraint("machine_rate_micro >= 0", name=op.f("ck_work_centers_machine_rate_micro_least")),
        sa.PrimaryKeyConstraint("work_center", name=op.f("pk_work_centers")),
    )
    op.create_table(
        "boms",
        sa.Column("bom", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("output_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("phantom", sa.Boolean(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.CheckConstraint("output_quantity_micro > 0", name=op.f("ck_boms_output_quantity_micro_above")),
        sa.CheckConstraint("version >= 0", name=op.f("ck_boms_version_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_boms_item")),
        sa.PrimaryKeyConstraint("bom", name=op.f("pk_boms")),
    )
    op.create_table(
        "forecasts",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity_micro >= 0", name=op.f("ck_forecasts_quantity_micro_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_forecasts_item")),
        sa.PrimaryKeyConstraint("item", "date", name=op.f("pk_forecasts")),
    )
    op.create_table(
        "inspection_plans",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("characteristic", sa.String(), nullable=False),
        sa.Column("lower_micro", sa.BigInteger(), nullable=True),
        sa.Column("upper_micro", sa.BigInteger(), nullable=True),
        sa.Column("sampling", sa.String(), nullable=False),
        sa.Column("sample_size", sa.Integer(), nullable=True),
        sa.Column("aql_micro", sa.BigInteger(), nullable=True),
        sa.Column("level", sa.String(), nullable=False),
        sa.CheckConstraint("sampling IN ('all', 'fixed', 'aql')", name=op.f("ck_inspection_plans_sampling_known")),
        sa.CheckConstraint(
            "stage IN ('incoming', 'in_process', 'finished', 'subcontract')",
            name=op.f("ck_inspection_plans_stage_known"),
        ),
        sa.CheckConstraint("aql_micro > 0", name=op.f("ck_inspection_plans_aql_micro_above")),
        sa.CheckConstraint("sample_size >= 1", name=op.f("ck_inspection_plans_sample_size_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_inspection_plans_item")),
        sa.PrimaryKeyConstraint("item", "stage", "characteristic", name=op.f("pk_inspection_plans")),
    )
    op.create_table(
        "issues",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'refused', 'posted')", name=op.f("ck_issues_state_known")),
        sa.CheckConstraint("quantity_micro >= -1000000000000000", name=op.f("ck_issues_quantity_micro_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_issues_item")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_issues")),
    )
    op.create_table(
        "item_costs",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("unit_cost_micro", sa.BigInteger(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("amount_micro", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_item_costs_item")),
        sa.PrimaryKeyConstraint("period", "item", name=op.f("pk_item_costs")),
    )
    op.create_table(
        "operations",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("work_center", sa.String(), nullable=False),
        sa.Column("setup_hours_micro", sa.BigInteger(), nullable=False),
        sa.Column("run_hours_per_unit_micro", sa.BigInteger(), nullable=False),
        sa.Column("inspect", sa.Boolean(), nullable=False),
        sa.CheckConstraint("run_hours_per_unit_micro >= 0", name=op.f("ck_operations_run_hours_per_unit_micro_least")),
        sa.CheckConstraint("setup_hours_micro >= 0", name=op.f("ck_operations_setup_hours_micro_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_operations_item")),
        sa.ForeignKeyConstraint(["work_center"], ["work_centers.work_center"], name=op.f("fk_operations_work_center")),
        sa.PrimaryKeyConstraint("item", "operation", name=op.f("pk_operations")),
    )
    op.create_table(
        "opportunities",
        sa.Column("opportunity", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("probability_micro", sa.BigInteger(), nullable=True),
        sa.Column("close_date", sa.Date(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.CheckConstraint("stage IN ('open', 'won', 'lost')", name=op.f("ck_opportunities_stage_known")),
        sa.CheckConstraint("probability_micro >= 0", name=op.f("ck_opportunities_probability_micro_least")),
        sa.ForeignKeyConstraint(["customer"], ["customers.customer"], name=op.f("fk_opportunities_customer")),
        sa.PrimaryKeyConstraint("opportunity", name=op.f("pk_opportunities")),
    )
    op.create_table(
        "planned_orders",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("receipt_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("release_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("need_date", sa.Date(), nullable=False),
        sa.Column("yield_rate_micro", sa.BigInteger(), nullable=False),
        sa.Column("supplier", sa.String(), nullable=True),
        sa.Column("unit_price_micro", sa.BigInteger(), nullable=True),
        sa.Column("firm", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('purchase', 'production', 'subcontract')", name=op.f("ck_planned_orders_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('suggested', 'firm', 'approved', 'released', 'rejected')",
            name=op.f("ck_planned_orders_state_known"),
        ),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_planned_orders_item")),
        sa.ForeignKeyConstraint(["supplier"], ["suppliers.supplier"], name=op.f("fk_planned_orders_supplier")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_planned_orders")),
    )
    op.create_table(
        "purchase_orders",
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("order_date", sa.Date(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'released', 'in_progress', 'done', 'closed', 'cancelled', 'rejected')",
            name=op.f("ck_purchase_orders_state_known"),
        ),
        sa.ForeignKeyConstraint(["supplier"], ["suppliers.supplier"], name=op.f("fk_purchase_orders_supplier")),
        sa.PrimaryKeyConstraint("order", name=op.f("pk_purchase_orders")),
    )
    op.create_table(
        "readings",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("characteristic", sa.String(), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("value_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("sample >= 0", name=op.f("ck_readings_sample_least")),
        sa.CheckConstraint("value_micro >= -1000000000000000", name=op.f("ck_readings_value_micro_least")),
        sa.ForeignKeyConstraint(["event"], ["inspections.event"], name=op.f("fk_readings_event")),
        sa.PrimaryKeyConstraint("event", "characteristic", "sample", name=op.f("pk_readings")),
    )
    op.create_table(
        "stock",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("unit_cost_micro", sa.BigInteger(), nullable=True),
        sa.Column("received_date", sa.Date(), nullable=True),
        sa.Column("layer", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('available', 'inspection', 'blocked', 'at_subcontractor', 'in_production')",
            name=op.f("ck_stock_status_known"),
        ),
        sa.CheckConstraint("layer >= 0", name=op.f("ck_stock_layer_least")),
        sa.CheckConstraint("unit_cost_micro >= 0", name=op.f("ck_stock_unit_cost_micro_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_stock_item")),
        sa.PrimaryKeyConstraint("item", "warehouse", "lot", "status", "layer", name=op.f("pk_stock")),
    )
    op.create_table(
        "stock_moves",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("unit_cost_micro", sa.BigInteger(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('opening', 'receipt', 'issue', 'return_issue', 'consumption', 'completion', 'scrap', 'rework', 'subcontract_receipt', 'send', 'return_send', 'inspection', 'supplier_return', 'shipment', 'customer_return', 'transfer', 'adjustment')",
            name=op.f("ck_stock_moves_kind_known"),
        ),
        sa.CheckConstraint(
            "status IN ('available', 'inspection', 'blocked', 'at_subcontractor', 'in_production')",
            name=op.f("ck_stock_moves_status_known"),
        ),
        sa.CheckConstraint("line >= 0", name=op.f("ck_stock_moves_line_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_stock_moves_item")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_stock_moves")),
    )
    with op.batch_alter_table("stock_moves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stock_moves_item_date"), ["item", "date"], unique=False)
        batch_op.create_index(batch_op.f("ix_stock_moves_order_kind"), ["order", "kind"], unique=False)

    op.create_table(
        "subcontract_orders",
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("fee_micro", sa.BigInteger(), nullable=True),
        sa.Column("received_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'released', 'in_progress', 'done', 'closed', 'cancelled', 'rejected')",
            name=op.f("ck_subcontract_orders_state_known"),
        ),
        sa.CheckConstraint("fee_micro >= 0", name=op.f("ck_subcontract_orders_fee_micro_least")),
        sa.CheckConstraint("quantity_micro > 0", name=op.f("ck_subcontract_orders_quantity_micro_above")),
        sa.CheckConstraint(
            "received_quantity_micro >= 0", name=op.f("ck_subcontract_orders_received_quantity_micro_least")
        ),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_subcontract_orders_item")),
        sa.ForeignKeyConstraint(["supplier"], ["suppliers.supplier"], name=op.f("fk_subcontract_orders_supplier")),
        sa.PrimaryKeyConstraint("order", name=op.f("pk_subcontract_orders")),
    )
    op.create_table(
        "substitutes",
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("substitute", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("ratio_micro", sa.BigInteger(), nullable=False),
        sa.Column("strategy", sa.String(), nullable=False),
        sa.Column("bom", sa.String(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.CheckConstraint("strategy IN ('mixed', 'whole')", name=op.f("ck_substitutes_strategy_known")),
        sa.CheckConstraint("priority >= 1", name=op.f("ck_substitutes_priority_least")),
        sa.CheckConstraint("ratio_micro > 0", name=op.f("ck_substitutes_ratio_micro_above")),
        sa.ForeignKeyConstraint(["component"], ["items.item"], name=op.f("fk_substitutes_component")),
        sa.ForeignKeyConstraint(["substitute"], ["items.item"], name=op.f("fk_substitutes_substitute")),
        sa.PrimaryKeyConstraint("component", "substitute", "bom", "effective_from", name=op.f("pk_substitutes")),
    )
    op.create_table(
        "supplier_items",
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("price_micro", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=True),
        sa.Column("minimum_order_quantity_micro", sa.BigInteger(), nullable=True),
        sa.Column("order_multiple_micro", sa.BigInteger(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.CheckConstraint("lead_time_days >= 0", name=op.f("ck_supplier_items_lead_time_days_least")),
        sa.CheckConstraint(
            "minimum_order_quantity_micro >= 0", name=op.f("ck_supplier_items_minimum_order_quantity_micro_least")
        ),
        sa.CheckConstraint("order_multiple_micro > 0", name=op.f("ck_supplier_items_order_multiple_micro_above")),
        sa.CheckConstraint("price_micro >= 0", name=op.f("ck_supplier_items_price_micro_least")),
        sa.CheckConstraint("priority >= 1", name=op.f("ck_supplier_items_priority_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_supplier_items_item")),
        sa.ForeignKeyConstraint(["supplier"], ["suppliers.supplier"], name=op.f("fk_supplier_items_supplier")),
        sa.PrimaryKeyConstraint("supplier", "item", "priority", "effective_from", name=op.f("pk_supplier_items")),
    )
    op.create_table(
        "time_entries",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("work_center", sa.String(), nullable=False),
        sa.Column("labor_hours_micro", sa.BigInteger(), nullable=False),
        sa.Column("machine_hours_micro", sa.BigInteger(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'refused', 'posted')", name=op.f("ck_time_entries_state_known")),
        sa.CheckConstraint("labor_hours_micro >= 0", name=op.f("ck_time_entries_labor_hours_micro_least")),
        sa.CheckConstraint("machine_hours_micro >= 0", name=op.f("ck_time_entries_machine_hours_micro_least")),
        sa.ForeignKeyConstraint(
            ["work_center"], ["work_centers.work_center"], name=op.f("fk_time_entries_work_center")
        ),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_time_entries")),
    )
    op.create_table(
        "work_orders",
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("completed_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("scrapped_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('production', 'rework')", name=op.f("ck_work_orders_kind_known")),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'released', 'in_progress', 'done', 'closed', 'cancelled', 'rejected')",
            name=op.f("ck_work_orders_state_known"),
        ),
        sa.CheckConstraint("completed_quantity_micro >= 0", name=op.f("ck_work_orders_completed_quantity_micro_least")),
        sa.CheckConstraint("quantity_micro > 0", name=op.f("ck_work_orders_quantity_micro_above")),
        sa.CheckConstraint("scrapped_quantity_micro >= 0", name=op.f("ck_work_orders_scrapped_quantity_micro_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_work_orders_item")),
        sa.PrimaryKeyConstraint("order", name=op.f("pk_work_orders")),
    )
    op.create_table(
        "bom_lines",
        sa.Column("bom", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("loss_rate_micro", sa.BigInteger(), nullable=False),
        sa.Column("fixed_loss_micro", sa.BigInteger(), nullable=False),
        sa.Column("issue_method", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("supplied_by", sa.String(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "issue_method IN ('issue', 'backflush', 'none')", name=op.f("ck_bom_lines_issue_method_known")
        ),
        sa.CheckConstraint("supplied_by IN ('own', 'customer')", name=op.f("ck_bom_lines_supplied_by_known")),
        sa.CheckConstraint("fixed_loss_micro >= 0", name=op.f("ck_bom_lines_fixed_loss_micro_least")),
        sa.CheckConstraint("line >= 0", name=op.f("ck_bom_lines_line_least")),
        sa.CheckConstraint("loss_rate_micro >= 0", name=op.f("ck_bom_lines_loss_rate_micro_least")),
        sa.CheckConstraint("quantity_micro > 0", name=op.f("ck_bom_lines_quantity_micro_above")),
        sa.ForeignKeyConstraint(["bom"], ["boms.bom"], name=op.f("fk_bom_lines_bom")),
        sa.ForeignKeyConstraint(["component"], ["items.item"], name=op.f("fk_bom_lines_component")),
        sa.PrimaryKeyConstraint("bom", "line", name=op.f("pk_bom_lines")),
    )
    op.create_table(
        "opening_wip",
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("amount_micro", sa.BigInteger(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=True),
        sa.Column("degree_micro", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "element IN ('material', 'labor', 'machine', 'overhead', 'subcontract')",
            name=op.f("ck_opening_wip_element_known"),
        ),
        sa.CheckConstraint("amount_micro >= 0", name=op.f("ck_opening_wip_amount_micro_least")),
        sa.CheckConstraint("degree_micro >= 0", name=op.f("ck_opening_wip_degree_micro_least")),
        sa.CheckConstraint("quantity_micro >= 0", name=op.f("ck_opening_wip_quantity_micro_least")),
        sa.ForeignKeyConstraint(["order"], ["work_orders.order"], name=op.f("fk_opening_wip_order")),
        sa.PrimaryKeyConstraint("order", "element", name=op.f("pk_opening_wip")),
    )
    op.create_table(
        "opportunity_lines",
        sa.Column("opportunity", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("requested_date", sa.Date(), nullable=False),
        sa.Column("unit_price_micro", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("line >= 0", name=op.f("ck_opportunity_lines_line_least")),
        sa.CheckConstraint("quantity_micro > 0", name=op.f("ck_opportunity_lines_quantity_micro_above")),
        sa.CheckConstraint("unit_price_micro >= 0", name=op.f("ck_opportunity_lines_unit_price_micro_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_opportunity_lines_item")),
        sa.ForeignKeyConstraint(
            ["opportunity"], ["opportunities.opportunity"], name=op.f("fk_opportunity_lines_opportunity")
        ),
        sa.PrimaryKeyConstraint("opportunity", "line", name=op.f("pk_opportunity_lines")),
    )
    op.create_table(
        "purchase_order_lines",
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("unit_price_micro", sa.BigInteger(), nullable=True),
        sa.Column("received_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.CheckConstraint("line >= 0", name=op.f("ck_purchase_order_lines_line_least")),
        sa.CheckConstraint("quantity_micro > 0", name=op.f("ck_purchase_order_lines_quantity_micro_above")),
        sa.CheckConstraint(
            "received_quantity_micro >= 0", name=op.f("ck_purchase_order_lines_received_quantity_micro_least")
        ),
        sa.CheckConstraint("unit_price_micro >= 0", name=op.f("ck_purchase_order_lines_unit_price_micro_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_purchase_order_lines_item")),
        sa.ForeignKeyConstraint(["order"], ["purchase_orders.order"], name=op.f("fk_purchase_order_lines_order")),
        sa.PrimaryKeyConstraint("order", "line", name=op.f("pk_purchase_order_lines")),
    )
    op.create_table(
        "releases",
        sa.Column("planned_order", sa.String(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.CheckConstraint("line >= 0", name=op.f("ck_releases_line_least")),
        sa.ForeignKeyConstraint(["planned_order"], ["planned_orders.number"], name=op.f("fk_releases_planned_order")),
        sa.PrimaryKeyConstraint("planned_order", name=op.f("pk_releases")),
    )
    op.create_table(
        "sales_orders",
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("order_date", sa.Date(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("opportunity", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'in_progress', 'done', 'closed', 'cancelled', 'rejected')",
            name=op.f("ck_sales_orders_state_known"),
        ),
        sa.CheckConstraint("priority >= 1", name=op.f("ck_sales_orders_priority_least")),
        sa.ForeignKeyConstraint(["customer"], ["customers.customer"], name=op.f("fk_sales_orders_customer")),
        sa.ForeignKeyConstraint(
            ["opportunity"], ["opportunities.opportunity"], name=op.f("fk_sales_orders_opportunity")
        ),
        sa.PrimaryKeyConstraint("order", name=op.f("pk_sales_orders")),
        sa.UniqueConstraint("opportunity", name=op.f("uq_sales_orders_opportunity")),
    )
    op.create_table(
        "subcontract_order_components",
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("sent_quantity_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity_micro >= 0", name=op.f("ck_subcontract_order_components_quantity_micro_least")),
        sa.CheckConstraint(
            "sent_quantity_micro >= 0", name=op.f("ck_subcontract_order_components_sent_quantity_micro_least")
        ),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_subcontract_order_components_item")),
        sa.ForeignKeyConstraint(
            ["order"], ["subcontract_orders.order"], name=op.f("fk_subcontract_order_components_order")
        ),
        sa.PrimaryKeyConstraint("order", "item", name=op.f("pk_subcontract_order_components")),
    )
    op.create_table(
        "work_order_components",
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("issued_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("issue_method", sa.String(), nullable=False),
        sa.CheckConstraint(
            "issue_method IN ('issue', 'backflush', 'none', '')",
            name=op.f("ck_work_order_components_issue_method_known"),
        ),
        sa.CheckConstraint(
            "issued_quantity_micro >= 0", name=op.f("ck_work_order_components_issued_quantity_micro_least")
        ),
        sa.CheckConstraint("quantity_micro >= 0", name=op.f("ck_work_order_components_quantity_micro_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_work_order_components_item")),
        sa.ForeignKeyConstraint(["order"], ["work_orders.order"], name=op.f("fk_work_order_components_order")),
        sa.PrimaryKeyConstraint("order", "item", name=op.f("pk_work_order_components")),
    )
    op.create_table(
        "sales_order_lines",
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("unit_price_micro", sa.BigInteger(), nullable=True),
        sa.Column("shipped_quantity_micro", sa.BigInteger(), nullable=False),
        sa.Column("promised_date", sa.Date(), nullable=True),
        sa.Column("promise_decision", sa.String(), nullable=False),
        sa.Column("promise_bottleneck", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.CheckConstraint(
            "promise_decision IN ('accept', 'partial', 'later', '')",
            name=op.f("ck_sales_order_lines_promise_decision_known"),
        ),
        sa.CheckConstraint("line >= 0", name=op.f("ck_sales_order_lines_line_least")),
        sa.CheckConstraint("quantity_micro > 0", name=op.f("ck_sales_order_lines_quantity_micro_above")),
        sa.CheckConstraint(
            "shipped_quantity_micro >= 0", name=op.f("ck_sales_order_lines_shipped_quantity_micro_least")
        ),
        sa.CheckConstraint("unit_price_micro >= 0", name=op.f("ck_sales_order_lines_unit_price_micro_least")),
        sa.ForeignKeyConstraint(["item"], ["items.item"], name=op.f("fk_sales_order_lines_item")),
        sa.ForeignKeyConstraint(["order"], ["sales_orders.order"], name=op.f("fk_sales_order_lines_order")),
        sa.PrimaryKeyConstraint("order", "line", name=op.f("pk_sales_order_lines")),
    )


def downgrade() -> None:
    op.drop_table("sales_order_lines")
    op.drop_table("work_order_components")
    op.drop_table("subcontract_order_components")
    op.drop_table("sales_orders")
    op.drop_table("releases")
    op.drop_table("purchase_order_lines")
    op.drop_table("opportunity_lines")
    op.drop_table("opening_wip")
    op.drop_table("bom_lines")
    op.drop_table("work_orders")
    op.drop_table("time_entries")
    op.drop_table("supplier_items")
    op.drop_table("substitutes")
    op.drop_table("subcontract_orders")
    with op.batch_alter_table("stock_moves", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stock_moves_order_kind"))
        batch_op.drop_index(batch_op.f("ix_stock_moves_item_date"))

    op.drop_table("stock_moves")
    op.drop_table("stock")
    op.drop_table("readings")
    op.drop_table("purchase_orders")
    op.drop_table("planned_orders")
    op.drop_table("opportunities")
    op.drop_table("operations")
    op.drop_table("item_costs")
    op.drop_table("issues")
    op.drop_table("inspection_plans")
    op.drop_table("forecasts")
    op.drop_table("boms")
    op.drop_table("work_centers")
    op.drop_table("wip")
    op.drop_table("unit_conversions")
    op.drop_table("suppliers")
    op.drop_table("substitutions")
    op.drop_table("shortages")
    op.drop_table("shipments")
    op.drop_table("runs")
    op.drop_table("requirements")
    op.drop_table("receipts")
    op.drop_table("quarantine")
    op.drop_table("planning_exceptions")
    op.drop_table("periods")
    op.drop_table("pegs")
    op.drop_table("order_margins")
    op.drop_table("kits")
    op.drop_table("items")
    op.drop_table("inspections")
    op.drop_table("gate_results")
    op.drop_table("expenses")
    op.drop_table("exchange_rates")
    op.drop_table("document_series")
    op.drop_table("customers")
    op.drop_table("customer_returns")
    op.drop_table("cost_identity")
    op.drop_table("cost_entries")
    op.drop_table("completions")
    op.drop_table("changes")
    op.drop_table("calendar")
    op.drop_table("alerts")
