"""Tracking of open work and subcontract orders. Monday is 9 February 2026; desks take 2 days, tops 3, oak 10."""

from datetime import date

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from calculations.order_progress import order_progress, plant_progress
from calculations.production_tracking import track_production
from small_factory import factory
from support import examples, frame_rows

UNIT = 1_000_000
MONDAY = date(2026, 2, 9)
DESK = {"DESK": {"TOP": 1, "LEG": 4}, "TOP": {"OAK": 2}}
ITEMS = {"DESK": {"lead_time_days": 2}, "TOP": {"lead_time_days": 3}, "OAK": {"lead_time_days": 10},
         "LEG": {"lead_time_days": 5}}  # fmt: skip
OAK_IS_LATE = {
    "suppliers": [{"supplier": "WOOD", "name": "Wood"}],
    "purchase_orders": [{"order": "PO-7", "supplier": "WOOD", "order_date": "2026-01-05"}],
    "purchase_order_lines": [
        {"order": "PO-7", "line": 10, "item": "OAK", "quantity": 20, "due_date": "2026-03-02"}],
}  # fmt: skip


def works(*orders, components=(), **tables):
    """(order, item, quantity, start, due[, completed, scrapped]); components: (order, item, quantity, issued)."""
    return {
        "work_orders": [
            {"order": order, "item": item, "quantity": quantity, "start_date": start, "due_date": due,
             "completed_quantity": done[0] if done else 0, "scrapped_quantity": done[1] if len(done) > 1 else 0}
            for order, item, quantity, start, due, *done in orders
        ],
        "work_order_components": [
            {"order": order, "item": item, "quantity": quantity, "issued_quantity": issued}
            for order, item, quantity, issued in components
        ],
        **tables,
    }  # fmt: skip


def world_of_desks(*orders, stock=None, items=None, **tables):
    items = {code: {**ITEMS[code], **(items or {}).get(code, {})} for code in ITEMS}
    return factory(DESK, stock or {}, list(orders), items=items, **tables)


def track(world, as_of=MONDAY, **policies) -> dict[str, list[dict]]:
    plant = plant_progress(world, as_of)
    lines = world["sales_order_lines"].assign(state="approved", customer="C")
    for name in ("promised_date", "last_shipped"):
        lines[name] = pd.Series(pd.NaT, index=lines.index, dtype="datetime64[s]")
    told = order_progress(lines, plant, world, as_of)["lines"]
    return {name: frame_rows(frame) for name, frame in track_production(plant, world, told, as_of, policies).items()}


def warned(tracked) -> list[tuple]:
    return [(row["order"], row["kind"], row["days"]) for row in tracked["warnings"]]


def test_an_order_in_time_has_no_warning():
    orders = works(("WO-1", "DESK", 10, "2026-02-16", "2026-02-18"), components=[("WO-1", "LEG", 40, 0)])
    tracked = track(world_of_desks(("DESK", 10, "2026-03-02"), stock={"LEG": 40}, **orders))
    assert warned(tracked) == []
    (row,) = tracked["orders"]
    assert (row["expected_date"], row["explanation"]) == ("2026-02-18", "on its due date")
    assert (row["open"], row["started"], row["days_late"]) == ("10", False, 0)


def test_a_late_part_makes_its_orders_late_and_the_customer_wait():
    # oak comes on 2 March, the top is ready on the 5th, the desk on the 9th: 15 working days after 16 February
    orders = works(
        ("WO-1", "DESK", 10, "2026-02-12", "2026-02-16"), ("WO-2", "TOP", 10, "2026-02-09", "2026-02-12"),
        components=[("WO-1", "TOP", 10, 0), ("WO-1", "LEG", 40, 40), ("WO-2", "OAK", 20, 0)],
    )  # fmt: skip
    tracked = track(world_of_desks(("DESK", 10, "2026-02-16"), **orders, **OAK_IS_LATE))
    assert warned(tracked) == [
        ("WO-1", "late", 15), ("WO-2", "late", 15), ("WO-2", "starts_late", 15),
    ]  # fmt: skip
    desk = next(row for row in tracked["orders"] if row["order"] == "WO-1")
    assert desk["explanation"] == "2 working days for the rest from 2026-03-05, when OAK of PO-7 is there"
    assert tracked["warnings"][1]["message"].endswith("expedite OAK of PO-7")
    effects = {(row["order"], row["warned"]): row for row in tracked["effects"]}
    effect = effects["WO-2", "late"]
    assert (effect["sales_order"], effect["from_date"], effect["to_date"], effect["days"], effect["decides"]) == (
        "SO-1", "2026-02-16", "2026-03-09", 15, True,
    )  # fmt: skip
    assert tracked["warnings"][0]["lines"] == 1


def test_an_order_that_decides_nothing_is_said_to_change_no_date():
    # WO-2 is overdue, but it is WO-1 whose legs come last
    orders = works(
        ("WO-1", "DESK", 4, "2026-02-04", "2026-02-06"), ("WO-2", "DESK", 6, "2026-02-04", "2026-02-06"),
        components=[("WO-1", "LEG", 16, 0), ("WO-2", "LEG", 24, 24)],
    )  # fmt: skip
    tracked = track(world_of_desks(("DESK", 10, "2026-02-09"), **orders))
    decides = {row["order"]: row["decides"] for row in tracked["effects"]}
    assert decides == {"WO-1": True, "WO-2": False}


def test_a_line_behind_several_levels_is_found_for_each_and_gets_its_share():
    orders = works(
        ("WO-1", "DESK", 25, "2026-02-12", "2026-02-16"), ("WO-2", "TOP", 25, "2026-02-02", "2026-02-05"),
        components=[("WO-1", "TOP", 25, 0), ("WO-1", "LEG", 100, 100), ("WO-2", "OAK", 50, 50)],
    )  # fmt: skip
    tracked = track(world_of_desks(("DESK", 5, "2026-03-02"), ("DESK", 20, "2026-03-09"), **orders))
    found = [
        (row["order"], row["sales_order"], row["quantity"]) for row in tracked["effects"] if row["warned"] == "late"
    ]
    assert ("WO-2", "SO-1", "5") in found
    assert ("WO-2", "SO-2", "20") in found


def test_an_order_that_nobody_started_starts_late():
    orders = works(("WO-1", "DESK", 10, "2026-02-04", "2026-02-27"), components=[("WO-1", "LEG", 40, 0)])
    tracked = track(world_of_desks(stock={"LEG": 40}, **orders))
    assert warned(tracked) == [("WO-1", "starts_late", 3)]
    assert "can start on 2026-02-09: start it, or move it" in tracked["warnings"][0]["message"]


def test_an_order_due_soon_is_told_within_the_days_of_the_policy():
    orders = works(("WO-1", "DESK", 10, "2026-02-09", "2026-02-12"), components=[("WO-1", "LEG", 40, 40)])
    world = world_of_desks(**orders)
    assert warned(track(world)) == [("WO-1", "due_soon", 3)]
    assert warned(track(world, warning_days=2)) == []


def test_an_order_without_a_fact_for_days_is_stalled():
    orders = works(("WO-1", "DESK", 10, "2026-02-02", "2026-02-27", 2), components=[("WO-1", "LEG", 40, 40)])
    facts = pd.DataFrame({"order": ["WO-1"], "last_date": pd.to_datetime(["2026-02-04"])})
    world = world_of_desks(**orders) | {"last_facts": facts}
    assert warned(track(world)) == [("WO-1", "stalled", 3)]
    assert warned(track(world, stalled_days=4)) == []


def test_material_that_is_neither_there_nor_on_order_is_short():
    orders = works(("WO-1", "DESK", 10, "2026-03-02", "2026-03-04"), components=[("WO-1", "LEG", 40, 4)])
    tracked = track(world_of_desks(stock={"LEG": 30}, **orders))
    assert [(row["kind"], row["quantity"]) for row in tracked["warnings"]] == [("short", "6")]
    (row,) = tracked["material"]
    assert [row[name] for name in ("needed", "there", "coming", "missing")] == ["36", "30", "0", "6"]


def test_scrap_beyond_the_yield_is_told_with_its_reasons():
    # 5 % of 20 finished is one; the second one is too many
    def tracked(scrapped):
        orders = works(("WO-1", "DESK", 40, "2026-02-02", "2026-02-27", 20 - scrapped, scrapped),
                       components=[("WO-1", "LEG", 160, 160)])  # fmt: skip
        world = world_of_desks(items={"DESK": {"yield_rate": "0.95"}}, **orders)
        reasons = pd.DataFrame({"order": ["WO-1"], "reason": ["knots"], "quantity_micro": [scrapped * UNIT]})
        return track(world | {"scrapped": reasons})

    assert warned(tracked(1)) == []
    told = tracked(2)
    assert [(row["kind"], row["quantity"]) for row in told["warnings"]] == [("over_scrap", "1")]
    assert told["scrap"] == [{"order": "WO-1", "reason": "knots", "quantity": "2"}]


def test_hours_are_told_by_operation():
    routing = {
        "work_centers": [{"work_center": "SAW"}, {"work_center": "BENCH"}],
        "operations": [
            {"item": "DESK", "operation": "10", "work_center": "SAW", "setup_hours": 1, "run_hours_per_unit": "0.1"},
            {"item": "DESK", "operation": "20", "work_center": "BENCH", "run_hours_per_unit": "0.3"},
            {"item": "DESK", "operation": "30", "work_center": "BENCH", "run_hours_per_unit": "0.1"},
        ],
    }
    orders = works(("WO-1", "DESK", 10, "2026-02-09", "2026-02-27", 1), components=[("WO-1", "LEG", 40, 40)])
    hours = pd.DataFrame(
        # two hours at the saw by name, two at the bench without an operation: by standard hours 3 to 1
        {"order": ["WO-1", "WO-1"], "operation": ["10", ""], "work_center": ["SAW", "BENCH"],
         "labor_hours_micro": [2 * UNIT, 2 * UNIT], "machine_hours_micro": [1 * UNIT, 0]}
    )  # fmt: skip
    tracked = track(world_of_desks(**routing, **orders) | {"time_entries": hours})
    told = [(row["operation"], row["standard_hours"], row["booked_hours"], row["percent"]) for row in
            tracked["operations"]]  # fmt: skip
    assert told == [("10", "2", "2", 100), ("20", "3", "1.5", 50), ("30", "1", "0.5", 50)]
    (row,) = tracked["orders"]
    assert (row["standard_hours"], row["booked_hours"]) == ("6", "4")


def test_units_are_told_by_operation_and_later_ones_speak_for_earlier_ones():
    routing = {
        "work_centers": [{"work_center": "SAW"}, {"work_center": "BENCH"}],
        "operations": [
            {"item": "DESK", "operation": "10", "work_center": "SAW", "run_hours_per_unit": "0.1"},
            {"item": "DESK", "operation": "20", "work_center": "BENCH", "run_hours_per_unit": "0.3"},
            {"item": "DESK", "operation": "30", "work_center": "BENCH", "run_hours_per_unit": "0.1"},
        ],
    }
    orders = works(("WO-1", "DESK", 10, "2026-02-09", "2026-02-27", 2), components=[("WO-1", "LEG", 40, 40)])
    reported = pd.DataFrame(
        # nobody reported the saw; 5 passed the bench, where one was scrapped; 2 are finished
        {"order": ["WO-1"], "operation": ["20"], "passed_micro": [5 * UNIT], "scrapped_micro": [1 * UNIT]}
    )
    told = track(world_of_desks(**routing, **orders) | {"operation_quantities": reported})["operations"]
    units = [(row["operation"], row["passed"], row["scrapped"], row["waiting"], row["percent"]) for row in told]
    # 6 passed the saw, 4 have not begun; 3 of the 5 wait before the last operation
    assert units == [("10", "6", "0", "4", 60), ("20", "5", "1", "0", 60), ("30", "2", "0", "3", 30)]


def test_a_subcontract_order_waits_for_what_has_to_be_sent():
    tables = {
        "suppliers": [{"supplier": "PAINT", "name": "Paint"}],
        "subcontract_orders": [
            {"order": "SC-1", "supplier": "PAINT", "item": "TOP", "quantity": 10, "due_date": "2026-02-12"}],
        "subcontract_order_components": [{"order": "SC-1", "item": "OAK", "quantity": 20, "sent_quantity": 0}],
    }  # fmt: skip
    tracked = track(world_of_desks(items={"TOP": {"sourcing": "subcontract"}}, **tables))
    # oak is ordered today and comes in ten working days, painting takes three more
    assert [(row["order"], row["kind"], row["expected_date"]) for row in tracked["orders"]] == [
        ("SC-1", "subcontract_order", "2026-02-26")
    ]
    assert [row["kind"] for row in tracked["warnings"]] == ["late", "short", "starts_late"]


def test_no_open_orders_are_nothing_to_track():
    tracked = track(world_of_desks(("DESK", 2, "2026-03-02"), stock={"DESK": 2}))
    assert {name: rows for name, rows in tracked.items() if rows} == {}


DAYS = st.sampled_from(["2026-02-02", "2026-02-06", "2026-02-11", "2026-02-20", "2026-03-09"])
WORKS = st.lists(
    st.tuples(st.sampled_from(["DESK", "TOP"]), st.integers(1, 9), DAYS, DAYS, st.integers(0, 9)), max_size=4
)


@examples(25)
@given(WORKS, st.lists(st.tuples(st.integers(1, 9), DAYS), max_size=3), st.integers(0, 30))
def test_laws_of_tracking(drawn, orders, oak):
    rows = [(f"WO-{n}", item, quantity, min(start, due), due, min(done, quantity - 1) if quantity > 1 else 0)
            for n, (item, quantity, start, due, done) in enumerate(drawn)]  # fmt: skip
    stock = {"OAK": oak, "LEG": oak} if oak else {}
    tracked = track(world_of_desks(*(("DESK", *order) for order in orders), stock=stock, **works(*rows)))
    assert len(tracked["orders"]) == len(rows)
    for row in tracked["orders"]:
        assert 0 <= row["percent"] <= 99
        assert row["expected_date"] >= max(row["due_date"], MONDAY.isoformat())
        assert (row["days_late"] > 0) == (row["expected_date"] > row["due_date"])
    for row in tracked["material"]:
        parts = [int(row[name]) for name in ("there", "inspecting", "coming", "missing")]
        assert min(parts) >= 0
        assert sum(parts) == int(row["needed"])
    keys = [(row["order"], row["kind"]) for row in tracked["warnings"]]
    assert len(keys) == len(set(keys))
    for row in tracked["effects"]:
        assert row["to_date"] >= row["from_date"]
        assert (row["order"], row["warned"]) in keys
