"""Lot-sizing rules and the numbers that shape an order."""

import json
from datetime import date, timedelta
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.exact import MICRO
from calculations.lot_sizing import LOT_SIZING_RULES
from calculations.netting import order_quantities, parts_of, plain_lots
from plans import ordered, plan
from small_factory import factory
from support import examples, shared

AS_OF = date(2026, 1, 5)
# ordering 100, carrying 365 × 1 ÷ 365 = 1 a day
COSTED = {"lot_sizing": "least_total_cost", "ordering_cost": 100, "carrying_rate": 1, "standard_cost": 365}


def day(offset: int) -> str:
    return (AS_OF + timedelta(days=offset)).isoformat()


def world(demand: list[int], on_hand=0, **bolt):
    """Bolts wanted on one calendar day after the other."""
    orders = [("BOLT", quantity, day(offset)) for offset, quantity in enumerate(demand) if quantity]
    return factory({}, {"BOLT": on_hand}, orders, {"BOLT": bolt})


def lots(demand: list[int], on_hand=0, **bolt) -> list[int]:
    """Planned quantity of each day."""
    found = dict.fromkeys(map(day, range(len(demand))), 0)
    for when, quantity in ordered(world(demand, on_hand, **bolt), "BOLT", by="need_date"):
        found[when] += int(quantity)
    return list(found.values())


def cost(demand: list[int], orders: list[int], on_hand: int, setup: float, holding: float) -> float:
    stock, total = on_hand, 0.0
    for wanted, quantity in zip(demand, orders, strict=True):
        stock += quantity - wanted
        total += setup * (quantity > 0) + holding * stock
    return total


def test_every_rule_of_the_import_table_is_there():
    assert set(LOT_SIZING_RULES) == {
        "lot_for_lot", "fixed_order_quantity", "period_order_quantity", "least_total_cost",
    }  # fmt: skip


def test_lot_for_lot_orders_what_each_day_lacks():
    case = case_of("lot-01-l4l")
    assert lots(case["given"]["gross"], 35) == case["expected"]["orders"]


def test_fixed_order_quantity_orders_whole_lots_and_carries_the_rest():
    case = case_of("lot-02-eoq")
    found = lots(case["given"]["gross"], 35, lot_sizing="fixed_order_quantity", fixed_order_quantity=73)
    assert found == case["expected"]["orders"]
    assert lots([150], lot_sizing="fixed_order_quantity", fixed_order_quantity=73) == [219]


def test_fixed_lots_are_split_between_lots():
    rule = {"lot_sizing": "fixed_order_quantity", "fixed_order_quantity": 75}
    found = ordered(world([140], **rule, maximum_order_quantity=100), "BOLT")
    assert [quantity for _, quantity in found] == ["75", "75"]


@pytest.mark.parametrize("name", ["lot-04-wagner-whitin", "lot-08-ww-months", "lot-10-snyder-shen-3-9"])
def test_least_total_cost_finds_the_optimum(name):
    case = case_of(name)
    given_ = case["given"]
    costed = {**COSTED, "ordering_cost": given_["setup"], "standard_cost": 365 * given_["holding"]}
    found = lots(given_["gross"], given_["on_hand"], **costed)
    left = given_["on_hand"]
    served = [quantity - min(left, quantity) for quantity in given_["gross"][:1]] + given_["gross"][1:]
    assert cost(served, found, 0, given_["setup"], given_["holding"]) == case["expected"]["total"]


@pytest.mark.parametrize("name", ["lot-06-silver-meal", "lot-07-least-unit-cost", "lot-02-eoq", "lot-01-l4l"])
def test_other_heuristics_are_not_offered_but_never_cheaper(name):
    case = case_of(name)
    setup, holding = case["given"]["setup"], case["given"]["holding"]
    demand, on_hand = case["given"]["gross"], case["given"]["on_hand"]
    found = lots(demand, on_hand, **{**COSTED, "ordering_cost": setup, "standard_cost": 365 * holding})
    assert cost(demand, found, on_hand, setup, holding) <= case["expected"]["total"]


@pytest.mark.parametrize("name", ["lot-09-eoq-quantity", "lot-12-eoq-snyder-shen-3-1"])
def test_the_economic_order_quantity_is_a_fixed_lot_and_never_cheaper_over_a_quarter(name):
    # EOQ assumes an even demand for ever; over a quarter of days our rule may do as well, but no worse
    case = case_of(name)
    setup, holding = case["given"]["order"], case["given"]["hold"] / 365
    demand = [round(case["given"]["annual"] / 365)] * 91
    rule = {"lot_sizing": "fixed_order_quantity", "fixed_order_quantity": round(case["expected"]["eoq"])}
    fixed = cost(demand, lots(demand, **rule), 0, setup, holding)
    costed = {**COSTED, "ordering_cost": setup, "carrying_rate": case["given"]["hold"], "standard_cost": 1}
    assert cost(demand, lots(demand, **costed), 0, setup, holding) <= fixed


def test_without_costs_least_total_cost_is_lot_for_lot():
    assert lots([5, 5], lot_sizing="least_total_cost") == [5, 5]


def test_period_order_quantity_covers_the_working_days_from_the_first_uncovered_requirement():
    # case mrp_period_grouping_7d: working-day offsets 8, 9, 10 and 20, 22 with periods of 7
    wanted = {8: 80, 9: 50, 10: 70, 20: 46, 22: 33}
    workdays = [
        AS_OF + timedelta(days=offset) for offset in range(60) if (AS_OF + timedelta(days=offset)).weekday() < 5
    ]
    orders = [("BOLT", quantity, workdays[offset].isoformat()) for offset, quantity in wanted.items()]
    bolt = {"lot_sizing": "period_order_quantity", "period_days": 7}
    found = ordered(factory({}, {}, orders, {"BOLT": bolt}), "BOLT")
    assert found == [(workdays[8].isoformat(), "200"), (workdays[20].isoformat(), "79")]


def test_a_period_ends_with_its_last_working_day_and_receipts_in_it_count():
    # Monday to Friday is a period of five; Monday the 12th is the next
    orders = [("BOLT", 10, "2026-01-05"), ("BOLT", 10, "2026-01-09"), ("BOLT", 10, "2026-01-12")]
    purchase = {"suppliers": [{"supplier": "S", "name": "S"}],
                "purchase_orders": [{"order": "P", "supplier": "S", "order_date": "2025-12-01"}],
                "purchase_order_lines": [{"order": "P", "line": 1, "item": "BOLT", "quantity": 4,
                                          "due_date": "2026-01-09"}]}  # fmt: skip
    bolt = {"lot_sizing": "period_order_quantity", "period_days": 5}
    assert ordered(factory({}, {}, orders, {"BOLT": bolt}, **purchase), "BOLT") == [
        ("2026-01-05", "16"), ("2026-01-12", "10"),
    ]  # fmt: skip


def test_minimum_multiple_and_yield_apply_under_every_rule():
    for rule in LOT_SIZING_RULES:
        extra = {"fixed_order_quantity": 10, "period_days": 2, "ordering_cost": 1, "carrying_rate": 1,
                 "standard_cost": 365}  # fmt: skip
        found = plan(
            world([9], lot_sizing=rule, minimum_order_quantity=12, order_multiple=5, yield_rate="0.5", **extra)
        )
        assert [row["quantity"] for row in found["planned_orders"]] == ["20"], rule


@examples(25)
@given(
    demand=st.lists(st.integers(0, 40), min_size=1, max_size=7),
    setup=st.integers(1, 120),
    holding=st.integers(1, 3),
)
def test_no_other_grouping_is_cheaper_than_least_total_cost(demand, setup, holding):
    costed = {**COSTED, "ordering_cost": setup, "standard_cost": 365 * holding}
    found = lots(demand, **costed)
    assert sum(found) == sum(demand)
    best = min(
        (cost(demand, orders, 0, setup, holding) for orders in _groupings(demand)),
        default=0,
    )
    assert cost(demand, found, 0, setup, holding) == pytest.approx(best)


def _groupings(demand: list[int]):
    """Every way of covering each requirement together with the ones before it."""
    wanted = [offset for offset, quantity in enumerate(demand) if quantity]
    for joins in product([False, True], repeat=max(len(wanted) - 1, 0)):
        orders, start = [0] * len(demand), wanted[0] if wanted else 0
        for offset, join in zip(wanted, [False, *joins], strict=False):
            start = start if join else offset
            orders[start] += demand[offset]
        yield orders


@given(
    shortage=st.integers(1, 10_000),
    minimum=st.integers(0, 300),
    multiple=st.integers(1, 60),
    maximum=st.integers(1, 500),
    rate=st.integers(300_000, 1_000_000),
)
def test_parts_keep_to_minimum_multiple_and_maximum_and_cover_the_shortage(shortage, minimum, multiple, maximum, rate):
    smallest = max(-(-minimum // multiple) * multiple, multiple)
    part = max(maximum // multiple * multiple, smallest)
    micro = {"minimum": minimum, "multiple": multiple, "part": part}
    lots_ = plain_lots(1, **{name: [value * MICRO] for name, value in micro.items()}, yield_rate=[rate])
    item = np.zeros(1, dtype=np.int64)
    ordered_, received = order_quantities(np.array([shortage * MICRO]), item, lots_)
    _, parts, good = parts_of(ordered_, item, lots_)
    assert parts.sum() == ordered_[0]
    assert good.sum() == received[0] >= shortage * MICRO
    assert ((parts >= minimum * MICRO) & (parts % (multiple * MICRO) == 0) & (parts <= part * MICRO)).all()
    assert (good >= 0).all()


def case_of(name: str) -> dict:
    return {case["id"]: case for case in json.loads(shared("cases", "textbook.json").read_text())}[name]
