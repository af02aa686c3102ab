"""What a row must be beyond its single cells, checked before it is loaded: pure rules over parsed frames.

Every rule takes bad rows out of the frames and says why, in the columns of `row_parsing.REFUSED_COLUMNS`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calculations.exact import MICRO, micro_text
from calculations.row_parsing import no_refusals

SCOPES = r"all|work_center:.+|order:.+"
# Documents a fact may name, where the tables' own references cannot say so.
ORDERS_OF_FACTS = {
    "receipts": ("purchase_orders", "subcontract_orders"),
    "issues": ("work_orders", "subcontract_orders"),
    "inspections": ("purchase_orders", "subcontract_orders", "work_orders", "sales_orders"),
    "stock_reservations": ("sales_orders", "work_orders", "subcontract_orders"),
}


@dataclass(frozen=True)
class RowRule:
    """A rule that one row can break by itself."""

    column: str
    broken: Callable[[pd.DataFrame], pd.Series]
    message: str


def _after(first: str, second: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda frame: frame[first] > frame[second]


def _unorderable(items: pd.DataFrame) -> pd.Series:
    """Items whose smallest order, the minimum up to the next multiple, is above their maximum."""
    minimum, multiple = items["minimum_order_quantity_micro"], items["order_multiple_micro"].fillna(1)
    smallest = (-(-minimum // multiple) * multiple).where(minimum > 0, items["order_multiple_micro"].fillna(0))
    return items["maximum_order_quantity_micro"] < smallest


def _without(rule: str, column: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda items: (items["lot_sizing"] == rule) & items[column].isna()


EFFECTIVITY = RowRule(
    "effective_to",
    _after("effective_from", "effective_to"),
    "effective_to is before effective_from; correct them",
)
ROW_RULES: dict[str, tuple[RowRule, ...]] = {
    "items": (
        RowRule(
            "maximum_order_quantity",
            _unorderable,
            "maximum_order_quantity is below the smallest order, minimum_order_quantity up to the next order_multiple; "
            "raise it or lower these",
        ),
        RowRule(
            "order_up_to",
            lambda items: items["order_up_to_micro"] < items["safety_stock_micro"],
            "order_up_to is below safety_stock; fill up to at least the safety stock or leave it blank",
        ),
        RowRule(
            "fixed_order_quantity",
            _without("fixed_order_quantity", "fixed_order_quantity_micro"),
            "lot_sizing fixed_order_quantity needs a fixed_order_quantity; give one or choose lot_for_lot",
        ),
        RowRule(
            "period_days",
            _without("period_order_quantity", "period_days"),
            "lot_sizing period_order_quantity needs period_days; give them or choose lot_for_lot",
        ),
    ),
    "unit_conversions": (
        RowRule(
            "factor",
            lambda frame: (frame["from_unit"] == frame["to_unit"]) & (frame["factor_micro"] != MICRO),
            "a unit is worth 1 of itself; correct from_unit, to_unit or the factor",
        ),
    ),
    "planned_orders": (
        RowRule("due_date", _after("release_date", "due_date"), "due_date is before release_date; correct one of them"),
    ),
    "boms": (EFFECTIVITY,),
    "bom_lines": (EFFECTIVITY,),
    "supplier_items": (EFFECTIVITY,),
    "substitutes": (
        EFFECTIVITY,
        RowRule(
            "substitute",
            lambda frame: frame["substitute"] == frame["component"],
            "an item cannot be its own substitute; name another item",
        ),
    ),
    "inspection_plans": (
        RowRule("upper", _after("lower_micro", "upper_micro"), "lower is above upper; swap or correct the limits"),
        RowRule(
            "sample_size",
            lambda frame: (frame["sampling"] == "fixed") & frame["sample_size"].isna(),
            "sampling fixed needs a sample_size; give one or choose all",
        ),
        RowRule(
            "aql",
            lambda frame: (frame["sampling"] == "aql") & frame["aql_micro"].isna(),
            "sampling aql needs an aql; give one or choose all",
        ),
    ),
    "sales_order_lines": (
        RowRule(
            "quantity",
            _after("shipped_quantity_micro", "quantity_micro"),
            "quantity is below what was shipped; a line cannot go below its shipments",
        ),
    ),
    "work_orders": (
        RowRule("due_date", _after("start_date", "due_date"), "due_date is before start_date; swap or correct them"),
    ),
    "issues": (RowRule("quantity", lambda frame: frame["quantity_micro"] == 0, "an issue of 0 is none; remove it"),),
    "adjustments": (
        RowRule("quantity", lambda frame: frame["quantity_micro"] == 0, "an adjustment of 0 is none; remove it"),
    ),
    "stock_reservations": (
        RowRule("quantity", lambda frame: frame["quantity_micro"] == 0, "a reservation of 0 is none; remove it"),
    ),
    "transfers": (
        RowRule(
            "to_warehouse",
            lambda frame: (
                (frame["from_warehouse"] == frame["to_warehouse"])
                & ((frame["to_status"] == "") | (frame["to_status"] == frame["from_status"]))
            ),
            "the transfer ends where it begins; give another to_warehouse or to_status",
        ),
    ),
    "completions": (
        RowRule(
            "quantity",
            lambda frame: frame["quantity_micro"] + frame["scrapped_quantity_micro"] == 0,
            "nothing was completed nor scrapped; give a quantity or remove the row",
        ),
        RowRule(
            "operation",
            lambda frame: (frame["operation"] != "") & (frame["scrapped_quantity_micro"] == 0),
            "an operation says where units were scrapped, and none were; leave it out or give scrapped_quantity",
        ),
    ),
    "time_entries": (
        RowRule(
            "labor_hours",
            lambda frame: (
                (frame["labor_hours_micro"] + frame["machine_hours_micro"] == 0) & frame["quantity_micro"].isna()
            ),
            "the entry has no hours and no quantity; give labor_hours, machine_hours or quantity or remove the row",
        ),
        RowRule(
            "operation",
            lambda frame: frame["quantity_micro"].notna() & (frame["operation"] == ""),
            "units pass an operation; name it, or leave the quantity out",
        ),
    ),
    "inspections": (
        RowRule(
            "inspected_quantity",
            lambda frame: (
                frame["accepted_quantity_micro"] + frame["concession_quantity_micro"] + frame["rejected_quantity_micro"]
                != frame["inspected_quantity_micro"]
            ),
            "accepted, concession and rejected do not add up to inspected_quantity; correct them",
        ),
        RowRule(
            "disposition",
            lambda frame: (frame["rejected_quantity_micro"] > 0) & (frame["disposition"] == ""),
            "the rejected quantity needs a disposition; choose rework, return or scrap",
        ),
    ),
    "expenses": (
        RowRule(
            "scope",
            lambda frame: ~frame["scope"].str.fullmatch(SCOPES),
            "scope must be all, work_center:CODE or order:CODE",
        ),
    ),
}


class Refusals:
    """Collects refused rows and takes them out of their frames."""

    def __init__(self, frames: dict[str, pd.DataFrame]):
        self.frames = frames
        self._rows: list[pd.DataFrame] = []

    def refuse(self, table: str, bad, column: str, message, value=None) -> None:
        """Take the rows marked in `bad` out of a frame; message and value are texts, for all or for each bad row."""
        frame = self.frames[table]
        bad = np.asarray(bad, dtype=bool)
        if not bad.any():
            return
        rows = frame[bad]
        shown = shown_cells(rows, column) if value is None else value
        refused = pd.DataFrame({"table": table, "row": rows.index.to_numpy(), "column": column, "value": shown})
        refused["message"] = message
        self._rows.append(refused)
        self.frames[table] = frame[~bad]

    @property
    def refused(self) -> pd.DataFrame:
        """What was refused, by table and row."""
        if not self._rows:
            return no_refusals()
        refused = pd.concat(self._rows, ignore_index=True).astype(no_refusals().dtypes.to_dict())
        return refused.sort_values(["table", "row"], kind="stable", ignore_index=True)


def shown_cells(frame: pd.DataFrame, column: str) -> list[str]:
    """A column's cells as the text a file would hold."""
    values = frame[f"{column}_micro"] if f"{column}_micro" in frame else frame[column]
    if values.name != column:
        return ["" if cell is pd.NA else micro_text(cell) for cell in values.tolist()]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return [str(np.datetime64(cell, "D")) for cell in values.to_numpy()]
    return values.astype("str").tolist()


def refuse_broken_rows(
    frames: dict[str, pd.DataFrame],
    policies: dict,
    complete: Callable[[str], pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Take rows that contradict themselves out of `frames` (in place), and say which and why.

    Args:
        complete: the rows of a table with what is stored of them already filled in; None takes the frames as they are.
    """
    refusals = Refusals(frames)
    for table, rules in ROW_RULES.items():
        if frames.get(table) is None or frames[table].empty:
            continue
        whole = complete(table) if complete else frames[table]
        for rule in rules:
            rows = whole.loc[frames[table].index]
            broken = rule.broken(rows).fillna(False).to_numpy(dtype=bool)
            refusals.refuse(table, broken, rule.column, rule.message, shown_cells(rows[broken], rule.column))
    _refuse_contradicting_units(refusals)
    stock = frames.get("stock")
    if stock is not None and len(stock):
        allowed = stock["warehouse"].isin(policies["negative_stock_warehouses"])
        message = "stock cannot be negative; correct the quantity or allow it for the warehouse"
        refusals.refuse("stock", (stock["quantity_micro"] < 0) & ~allowed, "quantity", message)
    return refusals.refused


def _refuse_contradicting_units(refusals: Refusals) -> None:
    """Refuse a conversion that says something else than the one the other way round, beyond its six decimals."""
    frame = refusals.frames.get("unit_conversions")
    if frame is None or frame.empty:
        return
    known: dict[tuple[str, str, str], int] = {}
    bad = []
    for item, one, other, factor in frame[["item", "from_unit", "to_unit", "factor_micro"]].itertuples(index=False):
        back = known.get((item, other, one))
        bad.append(one != other and back is not None and abs(back * factor - MICRO * MICRO) > max(back, factor))
        known[item, one, other] = factor
    message = "the conversion the other way round says something else; keep one of the two"
    refusals.refuse("unit_conversions", bad, "factor", message)


def refuse_unknown_orders(
    frames: dict[str, pd.DataFrame],
    known: Callable[[str], pd.DataFrame | None],
    tables: Iterable[str] = ORDERS_OF_FACTS,
) -> pd.DataFrame:
    """Take facts whose order exists in none of the documents it may name out of `frames`, and say which.

    Args:
        known: key columns of the documents that exist besides those in `frames`, None where they are not to be checked.
    """
    refusals = Refusals(frames)
    for table in tables:
        frame = frames.get(table)
        parents = ORDERS_OF_FACTS[table]
        existing = [known(parent) for parent in parents]
        if frame is None or frame.empty or any(keys is None for keys in existing):
            continue
        orders = [keys["order"] for keys in existing] + [frames[name]["order"] for name in parents if name in frames]
        found = frame["order"].isin(pd.concat(orders, ignore_index=True))
        names = " or ".join(parents)
        message = [f"order {order} is not in {names}; add it there or correct it" for order in frame["order"][~found]]
        refusals.refuse(table, ~found, "order", message)
        if table == "receipts":
            _refuse_unknown_purchase_lines(refusals, known)
    return refusals.refused


def _refuse_unknown_purchase_lines(refusals: Refusals, known: Callable[[str], pd.DataFrame | None]) -> None:
    frame, existing = refusals.frames["receipts"], known("purchase_order_lines")
    if existing is None or frame.empty:
        return
    added = refusals.frames.get("purchase_order_lines")
    keys = pd.concat([existing, *([added[["order", "line"]]] if added is not None else [])], ignore_index=True)
    of_purchase = frame["order"].isin(keys["order"]) & frame["line"].notna()
    wanted = pd.MultiIndex.from_arrays([frame["order"], frame["line"].fillna(0).astype("int64")])
    lost = of_purchase & ~wanted.isin(pd.MultiIndex.from_frame(keys))
    message = [
        f"purchase order {order} has no line {line}; correct the line"
        for order, line in zip(frame["order"][lost], frame["line"][lost], strict=True)
    ]
    refusals.refuse("receipts", lost, "line", message)


def refuse_unconvertible_units(
    frames: dict[str, pd.DataFrame], item_units: dict[str, str], conversions: Iterable[tuple[str, str, str]]
) -> pd.DataFrame:
    """Take supplier items out whose purchase unit cannot be converted to the item's stocking unit.

    Args:
        item_units: stocking unit by item. conversions: (item or "", from_unit, to_unit); either direction serves.
    """
    refusals = Refusals(frames)
    frame = frames.get("supplier_items")
    if frame is None or frame.empty:
        return refusals.refused
    pairs = set()
    for item, one, other in conversions:
        pairs |= {(item, one, other), (item, other, one)}
    bad, messages = [], []
    for item, unit in zip(frame["item"].tolist(), frame["unit"].tolist(), strict=True):
        stocking = item_units.get(item, unit)
        lost = unit not in ("", stocking) and not {(item, unit, stocking), ("", unit, stocking)} & pairs
        bad.append(lost)
        if lost:
            messages.append(
                f"unit {unit} of {item} cannot be converted to its stocking unit {stocking}; add it to unit_conversions"
            )
    refusals.refuse("supplier_items", bad, "unit", messages)
    return refusals.refused


def refuse_early_due_dates(frames: dict[str, pd.DataFrame], order_dates: pd.Series) -> pd.DataFrame:
    """Take purchase order lines out that are due before their order's date (`order_dates`, by order)."""
    refusals = Refusals(frames)
    frame = frames.get("purchase_order_lines")
    if frame is not None and len(frame):
        ordered = frame["order"].map(order_dates)
        message = "due_date is before the order_date of the purchase order; correct one of them"
        refusals.refuse("purchase_order_lines", frame["due_date"] < ordered, "due_date", message)
    return refusals.refused
