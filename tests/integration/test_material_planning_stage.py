"""The planning stage on real databases: suggestions written once, replaced by the next run, firm ones kept."""

from datetime import date

import pytest
from sqlalchemy import update

from calculations.low_level_codes import CyclicBillOfMaterials
from models.database import table_of, writing
from stage_database import import_rows
from stage_database import stored_rows as rows
from tasks.material_planning import plan_materials

AS_OF = date(2026, 1, 5)

PLANT = {
    "customers": [{"customer": "SHOP", "name": "Shop"}],
    "suppliers": [{"supplier": "WOOD", "name": "Wood"}],
    "items": [
        {"item": "TABLE", "name": "Table", "unit": "EA", "sourcing": "make", "lead_time_days": 2},
        {"item": "TOP", "name": "Top", "unit": "EA", "sourcing": "buy"},
        {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "buy", "order_multiple": 10},
    ],
    "boms": [{"bom": "TABLE", "item": "TABLE"}],
    "bom_lines": [
        {"bom": "TABLE", "line": 10, "component": "TOP", "quantity": 1},
        {"bom": "TABLE", "line": 20, "component": "LEG", "quantity": 4},
    ],
    "supplier_items": [
        {"supplier": "WOOD", "item": "TOP", "price": "30.00", "lead_time_days": 5},
        {"supplier": "WOOD", "item": "LEG", "price": "2.50", "lead_time_days": 3},
    ],
    "stock": [{"item": "LEG", "quantity": 6}],
    "sales_orders": [{"order": "SO-1", "customer": "SHOP", "order_date": "2026-01-02"}],
    "sales_order_lines": [{"order": "SO-1", "line": 10, "item": "TABLE", "quantity": 5, "due_date": "2026-02-02"}],
}


@pytest.fixture
def load(tmp_path):
    """A function that imports tables from plain rows."""

    return lambda tables: import_rows(tmp_path, tables, AS_OF)


def orders(database) -> dict[str, tuple]:
    return {row["number"]: (row["quantity"], row["release_date"], row["due_date"], row["supplier"], row["state"])
            for row in rows(database, "planned_orders")}  # fmt: skip


def test_suggestions_pegs_and_requirements_are_written_with_their_run(database, load):
    load(PLANT)
    summary = plan_materials.fn(AS_OF)
    assert orders(database) == {
        "PLAN-TABLE-1": ("5", "2026-01-29", "2026-02-02", "", "suggested"),
        "PLAN-TOP-1": ("5", "2026-01-22", "2026-01-29", "WOOD", "suggested"),
        "PLAN-LEG-1": ("20", "2026-01-26", "2026-01-29", "WOOD", "suggested"),
    }
    pegs = {(row["supply_kind"], row["supply"], row["demand"]): row["quantity"] for row in rows(database, "pegs")}
    assert pegs == {
        ("planned_order", "PLAN-TABLE-1", "SO-1"): "5",
        ("planned_order", "PLAN-TOP-1", "PLAN-TABLE-1"): "5",
        ("stock", "", "PLAN-TABLE-1"): "6",
        ("planned_order", "PLAN-LEG-1", "PLAN-TABLE-1"): "14",
    }
    (leg,) = (row for row in rows(database, "requirements") if row["item"] == "LEG")
    assert (leg["gross"], leg["net"], leg["planned_receipts"], leg["projected_available"]) == ("20", "14", "20", "6")
    assert {row["run"] for row in rows(database, "planned_orders")} == {summary["run"]}
    assert summary["counts"]["planned_orders"] == 3
    told = {row["number"]: row["reason"] for row in summary["tables"]["Planned orders"]}
    assert told["PLAN-LEG-1"] == (
        "On 2026-01-29: 20 required, 6 available, so 14 missing. 20 ordered: in multiples of 10; 6 left for later. "
        "Due 2026-01-29; release 2026-01-26, 3 working days before; from WOOD at 2.5."
    )
    origins = {row["number"]: row["origin"] for row in rows(database, "planned_orders")}
    assert origins["PLAN-TABLE-1"] == "sales_order_lines:SO-1/10"
    assert origins["PLAN-LEG-1"] == "planned_orders:PLAN-TABLE-1"


def test_a_second_run_replaces_the_first_and_gives_the_same_plan(database, load):
    load(PLANT)
    plan_materials.fn(AS_OF)
    first = orders(database)
    second = plan_materials.fn(AS_OF)
    assert orders(database) == first
    assert second["counts"]["replaced"] == 3
    for table in ("planned_orders", "pegs", "requirements"):
        assert {row["run"] for row in rows(database, table)} == {second["run"]}
    fingerprints = {row["fingerprint"] for row in rows(database, "runs") if row["stage"] == "material_planning"}
    assert len(fingerprints) == 1


def test_firm_orders_survive_count_as_receipts_and_keep_their_number(database, load):
    load(PLANT)
    plan_materials.fn(AS_OF)
    table = table_of("planned_orders")
    with writing(database) as connection:
        firm = {"firm": True, "quantity_micro": 30 * 10**6, "receipt_quantity_micro": 30 * 10**6}
        connection.execute(update(table).where(table.c.number == "PLAN-LEG-1").values(**firm))
        connection.execute(update(table).where(table.c.number == "PLAN-TOP-1").values(state="released"))
    summary = plan_materials.fn(AS_OF)
    after = orders(database)
    assert after["PLAN-LEG-1"][0] == "30"
    assert "PLAN-LEG-2" not in after
    # the released one is a document now and no receipt any more; its number is not used again
    assert after["PLAN-TOP-1"][-1] == "released"
    assert after["PLAN-TOP-2"][0] == "5"
    assert summary["counts"]["firm_orders"] == 1
    firm = {row["number"]: row["run"] for row in rows(database, "planned_orders")}
    assert firm["PLAN-LEG-1"] == summary["run"]
    assert firm["PLAN-TOP-1"] != summary["run"]


def test_a_late_line_is_told_once(database, load):
    line = {"order": "SO-1", "line": 10, "item": "TABLE", "quantity": 5, "due_date": "2026-01-07"}
    load({**PLANT, "sales_order_lines": [line]})
    plan_materials.fn(AS_OF)
    plan_materials.fn(AS_OF)
    (alert,) = rows(database, "alerts")
    assert alert["kind"] == "late_order"
    # five days for the top, two for the table
    assert "2026-01-14" in alert["text_body"]
    # a plan names no bottleneck in a column of its own, so the mail says where to look
    assert "bottleneck is what decides" not in alert["text_body"]
    assert "among the exceptions of the plan" in alert["text_body"]


def test_a_cycle_stops_the_stage_with_its_path_and_leaves_the_old_plan(database, load):
    load(PLANT)
    plan_materials.fn(AS_OF)
    before = orders(database)
    lines = table_of("bom_lines")
    with writing(database) as connection:
        connection.execute(update(lines).where(lines.c.component == "LEG").values(component="TABLE"))
    with pytest.raises(CyclicBillOfMaterials, match="TABLE → TABLE; remove one line"):
        plan_materials.fn(AS_OF)
    assert orders(database) == before
    (failed,) = (row for row in rows(database, "runs") if row["state"] == "failed")
    assert failed["stage"] == "material_planning"


def test_what_was_shipped_has_consumed_its_forecast(database, load):
    forecast = {"item": "TABLE", "date": "2026-02-02", "quantity": 8}
    load({**PLANT, "forecasts": [forecast]})
    orders_table = table_of("sales_orders")
    lines = table_of("sales_order_lines")
    with writing(database) as connection:
        connection.execute(update(orders_table).values(state="closed"))
        connection.execute(update(lines).values(shipped_quantity_micro=5 * 10**6))
    plan_materials.fn(AS_OF)
    assert orders(database)["PLAN-TABLE-1"][0] == "3"


def test_nothing_to_plan_is_no_error(database, load):
    load({name: PLANT[name] for name in ("customers", "suppliers", "items")})
    assert plan_materials.fn(AS_OF)["counts"]["planned_orders"] == 0


def test_exceptions_are_kept_by_rank_with_days_and_money(database, load):
    line = {"order": "SO-1", "line": 10, "item": "TABLE", "quantity": 5, "unit_price": 200, "due_date": "2026-01-07"}
    load({**PLANT, "sales_order_lines": [line]})
    summary = plan_materials.fn(AS_OF)
    found = rows(database, "planning_exceptions")
    assert [row["rank"] for row in found] == list(range(1, len(found) + 1))
    # Wednesday the 7th to Wednesday the 14th
    assert (found[0]["kind"], found[0]["order"], found[0]["days"], found[0]["value"]) == (
        "late_order",
        "SO-1",
        5,
        "1000",
    )
    assert summary["counts"]["exceptions"] == len(found)
    assert summary["counts"]["exceptions_kept_quiet"] == 0
    assert list(summary["tables"])[0] == "Exceptions"


def test_a_run_tells_what_it_changed_and_nothing_when_nothing_changed(database, load):
    load(PLANT)
    assert plan_materials.fn(AS_OF)["notes"] == []
    again = plan_materials.fn(AS_OF)
    assert again["notes"] == ["Since the last plan: Nothing changed."]
    assert rows(database, "plan_changes") == []
    lines = table_of("sales_order_lines")
    with writing(database) as connection:
        connection.execute(update(lines).values(quantity_micro=7 * 10**6))
    third = plan_materials.fn(AS_OF)
    # the run of the table, its tops and legs on the days they had
    assert third["notes"] == ["Since the last plan: Planned orders: 3 of more."]
    told = {
        row["item"]: (row["change"], row["quantity_before"], row["quantity"]) for row in rows(database, "plan_changes")
    }
    assert told == {"TABLE": ("more", "5", "7"), "TOP": ("more", "5", "7"), "LEG": ("more", "20", "30")}


def test_what_people_released_is_no_change_of_the_plan(database, load):
    load(PLANT)
    plan_materials.fn(AS_OF)
    orders_table, lines = table_of("planned_orders"), table_of("sales_order_lines")
    with writing(database) as connection:
        connection.execute(update(orders_table).values(state="released"))
        connection.execute(update(lines).values(shipped_quantity_micro=5 * 10**6))
    assert plan_materials.fn(AS_OF)["notes"] == ["Since the last plan: Nothing changed."]


def test_the_load_is_kept_with_the_orders_of_overloads_and_who_waits(database, load):
    sawn = {"item": "TABLE", "operation": "10", "work_center": "SAW", "run_hours_per_unit": 9}
    load({**PLANT, "work_centers": [{"work_center": "SAW", "capacity_hours": 8}], "operations": [sawn]})
    plan_materials.fn(AS_OF)
    weeks = [(row["week"], row["hours"], row["capacity"], row["overload"], row["room_week"])
             for row in rows(database, "work_center_loads")]  # fmt: skip
    assert weeks[-1] == ("2026-01-26", "45", "40", "5", "2026-02-02")
    assert [week[1] for week in weeks[:-1]] == ["0"] * 3
    (order,) = rows(database, "overload_orders")
    assert (order["order"], order["hours"], order["lines"], order["first_order"]) == ("PLAN-TABLE-1", "45", 1, "SO-1")
