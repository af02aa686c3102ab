"""The planning examples in docs/scenarios/planning, against numbers worked out by hand from the rules."""

import json
from functools import cache
from pathlib import Path

import pytest

from tasks.simulation import simulate_file

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "scenarios" / "planning"

# For each example: item, release date and quantity of what is planned, in the order of the answer.
PLANNED = {
    "calendar": ["BOLT 2026-01-23 1"],
    "customer_supplied": ["BOX 2026-01-29 50", "ENGRAVED-CUP 2026-01-29 50"],
    "effectivity": [
        "BENCH 2026-01-23 1", "BENCH 2026-01-26 1", "CHAIR 2026-01-19 1", "CHAIR 2026-01-26 1", "CHAIR 2026-02-02 1",
        "FELT 2026-01-19 4", "OAK 2026-01-19 2", "OAK 2026-01-23 3", "OAK 2026-01-26 2", "PINE 2026-02-02 2",
        "STEEL 2026-01-26 3", "STOOL 2026-01-26 1",
    ],
    "exception_messages": ["SCREW 2026-01-26 6", "WIRE 2026-01-26 20"],
    "exception_ranking": ["LAMP 2026-01-01 1", "SHADE 2025-12-31 1", "SOCKET 2026-01-01 1"],
    "firm_and_overdue": [
        "LEG 2026-01-19 18", "LEG 2026-01-26 24", "TABLE 2025-12-29 1", "TABLE 2026-01-19 6", "TABLE 2026-01-26 2",
        "TABLE 2026-01-26 4",
    ],
    "forecast_consumption": [
        "LAMP 2026-01-19 50", "LAMP 2026-01-26 60", "LAMP 2026-02-26 20", "LAMP 2026-03-30 40",
    ],
    "lead_times": [
        "BLANK 2025-12-31 8", "BLANK 2026-01-26 20", "BLANK 2026-02-06 40", "FIXED-ZERO 2026-02-02 1",
        "INSPECTED 2026-01-21 1", "LATE 2025-12-29 4", "MACHINED 2026-01-29 20", "MACHINED 2026-02-11 40",
        "SUPPLIED 2026-01-19 1",
    ],
    "load": ["FRAME 2026-01-26 60", "FRAME 2026-02-02 100", "TUBE 2026-01-26 60", "TUBE 2026-02-02 100"],
    "loss_divides": [
        "BREAD 2026-01-30 25", "CASE 2026-01-26 15", "FLOUR 2026-01-30 15", "GEAR 2026-01-26 116",
        "GEARBOX 2026-01-26 13",
    ],
    "lot_sizing": [
        "CHEAPEST 2026-01-05 30", "CHEAPEST 2026-01-07 45", "CHEAPEST 2026-01-09 30", "EACH 2026-01-05 20",
        "EACH 2026-01-06 10", "EACH 2026-01-07 40", "EACH 2026-01-08 5", "EACH 2026-01-09 30", "LOT-50 2026-01-05 50",
        "LOT-50 2026-01-07 50", "LOT-50 2026-01-09 50", "THREE-DAYS 2026-01-05 70", "THREE-DAYS 2026-01-08 35",
    ],
    "no_source": ["CABIN 2026-02-02 1", "HINGE 2026-01-26 2", "WHEEL 2026-02-02 4"],
    "open_orders": ["ROTOR 2026-01-12 4", "ROTOR 2026-01-26 10", "SEAL 2026-01-26 21"],
    "order_limits": [
        "CRATE 2026-02-02 1300", "DRUM 2026-02-02 100", "DRUM 2026-02-02 50", "PALLET 2026-02-02 100",
        "SACK 2026-02-02 50", "SACK 2026-02-04 25",
    ],
    "pegging": ["BOLT 2026-02-09 50"],
    "phantom_stock_ignored": [
        "BIKE 2026-01-29 5", "BIKE 2026-02-05 5", "SPOKE 2026-01-29 320", "SPOKE 2026-02-05 320",
    ],
    "phantoms": ["BIKE 2026-01-29 5", "BIKE 2026-02-05 5", "SPOKE 2026-01-29 224", "SPOKE 2026-02-05 320"],
    "price_breaks": ["BOLT 2026-01-26 299", "BOLT 2026-02-02 300", "BOLT 2026-02-09 2500"],
    "purchase_units": ["BOLT 2026-01-26 36", "BOLT 2026-02-09 24"],
    "safety_and_order_up_to": ["OIL 2025-12-29 46", "SEAL 2026-01-12 5"],
    "safety_stock_by_season": ["FAN 2026-01-12 18"],
    "shared_components": ["AXLE 2026-02-02 14", "BOLT 2026-02-02 61", "CART 2026-02-09 10"],
    "subcontract": ["FRAME 2026-01-12 7", "FRAME 2026-01-26 22", "PAINTED-FRAME 2026-02-02 20"],
    "substitutes": [
        "DESK 2026-01-26 6", "DESK 2026-02-09 8", "DOOR 2026-01-26 10", "DOOR 2026-02-02 5", "OAK 2026-02-02 5",
        "SHELF 2026-02-16 3",
    ],
    "substitutes_bought": [
        "ASH 2026-02-02 5", "ASH 2026-02-09 3", "DESK 2026-01-26 6", "DESK 2026-02-09 8", "DOOR 2026-01-26 10",
        "DOOR 2026-02-02 5", "SHELF 2026-02-16 3",
    ],
    "suppliers": ["BOLT 2026-01-16 100", "BOLT 2026-02-06 40", "BOLT 2026-03-17 5"],
    "yield_and_loss": [
        "BREAD 2026-01-30 25", "CASE 2026-01-26 15", "FLOUR 2026-01-30 15", "GEAR 2026-01-26 115",
        "GEARBOX 2026-01-26 13",
    ],
}  # fmt: skip


@cache
def answer(name: str) -> dict:
    return simulate_file(EXAMPLES / f"{name}.json")


def rows(name: str, frame: str, *columns: str, **where) -> list[tuple]:
    """Cells of those rows of an answer's frame whose columns are as given."""
    kept = [row for row in answer(name)[frame] if all(row[column] == value for column, value in where.items())]
    return [tuple(row[column] for column in columns) for row in kept]


def kinds(name: str, item: str) -> set[str]:
    return {kind for (kind,) in rows(name, "exceptions", "kind", item=item)}


def test_every_planning_example_is_worked_out_here_and_says_what_it_shows():
    files = sorted(EXAMPLES.glob("*.json"))
    assert [file.stem for file in files] == sorted(PLANNED)
    for file in files:
        assert json.loads(file.read_text(encoding="utf-8"))["about"], file.name


@pytest.mark.parametrize("name", PLANNED)
def test_an_example_plans_what_the_rule_says(name):
    found = [" ".join(row) for row in rows(name, "planned_orders", "item", "release_date", "quantity")]
    assert found == PLANNED[name]
    assert answer(name)["refused"] == []


@pytest.mark.parametrize("name", PLANNED)
def test_in_every_example_supply_is_requirements_and_closing_and_all_that_is_required_is_pegged(name):
    given = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))["tables"]
    for item in {row["item"] for row in given["items"]}:
        terms = rows(name, "requirements", "gross", "scheduled_receipts", "planned_receipts", item=item)
        gross, receipts, planned = (
            (sum(map(float, column)) for column in zip(*terms, strict=True)) if terms else [0] * 3
        )
        usable = [row for row in given.get("stock", []) if row.get("status", "available") == "available"]
        on_hand = sum(float(row["quantity"]) for row in usable if row["item"] == item)
        closing = rows(name, "requirements", "projected_available", item=item)
        assert on_hand + receipts + planned == gross + (float(closing[-1][0]) if closing else on_hand), item
        assert sum(float(quantity) for (quantity,) in rows(name, "pegs", "quantity", item=item)) == gross, item


def test_of_the_forecast_only_what_no_order_took_is_left():
    assert rows("forecast_consumption", "pegs", "date", "quantity", demand_kind="forecast") == [("2026-04-06", "40")]


def test_an_order_in_safety_time_and_inspection_is_due_before_the_need():
    found = rows("lead_times", "planned_orders", "release_date", "due_date", "need_date", item="INSPECTED")
    assert found == [("2026-01-21", "2026-01-28", "2026-02-02")]


def test_a_release_in_the_past_is_kept_and_its_parts_count_today():
    assert kinds("lead_times", "LATE") == {"past_due_release", "late_order"}
    assert ("2026-01-05", "8") in rows("lead_times", "requirements", "date", "gross", item="BLANK")


def test_thirteen_gearboxes_started_bring_ten():
    assert rows("yield_and_loss", "planned_orders", "receipt_quantity", item="GEARBOX") == [("10",)]


def test_a_phantom_has_requirements_only_for_what_its_stock_serves():
    assert rows("phantoms", "requirements", "gross", item="WHEEL-KIT") == [("3",)]
    assert rows("phantom_stock_ignored", "requirements", "gross", item="WHEEL-KIT") == []


def test_a_gap_between_two_bills_is_told():
    assert kinds("effectivity", "STOOL") == {"no_bom"}


def test_each_substitution_is_logged():
    decided = [("GLUE", "PASTE", "2026-01-26", "10"), ("OAK", "ASH", "2026-01-26", "4"),
               ("OAK", "ELM", "2026-02-09", "3")]  # fmt: skip
    columns = ("item", "substitute", "date", "quantity")
    assert rows("substitutes", "substitutions", *columns) == decided
    bought = ("OAK", "ASH", "2026-02-09", "5")
    assert sorted(rows("substitutes_bought", "substitutions", *columns)) == sorted([*decided, bought])
    # 4 oak are 6 ash; whole takes none of the 6 in stock
    assert ("2026-01-26", "6") in rows("substitutes", "requirements", "date", "gross", item="ASH")
    assert rows("substitutes", "requirements", "date", "gross", item="GLUE") == [("2026-02-02", "5")]


def test_the_components_of_a_subcontract_order_are_needs_to_send():
    sent = rows("subcontract", "pegs", "demand_kind", "demand", "date", "quantity", item="FRAME")
    assert sent == [("subcontract_order", "SUB-1", "2026-01-19", "7"),
                    ("planned_order", "PLAN-PAINTED-FRAME-1", "2026-02-02", "22")]  # fmt: skip
    assert rows("subcontract", "planned_orders", "kind", "supplier", item="PAINTED-FRAME") == [
        ("subcontract", "PAINTER")
    ]


def test_what_the_customer_brings_and_what_is_not_tracked_has_no_requirement():
    assert {item for (item,) in rows("customer_supplied", "requirements", "item")} == {"ENGRAVED-CUP", "BOX"}


def test_stock_at_its_safety_stock_needs_nothing_and_below_it_fills_up():
    assert rows("safety_and_order_up_to", "requirements", "item", item="RING") == []
    assert rows("safety_and_order_up_to", "requirements", "projected_available", item="OIL") == [("50",), ("44",)]
    assert rows("safety_and_order_up_to", "exceptions", "item", "quantity", kind="below_safety_stock") == [("OIL", "6")]


def test_firm_and_approved_orders_survive_and_what_is_overdue_is_told():
    firm = rows("firm_and_overdue", "planned_orders", "number", "state", firm=True)
    assert firm == [("PLAN-TABLE-1", "firm"), ("PLAN-TABLE-2", "approved")]
    assert rows("firm_and_overdue", "exceptions", "kind", "order", item="LEG") == [("overdue_receipt", "PO-1")]
    assert {"past_due_demand", "late_order"} <= kinds("firm_and_overdue", "TABLE")


def test_what_has_no_source_is_planned_and_told():
    assert {item: kinds("no_source", item) for item in ("CABIN", "WHEEL", "HINGE")} == {
        "CABIN": {"no_bom", "no_lead_time"}, "WHEEL": {"no_lead_time"}, "HINGE": {"no_supplier"},
    }  # fmt: skip


def test_prices_follow_the_offer_its_breaks_and_the_purchase_unit():
    assert rows("price_breaks", "planned_orders", "unit_price") == [("0.12",), ("0.11",), ("0.1",)]
    assert rows("suppliers", "planned_orders", "supplier", "unit_price") == [
        ("ACME", "5"), ("ACME", "6"), ("BOLTCO", "7"),
    ]  # fmt: skip
    assert rows("purchase_units", "planned_orders", "unit_price") == [("0.5",), ("0.5",)]


def test_pegs_serve_the_more_urgent_order_first_and_leave_the_surplus():
    assert rows("pegging", "pegs", "supply_kind", "demand", "quantity") == [
        ("stock", "SO-2", "10"), ("purchase_order", "SO-2", "2"), ("purchase_order", "SO-1", "15"),
        ("purchase_order", "SO-3", "3"), ("planned_order", "SO-3", "27"),
    ]  # fmt: skip
    assert rows("pegging", "requirements", "projected_available")[-1] == ("23",)


def test_hours_fall_into_the_week_of_the_release():
    idle = [(week, "0", "0") for week in ("2026-01-05", "2026-01-12", "2026-01-19")]
    busy = [("2026-01-26", "32", "0"), ("2026-02-02", "52", "12")]
    assert rows("load", "load", "week", "hours", "overload") == [*idle, *busy]
    assert rows("load", "exceptions", "date", "quantity", kind="overload") == [("2026-02-02", "12")]


def test_open_orders_are_moved_and_reduced_by_what_is_needed_and_trifles_stay_quiet():
    assert rows("exception_messages", "exceptions", "kind", "item", "date", "quantity") == [
        ("expedite", "SCREW", "2026-02-02", "6"), ("overdue_receipt", "SEAL", "2025-12-29", "5"),
        ("defer", "PLATE", "2026-03-02", "20"), ("cancel", "RIVET", "2026-02-02", "40"),
    ]  # fmt: skip
    assert rows("exception_messages", "quiet", "kind", "exceptions") == [("expedite", 1), ("cancel", 1)]


def test_exceptions_are_ranked_by_who_is_hurt_then_by_money_and_days():
    assert rows("exception_ranking", "exceptions", "kind", "item", "days", "value") == [
        ("late_order", "LAMP", 2, "100"), ("late_order", "SHADE", 3, "60"), ("late_order", "SOCKET", 2, None),
        ("past_due_release", "LAMP", 2, "50"), ("past_due_release", "SHADE", 3, "20"),
        ("past_due_release", "SOCKET", 2, "2"), ("cancel", "BULB", None, "900"),
    ]  # fmt: skip


def test_an_overload_names_its_orders_and_who_waits():
    assert rows("load", "overload_orders", "order", "hours", "first_order", "first_line") == [
        ("PLAN-FRAME-2", "52", "SO-2", 10)
    ]
