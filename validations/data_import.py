"""What imported tables must be as a whole, after every row was read by itself.

Rows that refer to nothing or break a rule of their own are refused by then; here stands what only shows when tables are
seen together. All of it may be right, so all of it warns.
"""

import numpy as np
import pandas as pd

from validations.gate import Check, Frames, Suite

# A price this many times the usual one of the same item is more often a slipped decimal point than a price.
OUTLIER = 20


def _checks(frames: Frames) -> tuple[Check, ...]:
    return (*_outliers(frames), *_sources(frames), *_dates(frames))


def _outliers(frames: Frames) -> list[Check]:
    """Prices far from the item's standard cost, by name; warnings, for a price may be right."""
    items, prices = frames.get("items"), frames.get("supplier_items")
    if items is None or prices is None:
        return []
    standard = pd.Series(items["standard_cost_micro"].to_numpy(float, na_value=np.nan), items["item"])
    usual = prices["item"].map(standard[~standard.index.duplicated()]).to_numpy(float)
    price = prices["price_micro"].to_numpy(float)
    far = (usual > 0) & (price > 0) & ((price > usual * OUTLIER) | (price * OUTLIER < usual))
    return [
        Check(
            "supplier_items",
            "ExpectColumnValuesToNotBeInSet",
            {
                "column": "price_micro",
                "value_set": prices["price_micro"][far].unique(),
                "row_condition": f"item in {prices['item'][far].unique().tolist()}",
            },
            "warning",
            f"a supplier's price is within {OUTLIER} times the item's standard cost; look for a slipped decimal point "
            "or the wrong unit",
            ("supplier", "item"),
        )
    ]


def _sources(frames: Frames) -> list[Check]:
    """Items nothing can be obtained by: planned all the same, with an exception beside it."""
    if not {"items", "boms", "supplier_items"} <= set(frames):
        return []
    made = {"column": "item", "value_set": frames["boms"]["item"].unique()}
    bought = {"column": "item", "value_set": frames["supplier_items"]["item"].unique()}
    return [
        Check(
            "items",
            "ExpectColumnValuesToBeInSet",
            {**made, "row_condition": "sourcing != 'buy'"},
            "warning",
            "what is made or subcontracted has a bill of materials; add one to boms and bom_lines",
            ("item",),
        ),
        Check(
            "items",
            "ExpectColumnValuesToBeInSet",
            {**bought, "row_condition": "sourcing != 'make'"},
            "warning",
            "what is bought or subcontracted has a supplier; add one to supplier_items",
            ("item",),
        ),
    ]


def _dates(frames: Frames) -> list[Check]:
    if "work_orders" not in frames:
        return []
    return [
        Check(
            "work_orders",
            "ExpectColumnPairValuesAToBeGreaterThanB",
            {"column_A": "due_date", "column_B": "start_date", "or_equal": True},
            "warning",
            "a work order starts before it is due; correct one of the two dates",
            ("order",),
        )
    ]


IMPORTED_TABLES = Suite("imported tables", _checks)
