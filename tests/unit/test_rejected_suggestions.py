"""What somebody turned down stays turned down until the need is another."""

from calculations.material_planning import plan_materials
from calculations.rejected_suggestions import keep_rejections
from support import world_of
from table_maker import AS_OF, TABLES


def planned(**changed):
    """The table maker's plan, whose TABLE needs 12 LEGs more and whose tops are on order."""
    return plan_materials(world_of({**TABLES, **changed}), AS_OF)


def rejected(plan, *numbers):
    orders = plan["planned_orders"]
    return orders[orders["number"].isin(numbers)]


def states(frames):
    orders = frames["planned_orders"]
    return dict(zip(orders["number"], orders["state"], strict=True))


def test_without_a_rejection_the_plan_is_as_it_was():
    plan = planned()
    found = keep_rejections(plan, plan["planned_orders"].iloc[:0])
    assert found["planned_orders"].equals(plan["planned_orders"])
    assert found["pegs"].equals(plan["pegs"])
    assert found["rejected"].empty


def test_the_same_need_stays_rejected_and_so_does_what_would_only_serve_it():
    plan = planned()
    assert states(plan) == {"PLAN-LEG-1": "suggested", "PLAN-TABLE-1": "suggested"}
    found = keep_rejections(plan, rejected(plan, "PLAN-TABLE-1"))
    assert states(found) == {"PLAN-LEG-1": "rejected", "PLAN-TABLE-1": "rejected"}
    assert found["rejected"]["number"].tolist() == ["PLAN-LEG-1", "PLAN-TABLE-1"]


def test_rejecting_a_part_leaves_its_parent_suggested():
    plan = planned()
    found = keep_rejections(plan, rejected(plan, "PLAN-LEG-1"))
    assert states(found) == {"PLAN-LEG-1": "rejected", "PLAN-TABLE-1": "suggested"}


def test_another_need_is_suggested_anew():
    before = rejected(planned(), "PLAN-LEG-1")
    line = TABLES["sales_order_lines"][0]
    more = planned(sales_order_lines=[{**line, "quantity": 6}])
    assert set(states(keep_rejections(more, before)).values()) == {"suggested"}


def test_a_part_that_serves_somebody_else_too_is_still_suggested():
    lines = [TABLES["sales_order_lines"][0], {"order": "SO-1", "line": 20, "item": "LEG", "quantity": 20,
                                              "due_date": "2026-01-26"}]  # fmt: skip
    plan = planned(sales_order_lines=lines)
    found = keep_rejections(plan, rejected(plan, "PLAN-TABLE-1"))
    assert states(found) == {"PLAN-LEG-1": "suggested", "PLAN-TABLE-1": "rejected"}


def test_a_rejected_suggestion_keeps_its_number_when_planning_counts_otherwise():
    before = rejected(planned(), "PLAN-LEG-1").assign(number="PLAN-LEG-7")
    plan = planned()
    found = keep_rejections(plan, before)
    assert states(found) == {"PLAN-LEG-7": "rejected", "PLAN-TABLE-1": "suggested"}
    assert "PLAN-LEG-7" in set(found["pegs"]["supply"])
    assert "PLAN-LEG-1" not in set(found["pegs"]["supply"])


def test_one_rejection_holds_back_one_of_two_equal_suggestions():
    items = [{**item, "maximum_order_quantity": 6, "lot_sizing": "lot_for_lot"} if item["item"] == "LEG" else item
             for item in TABLES["items"]]  # fmt: skip
    plan = planned(items=items)
    legs = [number for number in states(plan) if "LEG" in number]
    assert len(legs) == 2
    # planning never gives a number again that a rejected suggestion has
    before = rejected(plan, legs[1]).assign(number="PLAN-LEG-9")
    found = states(keep_rejections(plan, before))
    assert sorted(found.items())[:2] == [("PLAN-LEG-2", "suggested"), ("PLAN-LEG-9", "rejected")]


def test_what_is_rejected_asks_nobody_to_hurry():
    plan = planned(sales_order_lines=[{**TABLES["sales_order_lines"][0], "due_date": "2026-01-08"}])
    late = plan["exceptions"]
    assert "PLAN-LEG-1" in set(late["order"])
    found = keep_rejections(plan, rejected(plan, "PLAN-LEG-1"))
    assert "PLAN-LEG-1" not in set(found["exceptions"]["order"])
