"""Kitline's plan of small random factories against a second planner that reads the rules day by day in fractions."""

from collections import Counter
from datetime import date
from fractions import Fraction

import pytest

from calculations.material_planning import plan_materials
from random_factories import AS_OF, Factory, calendar, side_by_side
from reference_planner import Outcome, ReferencePlanner
from support import world_of

MICRO = 10**6
# Factories of a batch share calendar and policies and are planned together: each must come out as if alone.
BATCH = 25
POLICIES = (
    {},
    {"loss": "divide"},
    {"phantom_stock": "ignore", "forecast_backward_days": 0},
    {"loss": "divide", "forecast_backward_days": 7, "forecast_forward_days": 0},
)


def kitlines_plan(tables: dict, policies: dict) -> Outcome:
    frames = plan_materials(world_of(tables), AS_OF, policies)
    orders = [
        (row.item, row.need_date.date(), row.due_date.date(), row.release_date.date(),
         Fraction(row.quantity_micro, MICRO), Fraction(row.receipt_quantity_micro, MICRO))
        for row in frames["planned_orders"].itertuples()
    ]  # fmt: skip
    terms = ("gross_micro", "scheduled_receipts_micro", "planned_receipts_micro", "projected_available_micro")
    movements = {
        (row.item, row.date.date()): tuple(Fraction(getattr(row, term), MICRO) for term in terms)
        for row in frames["requirements"].itertuples()
    }
    return Outcome(orders, movements)


@pytest.mark.parametrize("batch", range(len(POLICIES)))
def test_every_order_and_every_term_is_what_the_rules_say(batch):
    policies, days = POLICIES[batch], calendar(batch)
    factories = [Factory(batch * BATCH + number).tables() for number in range(BATCH)]
    found = kitlines_plan(side_by_side(factories, days), policies)
    movements, orders = {}, Counter()
    for tables in factories:
        expected = ReferencePlanner({**tables, "calendar": days}, AS_OF, policies).plan()
        movements |= expected.movements
        orders += Counter(expected.orders)
    assert found.movements == movements
    assert Counter(found.orders) == orders
    assert len(found.orders) > 4 * BATCH


def test_the_reference_planner_agrees_with_a_plan_made_by_hand():
    # 10 tables of 4 legs on Friday 16th; 6 legs in stock; legs in dozens; one working day for tables, two for legs
    tables = {
        "items": [{"item": "TABLE", "name": "Table", "unit": "EA", "sourcing": "make", "lead_time_days": 1},
                  {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "buy", "lead_time_days": 2,
                   "order_multiple": 12}],
        "boms": [{"bom": "T", "item": "TABLE"}],
        "bom_lines": [{"bom": "T", "line": 1, "component": "LEG", "quantity": 4}],
        "stock": [{"item": "LEG", "quantity": 6}],
        "customers": [{"customer": "C", "name": "C"}],
        "sales_orders": [{"order": "SO-1", "customer": "C", "order_date": "2026-01-02"}],
        "sales_order_lines": [{"order": "SO-1", "line": 1, "item": "TABLE", "quantity": 10, "due_date": "2026-01-16"}],
    }  # fmt: skip
    expected = [
        ("TABLE", date(2026, 1, 16), date(2026, 1, 16), date(2026, 1, 15), 10, 10),
        ("LEG", date(2026, 1, 15), date(2026, 1, 15), date(2026, 1, 13), 36, 36),
    ]
    assert ReferencePlanner(tables, AS_OF, {}).plan().orders == expected
    assert sorted(kitlines_plan(tables, {}).orders) == sorted(expected)
