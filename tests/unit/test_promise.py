"""Promise dates: stock, receipts, the forward pass, and nothing promised twice."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.low_level_codes import CyclicBillOfMaterials
from calculations.promise import promise_lines
from small_factory import factory
from support import examples, frame_rows, shared

AS_OF = date(2026, 1, 5)  # a Monday
SOON, LATER = "2026-01-12", "2026-03-02"


def promises(world, as_of=AS_OF, **policies):
    rows = frame_rows(promise_lines(world, as_of, policies)["promises"])
    return [(row["order"], row["promised_date"], row["quantity"], row["decision"], row["bottleneck"]) for row in rows]


def buys(*rows):
    return {
        "suppliers": [{"supplier": "V", "name": "V"}],
        "purchase_orders": [{"order": order, "supplier": "V", "order_date": "2025-12-01"} for order, *_ in rows],
        "purchase_order_lines": [
            {"order": order, "line": 1, "item": item, "quantity": quantity, "due_date": due}
            for order, item, quantity, due in rows
        ],
    }


def lead(**days):
    return {item: {"lead_time_days": count} for item, count in days.items()}


def test_what_is_in_stock_is_promised_for_the_day_the_customer_wants_it():
    world = factory({}, {"LAMP": 5}, [("LAMP", 5, SOON)])
    assert promises(world) == [("SO-1", SOON, "5", "accept", "")]


def test_a_receipt_in_time_counts_and_one_too_late_splits_the_line():
    world = factory({}, {"LAMP": 5}, [("LAMP", 9, SOON)], **buys(("PO-1", "LAMP", 4, "2026-01-09")))
    assert promises(world) == [("SO-1", SOON, "9", "accept", "")]
    world = factory({}, {"LAMP": 5}, [("LAMP", 9, SOON)], **buys(("PO-1", "LAMP", 4, "2026-01-19")))
    assert promises(world) == [
        ("SO-1", SOON, "5", "partial", ""), ("SO-1", "2026-01-19", "4", "partial", "LAMP"),
    ]  # fmt: skip


def test_an_order_of_a_customer_who_takes_it_complete_is_promised_for_one_day():
    lines = [{"order": order, "line": line, "item": item, "quantity": 4, "due_date": due}
             for order, line, item, due in (("SO-1", 10, "LAMP", SOON), ("SO-2", 10, "LAMP", SOON),
                                            ("SO-2", 20, "BELL", LATER))]  # fmt: skip
    orders = [{"order": order, "customer": "C", "order_date": "2026-01-02"} for order in ("SO-1", "SO-2")]
    orders[0]["delivery"] = "partial"
    world = factory({}, {"LAMP": 6}, [], lead(LAMP=10, BELL=2), sales_orders=orders, sales_order_lines=lines,
                    customers=[{"customer": "C", "name": "C", "delivery": "complete"}])  # fmt: skip
    assert promises(world) == [
        ("SO-1", SOON, "4", "accept", ""), ("SO-2", LATER, "4", "later", ""), ("SO-2", LATER, "4", "accept", ""),
    ]  # fmt: skip


def test_what_never_comes_has_no_date():
    world = factory({}, {"LAMP": 5}, [("LAMP", 10, SOON), ("LAMP", 1, LATER)],
                    **buys(("PO-1", "LAMP", 2, "2026-01-19")))  # fmt: skip
    assert promises(world) == [
        ("SO-1", SOON, "5", "partial", ""),
        ("SO-1", "2026-01-19", "2", "partial", "LAMP"),
        ("SO-1", None, "3", "partial", "LAMP"),
        ("SO-2", None, "1", "later", "LAMP"),
    ]


def test_a_bought_item_takes_its_lead_time_in_working_days():
    world = factory({}, {}, [("LAMP", 1, SOON)], lead(LAMP=10))
    assert promises(world) == [("SO-1", "2026-01-19", "1", "later", "LAMP")]
    closed = {"calendar": [{"date": "2026-01-06", "working": "no"}]}
    world = factory({}, {}, [("LAMP", 1, SOON)], lead(LAMP=10), **closed)
    assert promises(world)[0][1] == "2026-01-20"


def test_a_blank_lead_time_is_the_suppliers_with_the_first_priority():
    sources = {
        "suppliers": [{"supplier": code, "name": code} for code in ("NEAR", "FAR")],
        "supplier_items": [
            {"supplier": "FAR", "item": "LAMP", "price": 1, "priority": 2, "lead_time_days": 1},
            {"supplier": "NEAR", "item": "LAMP", "price": 1, "priority": 1, "lead_time_days": 3},
        ],
    }
    assert promises(factory({}, {}, [("LAMP", 1, "2026-01-05")], **sources))[0][1] == "2026-01-08"


def test_a_blank_lead_time_of_a_made_item_is_its_routings():
    routing = {
        "work_centers": [{"work_center": "SAW", "capacity_hours": 8}],
        "operations": [{"item": "TABLE", "operation": 10, "work_center": "SAW", "setup_hours": 2,
                        "run_hours_per_unit": "0.5"}],
    }  # fmt: skip
    world = factory({"TABLE": {"LEG": 4}}, {"LEG": 99}, [("TABLE", 12, "2026-01-05")], **routing)
    assert promises(world)[0][1] == "2026-01-06"  # 2 + 6 hours: one day
    world = factory({"TABLE": {"LEG": 4}}, {"LEG": 99}, [("TABLE", 13, "2026-01-05")], **routing)
    assert promises(world)[0][1] == "2026-01-07"


def test_making_starts_when_the_last_component_is_there_and_names_it():
    bills = {"TABLE": {"TOP": 1, "LEG": 4}}
    world = factory(bills, {"TOP": 5}, [("TABLE", 2, SOON)], lead(TABLE=5, TOP=20, LEG=10))
    assert promises(world) == [("SO-1", "2026-01-26", "2", "later", "LEG")]
    world = factory(bills, {"TOP": 5, "LEG": 8}, [("TABLE", 2, "2026-01-09")], lead(TABLE=5, TOP=20, LEG=10))
    assert promises(world) == [("SO-1", "2026-01-12", "2", "later", "TABLE")]


def test_an_earlier_receipt_of_a_component_is_used_before_a_new_order():
    bills = {"TABLE": {"LEG": 4}}
    early, far = ("PO-1", "LEG", 6, "2026-01-07"), ("PO-2", "LEG", 90, "2026-06-01")
    world = factory(bills, {}, [("TABLE", 1, SOON), ("TABLE", 1, SOON)], lead(TABLE=5, LEG=10), **buys(early, far))
    assert promises(world) == [
        ("SO-1", "2026-01-14", "1", "later", "LEG"),  # four of PO-1
        ("SO-2", "2026-01-26", "1", "later", "LEG"),  # two of PO-1, two new; PO-2 comes far too late
    ]


def test_a_component_is_never_promised_twice():
    bills = {"TABLE": {"LEG": 4}, "STOOL": {"LEG": 3}}
    world = factory(bills, {"LEG": 6}, [("STOOL", 1, "2026-01-07"), ("TABLE", 1, SOON)],
                    lead(TABLE=1, STOOL=1, LEG=10))  # fmt: skip
    assert promises(world) == [
        ("SO-1", "2026-01-07", "1", "accept", ""), ("SO-2", "2026-01-20", "1", "later", "LEG"),
    ]  # fmt: skip


def test_a_component_without_any_source_is_named_and_the_stock_left_to_others():
    bills = {"TABLE": {"GEM": 1, "LEG": 4}, "STOOL": {"LEG": 3}}
    world = factory(bills, {"LEG": 4}, [("TABLE", 1, SOON), ("STOOL", 1, SOON)], lead(TABLE=1, STOOL=1))
    assert promises(world) == [("SO-1", None, "1", "later", "GEM"), ("SO-2", SOON, "1", "accept", "")]


def test_lines_are_served_by_due_date_priority_and_number():
    world = factory({}, {"LAMP": 1}, [("LAMP", 1, LATER), ("LAMP", 1, SOON), ("LAMP", 1, SOON, 1)])
    assert [(order, decision) for order, _, _, decision, _ in promises(world)] == [
        ("SO-3", "accept"), ("SO-2", "later"), ("SO-1", "later"),
    ]  # fmt: skip


def test_a_date_in_the_past_is_promised_for_today():
    world = factory({}, {"LAMP": 2}, [("LAMP", 2, "2026-01-02"), ("LAMP", 1, "2026-01-03")], lead(LAMP=5))
    assert promises(world) == [
        ("SO-1", "2026-01-05", "2", "later", ""), ("SO-2", "2026-01-12", "1", "later", "LAMP"),
    ]  # fmt: skip


def test_components_of_open_work_orders_are_not_promised_again():
    bills = {"TABLE": {"LEG": 4}}
    orders = {
        "work_orders": [
            {"order": "WO-1", "item": "TABLE", "quantity": 2, "start_date": "2026-01-05", "due_date": "2026-01-09"}
        ]
    }
    wanted = [("TABLE", 2, SOON), ("TABLE", 1, SOON)]
    world = factory(bills, {"LEG": 8}, wanted, lead(TABLE=1, LEG=10), **orders)
    assert promises(world) == [("SO-1", SOON, "2", "accept", ""), ("SO-2", "2026-01-20", "1", "later", "LEG")]
    issued = [{"order": "WO-1", "item": "LEG", "quantity": 8, "issued_quantity": 8}]
    world = factory(bills, {"LEG": 8}, wanted, lead(TABLE=1, LEG=10), work_order_components=issued, **orders)
    assert promises(world)[1] == ("SO-2", SOON, "1", "accept", "")


def test_yield_and_inspection_take_their_share_and_safety_stock_does_not():
    items = {
        "TABLE": {"lead_time_days": 2, "yield_rate": "0.5", "safety_stock": 50},
        "LEG": {"lead_time_days": 10, "inspection_days": 1, "minimum_order_quantity": 100, "safety_stock": 9},
    }
    world = factory({"TABLE": {"LEG": 1}}, {"LEG": 2}, [("TABLE", 1, LATER), ("TABLE", 1, LATER)], items)
    assert [row[3] for row in promises(world)] == ["accept", "accept"]
    soon = factory({"TABLE": {"LEG": 1}}, {"LEG": 3}, [("TABLE", 1, SOON), ("TABLE", 1, SOON)], items)
    assert [row[1] for row in promises(soon)] == [SOON, "2026-01-22"]  # 2 legs, then 10 + 1 + 2 days


def test_phantoms_take_no_time_and_their_stock_goes_first():
    bills = {"BIKE": {"KIT": 1}, "KIT": {"NUT": 3}}
    phantom = {"KIT": {"phantom": "yes"}}
    items = lead(BIKE=1, KIT=50, NUT=10)
    world = factory(bills, {"KIT": 1, "NUT": 3}, [("BIKE", 2, SOON), ("BIKE", 1, SOON)], items, phantom)
    assert [row[1] for row in promises(world)] == [SOON, "2026-01-20"]


def test_untracked_and_customer_supplied_lines_are_not_waited_for():
    parts = {"OIL": {"quantity": 1, "issue_method": "none"}, "LOGO": {"quantity": 1, "supplied_by": "customer"}}
    world = factory({"TABLE": {**parts, "LEG": 1}}, {"LEG": 1}, [("TABLE", 1, SOON)], lead(TABLE=1))
    assert promises(world) == [("SO-1", SOON, "1", "accept", "")]


def test_an_item_that_contains_itself_is_named_with_its_path():
    world = factory({"A": {"B": 1}, "B": {"A": 1}}, {}, [("A", 1, SOON)], lead(A=1, B=1))
    with pytest.raises(CyclicBillOfMaterials, match="A → B → A"):
        promises(world)


# published cases; theirs counts calendar days, seven of which are five working days


def case(name: str) -> dict:
    found = json.loads(shared("cases", "planning.json").read_text())
    return next(case for case in found if case["id"] == name)


def test_case_capable_to_promise():
    found = case("tb_capable_to_promise")
    orders = [("P", quantity, row["due"]) for quantity, row in zip((5, 10, 19), found["promise"], strict=True)]
    world = factory({"P": {"E": 2}}, {}, orders, lead(P=10, E=5))
    rows = promises(world, date.fromisoformat(found["today"]))
    assert [row[1] for row in rows] == [row["promised"] for row in found["promise"]]


def test_case_stock_now_and_the_rest_after_the_suppliers_lead_time():
    found = case("fp_buy_min_and_multiple_ctp")
    orders = [("A", 100, row["due"]) for row in found["promise"]]
    rows = promises(factory({}, {"A": 10}, orders, lead(A=15)), date.fromisoformat(found["today"]))
    deliveries = [[day, int(quantity)] for row in found["promise"] for day, quantity in row["deliveries"]]
    assert [[row[1], int(row[2])] for row in rows] == deliveries


def test_case_allocation_with_late_supply():
    found = case("fp_allocation_with_late_supply")
    (first, now), (second, late) = found["given"]["supply"]
    promise = found["promise"][0]
    others = now - promise["deliveries"][0][1]
    asked = sum(quantity for _, quantity in promise["deliveries"]) + promise["short"]
    orders = [("I3", others, first), ("I3", asked, promise["due"])]
    world = factory({}, {"I3": now}, orders, **buys(("PO-1", "I3", late, second)))
    rows = promises(world, date.fromisoformat(found["today"]))[1:]
    assert [[row[1], int(row[2])] for row in rows] == [*promise["deliveries"], [None, promise["short"]]]


def test_case_uncommitted_stock_of_a_master_schedule():
    """The first cell of the pump case: 64 on hand less the orders 33 and 20 leave 11 to promise before the next lot."""
    found = json.loads(shared("cases", "textbook.json").read_text())
    given_ = next(case for case in found if case["id"] == "atp-01-pumps")["given"]
    booked = given_["orders"][:2]
    orders = [("PUMP", quantity, due) for quantity, due in zip(booked, ("2026-01-05", "2026-01-12"), strict=True)]
    lot = buys(("PO-1", "PUMP", given_["lot"], "2026-01-19"))
    world = factory({}, {"PUMP": given_["on_hand"]}, [*orders, ("PUMP", 12, "2026-01-13")], **lot)
    assert promises(world)[2:] == [
        ("SO-3", "2026-01-13", "11", "partial", ""), ("SO-3", "2026-01-19", "1", "partial", "PUMP"),
    ]  # fmt: skip


# laws


@examples(40)
@given(
    st.lists(st.tuples(st.sampled_from(["TABLE", "LEG"]), st.integers(1, 9), st.integers(6, 28)), min_size=1),
    st.integers(0, 20),
    st.integers(0, 9),
    st.lists(st.tuples(st.sampled_from(["TABLE", "LEG"]), st.integers(1, 9), st.integers(6, 28)), max_size=4),
    st.sampled_from([None, 8]),
)
def test_parts_sum_to_the_line_and_dated_parts_without_new_supply_to_no_more_than_there_is(
    wanted, legs, tables, coming, leg_days
):
    orders = [(item, quantity, f"2026-01-{day:02d}") for item, quantity, day in wanted]
    receipts = [
        (f"PO-{place}", item, quantity, f"2026-01-{day:02d}") for place, (item, quantity, day) in enumerate(coming)
    ]
    items = {"TABLE": {"lead_time_days": 2}, "LEG": {"lead_time_days": leg_days or ""}}
    world = factory({"TABLE": {"LEG": 2}}, {"LEG": legs, "TABLE": tables}, orders, items, **buys(*receipts))
    rows = frame_rows(promise_lines(world, AS_OF, {})["promises"])
    for place, (_, quantity, due) in enumerate(orders, start=1):
        parts = [row for row in rows if row["order"] == f"SO-{place}"]
        assert sum(int(part["quantity"]) for part in parts) == quantity
        assert all(part["promised_date"] is None or part["promised_date"] >= due for part in parts)
        assert (parts[0]["decision"] == "accept") == (len(parts) == 1 and parts[0]["promised_date"] == due)
        if leg_days:
            assert all(part["promised_date"] for part in parts)
    if leg_days is None:
        dated = {"TABLE": 0, "LEG": 0}
        for row in rows:
            dated[row["item"]] += int(row["quantity"]) if row["promised_date"] else 0
        there = {"TABLE": tables, "LEG": legs}
        for item, quantity, _ in coming:
            there[item] += quantity
        assert dated["LEG"] <= there["LEG"]
        assert dated["LEG"] + 2 * max(0, dated["TABLE"] - there["TABLE"]) <= there["LEG"]


def test_a_quantity_dependent_lead_time_is_worked_out_for_each_line():
    routing = {
        "suppliers": [{"supplier": "V", "name": "V"}],
        "supplier_items": [{"supplier": "V", "item": "TABLE", "price": 1, "lead_time_days": 3}],
        "work_centers": [{"work_center": "SAW", "capacity_hours": 8}],
        "operations": [{"item": "TABLE", "operation": 10, "work_center": "SAW", "run_hours_per_unit": 1}],
    }
    world = factory({"TABLE": {"LEG": 4}}, {}, [("TABLE", 8, "2026-01-05"), ("TABLE", 32, "2026-01-05")],
                    {"LEG": {"lead_time_days": 0}}, **routing)  # fmt: skip
    assert [row[1] for row in promises(world)] == ["2026-01-06", "2026-01-09"]


def test_goods_in_inspection_are_there_after_their_inspection_days():
    waiting = [{"item": "LAMP", "quantity": 4, "status": "inspection"}]
    items = {"LAMP": {"lead_time_days": 20, "inspection_days": 2}}
    world = factory({}, {}, [("LAMP", 3, "2026-01-06"), ("LAMP", 1, "2026-01-09")], items, more_stock=waiting)
    assert promises(world) == [("SO-1", "2026-01-07", "3", "later", "LAMP"), ("SO-2", "2026-01-09", "1", "accept", "")]


def sawn(orders, **tables):
    """TABLEs of an hour each on a saw of 8 hours a day, 40 a week, with parts in plenty."""
    routing = {
        "work_centers": [{"work_center": "SAW", "capacity_hours": 8}],
        "operations": [{"item": "TABLE", "operation": 10, "work_center": "SAW", "run_hours_per_unit": 1}],
    }
    return factory({"TABLE": {"LEG": 4}}, {"LEG": 4000}, orders, **routing, **tables)


def test_an_order_waits_for_the_first_week_with_room_for_its_hours():
    # 30 of the week's 40 hours are promised, so 20 start on the next Monday and take 3 days; 10 still fit
    world = sawn([("TABLE", 30, "2026-01-06"), ("TABLE", 20, "2026-01-07"), ("TABLE", 10, "2026-01-08")])
    assert promises(world) == [
        ("SO-1", "2026-01-09", "30", "later", "TABLE"),
        ("SO-2", "2026-01-15", "20", "later", "SAW"),
        ("SO-3", "2026-01-08", "10", "accept", ""),
    ]


def test_open_work_orders_take_their_hours_first():
    # 35 hours are left of WO-1, which began late; the 12th is a holiday, so the next week begins on the 13th
    work = [{"order": "WO-1", "item": "TABLE", "quantity": 50, "completed_quantity": 15, "start_date": "2025-12-29",
             "due_date": "2026-03-30"}]  # fmt: skip
    world = sawn([("TABLE", 8, "2026-01-06")], work_orders=work, calendar=[{"date": "2026-01-12", "working": "no"}])
    assert promises(world) == [("SO-1", "2026-01-14", "8", "later", "SAW")]


def test_more_than_a_week_can_do_goes_on_in_the_weeks_after_it():
    # 60 hours take this week and half of the next, which has room for 20 more; 25 wait for the third
    world = sawn([("TABLE", 60, "2026-01-06"), ("TABLE", 25, "2026-01-07"), ("TABLE", 20, "2026-01-08")])
    assert [(row[1], row[4]) for row in promises(world)] == [
        ("2026-01-15", "TABLE"), ("2026-01-23", "SAW"), ("2026-01-15", "SAW"),
    ]  # fmt: skip


def test_a_work_center_that_is_not_described_has_eight_hours_a_day():
    operations = [{"item": "TABLE", "operation": 10, "work_center": "SAW", "run_hours_per_unit": 1}]
    world = factory({"TABLE": {"LEG": 4}}, {"LEG": 400}, [("TABLE", 17, "2026-01-05")], operations=operations)
    assert promises(world) == [("SO-1", "2026-01-08", "17", "later", "TABLE")]


def test_a_phantom_that_is_sold_is_there_when_its_components_are():
    world = factory({"SET": {"CUP": 1, "SPOON": 2}}, {"SET": 4, "CUP": 9}, [("SET", 6, "2026-01-05")],
                    lead(SET=9, SPOON=4), headers={"SET": {"phantom": "yes"}})  # fmt: skip
    assert promises(world) == [
        ("SO-1", "2026-01-05", "4", "partial", ""), ("SO-1", "2026-01-09", "2", "partial", "SPOON"),
    ]  # fmt: skip
