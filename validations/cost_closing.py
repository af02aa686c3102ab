"""What must hold before a month is closed, and of the close itself."""

from validations.gate import Check, Frames, Suite

LEDGER_TABLES = ("work_orders", "subcontract_orders", "purchase_orders")
BASES = ("completed_quantity", "labor_hours", "machine_hours", "material_cost", "standard_cost", "direct")


def _books(frames: Frames) -> tuple[Check, ...]:
    return (
        Check(
            "pending_facts",
            "ExpectColumnValuesToBeInSet",
            {"column": "state", "value_set": ["posted", "refused"]},
            "critical",
            "every fact of the period is posted; run the posting of facts first",
            ("table", "event"),
        ),
        Check(
            "backflush_exceptions",
            "ExpectColumnValuesToBeBetween",
            {"column": "quantity_micro", "max_value": 0},
            "critical",
            "no backflush is short of material; record the missing receipt or count, then close again",
            ("order", "item"),
        ),
        Check(
            "stock_moves",
            "ExpectColumnValuesToBeInSet",
            {"column": "item", "value_set": frames["items"]["item"].tolist()},
            "critical",
            "every stock move is of a known item; add the item",
            ("number",),
        ),
        Check(
            "time_entries",
            "ExpectColumnValuesToBeInSet",
            {"column": "work_center", "value_set": frames["work_centers"]["work_center"].tolist()},
            "critical",
            "hours are worked at a known work center, whose rates price them; add it or correct its code",
            ("event",),
        ),
        Check(
            "expenses",
            "ExpectColumnValuesToBeInSet",
            {"column": "basis", "value_set": list(BASES)},
            "critical",
            "every pool has a basis to allocate it by; choose one of those listed in expenses",
            ("event",),
        ),
        Check(
            "purchase_order_lines",
            "ExpectColumnValuesToNotBeNull",
            {"column": "unit_price_micro"},
            "warning",
            "purchase order lines have a price; without one the supplier's or the standard cost values the receipt",
            ("order", "line"),
        ),
    )


BOOKS = Suite("books of the month", _books)

COSTS = Suite(
    "closed costs",
    (
        Check(
            "balance",
            "ExpectColumnValuesToBeBetween",
            {"column": "amount_micro", "min_value": 0, "max_value": 0},
            "critical",
            "what came in equals what went out, to the cent; this is a defect, report it with the period's data",
            ("term",),
        ),
        Check(
            "item_costs",
            "ExpectColumnValuesToBeBetween",
            {"column": "unit_cost_micro", "min_value": 0},
            "critical",
            "no item costs less than nothing; look at its opening cost, returns and adjustments",
            ("item",),
        ),
        Check(
            "receipt_costs",
            "ExpectColumnValuesToBeBetween",
            {"column": "unit_cost_micro", "min_value": 0},
            "critical",
            "no receipt costs less than nothing; look at the returns and expenses of the order",
            ("order", "item"),
        ),
        Check(
            "wip",
            "ExpectColumnValuesToBeBetween",
            {"column": "amount_micro", "min_value": 0},
            "warning",
            "work in process is worth something; an order with less than nothing gave back more than it was charged",
            ("order", "element"),
        ),
        Check(
            "order_margins",
            "ExpectColumnValuesToBeBetween",
            {"column": "margin_micro", "min_value": 0},
            "info",
            "every order line earns money",
            ("order", "line"),
        ),
        Check(
            "item_costs",
            "ExpectColumnValuesToBeBetween",
            {"column": "quantity_micro", "min_value": 0},
            "warning",
            "closing stock is not negative; count the item or record the receipt that is missing",
            ("item",),
        ),
    ),
)
