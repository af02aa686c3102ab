"""Progress of order lines, derived from facts and the pegs of today. Monday is 9 February 2026."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.material_planning import plan_materials
from calculations.order_progress import COVER, order_progress, plant_progress, progress_without_plan
from small_factory import factory
from support import examples, frame_rows

UNIT = 1_000_000
MONDAY = date(2026, 2, 9)
DESK = {"DESK": {"TOP": 1, "LEG": 4}, "TOP": {"OAK": 2}}
MAKING = {"DESK": {"lead_time_days": 2}, "TOP": {"lead_time_days": 3}, "OAK": {"lead_time_days": 10},
          "LEG": {"lead_time_days": 5}}  # fmt: skip
SUPPLIER = {"suppliers": [{"supplier": "WOOD", "name": "Wood"}]}


def lines_of(world, **columns) -> pd.DataFrame:
    frame = world["sales_order_lines"].assign(state="approved")
    for name in ("promised_date", "last_shipped"):
        frame[name] = pd.Series(columns.get(name), index=frame.index, dtype="datetime64[s]")
    return frame.assign(**{name: value for name, value in columns.items() if name not in frame or name == "state"})


def progress(world, as_of=MONDAY, **columns) -> list[dict]:
    return frame_rows(order_progress(lines_of(world, **columns), plant_progress(world, as_of), world, as_of)["lines"])


def planned(world, as_of=MONDAY) -> dict:
    """The world with the suggestions of a plan of it."""
    orders = plan_materials(world, as_of)["planned_orders"]
    return world | {"planned_orders": orders.assign(state="suggested")}


def desks(*orders, stock=None, **tables):
    return factory(DESK, stock or {}, list(orders), items=MAKING, **{**SUPPLIER, **tables})


def purchase(item, quantity, due, order="PO-7", received=0) -> dict:
    return {
        "purchase_orders": [{"order": order, "supplier": "WOOD", "order_date": "2026-01-05"}],
        "purchase_order_lines": [{"order": order, "line": 10, "item": item, "quantity": quantity, "due_date": due,
                                  "received_quantity": received}],
    }  # fmt: skip


def work(*orders, components=()) -> dict:
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
    }  # fmt: skip


def test_what_covers_a_line_adds_up_to_what_is_open():
    orders = work(("WO-1", "DESK", 3, "2026-02-09", "2026-02-11"))
    world = planned(desks(("DESK", 10, "2026-03-09"), ("DESK", 7, "2026-03-16"), stock={"DESK": 2}, **orders))
    first, second = progress(world)
    assert (first["open"], first["ready"], first["making"], first["suggested"]) == ("10", "2", "3", "5")
    assert (second["ready"], second["making"], second["suggested"], second["unplanned"]) == ("0", "0", "7", "0")


def test_what_no_plan_knows_yet_is_said_to_be_unplanned():
    before = planned(desks(("DESK", 4, "2026-03-09")))
    world = desks(("DESK", 4, "2026-03-09"), ("DESK", 6, "2026-03-16")) | {"planned_orders": before["planned_orders"]}
    old, new = progress(world)
    assert (old["suggested"], old["unplanned"]) == ("4", "0")
    assert (new["suggested"], new["unplanned"]) == ("0", "6")


def test_goods_received_since_the_plan_are_in_stock_and_no_longer_on_order():
    # the plan saw four chairs on order; one has come since, two were shipped from it and one more from stock before
    chairs = {"items": {"CHAIR": {"lead_time_days": 5}}, **SUPPLIER}
    before = planned(factory({}, {}, [("CHAIR", 4, "2026-03-02")], **chairs, **purchase("CHAIR", 4, "2026-02-20")))
    kept = {"planned_orders": before["planned_orders"]}
    world = factory(
        {}, {"CHAIR": 1}, [("CHAIR", 4, "2026-03-02")], **chairs, **purchase("CHAIR", 4, "2026-02-20", received=3)
    ) | kept  # fmt: skip
    world["sales_order_lines"]["shipped_quantity_micro"] = 2 * UNIT
    (row,) = progress(world)
    assert (row["open"], row["ready"], row["purchased"], row["suggested"]) == ("2", "1", "1", "0")
    assert row["percent_complete"] == 75


def test_a_released_suggestion_is_the_order_it_became():
    before = planned(desks(("DESK", 10, "2026-03-09"), stock={"LEG": 40, "TOP": 10}))
    released = work(("WO-1", "DESK", 10, "2026-03-05", "2026-03-09"),
                    components=[("WO-1", "TOP", 10, 0), ("WO-1", "LEG", 40, 0)])  # fmt: skip
    gone = before["planned_orders"].assign(state="released")
    world = desks(("DESK", 10, "2026-03-09"), stock={"LEG": 40, "TOP": 10}, **released) | {"planned_orders": gone}
    (row,) = progress(world)
    assert (row["making"], row["suggested"], row["unplanned"]) == ("10", "0", "0")
    assert (row["work_orders"], row["work_orders_done"], row["work_orders_started"]) == (1, 0, 0)
    assert (row["materials"], row["materials_there"]) == (1, 1)


def test_a_late_order_still_covers_the_line_it_is_for():
    # a plan would suggest ten more beside it; who asks for his order waits for this one
    world = desks(("DESK", 10, "2026-02-16"), **work(("WO-1", "DESK", 10, "2026-02-09", "2026-02-23")))
    (row,) = progress(world)
    assert (row["making"], row["unplanned"]) == ("10", "0")


def test_material_is_counted_on_all_levels_by_how_far_it_is():
    world = desks(("DESK", 10, "2026-04-06"), stock={"LEG": 40}, **purchase("OAK", 20, "2026-02-16"))
    (row,) = progress(world)
    counts = ["materials", "materials_there", "materials_ordered", "materials_missing"]
    assert [row[name] for name in counts] == [2, 1, 1, 0]


def test_a_component_is_as_far_as_the_last_of_its_supplies():
    world = desks(("DESK", 10, "2026-04-06"), stock={"LEG": 39, "OAK": 20})
    (row,) = progress(world)
    assert [row[name] for name in ("materials", "materials_there", "materials_missing")] == [2, 1, 1]


def test_goods_in_inspection_are_neither_there_nor_on_order():
    world = desks(("DESK", 10, "2026-04-06"), stock={"OAK": 20}, more_stock=[
        {"item": "LEG", "quantity": 40, "status": "inspection"}])  # fmt: skip
    (row,) = progress(world)
    assert [row[name] for name in ("materials_there", "materials_inspecting", "materials_missing")] == [1, 1, 0]


def test_what_a_work_order_has_drawn_is_there():
    orders = work(("WO-1", "DESK", 10, "2026-02-09", "2026-02-11"),
                  components=[("WO-1", "TOP", 10, 10), ("WO-1", "LEG", 40, 40)])  # fmt: skip
    (row,) = progress(desks(("DESK", 10, "2026-03-09"), **orders))
    assert [row[name] for name in ("materials", "materials_there")] == [1, 1]
    assert (row["work_orders"], row["work_orders_started"]) == (1, 1)


def test_a_work_order_for_several_lines_counts_for_each_of_them():
    orders = work(("WO-1", "DESK", 10, "2026-02-09", "2026-02-11"),
                  components=[("WO-1", "TOP", 10, 0), ("WO-1", "LEG", 40, 0)])  # fmt: skip
    rows = progress(desks(("DESK", 4, "2026-03-09"), ("DESK", 6, "2026-03-16"), stock={"TOP": 10, "LEG": 40}, **orders))
    assert [(row["making"], row["materials_there"], row["work_orders"]) for row in rows] == [("4", 1, 1), ("6", 1, 1)]


def test_finished_work_orders_count_as_far_as_releases_tell_for_whom_they_were():
    orders = work(("WO-2", "DESK", 10, "2026-02-09", "2026-02-11"),
                  components=[("WO-2", "TOP", 10, 10), ("WO-2", "LEG", 40, 0)])  # fmt: skip
    world = desks(("DESK", 10, "2026-03-09"), stock={"LEG": 40}, **orders)
    world["finished_for"] = pd.DataFrame({"order": ["SO-1"], "line": [10], "work_order": ["WO-1"]})
    world["finished_components"] = pd.DataFrame({"order": ["WO-1"], "item": ["OAK"]})
    (row,) = progress(world)
    assert (row["work_orders"], row["work_orders_done"], row["work_orders_started"]) == (2, 1, 1)
    assert (row["materials"], row["materials_there"]) == (2, 2)


def test_parts_listed_by_an_open_order_alone_are_looked_at_too():
    orders = work(("WO-1", "DESK", 10, "2026-02-09", "2026-02-11"), components=[("WO-1", "BOLT", 20, 0)])
    world = factory({}, {"BOLT": 20}, [("DESK", 10, "2026-03-09")], items={"DESK": {"sourcing": "make"}, "BOLT": {}},
                    **orders)  # fmt: skip
    (row,) = progress(world)
    assert (row["materials"], row["materials_there"]) == (1, 1)


def test_rework_that_needs_its_own_item_ends():
    orders = work(("WO-1", "DESK", 10, "2026-02-09", "2026-02-11"), components=[("WO-1", "DESK", 10, 0)])
    (row,) = progress(desks(("DESK", 10, "2026-03-09"), **orders))
    assert row["materials"] == 2


COSTS = {"DESK": {"standard_cost": 100}, "TOP": {"standard_cost": 40}, "LEG": {"standard_cost": 5}}


def percent(world) -> list[int]:
    return [row["percent_complete"] for row in progress(world)]


def costed(*orders, stock=None, **tables):
    # a desk of 100 is a top of 40, legs of 20 and its own work of 40
    items = {code: {**MAKING.get(code, {}), **row} for code, row in COSTS.items()}
    return factory({"DESK": {"TOP": 1, "LEG": 4}}, stock or {}, list(orders), items=items, **tables)


def test_percent_is_the_share_of_standard_cost_that_facts_say_is_done():
    def drawn(top, legs, done=0):
        return work(("WO-1", "DESK", 10, "2026-02-09", "2026-02-13", done),
                    components=[("WO-1", "TOP", 10, top), ("WO-1", "LEG", 40, legs)])  # fmt: skip

    line = ("DESK", 10, "2026-03-09")
    assert percent(costed(line)) == [0]
    assert percent(costed(line, stock={"LEG": 40})) == [20]
    assert percent(costed(line, **drawn(10, 0))) == [40]
    assert percent(costed(line, **drawn(10, 40))) == [60]
    # five finished in stock count whole, of the other five the material is drawn: 50 + 5 × 60 % of 10
    assert percent(costed(line, stock={"DESK": 5}, **drawn(10, 40, 5))) == [80]


def test_material_counts_the_same_before_and_after_it_is_drawn():
    # the second level too: all oak of the tops is drawn, so their order waits for no part any more
    def oak(stock, issued):
        orders = work(
            ("WO-1", "DESK", 10, "2026-02-16", "2026-02-18"), ("WO-2", "TOP", 10, "2026-02-09", "2026-02-12"),
            components=[("WO-1", "TOP", 10, 0), ("WO-1", "LEG", 40, 0), ("WO-2", "OAK", 20, issued)],
        )  # fmt: skip
        items = {code: {**MAKING[code], **COSTS.get(code, {"standard_cost": 15})} for code in MAKING}
        return factory(DESK, {"OAK": stock}, [("DESK", 10, "2026-03-09")], items=items, **orders)

    # 300 of 1000: twenty boards of 15
    assert [percent(oak(20 - issued, issued)) for issued in (0, 5, 20)] == [[30], [30], [30]]


def test_hours_booked_count_by_the_standard_hours():
    routing = {
        "work_centers": [{"work_center": "BENCH", "labor_rate": 20}],
        "operations": [{"item": "DESK", "operation": "10", "work_center": "BENCH", "run_hours_per_unit": 2}],
    }
    orders = work(("WO-1", "DESK", 10, "2026-02-09", "2026-02-13"),
                  components=[("WO-1", "TOP", 10, 10), ("WO-1", "LEG", 40, 40)])  # fmt: skip
    world = costed(("DESK", 10, "2026-03-09"), **routing, **orders)
    hours = {"order": ["WO-1"], "labor_hours_micro": [5 * UNIT], "machine_hours_micro": [0]}
    # 60 of material and a quarter of the 40 of work
    assert percent(world | {"time_entries": pd.DataFrame(hours)}) == [70]
    hours["labor_hours_micro"] = [99 * UNIT]
    assert percent(world | {"time_entries": pd.DataFrame(hours)}) == [99]


def test_only_what_is_shipped_whole_is_complete():
    world = costed(("DESK", 10, "2026-03-09"), stock={"DESK": 10})
    assert percent(world) == [99]
    world["sales_order_lines"]["shipped_quantity_micro"] = 10 * UNIT
    assert percent(world) == [100]


def test_a_receipt_on_order_is_no_work_done():
    world = costed(("DESK", 10, "2026-03-09"), **SUPPLIER, **purchase("LEG", 40, "2026-02-16"))
    assert percent(world) == [0]


def test_the_expected_date_is_that_of_the_last_supply_and_not_before_it_is_wanted():
    orders = work(("WO-1", "DESK", 4, "2026-02-09", "2026-03-11"))
    early, late = progress(desks(("DESK", 2, "2026-03-02"), ("DESK", 4, "2026-03-06"), stock={"DESK": 2}, **orders))
    assert (early["ready_date"], early["expected_date"], early["days_late"]) == ("2026-02-09", "2026-03-02", 0)
    assert (late["ready_date"], late["expected_date"], late["days_late"]) == ("2026-03-11", "2026-03-11", 3)
    assert (early["waits_for"], late["waits_for"]) == ("", "DESK of WO-1")
    assert (early["status"], late["status"]) == ("on track", "will be late")


def test_a_late_part_moves_all_that_is_made_of_it():
    # oak comes on Monday 2 March; the top takes 3 working days from then, the desk 2 more
    orders = work(
        ("WO-1", "DESK", 10, "2026-02-12", "2026-02-16"), ("WO-2", "TOP", 10, "2026-02-09", "2026-02-12"),
        components=[("WO-1", "TOP", 10, 0), ("WO-1", "LEG", 40, 40), ("WO-2", "OAK", 20, 0)],
    )  # fmt: skip
    (row,) = progress(desks(("DESK", 10, "2026-02-16"), **orders, **purchase("OAK", 20, "2026-03-02")))
    assert (row["expected_date"], row["days_late"], row["waits_for"]) == ("2026-03-09", 15, "OAK of PO-7")


def test_overdue_supply_counts_from_today():
    orders = work(("WO-1", "DESK", 10, "2026-01-26", "2026-01-30", 0), components=[("WO-1", "LEG", 40, 40)])
    (row,) = progress(desks(("DESK", 10, "2026-02-06"), **orders))
    # it has begun, and all of a desk's two days is still to be done
    assert (row["expected_date"], row["waits_for"], row["status"]) == ("2026-02-11", "DESK of WO-1", "late")


def test_late_is_counted_from_the_promised_date():
    orders = work(("WO-1", "DESK", 4, "2026-02-09", "2026-03-11"))
    (row,) = progress(desks(("DESK", 4, "2026-03-06"), **orders), promised_date="2026-03-10")
    assert row["days_late"] == 1


def test_a_line_that_waits_for_approval_has_no_date():
    world = desks(("DESK", 4, "2026-03-06"))
    asked = lines_of(world, state="submitted")
    world["sales_order_lines"] = world["sales_order_lines"].head(0)
    (row,) = frame_rows(order_progress(asked, plant_progress(world, MONDAY), world, MONDAY)["lines"])
    assert (row["status"], row["expected_date"], row["percent_complete"]) == ("to be approved", None, 0)


def test_the_parts_behind_a_line_are_those_that_are_for_it():
    # five of the twenty-five desks are for the first line, and so are a fifth of the tops
    orders = work(("WO-1", "DESK", 25, "2026-02-09", "2026-02-13"),
                  components=[("WO-1", "TOP", 25, 0), ("WO-1", "LEG", 100, 100)])  # fmt: skip
    world = desks(("DESK", 5, "2026-03-02"), ("DESK", 20, "2026-03-09"), stock={"TOP": 20, "OAK": 10}, **orders)
    frames = order_progress(lines_of(world), plant_progress(world, MONDAY), world, MONDAY, detailed=True)
    rows = frame_rows(frames["components"])
    first = [(row["level"], row["item"], row["kind"], row["needed"]) for row in rows if row["order"] == "SO-1"]
    assert first == [
        (1, "DESK", "work_order", "5"), (2, "TOP", "stock", "4"), (2, "TOP", "unplanned", "1"),
        (3, "OAK", "stock", "2"),
    ]  # fmt: skip


STATUSES = [
    ({"shipped": 10, "due": "2026-02-02", "last_shipped": "2026-02-02"}, "delivered"),
    ({"shipped": 10, "due": "2026-02-02", "last_shipped": "2026-02-03"}, "delivered late"),
    ({"due": "2026-02-06"}, "late"),
    ({"due": "2026-03-02", "promised_date": "2026-03-09"}, "will be late"),
    ({"due": "2026-02-16"}, "at risk"),
    ({"due": "2026-02-17"}, "on track"),
    ({"state": "submitted"}, "to be approved"),
    ({"state": "closed", "shipped": 4}, "closed short"),
]


@pytest.mark.parametrize(("columns", "status"), STATUSES)
def test_each_line_has_the_first_status_that_fits(columns, status):
    due, shipped = columns.pop("due", "2026-03-02"), columns.pop("shipped", 0)
    # ten chairs that come in time, so that dates alone decide
    bought = purchase("CHAIR", 10, "2026-02-10")
    world = factory({}, {}, [("CHAIR", 10, due)], items={"CHAIR": {"lead_time_days": 5}}, **SUPPLIER, **bought)
    world["sales_order_lines"]["shipped_quantity_micro"] = shipped * UNIT
    asked = lines_of(world, **columns)
    told = order_progress(asked, plant_progress(world, MONDAY), world, MONDAY)["lines"]
    assert told["status"].tolist() == [status]
    assert progress_without_plan(asked, MONDAY)["status"].tolist() == [status]


def test_a_line_that_is_ready_is_not_at_risk():
    world = factory({}, {"CHAIR": 10}, [("CHAIR", 10, "2026-02-10")])
    assert [row["status"] for row in progress(world)] == ["on track"]


def test_no_lines_are_no_progress():
    world = factory({}, {"CHAIR": 10}, [])
    frames = order_progress(lines_of(world), plant_progress(world, MONDAY), world, MONDAY, detailed=True)
    assert frames["lines"].empty
    assert frames["components"].empty
    assert progress_without_plan(lines_of(world), MONDAY).empty


@st.composite
def plants(draw):
    """Up to four lines of desks in a plant with some stock, work orders with some drawn, and purchases."""
    days = st.sampled_from(["2026-02-02", "2026-02-11", "2026-02-20", "2026-03-09"])
    orders = draw(
        st.lists(st.tuples(st.sampled_from(["DESK", "TOP"]), st.integers(1, 9), days), min_size=1, max_size=4)
    )
    stock = {item: draw(st.integers(0, 12)) for item in ("DESK", "TOP", "LEG", "OAK")}
    works = [
        (f"WO-{number}", item, quantity, "2026-02-04", draw(days), draw(st.integers(0, quantity)))
        for number, (item, quantity) in enumerate(
            draw(st.lists(st.tuples(st.sampled_from(["DESK", "TOP"]), st.integers(1, 9)), max_size=3))
        )
    ]  # fmt: skip
    drawn = [
        (order, part, needed, draw(st.integers(0, needed)))
        for order, item, quantity, *_ in works
        for part, needed in [(part, per * quantity) for part, per in DESK[item].items()]
    ]
    bought = purchase(draw(st.sampled_from(["OAK", "LEG"])), draw(st.integers(1, 30)), draw(days))
    world = desks(*orders, stock={item: held for item, held in stock.items() if held}, **bought,
                  **work(*works, components=drawn))  # fmt: skip
    shipped = [draw(st.integers(0, quantity)) * UNIT for _, quantity, _ in orders]
    world["sales_order_lines"]["shipped_quantity_micro"] = shipped
    return world


@examples(25)
@given(plants(), st.booleans())
def test_laws_of_progress(world, with_plan):
    world = planned(world) if with_plan else world
    frame = order_progress(lines_of(world), plant_progress(world, MONDAY), world, MONDAY)["lines"]
    covers = frame[list(COVER.values())]
    assert (covers >= 0).all(axis=None)
    # everything that is open is covered, planned or not, and never twice
    assert covers.sum(axis=1).tolist() == frame["open_micro"].tolist()
    assert frame["percent_complete"].between(0, 100).all()
    assert ((frame["percent_complete"] == 100) == (frame["open_micro"] == 0)).all()
    stages = frame[["materials_there", "materials_inspecting", "materials_ordered", "materials_missing"]]
    assert stages.sum(axis=1).tolist() == frame["materials"].tolist()
    # what is in stock is given once
    stock = world["stock"].groupby("item")["quantity_micro"].sum()
    ready = frame.groupby("item")["ready_micro"].sum()
    assert (ready <= stock.reindex(ready.index).fillna(0)).all()
    told = frame["expected_date"][frame["open_micro"] > 0]
    assert (told >= pd.Timestamp(MONDAY)).all()


@examples(15)
@given(plants(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(world, random):
    mixed = {}
    for name, frame in world.items():
        order = list(range(len(frame)))
        random.shuffle(order)
        mixed[name] = frame.iloc[order].reset_index(drop=True)
    key = ["order", "line"]
    one, other = (
        order_progress(lines_of(each), plant_progress(each, MONDAY), each, MONDAY)["lines"] for each in (world, mixed)
    )
    pd.testing.assert_frame_equal(
        one.sort_values(key, ignore_index=True), other.sort_values(key, ignore_index=True)[list(one)]
    )
