"""What must hold of items, bills, orders and stock before a plan is made, and of the plan."""

from validations.demand import demand_checks
from validations.gate import Check, Frames, Suite

ORDER_KINDS = ("purchase", "production", "subcontract")
MISSING_SOURCES = ("no_bom", "no_supplier", "no_lead_time")


def _demands(frames: Frames) -> tuple[Check, ...]:
    return (
        *demand_checks(frames["items"]["item"]),
        Check(
            "items",
            "ExpectColumnValuesToBeBetween",
            {"column": "yield_rate_micro", "min_value": 0, "strict_min": True, "max_value": 1_000_000},
            "critical",
            "a yield is above 0 and at most 1; correct the item's yield_rate",
            ("item",),
        ),
        Check(
            "stock",
            "ExpectColumnValuesToBeBetween",
            {"column": "quantity_micro", "min_value": 0},
            "warning",
            "stock is not below zero; count it, the plan refills it until then",
            ("item", "warehouse", "lot"),
        ),
    )


DEMANDS = Suite("what the plan starts from", _demands)

PLAN = Suite(
    "planned orders",
    (
        Check(
            "planned_orders",
            "ExpectColumnValuesToBeInSet",
            {"column": "kind", "value_set": list(ORDER_KINDS)},
            "critical",
            "a planned order is to buy, make or subcontract; this is a defect, report it with the order",
            ("number",),
        ),
        Check(
            "planned_orders",
            "ExpectColumnValuesToBeBetween",
            {"column": "quantity_micro", "min_value": 0, "strict_min": True},
            "critical",
            "a planned order is for more than nothing; this is a defect, report it with the order",
            ("number",),
        ),
        Check(
            "planned_orders",
            "ExpectColumnPairValuesAToBeGreaterThanB",
            {"column_A": "need_date", "column_B": "release_date", "or_equal": True},
            "critical",
            "an order is released no later than it is needed; this is a defect, report it with the order",
            ("number",),
        ),
        Check(
            "requirements",
            "ExpectColumnValuesToBeBetween",
            {"column": "projected_available_micro", "min_value": 0},
            "warning",
            "the plan leaves nothing below zero; see the item's requirements",
            ("item", "date"),
        ),
        Check(
            "exceptions",
            "ExpectColumnValuesToNotBeInSet",
            {"column": "kind", "value_set": list(MISSING_SOURCES)},
            "warning",
            "what is ordered has a bill of materials or supplier, and a lead time; see the message of the exception",
            ("kind", "item"),
        ),
    ),
)
