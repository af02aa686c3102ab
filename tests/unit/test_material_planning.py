"""Material planning, rule by rule, with numbers a planner can check by hand."""

from datetime import date

import pandas as pd
import pytest

from calculations.low_level_codes import CyclicBillOfMaterials
from calculations.material_planning import plan_materials
from calculations.policies import UnknownPolicy
from calculations.product_structure import TotalLoss
from plans import AS_OF, gross, ordered, plan, quantities
from small_factory import factory
from support import world_of

DUE = "2026-02-02"  # a Monday
PURCHASE = {"purchase_orders": [{"order": "PO-1", "supplier": "S", "order_date": "2025-12-01"}],
            "suppliers": [{"supplier": "S", "name": "S"}, {"supplier": "T", "name": "T"}]}  # fmt: skip


def buy(quantity, stock=0, due=DUE, **bolt):
    """A world that sells bolts and buys them."""
    return factory({}, {"BOLT": stock}, [("BOLT", quantity, due)], {"BOLT": {"lead_time_days": 5, **bolt}})


def requirement(world, item: str, **policies) -> list[dict]:
    return [row for row in plan(world, **policies)["requirements"] if row["item"] == item]


# netting


def test_what_stock_does_not_cover_is_ordered_for_the_day_it_is_needed():
    (order,) = plan(buy(50, stock=10))["planned_orders"]
    assert (order["number"], order["kind"], order["quantity"]) == ("PLAN-BOLT-1", "purchase", "40")
    assert (order["need_date"], order["due_date"], order["release_date"]) == (DUE, DUE, "2026-01-26")
    assert order["reason"] == (
        "need 40 on 2026-02-02 = 50 required + 0 safety stock − 10 available; released 5 working days before it is due"
    )


def test_nothing_is_planned_where_stock_and_receipts_cover():
    line = {"order": "PO-1", "line": 1, "item": "BOLT", "quantity": 50, "received_quantity": 10, "due_date": DUE}
    world = factory({}, {"BOLT": 10}, [("BOLT", 50, DUE)], **PURCHASE, purchase_order_lines=[line])
    assert plan(world)["planned_orders"] == []
    # supply before demand on the same day
    assert requirement(world, "BOLT") == [
        {"item": "BOLT", "date": DUE, "gross": "50", "scheduled_receipts": "40", "planned_receipts": "0", "net": "0",
         "safety_stock": "0", "projected_available": "0"}
    ]  # fmt: skip


def test_a_receipt_a_day_late_does_not_help():
    line = {"order": "PO-1", "line": 1, "item": "BOLT", "quantity": 50, "due_date": "2026-02-03"}
    world = factory({}, {}, [("BOLT", 50, DUE)], **PURCHASE, purchase_order_lines=[line])
    assert ordered(world, "BOLT") == [(DUE, "50")]


def test_what_is_shipped_is_not_needed_again():
    lines = [{"order": "SO-1", "line": 1, "item": "BOLT", "quantity": 50, "shipped_quantity": 20, "due_date": DUE}]
    assert quantities(factory({}, {}, [("BOLT", 1, DUE)], sales_order_lines=lines), "BOLT") == ["30"]


def test_demands_of_the_past_count_today():
    world = buy(50, due="2025-12-01")
    assert gross(world, "BOLT") == [("2026-01-05", "50")]
    assert ordered(world, "BOLT") == [("2026-01-05", "50")]


def test_a_requirement_shared_by_two_parents_is_netted_once():
    world = factory({"DESK": {"SCREW": 4}, "CHAIR": {"SCREW": 6}}, {"SCREW": 30}, [("DESK", 5, DUE), ("CHAIR", 5, DUE)])
    assert gross(world, "SCREW") == [(DUE, "50")]
    assert quantities(world, "SCREW") == ["20"]


def test_stock_that_is_blocked_expired_or_elsewhere_is_not_usable():
    stock = [
        {"item": "BOLT", "quantity": 1},
        {"item": "BOLT", "quantity": 2, "status": "blocked"},
        {"item": "BOLT", "quantity": 4, "warehouse": "SHOW"},
        {"item": "BOLT", "quantity": 8, "lot": "OLD", "received_date": "2025-01-02"},
    ]
    world = factory({}, {}, [("BOLT", 50, DUE)], {"BOLT": {"shelf_life_days": 30}}, more_stock=stock)
    assert quantities(world, "BOLT", excluded_warehouses=["SHOW"]) == ["49"]


def test_stock_in_inspection_comes_after_its_inspection_days():
    stock = [{"item": "BOLT", "quantity": 20, "status": "inspection"}]
    orders = [("BOLT", 10, "2026-01-06"), ("BOLT", 10, "2026-01-08")]
    world = factory({}, {}, orders, {"BOLT": {"inspection_days": 3}}, more_stock=stock)
    # three working days after Monday 2026-01-05 it is Thursday
    assert requirement(world, "BOLT")[0]["net"] == "10"
    assert requirement(world, "BOLT")[1] | {"planned_receipts": "0"} == {
        "item": "BOLT", "date": "2026-01-08", "gross": "10", "scheduled_receipts": "20", "planned_receipts": "0",
        "net": "0", "safety_stock": "0", "projected_available": "10",
    }  # fmt: skip


# safety stock


def test_safety_stock_is_refilled_on_as_of_without_any_demand():
    world = factory({}, {"BOLT": 5}, [], {"BOLT": {"safety_stock": 15}})
    assert ordered(world, "BOLT", by="need_date") == [("2026-01-05", "10")]


def test_safety_stock_is_counted_once_over_several_requirements():
    orders = [("BOLT", 250, DUE), ("BOLT", 1000, "2026-02-09")]
    assert quantities(factory({}, {}, orders, {"BOLT": {"safety_stock": 100}}), "BOLT") == ["100", "250", "1000"]


def test_stock_above_safety_is_used_down_to_it():
    assert quantities(buy(50, stock=60, safety_stock=15), "BOLT") == ["5"]


def test_an_item_below_safety_stock_is_filled_up_to_its_order_up_to_level():
    world = factory({}, {"BOLT": 2}, [], {"BOLT": {"safety_stock": 10, "order_up_to": 30}})
    assert quantities(world, "BOLT") == ["28"]


# quantities: yield, minimum, multiple, maximum


def test_an_order_is_large_enough_for_its_yield():
    (order,) = plan(buy(100, yield_rate="0.9"))["planned_orders"]
    assert (order["quantity"], order["receipt_quantity"]) == ("112", "100")


def test_minimum_then_up_to_the_next_multiple():
    assert quantities(buy(16, minimum_order_quantity=50), "BOLT") == ["50"]
    assert quantities(buy(112, minimum_order_quantity=50, order_multiple=25), "BOLT") == ["125"]
    assert quantities(buy(5, minimum_order_quantity=1234, order_multiple=100), "BOLT") == ["1300"]


def test_the_maximum_splits_and_the_rest_is_an_order_of_at_least_the_minimum():
    world = buy(140, minimum_order_quantity=50, maximum_order_quantity=100)
    assert quantities(world, "BOLT") == ["100", "50"]
    assert plan(world)["requirements"][0]["projected_available"] == "10"
    assert quantities(buy(290, maximum_order_quantity=100, order_multiple=30), "BOLT") == ["90", "90", "90", "30"]


def test_parts_of_a_split_order_bring_together_what_the_whole_brings():
    rows = plan(buy(9, maximum_order_quantity=5, yield_rate="0.9"))["planned_orders"]
    assert [(row["quantity"], row["receipt_quantity"]) for row in rows] == [("5", "4"), ("5", "5")]


def test_surplus_is_carried_forward_and_used():
    orders = [("BOLT", 20, DUE), ("BOLT", 20, "2026-02-03"), ("BOLT", 20, "2026-02-04")]
    world = factory({}, {}, orders, {"BOLT": {"minimum_order_quantity": 100}})
    assert quantities(world, "BOLT") == ["100"]
    assert [row["projected_available"] for row in requirement(world, "BOLT")] == ["80", "60", "40"]


def test_quantities_are_rounded_up_to_the_items_decimals():
    assert quantities(buy("10.2"), "BOLT") == ["11"]
    assert quantities(buy("10.21", decimals=1), "BOLT") == ["10.3"]
    # a multiple that the item cannot count is not a quantity either
    assert quantities(buy(4, order_multiple="2.5"), "BOLT") == ["5"]


# components


def test_components_are_needed_for_the_planned_quantity_on_the_release_day():
    world = factory({"DESK": {"LEG": 4}}, {"DESK": 2}, [("DESK", 10, DUE)],
                    {"DESK": {"lead_time_days": 3, "order_multiple": 5, "yield_rate": "0.9"}})  # fmt: skip
    # 8 ÷ 0.9 is 9, in fives 10; three working days before Monday it is Wednesday
    assert gross(world, "LEG") == [("2026-01-28", "40")]


def test_loss_multiplies_or_divides_and_fixed_loss_comes_once_an_order():
    parts = {"DESK": {"LEG": {"quantity": 4, "loss_rate": "0.2", "fixed_loss": 3}}}
    world = factory(parts, {}, [("DESK", 10, DUE)])
    assert gross(world, "LEG") == [(DUE, "51")]
    assert gross(world, "LEG", loss="divide") == [(DUE, "53")]


def test_a_loss_of_everything_cannot_be_divided_by():
    world = factory({"DESK": {"LEG": {"quantity": 4, "loss_rate": 1}}}, {}, [("DESK", 10, DUE)])
    with pytest.raises(TotalLoss):
        plan(world, loss="divide")


def test_each_planned_order_rounds_its_need_up_by_itself():
    orders = [("TEA", 1, DUE), ("TEA", 1, "2026-02-03")]
    world = factory({"TEA": {"SUGAR": {"quantity": "0.5"}}}, {}, orders)
    assert gross(world, "SUGAR") == [(DUE, "1"), ("2026-02-03", "1")]
    # three thirds are one, not two
    third = factory({"TEA": {"SUGAR": 1}}, {}, [("TEA", 3, DUE)], headers={"TEA": {"output_quantity": 3}})
    assert gross(third, "SUGAR") == [(DUE, "1")]


def test_lines_of_the_same_component_are_rounded_up_together():
    lines = [{"bom": "TEA", "line": 1, "component": "SUGAR", "quantity": "0.5"},
             {"bom": "TEA", "line": 2, "component": "SUGAR", "quantity": "0.25", "loss_rate": "0.5"}]  # fmt: skip
    world = factory({"TEA": {"SUGAR": 1}}, {}, [("TEA", 1, DUE)], bom_lines=lines)
    assert gross(world, "SUGAR") == [(DUE, "1")]


def test_untracked_and_customer_supplied_lines_raise_no_need():
    parts = {"LEG": 4, "GREASE": {"quantity": 1, "issue_method": "none"},
             "PLATE": {"quantity": 1, "supplied_by": "customer"}}  # fmt: skip
    world = factory({"DESK": parts}, {}, [("DESK", 10, DUE)])
    assert {row["item"] for row in plan(world)["planned_orders"]} == {"DESK", "LEG"}


def test_bills_and_lines_are_picked_by_effectivity_on_the_release_day_the_highest_version_first():
    tables = {
        "boms": [{"bom": "V1", "item": "DESK", "version": 1},
                 {"bom": "V2", "item": "DESK", "version": 2, "effective_from": "2026-02-01"}],
        "bom_lines": [{"bom": "V1", "line": 1, "component": "LEG", "quantity": 4},
                      {"bom": "V2", "line": 1, "component": "FOOT", "quantity": 4},
                      {"bom": "V2", "line": 2, "component": "CAP", "quantity": 4, "effective_to": "2026-02-10"}],
    }  # fmt: skip
    orders = [("DESK", 1, "2026-02-02"), ("DESK", 1, "2026-02-10"), ("DESK", 1, "2026-02-20")]
    items = {"DESK": {"lead_time_days": 5, "sourcing": "make"}, "LEG": {}, "FOOT": {}, "CAP": {}}
    world = factory({}, {}, orders, items, **tables)
    # released on 2026-01-26, 2026-02-03 and 2026-02-13
    assert gross(world, "LEG") == [("2026-01-26", "4")]
    assert gross(world, "FOOT") == [("2026-02-03", "4"), ("2026-02-13", "4")]
    assert gross(world, "CAP") == [("2026-02-03", "4")]


def test_a_cycle_is_refused_with_its_path():
    world = factory({"A-100": {"B-7": 1}, "B-7": {"A-100": 1}}, {}, [("A-100", 1, DUE)])
    with pytest.raises(CyclicBillOfMaterials, match="A-100 → B-7 → A-100; remove one line"):
        plan(world)


def test_the_bill_of_a_bought_item_is_not_exploded():
    world = factory({"DESK": {"LEG": 4}}, {}, [("DESK", 1, DUE)], {"DESK": {"sourcing": "buy"}})
    assert [row["item"] for row in plan(world)["planned_orders"]] == ["DESK"]


# phantoms

KIT = {"BIKE": {"KIT": 2}, "KIT": {"BOLT": 3}}
PHANTOM = {"KIT": {"phantom": "yes"}}


def test_a_phantom_is_blown_through_and_never_ordered():
    world = factory(KIT, {}, [("BIKE", 5, DUE)], headers=PHANTOM)
    assert {row["item"]: row["quantity"] for row in plan(world)["planned_orders"]} == {"BIKE": "5", "BOLT": "30"}
    peg = next(row for row in plan(world)["pegs"] if row["item"] == "BOLT")
    assert (peg["demand_kind"], peg["demand"]) == ("planned_order", "PLAN-BIKE-1")


def test_the_stock_of_a_phantom_is_used_first_and_once():
    orders = [("BIKE", 2, DUE), ("BIKE", 3, "2026-02-03")]
    world = factory(KIT, {"KIT": 7}, orders, headers=PHANTOM)
    # kits: 4 of 7 for the first bikes, 3 for the second, whose other 3 are made up of 9 bolts
    assert gross(world, "KIT") == [(DUE, "4"), ("2026-02-03", "3")]
    assert gross(world, "BOLT") == [("2026-02-03", "9")]
    assert gross(world, "BOLT", phantom_stock="ignore") == [(DUE, "12"), ("2026-02-03", "18")]


def test_a_phantom_that_a_customer_orders_passes_the_order_line_through():
    world = factory({"KIT": {"BOLT": 3}}, {"KIT": 1}, [("KIT", 5, DUE)], headers=PHANTOM)
    pegs = [(row["item"], row["demand"], row["line"], row["quantity"]) for row in plan(world)["pegs"]]
    assert pegs == [("BOLT", "SO-1", 10, "12"), ("KIT", "SO-1", 10, "1")]


def test_fractions_of_a_phantom_are_not_rounded_on_the_way_through():
    # a third of a kit of 30 bolts each is 10 bolts
    world = factory({"BIKE": {"KIT": 1}, "KIT": {"BOLT": 30}}, {}, [("BIKE", 1, DUE)],
                    headers={"KIT": {"phantom": "yes"}, "BIKE": {"output_quantity": 3}})  # fmt: skip
    assert gross(world, "BOLT") == [(DUE, "10")]


# results


def test_pegs_lead_from_supply_to_demand_by_date_priority_and_number():
    orders = [("BOLT", 10, DUE, 3), ("BOLT", 10, DUE, 1), ("BOLT", 10, DUE, 3), ("BOLT", 5, "2026-01-30", 9)]
    found = plan(factory({}, {"BOLT": 18}, orders))["pegs"]
    assert [(row["supply_kind"], row["demand"], row["quantity"]) for row in found] == [
        ("stock", "SO-4", "5"), ("stock", "SO-2", "10"), ("stock", "SO-1", "3"),
        ("planned_order", "SO-1", "7"), ("planned_order", "SO-3", "10"),
    ]  # fmt: skip


def test_the_order_of_the_input_rows_does_not_matter():
    parts = {"DESK": {"LEG": 4, "TOP": 1}, "CHAIR": {"LEG": 4}}
    world = factory(parts, {"LEG": 3, "TOP": 1}, [("DESK", 5, DUE), ("CHAIR", 2, DUE), ("DESK", 1, "2026-02-20")])
    turned = {name: frame.iloc[::-1] for name, frame in world.items()}
    first, second = plan_materials(world, AS_OF, {}), plan_materials(turned, AS_OF, {})
    for name, frame in first.items():
        pd.testing.assert_frame_equal(frame, second[name])


def test_the_world_is_left_as_it_was():
    world = factory(KIT, {"KIT": 1}, [("BIKE", 5, DUE)], headers=PHANTOM)
    before = {name: frame.copy() for name, frame in world.items()}
    plan_materials(world, AS_OF, {})
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, world[name])


def test_an_empty_world_has_an_empty_plan_with_all_columns():
    frames = plan_materials(world_of({}), AS_OF, {})
    assert all(frame.empty for frame in frames.values())
    assert {"number", "item", "kind", "quantity_micro", "reason"} <= set(frames["planned_orders"])
    assert {"supply_kind", "supply", "demand_kind", "demand", "line"} <= set(frames["pegs"])


def test_rows_of_unknown_items_are_refused_and_the_rest_is_planned():
    world = buy(5)
    line = world["sales_order_lines"].iloc[[0]].assign(line=20, item="NUT")
    forecast = pd.DataFrame({"item": pd.Series(["NUT"], dtype="str"), "quantity_micro": [1],
                             "date": pd.to_datetime(["2026-02-02"]).astype("datetime64[s]")})  # fmt: skip
    world |= {"sales_order_lines": pd.concat([world["sales_order_lines"], line]), "forecasts": forecast}
    found = plan(world)
    assert [row["quantity"] for row in found["planned_orders"]] == ["5"]
    assert {(row["table"], row["value"]) for row in found["refused"]} == {
        ("sales_order_lines", "NUT"), ("forecasts", "NUT"),
    }  # fmt: skip


def test_an_unknown_policy_is_refused():
    with pytest.raises(UnknownPolicy):
        plan_materials(buy(5), date(2026, 1, 5), {"loss": "add"})


def test_a_year_of_ten_is_planned_like_any_other():
    world = buy(5, due="2035-12-31")
    assert ordered(world, "BOLT") == [("2035-12-31", "5")]
