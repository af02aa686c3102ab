"""`kitline why` on real databases: each number with its arithmetic, and each need that produced nothing."""

import json
from datetime import date

import pytest
from sqlalchemy import update

from models.database import table_of, writing
from stage_database import import_rows
from tasks.material_planning import plan_materials
from tasks.order_release import release_orders
from tasks.pegging import NotInPlan
from tasks.why import why

AS_OF = date(2026, 1, 5)
DESK_PARTS = ("LEG", "FOOT", "TOP", "BOLT", "OAK", "SCREW", "LOGO", "FRAME")
# Two customers want 5 and 6 desks. Of every desk's parts each shows another reason.
PLANT = {
    "customers": [{"customer": "ALPINA", "name": "Alpina"}, {"customer": "NORD", "name": "Nord"}],
    "suppliers": [{"supplier": "WOOD", "name": "Wood"}],
    "items": [
        {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make", "lead_time_days": 2},
        {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "buy", "order_multiple": 10, "safety_stock": 4},
        {"item": "FOOT", "name": "Foot", "unit": "EA", "sourcing": "buy", "minimum_order_quantity": 100},
        {"item": "TOP", "name": "Top", "unit": "EA", "sourcing": "buy"},
        {"item": "BOLT", "name": "Bolt", "unit": "EA", "sourcing": "buy"},
        {"item": "OAK", "name": "Oak", "unit": "EA", "sourcing": "buy"},
        {"item": "ASH", "name": "Ash", "unit": "EA", "sourcing": "buy"},
        {"item": "SCREW", "name": "Screw", "unit": "EA", "sourcing": "buy"},
        {"item": "LOGO", "name": "Logo", "unit": "EA", "sourcing": "buy"},
        {"item": "FRAME", "name": "Frame", "unit": "EA", "sourcing": "make", "lead_time_days": 0},
        {"item": "LAMP", "name": "Lamp", "unit": "EA", "sourcing": "buy"},
        {"item": "SHADE", "name": "Shade", "unit": "EA", "sourcing": "buy"},
        {"item": "CAN", "name": "Can", "unit": "EA", "sourcing": "buy", "maximum_order_quantity": 6},
    ],
    "boms": [
        {"bom": "DESK", "item": "DESK"},
        {"bom": "FRAME", "item": "FRAME", "phantom": "yes"},
        {"bom": "LAMP", "item": "LAMP"},
    ],
    "bom_lines": [
        *(
            {"bom": "DESK", "line": 10 * place, "component": part, "quantity": 4 if part in ("LEG", "FOOT") else 1,
             "issue_method": "none" if part == "SCREW" else "", "supplied_by": "customer" if part == "LOGO" else ""}
            for place, part in enumerate(DESK_PARTS, start=1)
        ),
        {"bom": "FRAME", "line": 10, "component": "CAN", "quantity": 2},
        {"bom": "LAMP", "line": 10, "component": "SHADE", "quantity": 1},
    ],
    "substitutes": [{"component": "OAK", "substitute": "ASH"}],
    "supplier_items": [{"supplier": "WOOD", "item": "LEG", "price": "2.50", "lead_time_days": 3}],
    "stock": [{"item": "LEG", "quantity": 6}, {"item": "TOP", "quantity": 20}, {"item": "ASH", "quantity": 30},
              {"item": "SHADE", "quantity": 7}],
    "purchase_orders": [{"order": "PO-1", "supplier": "WOOD", "order_date": "2026-01-02"}],
    "purchase_order_lines": [{"order": "PO-1", "line": 10, "item": "BOLT", "quantity": 60, "due_date": "2026-01-20"}],
    "sales_orders": [
        {"order": "SO-1", "customer": "ALPINA", "order_date": "2026-01-02"},
        {"order": "SO-2", "customer": "NORD", "order_date": "2026-01-02"},
    ],
    "sales_order_lines": [
        {"order": "SO-1", "line": 10, "item": "DESK", "quantity": 5, "due_date": "2026-02-02"},
        {"order": "SO-2", "line": 10, "item": "DESK", "quantity": 6, "due_date": "2026-02-03"},
    ],
}  # fmt: skip


@pytest.fixture
def planned(database, tmp_path):
    """A database with the plant's plan."""
    import_rows(tmp_path, PLANT, AS_OF)
    plan_materials.fn(AS_OF)
    return database


def sentences(item: str, **asked) -> list[str]:
    return [day["sentence"] for day in why(item, **asked)["days"]]


def test_what_was_ordered_is_told_with_need_rule_dates_and_price(planned):
    first, second = sentences("LEG")
    assert first == (
        "On 2026-01-29: 20 required (20 for PLAN-DESK-1), 4 to stay as safety stock, 6 available, so 18 missing. "
        "20 ordered: in multiples of 10; 2 left for later. Due 2026-01-29; release 2026-01-26, 3 working days before; "
        "from WOOD at 2.5."
    )
    assert second.startswith(
        "On 2026-01-30: 24 required (24 for PLAN-DESK-2), 4 to stay as safety stock, 6 available, so 22 missing. "
        "30 ordered: in multiples of 10; 8 left for later."
    )
    (desk, _) = sentences("DESK")
    assert desk.startswith("On 2026-02-02: 5 required (5 for SO-1/10 (Alpina)), 0 available, so 5 missing. 5 ordered.")


def test_what_was_not_ordered_is_told_by_what_covers_it(planned):
    assert sentences("TOP") == [
        "On 2026-01-29: 5 required (5 for PLAN-DESK-1). Nothing ordered: covered by 5 on hand. 15 left.",
        "On 2026-01-30: 6 required (6 for PLAN-DESK-2). Nothing ordered: covered by 6 on hand. 9 left.",
    ]
    receipt, covered, _ = sentences("BOLT")
    assert receipt == "On 2026-01-20: nothing required, 60 from PO-1/10. 60 left."
    assert covered.endswith("Nothing ordered: covered by 5 from PO-1/10. 55 left.")
    _, surplus = sentences("FOOT")
    assert surplus.endswith("Nothing ordered: covered by 24 from the surplus of PLAN-FOOT-1. 56 left.")


def test_an_item_without_needs_says_why(planned):
    assert why("SCREW")["reasons"] == [
        "Bill DESK, line 60 (DESK): SCREW has issue method none, so no need is raised.",
        "None on hand.",
    ]
    assert why("LOGO")["reasons"][0] == "Bill DESK, line 70 (DESK): the customer supplies LOGO, so no need is raised."
    assert why("SHADE")["reasons"] == [
        "Nothing needs SHADE: it goes into LAMP, and none of these has to be made.",
        "7 on hand.",
    ]
    assert why("LAMP")["reasons"][0] == (
        "Nothing needs LAMP: no bill of materials uses it, and no order or forecast asks for it."
    )
    assert why("FRAME")["reasons"][0] == ("FRAME is passed through: whoever needs it needs its components instead.")
    assert all(why(item)["days"] == [] for item in ("SCREW", "LOGO", "SHADE", "LAMP", "FRAME"))


def test_a_substitute_that_served_is_named_on_both_sides(planned):
    assert why("OAK")["reasons"][0] == "On 2026-01-29 ASH takes the place of 5 OAK, so these are not ordered."
    assert why("OAK")["days"] == []
    assert why("ASH")["reasons"][0] == "On 2026-01-29 ASH takes the place of 5 OAK."


def test_a_split_need_is_one_sentence_with_each_of_its_parts(planned):
    first, _ = sentences("CAN")
    assert "10 required (10 for PLAN-DESK-1), 0 available, so 10 missing. 10 ordered in 2 parts: at most 6" in first
    assert "PLAN-CAN-1: 6." in first
    assert "PLAN-CAN-2: 4." in first


def test_a_planned_order_is_told_alone_with_whom_it_serves(planned):
    answer = why("PLAN-LEG-1")
    (day,) = answer["days"]
    assert day["sentence"] == sentences("LEG")[0]
    assert [(row["number"], row["share"], row["about"]) for row in answer["serves"]] == [
        ("SO-1/10", "14", "Alpina"), ("SO-2/10", "6", "Nord"),
    ]  # fmt: skip
    assert day["orders"][0]["multiple"] == "10"
    assert day["orders"][0]["past_due"] is False


def test_a_firm_order_says_that_the_plan_keeps_it(planned):
    orders = table_of("planned_orders")
    with writing(planned) as connection:
        connection.execute(update(orders).where(orders.c.number == "PLAN-LEG-1").values(firm=True, state="firm"))
    plan_materials.fn(AS_OF)
    (told,) = sentences("PLAN-LEG-1")
    assert told.startswith("It is firm: the plan keeps it and counts it as a receipt. When it was suggested: on 2026-")
    first, _ = sentences("LEG")
    assert first.startswith("On 2026-01-29: 20 required (20 for PLAN-DESK-1). Nothing ordered: covered by 6 on hand, ")
    assert "14 from PLAN-LEG-1. 6 left, safety stock 4." in first


def test_a_release_past_due_says_when_it_can_be_there(database, tmp_path):
    late = [{**line, "due_date": "2026-01-08"} for line in PLANT["sales_order_lines"]]
    import_rows(tmp_path, {**PLANT, "sales_order_lines": late}, AS_OF)
    plan_materials.fn(AS_OF)
    (told,) = sentences("LEG")
    assert told.endswith("That release is past due: released today it comes on 2026-01-08.")


def test_a_released_order_is_named_by_its_document(planned):
    release_orders.fn(date(2026, 1, 30))
    first, _ = sentences("LEG")
    assert "20 required (20 for WO-2026-00001)" in first
    assert why("PLAN-LEG-1")["days"][0]["orders"][0]["document"] == "PO-2026-00001/10"


def test_a_day_without_movement_and_an_unknown_item_are_answered(planned):
    assert sentences("TOP", day=date(2026, 1, 29)) == sentences("TOP")[:1]
    assert sentences("TOP", day=date(2026, 3, 1)) == [
        "On 2026-03-01: nothing of TOP required, and nothing comes. 9 left."
    ]
    with pytest.raises(NotInPlan, match="TOPP is no item and no planned order of the last plan; did you mean TOP"):
        why("TOPP")


def test_the_command_tells_the_sentences_and_the_record(planned, kitline):
    code, said, errors = kitline("why", "TOP")
    assert (code, errors) == (0, "")
    lines = said.splitlines()
    assert lines[0].startswith("TOP Top (EA): 20 on hand; plan material_planning-2026-00001 as of 2026-01-05")
    assert lines[-3:] == [
        "date        there  receipts  required  safety  net  planned  left",
        "2026-01-29     20         0         5       0    0        0    15",
        "2026-01-30     15         0         6       0    0        0     9",
    ]
    _, said, _ = kitline("why", "PLAN-LEG-1")
    assert [" ".join(line.split()) for line in said.splitlines()[4:8]] == [
        "there before 6", "scheduled receipts 0", "required 20 20 for PLAN-DESK-1", "safety stock 4",
    ]  # fmt: skip
    assert "14 LEG for sales order SO-1/10: 3.5 of 5 EA DESK (due 2026-02-02, Alpina)" in said
    _, said, _ = kitline("why", "TOP", "--date", "2026-01-29", "--json")
    assert json.loads(said)["days"][0]["required"] == "5"
    assert kitline("why", "TOPP")[2].startswith("kitline: TOPP is no item")
