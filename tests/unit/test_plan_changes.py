"""What changed between two plans: numbers a planner can check by hand."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.material_planning import plan_materials
from calculations.plan_changes import changes_in_words, plan_changes
from plans import AS_OF
from small_factory import factory
from support import examples, frame_rows

MICRO = 1_000_000
DUE = "2026-02-02"


def orders(*rows) -> pd.DataFrame:
    """(item, need date, quantity[, kind]) as planned orders."""
    return pd.DataFrame(
        {
            "item": pd.Series([row[0] for row in rows], dtype="str"),
            "kind": pd.Series([row[3] if len(row) > 3 else "purchase" for row in rows], dtype="str"),
            "need_date": pd.to_datetime([row[1] for row in rows]).astype("datetime64[s]"),
            "quantity_micro": pd.Series([row[2] * MICRO for row in rows], dtype="int64"),
        }
    )


def messages(*rows) -> pd.DataFrame:
    """(kind, item, order, line, date) as exceptions about one unit."""
    return pd.DataFrame(
        {
            "kind": pd.Series([row[0] for row in rows], dtype="str"),
            "item": pd.Series([row[1] for row in rows], dtype="str"),
            "order": pd.Series([row[2] for row in rows], dtype="str"),
            "line": pd.Series([row[3] for row in rows], dtype="Int64"),
            "date": pd.to_datetime([row[4] for row in rows]).astype("datetime64[s]"),
            "quantity_micro": pd.Series([MICRO] * len(rows), dtype="Int64"),
        }
    )


def a_plan(rows=(), said=()) -> dict[str, pd.DataFrame]:
    return {"planned_orders": orders(*rows), "exceptions": messages(*said)}


def changes(before, after, old=(), new=(), as_of=AS_OF) -> list[dict]:
    return frame_rows(plan_changes(a_plan(before, old), a_plan(after, new), as_of))


def test_orders_are_new_gone_of_another_quantity_or_on_another_day():
    before = [("BOLT", DUE, 5), ("NUT", DUE, 5), ("PIN", DUE, 5), ("ROD", DUE, 5), ("TUBE", DUE, 5), ("WIRE", DUE, 5)]
    after = [("BOLT", DUE, 5), ("NUT", DUE, 8), ("PIN", DUE, 2), ("ROD", "2026-01-26", 5), ("TUBE", "2026-02-09", 5),
             ("SAND", DUE, 1)]  # fmt: skip
    columns = ("change", "date_before", "date", "quantity_before", "quantity")
    found = {row["item"]: tuple(row[name] for name in columns) for row in changes(before, after)}
    assert found == {
        "NUT": ("more", DUE, DUE, "5", "8"),
        "PIN": ("less", DUE, DUE, "5", "2"),
        "ROD": ("earlier", DUE, "2026-01-26", "5", "5"),
        "TUBE": ("later", DUE, "2026-02-09", "5", "5"),
        "WIRE": ("gone", DUE, None, "5", None),
        "SAND": ("new", None, DUE, None, "1"),
    }


def test_an_order_that_another_one_comes_before_did_not_change():
    before = [("BOLT", DUE, 5), ("BOLT", "2026-02-09", 5)]
    after = [("BOLT", "2026-01-26", 7), *before]
    assert [(row["change"], row["date"]) for row in changes(before, after)] == [("new", "2026-01-26")]


def test_parts_of_one_day_are_one_order_and_kinds_are_told_apart():
    assert changes([("BOLT", DUE, 5), ("BOLT", DUE, 5)], [("BOLT", DUE, 10)]) == []
    found = changes([("BOLT", DUE, 5)], [("BOLT", DUE, 5, "production")])
    assert sorted((row["change"], row["kind"]) for row in found) == [("gone", "purchase"), ("new", "production")]


def test_what_is_due_now_was_due_then_when_a_day_goes_by():
    before = [("BOLT", "2026-01-05", 5), ("BOLT", "2026-01-06", 3)]
    assert changes(before, [("BOLT", "2026-01-06", 8)], as_of=date(2026, 1, 6)) == []


def test_equal_orders_move_in_the_order_of_their_days():
    before = [("BOLT", DUE, 5), ("BOLT", "2026-03-02", 5)]
    after = [("BOLT", "2026-02-04", 5), ("BOLT", "2026-02-27", 5), ("BOLT", "2026-04-01", 5)]
    assert [(row["change"], row["date_before"], row["date"]) for row in changes(before, after)] == [
        ("later", DUE, "2026-02-04"), ("earlier", "2026-03-02", "2026-02-27"), ("new", None, "2026-04-01"),
    ]  # fmt: skip


def test_lines_become_late_later_and_no_longer_late():
    old = [("late_order", "DESK", f"SO-{number}", 10, DUE) for number in (1, 2, 3)]
    new = [old[0], ("late_order", "DESK", "SO-2", 10, "2026-02-06"), ("late_order", "DESK", "SO-2", 20, "2026-02-06")]
    found = [(row["subject"], row["change"], row["order"], row["line"]) for row in changes([], [], old, new)]
    assert found == [
        ("late_order", "later", "SO-2", 10), ("late_order", "new", "SO-2", 20), ("late_order", "gone", "SO-3", 10),
    ]  # fmt: skip


def test_exceptions_are_new_or_solved_and_numbers_of_suggestions_do_not_count():
    old = [("expedite", "BOLT", "PO-1", 10, DUE), ("past_due_release", "NUT", "PLAN-NUT-1", None, DUE),
           ("overload", "", "SAW", None, DUE)]  # fmt: skip
    new = [("past_due_release", "NUT", "PLAN-NUT-2", None, "2026-02-03"), ("overload", "", "SAW", None, "2026-02-09"),
           ("cancel", "PIN", "PO-2", 10, DUE)]  # fmt: skip
    found = sorted((row["change"], row["kind"], row["order"]) for row in changes([], [], old, new))
    assert found == [
        ("gone", "expedite", "PO-1"), ("gone", "overload", "SAW"), ("new", "cancel", "PO-2"),
        ("new", "overload", "SAW"),
    ]  # fmt: skip


def test_the_sentence_counts_what_changed():
    before, after = [("BOLT", DUE, 5), ("WIRE", DUE, 5)], [("BOLT", "2026-02-09", 5), ("NUT", DUE, 5)]
    found = plan_changes(a_plan(before), a_plan(after, [("late_order", "DESK", "SO-1", 10, DUE)]), AS_OF)
    assert changes_in_words(found) == "Late lines: 1 newly late; planned orders: 1 new, 1 gone, 1 later."
    assert changes_in_words(found.head(0)) == "Nothing changed."


DAYS = st.sampled_from(["2026-01-02", "2026-01-07", DUE])


@examples(10)
@given(st.lists(st.tuples(st.sampled_from(["DESK", "TOP", "LEG"]), DAYS, st.integers(1, 9)), max_size=5))
def test_the_same_data_has_no_changes_and_the_same_exceptions(demand):
    demand = [(item, quantity, due) for item, due, quantity in demand]
    world = factory({"DESK": {"TOP": 1, "LEG": 4}}, {"LEG": 6}, demand, {"DESK": {"lead_time_days": 3}})
    once, again = plan_materials(world, AS_OF), plan_materials(world, AS_OF)
    assert plan_changes(once, again, AS_OF).empty
    pd.testing.assert_frame_equal(once["exceptions"], again["exceptions"])


@pytest.mark.parametrize("turned", [False, True])
def test_every_unit_of_the_difference_is_told(turned):
    before = [("BOLT", DUE, 5), ("BOLT", "2026-02-09", 3), ("NUT", DUE, 4)]
    after = [("BOLT", DUE, 9), ("NUT", "2026-02-04", 4), ("PIN", DUE, 1)]
    found = changes(after, before) if turned else changes(before, after)
    net = sum(int(row["quantity"] or 0) - int(row["quantity_before"] or 0) for row in found)
    assert net == (-2 if turned else 2)
