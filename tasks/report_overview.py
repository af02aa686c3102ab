"""The top of the report: a sentence, key figures and charts that say where to look."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from calculations.exact import MICRO, round_half_up
from calculations.plan_changes import changes_in_words
from tasks.report_charts import BarChart, ColumnChart, bar_chart, column_chart
from tasks.report_data import DAYS_SHOWN, ReportData
from templates import money, percent, words

WEEKS_BACK, WEEKS_AHEAD = 5, 8
BARS = 8


@dataclass(frozen=True)
class Tile:
    """A key figure; it leads to the table it counts, filtered by `words`."""

    label: str
    value: str
    detail: str
    target: str
    tone: str = ""
    words: str = ""


def headline(data: ReportData) -> str:
    """The state of the plant in a sentence or two."""
    if data.orders.empty:
        return "No order yet. Import your tables, then run the chain."
    status = data.orders["status"].value_counts()
    late, later = int(status.get("late", 0)), int(status.get("will be late", 0))
    holds = [f"{late:,} late"] * bool(late) + [f"{later:,} that will be late"] * bool(later) or ["none late"]
    said = [f"{_counted(_open(data.orders).sum(), 'order line')} open, {' and '.join(holds)}."]
    short = len(data.shortages)
    said.append(f"{_counted(short, 'component need')} short." if short else "No order line is short.")
    if lacking := _lacking(data):
        said.append(f"Open work orders lack {_counted(lacking, 'component')}.")
    if data.suggestions_waiting:
        said.append(f"{_counted(data.suggestions_waiting, 'suggestion')} waiting for release.")
    if len(data.change_counts):
        changed = changes_in_words(data.change_counts)
        said.append(f"Since the plan before: {changed[0].lower()}{changed[1:]}")
    return " ".join(said)


def _counted(count: int, noun: str) -> str:
    """A number with its noun.

    >>> _counted(1, "order line"), _counted(2_000, "order line")
    ('1 order line', '2,000 order lines')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def tiles(data: ReportData) -> list[Tile]:
    """The key figures, in the order in which a morning asks for them."""
    return [
        _open_orders(data),
        _late_orders(data),
        _delivered(data),
        _shortages(data),
        _suggestions(data),
        _inspections(data),
        _margin(data),
        _data_quality(data),
    ]


def _open(orders: pd.DataFrame) -> pd.Series:
    return (orders["open_micro"] > 0) & (orders["status"] != "closed short")


def _open_orders(data: ReportData) -> Tile:
    lines = data.orders[_open(data.orders)]
    price = lines["unit_price_micro"].astype("Float64").fillna(0).to_numpy(dtype=float)
    worth = int((lines["open_micro"].to_numpy(dtype=float) * price / 1_000_000).sum())
    orders = lines["order"].nunique()
    detail = f"in {_counted(orders, 'order')}, worth {_rounded(worth)} {data.currency}"
    return Tile("Open order lines", f"{len(lines):,}", detail, "order-lines")


def _late_orders(data: ReportData) -> Tile:
    status = data.orders["status"].value_counts()
    late, later, risk = (int(status.get(word, 0)) for word in ("late", "will be late", "at risk"))
    tone = "bad" if late else "warn" if later + risk else "good"
    return Tile("Late", f"{late:,}", f"{later:,} will be late, {risk:,} at risk", "order-lines", tone, '"late"')


def _delivered(data: ReportData) -> Tile:
    status = data.orders["status"].value_counts()
    good, tardy = int(status.get("delivered", 0)), int(status.get("delivered late", 0))
    if not good + tardy:
        return Tile("Delivered by due date", "–", f"nothing delivered in the last {DAYS_SHOWN} days", "order-lines")
    share = good * 1_000_000 // (good + tardy)
    tone = "good" if share >= 950_000 else "warn" if share >= 800_000 else "bad"
    detail = f"of {_counted(good + tardy, 'line')} in the last {DAYS_SHOWN} days"
    return Tile("Delivered by due date", percent(share), detail, "order-lines", tone, "delivered")


def _shortages(data: ReportData) -> Tile:
    uncovered = int((data.shortages["covered_by"] == "").sum())
    ready = int((data.kits["status"] == "ready").sum())
    lacking = _lacking(data)
    tone = "bad" if uncovered or lacking else "warn" if len(data.shortages) else "good"
    detail = f"{uncovered:,} not covered; {ready:,} of {len(data.kits):,} lines ready"
    detail += f"; work orders lack {lacking:,}" if lacking else ""
    return Tile("Short components", f"{len(data.shortages):,}", detail, "shortage-rows", tone)


def _lacking(data: ReportData) -> int:
    """Components of open work orders that nothing covers."""
    return int((data.work_shortages["status"] == "short").sum())


def _suggestions(data: ReportData) -> Tile:
    tone = "warn" if data.suggestions_overdue else ""
    detail = f"{data.suggestions_overdue:,} past their release date"
    return Tile("Suggestions", f"{data.suggestions_waiting:,}", detail, "suggestion-rows", tone)


def _inspections(data: ReportData) -> Tile:
    rejecting = int((data.inspections["rejected_quantity_micro"] > 0).sum())
    waiting = len(data.waiting_inspection)
    detail = f"with rejects, of {len(data.inspections):,}; {waiting:,} waiting"
    return Tile("Inspections", f"{rejecting:,}", detail, "quality", "warn" if rejecting else "")


def _margin(data: ReportData) -> Tile:
    month = _last_month(data)
    if month.empty:
        return Tile("Margin", "–", "no month is closed yet", "money")
    margin, revenue = int(month["margin_micro"].sum()), int(month["revenue_micro"].sum())
    share = f"{percent(margin * 1_000_000 // revenue)} of revenue, " if revenue else ""
    value = f"{_rounded(margin)} {data.currency}"
    return Tile("Margin", value, f"{share}{month['period'].iloc[0]}", "money", "bad" if margin < 0 else "good")


def _data_quality(data: ReportData) -> Tile:
    held = data.gates["success"].astype(bool)
    critical = bool((data.gates.loc[~held, "severity"] == "critical").any())
    tone = "bad" if critical else "warn" if data.refused_waiting or not held.all() else "good"
    detail = f"checks hold; {_counted(data.refused_waiting, 'row')} to correct"
    return Tile("Data quality", f"{held.sum():,} of {len(data.gates):,}", detail, "data", tone)


def _rounded(micro: int) -> str:
    """An amount without cents, for a key figure."""
    return money(int(round_half_up(micro, 1, MICRO))).removesuffix(".00")


def figures(data: ReportData) -> list[ColumnChart | BarChart]:
    """The charts that have something to show."""
    charts = [_due_by_week(data), _actions(data), _margin_by_customer(data), _rejects_by_item(data)]
    return [chart for chart in charts if chart is not None]


def _due_by_week(data: ReportData) -> ColumnChart | None:
    monday = data.as_of - timedelta(days=data.as_of.weekday())
    weeks = [monday + timedelta(weeks=week) for week in range(-WEEKS_BACK, WEEKS_AHEAD)]
    due = data.orders["due_date"].to_numpy().astype("datetime64[D]")
    place = (due - np.datetime64(weeks[0])).astype(int) // 7
    series = {}
    groups = {
        ("done", "delivered on time"): ["delivered"],
        ("tardy", "delivered late"): ["delivered late"],
        ("open", "open"): ["on track", "at risk", "to be approved", "will be late"],
        ("bad", "late"): ["late"],
    }
    for name, statuses in groups.items():
        rows = data.orders["status"].isin(statuses).to_numpy() & (place >= 0) & (place < len(weeks))
        series[name] = np.bincount(place[rows], minlength=len(weeks)).tolist()
    labels = [f"{week.day} {week:%b}" for week in weeks]
    return column_chart("Order lines by the week they are due", labels, series, now=WEEKS_BACK)


def _actions(data: ReportData) -> BarChart | None:
    rows = zip(data.exception_kinds["kind"].tolist(), data.exception_kinds["rows"].tolist(), strict=True)
    return bar_chart("What planning asks for", [(words(kind), rows, f"{rows:,}") for kind, rows in rows], "calm")


def _last_month(data: ReportData) -> pd.DataFrame:
    margins = data.customer_margins
    return margins[margins["period"] == margins["period"].max()] if len(margins) else margins


def _margin_by_customer(data: ReportData) -> BarChart | None:
    month = _last_month(data)
    if month.empty:
        return None
    # the largest either way are worth a look, best first
    size = month["margin_micro"].abs().sort_values(ascending=False, kind="stable").index[:BARS]
    month = month.loc[size].sort_values("margin_micro", ascending=False, kind="stable")
    names = month["customer_name"].fillna(month["customer"]).tolist()
    rows = [
        (name, margin, _rounded(margin)) for name, margin in zip(names, month["margin_micro"].tolist(), strict=True)
    ]
    return bar_chart(f"Margin by customer, {month['period'].iloc[0]}, {data.currency}", rows)


def _rejects_by_item(data: ReportData) -> BarChart | None:
    sums = data.inspections.groupby("item")[["rejected_quantity_micro", "inspected_quantity_micro"]].sum()
    sums = sums[sums["rejected_quantity_micro"] > 0]
    sums["share"] = (sums["rejected_quantity_micro"] / sums["inspected_quantity_micro"] * 1_000_000).astype("int64")
    worst = sums.sort_values("share", ascending=False, kind="stable").head(BARS)
    rows = [(item, share, percent(share)) for item, share in zip(worst.index, worst["share"].tolist(), strict=True)]
    return bar_chart("Rejected share of what was inspected", rows, "calm")
