"""What must hold of facts before they are posted, and of the moves they became."""

from validations.gate import Check, Frames, Suite

QUANTITIES = {
    "receipts": ("quantity_micro", True),
    "completions": ("quantity_micro", False),
    "shipments": ("quantity_micro", True),
    "customer_returns": ("quantity_micro", True),
    "time_entries": ("labor_hours_micro", False),
    "transfers": ("quantity_micro", True),
    "stock_counts": ("counted_quantity_micro", False),
}
STATUSES = ["available", "inspection", "blocked", "at_subcontractor", "in_production", "reserved"]


def _facts(frames: Frames) -> tuple[Check, ...]:
    checks = [
        Check(
            table,
            "ExpectColumnValuesToBeBetween",
            {"column": column, "min_value": 0, "strict_min": strict},
            "warning",
            f"{column.removesuffix('_micro').replace('_', ' ')} is {'more than' if strict else 'at least'} 0; "
            "correct the fact and send it again",
            ("event",),
        )
        for table, (column, strict) in QUANTITIES.items()
        if table in frames
    ]
    checks += [
        Check(
            table,
            "ExpectColumnValuesToNotBeNull",
            {"column": "date"},
            "critical",
            "every fact has a date; correct the row",
            ("event",),
        )
        for table in (*QUANTITIES, "adjustments", "reversals", "stock_reservations")
        if table in frames
    ]
    return tuple(checks)


FACTS = Suite("facts to be posted", _facts)

MOVES = Suite(
    "moves of the facts",
    (
        Check(
            "stock_moves",
            "ExpectColumnValuesToBeUnique",
            {"column": "number"},
            "critical",
            "every move has a number of its own; a fact was posted twice, report it",
            ("number",),
        ),
        Check(
            "stock_moves",
            "ExpectColumnValuesToNotBeInSet",
            {"column": "quantity_micro", "value_set": [0]},
            "critical",
            "every move moves something; report it",
            ("number",),
        ),
        Check(
            "stock_moves",
            "ExpectColumnValuesToBeInSet",
            {"column": "status", "value_set": STATUSES},
            "critical",
            "every move changes a known status; report it",
            ("number",),
        ),
        Check(
            "balances",
            "ExpectColumnValuesToBeBetween",
            {"column": "quantity_micro", "min_value": 0},
            "critical",
            "no balance is below zero where that is refused; report it",
            ("item", "warehouse", "lot", "status"),
        ),
        Check(
            "balances",
            "ExpectColumnValuesToBeBetween",
            {"column": "unmoved_micro", "min_value": 0, "max_value": 0},
            "critical",
            "every balance is the sum of its moves; report it",
            ("item", "warehouse", "lot", "status"),
        ),
        Check(
            "exceptions",
            "ExpectColumnValuesToBeBetween",
            {"column": "quantity_micro", "max_value": 0},
            "warning",
            "completions use up material that is there; record what was used before closing the period",
            ("event", "item"),
        ),
    ),
)
