"""Which exceptions speak up, in which order, and what each is worth: numbers by hand."""

import pytest

from plans import exceptions, plan
from small_factory import factory

DUE = "2026-02-02"
BUYS = {"suppliers": [{"supplier": "S", "name": "S"}],
        "purchase_orders": [{"order": "PO-1", "supplier": "S", "order_date": "2025-12-01"}]}  # fmt: skip


def receipt(due: str, need: str | None = DUE, quantity=20, price: object = 2, **tables):
    """20 BOLT on order at 2.00, 20 wanted on the day of need."""
    line = {"order": "PO-1", "line": 1, "item": "BOLT", "quantity": quantity, "due_date": due, "unit_price": price}
    orders = [("BOLT", 20, need)] if need else []
    return factory({}, {"BOLT": 0}, orders, {"BOLT": {"lead_time_days": 5}}, **BUYS, **tables,
                   purchase_order_lines=[line])  # fmt: skip


def kinds(world, **policies) -> list[str]:
    return [row["kind"] for row in plan(world, **policies)["exceptions"] if row["kind"] != "no_supplier"]


def test_a_move_of_one_working_day_stays_quiet_until_the_policy_asks_for_everything():
    # Monday 2 February is one working day after Friday 30 January
    for due, kind in (("2026-02-03", "expedite"), ("2026-01-30", "defer")):
        world = receipt(due)
        assert kinds(world) == []
        assert plan(world)["quiet"] == [{"kind": kind, "exceptions": 1}]
        assert kinds(world, exception_days=0) == [kind]
        assert plan(world, exception_days=0)["quiet"] == []
    assert kinds(receipt("2026-02-04")) == ["expedite"]
    assert kinds(receipt("2026-02-04"), exception_days=3) == []


def test_a_cancel_of_three_cents_stays_quiet():
    world = receipt(DUE, need=None, quantity=3, price="0.01")
    assert kinds(world) == []
    assert kinds(world, exception_value=0) == ["cancel"]
    assert kinds(receipt(DUE, need=None, quantity=3, price="0.34")) == ["cancel"]


def test_what_has_no_price_is_not_called_a_trifle_and_its_value_is_blank():
    (found,) = exceptions(receipt(DUE, need=None, price=""), "cancel", exception_value=1000)
    assert found["value"] is None


def test_what_is_late_past_or_without_source_is_never_kept_quiet():
    dear = {"exception_days": 100, "exception_value": 1_000_000}
    assert set(kinds(receipt("2026-01-02", need="2026-01-02"), **dear)) == {"past_due_demand", "overdue_receipt"}
    world = factory({"DESK": {}}, {}, [("DESK", 1, "2026-01-06")], {"DESK": {"lead_time_days": 5}})
    assert set(kinds(world, **dear)) == {"late_order", "past_due_release", "no_bom"}


def test_days_are_working_days():
    world = receipt("2026-02-10", calendar=[{"date": "2026-02-06", "working": "no"}])
    # from Monday 2 to Tuesday 10 February, without the weekend and the closed Friday: 3, 4, 5, 9, 10
    (found,) = exceptions(world, "expedite")
    assert found["days"] == 5


def test_a_line_is_worth_its_open_quantity_at_its_price_else_the_list_price():
    lines = [{"order": "SO-1", "line": 10, "item": "DESK", "quantity": 5, "shipped_quantity": 2, "unit_price": 90,
              "due_date": "2026-01-07"},
             {"order": "SO-2", "line": 10, "item": "DESK", "quantity": 2, "due_date": "2026-01-07"}]  # fmt: skip
    items = {"DESK": {"lead_time_days": 5, "list_price": 100}}
    world = factory({"DESK": {}}, {}, [("DESK", 1, DUE)] * 2, items, sales_order_lines=lines)
    values = {row["order"]: (row["value"], row["days"]) for row in exceptions(world, "late_order")}
    assert values == {"SO-1": ("270", 3), "SO-2": ("200", 3)}


def test_foreign_prices_count_at_the_rate_of_the_order_and_of_today():
    rates = [{"currency": "USD", "date": "2025-12-01", "rate": "0.90"},
             {"currency": "USD", "date": "2026-01-04", "rate": "0.80"}]  # fmt: skip
    orders = [{"order": "SO-1", "customer": "C", "order_date": "2026-01-02", "currency": "USD"}]
    offer = {"supplier": "S", "item": "BOLT", "price": 5, "currency": "USD", "lead_time_days": 5}
    line = {"order": "SO-1", "line": 10, "item": "BOLT", "quantity": 10, "unit_price": 10, "due_date": "2026-01-07"}
    world = factory({}, {}, [("BOLT", 10, "2026-01-07")], sales_orders=orders, sales_order_lines=[line],
                    exchange_rates=rates, supplier_items=[offer], **BUYS)  # fmt: skip
    assert [row["value"] for row in exceptions(world, "late_order")] == ["90"]
    assert [row["value"] for row in exceptions(world, "past_due_release")] == ["40"]


def test_made_and_unpriced_items_are_worth_their_standard_cost():
    items = {"DESK": {"lead_time_days": 5, "standard_cost": 30}}
    world = factory({"DESK": {}}, {}, [("DESK", 2, "2026-01-07")], items)
    assert [row["value"] for row in exceptions(world, "past_due_release")] == ["60"]
    assert [row["value"] for row in exceptions(world, "late_order")] == [None]


def test_customers_come_first_then_what_stops_the_plan_then_what_saves_money():
    world = receipt(DUE, need="2026-01-07", quantity=30)
    found = plan(world)["exceptions"]
    assert [(row["rank"], row["kind"]) for row in found] == [
        (1, "late_order"), (2, "expedite"), (3, "past_due_release"), (4, "no_supplier"), (5, "cancel"),
    ]  # fmt: skip


def test_more_money_times_days_comes_first_and_what_has_no_price_last():
    dues = {
        "DEAR": ("2026-01-06", 100),
        "LATER": ("2026-01-05", 60),
        "CHEAP": ("2026-01-06", 1),
        "FREE": ("2026-01-05", ""),
    }
    items = {code: {"lead_time_days": 3, "list_price": price} for code, (_, price) in dues.items()}
    world = factory({code: {} for code in dues}, {}, [(code, 1, due) for code, (due, _) in dues.items()], items)
    # all come on Thursday the 8th: 2 × 100, 3 × 60, 2 × 1, unknown
    found = exceptions(world, "late_order")
    assert [row["item"] for row in found] == ["DEAR", "LATER", "CHEAP", "FREE"]
    assert [row["rank"] for row in found] == [1, 2, 3, 4]


@pytest.mark.parametrize("price", ["", 7])
def test_the_order_of_the_rows_does_not_change_the_ranks(price):
    orders = [("BOLT", 5, "2026-01-06"), ("NUT", 5, "2026-01-06"), ("PIN", 5, "2026-01-07")]
    items = {code: {"lead_time_days": 4, "list_price": price} for code in ("BOLT", "NUT", "PIN")}
    world = factory({}, {}, orders, items)
    turned = {name: frame.iloc[::-1].reset_index(drop=True) for name, frame in world.items()}
    assert plan(turned)["exceptions"] == plan(world)["exceptions"]
