"""Checks that more than one stage holds its demand against."""

from validations.gate import Check


def demand_checks(items) -> tuple[Check, ...]:
    """Order lines ask for known items and more than nothing; bills of materials have known components.

    Args:
        items: the codes of all items.
    """
    return (
        Check(
            "sales_order_lines",
            "ExpectColumnValuesToBeInSet",
            {"column": "item", "value_set": items},
            "critical",
            "every order line is for a known item; add it to items or correct the line",
            ("order", "line"),
            set_aside=True,
        ),
        Check(
            "sales_order_lines",
            "ExpectColumnValuesToBeBetween",
            {"column": "quantity_micro", "min_value": 0, "strict_min": True},
            "critical",
            "an order line asks for more than nothing; correct the quantity or cancel the line",
            ("order", "line"),
            set_aside=True,
        ),
        Check(
            "bom_lines",
            "ExpectColumnValuesToBeInSet",
            {"column": "component", "value_set": items},
            "critical",
            "every component is an item; without it kits would look complete and plans be short; add it to items or "
            "correct its code",
            ("bom", "line"),
        ),
    )


# Stock that was counted wrong is no reason to stop, but to be told.
STOCK_IS_COUNTED = Check(
    "stock",
    "ExpectColumnValuesToBeBetween",
    {"column": "quantity_micro", "min_value": 0},
    "warning",
    "stock is not below zero; count it, it is taken for nothing until then",
    ("item", "warehouse", "lot"),
)
