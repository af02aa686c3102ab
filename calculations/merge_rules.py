"""Which planned orders share a document and a line: by kind and policy, date window, price, purpose and maximum."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from calculations.working_days import WorkingDays

ITEM_PLACES = {
    "purchase": ["supplier", "item"],
    "production": ["item", "bill", "bound"],
    "subcontract": ["supplier", "item", "bound"],
}


def _by_supplier(kind: str) -> list[str]:
    """All that one supplier delivers within a window."""
    return ["supplier"]


def _by_item(kind: str) -> list[str]:
    """One item within a window: of one supplier, or by one bill."""
    return ITEM_PLACES[kind]


def _each(kind: str) -> list[str]:
    """Nothing: each planned order is a document."""
    return [*ITEM_PLACES[kind], "number"]


# The columns that planned orders of one document have in common, by the policies merge_purchase, merge_production and
# merge_subcontract.
MERGE_RULES: dict[str, Callable[[str], list[str]]] = {"supplier": _by_supplier, "item": _by_item, "none": _each}


def merged(planned: pd.DataFrame, kind: str, world: dict, policies: dict) -> pd.DataFrame:
    """The planned orders of a kind with the document (`order`, 1, 2, …) and the `line` each one goes into."""
    # the parts of a planned order that was split stand on documents of their own
    place = [*MERGE_RULES[policies[f"merge_{kind}"]](kind), "part"]
    same_line = {"purchase": ["item", "unit", "unit_price_micro", "bound"], "production": [], "subcontract": []}[kind]
    planned = planned.assign(unit_price_micro=planned["unit_price_micro"].fillna(-1))
    planned = planned.sort_values([*place, "due_date", "number"], kind="stable")
    if kind == "subcontract":
        window = np.zeros(len(planned), dtype=np.int64)
    else:
        window = windows(planned, place, world, policies["merge_window_days"])
    planned = planned.assign(window=window).sort_values([*place, "window", *same_line, "due_date", "number"])
    lot = _lots(planned, [*place, "window", *same_line], world)
    first = changes(planned, [*place, "window"])
    new_line = changes(planned.assign(lot=lot), [*place, "window", *same_line, "lot"])
    if kind != "purchase":
        first = new_line
    order = np.cumsum(first)
    line = np.cumsum(new_line)
    line = line - np.maximum.accumulate(np.where(first, line, 0)) + 1
    price = planned["unit_price_micro"].astype("Int64")
    return planned.assign(order=order.astype(str), line=10 * line, unit_price_micro=price.mask(price < 0))


def windows(planned: pd.DataFrame, place: list[str], world: dict, days: int) -> np.ndarray:
    """Counts the windows of each place: so many working days from the first due date that opens one."""
    due = planned["due_date"].to_numpy().astype("datetime64[D]")
    end = WorkingDays(world["calendar"]).add(due, days) if days else due + 1
    starts = changes(planned, place)
    window = np.zeros(len(planned), dtype=np.int64)
    closes = None
    for row, (starts_place, day) in enumerate(zip(starts.tolist(), due, strict=True)):
        opens = starts_place or day >= closes
        if opens:
            closes = max(end[row], day + 1)
        window[row] = (window[row - 1] if row else 0) + opens
    return window


def _lots(planned: pd.DataFrame, key: list[str], world: dict) -> np.ndarray:
    """Counts the lots of each line: a planned order that would lift it above the item's maximum opens another one."""
    limits = world["items"].set_index("item")["maximum_order_quantity_micro"]
    limit = planned["item"].map(limits).astype("Int64").fillna(2**62).tolist()
    lot, held = 0, 0
    lots = []
    starts = changes(planned, key).tolist()
    for starts_line, quantity, most in zip(starts, planned["quantity_micro"].tolist(), limit, strict=True):
        if starts_line or held + quantity > most:
            lot, held = lot + 1, 0
        held += quantity
        lots.append(lot)
    return np.array(lots, dtype=np.int64)


def changes(frame: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """Whether each row differs from the one before it in any of the columns; the first one does."""
    changed = np.ones(len(frame), dtype=bool)
    if len(frame) > 1:
        changed[1:] = False
        for column in columns:
            values = frame[column].to_numpy(dtype=object)
            changed[1:] |= values[1:] != values[:-1]
    return changed
