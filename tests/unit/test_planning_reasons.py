"""The sentences that explain a plan: the rule that decided is named, and no other."""

import pytest
from hypothesis import given
from test_planning_properties import AS_OF, factories

from calculations.material_planning import plan_materials
from calculations.planning_reasons import order_reason, order_reasons, quantity_reason
from small_factory import factory
from support import examples

UNIT = 10**6


def order(missing=7, ordered=None, **columns) -> dict:
    """A planned order for 10 required and 3 available; whole units."""
    ordered = missing if ordered is None else ordered
    row = {"gross": 10, "available": 3, "safety_stock": 0, "net": 7, "covered": missing, "ordered": ordered,
           "quantity": ordered, "receipt_quantity": ordered, "yield_rate": 1} | columns  # fmt: skip
    texts = {"lot_sizing": "lot_for_lot", "need_date": "2026-02-02", "due_date": "2026-02-02", "firm": False,
             "release_date": "2026-01-26", "lead_time_days": 5, "ahead_days": 0, "supplier": ""}  # fmt: skip
    micro = {f"{name}_micro": int(value * UNIT) for name, value in row.items() if name not in texts}
    return texts | micro | {name: value for name, value in columns.items() if name in texts}


@pytest.mark.parametrize(
    ("planned", "said"),
    [
        (order(), "7 ordered."),
        (order(ordered=10, multiple=5), "10 ordered: in multiples of 5; 3 left for later."),
        (order(ordered=12, minimum=12), "12 ordered: the minimum is 12; 5 left for later."),
        (order(ordered=15, minimum=12, multiple=5),
         "15 ordered: the minimum is 12, in multiples of 5; 8 left for later."),
        (order(ordered=50, lot=50, minimum=20), "50 ordered: in lots of 50; 43 left for later."),
        (order(ordered=7, minimum=5, multiple=7), "7 ordered."),
        (order(ordered=8, yield_rate=0.9, receipt_quantity=7),
         "8 ordered: at a yield of 90 % that takes 7.777778, rounded up."),
        (order(missing=20, lot_sizing="period_order_quantity"),
         "20 ordered: with what is required in the rest of the period 20."),
        (order(missing=20, lot_sizing="least_total_cost"),
         "20 ordered: with later requirements that are cheaper to order now 20."),
        (order(missing=57, order_up_to=50), "57 ordered: filled up to 50."),
        (order(missing=140, ordered=150, quantity=50, maximum=100, minimum=50, receipt_quantity=50),
         "50 ordered: with later requirements 140, the rest raised to a whole order, part of 150, "
         "at most 100 an order."),
    ],
)  # fmt: skip
def test_the_rule_that_made_an_order_larger_is_named_and_no_other(planned, said):
    assert quantity_reason(planned) == said


def test_what_is_owed_already_is_no_stock():
    told = order_reason(order(missing=12, available=-2, net=12))
    assert told.startswith("On 2026-02-02: 10 required, 2 owed already, so 12 missing.")


def test_stock_below_its_safety_stock_is_ordered_without_any_requirement():
    told = order_reason(order(gross=0, safety_stock=10))
    assert told.startswith("On 2026-02-02: nothing required, 10 to stay as safety stock, 3 available, so 7 missing.")


def test_a_firm_order_entered_by_hand_has_no_arithmetic():
    by_hand = {"gross_micro": None, "quantity_micro": 30 * UNIT, "firm": True, "due_date": "2026-02-02",
               "release_date": "2026-01-26", "supplier": "ACME", "unit_price_micro": None}  # fmt: skip
    assert order_reason(by_hand) == (
        "30 ordered firmly; the plan keeps it as it is. Due 2026-02-02; release 2026-01-26; from ACME."
    )


@given(factories())
@examples(15)
def test_every_order_of_a_generated_plan_is_told_with_its_own_numbers(parts):
    bills, stock, orders, items, headers, purchase = parts
    world = factory(bills, stock, orders, items=items, headers=headers, **purchase)
    planned = plan_materials(world, AS_OF, {})["planned_orders"]
    told = order_reasons(planned, world["items"], world["calendar"], AS_OF)
    assert len(told) == len(planned)
    for sentence, row in zip(told, planned.itertuples(index=False), strict=True):
        assert f"release {row.release_date:%Y-%m-%d}" in sentence
        assert ("past due" in sentence) == (row.release_date.date() < AS_OF)
        if row.ordered_micro == row.quantity_micro and row.receipt_quantity_micro == row.covered_micro:
            assert "left for later" not in sentence
