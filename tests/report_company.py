"""A desk maker whose report can be checked by hand: three orders, one of each fate, and everything a report shows."""

from datetime import UTC, datetime

import pandas as pd

from models.database import insert_frame, writing
from support import world_of

AS_OF = "2026-02-10"
MASTERS = {
    "customers": [
        {"customer": "ALPINA", "name": "Alpina Office"},
        {"customer": "NORD", "name": "Nord <b>& Sons</b>"},
    ],
    "suppliers": [{"supplier": "ACME", "name": "Acme"}],
    "items": [
        {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make", "list_price": 100},
        {"item": "TOP", "name": "Desk top", "unit": "EA", "sourcing": "make"},
        {"item": "OAK", "name": "Oak board", "unit": "EA", "sourcing": "buy"},
        {"item": "BOLT", "name": "Bolt", "unit": "EA", "sourcing": "buy"},
    ],
    "boms": [{"bom": "DESK-1", "item": "DESK"}],
    "bom_lines": [
        {"bom": "DESK-1", "line": 10, "component": "OAK", "quantity": 2},
        {"bom": "DESK-1", "line": 20, "component": "BOLT", "quantity": 8},
    ],
    "sales_orders": [
        {"order": "SO-1", "customer": "ALPINA", "order_date": "2026-01-05"},
        {"order": "SO-2", "customer": "NORD", "order_date": "2026-01-05"},
        {"order": "SO-3", "customer": "ALPINA", "order_date": "2026-01-12"},
    ],
    "sales_order_lines": [
        {"order": "SO-1", "line": 10, "item": "DESK", "quantity": 4, "due_date": "2026-01-30", "shipped_quantity": 1},
        {"order": "SO-2", "line": 10, "item": "DESK", "quantity": 10, "due_date": "2026-02-06", "unit_price": 90},
        {"order": "SO-3", "line": 10, "item": "DESK", "quantity": 5, "due_date": "2026-03-06"},
    ],
    "purchase_orders": [{"order": "PO-7", "supplier": "ACME", "order_date": "2026-01-20"}],
    "purchase_order_lines": [
        {"order": "PO-7", "line": 10, "item": "OAK", "quantity": 20, "due_date": "2026-02-16", "unit_price": 12}
    ],
    "work_orders": [
        {"order": "WO-1", "item": "DESK", "quantity": 4, "start_date": "2026-02-09", "due_date": "2026-02-12"}
    ],
    "work_order_components": [
        {"order": "WO-1", "item": "BOLT", "quantity": 16, "issued_quantity": 4}
    ],
    "inspections": [
        {"event": "Q-1", "date": "2026-02-03", "stage": "incoming", "order": "PO-7", "line": 10,
         "inspected_quantity": 8, "accepted_quantity": 6, "rejected_quantity": 2,
         "disposition": "return", "reason": "knots"}
    ],
}  # fmt: skip
DESK = 1_000_000


def days(*texts):
    return pd.to_datetime(list(texts)).astype("datetime64[s]")


def fill(engine) -> None:
    """Write the company, its facts and the results of three runs."""
    with writing(engine) as connection:
        for name, frame in world_of(MASTERS).items():
            insert_frame(connection, name, frame.assign(state="posted") if name == "inspections" else frame)
        for name, rows in (RESULTS | RUNS).items():
            insert_frame(connection, name, pd.DataFrame(rows))


def move(number, day, kind, quantity, **rest):
    base = {"number": number, "date": day, "item": "DESK", "warehouse": "MAIN", "status": "available", "kind": kind}
    return {**base, "quantity_micro": quantity * DESK, "order": "", "line": None, "origin": "", **rest}


def peg(position, supply_kind, supply, demand_kind, demand, item, quantity, line=None):
    return {
        "run": "plan-2",
        "position": position,
        "supply_kind": supply_kind,
        "supply": supply,
        "demand_kind": demand_kind,
        "demand": demand,
        "line": line,
        "item": item,
        "date": pd.Timestamp("2026-02-06"),
        "quantity_micro": quantity * DESK,
    }


DAY = pd.Timestamp("2026-02-06")
RESULTS = {
    "stock_moves": [
        move("stock:1/1", pd.Timestamp("2026-01-05"), "opening", 5),
        move("shipments:S-1/1", pd.Timestamp("2026-01-29"), "shipment", -3, order="SO-1", line=10),
        move("receipts:R-1/1", DAY, "receipt", 5, item="OAK", lot="L1", status="inspection", order="PO-7", line=10),
    ],
    "pegs": [
        peg(0, "stock", "MAIN", "sales_order", "SO-2", "DESK", 2, 10),
        peg(1, "work_order", "WO-1", "sales_order", "SO-2", "DESK", 4, 10),
        peg(2, "planned_order", "PL-1", "sales_order", "SO-2", "DESK", 4, 10),
        peg(3, "planned_order", "PL-2", "sales_order", "SO-3", "DESK", 5, 10),
        peg(4, "stock", "MAIN", "work_order", "WO-1", "OAK", 8),
        peg(5, "purchase_order", "PO-7", "planned_order", "PL-1", "OAK", 8),
        peg(6, "planned_order", "PL-3", "planned_order", "PL-1", "BOLT", 32),
        peg(7, "planned_order", "PL-4", "planned_order", "PL-2", "TOP", 5),
        peg(8, "stock", "MAIN", "planned_order", "PL-4", "OAK", 10),
    ],
    "planned_orders": [
        {"number": number, "run": "plan-2", "item": item, "kind": kind, "quantity_micro": quantity * DESK,
         "receipt_quantity_micro": quantity * DESK, "release_date": pd.Timestamp(release), "due_date": DAY,
         "need_date": DAY, "supplier": supplier, "firm": False, "reason": "needed 32, on hand 0", "origin": "",
         "state": "suggested"}
        for number, item, kind, quantity, release, supplier in [
            ("PL-1", "DESK", "production", 4, "2026-02-11", ""), ("PL-3", "BOLT", "purchase", 32, "2026-02-04", "ACME")]
    ],
    "planning_exceptions": [
        {"run": "plan-2", "rank": 1, "kind": "expedite", "item": "OAK", "order": "PO-7", "date": DAY,
         "quantity_micro": 8 * DESK, "days": 6, "value_micro": 96 * DESK,
         "message": "PO-7 is due on 2026-02-16, needed on 2026-02-06: ask ACME"}
    ],
    "work_center_loads": [
        {"run": "plan-2", "work_center": center, "week": pd.Timestamp(week), "hours_micro": hours * DESK,
         "capacity_micro": 40 * DESK, "overload_micro": max(hours - 40, 0) * DESK, "orders": 2,
         "room_week": pd.Timestamp("2026-02-23") if hours > 40 else None}
        for center, week, hours in [
            ("BENCH", "2026-02-09", 10), ("SAW", "2026-02-09", 40), ("SAW", "2026-02-16", 52), ("SAW", "2027-02-15", 1)]
    ],
    "overload_orders": [
        {"run": "plan-2", "position": 1, "work_center": "SAW", "week": pd.Timestamp("2026-02-16"), "order": "PL-1",
         "item": "DESK", "hours_micro": 52 * DESK, "lines": 2, "first_order": "SO-2", "first_line": 10,
         "first_due": DAY}
    ],
    "plan_changes": [
        {"run": "plan-2", "position": 1, "subject": "late_order", "change": "new", "kind": "late_order", "item": "DESK",
         "order": "SO-2", "line": 10, "date": DAY, "quantity_micro": 10 * DESK},
        {"run": "plan-2", "position": 2, "subject": "planned_order", "change": "later", "kind": "purchase",
         "item": "BOLT", "date_before": pd.Timestamp("2026-02-02"), "date": DAY, "quantity_before_micro": 32 * DESK,
         "quantity_micro": 32 * DESK},
    ],
    "kits": [
        {"run": "kit-1", "order": "SO-2", "line": 10, "item": "DESK", "required_sets_micro": 8 * DESK,
         "complete_sets_micro": 4 * DESK, "status": "partial", "kit_date": None, "bottleneck": "BOLT"}
    ],
    "shortages": [
        {"run": "kit-1", "order": "SO-2", "line": 10, "item": "BOLT", "required_micro": 64 * DESK,
         "available_micro": 32 * DESK, "short_micro": 32 * DESK, "covered_by": "", "covered_date": None}
    ],
    "order_margins": [
        {"period": "2026-01", "order": "SO-1", "line": 10, "customer": "ALPINA", "item": "DESK",
         "quantity_micro": 3 * DESK, "revenue_micro": 300 * DESK, "cost_micro": 225 * DESK, "rework_micro": 0,
         "freight_micro": 0, "returns_micro": 0, "margin_micro": 75 * DESK}
    ],
    "cost_identity": [
        {"period": "2026-01", "term": "purchases", "amount_micro": 225 * DESK},
        {"period": "2026-01", "term": "cost_of_sales", "amount_micro": 225 * DESK},
    ],
    "quarantine": [
        {"number": "items.csv:4:unit", "run": "import-1", "table": "items", "file": "items.csv", "row": 4,
         "column": "unit", "value": "", "message": "unit is blank; fill it in", "key": "LAMP", "state": "waiting"}
    ],
}  # fmt: skip
RUNS = {
    "runs": [
        {"number": number, "stage": stage, "as_of": pd.Timestamp(AS_OF), "started_at": pd.Timestamp(
            datetime(2026, 2, 10, hour, tzinfo=UTC)), "ended_at": pd.Timestamp(
            datetime(2026, 2, 10, hour, 0, 3, tzinfo=UTC)), "state": state, "counts": {"planned_orders": 2},
         "policies": {}, "fingerprint": "", "error": error, "flow_run": ""}
        for number, stage, hour, state, error in [
            ("plan-1", "material_planning", 4, "completed", ""), ("plan-2", "material_planning", 5, "completed", ""),
            ("kit-1", "kitting_check", 6, "completed", ""),
            ("plan-3", "material_planning", 7, "failed", "item A contains itself: A → A")]
    ],
    "gate_results": [
        {"run": "plan-3", "position": 0, "gate": "demand", "frame": "sales_order_lines", "severity": "critical",
         "expectation": "the quantity is above zero", "success": False, "failing": 1, "rows": 3, "keys": ["SO-9/10"]},
        {"run": "kit-1", "position": 0, "gate": "kits", "frame": "kits", "severity": "critical",
         "expectation": "sets are whole", "success": True, "failing": 0, "rows": 1, "keys": []},
        {"run": "plan-1", "position": 0, "gate": "demand", "frame": "sales_order_lines", "severity": "warning",
         "expectation": "an older finding", "success": False, "failing": 1, "rows": 3, "keys": []},
    ],
}  # fmt: skip
