"""What imported tables must be as a whole, after every row was read by itself.

Rows that refer to nothing are already refused by the import; here stands what only shows when tables are seen together.
"""

import numpy as np
import pandas as pd

from validations.gate import Check, Frames, Suite

AMOUNTS = {
    "supplier_items": (("price_micro",), ("supplier", "item")),
    "sales_order_lines": (("unit_price_micro",), ("order", "line")),
    "opportunity_lines": (("unit_price_micro",), ("opportunity", "line")),
    "purchase_order_lines": (("unit_price_micro",), ("order", "line")),
    "items": (("standard_cost_micro", "list_price_micro"), ("item",)),
    "stock": (("unit_cost_micro",), ("item", "warehouse", "lot")),
}
REFERENCES = (
    ("bom_lines", "bom", "boms", "bom", ("bom", "line"), "add the bill of materials to boms, or correct its code"),
    ("bom_lines", "component", "items", "item", ("bom", "line"), "add the component to items, or correct its code"),
    ("boms", "item", "items", "item", ("bom",), "add the item to items, or correct its code"),
    ("sales_order_lines", "item", "items", "item", ("order", "line"), "add the item to items, or correct its code"),
    ("supplier_items", "item", "items", "item", ("supplier", "item"), "add the item to items, or correct its code"),
)
# A price this many times the usual one of the same item is more often a slipped decimal point than a price.
OUTLIER = 20


def _checks(frames: Frames) -> tuple[Check, ...]:
    return (*_references(frames), *_amounts(frames), *_outliers(frames), *_sources(frames), *_dates(frames))


def _references(frames: Frames) -> list[Check]:
    return [
        Check(
            table,
            "ExpectColumnValuesToBeInSet",
            {"column": column, "value_set": frames[parent][parent_column]},
            "critical",
            f"the {column} of every row of {table} is in {parent}; {remedy}",
            key,
            set_aside=True,
        )
        for table, column, parent, parent_column, key, remedy in REFERENCES
        if table in frames and parent in frames
    ]


def _amounts(frames: Frames) -> list[Check]:
    return [
        Check(
            table,
            "ExpectColumnValuesToBeBetween",
            {"column": column, "min_value": 0},
            "critical",
            f"no {column.removesuffix('_micro').replace('_', ' ')} is negative; correct the sign",
            key,
            set_aside=True,
        )
        for table, (columns, key) in AMOUNTS.items()
        for column in columns
        if table in frames
    ]


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
