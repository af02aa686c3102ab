"""What is expected of won opportunities, and must hold of the sales orders they become.

A bad row is a warning here: the conversion holds its whole opportunity back with the reason, the others go on.
"""

from validations.gate import Check, Frames, Suite

DECISIONS = ("accept", "partial", "later")
LINE = ("opportunity", "line")


def _opportunities(frames: Frames) -> tuple[Check, ...]:
    return (
        Check(
            "opportunities",
            "ExpectColumnValuesToBeUnique",
            {"column": "opportunity"},
            "critical",
            "an opportunity stands once; keep one row of it",
            ("opportunity",),
        ),
        Check(
            "opportunities",
            "ExpectColumnValuesToBeInSet",
            {"column": "customer", "value_set": frames["customers"]["customer"]},
            "warning",
            "the customer of a won opportunity is known; add it to customers or correct its code",
            ("opportunity",),
        ),
        Check(
            "opportunities",
            "ExpectColumnValuesToBeInSet",
            {"column": "opportunity", "value_set": frames["opportunity_lines"]["opportunity"].unique()},
            "warning",
            "a won opportunity has lines; add what was sold to opportunity_lines",
            ("opportunity",),
        ),
        Check(
            "opportunity_lines",
            "ExpectColumnValuesToBeInSet",
            {"column": "item", "value_set": frames["items"]["item"]},
            "warning",
            "what was sold is a known item; add it to items or correct its code",
            LINE,
        ),
        Check(
            "opportunity_lines",
            "ExpectColumnValuesToBeBetween",
            {"column": "quantity_micro", "min_value": 0, "strict_min": True},
            "warning",
            "more than nothing was sold; correct the quantity",
            LINE,
        ),
        Check(
            "opportunity_lines",
            "ExpectColumnValuesToBeBetween",
            {"column": "unit_price_micro", "min_value": 0},
            "warning",
            "no price is negative; correct the sign",
            LINE,
        ),
    )


OPPORTUNITIES = Suite("won opportunities", _opportunities)

SALES_ORDERS = Suite(
    "sales orders",
    (
        Check(
            "sales_orders",
            "ExpectColumnValuesToBeUnique",
            {"column": "opportunity"},
            "critical",
            "an opportunity becomes one order; this is a defect, report it with the opportunity",
            ("opportunity",),
        ),
        Check(
            "sales_order_lines",
            "ExpectColumnValuesToBeBetween",
            {"column": "quantity_micro", "min_value": 0, "strict_min": True},
            "critical",
            "an order line asks for more than nothing; correct the opportunity's line",
            ("order", "line"),
        ),
        Check(
            "sales_order_lines",
            "ExpectColumnValuesToBeInSet",
            {"column": "promise_decision", "value_set": list(DECISIONS)},
            "critical",
            "every order line has a promise; this is a defect, report it with the opportunity",
            ("order", "line"),
        ),
        Check(
            "sales_order_lines",
            "ExpectColumnValuesToNotBeNull",
            {"column": "promised_date"},
            "warning",
            "every order line can be promised; give the item named as bottleneck a lead time or a supplier",
            ("order", "line", "promise_bottleneck"),
        ),
        Check(
            "sales_order_lines",
            "ExpectColumnValuesToNotBeNull",
            {"column": "unit_price_micro"},
            "warning",
            "every order line has a price; give the opportunity's line a price or the item a list price",
            ("order", "line", "item"),
        ),
    ),
)
