"""Units at operations: what can be is believed, what cannot is refused, and undoing takes it back."""

from hypothesis import given
from hypothesis import strategies as st

from calculations.fact_posting import Engine
from calculations.operation_progress import earned_hours, units_at_operations
from calculations.policies import resolve
from small_plant import MONTH_END, on, plant, posted, refusals, why
from support import examples, frame_rows

ROUTING = [
    {"item": "DESK", "operation": operation, "work_center": "BENCH", "run_hours_per_unit": "0.1"}
    for operation in ("10", "20", "30")
]


def desks(**tables):
    """Ten desks to be made in three operations."""
    return plant(**{
        "operations": ROUTING,
        "stock": [{"item": "LEG", "quantity": 100}],
        "work_orders": [("WO-1", "DESK", 10)],
        "components": [("WO-1", "LEG", 40)],
        "issues": [on(2, "I-1", "WO-1", item="LEG", quantity=40)],
        **tables,
    })  # fmt: skip


def report(day, event, operation, quantity, **columns):
    return on(day, event, "WO-1", work_center="BENCH", operation=operation, quantity=quantity, **columns)


def scrap(day, event, operation, quantity):
    return on(day, event, "WO-1", quantity=0, scrapped_quantity=quantity, operation=operation)


def known(posting):
    return [(row["operation"], row["passed"], row["scrapped"])
            for row in frame_rows(posting.world["operation_quantities"])]  # fmt: skip


def test_reports_add_up_by_operation_and_scrap_uses_up_material_once():
    posting = posted(desks(
        time_entries=[report(5, "T-1", "10", 4, labor_hours=2), report(6, "T-2", "10", 5), report(7, "T-3", "20", 3)],
        completions=[scrap(8, "C-1", "20", 1)],
    ))  # fmt: skip
    assert posting.refused.empty
    assert known(posting) == [("10", "9", "0"), ("20", "3", "1")]
    assert [(row["item"], row["quantity"]) for row in frame_rows(posting.consumptions)] == [("LEG", "4")]
    (order,) = frame_rows(posting.world["work_orders"])
    assert (order["completed_quantity"], order["scrapped_quantity"]) == ("0", "1")


def test_more_than_the_order_has_left_after_its_scrap_is_refused():
    world = desks(completions=[scrap(5, "C-1", "10", 2)], time_entries=[report(6, "T-1", "20", 9)])
    message = why(posted(world))
    assert "operation 20 of WO-1: 9 passed and 2 scrapped up to there are 1 more than the order's 10" in message
    # before the scrap's operation ten passed may be true
    world = desks(completions=[scrap(5, "C-1", "20", 2)], time_entries=[report(6, "T-1", "10", 10)])
    assert posted(world).refused.empty
    # what was reported as passed cannot be scrapped there or before
    world = desks(completions=[scrap(7, "C-1", "10", 1)], time_entries=[report(6, "T-1", "20", 10)])
    assert refusals(posted(world)) == [("completions", 1, "scrapped_quantity")]


def test_over_completion_is_allowed_at_operations_too():
    world = desks(time_entries=[report(6, "T-1", "10", 11)])
    assert refusals(posted(world)) == [("time_entries", 1, "quantity")]
    assert posted(world, over_completion_percent="10").refused.empty


def test_an_operation_that_the_routing_does_not_have_is_named():
    assert "DESK has no operation 15; choose one of 10, 20, 30" in why(
        posted(desks(time_entries=[report(6, "T-1", "15", 1)]))
    )
    other = desks(operations=[{**ROUTING[0], "item": "TOP"}], time_entries=[report(6, "T-1", "10", 1)])
    assert "DESK has no operation 10; it has no routing" in why(posted(other))


def test_undoing_a_report_makes_room_for_the_right_one():
    world = desks(
        time_entries=[report(5, "T-1", "20", 10), report(8, "T-2", "20", 8)],
        completions=[scrap(8, "C-1", "20", 2)],
        reversals=[{"event": "V-1", "date": "2026-01-07", "table": "time_entries", "reversed_event": "T-1",
                    "reason": "counted wrongly"}],
    )  # fmt: skip
    posting = posted(world)
    assert posting.refused.empty, posting.refused.to_string()
    assert known(posting) == [("20", "8", "2")]


def test_posting_in_two_parts_is_posting_at_once():
    entries = [report(5, "T-1", "10", 6), report(9, "T-2", "20", 4)]
    whole = posted(desks(time_entries=entries, completions=[scrap(7, "C-1", "10", 1)]))
    first = posted(desks(time_entries=entries[:1]))
    second = desks(time_entries=entries[1:], completions=[scrap(7, "C-1", "10", 1)], issues=[])
    carried = {name: first.world[name] for name in ("stock", "order_stock", "operation_quantities", "work_orders",
                                                    "work_order_components")}  # fmt: skip
    assert known(posted({**second, **carried})) == known(whole)


@examples(100)
@given(st.lists(st.tuples(st.sampled_from(["10", "20", "30"]), st.integers(0, 6), st.booleans()), max_size=8))
def test_units_only_get_fewer_from_operation_to_operation(reports):
    entries, scrapped = [], []
    for number, (operation, quantity, lost) in enumerate(reports):
        if quantity and lost:
            scrapped.append(scrap(5 + number, f"C-{number}", operation, quantity))
        elif quantity:
            entries.append(report(5 + number, f"T-{number}", operation, quantity))
    posting = posted(desks(time_entries=entries, completions=scrapped))
    engine = Engine(posting.world, resolve({}, MONTH_END))
    orders = posting.world["work_orders"].rename(columns={"completed_quantity_micro": "completed_micro"})
    rows = orders.merge(posting.world["operations"], on="item")
    units = units_at_operations(rows, engine.operations.frame())
    before = 10_000_000
    for row in units.to_dict("records"):
        assert before == row["passed_micro"] + row["scrapped_micro"] + row["waiting_micro"]
        before = row["passed_micro"]


def test_units_that_passed_count_as_hours_worked_though_nobody_booked_any():
    routing = [{**ROUTING[0], "setup_hours": 1}, {**ROUTING[1], "run_hours_per_unit": "0.3"}]
    world = desks(operations=routing, completions=[scrap(6, "C-1", "20", 1)], time_entries=[report(5, "T-1", "20", 5)])
    after = posted(world).world
    # six went through the first operation, 1 + 6 × 0.1 hours; five and one scrapped through the second, 6 × 0.3
    assert earned_hours(after["work_orders"], after).to_dict() == {"WO-1": 3_400_000}
    assert earned_hours(after["work_orders"], {**after, "operation_quantities": None}).empty
