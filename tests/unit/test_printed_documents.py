"""What printed documents show: the supplier's units and prices, days of operations, and where to pick what."""

from datetime import date

import pytest

from calculations.fact_posting import Engine
from calculations.pick_proposals import ImpossiblePick
from calculations.policies import resolve
from calculations.printed_purchases import currencies_of, purchase_lines
from calculations.printed_work import order_material, pick_places, planned_operations
from small_plant import item, plant
from support import frame_rows

AS_OF = date(2026, 1, 5)
BOX = [{"item": "LEG", "from_unit": "BOX", "to_unit": "EA", "factor": 3}]


def bought(quantity, price, offers=({"price": 10, "unit": "BOX"},), **tables):
    """The line of an order of LEG at supplier V, who offers it by the box of three."""
    rows = [{"supplier": "V", "item": "LEG"} | offer for offer in offers]
    world = plant(purchases=[("PO-1", 10, "LEG", quantity, price)], supplier_items=rows, unit_conversions=BOX, **tables)
    (line,) = frame_rows(purchase_lines(world, "EUR"))
    return [line[name] for name in ("quantity", "unit", "unit_price", "amount", "currency")]


def test_a_supplier_reads_his_own_unit_and_the_price_he_offered():
    # 10 a box of three is stored as 3.333333 a leg; the page says 10, not 9.999999
    assert bought(3000, "3.333333") == ["1000", "BOX", "10", "10000", "EUR"]


def test_a_quantity_that_fills_no_whole_micro_box_stays_in_the_stocking_unit():
    assert bought(4, "3.333333") == ["4", "EA", "3.333333", "13.33", "EUR"]


def test_a_price_agreed_on_is_the_price_of_so_many_units():
    assert bought(30, "3.2") == ["10", "BOX", "9.6", "96", "EUR"]


def test_a_price_break_is_read_as_it_was_offered():
    breaks = [{"supplier": "V", "item": "LEG", "from_quantity": 100, "price": 8}]
    assert bought(300, "2.666667", price_breaks=breaks) == ["100", "BOX", "8", "800", "EUR"]


def test_the_offer_in_force_on_the_day_of_the_order_and_of_its_price_tells_unit_and_currency():
    offers = ({"price": 4, "currency": "USD", "effective_to": "2025-11-30"},
              {"price": 5, "currency": "CHF", "effective_from": "2025-12-01"},
              {"price": 12, "unit": "BOX", "currency": "GBP", "priority": 2})  # fmt: skip
    assert bought(6, 5, offers) == ["6", "EA", "5", "30", "CHF"]
    assert bought(6, 4, offers) == ["2", "BOX", "12", "24", "GBP"]


def test_a_line_without_price_has_no_amount():
    assert bought(3, "") == ["1", "BOX", None, None, "EUR"]


def test_a_subcontractor_charges_in_his_currency():
    world = plant(subcontracts=[("SC-1", "PAINTED-TOP", 2)],
                  supplier_items=[{"supplier": "P", "item": "PAINTED-TOP", "price": 5, "currency": "CHF"}])  # fmt: skip
    assert currencies_of(world, world["subcontract_orders"], "EUR") == ["CHF"]
    assert currencies_of(plant(), world["subcontract_orders"], "EUR") == ["EUR"]


def test_an_operation_starts_when_the_hours_before_it_are_done():
    operation = {"item": "DESK", "work_center": "BENCH"}
    world = plant(
        work_orders=[("WO-1", "DESK", 10)],
        work_centers=[{"work_center": "BENCH", "name": "Bench"}],
        calendar=[{"date": "2026-01-06", "working": "no"}],
        operations=[
            {**operation, "operation": "10", "setup_hours": 1, "run_hours_per_unit": "1.5"},
            {**operation, "operation": "20", "run_hours_per_unit": "0.4"},
            {**operation, "operation": "30", "run_hours_per_unit": "0.1"},
        ],
    )
    # 16 hours are Monday and, Tuesday being a holiday, Wednesday; 4 hours are half of Thursday
    assert [
        (row["operation"], row["center_name"], row["setup_hours"], row["run_hours"], row["start_date"])
        for row in frame_rows(planned_operations(world))
    ] == [
        ("10", "Bench", "1", "15", "2026-01-05"),
        ("20", "Bench", "0", "4", "2026-01-08"),
        ("30", "Bench", "0", "1", "2026-01-08"),
    ]


def test_three_thirds_of_a_day_are_a_day():
    steps = [{"item": "DESK", "operation": str(name), "work_center": "BENCH", "run_hours_per_unit": "2.666667"}
             for name in (10, 20, 30, 40)]  # fmt: skip
    steps[0]["run_hours_per_unit"] = steps[1]["run_hours_per_unit"] = "2.666666"
    rows = frame_rows(planned_operations(plant(work_orders=[("WO-1", "DESK", 1)], operations=steps)))
    assert [row["start_date"] for row in rows] == ["2026-01-05", "2026-01-05", "2026-01-05", "2026-01-06"]


def lots(*rows: tuple) -> list[dict]:
    return [{"item": "LEG", "lot": lot, "quantity": quantity, "received_date": day, "warehouse": warehouse}
            for lot, quantity, day, warehouse in rows]  # fmt: skip


def picked(world, *orders, warehouse=""):
    return pick_places(Engine(world, resolve(None, AS_OF)), list(orders), AS_OF, warehouse)


LEGS = [item("LEG", lot_tracked="yes", shelf_life_days=30)]


def test_what_expires_first_is_picked_first_and_the_next_order_gets_what_is_left():
    world = plant(
        items=LEGS,
        work_orders=[("WO-1", "DESK", 2), ("WO-2", "DESK", 1)],
        components=[("WO-1", "LEG", 8, 1), ("WO-2", "LEG", 4)],
        stock=lots(("NEW", 6, "2026-01-02", ""), ("OLD", 3, "2025-12-15", "")),
    )
    found = picked(world, "WO-1", "WO-2")
    assert [
        (row["order"], row["planned"], row["issued"], row["pick"], row["missing"]) for row in frame_rows(found["lines"])
    ] == [("WO-1", "8", "1", "7", "0"), ("WO-2", "4", "0", "2", "2")]
    # thirty working days after 15 December
    assert [
        (row["order"], row["warehouse"], row["lot"], row["last_day"], row["quantity"])
        for row in frame_rows(found["places"])
    ] == [
        ("WO-1", "MAIN", "OLD", "2026-01-26", "3"),
        ("WO-1", "MAIN", "NEW", "2026-02-13", "4"),
        ("WO-2", "MAIN", "NEW", "2026-02-13", "2"),
    ]


def test_a_pick_from_one_warehouse_takes_nothing_from_another():
    world = plant(items=LEGS, work_orders=[("WO-1", "DESK", 2)], components=[("WO-1", "LEG", 8)],
                  stock=lots(("A", 6, "2025-12-15", "MAIN"), ("B", 3, "2025-12-20", "HALL")))  # fmt: skip
    found = picked(world, "WO-1", warehouse="HALL")
    assert [(row["lot"], row["quantity"]) for row in frame_rows(found["places"])] == [("B", "3")]
    assert frame_rows(found["lines"])[0]["missing"] == "5"


def test_an_order_that_nobody_knows_is_not_picked_for():
    with pytest.raises(ImpossiblePick, match="WO-9"):
        picked(plant(), "WO-9")


def test_material_says_what_is_picked_and_what_goes_on_completion():
    world = plant(
        work_orders=[("WO-1", "DESK", 2)],
        boms=[{"bom": "DESK", "item": "DESK"}],
        bom_lines=[{"bom": "DESK", "line": 10, "component": "LEG", "quantity": 4},
                   {"bom": "DESK", "line": 20, "component": "SCREW", "quantity": 8, "issue_method": "backflush"}],
    )  # fmt: skip
    rows = frame_rows(order_material(Engine(world, resolve(None, AS_OF))))
    assert [(row["item"], row["planned"], row["issued"], row["open"], row["method"]) for row in rows] == [
        ("LEG", "8", "0", "8", ""),
        ("SCREW", "16", "0", "16", "on completion"),
    ]
