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
    return (*_outliers(frames), *_sources(frames), *_dates(frames), *_effectivity(frames))


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


# Rows of which one is meant to be in force at a time: table, what they share, key to name, what counts meanwhile.
ONE_AT_A_TIME = (
    ("boms", ["item", "version"], "bom", ("bom",),
     "bills of one item and version do not overlap; meanwhile the first by code counts: end one, or raise a version"),
    ("supplier_items", ["supplier", "item", "priority"], "item", ("supplier", "item"),
     "a supplier's offers of an item do not overlap; meanwhile the newest counts: end the older one"),
    ("substitutes", ["component", "substitute", "bom"], "component", ("component", "substitute"),
     "rows of one substitute do not overlap; meanwhile both are tried: end one of them"),
)  # fmt: skip


def _effectivity(frames: Frames) -> list[Check]:
    """Validities that overlap, so that only one of two rows counts, and bills with days on which none is in force."""
    checks = []
    for table, among, column, keys, message in ONE_AT_A_TIME:
        if table in frames and len(frames[table]):
            rows = frames[table].loc[_starts_before_end(frames[table], among)]
            checks.append(_named(table, column, keys, rows, message))
    if "boms" in frames and len(frames["boms"]):
        rows = frames["boms"].loc[_starts_after_gap(frames["boms"])]
        message = "bills of an item follow each other without a gap; for the days between them planning says no_bom"
        checks.append(_named("boms", "bom", ("bom",), rows, message))
    return checks


def _named(table: str, column: str, keys: tuple[str, ...], rows: pd.DataFrame, message: str) -> Check:
    found = {"column": column, "value_set": rows[column].unique()}
    return Check(table, "ExpectColumnValuesToNotBeInSet", found, "warning", message, keys)


def _starts_before_end(frame: pd.DataFrame, among: list[str]) -> np.ndarray:
    """Rows that begin while an earlier one with the same keys is in force, as labels of the frame."""
    start, ended = _validity(frame, among)
    return start.index[start <= ended]


def _starts_after_gap(frame: pd.DataFrame) -> np.ndarray:
    start, ended = _validity(frame, ["item"])
    return start.index[start > ended + pd.Timedelta(days=1)]


def _validity(frame: pd.DataFrame, among: list[str]) -> tuple[pd.Series, pd.Series]:
    """First day of each row, and the last day of all rows with the same keys before it (none: the same first day)."""
    first, last = pd.Timestamp("1970-01-01"), pd.Timestamp("2199-12-31")
    rows = frame.assign(start=frame["effective_from"].fillna(first), end=frame["effective_to"].fillna(last))
    rows = rows.sort_values([*among, "start"], kind="stable")
    ended = rows.groupby(among)["end"].transform(lambda ends: ends.cummax().shift())
    later = ended.notna()
    return rows.loc[later, "start"], ended[later]


IMPORTED_TABLES = Suite("imported tables", _checks)
