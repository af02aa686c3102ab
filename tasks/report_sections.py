"""The parts of the report: what each shows, in whose words, and what it says when there is nothing to show."""

import pandas as pd

from tasks.report_data import ORDER_LINES, ROWS, ReportData
from tasks.report_planning import changes, exceptions, load
from tasks.report_production import production
from tasks.report_subcontracts import subcontracts
from tasks.report_tables import ITEM, Column, Section, Table, page_table, rest_note
from templates import quantity, words

CUSTOMER = Column("customer_name", "Customer")


def orders(data: ReportData) -> Section:
    """Every order line with its progress."""
    frame = data.orders.assign(
        working_micro=data.orders["making_micro"] + data.orders["subcontracted_micro"],
        material=_material(data.orders),
        works=_works(data.orders),
        progress=_bars(data.orders),
        number=_numbers(data.orders),
    )
    columns = (
        Column("number", "Order line", "code"),
        CUSTOMER,
        ITEM,
        Column("status", "Status", "status"),
        Column("progress", "Progress", "bar"),
        Column("due_date", "Due", "day"),
        Column("promised_date", "Promised", "day"),
        Column("quantity_micro", "Ordered", "quantity"),
        Column("material", "Material"),
        Column("working_micro", "In work", "quantity"),
        Column("ready_micro", "Ready", "quantity"),
        Column("shipped_quantity_micro", "Shipped", "quantity"),
        Column("percent_complete", "% done", "whole"),
        Column("works", "Work orders"),
        Column("expected_date", "Expected", "day"),
        Column("waits_for", "Waits for", "some"),
    )
    note = (
        "Material: bought components in stock or drawn, of those the line needs on all levels. % done: the share of "
        "its work on all levels that facts say is done, by standard cost. `kitline progress ORDER` tells more."
    )
    table = page_table(
        "order-lines",
        "Order lines",
        frame.head(ORDER_LINES),
        columns,
        "No order is open.",
        total=len(frame),
        note=f"Only what was shipped can be told: {data.orders_error}" if data.orders_error else note,
    )
    intro = "One row per order line, always derived from what was received, made, inspected and shipped."
    return Section("orders", "Orders", intro, (table,))


def _works(lines: pd.DataFrame) -> list[str]:
    """How many of the work orders behind each line are done."""
    pairs = zip(lines["work_orders_done"].tolist(), lines["work_orders"].tolist(), strict=True)
    return [f"{done:,} of {all_:,}" if all_ else "" for done, all_ in pairs]


def _numbers(lines: pd.DataFrame) -> pd.Series:
    """Order and line as one number."""
    return lines["order"] + "/" + lines["line"].astype("str")


def _material(lines: pd.DataFrame) -> list[str]:
    return [
        f"{there:,} of {needed:,}" if needed else ""
        for there, needed in zip(lines["materials_there"].tolist(), lines["materials"].tolist(), strict=True)
    ]


def _bars(lines: pd.DataFrame) -> list[tuple]:
    """Shares of the ordered quantity in percent: shipped, ready, in work; and the same in words."""
    ordered = lines["quantity_micro"].to_numpy(dtype=float)
    parts = {
        "shipped": lines["shipped_quantity_micro"],
        "ready": lines["ready_micro"] + lines["inspecting_micro"],
        "in work": lines["making_micro"] + lines["subcontracted_micro"] + lines["purchased_micro"],
    }
    left, shares = 100.0, []
    for part in parts.values():
        share = (part.to_numpy(dtype=float) / ordered * 100).clip(0, left).round(1)
        left = left - share
        shares.append(share.tolist())
    tips = [
        ", ".join(f"{share:g} % {name}" for share, name in zip(row, parts, strict=True) if share) or "not begun"
        for row in zip(*shares, strict=True)
    ]
    return list(zip(*shares, tips, strict=True))


def shortages(data: ReportData) -> Section:
    """What open order lines lack."""
    columns = (
        ITEM,
        Column("number", "For order line", "code"),
        Column("required_micro", "Needed", "quantity"),
        Column("available_micro", "There", "quantity"),
        Column("short_micro", "Short", "quantity"),
        Column("covered", "Covered", "status"),
        Column("covered_by", "By", "code"),
        Column("covered_date", "On", "day"),
    )
    covered = data.shortages["covered_by"].map(lambda by: "covered" if by else "not covered")
    frame = data.shortages.assign(covered=covered, number=_numbers(data.shortages))
    table = page_table(
        "shortage-rows",
        "Components that are short",
        frame.head(ROWS),
        columns,
        "Nothing is short: every open order line that was looked at can be built.",
        total=len(frame),
    )
    intro = (
        "What open order lines lack, from the last kitting check, and what open work orders lack now. What nothing "
        "covers comes first: order that."
    )
    return Section("shortages", "Shortages", intro, (table, _work_shortages(data)))


def _work_shortages(data: ReportData) -> Table:
    rows, error = data.work_shortages, data.work_shortages_error
    columns = (
        Column("order", "Work order", "code"),
        ITEM,
        Column("needed_date", "Needed on", "day"),
        Column("required_micro", "To issue", "quantity"),
        Column("available_micro", "There", "quantity"),
        Column("incoming_micro", "Coming", "quantity"),
        Column("short_micro", "Short", "quantity"),
        Column("status", "Status", "status"),
        Column("covered_by", "By", "named", "on"),
        Column("requisitioned", "Requisition", "code"),
        Column("advice", "What to do", "some"),
    )
    shown = rows.head(ROWS)
    shown = shown.assign(on=_days("on", shown["covered_date"]))
    note = "`kitline shortages` shows all; `kitline requisition`, or the form shortage-analysis, orders what is short."
    return page_table(
        "work-shortage-rows",
        "Components that open work orders lack or wait for",
        shown,
        columns,
        f"This cannot be said: {error}" if error else "Every open work order has what it needs.",
        total=len(rows),
        note=note if len(rows) else "",
    )


def suggestions(data: ReportData) -> Section:
    """What should be bought, made and subcontracted."""
    late = data.suggestions["release_date"] < pd.Timestamp(data.as_of)
    frame = data.suggestions.assign(
        state=data.suggestions["state"].mask(late, "overdue"),
        amount=_amounts(data.suggestions),
        release=data.suggestions["release_date"].dt.strftime("%Y-%m-%d"),
        due=_days("due", data.suggestions["due_date"]),
    )
    columns = (
        Column("number", "Number", "named", "kind"),
        ITEM,
        Column("amount", "Quantity", "amount"),
        Column("release", "Release", "named", "due"),
        Column("state", "State", "status"),
        Column("supplier", "Supplier", "code"),
        Column("serves", "For", "some"),
        Column("why", "Why this quantity and date", "long"),
    )
    table = page_table(
        "suggestion-rows",
        "Suggestions",
        frame,
        columns,
        "The plan suggests nothing: what is there and on order covers every need.",
        total=data.suggestions_waiting,
        note=rest_note(frame, data.suggestions_waiting, "planned_orders"),
    )
    intro = "What to buy, make and subcontract, earliest release first, each with the arithmetic behind it."
    return Section("suggestions", "Suggestions", intro, (table,))


def _days(word: str, days: pd.Series) -> pd.Series:
    """Days with a word before them; blank where there is none."""
    return (word + " " + days.dt.strftime("%Y-%m-%d")).fillna("")


def _amounts(rows: pd.DataFrame) -> list[str]:
    """Quantities with their unit."""
    parts = zip(rows["quantity_micro"].tolist(), rows["unit"].fillna("").tolist(), strict=True)
    return [f"{quantity(amount)} {unit}".strip() for amount, unit in parts]


def quality(data: ReportData) -> Section:
    """Decisions on inspected goods, and what waits for one."""
    waiting = (
        ITEM,
        Column("lot", "Lot", "code"),
        Column("amount", "Quantity", "amount"),
    )
    decided = (
        Column("date", "Date", "day"),
        Column("stage", "Stage", "code"),
        Column("order", "Order", "code"),
        Column("item", "Item", "code"),
        Column("supplier", "Supplier", "code"),
        Column("inspected_quantity_micro", "Inspected", "quantity"),
        Column("accepted_quantity_micro", "Accepted", "quantity"),
        Column("concession_quantity_micro", "Concession", "quantity"),
        Column("rejected_quantity_micro", "Rejected", "quantity"),
        Column("disposition", "Then", "text"),
        Column("reason", "Reason", "long"),
    )
    frame = data.inspections.assign(stage=data.inspections["stage"].map(words))
    waiting_rows = data.waiting_inspection.assign(amount=_amounts(data.waiting_inspection)).head(ROWS)
    return Section(
        "quality",
        "Quality",
        "Goods become usable by a decision only; rejected ones never do.",
        (
            page_table(
                "waiting-inspection",
                "Waiting for inspection",
                waiting_rows,
                waiting,
                "Nothing waits for inspection.",
                total=len(data.waiting_inspection),
            ),
            page_table(
                "inspection-rows",
                "Decisions",
                frame,
                decided,
                "No inspection was recorded yet.",
                total=data.inspections_posted,
            ),
        ),
    )


def money(data: ReportData) -> Section:
    """What orders earned, and the identity that proves nothing was lost."""
    margins = _with_share(data.margins).assign(number=_numbers(data.margins))
    customers = _with_share(data.customer_margins).sort_values(
        ["period", "margin_micro"], ascending=[False, False], kind="stable", ignore_index=True
    )
    amounts = (
        Column("revenue_micro", "Revenue", "money"),
        Column("margin_micro", "Margin", "money"),
        Column("share_micro", "of revenue", "percent"),
    )
    by_customer = (
        Column("period", "Month", "code"),
        CUSTOMER,
        *amounts,
    )
    by_line = (
        Column("period", "Month", "code"),
        Column("number", "Order line", "code"),
        CUSTOMER,
        Column("item", "Item", "code"),
        Column("quantity_micro", "Shipped", "quantity"),
        amounts[0],
        Column("cost_micro", "Cost", "money"),
        Column("rework_micro", "Rework", "money"),
        Column("freight_micro", "Freight", "money"),
        Column("returns_micro", "Returns", "money"),
        *amounts[1:],
    )
    return Section(
        "money",
        "Costs and margins",
        f"Actual costs of closed months, in {data.currency}. Margin is a share of the revenue.",
        (
            page_table("customer-margins", "By customer", customers, by_customer, "No month is closed yet."),
            page_table(
                "order-margins",
                "By order line",
                margins,
                by_line,
                "No month is closed yet.",
                total=data.margins_closed,
                note=rest_note(margins, data.margins_closed, "order_margins"),
            ),
            _identity(data.identity),
        ),
    )


def _with_share(frame: pd.DataFrame) -> pd.DataFrame:
    revenue = frame["revenue_micro"].to_numpy(dtype=float)
    share = pd.Series(frame["margin_micro"].to_numpy(dtype=float), index=frame.index)
    share = (share / revenue).where(revenue != 0) * 1_000_000
    return frame.assign(share_micro=share.round().astype("Int64"))


SOURCES = ("opening_stock", "opening_wip", "purchases", "conversion", "fees")
MONTHS = 6
USES = ("closing_stock", "closing_wip", "cost_of_sales", "scrap_and_abnormal_loss", "variances")


def _identity(terms: pd.DataFrame) -> Table:
    """The terms as rows, the last months as columns; the difference of both sides must be nothing."""
    wide = terms.pivot(index="term", columns="period", values="amount_micro") if len(terms) else pd.DataFrame()
    wide = wide[sorted(wide.columns, reverse=True)[:MONTHS]].reindex([*SOURCES, *USES]).fillna(0).astype("int64")
    months = list(wide.columns)
    wide.loc["difference"] = wide.loc[list(SOURCES)].sum() - wide.loc[list(USES)].sum()
    frame = wide.reset_index(names="term") if months else wide.reset_index(names="term").head(0)
    frame["side"] = frame["term"].map(dict.fromkeys(SOURCES, "came in") | dict.fromkeys(USES, "went to")).fillna("")
    frame["term"] = frame["term"].map(words)
    columns = [Column("side", "Side"), Column("term", "Term"), *(Column(month, month, "money") for month in months)]
    note = "What came in equals where it went, to the cent; the difference is always nothing."
    return page_table(
        "cost-identity", "Cost identity", frame, columns, "No month is closed yet.", note=note if months else ""
    )


def data_quality(data: ReportData) -> Section:
    """What the gates found, and the rows that wait for correction."""
    gates = data.gates.assign(
        result=[
            ("holds" if held else severity)
            for held, severity in zip(data.gates["success"], data.gates["severity"], strict=True)
        ],
        named=[", ".join(str(key) for key in (keys or [])[:20]) for keys in data.gates["keys"].tolist()],
        stage=data.gates["stage"].map(words),
    ).sort_values("result", key=lambda result: result.map(RANK), kind="stable")
    gate_columns = (
        Column("result", "Result", "status"),
        Column("stage", "Stage", "code"),
        Column("as_of", "As of", "day"),
        Column("frame", "Table"),
        Column("expectation", "What is expected", "long"),
        Column("failing", "Failing", "whole"),
        Column("rows", "of rows", "whole"),
        Column("named", "Which", "long"),
    )
    refused_columns = (
        Column("table", "Table"),
        Column("file", "File"),
        Column("row", "Row", "whole"),
        Column("column", "Column"),
        Column("value", "Value"),
        Column("message", "What is wrong, and the remedy", "long"),
        Column("run", "Refused by", "code"),
    )
    tables = [
        page_table(
            "refused-rows",
            "Rows that wait for correction",
            data.refused,
            refused_columns,
            "No row was refused.",
            total=data.refused_waiting,
            note="Correct them where they came from and import again; a corrected row leaves this list."
            if len(data.refused)
            else "",
        ),
        page_table("gate-rows", "What the gates found last", gates, gate_columns, "No gate was passed yet."),
    ]
    if len(data.dead_alerts):
        columns = (Column("recipient", "To"), Column("subject", "Subject"), Column("error", "Refused with", "long"))
        tables.append(page_table("dead-alerts", "Messages that could not be delivered", data.dead_alerts, columns, ""))
    intro = "Every expectation of the last run of each stage, and every row that was set aside."
    return Section("data", "Data quality", intro, tuple(tables))


RANK = {"critical": 0, "warning": 1, "info": 2, "holds": 3}


def runs(data: ReportData) -> Section:
    """The last runs of every stage."""
    frame = data.runs
    frame = frame.assign(
        stage=frame["stage"].map(words),
        took=[_seconds(start, end) for start, end in zip(frame["started_at"], frame["ended_at"], strict=True)],
        did=[_counts(counts) for counts in frame["counts"].tolist()],
    )
    columns = (
        Column("number", "Run", "code"),
        Column("stage", "Stage", "code"),
        Column("as_of", "As of", "day"),
        Column("state", "State", "status"),
        Column("took", "Seconds"),
        Column("did", "What it did", "long"),
        Column("error", "Why it failed", "long"),
    )
    table = page_table("run-rows", "Runs", frame, columns, "Nothing has run yet.", total=data.runs_recorded)
    return Section("runs", "Runs", "What Kitline did last, newest first.", (table,))


def _seconds(start, end) -> str:
    return "" if start is None or end is None else f"{(end - start).total_seconds():,.1f}"


def _counts(counts: dict | None) -> str:
    return ", ".join(f"{value:,} {words(name)}" for name, value in (counts or {}).items())


def sections(data: ReportData) -> tuple[Section, ...]:
    """All parts of the page, in the order in which people ask."""
    parts = (
        orders,
        production,
        exceptions,
        changes,
        shortages,
        suggestions,
        load,
        subcontracts,
        quality,
        money,
        data_quality,
        runs,
    )
    return tuple(part(data) for part in parts)
