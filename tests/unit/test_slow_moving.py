"""Stock that lies: its age, its value, how long it lasts and who could use it."""

from datetime import date

from calculations.slow_moving import slow_moving_stock
from support import frame_rows, world_of

AS_OF = date(2026, 3, 31)


def store(**changed) -> dict:
    tables = {
        "customers": [{"customer": "ALMA", "name": "Alma"}],
        "suppliers": [{"supplier": "MILL", "name": "Mill"}],
        "items": [
            {"item": "BOLT", "name": "Bolt", "unit": "EA", "sourcing": "buy"},
            {"item": "SCREW", "name": "Screw", "unit": "EA", "sourcing": "buy"},
            {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make"},
        ],
        "stock": [{"item": "BOLT", "quantity": 100, "unit_cost": 2, "received_date": "2025-03-31"}],
    }
    return {**tables, **changed}


def rows(tables: dict) -> dict[str, dict]:
    return {row["item"]: row for row in frame_rows(slow_moving_stock(world_of(tables), AS_OF)["slow_moving"])}


def test_one_new_bolt_does_not_make_the_old_ones_young():
    tables = store(
        purchase_orders=[{"order": "P-1", "supplier": "MILL", "order_date": "2026-03-01"}],
        purchase_order_lines=[
            {"order": "P-1", "line": 1, "item": "BOLT", "quantity": 1, "due_date": "2026-03-30", "unit_price": 2}
        ],
        receipts=[{"event": "R-1", "date": "2026-03-30", "order": "P-1", "line": 1, "quantity": 1}],
    )
    bolt = rows(tables)["BOLT"]
    assert (bolt["quantity"], bolt["value"], bolt["age_days"], bolt["last_issue"]) == ("101", "202", 365, None)


def test_what_went_out_was_the_oldest():
    tables = store(
        sales_orders=[{"order": "SO-1", "customer": "ALMA", "order_date": "2026-01-02"}],
        sales_order_lines=[{"order": "SO-1", "line": 1, "item": "BOLT", "quantity": 100, "due_date": "2026-02-02"}],
        shipments=[{"event": "S-1", "date": "2026-02-02", "order": "SO-1", "line": 1, "quantity": 100}],
    )
    tables["stock"].append({"item": "BOLT", "quantity": 5, "unit_cost": 2, "received_date": "2026-03-21", "lot": "B"})
    bolt = rows(tables)["BOLT"]
    assert (bolt["quantity"], bolt["age_days"], bolt["last_issue"]) == ("5", 10, "2026-02-02")


def test_cover_is_stock_over_a_months_demand():
    forecasts = [{"item": "BOLT", "date": day, "quantity": 10} for day in ("2026-03-31", "2026-04-30", "2026-05-31")]
    assert rows(store(forecasts=forecasts))["BOLT"]["months_of_cover"] == "10"
    assert rows(store())["BOLT"]["months_of_cover"] is None


def test_what_was_forecast_and_then_ordered_is_asked_for_once():
    tables = store(
        forecasts=[{"item": "BOLT", "date": day, "quantity": 50} for day in ("2026-04-10", "2026-05-10")],
        sales_orders=[{"order": "SO-1", "customer": "ALMA", "order_date": "2026-03-02"}],
        sales_order_lines=[{"order": "SO-1", "line": 1, "item": "BOLT", "quantity": 30, "due_date": "2026-04-15"}],
    )
    # 30 ordered + 20 and 50 left of the forecasts = 100 in March, April and May
    assert rows(tables)["BOLT"]["months_of_cover"] == "3"


def test_demand_for_desks_is_demand_for_their_bolts():
    tables = store(
        boms=[{"bom": "B", "item": "DESK"}],
        bom_lines=[{"bom": "B", "line": 1, "component": "BOLT", "quantity": 8}],
        forecasts=[{"item": "DESK", "date": "2026-03-31", "quantity": 5}],
    )
    bolt = rows(tables)["BOLT"]
    assert (bolt["months_of_cover"], bolt["proposal"]) == ("2.5", "component of DESK")


def test_a_proposal_names_orders_and_what_it_could_replace():
    tables = store(
        sales_orders=[{"order": "SO-1", "customer": "ALMA", "order_date": "2026-01-02"}],
        sales_order_lines=[{"order": "SO-1", "line": 1, "item": "BOLT", "quantity": 10, "due_date": "2026-04-02"}],
        boms=[{"bom": "B", "item": "DESK"}],
        bom_lines=[{"bom": "B", "line": 1, "component": "SCREW", "quantity": 8}],
        substitutes=[{"component": "SCREW", "substitute": "BOLT"}],
    )
    assert rows(tables)["BOLT"]["proposal"] == "use in SO-1/1; instead of SCREW in DESK"


def test_what_nobody_can_use_is_to_be_sold():
    assert "return, sell or write it off" in rows(store())["BOLT"]["proposal"]


def test_the_dearest_stock_comes_first():
    stock = [{"item": "BOLT", "quantity": 1, "unit_cost": 2}, {"item": "SCREW", "quantity": 1, "unit_cost": 3}]
    assert list(rows(store(stock=stock))) == ["SCREW", "BOLT"]


def test_a_huge_demand_leaves_next_to_no_cover():
    tables = store(
        boms=[{"bom": "B", "item": "DESK"}],
        bom_lines=[{"bom": "B", "line": 1, "component": "BOLT", "quantity": 100_000}],
        forecasts=[{"item": "DESK", "date": "2026-03-31", "quantity": 900_000_000}],
    )
    assert rows(tables)["BOLT"]["months_of_cover"] == "0"
