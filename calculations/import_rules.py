"""What a row must be beyond its single cells, checked before it is loaded: pure rules over parsed frames.

Every rule takes bad rows out of the frames and says why, in the columns of `row_parsing.REFUSED_COLUMNS`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calculations.exact import micro_text
from calculations.row_parsing import no_refusals

SCOPES = r"all|work_center:.+|order:.+"
# Documents a fact may name, where the tables' own references cannot say so.
ORDERS_OF_FACTS = {
    "receipts": ("purchase_orders", "subcontract_orders"),
    "issues": ("work_orders", "subcontract_orders"),
    "inspections": ("purchase_orders", "subcontract_orders", "work_orders", "sales_orders"),
}


@dataclass(frozen=True)
class RowRule:
    """A rule that one row can break by itself."""

    column: str
    broken: Callable[[pd.DataFrame], pd.Series]
    message: str


def _after(first: str, second: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda frame: frame[first] > frame[second]


EFFECTIVITY = RowRule(
    "effective_to",
    _after("effective_from", "effective_to"),
    "effective_to is before effective_from; correct them",
)
ROW_RULES: dict[str, tuple[RowRule, ...]] = {
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
    "completions": (
        RowRule(
            "quantity",
            lambda frame: frame["quantity_micro"] + frame["scrapped_quantity_micro"] == 0,
            "nothing was completed nor scrapped; give a quantity or remove the row",
        ),
    ),
    "time_entries": (
        RowRule(
            "labor_hours",
            lambda frame: frame["labor_hours_micro"] + frame["machine_hours_micro"] == 0,
            "the entry has no hours; give labor_hours or machine_hours or remove the row",
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


def refuse_broken_rows(frames: dict[str, pd.DataFrame], policies: dict) -> pd.DataFrame:
    """Take rows that contradict themselves out of `frames` (in place), and say which and why."""
    refusals = Refusals(frames)
    for table, rules in ROW_RULES.items():
        for rule in rules:
            frame = frames.get(table)
            if frame is not None and len(frame):
                broken = rule.broken(frame).fillna(False)
                refusals.refuse(table, broken, rule.column, rule.message)
    stock = frames.get("stock")
    if stock is not None and len(stock):
        allowed = stock["warehouse"].isin(policies["negative_stock_warehouses"])
        message = "stock cannot be negative; correct the quantity or allow it for the warehouse"
        refusals.refuse("stock", (stock["quantity_micro"] < 0) & ~allowed, "quantity", message)
    return refusals.refused


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


def refuse_cycles(
    frames: dict[str, pd.DataFrame], made_items: dict[str, str], present: Iterable[tuple[str, str]]
) -> pd.DataFrame:
    """Take bill lines out that make an item contain itself; the message prints the path.

    Lines are judged in the order of the file: the one that closes a circle is refused, the others stay.

    Args:
        made_items: item made by bill of materials, of the file and of the database.
        present: (item, component) of lines that exist already and are not replaced by the file.
    """
    refusals = Refusals(frames)
    frame = frames.get("bom_lines")
    if frame is None or frame.empty:
        return refusals.refused
    items = [made_items.get(bom, "") for bom in frame["bom"].tolist()]
    added = list(zip(items, frame["component"].tolist(), strict=True))
    knotted = _knotted([*present, *added])
    if not knotted:
        return refusals.refused
    below: dict[str, list[str]] = {}
    for item, component in present:
        below.setdefault(item, []).append(component)
    bad, messages = [], []
    for item, component in added:
        path = _path(component, item, below) if item in knotted and component in knotted else None
        bad.append(path is not None)
        if path is None:
            below.setdefault(item, []).append(component)
        else:
            shown = " → ".join([item, *path])
            messages.append(f"item {item} would contain itself: {shown}; remove one of these lines")
    refusals.refuse("bom_lines", bad, "component", messages)
    return refusals.refused


def _knotted(edges: list[tuple[str, str]]) -> set[str]:
    """Items left when those without parents and those without components are taken away again and again."""
    codes, distinct = pd.factorize(np.array([code for edge in edges for code in edge], dtype=object))
    above, below = codes[::2], codes[1::2]
    alive = np.ones(len(distinct), dtype=bool)
    while True:
        linked = alive[above] & alive[below]
        has_component = np.bincount(above[linked], minlength=len(distinct)) > 0
        has_parent = np.bincount(below[linked], minlength=len(distinct)) > 0
        kept = alive & has_component & has_parent
        if (kept == alive).all():
            return set(distinct[alive])
        alive = kept


def _path(start: str, goal: str, below: dict[str, list[str]]) -> list[str] | None:
    """The items from start down to goal, both included; None when goal is not reached."""
    came_from: dict[str, str | None] = {start: None}
    waiting = [start]
    while waiting:
        item = waiting.pop()
        if item == goal:
            path = []
            while item is not None:
                path.append(item)
                item = came_from[item]
            return path[::-1]
        for component in reversed(below.get(item, [])):
            if component not in came_from:
                came_from[component] = item
                waiting.append(component)
    return None
