"""Dates, suppliers, open orders and firm orders in material planning."""

from datetime import date

import pytest

from calculations.fact_posting import post_facts
from calculations.material_planning import plan_materials
from calculations.policies import resolve
from plans import firm, gross, ordered, plan, quantities
from small_factory import factory
from support import frame_rows, world_of

DUE = "2026-02-02"  # a Monday
PURCHASE = {"purchase_orders": [{"order": "PO-1", "supplier": "S", "order_date": "2025-12-01"}],
            "suppliers": [{"supplier": "S", "name": "S"}, {"supplier": "T", "name": "T"}]}  # fmt: skip


def buy(quantity, stock=0, due=DUE, **bolt):
    """A world that sells bolts and buys them."""
    return factory({}, {"BOLT": stock}, [("BOLT", quantity, due)], {"BOLT": {"lead_time_days": 5, **bolt}})


def requirement(world, item: str, **policies) -> list[dict]:
    return [row for row in plan(world, **policies)["requirements"] if row["item"] == item]


KIT = {"BIKE": {"KIT": 2}, "KIT": {"BOLT": 3}}
PHANTOM = {"KIT": {"phantom": "yes"}}


# dates


def test_lead_times_are_working_days_and_a_day_off_moves_back_first():
    calendar = [{"date": "2026-01-30", "working": "no"}, {"date": "2026-01-24", "working": "yes"}]
    world = factory({}, {}, [("BOLT", 1, "2026-02-01")], {"BOLT": {"lead_time_days": 5}}, calendar=calendar)
    (order,) = plan(world)["planned_orders"]
    # Sunday moves back over the closed Friday to Thursday 29; then 28, 27, 26, the worked Saturday 24, and 23
    assert (order["need_date"], order["due_date"], order["release_date"]) == ("2026-02-01", "2026-01-29", "2026-01-23")


def test_safety_lead_time_and_inspection_days_make_it_due_earlier():
    (order,) = plan(buy(1, safety_lead_time_days=2, inspection_days=1))["planned_orders"]
    assert (order["need_date"], order["due_date"], order["release_date"]) == (DUE, "2026-01-28", "2026-01-21")


def test_a_past_release_is_kept_and_its_components_count_today():
    world = factory({"DESK": {"LEG": 4}}, {}, [("DESK", 1, "2026-01-07")], {"DESK": {"lead_time_days": 5}})
    assert ordered(world, "DESK", by="release_date") == [("2025-12-31", "1")]
    assert gross(world, "LEG") == [("2026-01-05", "4")]


def test_a_blank_lead_time_is_the_routings_setup_and_run_over_daily_hours():
    tables = {
        "work_centers": [{"work_center": "SAW", "capacity_hours": 8}, {"work_center": "OVEN", "capacity_hours": 4}],
        "operations": [
            {"item": "DESK", "operation": "10", "work_center": "SAW", "setup_hours": 2, "run_hours_per_unit": "0.5"},
            {"item": "DESK", "operation": "20", "work_center": "OVEN", "run_hours_per_unit": "0.1"},
        ],
    }
    # 20 desks: (2 + 10) ÷ 8 + 2 ÷ 4 = 2 days; 21 desks need a third
    assert ordered(factory({"DESK": {}}, {}, [("DESK", 20, DUE)], **tables), "DESK", by="release_date") == [
        ("2026-01-29", "20")
    ]
    assert ordered(factory({"DESK": {}}, {}, [("DESK", 21, DUE)], **tables), "DESK", by="release_date") == [
        ("2026-01-28", "21")
    ]
    fixed = factory({"DESK": {}}, {}, [("DESK", 21, DUE)], {"DESK": {"lead_time_days": 0}}, **tables)
    assert ordered(fixed, "DESK", by="release_date") == [(DUE, "21")]


# suppliers


def supplied(*offers, quantity=7, **bolt):
    rows = [{"supplier": supplier, "item": "BOLT", **row} for supplier, row in offers]
    return factory({}, {}, [("BOLT", quantity, DUE)], {"BOLT": bolt}, **PURCHASE, supplier_items=rows)


def test_the_first_supplier_in_force_gives_price_lead_time_minimum_and_multiple():
    first = {"price": "1.20", "priority": 2, "lead_time_days": 10, "minimum_order_quantity": 20, "order_multiple": 12}
    world = supplied(("S", first), ("T", {"price": 1, "priority": 1, "effective_to": "2025-12-31"}))
    (order,) = plan(world)["planned_orders"]
    assert (order["supplier"], order["unit_price"], order["quantity"]) == ("S", "1.2", "24")
    assert order["release_date"] == "2026-01-19"


@pytest.mark.parametrize(("begins", "price"), [("2026-01-12", "1.3"), ("2026-02-02", "1.2")])
def test_of_a_suppliers_overlapping_offers_the_newest_in_force_on_release_counts(begins, price):
    # the order is released on 2026-01-19: the new price holds then, or not yet
    rows = [("S", {"price": "1.20", "lead_time_days": 10}),
            ("S", {"price": "1.30", "lead_time_days": 10, "effective_from": begins})]  # fmt: skip
    for offers in (rows, rows[::-1]):
        (order,) = plan(supplied(*offers))["planned_orders"]
        assert (order["release_date"], order["unit_price"]) == ("2026-01-19", price)


def test_the_items_own_conditions_come_before_the_suppliers():
    offer = {"price": 1, "lead_time_days": 10, "minimum_order_quantity": 20, "order_multiple": 12}
    world = supplied(("S", offer), lead_time_days=0, minimum_order_quantity=5, order_multiple=4)
    (order,) = plan(world)["planned_orders"]
    assert (order["quantity"], order["release_date"]) == ("8", DUE)


def test_a_supplier_is_in_force_on_the_release_day():
    world = supplied(("T", {"price": 2, "priority": 2, "lead_time_days": 3}),
                     ("S", {"price": 1, "lead_time_days": 10, "effective_from": "2026-01-20"}))  # fmt: skip
    (order,) = plan(world)["planned_orders"]
    # S would have to be asked on 2026-01-19, a day before its offer begins
    assert (order["supplier"], order["release_date"]) == ("T", "2026-01-28")


def test_minimum_and_multiple_are_those_of_the_offer_in_force_on_the_release_day():
    offers = [
        {"price": 5, "minimum_order_quantity": 100, "effective_to": "2026-01-31"},
        {"price": 6, "minimum_order_quantity": 50, "order_multiple": 20, "effective_from": "2026-02-01"},
    ]
    rows = [{"supplier": "S", "item": "BOLT", **offer} for offer in offers]
    orders = [("BOLT", 10, "2026-01-19"), ("BOLT", 100, "2026-02-19")]
    world = factory({}, {}, orders, {"BOLT": {"lead_time_days": 2}}, **PURCHASE, supplier_items=rows)
    # 10 become 100; of the next 100 the 90 left over serve, 10 become 50 and then three times 20
    first, second = plan(world)["planned_orders"]
    assert [(row["quantity"], row["unit_price"]) for row in (first, second)] == [("100", "5"), ("60", "6")]
    assert "; minimum 50; multiple 20" in second["reason"]


def test_an_offer_that_has_ended_limits_nothing():
    world = supplied(("S", {"price": 1, "minimum_order_quantity": 100, "effective_to": "2025-12-31"}))
    assert quantities(world, "BOLT") == ["7"]


def test_a_supplier_may_sell_in_its_own_unit():
    conversions = [{"item": "BOLT", "from_unit": "BOX", "to_unit": "EA", "factor": 12}]
    rows = [{"supplier": "S", "item": "BOLT", "price": 6, "unit": "BOX", "order_multiple": 1}]
    world = factory({}, {}, [("BOLT", 30, DUE)], **PURCHASE, supplier_items=rows, unit_conversions=conversions)
    (order,) = plan(world)["planned_orders"]
    assert (order["quantity"], order["unit_price"]) == ("36", "0.5")


def test_the_components_of_a_subcontracted_item_are_needs_to_send():
    world = factory({"PAINTED": {"RAW": 1}}, {}, [("PAINTED", 5, DUE)],
                    {"PAINTED": {"sourcing": "subcontract", "lead_time_days": 5}})  # fmt: skip
    assert plan(world)["planned_orders"][0]["kind"] == "subcontract"
    assert gross(world, "RAW") == [("2026-01-26", "5")]


# open orders


def work_order(components=(), **order):
    row = {"order": "WO-1", "item": "DESK", "quantity": 10, "start_date": "2026-01-12", "due_date": "2026-01-20"}
    return {"work_orders": [{**row, **order}], "work_order_components": list(components)}


def test_a_work_order_brings_what_is_left_of_it_times_the_yield():
    tables = work_order(completed_quantity=3, scrapped_quantity=2)
    world = factory({"DESK": {"LEG": 4}}, {}, [("DESK", 5, DUE)], {"DESK": {"yield_rate": "0.9"}}, **tables)
    # 5 left × 0.9 = 4.5, rounded down
    assert requirement(world, "DESK")[0]["scheduled_receipts"] == "4"
    assert requirement(world, "DESK")[1]["net"] == "1"


def test_an_open_work_order_needs_what_was_not_issued_yet():
    rows = [{"order": "WO-1", "item": "LEG", "quantity": 44, "issued_quantity": 40}]
    world = factory({"DESK": {"LEG": 4, "TOP": 1}}, {}, [], **work_order(rows))
    assert gross(world, "LEG") == [("2026-01-12", "4")]
    # its component rows are the whole truth
    assert gross(world, "TOP") == []


def test_without_component_rows_the_bill_of_what_is_left_counts():
    parts = {"DESK": {"LEG": {"quantity": 4, "fixed_loss": 2}, "KIT": 1}, "KIT": {"BOLT": 3}}
    world = factory(parts, {}, [], headers=PHANTOM, **work_order())
    assert (gross(world, "LEG"), gross(world, "BOLT")) == ([("2026-01-12", "42")], [("2026-01-12", "30")])
    begun = factory(parts, {}, [], headers=PHANTOM, **work_order(completed_quantity=6))
    # what is lost once an order is lost already
    assert gross(begun, "LEG") == [("2026-01-12", "16")]


def test_a_subcontract_order_needs_its_material_one_lead_time_before_it_is_due():
    order = {"order": "SC-1", "supplier": "S", "item": "PAINTED", "quantity": 8, "due_date": DUE}
    items = {"PAINTED": {"sourcing": "subcontract", "lead_time_days": 5}}
    world = factory({"PAINTED": {"RAW": 1}}, {}, [], items, **PURCHASE, subcontract_orders=[order])
    assert gross(world, "RAW") == [("2026-01-26", "8")]
    rows = [{"order": "SC-1", "item": "RAW", "quantity": 9, "sent_quantity": 4}]
    listed = {"subcontract_orders": [order], "subcontract_order_components": rows}
    assert gross(factory({"PAINTED": {"RAW": 1}}, {}, [], items, **PURCHASE, **listed), "RAW") == [("2026-01-26", "5")]


def test_the_material_leaves_one_lead_time_of_the_orders_own_subcontractor_before():
    offers = [{"supplier": "S", "item": "FRAME", "price": 5, "lead_time_days": 3, "priority": 1},
              {"supplier": "T", "item": "FRAME", "price": 5, "lead_time_days": 8, "priority": 2}]  # fmt: skip
    order = {"order": "SUB-1", "supplier": "T", "item": "FRAME", "quantity": 4, "due_date": DUE}
    world = factory({"FRAME": {"TUBE": 1}}, {}, [], {"FRAME": {"sourcing": "subcontract"}}, **PURCHASE,
                    supplier_items=offers, subcontract_orders=[order])  # fmt: skip
    assert gross(world, "TUBE") == [("2026-01-21", "4")]


def test_an_overdue_receipt_counts_today():
    line = {"order": "PO-1", "line": 1, "item": "BOLT", "quantity": 50, "due_date": "2025-12-22"}
    world = factory({}, {}, [("BOLT", 50, "2026-01-05")], **PURCHASE, purchase_order_lines=[line])
    assert plan(world)["planned_orders"] == []


# firm orders


def test_firm_orders_survive_count_as_receipts_and_need_their_components():
    world = factory({"DESK": {"LEG": 4}}, {}, [("DESK", 5, DUE)]) | {"planned_orders": firm()}
    found = plan(world)
    desks = [(row["number"], row["quantity"], row["firm"]) for row in found["planned_orders"] if row["item"] == "DESK"]
    assert desks == [("PLAN-DESK-4", "3", True), ("PLAN-DESK-5", "2", False)]
    assert gross(world, "LEG") == [("2026-01-28", "12"), (DUE, "8")]
    pegs = {(row["supply"], row["demand"]) for row in found["pegs"]}
    assert {("PLAN-DESK-4", "SO-1"), ("PLAN-DESK-5", "SO-1"), ("PLAN-LEG-1", "PLAN-DESK-4")} <= pegs


def test_approved_orders_count_and_suggestions_of_earlier_runs_do_not():
    world = factory({"DESK": {"LEG": 4}}, {}, [("DESK", 5, DUE)])
    approved = world | {"planned_orders": firm(firm=False, state="approved")}
    assert quantities(approved, "DESK") == ["3", "2"]
    for state in ("suggested", "released", "rejected"):
        old = world | {"planned_orders": firm(firm=False, state=state)}
        assert quantities(old, "DESK") == ["5"]


def test_an_order_without_component_rows_asks_only_for_what_it_does_not_hold_yet():
    world = world_of(
        {
            "items": [
                {"item": "TABLE", "name": "Table", "unit": "EA", "sourcing": "make", "lead_time_days": 2},
                {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "buy", "lead_time_days": 2},
            ],
            "boms": [{"bom": "TABLE", "item": "TABLE"}],
            "bom_lines": [{"bom": "TABLE", "line": 1, "component": "LEG", "quantity": 4}],
            "work_orders": [
                {"order": "W1", "item": "TABLE", "quantity": 10, "start_date": "2026-01-12", "due_date": "2026-01-14"}
            ],
            "stock": [{"item": "LEG", "quantity": 50}],
            "issues": [{"event": "I1", "date": "2026-01-05", "order": "W1", "item": "LEG", "quantity": 30}],
        }
    )
    after = post_facts(world, resolve({}, date(2026, 1, 5))).world
    frames = plan_materials(after, date(2026, 1, 5), {})
    # 10 tables need 40 legs, 30 lie on the floor: 10 more of the 20 in stock
    legs = [row for row in frame_rows(frames["requirements"]) if row["item"] == "LEG"]
    assert [(row["gross"], row["projected_available"]) for row in legs] == [("10", "10")]
    assert frames["planned_orders"].empty


def test_safety_stock_of_a_season_is_there_when_it_begins_and_may_be_used_up_after_it():
    levels = [{"item": "FAN", "effective_from": "2026-01-19", "quantity": 30},
              {"item": "FAN", "effective_from": "2026-02-16", "quantity": 5}]  # fmt: skip
    world = factory({}, {"FAN": 12}, [("FAN", 20, "2026-03-02")], {"FAN": {"safety_stock": 10}}, safety_stocks=levels)
    # 12 on hand are more than 10; from the 19th on 30 are wanted; in March 30 − 20 stay above 5
    assert ordered(world, "FAN", by="need_date") == [("2026-01-19", "18")]
    rows = plan(world)["requirements"]
    assert [(row["date"], row["safety_stock"], row["net"], row["projected_available"]) for row in rows] == [
        ("2026-01-19", "30", "18", "30"), ("2026-02-16", "5", "0", "30"), ("2026-03-02", "5", "0", "10"),
    ]  # fmt: skip


def test_an_order_that_covers_days_ahead_covers_a_rise_of_the_safety_stock_among_them():
    levels = [{"item": "FAN", "effective_from": "2026-01-21", "quantity": 30}]
    items = {"FAN": {"lot_sizing": "period_order_quantity", "period_days": 5, "lead_time_days": 0}}
    world = factory({}, {}, [("FAN", 4, "2026-01-19")], items, safety_stocks=levels)
    # Monday to Friday: 4 wanted on Monday, 30 to lie there from Wednesday on
    assert ordered(world, "FAN", by="need_date") == [("2026-01-19", "34")]


def test_a_level_of_safety_stock_that_began_before_counts_from_the_first_day():
    levels = [{"item": "FAN", "effective_from": "2025-11-03", "quantity": 7}]
    world = factory({}, {}, [], {"FAN": {"safety_stock": 3}}, safety_stocks=levels)
    assert ordered(world, "FAN", by="need_date") == [("2026-01-05", "7")]


def test_the_price_of_a_suggestion_is_that_of_the_break_its_quantity_reaches():
    offers = [{"supplier": "S", "item": "BOLT", "price": "0.50"}, {"supplier": "S", "item": "NUT", "price": "12",
                                                                   "unit": "BOX"}]  # fmt: skip
    breaks = [{"supplier": "S", "item": "BOLT", "from_quantity": 500, "price": "0.40"},
              {"supplier": "S", "item": "BOLT", "from_quantity": 100, "price": "0.45"},
              {"supplier": "S", "item": "NUT", "from_quantity": 3, "price": "11"}]  # fmt: skip
    orders = [("BOLT", 99, "2026-02-02"), ("BOLT", 100, "2026-02-09"), ("BOLT", 2000, "2026-02-16"),
              ("NUT", 200, "2026-02-02"), ("NUT", 300, "2026-02-09")]  # fmt: skip
    world = factory({}, {}, orders, suppliers=[{"supplier": "S", "name": "S"}], supplier_items=offers,
                    price_breaks=breaks,
                    unit_conversions=[{"item": "NUT", "from_unit": "BOX", "to_unit": "EA", "factor": 100}])  # fmt: skip
    found = [(row["item"], row["quantity"], row["unit_price"]) for row in plan(world)["planned_orders"]]
    # a box of 100 nuts costs 12, from three boxes on 11
    assert found == [("BOLT", "99", "0.5"), ("BOLT", "100", "0.45"), ("BOLT", "2000", "0.4"),
                     ("NUT", "200", "0.12"), ("NUT", "300", "0.11")]  # fmt: skip
