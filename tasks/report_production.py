"""The report's part about production: what is wrong with open orders, who waits, and how far each order is."""

import pandas as pd

from tasks.report_data import ROWS, ReportData
from tasks.report_tables import Column, Section, Table, page_table
from templates import words

CANNOT = "This cannot be said: "


def production(data: ReportData) -> Section:
    """Warnings of open work and subcontract orders, the customers who wait for them, and all open orders."""
    intro = (
        "How the open work and subcontract orders stand by what was drawn, reported and booked, and what that makes of "
        "customers' dates."
    )
    return Section("production", "Production", intro, (_warnings(data), _effects(data), _orders(data)))


def _warnings(data: ReportData) -> Table:
    rows = data.tracking.get("warnings", pd.DataFrame())
    columns = (
        Column("order", "Order", "code"),
        Column("item", "Item", "code"),
        Column("said", "Warning", "status"),
        Column("days", "Days", "whole"),
        Column("lines", "Lines behind", "whole"),
        Column("latest_days", "Days later", "whole"),
        Column("message", "What is wrong, and what to do", "long"),
    )
    shown = _shown(rows.assign(said=rows["kind"].map(words)) if len(rows) else rows, columns)
    note = "`kitline tracking --warnings` shows all." if len(rows) else ""
    return page_table("warning-rows", "Warnings", shown, columns, _none(data, "Nothing is wrong with any open order."),
                      total=len(rows), note=note)  # fmt: skip


def _effects(data: ReportData) -> Table:
    rows = data.tracking.get("effects", pd.DataFrame())
    if len(rows):
        rows = rows[rows["decides"].astype(bool) & (rows["days"] > 0)].drop_duplicates(["order", "sales_order", "line"])
    columns = (
        Column("number", "Order line", "code"),
        Column("customer", "Customer", "code"),
        Column("item", "Item", "code"),
        Column("wanted_date", "Wanted", "day"),
        Column("from_date", "Expected before", "day"),
        Column("to_date", "Expected now", "day"),
        Column("days", "Days later", "whole"),
        Column("order", "Because of", "code"),
    )
    if len(rows):
        rows = rows.assign(number=rows["sales_order"] + "/" + rows["line"].astype("str"))
    empty = _none(data, "No customer's date is later because of an open order.")
    return page_table("waiting-lines", "Customers who wait", _shown(rows, columns), columns, empty, total=len(rows))


def _orders(data: ReportData) -> Table:
    rows = data.tracking.get("orders", pd.DataFrame())
    columns = (
        Column("order", "Order", "code"),
        Column("item", "Item", "code"),
        Column("quantity_micro", "Planned", "quantity"),
        Column("completed_micro", "Done", "quantity"),
        Column("scrapped_micro", "Scrapped", "quantity"),
        Column("percent", "% done", "whole"),
        Column("booked_hours_micro", "Hours", "quantity"),
        Column("standard_hours_micro", "of standard", "quantity"),
        Column("start_date", "Start", "day"),
        Column("due_date", "Due", "day"),
        Column("expected_date", "Expected", "day"),
        Column("explanation", "Why then", "some"),
    )
    return page_table("open-order-rows", "Open orders", _shown(rows, columns), columns,
                      _none(data, "No work or subcontract order is open."), total=len(rows))  # fmt: skip


def _shown(rows: pd.DataFrame, columns: tuple[Column, ...]) -> pd.DataFrame:
    """The first rows; where there are none, none with the columns."""
    return rows.head(ROWS) if len(rows) else pd.DataFrame(columns=[column.name for column in columns])


def _none(data: ReportData, otherwise: str) -> str:
    return f"{CANNOT}{data.orders_error}" if data.orders_error else otherwise
