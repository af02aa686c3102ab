"""The planner's parts of the report: what to decide, what changed since the last plan, and the load."""

from datetime import timedelta

import numpy as np
import pandas as pd

from calculations.exact import MICRO
from calculations.plan_changes import changes_in_words
from tasks.report_charts import ColumnChart, HeatMap, column_chart, heat_map
from tasks.report_data import ROWS, ReportData
from tasks.report_tables import ITEM, Column, Section, page_table, rest_note
from templates import quantity, words

WEEKS, FEWEST_WEEKS = 13, 6
CENTERS = 20


def exceptions(data: ReportData) -> Section:
    """What planning asks people to do, the most pressing first."""
    frame = data.exceptions.assign(kind=data.exceptions["kind"].map(words), number=_numbers(data.exceptions))
    columns = (
        Column("rank", "Rank", "whole"),
        Column("kind", "What", "status"),
        Column("item", "Item", "code"),
        Column("number", "Document", "code"),
        Column("date", "Date", "day"),
        Column("quantity_micro", "Quantity", "quantity"),
        Column("days", "Days", "whole"),
        Column("value_micro", data.currency, "money"),
        Column("message", "What is wrong, and the remedy", "long"),
    )
    total = int(data.exception_kinds["rows"].sum())
    table = page_table(
        "exception-rows",
        "Action messages",
        frame,
        columns,
        "The plan holds: nothing needs a decision.",
        total=total,
        note=rest_note(frame, total, "planning_exceptions"),
    )
    quiet = int(data.planning_counts.get("exceptions_kept_quiet", 0))
    intro = (
        "What the last planning run asks of people: customers who wait first, then what stops the plan, then what "
        "saves money; within each, money × working days."
    )
    if quiet:
        intro += f" {quiet:,} trifle{' was' if quiet == 1 else 's were'} kept quiet."
    return Section("exceptions", "Exceptions", intro, (table,))


def _numbers(rows: pd.DataFrame, order: str = "order", line: str = "line") -> list[str]:
    """Document and line as one number; a document without line by itself."""
    return [
        name if number is None else f"{name}/{number}"
        for name, number in zip(rows[order], rows[line].astype(object).where(rows[line].notna(), None), strict=True)
    ]


def changes(data: ReportData) -> Section:
    """What the last plan changed against the one before."""
    frame = data.changes.assign(
        subject=data.changes["subject"].map(words),
        kind=data.changes["kind"].map(words).where(data.changes["subject"] != "late_order", ""),
        number=_numbers(data.changes),
    )
    columns = (
        Column("subject", "What"),
        Column("change", "Change", "status"),
        Column("kind", "Kind"),
        Column("item", "Item", "code"),
        Column("number", "Document", "code"),
        Column("date_before", "Date before", "day"),
        Column("date", "Date now", "day"),
        Column("quantity_before_micro", "Quantity before", "quantity"),
        Column("quantity_micro", "Quantity now", "quantity"),
    )
    total = int(data.change_counts["rows"].sum())
    table = page_table(
        "change-rows",
        "Changes",
        frame,
        columns,
        "The last plan is the one before it, to the piece and the day; or it is the first.",
        total=total,
        note=rest_note(frame, total, "plan_changes"),
    )
    intro = f"The last plan against the one before it. {changes_in_words(data.change_counts)}"
    return Section("changes", "Changes", intro, (table,))


def load(data: ReportData) -> Section:
    """Hours by work center and week against capacity, and the orders behind the overloads."""
    over = data.load[data.load["overload_micro"] > 0]
    frame = data.overload_orders.assign(waits=_numbers(data.overload_orders, "first_order", "first_line"))
    columns = (
        Column("work_center", "Work center", "code"),
        Column("week", "Week of", "day"),
        Column("order", "Order", "code"),
        ITEM,
        Column("hours_micro", "Hours", "quantity"),
        Column("waits", "First line that waits", "code"),
        Column("first_due", "Due", "day"),
        Column("lines", "Lines", "whole"),
    )
    weeks = (
        Column("work_center", "Work center", "code"),
        Column("week", "Week of", "day"),
        Column("hours_micro", "Hours asked for", "quantity"),
        Column("capacity_micro", "Capacity", "quantity"),
        Column("overload_micro", "Too many", "quantity"),
        Column("orders", "Orders", "whole"),
        Column("room_week", "Room in the week of", "day"),
    )
    tables = (
        page_table(
            "overload-rows", "Overloads", over.head(ROWS), weeks, "No work center is asked for more than it can do.",
            total=len(over), note=rest_note(over.head(ROWS), len(over), "work_center_loads"),
        ),
        page_table(
            "overload-orders", "Orders in overloaded weeks, the largest first", frame, columns,
            "No order waits for a work center.", total=data.overload_orders_total,
            note=rest_note(frame, data.overload_orders_total, "overload_orders"),
        ),
    )  # fmt: skip
    intro = "Hours that open and planned orders ask of the work centers, in the week in which each order starts."
    figures = tuple(chart for chart in (_shares(data), _hours_by_week(data)) if chart is not None)
    return Section("load", "Load", intro, tables, figures)


def _grid(data: ReportData) -> tuple[pd.DataFrame, list]:
    """Load of the coming quarter, and its weeks."""
    monday = data.as_of - timedelta(days=data.as_of.weekday())
    weeks = [monday + timedelta(weeks=week) for week in range(WEEKS)]
    grid = data.load[data.load["week"].isin(pd.to_datetime(weeks).astype("datetime64[s]"))]
    told = sum(week <= grid["week"].max().date() for week in weeks) if len(grid) else 0
    return grid, weeks[: max(told, FEWEST_WEEKS)]


def _shares(data: ReportData) -> HeatMap | None:
    """Work centers by week, the fullest first."""
    grid, weeks = _grid(data)
    if grid.empty:
        return None
    worst = grid.groupby("work_center")[["overload_micro", "hours_micro"]].sum()
    worst = worst.reset_index().sort_values(
        ["overload_micro", "hours_micro", "work_center"], ascending=[False, False, True], kind="stable"
    )
    centers = worst["work_center"].tolist()[:CENTERS]
    cells = {
        (center, week.date()): (hours, capacity)
        for center, week, hours, capacity in zip(
            grid["work_center"],
            grid["week"],
            grid["hours_micro"].tolist(),
            grid["capacity_micro"].tolist(),
            strict=True,
        )
    }
    rows = [(center, [_cell(cells.get((center, week)), center, week) for week in weeks]) for center in centers]
    rest = f", the fullest {CENTERS} of {len(worst)}" if len(worst) > CENTERS else ""
    return heat_map(f"Load of the work centers in percent of their hours{rest}", [_label(week) for week in weeks], rows)


def _cell(asked: tuple[int, int] | None, center: str, week) -> tuple[str, int | None, str]:
    """Text, percent (None = closed) and tip of a work center's week."""
    hours, capacity = asked or (0, 0)
    told = f"{center}, week of {_label(week)}: {quantity(hours)} of {quantity(capacity)} hours"
    if not capacity:
        return ("!", 1000, told) if hours else ("", None, told)
    share = (200 * hours + capacity) // (2 * capacity)
    # what is above the capacity is never shown as 100
    share = max(share, 101) if hours > capacity else share
    return (str(share) if hours else "", share, told)


def _hours_by_week(data: ReportData) -> ColumnChart | None:
    grid, weeks = _grid(data)
    if grid.empty:
        return None
    over = grid["overload_micro"]
    parts = grid.assign(within=grid["hours_micro"] - over, free=grid["capacity_micro"] + over - grid["hours_micro"])
    sums = parts.groupby("week")[["within", "overload_micro", "free"]].sum()
    sums = sums.reindex(pd.to_datetime(weeks).astype("datetime64[s]"), fill_value=0)
    series = {
        (tone, name): np.round(sums[column].to_numpy() / MICRO).astype(int).tolist()
        for column, tone, name in (
            ("within", "done", "hours within capacity"),
            ("overload_micro", "bad", "hours too many"),
            ("free", "rest", "hours free"),
        )
    }
    return column_chart("Hours of all work centers by week", [_label(week) for week in weeks], series)


def _label(week) -> str:
    return f"{week.day} {week:%b}"
