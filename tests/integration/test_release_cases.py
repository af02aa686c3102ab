"""Cases of other systems: a plan is released in parts and never beyond its limit, however work orders are made."""

import json
from datetime import date

import pytest

from stage_database import import_rows, stored_rows
from support import shared
from tasks.batch_work_orders import BadBatch, BatchRequest, make_work_orders
from tasks.document_decision import decide_documents
from tasks.material_planning import plan_materials
from tasks.order_release import BadRelease, read_choices, release_orders

AS_OF = date(2026, 1, 5)


def case(name: str) -> tuple[dict, dict]:
    cases = json.loads(shared("cases", "erp_behaviour.json").read_text(encoding="utf-8"))
    found = next(row for row in cases if row["id"] == name)
    return found["given"], found["expected"]


@pytest.fixture
def planned(database, tmp_path):
    """A function that plans so many desks for one order of a hotel."""

    def plan(quantity: int):
        rows = {
            "customers": [{"customer": "HOTEL", "name": "Hotel"}],
            "suppliers": [{"supplier": "WOOD", "name": "Wood"}],
            "items": [{"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make", "lead_time_days": 2},
                      {"item": "TOP", "name": "Top", "unit": "EA", "sourcing": "buy", "lead_time_days": 1}],
            "supplier_items": [{"supplier": "WOOD", "item": "TOP", "price": 5}],
            "boms": [{"bom": "DESK", "item": "DESK"}],
            "bom_lines": [{"bom": "DESK", "line": 10, "component": "TOP", "quantity": 1}],
            "sales_orders": [{"order": "SO-1", "customer": "HOTEL", "order_date": "2026-01-02"}],
            "sales_order_lines": [{"order": "SO-1", "line": 10, "item": "DESK", "quantity": quantity,
                                   "due_date": "2026-01-20"}],
        }  # fmt: skip
        import_rows(tmp_path, rows, AS_OF)
        plan_materials.fn(AS_OF)
        return database

    return plan


def release(number: str, quantity: int, **policies) -> None:
    release_orders.fn(AS_OF, policies, None, *read_choices([{"planned_order": number, "quantity": quantity}]))


def refusal(number: str, quantity: int, **policies) -> str:
    """Why so much cannot be released, "" where it was."""
    try:
        release(number, quantity, **policies)
    except BadRelease as refused:
        return str(refused)
    return ""


def ordered(database) -> int:
    """Desks in work orders that were not cancelled."""
    works = [row for row in stored_rows(database, "work_orders") if row["state"] != "cancelled"]
    return sum(int(row["quantity"]) for row in works)


def suggested(database) -> dict[str, str]:
    return {row["number"]: row["quantity"] for row in stored_rows(database, "planned_orders")
            if row["item"] == "DESK" and row["state"] == "suggested"}  # fmt: skip


def test_case_work_orders_of_a_plan_stop_at_it_and_a_cancelled_one_gives_its_part_back(planned):
    given, expected = case("plan_partial_release_and_cap")
    plant = planned(given["planned"])
    left, works, after = "PLAN-DESK-1", {}, []
    for action in given["actions"]:
        quantity = int(action.split()[-1])
        if action.startswith("cancel"):
            decide_documents.fn("cancel", [works[quantity]], "Ada", "not now", AS_OF)
        else:
            said = refusal(left, quantity, over_release_percent=given["overproduction_pct"])
            if said:
                assert f"{left} is released as {works[quantity]}" in said
                after.append("rejected")
                continue
            works[quantity] = stored_rows(plant, "work_orders")[-1]["order"]
            left = next(iter(suggested(plant)), left)
        after.append(ordered(plant))
    assert after == expected["ordered_after"]
    # what was cancelled is suggested anew
    plan_materials.fn(AS_OF)
    assert list(suggested(plant).values()) == [str(given["planned"])]


def test_case_the_allowance_is_of_the_whole_order_and_not_of_what_is_left(planned):
    """43 sold, 40 in work: 5 more are 45 of at most 45.15. Desks are counted in whole units, so 6 are too many."""
    given, expected = case("wo_over_so_allowance")
    assert given["so"] * (100 + given["allowance_pct"]) == expected["limit"] * 100
    plant, allowed = planned(given["so"]), {"over_release_percent": given["allowance_pct"]}
    release("PLAN-DESK-1", given["existing_wo"])
    with pytest.raises(BadRelease, match="at most 5.15 may be"):
        release("PLAN-DESK-1.2", given["new_wo"] + 1, **allowed)
    with pytest.raises(BadRelease, match="at most 3 may be"):
        release("PLAN-DESK-1.2", given["new_wo"])
    release("PLAN-DESK-1.2", given["new_wo"], **allowed)
    assert expected["accepted"]
    assert ordered(plant) == given["existing_wo"] + given["new_wo"]


def test_case_the_same_holds_where_work_orders_are_made_straight_from_the_order(planned):
    given, _ = case("wo_over_so_allowance")
    plant, allowed = planned(given["so"]), {"over_release_percent": given["allowance_pct"]}

    def make(quantity: int) -> None:
        make_work_orders.fn(BatchRequest((f"SO-1/10={quantity}",)), AS_OF, allowed)

    make(given["existing_wo"])
    with pytest.raises(BadBatch):
        make(given["new_wo"] + 1)
    make(given["new_wo"])
    assert ordered(plant) == given["existing_wo"] + given["new_wo"]
