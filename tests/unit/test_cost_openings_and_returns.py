"""Costs where little is told: openings without quantities, hours without rates, goods that go back."""

from datetime import date

import pytest

from calculations.allocation import EmptyAllocationBase
from calculations.cost_closing import close_period
from support import frame_rows, world_of

AS_OF = date(2026, 1, 31)
ITEMS = [
    {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make"},
    {"item": "RED-DESK", "name": "Red desk", "unit": "EA", "sourcing": "subcontract", "inspect": "yes"},
    {"item": "TOP", "name": "Top", "unit": "EA", "sourcing": "buy"},
]


def closed(tables: dict, **policies) -> dict[str, list[dict]]:
    frames = close_period(world_of({"items": ITEMS, **tables}), AS_OF, policies)
    assert frame_rows(frames["identity"])[-1] == {"term": "difference", "amount": "0"}
    return {name: frame_rows(frame) for name, frame in frames.items()}


def work_order(number: str, quantity: int) -> dict:
    return {
        "order": number, "item": "DESK", "quantity": quantity, "start_date": "2026-01-05", "due_date": "2026-01-30",
    }  # fmt: skip


def hours(order: str, labor_hours: int) -> dict:
    return {
        "event": f"T-{order}", "date": "2026-01-15", "order": order, "work_center": "BENCH", "labor_hours": labor_hours,
    }  # fmt: skip


@pytest.mark.parametrize("told", [{}, {"quantity": 225}])
def test_an_opening_without_quantity_leaves_the_open_units_in_process(told):
    # 18,000 + 275 × 72 of material over 400 + 100 units, 8,100 + 16,380 of labor over 400 + 50: Horngren's numbers
    result = closed(
        {
            "work_orders": [work_order("W-1", 500)],
            "work_order_components": [{"order": "W-1", "item": "TOP", "quantity": 500}],
            "work_centers": [{"work_center": "BENCH", "labor_rate": 1}],
            "opening_wip": [
                {"order": "W-1", "element": "material", "amount": 18_000, **told},
                {"order": "W-1", "element": "labor", "amount": 8_100, **told},
            ],
            "stock": [{"item": "TOP", "quantity": 275, "unit_cost": 72}],
            "issues": [{"event": "I-1", "date": "2026-01-06", "order": "W-1", "item": "TOP", "quantity": 275}],
            "time_entries": [hours("W-1", 16_380)],
            "completions": [{"event": "C-1", "date": "2026-01-20", "order": "W-1", "quantity": 400}],
        }
    )

    assert result["receipt_costs"][0]["amount"] == "52000"
    assert [(row["element"], row["quantity"], row["amount"]) for row in result["wip"]] == [
        ("material", "100", "7560"), ("labor", "100", "2720"),
    ]  # fmt: skip


def test_hours_of_a_world_without_work_centers_still_carry_overhead():
    result = closed(
        {
            "work_orders": [work_order("W-1", 1), work_order("W-2", 1)],
            "time_entries": [hours("W-1", 3), hours("W-2", 1)],
            "expenses": [{"event": "E", "period": "2026-01", "pool": "RENT", "amount": 80, "basis": "labor_hours"}],
        }
    )

    assert [(row["order"], row["amount"]) for row in result["order_costs"]] == [("W-1", "60"), ("W-2", "20")]


def test_an_expense_of_a_sales_order_is_a_cost_of_selling_it_beside_other_orders():
    result = closed(
        {
            "customers": [{"customer": "ALMA", "name": "Alma"}],
            "work_orders": [work_order("W-1", 1)],
            "stock": [{"item": "TOP", "quantity": 1, "unit_cost": 30}],
            "sales_orders": [{"order": "SO-1", "customer": "ALMA", "order_date": "2026-01-02"}],
            "sales_order_lines": [
                {"order": "SO-1", "line": 1, "item": "TOP", "quantity": 1, "due_date": "2026-01-09", "unit_price": 50}
            ],
            "shipments": [{"event": "S-1", "date": "2026-01-09", "order": "SO-1", "line": 1, "quantity": 1}],
            "expenses": [
                {"event": "E", "period": "2026-01", "pool": "FAIR", "amount": 7, "scope": "order:SO-1",
                 "basis": "direct"}
            ],
        }
    )  # fmt: skip

    assert result["refused"] == []
    assert (result["order_margins"][0]["freight"], result["order_margins"][0]["margin"]) == ("7", "13")


@pytest.mark.parametrize("valuation", ["period_average", "first_in_first_out"])
def test_units_sent_back_to_a_subcontractor_take_their_material_back_into_process(valuation):
    # ten tops at 100 were sent, ten red desks came for a fee of 100 each, four of them went back
    facts = {
        "suppliers": [{"supplier": "PAINTER", "name": "Painter"}],
        "subcontract_orders": [
            {"order": "SC-1", "supplier": "PAINTER", "item": "RED-DESK", "quantity": 10, "due_date": "2026-01-20",
             "fee": 100}
        ],
        "subcontract_order_components": [{"order": "SC-1", "item": "TOP", "quantity": 10}],
        "stock": [{"item": "TOP", "quantity": 10, "unit_cost": 100}],
        "issues": [{"event": "I-1", "date": "2026-01-05", "order": "SC-1", "item": "TOP", "quantity": 10}],
        "receipts": [{"event": "R-1", "date": "2026-01-10", "order": "SC-1", "quantity": 10}],
        "inspections": [
            {"event": "Q-1", "date": "2026-01-11", "stage": "subcontract", "order": "SC-1", "inspected_quantity": 10,
             "accepted_quantity": 6, "rejected_quantity": 4, "disposition": "return"}
        ],
    }  # fmt: skip
    result = closed(facts, valuation=valuation)

    assert result["receipt_costs"] == [
        {"order": "SC-1", "item": "RED-DESK", "quantity": "6", "amount": "1200", "unit_cost": "200"}
    ]
    assert [(row["element"], row["quantity"], row["amount"]) for row in result["wip"]] == [("material", "4", "400")]

    again = {"event": "R-2", "date": "2026-01-18", "order": "SC-1", "quantity": 4}
    mended = closed({**facts, "receipts": [*facts["receipts"], again]}, valuation=valuation)
    assert mended["receipt_costs"][0]["amount"] == "2000"
    assert mended["wip"] == []


def test_a_line_without_price_takes_the_suppliers_price_of_the_day_it_came():
    # 5 each until the 10th, 6 from the 11th on
    prices = [
        {"supplier": "SAWMILL", "item": "TOP", "price": 5, "effective_to": "2026-01-10"},
        {"supplier": "SAWMILL", "item": "TOP", "price": 6, "effective_from": "2026-01-11",
         "effective_to": "2026-12-31"},
        {"supplier": "SAWMILL", "item": "RED-DESK", "price": 9, "effective_to": "2026-12-31"},
    ]  # fmt: skip
    lines = [{"order": "P-1", "line": line, "item": "TOP", "quantity": 10, "due_date": "2026-01-09"} for line in (1, 2)]
    result = closed(
        {
            "suppliers": [{"supplier": "SAWMILL", "name": "Sawmill"}],
            "supplier_items": prices,
            "purchase_orders": [{"order": "P-1", "supplier": "SAWMILL", "order_date": "2026-01-02"}],
            "purchase_order_lines": lines,
            "subcontract_orders": [
                {"order": "SC-1", "supplier": "SAWMILL", "item": "RED-DESK", "quantity": 2, "due_date": "2026-01-20"}
            ],
            "receipts": [
                {"event": "R-1", "date": "2026-01-09", "order": "P-1", "line": 1, "quantity": 10},
                {"event": "R-2", "date": "2026-01-15", "order": "P-1", "line": 2, "quantity": 10},
                {"event": "R-3", "date": "2026-01-15", "order": "SC-1", "quantity": 2},
            ],
        }
    )

    terms = {row["term"]: row["amount"] for row in result["identity"]}
    assert (terms["purchases"], terms["fees"]) == ("110", "18")


def test_a_pool_that_nothing_carries_is_named_with_its_month():
    expense = {"event": "E", "period": "2025-12", "pool": "RENT", "amount": 80}
    with pytest.raises(EmptyAllocationBase, match="in 2025-12, no order has a base to carry the pool RENT"):
        closed({"work_orders": [work_order("W-1", 1)], "expenses": [expense]})
