"""Small worlds of products and orders for the tests of kitting and promising."""

from support import world_of


def bill(parent: str, parts: dict, **header) -> tuple[dict, list[dict]]:
    lines = [
        {"bom": parent, "line": 10 * number, "component": part, **(row if isinstance(row, dict) else {"quantity": row})}
        for number, (part, row) in enumerate(parts.items(), start=1)
    ]
    return {"bom": parent, "item": parent, **header}, lines


def factory(
    bills: dict,
    stock: dict,
    orders: list,
    items: dict | None = None,
    headers: dict | None = None,
    more_stock=(),
    **tables,
):
    """A complete world of order lines to be made.

    Args:
        bills: {parent: {part: quantity or bom line}}. stock: {item: quantity}.
        orders: (item, quantity, due date[, priority]) become SO-1, SO-2, … with one line 10 each.
        items, headers: further columns of items and boms by code. tables: further or replaced tables.
    """
    items, headers = items or {}, headers or {}
    made = [bill(parent, parts, **headers.get(parent, {})) for parent, parts in bills.items()]
    codes = dict.fromkeys([*bills, *(part for parts in bills.values() for part in parts), *stock, *items])
    codes.update(dict.fromkeys(item for item, *_ in orders))
    return world_of(
        {
            "items": [
                {"item": code, "name": code, "unit": "EA", "sourcing": "make" if code in bills else "buy",
                 **items.get(code, {})}
                for code in codes
            ],
            "boms": [header for header, _ in made],
            "bom_lines": [line for _, lines in made for line in lines],
            "stock": [{"item": code, "quantity": quantity} for code, quantity in stock.items()] + list(more_stock),
            "customers": [{"customer": "C", "name": "C"}],
            "sales_orders": [
                {"order": f"SO-{number}", "customer": "C", "order_date": "2026-01-02",
                 "priority": rest[0] if rest else ""}
                for number, (_, _, _, *rest) in enumerate(orders, start=1)
            ],
            "sales_order_lines": [
                {"order": f"SO-{number}", "line": 10, "item": item, "quantity": quantity, "due_date": due}
                for number, (item, quantity, due, *_) in enumerate(orders, start=1)
            ],
            **tables,
        }
    )  # fmt: skip
