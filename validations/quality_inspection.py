"""What must hold of inspections and readings before they are decided on."""

from validations.gate import Check, Frames, Suite

DISPOSITIONS = ["rework", "return", "scrap"]


def _measurements(frames: Frames) -> tuple[Check, ...]:
    return (
        Check(
            "inspections",
            "ExpectColumnValuesToBeBetween",
            {"column": "inspected_quantity_micro", "min_value": 0, "strict_min": True},
            "warning",
            "an inspection decides on more than nothing; correct the quantity",
            ("event",),
        ),
        Check(
            "inspections",
            "ExpectColumnValuesToBeBetween",
            {"column": "undecided_micro", "min_value": 0, "max_value": 0},
            "warning",
            "accepted + concession + rejected = inspected; correct the quantities",
            ("event",),
        ),
        Check(
            "inspections",
            "ExpectColumnValuesToBeInSet",
            {"column": "disposition", "value_set": DISPOSITIONS, "row_condition": "rejected_quantity_micro > 0"},
            "warning",
            "rejected goods have a disposition; say rework, return or scrap",
            ("event",),
        ),
        Check(
            "readings",
            "ExpectColumnValuesToBeInSet",
            {"column": "characteristic", "value_set": sorted(set(frames["inspection_plans"]["characteristic"]))},
            "warning",
            "every reading is of a characteristic in an inspection plan; add it to the plan or correct its name",
            ("event", "characteristic", "sample"),
        ),
    )


MEASUREMENTS = Suite("measurements", _measurements)

INSPECTIONS = Suite(
    "inspections",
    (
        Check(
            "judgements",
            "ExpectColumnValuesToBeInSet",
            {"column": "verdict", "value_set": ["pass"]},
            "info",
            "every characteristic passes; where one does not, look at the concession or rejection",
            ("event", "characteristic"),
        ),
        Check(
            "rework_orders",
            "ExpectColumnValuesToBeUnique",
            {"column": "origin"},
            "critical",
            "one inspection opens one rework order; report it",
            ("origin",),
        ),
    ),
)
