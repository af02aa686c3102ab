"""What must hold of order lines, bills and stock before kits are counted, and of the kits."""

from validations.demand import STOCK_IS_COUNTED, demand_checks
from validations.gate import Check, Frames, Suite

STATUSES = ("ready", "partial", "short", "no_bom")


def _requirements(frames: Frames) -> tuple[Check, ...]:
    return (
        *demand_checks(frames["items"]["item"]),
        Check(
            "boms",
            "ExpectColumnValuesToBeBetween",
            {"column": "output_quantity_micro", "min_value": 0, "strict_min": True},
            "critical",
            "a bill of materials makes more than nothing; correct its output quantity",
            ("bom",),
        ),
        STOCK_IS_COUNTED,
    )


REQUIREMENTS = Suite("requirements of the kits", _requirements)

KITS = Suite(
    "kits",
    (
        Check(
            "kits",
            "ExpectColumnValuesToBeInSet",
            {"column": "status", "value_set": list(STATUSES)},
            "critical",
            "a kit is ready, partial, short or has no bill; this is a defect, report it with the order",
            ("order", "line"),
        ),
        Check(
            "kits",
            "ExpectColumnPairValuesAToBeGreaterThanB",
            {"column_A": "required_sets_micro", "column_B": "complete_sets_micro", "or_equal": True},
            "critical",
            "there are no more complete sets than required; this is a defect, report it with the order",
            ("order", "line"),
        ),
        Check(
            "shortages",
            "ExpectColumnValuesToBeBetween",
            {"column": "short_micro", "min_value": 0, "strict_min": True},
            "critical",
            "a shortage is more than nothing; this is a defect, report it with the order",
            ("order", "line", "item"),
        ),
        Check(
            "kits",
            "ExpectColumnValuesToNotBeInSet",
            {"column": "status", "value_set": ["no_bom"]},
            "warning",
            "what is made has a bill of materials in force; add one to boms and bom_lines",
            ("order", "line", "item"),
        ),
    ),
)
