"""The close of a month on real databases: balanced, repeatable, refused by name where it cannot be."""

from datetime import date

import pytest

from calculations.cost_closing import PeriodLocked
from models.database import read_table, reading
from stage_database import import_rows
from stage_database import stored_rows as rows
from tasks.cost_closing import close_costs
from tasks.fact_posting import post_waiting_facts
from tasks.quality_inspection import decide_inspections
from validations.gate import GateFailed

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
PLANT = {
    "customers": [{"customer": "ALMA", "name": "Alma"}],
    "suppliers": [{"supplier": "MILL", "name": "Mill"}],
    "items": [
        {"item": "WOOD", "name": "Wood", "unit": "M", "sourcing": "buy"},
        {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "make", "inspect": "yes", "standard_cost": 2},
    ],
    "boms": [{"bom": "B", "item": "LEG"}],
    "bom_lines": [{"bom": "B", "line": 1, "component": "WOOD", "quantity": 1}],
    "work_centers": [{"work_center": "SAW", "labor_rate": 20}],
    "stock": [{"item": "WOOD", "quantity": 50, "unit_cost": 1}],
    "purchase_orders": [{"order": "P-1", "supplier": "MILL", "order_date": "2026-01-02"}],
    "purchase_order_lines": [
        {"order": "P-1", "line": 1, "item": "WOOD", "quantity": 50, "due_date": "2026-01-09", "unit_price": 3}
    ],
    "work_orders": [
        {"order": "W-1", "item": "LEG", "quantity": 40, "start_date": "2026-01-12", "due_date": "2026-01-20"}
    ],
    "work_order_components": [{"order": "W-1", "item": "WOOD", "quantity": 40}],
    "sales_orders": [{"order": "SO-1", "customer": "ALMA", "order_date": "2026-01-02"}],
    "sales_order_lines": [
        {"order": "SO-1", "line": 1, "item": "LEG", "quantity": 30, "due_date": "2026-01-30", "unit_price": "4.333"}
    ],
}
FACTS = {
    "receipts": [{"event": "R-1", "date": "2026-01-09", "order": "P-1", "line": 1, "quantity": 50}],
    "issues": [{"event": "I-1", "date": "2026-01-12", "order": "W-1", "item": "WOOD", "quantity": 40}],
    "completions": [{"event": "C-1", "date": "2026-01-20", "order": "W-1", "quantity": 40}],
    "time_entries": [
        {"event": "T-1", "date": "2026-01-19", "order": "W-1", "work_center": "SAW", "labor_hours": 2}
    ],
    "inspections": [
        {"event": "Q-1", "date": "2026-01-21", "stage": "finished", "order": "W-1", "inspected_quantity": 40,
         "accepted_quantity": 35, "rejected_quantity": 5, "disposition": "rework"}
    ],
    "shipments": [
        {"event": "S-1", "date": "2026-01-25", "order": "SO-1", "line": 1, "quantity": 10, "freight": 5},
        {"event": "S-2", "date": "2026-02-05", "order": "SO-1", "line": 1, "quantity": 20},
    ],
    "expenses": [{"event": "E-1", "period": "2026-01", "pool": "rent", "amount": 40, "basis": "completed_quantity"}],
}  # fmt: skip


def act(tmp_path, as_of: date, **facts) -> None:
    """Import facts and post them, inspections too."""
    import_rows(tmp_path, facts, as_of)
    post_waiting_facts.fn(as_of)
    decide_inspections.fn(as_of)
    post_waiting_facts.fn(as_of)


@pytest.fixture
def plant(database, tmp_path):
    """A plant after its January, and what was posted of February."""
    import_rows(tmp_path, PLANT, date(2026, 1, 2))
    shipments = FACTS["shipments"]
    act(tmp_path, JANUARY, **{**FACTS, "shipments": shipments[:1]})
    return database


def test_a_month_closes_to_the_cent(plant):
    summary = close_costs.fn(JANUARY)

    identity = {row["term"]: row["amount"] for row in rows(plant, "cost_identity")}
    # wood 200 ÷ 100 = 2; legs 40 × 2 + 2 h × 20 + 40 rent = 160 ÷ 40 = 4; five go to rework at the frozen 2
    assert identity == {
        "opening_stock": "50", "opening_wip": "0", "purchases": "150", "conversion": "80", "fees": "0",
        "closing_stock": "227.14", "closing_wip": "10", "cost_of_sales": "42.86", "scrap_and_abnormal_loss": "0",
        "variances": "0", "difference": "0",
    }  # fmt: skip
    (margin,) = rows(plant, "order_margins")
    assert (margin["revenue"], margin["cost"], margin["freight"], margin["margin"]) == ("43.33", "42.86", "5", "-4.53")
    assert summary["counts"]["orders_closed"] == 1
    assert [row["state"] for row in rows(plant, "periods")] == ["closed"]


def test_closing_again_replaces_the_months_rows_with_the_same(plant):
    close_costs.fn(JANUARY)
    tables = ("cost_entries", "item_costs", "wip", "order_margins", "cost_identity")
    before = {name: rows(plant, name) for name in tables}
    close_costs.fn(JANUARY)

    assert {name: rows(plant, name) for name in tables} == before


def test_the_next_month_opens_with_what_was_left_and_rounds_the_orders_revenue_once(plant, tmp_path):
    close_costs.fn(JANUARY)
    act(tmp_path, FEBRUARY, shipments=FACTS["shipments"][1:])
    close_costs.fn(FEBRUARY)

    identity = {(row["period"], row["term"]): row["amount"] for row in rows(plant, "cost_identity")}
    assert identity["2026-02", "opening_stock"] == identity["2026-01", "closing_stock"]
    assert identity["2026-02", "opening_wip"] == "10"
    revenue = [row["revenue"] for row in rows(plant, "order_margins")]
    # 30 × 4.333 = 129.99 in all: 43.33 in January, the rest in February
    assert revenue == ["43.33", "86.66"]


def test_a_locked_month_takes_no_close_and_no_late_fact(plant, tmp_path):
    close_costs.fn(JANUARY, lock=True)
    with pytest.raises(PeriodLocked, match="2026-01"):
        close_costs.fn(JANUARY)

    late = {"event": "S-9", "date": "2026-01-30", "order": "SO-1", "line": 1, "quantity": 1}
    with pytest.raises(AssertionError, match="period 2026-01 is locked"):
        import_rows(tmp_path, {"shipments": [late]}, FEBRUARY)


def test_facts_that_wait_stop_the_close_by_name(plant, tmp_path):
    import_rows(tmp_path, {"shipments": [{**FACTS["shipments"][0], "event": "S-8"}]}, JANUARY)
    with pytest.raises(GateFailed, match="shipments/S-8"):
        close_costs.fn(JANUARY)

    assert rows(plant, "cost_entries") == []
    assert [row["state"] for row in rows(plant, "runs") if row["stage"] == "cost_closing"] == ["failed"]


def test_every_entry_names_its_cause(plant):
    close_costs.fn(JANUARY)
    with reading(plant) as connection:
        entries = read_table(connection, "cost_entries")

    causes = dict(zip(entries["kind"], entries["origin"], strict=True))
    assert causes["purchase"] == "receipts:R-1"
    assert causes["cost_of_sales"] == "shipments:S-1"
    assert causes["overhead"] == "expenses:E-1"
    assert causes["labor"] == "work_orders:W-1"
