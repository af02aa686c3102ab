"""A table maker for what-if and replay: a top and four legs, an order of a customer, one open purchase order."""

from datetime import date

AS_OF = date(2026, 1, 5)
TABLES = {
    "customers": [{"customer": "SHOP", "name": "Shop"}, {"customer": "HOTEL", "name": "Hotel"}],
    "suppliers": [{"supplier": "WOOD", "name": "Wood"}, {"supplier": "IRON", "name": "Iron"}],
    "items": [
        {"item": "TABLE", "name": "Table", "unit": "EA", "sourcing": "make", "lead_time_days": 2},
        {"item": "TOP", "name": "Top", "unit": "EA", "sourcing": "buy"},
        {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "buy"},
    ],
    "boms": [{"bom": "TABLE", "item": "TABLE"}],
    "bom_lines": [
        {"bom": "TABLE", "line": 10, "component": "TOP", "quantity": 1},
        {"bom": "TABLE", "line": 20, "component": "LEG", "quantity": 4},
    ],
    "work_centers": [{"work_center": "BENCH", "capacity_hours": 8}],
    "operations": [{"item": "TABLE", "operation": "10", "work_center": "BENCH", "run_hours_per_unit": 4}],
    "supplier_items": [
        {"supplier": "WOOD", "item": "TOP", "price": "30.00", "lead_time_days": 20},
        {"supplier": "WOOD", "item": "LEG", "price": "2.50", "lead_time_days": 10},
        {"supplier": "IRON", "item": "LEG", "price": "3.00", "lead_time_days": 5, "priority": 2},
    ],
    "stock": [{"item": "LEG", "quantity": 8}],
    "purchase_orders": [{"order": "PO-1", "supplier": "WOOD", "order_date": "2025-12-15"}],
    "purchase_order_lines": [
        {"order": "PO-1", "line": 10, "item": "TOP", "quantity": 5, "due_date": "2026-01-26", "unit_price": 30},
    ],
    "sales_orders": [{"order": "SO-1", "customer": "SHOP", "order_date": "2026-01-02"}],
    # five tables on a Wednesday: started on Monday the 26th with the tops of PO-1, 8 legs and 12 more
    "sales_order_lines": [{"order": "SO-1", "line": 10, "item": "TABLE", "quantity": 5, "due_date": "2026-01-28"}],
}
