"""How far each operation of the open work orders is, by hours booked and by what was reported or finished."""

import numpy as np
import pandas as pd

from calculations.exact import MICRO

COLUMNS = ["order", "item", "operation", "work_center", "passed_micro", "scrapped_micro", "waiting_micro",
           "standard_hours_micro", "booked_hours_micro", "percent"]  # fmt: skip


def operation_rows(plant, world: dict, orders: pd.DataFrame) -> pd.DataFrame:
    """Each operation of each open work order.

    Hours booked without an operation go to the operations of their work center, by standard hours. An operation is as
    far as its hours are of the standard, and at least as far as units passed it or were scrapped up to it.

    Returns:
        order, item, operation, work_center, passed_micro, scrapped_micro, waiting_micro (see `units_at_operations`),
        standard_hours_micro (of the whole order), booked_hours_micro, percent.
    """
    works = orders[orders["kind"] == "work_order"].reset_index(drop=True)
    routing = world["operations"].sort_values(["item", "operation"], kind="stable")
    columns = ["order", "item", "quantity_micro", "open_micro", "completed_micro"]
    rows = units_at_operations(works[columns].merge(routing, on="item"), world.get("operation_quantities"))
    if rows.empty:
        empty = {
            name: pd.Series([], dtype="int64" if name.endswith(("micro", "percent")) else "str") for name in COLUMNS
        }
        return pd.DataFrame(empty)
    run = rows["run_hours_per_unit_micro"].to_numpy(dtype=float) * rows["quantity_micro"].to_numpy() / MICRO
    standard = np.round(rows["setup_hours_micro"].to_numpy() + run).astype(np.int64)
    rows = rows.assign(standard_hours_micro=standard)
    booked = _booked(rows, world.get("time_entries"))
    whole = rows["quantity_micro"].to_numpy(dtype=float)
    finished = 1 - rows["open_micro"].to_numpy(dtype=float) / whole
    gone = (rows["passed_micro"] + rows["lost_micro"]).to_numpy(dtype=float) / whole
    share = np.maximum(np.maximum(booked / np.maximum(standard, 1) * (standard > 0), finished), gone)
    percent = np.floor(np.round(np.clip(share, 0, 1) * 100, 6)).astype(np.int64)
    rows = rows.assign(booked_hours_micro=booked, percent=percent)
    return rows[COLUMNS].sort_values(["order", "operation"], kind="stable", ignore_index=True)


def units_at_operations(rows: pd.DataFrame, reported: pd.DataFrame | None) -> pd.DataFrame:
    """Units at each operation: what passed a later one, or is finished, passed the earlier ones too.

    Args:
        rows: order, operation, quantity_micro, completed_micro of its order; each order's operations in their sequence.
        reported: order, operation, passed_micro, scrapped_micro.
    Returns:
        the rows, by order and operation, with passed_micro, scrapped_micro (there), lost_micro (scrapped up to and
        with it) and waiting_micro (passed the operation before, not yet here; of the first: not begun).
    """
    rows = rows.sort_values(["order", "operation"], kind="stable", ignore_index=True)
    names = ["passed_micro", "scrapped_micro"]
    if reported is None or reported.empty:
        rows = rows.assign(**dict.fromkeys(names, 0))
    else:
        known = reported.set_index(["order", "operation"])[names]
        found = known.reindex(pd.MultiIndex.from_frame(rows[["order", "operation"]])).fillna(0).astype("int64")
        rows = rows.assign(**{name: found[name].to_numpy() for name in names})
    lost = rows.groupby("order")["scrapped_micro"].cumsum()
    # passed here and lost up to here can only shrink from one operation to the next, so the later ones tell the least
    reached = (
        rows["passed_micro"].where(rows["passed_micro"] >= rows["completed_micro"], rows["completed_micro"]) + lost
    )
    reached = reached[::-1].groupby(rows["order"][::-1]).cummax()[::-1]
    passed = reached - lost
    before = passed.groupby(rows["order"]).shift(fill_value=-1)
    before = before.where(before >= 0, rows["quantity_micro"])
    waiting = (before - passed - rows["scrapped_micro"]).clip(lower=0)
    return rows.assign(passed_micro=passed, lost_micro=lost, waiting_micro=waiting)


def earned_hours(works: pd.DataFrame, world: dict) -> pd.Series:
    """Standard hours of the units that passed operations, in micro-hours by order; only of orders that report them.

    Args:
        works: order, item, quantity_micro, completed_quantity_micro.
    """
    reported = world.get("operation_quantities")
    if reported is None or reported.empty:
        return pd.Series(dtype="float64")
    mine = works[works["order"].isin(reported["order"])].rename(columns={"completed_quantity_micro": "completed_micro"})
    columns = ["order", "item", "quantity_micro", "completed_micro"]
    rows = units_at_operations(mine[columns].merge(world["operations"], on="item"), reported)
    run = rows["run_hours_per_unit_micro"] * (rows["passed_micro"] + rows["scrapped_micro"]) / MICRO
    set_up = rows["setup_hours_micro"].where(rows["passed_micro"] + rows["scrapped_micro"] > 0, 0)
    return (run + set_up).groupby(rows["order"]).sum()


def order_hours(operations: pd.DataFrame, world: dict, orders: pd.DataFrame) -> pd.DataFrame:
    """Standard and booked hours of each order; booked ones of work centers outside its routing count too."""
    standard = operations.groupby("order")["standard_hours_micro"].sum()
    entries = world.get("time_entries")
    booked = (
        pd.Series(dtype="int64")
        if entries is None or entries.empty
        else _hours(entries).groupby(entries["order"]).sum()
    )
    found = orders[["kind", "order"]].copy()
    for name, sums in (("standard_hours_micro", standard), ("booked_hours_micro", booked)):
        values = sums.reindex(orders["order"]).fillna(0).to_numpy(dtype=np.int64)
        found[name] = np.where(orders["kind"] == "work_order", values, 0)
    return found


def _hours(entries: pd.DataFrame) -> pd.Series:
    """Hours an operation took: a machine and who runs it work at the same time."""
    return entries[["labor_hours_micro", "machine_hours_micro"]].max(axis=1)


def _booked(rows: pd.DataFrame, entries: pd.DataFrame | None) -> np.ndarray:
    if entries is None or entries.empty:
        return np.zeros(len(rows), dtype=np.int64)
    entries = entries.assign(hours=_hours(entries))
    keys = pd.MultiIndex.from_frame(rows[["order", "operation"]])
    # an operation that the routing does not know says no more than its work center
    named = pd.MultiIndex.from_frame(entries[["order", "operation"]]).isin(keys)
    own = entries[named].groupby(["order", "operation"])["hours"].sum().reindex(keys).fillna(0).to_numpy()
    rest = entries[~named].groupby(["order", "work_center"])["hours"].sum()
    center = rest.reindex(pd.MultiIndex.from_frame(rows[["order", "work_center"]])).fillna(0).to_numpy()
    whole = rows.groupby(["order", "work_center"])["standard_hours_micro"].transform("sum").to_numpy(dtype=float)
    count = rows.groupby(["order", "work_center"])["standard_hours_micro"].transform("size").to_numpy(dtype=float)
    share = np.where(whole > 0, rows["standard_hours_micro"].to_numpy() / np.maximum(whole, 1), 1 / count)
    return np.round(own + center * share).astype(np.int64)
