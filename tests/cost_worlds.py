"""Small plants whose costs a person can follow: a desk of a top and four legs, bought wood, painted outside."""

from datetime import date, timedelta

from hypothesis import strategies as st

AS_OF = date(2026, 1, 31)
MASTERS = {
    "customers": [{"customer": "ALMA", "name": "Alma"}, {"customer": "BRUNO", "name": "Bruno"}],
    "suppliers": [{"supplier": "SAWMILL", "name": "Sawmill"}, {"supplier": "PAINTER", "name": "P"}],
    "items": [
        {"item": "WOOD", "name": "Wood", "unit": "M", "sourcing": "buy", "decimals": 3},
        {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "make"},
        {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make", "yield_rate": "0.9", "inspect": "yes"},
        {"item": "DESK-RED", "name": "Red desk", "unit": "EA", "sourcing": "subcontract"},
    ],
    "boms": [{"bom": "B-LEG", "item": "LEG"}, {"bom": "B-DESK", "item": "DESK"}, {"bom": "B-RED", "item": "DESK-RED"}],
    "bom_lines": [
        {"bom": "B-LEG", "line": 10, "component": "WOOD", "quantity": "0.7"},
        {"bom": "B-DESK", "line": 10, "component": "LEG", "quantity": 4},
        {"bom": "B-DESK", "line": 20, "component": "WOOD", "quantity": "2.5", "issue_method": "backflush"},
        {"bom": "B-RED", "line": 10, "component": "DESK", "quantity": 1},
    ],
    "work_centers": [
        {"work_center": "SAW", "labor_rate": "31.17", "machine_rate": "12.333333"},
        {"work_center": "BENCH", "labor_rate": "28.5"},
    ],
    "supplier_items": [
        {"supplier": "SAWMILL", "item": "WOOD", "price": "3.337"},
        {"supplier": "PAINTER", "item": "DESK-RED", "price": "19.99"},
    ],
}  # fmt: skip

_day = st.integers(0, 58).map(lambda days: (date(2026, 1, 1) + timedelta(days)).isoformat())
_count = st.integers(1, 40)
_hours = st.decimals("0.1", "9", places=3).map(str)


def _events(**fields):
    return st.lists(st.fixed_dictionaries({"date": _day, **fields}), max_size=5)


@st.composite
def months_of_facts(draw) -> dict[str, list[dict]]:
    """Two months: wood is bought, legs, desks and red desks are made, some scrapped, reworked, sold, returned.

    Facts that cannot be posted are refused, as a plant's would be.
    """
    made = st.sampled_from(["W-LEG", "W-DESK"])
    tables = {
        **MASTERS,
        "stock": [
            {"item": "WOOD", "quantity": draw(_count), "unit_cost": "3.1"},
            {"item": "LEG", "quantity": draw(_count), "unit_cost": draw(st.sampled_from(["4.4", "0", "5.123456"]))},
            {"item": "DESK", "quantity": draw(_count), "unit_cost": "61.07"},
        ],
        "purchase_orders": [{"order": "P-1", "supplier": "SAWMILL", "order_date": "2026-01-02"}],
        "purchase_order_lines": [
            {"order": "P-1", "line": 1, "item": "WOOD", "quantity": 1000, "due_date": "2026-01-09",
             "unit_price": draw(st.sampled_from(["", "3.4567"]))},
        ],
        "work_orders": [
            {"order": "W-LEG", "item": "LEG", "quantity": 90, "start_date": "2026-01-05", "due_date": "2026-01-20"},
            {"order": "W-DESK", "item": "DESK", "quantity": 40, "start_date": "2026-01-05", "due_date": "2026-01-30"},
        ],
        "opening_wip": [{"order": "W-LEG", "element": "labor", "amount": draw(st.sampled_from(["0", "77.77"]))}],
        "subcontract_orders": [
            {"order": "S-1", "supplier": "PAINTER", "item": "DESK-RED", "quantity": 30, "due_date": "2026-01-30"}
        ],
        "subcontract_order_components": [{"order": "S-1", "item": "DESK", "quantity": 30}],
        "sales_orders": [{"order": "SO-1", "customer": "ALMA", "order_date": "2026-01-02"}],
        "sales_order_lines": [
            {"order": "SO-1", "line": 1, "item": "DESK", "quantity": 60, "due_date": "2026-01-30",
             "unit_price": "99.333333"},
            {"order": "SO-1", "line": 2, "item": "LEG", "quantity": 60, "due_date": "2026-01-30",
             "unit_price": "7.777777"},
        ],
        "receipts": draw(_events(order=st.just("P-1"), line=st.just(1), quantity=_count))
        + draw(_events(order=st.just("S-1"), quantity=st.integers(1, 5))),
        "issues": draw(_events(order=st.just("W-LEG"), item=st.just("WOOD"), quantity=st.integers(-3, 30).filter(bool)))
        + draw(_events(order=st.just("W-DESK"), item=st.just("LEG"), quantity=_count))
        + draw(_events(order=st.just("S-1"), item=st.just("DESK"), quantity=st.integers(1, 9))),
        "completions": draw(_events(order=made, quantity=st.integers(0, 12), scrapped_quantity=st.integers(0, 2))),
        "time_entries": draw(_events(order=made, work_center=st.sampled_from(["SAW", "BENCH"]), labor_hours=_hours,
                                     machine_hours=_hours)),
        "inspections": draw(_events(stage=st.just("finished"), order=st.just("W-DESK"), inspected_quantity=st.just(3),
                                    accepted_quantity=st.just(2), rejected_quantity=st.just(1),
                                    disposition=st.sampled_from(["rework", "scrap"]))),
        "shipments": draw(_events(order=st.just("SO-1"), line=st.integers(1, 2), quantity=_count)),
        "customer_returns": draw(_events(order=st.just("SO-1"), line=st.integers(1, 2), quantity=st.integers(1, 3))),
        "expenses": [
            {"event": "E-1", "period": "2026-01", "pool": "rent", "amount": "100.01", "scope": "order:W-DESK",
             "basis": "direct"},
            {"event": "E-2", "period": "2026-01", "pool": "boiler", "amount": "9.99", "scope": "order:S-1",
             "basis": "direct"},
        ],
    }  # fmt: skip
    facts = {table: rows for table, rows in tables.items() if rows and "date" in rows[0]}
    for table, rows in facts.items():
        tables[table] = [{"event": f"{table}-{n}", **row} for n, row in enumerate(rows)]
    return tables
