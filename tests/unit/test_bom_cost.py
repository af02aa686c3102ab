"""What an item should cost: rolled up by hand and by Kitline."""

import json
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from calculations.bom_cost import roll_up_costs
from calculations.errors import KitlineError
from support import frame_rows, shared, world_of

AS_OF = date(2026, 1, 5)


def desk(**changed) -> dict:
    tables = {
        "suppliers": [
            {"supplier": "SAWMILL", "name": "S"},
            {"supplier": "PAINTER", "name": "P", "kind": "subcontractor"},
        ],
        "items": [
            {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make"},
            {"item": "RED-TOP", "name": "Red top", "unit": "EA", "sourcing": "subcontract"},
            {"item": "TOP", "name": "Top", "unit": "EA", "sourcing": "buy", "standard_cost": 40},
            {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "make"},
            {"item": "WOOD", "name": "Wood", "unit": "M", "sourcing": "buy", "standard_cost": 9},
        ],
        "boms": [
            {"bom": "B-DESK", "item": "DESK"},
            {"bom": "B-RED", "item": "RED-TOP"},
            {"bom": "B-LEG", "item": "LEG", "output_quantity": 4},
        ],
        "bom_lines": [
            {"bom": "B-DESK", "line": 1, "component": "RED-TOP", "quantity": 1},
            {"bom": "B-DESK", "line": 2, "component": "LEG", "quantity": 4},
            {"bom": "B-RED", "line": 1, "component": "TOP", "quantity": 1},
            {"bom": "B-LEG", "line": 1, "component": "WOOD", "quantity": 2, "loss_rate": "0.1"},
        ],
        "work_centers": [{"work_center": "SAW", "labor_rate": 30, "machine_rate": 10}],
        "operations": [
            {
                "item": "LEG",
                "operation": "CUT",
                "work_center": "SAW",
                "setup_hours": "0.2",
                "run_hours_per_unit": "0.05",
            }
        ],
        "supplier_items": [
            {"supplier": "SAWMILL", "item": "WOOD", "price": 10},
            {"supplier": "PAINTER", "item": "RED-TOP", "price": 15},
        ],
    }
    return {**tables, **changed}


def costs(tables: dict, **policies) -> dict[str, dict]:
    return {row["item"]: row for row in frame_rows(roll_up_costs(world_of(tables), AS_OF, policies)["costs"])}


def test_a_desk_costs_what_all_its_levels_cost():
    found = costs(desk())

    # leg: 2 m × 1.1 ÷ 4 × 10 = 5.5; (0.2 h ÷ 4 + 0.05 h) × 40 = 4
    assert found["LEG"] | {"material": "5.5", "conversion": "4", "total": "9.5"} == found["LEG"]
    assert found["RED-TOP"] | {"material": "40", "subcontract": "15", "total": "55"} == found["RED-TOP"]
    assert found["DESK"] | {"material": "62", "conversion": "16", "subcontract": "15", "total": "93"} == found["DESK"]


def test_the_order_of_price_sources_is_a_choice():
    assert costs(desk(), price_sources=["standard"])["WOOD"]["total"] == "9"
    stock = [
        {"item": "WOOD", "quantity": 3, "unit_cost": 7},
        {"item": "WOOD", "quantity": 1, "unit_cost": 11, "lot": "B"},
    ]
    assert costs(desk(stock=stock), price_sources=["average", "supplier"])["WOOD"]["total"] == "8"


def test_the_last_receipt_comes_first_once_there_is_one():
    tables = desk(
        purchase_orders=[{"order": "P-1", "supplier": "SAWMILL", "order_date": "2025-12-01"}],
        purchase_order_lines=[
            {"order": "P-1", "line": 1, "item": "WOOD", "quantity": 9, "due_date": "2025-12-20", "unit_price": "10.5"}
        ],
        receipts=[{"event": "R-1", "date": "2025-12-20", "order": "P-1", "line": 1, "quantity": 9}],
    )
    wood = costs(tables)["WOOD"]
    assert (wood["material"], wood["conversion"], wood["total"], wood["source"]) == (
        "10.5",
        "0",
        "10.5",
        "last_receipt",
    )


def test_a_price_per_box_becomes_a_price_per_piece():
    tables = desk(unit_conversions=[{"item": "WOOD", "from_unit": "BUNDLE", "to_unit": "M", "factor": 25}])
    tables["supplier_items"][0] |= {"price": 300, "unit": "BUNDLE"}
    assert costs(tables)["WOOD"]["total"] == "12"


def test_a_price_in_another_currency_counts_at_the_newest_rate_up_to_the_day():
    rates = [("2025-12-01", "7"), ("2026-01-05", "7.2"), ("2026-01-06", "9")]
    tables = desk(exchange_rates=[{"currency": "USD", "date": day, "rate": rate} for day, rate in rates])
    tables["supplier_items"][0]["currency"] = "USD"
    assert costs(tables)["WOOD"]["total"] == "72"
    tables["supplier_items"][0]["currency"] = "EUR"
    assert costs(tables)["WOOD"]["total"] == "10"


def test_a_good_unit_carries_the_cost_of_what_is_lost():
    tables = desk()
    tables["items"][3]["yield_rate"] = "0.8"
    assert costs(tables)["LEG"]["total"] == "11.875"


def test_what_the_customer_brings_costs_nothing():
    tables = desk()
    tables["bom_lines"][0]["supplied_by"] = "customer"
    assert costs(tables)["DESK"]["total"] == "38"


def test_thirds_of_thirds_do_not_drift():
    tables = {
        "items": [{"item": name, "name": name, "unit": "EA", "sourcing": "make"} for name in ("A", "B", "C")]
        + [{"item": "D", "name": "D", "unit": "EA", "sourcing": "buy", "standard_cost": 27}],
        "boms": [{"bom": name, "item": name, "output_quantity": 3} for name in ("A", "B", "C")],
        "bom_lines": [
            {"bom": parent, "line": 1, "component": child, "quantity": 1} for parent, child in ("AB", "BC", "CD")
        ],
    }
    assert [costs(tables)[name]["total"] for name in ("A", "B", "C")] == ["1", "3", "9"]


def test_an_item_without_a_price_is_reported():
    frames = roll_up_costs(world_of({"items": [{"item": "X", "name": "X", "unit": "EA", "sourcing": "buy"}]}), AS_OF)
    assert [row["row"] for row in frame_rows(frames["refused"])] == [1]


def test_a_cycle_prints_its_path():
    tables = desk()
    tables["bom_lines"].append({"bom": "B-LEG", "line": 9, "component": "DESK", "quantity": 1})
    with pytest.raises(KitlineError, match="DESK → LEG → DESK|LEG → DESK → LEG"):
        costs(tables)


def test_operations_of_subassemblies_add_up():
    # the case opcost_from_subassemblies: operations of 100 and 200 a unit, ten units: 3,000
    tables = {
        "items": [{"item": "A", "name": "A", "unit": "EA", "sourcing": "make"},
                  {"item": "B", "name": "B", "unit": "EA", "sourcing": "make"}],
        "boms": [{"bom": "A", "item": "A"}],
        "bom_lines": [{"bom": "A", "line": 1, "component": "B", "quantity": 1}],
        "work_centers": [{"work_center": "W", "labor_rate": 100}],
        "operations": [{"item": "A", "operation": "1", "work_center": "W", "run_hours_per_unit": 1},
                       {"item": "B", "operation": "1", "work_center": "W", "run_hours_per_unit": 2}],
    }  # fmt: skip
    assert costs(tables)["A"]["conversion"] == "300"


# cases of other systems


def case(name: str) -> tuple[dict, dict]:
    cases = json.loads(shared("cases", "erp_behaviour.json").read_text(encoding="utf-8"))
    found = next(row for row in cases if row["id"] == name)
    return found["given"], found["expected"]


def cents(amount: str) -> str:
    return str(Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP))


def hours(minutes, batch: int = 1) -> str:
    """Hours for one of a batch, as a routing gives them: six decimals."""
    return str((Decimal(str(minutes)) / 60 / batch).quantize(Decimal("0.000001")))


def routing(item: str, setup, cycles: list, efficiency, batch: int = 1) -> list[dict]:
    """Kitline's routing holds hours as they are at the work center: setup with cleanup, run hours ÷ efficiency."""
    return [
        {"item": item, "operation": f"{place}0", "work_center": "WC", "setup_hours": hours(setup),
         "run_hours_per_unit": hours(Decimal(cycle) * 100 / efficiency, batch)}
        for place, cycle in enumerate(cycles, start=1)
    ]  # fmt: skip


# prices and bills of the published test: a table of a head, screws, legs and glass; twelve heads from one batch
PRICES = {"HEAD": 300, "SCREW": 10, "LEG": 25, "GLASS": 100, "PLYWOOD": 200, "BOLT": 10, "COLOUR": 100, "SLIDE": 25}
TABLE = {"HEAD": 1, "SCREW": 5, "LEG": 4, "GLASS": 1}
HEADS = {"PLYWOOD": 12, "BOLT": 60, "COLOUR": 12, "SLIDE": 57}


def dining_table(given: dict, head: str) -> dict:
    bills = {"TABLE": (TABLE, 1)} | ({"HEAD": (HEADS, 12)} if head == "make" else {})
    head_ops = given["head_ops_per_12"]
    operations = routing("TABLE", given["setup"] + given["cleanup"], given["cycles"], given["efficiency"])
    if head == "make":
        setup = head_ops["setup"] + head_ops["cleanup"]
        operations += routing("HEAD", setup, head_ops["cycles"], given["efficiency"], batch=12)
    return {
        "items": [
            {"item": code, "name": code, "unit": "EA", "standard_cost": PRICES.get(code, ""),
             "sourcing": "make" if code in bills else "buy"} for code in ("TABLE", *PRICES)
        ],
        "boms": [{"bom": code, "item": code, "output_quantity": output} for code, (_, output) in bills.items()],
        "bom_lines": [
            {"bom": code, "line": line, "component": part, "quantity": quantity}
            for code, (parts, _) in bills.items() for line, (part, quantity) in enumerate(parts.items(), start=1)
        ],
        "work_centers": [{"work_center": "WC", "labor_rate": given["cost_hour"]}],
        "operations": operations,
    }  # fmt: skip


def test_case_operations_are_rolled_up_over_levels_and_batches():
    given, expected = case("bom_rollup_operations")
    bought = costs(dining_table(given, head="buy"))["TABLE"]
    assert cents(bought["conversion"]) == str(expected["op_cost"])
    assert cents(bought["total"]) == str(expected["total_one_level"])
    made = costs(dining_table(given, head="make"))
    # 5,625 of material for twelve heads, and 183.75 minutes
    assert (made["HEAD"]["material"], cents(made["HEAD"]["conversion"])) == ("468.75", "25.52")
    assert cents(made["TABLE"]["total"]) == str(expected["total_full"])


def test_case_a_subcontracted_unit_costs_its_material_and_the_service():
    given, expected = case("subcontract_unit_cost")
    parts = [f"RM-{place}" for place, _ in enumerate(given["rm"], start=1)]
    tables = {
        "suppliers": [{"supplier": "P", "name": "P", "kind": "subcontractor"}],
        "items": [{"item": "FG", "name": "FG", "unit": "EA", "sourcing": "subcontract"},
                  *({"item": part, "name": part, "unit": "EA", "sourcing": "buy", "standard_cost": price}
                    for part, price in zip(parts, given["rm"], strict=True))],
        "boms": [{"bom": "FG", "item": "FG"}],
        "bom_lines": [{"bom": "FG", "line": line, "component": part, "quantity": given["qty"]}
                      for line, part in enumerate(parts, start=1)],
        "supplier_items": [{"supplier": "P", "item": "FG", "price": given["service"]}],
    }  # fmt: skip
    found = costs(tables)["FG"]
    assert (found["material"], found["subcontract"]) == (str(sum(given["rm"])), str(given["service"]))
    assert found["total"] == str(expected["unit"])
