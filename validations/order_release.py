"""What must hold of planned orders before they are released, and of the orders they become."""

from validations.gate import Check, Frames, Suite

POSITIVE = {"min_value": 0, "strict_min": True}


def _planned_orders(frames: Frames) -> tuple[Check, ...]:
    return (
        Check(
            "planned_orders",
            "ExpectColumnValuesToBeUnique",
            {"column": "number"},
            "critical",
            "a planned order stands once; plan again",
            ("number",),
        ),
        Check(
            "planned_orders",
            "ExpectColumnValuesToBeBetween",
            {"column": "quantity_micro", **POSITIVE},
            "critical",
            "a planned order asks for more than nothing; plan again or reject it",
            ("number", "item"),
            set_aside=True,
        ),
        Check(
            "planned_orders",
            "ExpectColumnValuesToBeInSet",
            {"column": "item", "value_set": frames["items"]["item"]},
            "critical",
            "the item of a planned order is known; add it to items",
            ("number", "item"),
            set_aside=True,
        ),
    )


PLANNED_ORDERS = Suite("planned orders", _planned_orders)


def _positive(frame: str, column: str, key: tuple[str, ...]) -> Check:
    return Check(
        frame,
        "ExpectColumnValuesToBeBetween",
        {"column": column, **POSITIVE},
        "critical",
        f"every row of {frame} asks for more than nothing; this is a defect, report it with the planned order",
        key,
    )


def _supply_orders(frames: Frames) -> tuple[Check, ...]:
    lines = frames["purchase_order_lines"]
    return (
        _positive("purchase_order_lines", "quantity_micro", ("order", "line")),
        _positive("work_orders", "quantity_micro", ("order",)),
        _positive("work_order_components", "quantity_micro", ("order", "item")),
        _positive("subcontract_orders", "quantity_micro", ("order",)),
        _positive("subcontract_order_components", "quantity_micro", ("order", "item")),
        Check(
            "releases",
            "ExpectColumnValuesToBeUnique",
            {"column": "planned_order"},
            "critical",
            "a planned order goes into one document; this is a defect, report it with the planned order",
            ("planned_order", "order"),
        ),
        Check(
            "purchase_orders",
            "ExpectColumnValuesToBeInSet",
            {"column": "order", "value_set": lines["order"].unique()},
            "critical",
            "a purchase order has lines; this is a defect, report it with the planned order",
            ("order",),
        ),
        Check(
            "purchase_order_lines",
            "ExpectColumnValuesToNotBeNull",
            {"column": "unit_price_micro"},
            "warning",
            "every purchase line has a price; add it to supplier_items",
            ("order", "line", "item"),
        ),
    )


SUPPLY_ORDERS = Suite("supply orders", _supply_orders)


def _batch(frames: Frames) -> tuple[Check, ...]:
    return (
        _positive("work_orders", "quantity_micro", ("order",)),
        _positive("work_order_components", "quantity_micro", ("order", "item")),
        _positive("demands", "quantity_micro", ("order", "line")),
    )


BATCH_WORK_ORDERS = Suite("batch work orders", _batch)
