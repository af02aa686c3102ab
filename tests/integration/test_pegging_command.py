"""`kitline pegging` on real databases, through the real stages: plan, release, plan again."""

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from stage_database import import_rows
from tasks.material_planning import plan_materials
from tasks.order_release import release_orders
from tasks.pegging import NoPlan, NotInPlan, pegging, tree_lines

AS_OF = date(2026, 1, 5)
# Two customers want 5 and 6 desks in one week; legs come in tens, 4 are kept as safety stock.
PLANT = {
    "customers": [{"customer": "ALPINA", "name": "Alpina"}, {"customer": "NORD", "name": "Nord"}],
    "suppliers": [{"supplier": "WOOD", "name": "Wood"}],
    "items": [
        {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make", "lead_time_days": 2},
        {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "buy", "order_multiple": 10, "safety_stock": 4},
        {"item": "LAMP", "name": "Lamp", "unit": "EA", "sourcing": "buy"},
    ],
    "boms": [{"bom": "DESK", "item": "DESK"}],
    "bom_lines": [{"bom": "DESK", "line": 10, "component": "LEG", "quantity": 4}],
    "supplier_items": [{"supplier": "WOOD", "item": "LEG", "price": "2.50", "lead_time_days": 3}],
    "stock": [{"item": "LEG", "quantity": 6}],
    "sales_orders": [
        {"order": "SO-1", "customer": "ALPINA", "order_date": "2026-01-02"},
        {"order": "SO-2", "customer": "NORD", "order_date": "2026-01-02"},
    ],
    "sales_order_lines": [
        {"order": "SO-1", "line": 10, "item": "DESK", "quantity": 5, "due_date": "2026-02-02"},
        {"order": "SO-2", "line": 10, "item": "DESK", "quantity": 6, "due_date": "2026-02-03"},
    ],
}


@pytest.fixture
def planned(database, tmp_path):
    """A database with the plant's plan."""
    import_rows(tmp_path, PLANT, AS_OF)
    plan_materials.fn(AS_OF)
    return database


def ends(*numbers: str) -> dict[str, Decimal]:
    """Whom all supplies of these numbers serve in the end, with their shares added up."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for number in numbers:
        for tree in pegging(number)["trees"]:
            for row in tree["ends"]:
                found[row["number"] or row["kind"]] += Decimal(row["share"])
    return dict(found)


def needs(number: str) -> list[tuple]:
    (tree,) = pegging(number)["trees"]
    return [(row["level"], row["kind"], row["number"], row["quantity"]) for row in tree["needs"]]


def test_from_an_order_line_down_to_everything_that_serves_it(planned):
    assert needs("SO-1/10") == [
        (1, "planned_order", "PLAN-DESK-1", "5"),
        (2, "stock", "LEG", "6"),
        (2, "planned_order", "PLAN-LEG-1", "14"),
    ]


def test_from_a_suggestion_up_to_the_customers_with_names_and_dates(planned):
    (tree,) = pegging("PLAN-LEG-1")["trees"]
    assert (tree["root"]["quantity"], tree["root"]["about"]) == ("20", "WOOD, release 2026-01-26")
    customer = tree["serves"][1]
    assert (customer["number"], customer["date"], customer["about"]) == ("SO-1/10", "2026-02-02", "Alpina")


# 20 and 24 legs for the desks, 4 to be kept in stock, and 8 too many: 6 in stock and 50 bought in tens.
LEGS = {"SO-1/10": 20, "SO-2/10": 24, "safety_stock": 4, "surplus": 8}


def test_release_merges_orders_and_a_new_plan_renames_them_and_every_customer_keeps_his_legs(planned):
    assert ends("LEG", "PLAN-LEG-1", "PLAN-LEG-2") == LEGS
    release_orders.fn(date(2026, 1, 30))
    (tree,) = pegging("PLAN-LEG-2")["trees"]
    assert (tree["root"]["number"], tree["root"]["quantity"]) == ("PO-2026-00001/10", "50")
    assert {row[2] for row in needs("SO-1/10") if row[1] == "work_order"} == {"WO-2026-00001"}
    assert ends("LEG", "PO-2026-00001/10") == LEGS
    released = pegging("PO-2026-00001")["trees"]
    plan_materials.fn(date(2026, 1, 30))
    assert pegging("PO-2026-00001")["trees"] == released
    assert ends("LEG", "PO-2026-00001/10") == LEGS


def test_what_was_ordered_for_a_season_is_its_safety_stock_though_it_falls_later(database, tmp_path):
    # 8 legs more must lie there in March: 50 of 44 + 4 are ordered beside the 6 in stock, 12 serve no desk
    season = [{"item": "LEG", "effective_from": day, "quantity": quantity}
              for day, quantity in (("2026-03-02", 12), ("2026-06-01", 0))]  # fmt: skip
    import_rows(tmp_path, {**PLANT, "safety_stocks": season}, AS_OF)
    plan_materials.fn(AS_OF)
    assert ends("items:LEG", "PLAN-LEG-1", "PLAN-LEG-2") == {
        "SO-1/10": Decimal(20), "SO-2/10": Decimal(24), "safety_stock": Decimal(12)
    }  # fmt: skip


def test_an_order_that_several_ways_lead_to_says_how_much_goes_into_it_in_all(database, tmp_path):
    items = [*PLANT["items"], {"item": "FRAME", "name": "Frame", "unit": "EA", "sourcing": "make"}]
    lines = [
        {"bom": "DESK", "line": 10, "component": "LAMP", "quantity": 4},
        {"bom": "DESK", "line": 20, "component": "FRAME", "quantity": 1},
        {"bom": "FRAME", "line": 10, "component": "LAMP", "quantity": 2},
    ]
    boms = [*PLANT["boms"], {"bom": "FRAME", "item": "FRAME"}]
    orders = {"sales_order_lines": PLANT["sales_order_lines"][:1]}
    import_rows(tmp_path, {**PLANT, **orders, "items": items, "boms": boms, "bom_lines": lines}, AS_OF)
    plan_materials.fn(AS_OF)
    (tree,) = pegging("PLAN-LAMP-1")["trees"]
    # five desks: four lamps each of their own and two in the frame, 20 + 10 = 30
    drawn = tree_lines(tree["serves"])
    assert [line for line in drawn if "in all" in line] == drawn[:1]
    assert drawn[0].endswith("5 EA DESK, with 20 LAMP (due 2026-02-02, release 2026-01-29) → in all ways 30 LAMP")
    assert "with 30 LAMP" in drawn[1]
    assert "with 10 LAMP" in drawn[3]
    assert drawn[3].endswith("→ see above")


def test_stock_is_asked_for_by_its_item(planned):
    assert ends("LEG") == {"SO-1/10": 6}
    assert ends("items:LEG") == ends("LEG")


def test_what_the_plan_does_not_know_is_said_with_the_remedy(database, tmp_path):
    import_rows(tmp_path, PLANT, AS_OF)
    with pytest.raises(NoPlan, match="kitline run material_planning"):
        pegging("LEG")
    plan_materials.fn(AS_OF)
    with pytest.raises(NotInPlan, match="did you mean LEG"):
        pegging("LEGS")
    with pytest.raises(NotInPlan, match="no stock of LAMP"):
        pegging("LAMP")
    order = {"order": "SO-3", "customer": "NORD", "order_date": "2026-01-05"}
    line = {"order": "SO-3", "line": 10, "item": "DESK", "quantity": 1, "due_date": "2026-02-03"}
    import_rows(tmp_path, {"sales_orders": [order], "sales_order_lines": [line]}, AS_OF)
    with pytest.raises(NotInPlan, match="newer than the plan"):
        pegging("SO-3")


def test_the_command_draws_the_tree(planned, kitline):
    code, said, errors = kitline("pegging", "PLAN-LEG-1")
    assert (code, errors) == (0, "")
    assert said.splitlines()[2:] == [
        "planned order PLAN-LEG-1: 20 EA LEG (due 2026-01-29, WOOD, release 2026-01-26)",
        "serves",
        "├─ planned order PLAN-DESK-1: 3.5 of 5 EA DESK, with 14 LEG (due 2026-02-02, release 2026-01-29)",
        "│  └─ sales order SO-1/10: 3.5 of 5 EA DESK, with 14 LEG (due 2026-02-02, Alpina)",
        "└─ planned order PLAN-DESK-2: 1.5 of 6 EA DESK, with 6 LEG (due 2026-02-03, release 2026-01-30)",
        "   └─ sales order SO-2/10: 1.5 of 6 EA DESK, with 6 LEG (due 2026-02-03, Nord)",
        "in the end",
        "14 LEG for sales order SO-1/10: 3.5 of 5 EA DESK (due 2026-02-02, Alpina)",
        " 6 LEG for sales order SO-2/10: 1.5 of 6 EA DESK (due 2026-02-03, Nord)",
    ]
    _, said, _ = kitline("pegging", "SO-1", "--without-stock")
    assert "stock" not in said
    assert "PLAN-LEG-1: 14 of 20 EA LEG" in said
    _, said, _ = kitline("pegging", "SO-1", "--json")
    assert json.loads(said)["trees"][0]["needs"][1]["kind"] == "stock"
    code, _, errors = kitline("pegging", "SO-11")
    assert (code, errors.splitlines()) == (
        1,
        ["kitline: nothing has the number SO-11; did you mean SO-1/10 or SO-2/10?"],
    )
