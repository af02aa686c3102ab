"""Exceptions of a plan: each kind with its quantity, its date, the remedy, and the days and money at risk."""

from plans import exceptions, firm, plan
from small_factory import factory

DUE = "2026-02-02"
SUPPLIER = {"suppliers": [{"supplier": "S", "name": "S"}],
            "purchase_orders": [{"order": "PO-1", "supplier": "S", "order_date": "2025-12-01"}]}  # fmt: skip


def incoming(demand: list, due: str, stock=0, quantity=20, **bolt):
    line = {"order": "PO-1", "line": 3, "item": "BOLT", "quantity": quantity, "due_date": due}
    offers = [{"supplier": "S", "item": "BOLT", "price": 1, "lead_time_days": 5}]
    return factory({}, {"BOLT": stock}, [("BOLT", *row) for row in demand], {"BOLT": bolt}, **SUPPLIER,
                   supplier_items=offers, purchase_order_lines=[line])  # fmt: skip


def kinds(world) -> set[str]:
    return {row["kind"] for row in plan(world)["exceptions"]}


def test_a_receipt_that_is_needed_earlier_is_to_be_expedited():
    (found,) = exceptions(incoming([(20, DUE)], "2026-02-20"), "expedite")
    assert (found["order"], found["line"], found["item"], found["date"], found["quantity"]) == (
        "PO-1", 3, "BOLT", DUE, "20",
    )  # fmt: skip
    assert found["message"] == "due on 2026-02-20, needed on 2026-02-02: ask for it earlier, else the plan orders anew"


def test_a_receipt_that_is_needed_later_is_to_be_deferred():
    (found,) = exceptions(incoming([(10, DUE), (20, "2026-03-02")], "2026-02-02", stock=10), "defer")
    assert (found["order"], found["date"]) == ("PO-1", "2026-03-02")


def test_a_receipt_that_nothing_needs_is_to_be_cancelled():
    (found,) = exceptions(incoming([(10, DUE)], "2026-02-02", stock=10), "cancel")
    assert (found["order"], found["quantity"]) == ("PO-1", "20")
    assert found["message"] == "due on 2026-02-02, nothing needs it: cancel it"


def test_a_receipt_on_the_day_of_its_need_is_quiet_and_safety_stock_is_a_need_of_today():
    assert kinds(incoming([(20, DUE)], DUE)) == set()
    world = incoming([], DUE, quantity=5, safety_stock=5)
    assert kinds(world) == {"expedite", "below_safety_stock", "past_due_release"}
    (found,) = exceptions(world, "expedite")
    assert "needed on 2026-01-05 for the safety stock" in found["message"]


def test_only_what_is_needed_before_the_receipt_is_to_be_expedited():
    (found,) = exceptions(incoming([(6, DUE), (14, "2026-03-02")], "2026-02-20"), "expedite")
    assert (found["date"], found["quantity"], found["value"]) == (DUE, "6", "6")
    assert found["message"].startswith("due on 2026-02-20, 6 of them needed on 2026-02-02: ask for it earlier")


def test_a_receipt_of_which_a_part_is_needed_is_to_be_reduced_by_the_rest():
    world = incoming([(60, DUE)], DUE, quantity=100)
    (found,) = plan(world)["exceptions"]
    assert (found["kind"], found["order"], found["quantity"], found["value"]) == ("cancel", "PO-1", "40", "40")
    assert found["message"] == "due on 2026-02-02, only 60 of 100 are needed: reduce it by 40"


def test_what_the_smallest_order_brings_anyway_is_not_to_be_reduced():
    assert kinds(incoming([(60, DUE)], DUE, quantity=100, minimum_order_quantity=100)) == set()
    (found,) = plan(incoming([(60, DUE)], DUE, quantity=100, order_multiple=45))["exceptions"]
    assert (found["kind"], found["quantity"]) == ("cancel", "10")
    assert kinds(incoming([(60, DUE)], DUE, quantity=100, order_up_to=40, safety_stock=0)) == set()


def test_an_early_receipt_that_is_too_large_is_to_be_deferred_and_reduced():
    found = plan(incoming([(60, "2026-03-02")], DUE, quantity=100))["exceptions"]
    assert [(row["kind"], row["date"], row["quantity"]) for row in found] == [
        ("defer", "2026-03-02", "60"), ("cancel", DUE, "40"),
    ]  # fmt: skip


def test_an_overdue_receipt_is_told_once_with_what_should_become_of_it():
    unneeded, later, short = (
        plan(incoming(demand, "2026-01-02"))["exceptions"] for demand in ([], [(20, DUE)], [(15, "2026-01-05")])
    )
    assert [row["kind"] for row in (*unneeded, *later, *short)] == ["overdue_receipt"] * 3
    assert unneeded[0]["message"].endswith("nothing needs them: cancel them")
    assert later[0]["message"].endswith("first needed on 2026-02-02: agree that date")
    assert short[0]["message"].endswith("reduce them by 5")
    assert (later[0]["days"], later[0]["value"]) == (1, "20")


def test_firm_orders_are_moved_and_missed_like_documents():
    kept = firm(number="PLAN-BOLT-1", item="BOLT", kind="purchase", quantity_micro=20 * 10**6,
                receipt_quantity_micro=20 * 10**6, release_date="2025-12-31", due_date="2026-02-20")  # fmt: skip
    world = factory({}, {}, [("BOLT", 20, DUE)], {"BOLT": {"lead_time_days": 2}}) | {"planned_orders": kept}
    found = {row["kind"]: row for row in plan(world)["exceptions"]}
    assert found["expedite"]["message"].endswith("needed on 2026-02-02: move it earlier, else the plan orders anew")
    assert (found["past_due_release"]["order"], found["past_due_release"]["days"]) == ("PLAN-BOLT-1", 3)


def test_a_release_in_the_past_is_flagged_with_the_earliest_day_it_can_be_there():
    world = factory({"DESK": {}}, {}, [("DESK", 1, "2026-01-07")], {"DESK": {"lead_time_days": 5}})
    (found,) = exceptions(world, "past_due_release")
    assert (found["order"], found["date"]) == ("PLAN-DESK-1", "2026-01-12")
    assert found["message"].startswith(
        "should have been released on 2025-12-31 for 2026-01-07; released today it comes"
    )


def test_past_demand_and_overdue_receipts_are_flagged():
    found = plan(incoming([(20, "2026-01-02")], "2026-01-02"))["exceptions"]
    flagged = {row["kind"]: (row["order"], row["line"], row["date"]) for row in found}
    assert flagged["past_due_demand"] == ("SO-1", 10, "2026-01-02")
    assert flagged["overdue_receipt"] == ("PO-1", 3, "2026-01-02")


def test_stock_below_safety_stock_is_told_with_the_shortfall():
    world = factory({}, {"BOLT": 5}, [], {"BOLT": {"safety_stock": 15}})
    (found,) = exceptions(world, "below_safety_stock")
    assert (found["item"], found["date"], found["quantity"]) == ("BOLT", "2026-01-05", "10")


def test_items_without_bill_supplier_or_lead_time_are_planned_and_told_once():
    orders = [("DESK", 1, DUE), ("DESK", 2, "2026-02-09"), ("BOLT", 5, DUE)]
    world = factory({}, {}, orders, {"DESK": {"sourcing": "make"}})
    found = {(row["kind"], row["item"]): (row["order"], row["quantity"]) for row in plan(world)["exceptions"]}
    assert found == {
        ("no_bom", "DESK"): ("PLAN-DESK-1", "3"),
        ("no_lead_time", "DESK"): ("PLAN-DESK-1", "3"),
        ("no_supplier", "BOLT"): ("PLAN-BOLT-1", "5"),
        ("no_lead_time", "BOLT"): ("PLAN-BOLT-1", "5"),
    }
    assert len(plan(world)["planned_orders"]) == 3


def test_a_late_part_makes_the_order_line_late_through_all_levels():
    items = {"DESK": {"lead_time_days": 2}, "FRAME": {"lead_time_days": 1}, "TUBE": {"lead_time_days": 10}}
    world = factory({"DESK": {"FRAME": 1}, "FRAME": {"TUBE": 4}}, {}, [("DESK", 1, "2026-01-12")], items)
    (found,) = exceptions(world, "late_order")
    # the tube comes ten working days from Monday the 5th, on the 19th; one day for the frame, two for the desk
    assert (found["order"], found["line"], found["date"]) == ("SO-1", 10, "2026-01-22")
    assert found["message"].endswith("it waits for TUBE of PLAN-TUBE-1; expedite that, or promise the later date")


def test_a_line_that_stock_serves_is_not_late():
    world = factory({"DESK": {"FRAME": 1}}, {"DESK": 1}, [("DESK", 1, "2026-01-06"), ("DESK", 1, "2026-01-07")],
                    {"DESK": {"lead_time_days": 5}, "FRAME": {"lead_time_days": 0}})  # fmt: skip
    assert [row["order"] for row in exceptions(world, "late_order")] == ["SO-2"]


def test_a_work_center_that_is_asked_for_more_than_its_hours_is_overloaded():
    tables = {"work_centers": [{"work_center": "SAW", "capacity_hours": 8}],
              "operations": [{"item": "DESK", "operation": "10", "work_center": "SAW", "setup_hours": 1,
                              "run_hours_per_unit": 1}]}  # fmt: skip
    world = factory({"DESK": {}}, {}, [("DESK", 40, DUE)], {"DESK": {"lead_time_days": 5}}, **tables)
    (found,) = exceptions(world, "overload")
    # 1 + 40 hours against five days of 8
    assert (found["order"], found["date"], found["quantity"]) == ("SAW", "2026-01-26", "1")
    week = plan(world)["load"][-1]
    assert (week["hours"], week["capacity"], week["overload"], week["room_week"]) == ("41", "40", "1", DUE)
    assert found["message"] == (
        "work center SAW has 40 hours in the week of 2026-01-26 and is asked for 41 by PLAN-DESK-1 41; SO-1/10 waits "
        "for them; the 1 too many find room in the week of 2026-02-02, 5 working days later: add shifts, start some "
        "earlier, or promise the later date"
    )


def test_a_work_center_without_hours_gives_no_lead_time():
    centers = [{"work_center": "SAW", "capacity_hours": 0}]
    operations = [{"item": "DESK", "operation": "10", "work_center": "SAW", "run_hours_per_unit": 1}]
    world = factory({"DESK": {}}, {}, [("DESK", 4, DUE)], work_centers=centers, operations=operations)
    (order,) = plan(world)["planned_orders"]
    assert order["release_date"] == DUE
    assert [row["item"] for row in exceptions(world, "no_lead_time")] == ["DESK"]


def test_a_work_order_that_is_done_takes_no_hours():
    tables = {"work_centers": [{"work_center": "SAW", "capacity_hours": 8}],
              "operations": [{"item": "DESK", "operation": "10", "work_center": "SAW", "setup_hours": 1,
                              "run_hours_per_unit": 1}],
              "work_orders": [{"order": "WO-1", "item": "DESK", "quantity": 4, "completed_quantity": 4,
                               "start_date": "2026-01-12", "due_date": "2026-01-13"}]}  # fmt: skip
    assert plan(factory({"DESK": {}}, {}, [], {"DESK": {"lead_time_days": 5}}, **tables))["load"] == []


def test_the_most_pressing_kind_comes_first():
    world = incoming([(20, "2026-01-02")], "2026-01-02")
    assert [row["kind"] for row in plan(world)["exceptions"]] == ["past_due_demand", "overdue_receipt"]


def test_an_open_order_whose_components_are_overdue_is_told_once_and_is_no_waiting_customer():
    parts = {"WO-1": ("TOP", "LEG", "BOLT"), "WO-2": ("TOP",)}
    rows = [{"order": order, "item": item, "quantity": 2} for order, items in parts.items() for item in items]
    works = [
        {"order": order, "item": "DESK", "quantity": 1, "start_date": "2026-01-01", "due_date": DUE} for order in parts
    ]
    items = {"TOP": {"standard_cost": 30}, "LEG": {"standard_cost": 5}, "DESK": {"lead_time_days": 1}}
    world = factory({"DESK": {"TOP": 2}}, {"TOP": 9, "LEG": 9, "BOLT": 9}, [("DESK", 2, DUE)], items, work_orders=works,
                    work_order_components=rows)  # fmt: skip
    found = exceptions(world, "past_due_demand")
    assert [(row["order"], row["item"], row["quantity"], row["days"], row["value"]) for row in found] == [
        ("WO-1", "TOP", "2", 2, "70"), ("WO-2", "TOP", "2", 2, "60"),
    ]  # fmt: skip
    assert [row["message"] for row in found] == [
        "2 TOP and 2 more components were to be issued on 2026-01-01; planned for today: do it, or move the order",
        "2 TOP were to be issued on 2026-01-01; planned for today: do it, or move the order",
    ]


def test_a_receipt_is_needed_on_the_day_on_which_the_safety_stock_of_the_season_begins():
    world = incoming([], "2026-02-20", stock=5)
    levels = [{"item": "BOLT", "effective_from": DUE, "quantity": 25},
              {"item": "BOLT", "effective_from": "2026-03-02", "quantity": 0}]  # fmt: skip
    world["safety_stocks"] = factory({}, {}, [], {"BOLT": {}}, safety_stocks=levels)["safety_stocks"]
    (found,) = exceptions(world, "expedite")
    assert (found["order"], found["date"], found["quantity"]) == ("PO-1", DUE, "20")
    # what the season asked for is not spare when it is over
    assert "cancel" not in kinds(world)


def test_a_level_of_safety_stock_that_holds_already_is_what_stock_is_below():
    world = incoming([(1, "2026-06-01")], "2026-01-06", stock=5, safety_stock=5)
    levels = [{"item": "BOLT", "effective_from": "2025-12-01", "quantity": 8}]
    world["safety_stocks"] = factory({}, {}, [], {"BOLT": {}}, safety_stocks=levels)["safety_stocks"]
    (found,) = exceptions(world, "below_safety_stock")
    assert found["quantity"] == "3"
