"""What planners ask of a plan, as changes of a branch: an order more, a date moved, a supplier late, a day closed.

Every function takes the branch, the day and the policies, and the typed values of its fields; None is blank.
"""

from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import multiply_divide, step_of
from calculations.item_supply import firm_orders, usable_stock
from calculations.working_days import WorkingDays
from calculations.world_branch import Branch, RefusedChange, likely

# Tables in which an order is looked for, and the column of its number.
DOCUMENTS = {
    "sales_order_lines": "order",
    "purchase_order_lines": "order",
    "work_orders": "order",
    "subcontract_orders": "order",
    "planned_orders": "number",
}
HEADERS = {"sales_order_lines": "sales_orders", "purchase_order_lines": "purchase_orders"}
COMPONENTS = {"work_orders": "work_order_components", "subcontract_orders": "subcontract_order_components"}


def new_order(branch: Branch, as_of: date, policies: dict, item, quantity, date, customer, order, priority) -> None:
    """A sales order of one line more; without a customer it has the lowest priority."""
    number = order or f"WHAT-IF-{branch.number}"
    if (branch.own("sales_orders")["order"] == number).any():
        raise RefusedChange("order", number, f"there is an order {number} already; name another or leave it blank")
    header = {"order": number, "customer": customer or "", "order_date": pd.Timestamp(as_of)}
    branch.append("sales_orders", **header, **({} if priority is None else {"priority": priority}))
    branch.append("sales_order_lines", order=number, line=10, item=item, quantity_micro=quantity, due_date=date)


def move(branch: Branch, as_of: date, policies: dict, order, line, date) -> None:
    """Another due date; where an order also has a start, or a release and a need, they move by as many working days."""
    table, rows = _rows_of_order(branch, order, line)
    frame = branch.world[table].loc[rows]
    others = {"work_orders": ["start_date"], "planned_orders": ["release_date", "need_date"]}.get(table, [])
    calendar = WorkingDays(branch.world["calendar"])
    shift = calendar.between(frame["due_date"].to_numpy(), np.full(len(frame), date, dtype="datetime64[s]"))
    moved = {column: _moved(calendar, frame[column], shift) for column in others}
    branch.assign(table, rows, due_date=date, **moved)


def change_quantity(branch: Branch, as_of: date, policies: dict, order, line, quantity) -> None:
    """Another quantity; the listed components of a work or subcontract order go with it, rounded up."""
    table, rows = _rows_of_order(branch, order, line, one=True)
    frame = branch.world[table].loc[rows]
    before = frame["quantity_micro"].to_numpy()
    if table in COMPONENTS:
        parts = branch.own(COMPONENTS[table])
        parts = parts[parts["order"] == order]
        items = branch.world["items"].set_index("item")["decimals"]
        step = step_of(items.reindex(parts["item"]).fillna(6).to_numpy(dtype=np.int64))
        needed = -(-multiply_divide(parts["quantity_micro"].to_numpy(), quantity, before[0], "up") // step) * step
        branch.assign(COMPONENTS[table], parts.index, quantity_micro=needed)
    if table == "planned_orders":
        good = multiply_divide(frame["receipt_quantity_micro"].to_numpy(dtype=np.int64), quantity, before, "down")
        branch.assign(table, rows, receipt_quantity_micro=good)
    branch.assign(table, rows, quantity_micro=quantity)


def cancel(branch: Branch, as_of: date, policies: dict, order, line) -> None:
    """An order or one of its lines is gone, with what hangs on it."""
    table, rows = _rows_of_order(branch, order, line)
    branch.remove(table, rows)
    if table in COMPONENTS:
        parts = branch.own(COMPONENTS[table])
        branch.remove(COMPONENTS[table], parts.index[parts["order"] == order])
    elif table in HEADERS and not (branch.world[table]["order"] == order).any():
        headers = branch.own(HEADERS[table])
        branch.remove(HEADERS[table], headers.index[headers["order"] == order])


def set_stock(branch: Branch, as_of: date, policies: dict, item, quantity) -> None:
    """Usable stock of the item is this, in one place and without a lot; what is blocked or in inspection stays."""
    branch.rows("items", {"item": item})
    stock = usable_stock({**branch.world, "stock": branch.own("stock")}, as_of, policies)
    rows = stock[stock["item"] == item]
    place = rows["warehouse"].iloc[0] if len(rows) else _open_warehouse(policies)
    branch.remove("stock", rows.index)
    branch.append("stock", item=item, quantity_micro=quantity, warehouse=place, status="available")


def set_lead_time(branch: Branch, as_of: date, policies: dict, item, days) -> None:
    """The item's own lead time, which goes before its suppliers' and its routing's."""
    branch.assign("items", branch.rows("items", {"item": item}), lead_time_days=days)


def supplier_late(branch: Branch, as_of: date, policies: dict, supplier, days) -> None:
    """What is open at the supplier comes so many working days later; what is overdue, so many from today."""
    orders = branch.world["purchase_orders"]
    of_supplier = orders.loc[orders["supplier"] == supplier, "order"]
    lines, subcontracts = branch.own("purchase_order_lines"), branch.own("subcontract_orders")
    found = {
        "purchase_order_lines": lines[lines["order"].isin(of_supplier)],
        "subcontract_orders": subcontracts[subcontracts["supplier"] == supplier],
    }
    found = {table: rows[rows["quantity_micro"] > rows["received_quantity_micro"]] for table, rows in found.items()}
    if not any(map(len, found.values())):
        raise RefusedChange("supplier", supplier, f"nothing is on order at supplier {supplier}; name another, or "
                            "change the lead time of what he sells")  # fmt: skip
    calendar = WorkingDays(branch.world["calendar"])
    for table, rows in found.items():
        expected = np.maximum(rows["due_date"].to_numpy(), np.datetime64(as_of, "s"))
        later = calendar.add(expected, np.full(len(rows), days)).astype("datetime64[s]")
        branch.assign(table, rows.index, due_date=later)


def prefer_supplier(branch: Branch, as_of: date, policies: dict, item, supplier) -> None:
    """The supplier is asked first for the item, the others after him in their order."""
    branch.rows("items", {"item": item})
    offers = branch.own("supplier_items")
    offers = offers[offers["item"] == item]
    chosen = (offers["supplier"] == supplier).to_numpy()
    if not chosen.any():
        raise RefusedChange("supplier", supplier, f"supplier {supplier} does not offer {item}; add a row of "
                            "supplier_items with his price first")  # fmt: skip
    branch.assign("supplier_items", offers.index[~chosen], priority=offers["priority"].to_numpy()[~chosen] + 1)
    branch.assign("supplier_items", offers.index[chosen], priority=1)


def close_days(branch: Branch, as_of: date, policies: dict, date, until) -> None:
    """The plant does not work from the day to the last day, both included."""
    last = date if until is None else until
    if last < date:
        raise RefusedChange("until", last.date(), "until is before date; swap or correct them")
    calendar = branch.own("calendar")
    for day in pd.date_range(date, last):
        known = calendar.index[calendar["date"] == day]
        if len(known):
            branch.assign("calendar", known, working=False)
        else:
            branch.append("calendar", date=day, working=False)


def set_capacity(branch: Branch, as_of: date, policies: dict, work_center, hours) -> None:
    """Hours of the work center a working day."""
    rows = branch.rows("work_centers", {"work_center": work_center})
    branch.assign("work_centers", rows, capacity_hours_micro=hours)


def _rows_of_order(branch: Branch, order: str, line, one: bool = False) -> tuple[str, pd.Index]:
    """The table an open order stands in, and its rows there; `one`: a single row is meant."""
    for table, column in DOCUMENTS.items():
        if table not in branch.world:
            continue
        frame = branch.own(table)
        if table == "planned_orders":
            frame = firm_orders(frame)
        rows = frame[frame[column] == order]
        if rows.empty:
            continue
        lines = rows["line"].tolist() if "line" in rows else []
        if line is not None and line not in lines:
            has = f"it has {', '.join(map(str, lines))}" if lines else "it has no lines; leave line blank"
            raise RefusedChange("line", line, f"order {order} has no line {line}; {has}")
        chosen = rows if line is None else rows[rows["line"] == line]
        if one and len(chosen) > 1:
            raise RefusedChange("line", "", f"order {order} has lines {', '.join(map(str, lines))}; name one")
        return table, chosen.index
    numbers = [str(name) for table, column in DOCUMENTS.items() if table in branch.world
               for name in branch.world[table][column].unique()]  # fmt: skip
    raise RefusedChange("order", order, f"no open order is called {order}{likely(order, numbers)}; only open and "
                        "firm orders can be changed, suggestions follow from them")  # fmt: skip


def _moved(calendar: WorkingDays, days: pd.Series, shift: np.ndarray) -> np.ndarray:
    """Days moved by working days, forward or back."""
    days = days.to_numpy()
    later = calendar.add(days, np.maximum(shift, 0))
    return np.where(shift >= 0, later, calendar.subtract(days, np.maximum(-shift, 0))).astype("datetime64[s]")


def _open_warehouse(policies: dict) -> str:
    return "MAIN" if "MAIN" not in policies["excluded_warehouses"] else "WHAT-IF"
