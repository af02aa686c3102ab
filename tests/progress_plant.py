"""A desk maker for the tests of progress and tracking: two customers, desks of a top and four legs, tops of oak."""

from datetime import date

AS_OF = date(2026, 2, 9)

MASTERS = {
    "customers": [
        {"customer": "ALPINA", "name": "Alpina Office", "email": "orders@alpina.example.com"},
        {"customer": "NORD", "name": "Nord"},
    ],
    "suppliers": [{"supplier": "WOOD", "name": "Wood & Sons"}],
    "items": [
        {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make", "lead_time_days": 2, "standard_cost": 100,
         "planner": "paula@example.com"},
        {"item": "TOP", "name": "Desk top", "unit": "EA", "sourcing": "make", "lead_time_days": 3, "standard_cost": 40},
        {"item": "OAK", "name": "Oak board", "unit": "EA", "sourcing": "buy", "lead_time_days": 10,
         "standard_cost": 15, "buyer": "ben@example.com"},
        {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "buy", "lead_time_days": 5, "standard_cost": 5},
    ],
    "boms": [{"bom": "DESK", "item": "DESK"}, {"bom": "TOP", "item": "TOP"}],
    "bom_lines": [
        {"bom": "DESK", "line": 10, "component": "TOP", "quantity": 1},
        {"bom": "DESK", "line": 20, "component": "LEG", "quantity": 4},
        {"bom": "TOP", "line": 10, "component": "OAK", "quantity": 2},
    ],
    "supplier_items": [
        {"supplier": "WOOD", "item": "OAK", "price": 15},
        {"supplier": "WOOD", "item": "LEG", "price": 5},
    ],
}  # fmt: skip

ORDERS = {
    "sales_orders": [
        {"order": "SO-1", "customer": "ALPINA", "order_date": "2026-01-05"},
        {"order": "SO-2", "customer": "NORD", "order_date": "2026-01-12"},
    ],
    "sales_order_lines": [
        {"order": "SO-1", "line": 10, "item": "DESK", "quantity": 10, "due_date": "2026-03-09"},
        {"order": "SO-2", "line": 10, "item": "DESK", "quantity": 4, "due_date": "2026-03-23"},
    ],
    "stock": [{"item": "DESK", "quantity": 3}, {"item": "LEG", "quantity": 60}, {"item": "OAK", "quantity": 2}],
}
