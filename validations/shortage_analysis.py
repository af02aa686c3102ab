"""What must hold of open work orders before their shortages are looked at, and of requisitions before they are made."""

from validations.demand import STOCK_IS_COUNTED, demand_checks
from validations.gate import Check, Frames, Suite


def _work_orders(frames: Frames) -> tuple[Check, ...]:
    items = frames["items"]["item"]
    return (
        *demand_checks(items),
        Check(
            "work_orders",
            "ExpectColumnValuesToBeInSet",
            {"column": "item", "value_set": items},
            "critical",
            "every work order makes a known item; add it to items or correct the order",
            ("order",),
            set_aside=True,
        ),
        Check(
            "work_order_components",
            "ExpectColumnValuesToBeInSet",
            {"column": "item", "value_set": items},
            "critical",
            "every component of a work order is an item; add it to items or correct the row",
            ("order", "item"),
            set_aside=True,
        ),
        STOCK_IS_COUNTED,
    )


WORK_ORDERS = Suite("open work orders", _work_orders)


def _requisitions(frames: Frames) -> tuple[Check, ...]:
    key = ("order", "item", "turn")
    return (
        Check(
            "requisitions",
            "ExpectColumnValuesToBeBetween",
            {"column": "quantity_micro", "min_value": 0, "strict_min": True},
            "critical",
            "a requisition asks for more than nothing; this is a defect, report it with the work order",
            key,
        ),
        Check(
            "requisitions",
            "ExpectColumnValueLengthsToBeBetween",
            {"column": "supplier", "min_value": 1},
            "critical",
            "a requisition names a supplier; this is a defect, report it with the work order",
            key,
        ),
        Check(
            "requisitions",
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": list(key)},
            "critical",
            "a shortage is requisitioned once; this is a defect, report it with the work order",
            key,
        ),
        Check(
            "requisitions",
            "ExpectColumnValuesToNotBeNull",
            {"column": "unit_price_micro"},
            "warning",
            "every requisition has a price; add it to supplier_items",
            key,
        ),
    )


REQUISITIONS = Suite("requisitions", _requisitions)
