"""The kitting stage on real databases: one answer a day, shortages told once; questions that keep nothing."""

from datetime import date

import pytest

from stage_database import import_rows
from stage_database import stored_rows as rows
from tasks.kitting_check import ask_kitting, check_kitting, is_daily

AS_OF = date(2026, 1, 5)
DUE = "2026-02-02"

PLANT = {
    "customers": [{"customer": "SHOP", "name": "Shop"}],
    "suppliers": [{"supplier": "WOOD", "name": "Wood"}],
    "items": [
        {"item": "TABLE", "name": "Table", "unit": "EA", "sourcing": "make"},
        {"item": "TOP", "name": "Top", "unit": "EA", "sourcing": "buy"},
        {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "buy", "planner": "paul@example.com"},
        {"item": "STAND", "name": "Stand", "unit": "EA", "sourcing": "make"},
    ],
    "boms": [{"bom": "TABLE", "item": "TABLE"}],
    "bom_lines": [
        {"bom": "TABLE", "line": 10, "component": "TOP", "quantity": 1},
        {"bom": "TABLE", "line": 20, "component": "LEG", "quantity": 4},
    ],
    "stock": [{"item": "TOP", "quantity": 9}, {"item": "LEG", "quantity": 14}],
    "purchase_orders": [{"order": "PO-1", "supplier": "WOOD", "order_date": "2025-12-01"}],
    "purchase_order_lines": [{"order": "PO-1", "line": 1, "item": "LEG", "quantity": 8, "due_date": "2026-01-19"}],
    "sales_orders": [
        {"order": "SO-1", "customer": "SHOP", "order_date": "2026-01-02"},
        {"order": "SO-2", "customer": "SHOP", "order_date": "2026-01-02", "priority": 1},
    ],
    "sales_order_lines": [
        {"order": "SO-1", "line": 10, "item": "TABLE", "quantity": 2, "due_date": DUE},
        {"order": "SO-2", "line": 10, "item": "TABLE", "quantity": 3, "due_date": DUE},
    ],
}


@pytest.fixture
def load(tmp_path):
    """A function that imports tables from plain rows."""

    return lambda tables: import_rows(tmp_path, tables, AS_OF)


def test_kits_and_shortages_are_written_with_their_run(database, load):
    load(PLANT)
    summary = check_kitting.fn(AS_OF)
    kits = {row["order"]: row for row in rows(database, "kits")}
    assert {order: (kit["status"], kit["complete_sets"]) for order, kit in kits.items()} == {
        "SO-2": ("ready", "3"), "SO-1": ("short", "0"),
    }  # fmt: skip
    assert {kit["run"] for kit in kits.values()} == {summary["run"]}
    (shortage,) = rows(database, "shortages")
    assert (shortage["item"], shortage["short"], shortage["covered_by"], shortage["covered_date"]) == (
        "LEG", "6", "PO-1", "2026-01-19",
    )  # fmt: skip
    counts = {"order_lines": 2, "ready": 1, "partial": 0, "short": 1, "no_bom": 0, "shortages": 1, "alerts": 1}
    assert summary["counts"] == counts


def test_a_second_check_of_the_day_replaces_the_first_and_another_day_stays(database, load):
    load(PLANT)
    check_kitting.fn(date(2026, 1, 2))
    check_kitting.fn(AS_OF)
    second = check_kitting.fn(AS_OF, {"horizon": "with_receipts"})
    runs = {row["run"] for row in rows(database, "kits")}
    assert len(runs) == 2
    assert second["run"] in runs
    assert [row["status"] for row in rows(database, "kits") if row["run"] == second["run"]] == ["ready", "ready"]
    assert len(rows(database, "shortages")) == 1


def test_the_planner_is_told_once_while_the_same_component_stays_short(database, load):
    load(PLANT)
    check_kitting.fn(AS_OF)
    check_kitting.fn(date(2026, 1, 6))
    (alert,) = rows(database, "alerts")
    assert (alert["kind"], alert["recipient"]) == ("shortage", "paul@example.com")
    assert "PO-1" in alert["text_body"]


def test_a_made_item_without_a_bill_is_shown_as_a_warning(database, load):
    line = {"order": "SO-1", "line": 20, "item": "STAND", "quantity": 1, "due_date": DUE}
    load({**PLANT, "sales_order_lines": [*PLANT["sales_order_lines"], line]})
    summary = check_kitting.fn(AS_OF)
    (warning,) = (row for row in summary["gates"] if not row["success"])
    assert (warning["severity"], warning["keys"]) == ("warning", ["SO-1/20/STAND"])
    assert summary["counts"]["no_bom"] == 1


def test_nothing_to_check_is_no_error(database, load):
    load({name: PLANT[name] for name in ("customers", "suppliers", "items")})
    assert check_kitting.fn(AS_OF)["counts"]["order_lines"] == 0


def test_the_same_data_gives_the_same_fingerprint(database, load):
    load(PLANT)
    check_kitting.fn(AS_OF)
    check_kitting.fn(AS_OF)
    fingerprints = [row["fingerprint"] for row in rows(database, "runs") if row["stage"] == "kitting_check"]
    assert len(fingerprints) == 2
    assert len(set(fingerprints)) == 1


# questions


CHANCE = {
    "opportunities": [{"opportunity": "OPP-7", "customer": "SHOP", "stage": "open"}],
    "opportunity_lines": [
        {"opportunity": "OPP-7", "line": 1, "item": "TABLE", "quantity": 4, "requested_date": "2026-01-30"}
    ],
}
STARTED = {
    "work_orders": [
        {"order": "WO-1", "item": "TABLE", "quantity": 2, "start_date": "2026-01-12", "due_date": "2026-01-16"}
    ],
    "work_order_components": [
        {"order": "WO-1", "item": "TOP", "quantity": 2},
        {"order": "WO-1", "item": "LEG", "quantity": 8},
    ],
}


def ask(**question) -> list[tuple]:
    policies = {name: question.pop(name) for name in list(question) if name in ("kits_for", "only_orders", "level")}
    answer = ask_kitting.fn(AS_OF, policies, **question)
    return [(kit["order"], kit["demand_kind"], kit["status"], kit["complete_sets"]) for kit in answer["kits"]]


def test_an_opportunity_is_answered_after_the_accepted_orders_and_nothing_is_kept(database, load):
    load({**PLANT, **CHANCE, "stock": [{"item": "TOP", "quantity": 9}, {"item": "LEG", "quantity": 28}]})
    assert ask(kits_for="opportunities", only_orders=["OPP-7"]) == [("OPP-7", "opportunity", "partial", "2")]
    assert ask(item="TABLE", quantity="2") == [("INQUIRY", "opportunity", "ready", "2")]
    assert rows(database, "kits") == []
    assert [row["stage"] for row in rows(database, "runs")] == ["data_import"]
    assert [row["opportunity"] for row in rows(database, "opportunities")] == ["OPP-7"]


def test_open_work_orders_say_whether_they_are_clear_to_build(database, load):
    load({**PLANT, **STARTED})
    assert ask(kits_for="work_orders") == [("WO-1", "work_order", "ready", "2")]
    assert ask(only_orders=["SO-1"]) == [("SO-1", "sales_order", "short", "0")]


def test_a_policy_that_asks_for_something_else_never_replaces_the_answer_of_the_day(database, load):
    load({**PLANT, **STARTED})
    check_kitting.fn(AS_OF, {"kits_for": "work_orders", "only_orders": ["WO-1"]})
    assert [row["order"] for row in rows(database, "kits")] == ["SO-1", "SO-2"]
    assert is_daily({"level": "all"})
    assert not is_daily({"only_orders": ["SO-1"]})
