"""What the report shows: named queries over documents, results, gates and runs. Nothing here is stored twice."""

from datetime import date

import pandas as pd
from sqlalchemy import Connection, case, func, select

from models.database import read_frame, read_table, table_of
from models.worlds import typed_frame

LIVE = ("suggested", "firm", "approved")


def latest_run(connection: Connection, stage: str) -> str:
    """Number of the last completed run of a stage, "" where there is none."""
    runs = table_of("runs")
    query = (
        select(runs.c.number)
        .where(runs.c.stage == stage, runs.c.state == "completed")
        .order_by(runs.c.started_at.desc(), runs.c.number.desc())
        .limit(1)
    )
    return connection.scalar(query) or ""


def shortages(connection: Connection, run: str) -> pd.DataFrame:
    """What order lines lack, uncovered and earliest first, with the component's name."""
    table = table_of("shortages")
    rows = _named(connection, read_table(connection, "shortages", table.c.run == run))
    return rows.sort_values(["covered_date", "order", "line", "item"], na_position="first", ignore_index=True)


def kits(connection: Connection, run: str) -> pd.DataFrame:
    """Complete sets of each order line."""
    return read_table(connection, "kits", table_of("kits").c.run == run)


def suggestions(connection: Connection, limit: int) -> pd.DataFrame:
    """Planned orders that wait for release, earliest first, with the item's name and unit."""
    table = table_of("planned_orders")
    query = select(table).where(table.c.state.in_(LIVE)).order_by(table.c.release_date, table.c.number).limit(limit)
    return _named(connection, read_frame(connection, query))


def count_suggestions(connection: Connection, as_of: date) -> tuple[int, int]:
    """How many planned orders wait, and how many of them should have been released before `as_of`."""
    table = table_of("planned_orders")
    overdue = func.coalesce(func.sum(case((table.c.release_date < as_of, 1), else_=0)), 0)
    waiting, late = connection.execute(select(func.count(), overdue).where(table.c.state.in_(LIVE))).one()
    return int(waiting), int(late)


def exceptions(connection: Connection, run: str, limit: int) -> pd.DataFrame:
    """Action messages of a planning run, the most pressing first."""
    table = table_of("planning_exceptions")
    query = select(table).where(table.c.run == run).order_by(table.c.rank).limit(limit)
    return read_frame(connection, query)


def count_exceptions(connection: Connection, run: str) -> pd.DataFrame:
    """How many action messages of each kind: kind, rows; most first."""
    table = table_of("planning_exceptions")
    rows = func.count().label("rows")
    query = select(table.c.kind, rows).where(table.c.run == run).group_by(table.c.kind).order_by(rows.desc())
    return typed_frame(connection, query, text=("kind",))


def plan_changes(connection: Connection, run: str, limit: int) -> pd.DataFrame:
    """What a planning run changed against the one before, late lines first."""
    table = table_of("plan_changes")
    return read_frame(connection, select(table).where(table.c.run == run).order_by(table.c.position).limit(limit))


def count_changes(connection: Connection, run: str) -> pd.DataFrame:
    """How many changes of each kind: subject, change, rows."""
    table = table_of("plan_changes")
    keys = (table.c.subject, table.c.change)
    query = select(*keys, func.count().label("rows")).where(table.c.run == run).group_by(*keys).order_by(*keys)
    return typed_frame(connection, query, text=("subject", "change"))


def work_center_loads(connection: Connection, run: str) -> pd.DataFrame:
    """Hours asked of each work center and week by a planning run, against capacity."""
    return read_table(connection, "work_center_loads", table_of("work_center_loads").c.run == run)


def overload_orders(connection: Connection, run: str, limit: int) -> pd.DataFrame:
    """Orders in overloaded weeks with the customer lines that wait, and the item's name."""
    table = table_of("overload_orders")
    query = select(table).where(table.c.run == run).order_by(table.c.position).limit(limit)
    return _named(connection, read_frame(connection, query))


def run_counts(connection: Connection, run: str) -> dict[str, int]:
    """What a run did, by name."""
    runs = table_of("runs")
    return connection.scalar(select(runs.c.counts).where(runs.c.number == run)) or {}


def inspections(connection: Connection, limit: int) -> pd.DataFrame:
    """Decisions on inspected goods, newest first, with item and supplier of the order."""
    table, lines = table_of("inspections"), table_of("purchase_order_lines")
    work, outside, bought = table_of("work_orders"), table_of("subcontract_orders"), table_of("purchase_orders")
    sold = table_of("sales_order_lines")
    line = func.coalesce(table.c.line, 0)
    query = (
        select(
            *(table.c[name] for name in INSPECTION),
            func.coalesce(lines.c.item, work.c.item, outside.c.item, sold.c.item).label("item"),
            func.coalesce(bought.c.supplier, outside.c.supplier).label("supplier"),
        )
        .outerjoin(lines, (lines.c.order == table.c.order) & (lines.c.line == line))
        .outerjoin(bought, bought.c.order == table.c.order)
        .outerjoin(work, work.c.order == table.c.order)
        .outerjoin(outside, outside.c.order == table.c.order)
        .outerjoin(sold, (sold.c.order == table.c.order) & (sold.c.line == line))
        .where(table.c.state == "posted")
        .order_by(table.c.date.desc(), table.c.event)
        .limit(limit)
    )
    text = ("event", "stage", "order", "lot", "disposition", "reason", "inspector", "item", "supplier")
    return typed_frame(connection, query, day=("date",), text=text)


INSPECTION = ("event", "date", "stage", "order", "lot", "inspected_quantity_micro", "accepted_quantity_micro",
              "concession_quantity_micro", "rejected_quantity_micro", "disposition", "reason", "inspector")  # fmt: skip


def waiting_for_inspection(connection: Connection) -> pd.DataFrame:
    """Goods in status inspection: item, name, unit, lot, quantity_micro."""
    moves = table_of("stock_moves")
    quantity = func.sum(moves.c.quantity_micro)
    query = (
        select(moves.c.item, moves.c.lot, quantity.label("quantity_micro"))
        .where(moves.c.status == "inspection")
        .group_by(moves.c.item, moves.c.lot)
        .having(quantity != 0)
        .order_by(moves.c.item, moves.c.lot)
    )
    return _named(connection, typed_frame(connection, query, text=("item", "lot")))


def order_margins(connection: Connection, limit: int) -> pd.DataFrame:
    """What order lines earned, latest month first, least earned first, with the customer's name."""
    table = table_of("order_margins")
    query = select(table).order_by(table.c.period.desc(), table.c.margin_micro, table.c.order, table.c.line)
    return with_customer(connection, read_frame(connection, query.limit(limit)))


def customer_margins(connection: Connection) -> pd.DataFrame:
    """Revenue and margin by month and customer, over all closed months."""
    table = table_of("order_margins")
    sums = [func.sum(table.c[name]).label(name) for name in ("revenue_micro", "margin_micro")]
    query = (
        select(table.c.period, table.c.customer, *sums)
        .group_by(table.c.period, table.c.customer)
        .order_by(table.c.period, table.c.customer)
    )
    return with_customer(connection, typed_frame(connection, query, text=("period", "customer")))


def cost_identity(connection: Connection) -> pd.DataFrame:
    """The terms of every close, latest month first."""
    table = table_of("cost_identity")
    return read_frame(connection, select(table).order_by(table.c.period.desc()))


def last_gate_results(connection: Connection) -> pd.DataFrame:
    """Every gate's last results: those of the last run of each stage, whether it completed or failed."""
    runs, results = table_of("runs"), table_of("gate_results")
    newest = select(runs.c.stage, func.max(runs.c.started_at).label("started_at")).group_by(runs.c.stage).subquery()
    query = (
        select(runs.c.stage, runs.c.as_of, results)
        .join(runs, runs.c.number == results.c.run)
        .join(newest, (newest.c.stage == runs.c.stage) & (newest.c.started_at == runs.c.started_at))
        .order_by(results.c.success, runs.c.stage, results.c.run, results.c.position)
    )
    return read_frame(connection, query)


def waiting_rows(connection: Connection, limit: int) -> pd.DataFrame:
    """Refused rows that nobody has mended yet."""
    table = table_of("quarantine")
    query = select(table).where(table.c.state == "waiting").order_by(table.c.table, table.c.file, table.c.row)
    return read_frame(connection, query.limit(limit))


def recent_runs(connection: Connection, limit: int) -> pd.DataFrame:
    """The last runs, newest first."""
    runs = table_of("runs")
    return read_frame(connection, select(runs).order_by(runs.c.started_at.desc(), runs.c.number).limit(limit))


def undeliverable_alerts(connection: Connection) -> pd.DataFrame:
    """Messages that the mail server refused for good."""
    return read_table(connection, "alerts", table_of("alerts").c.state == "dead")


def count_rows(connection: Connection, table: str, **values) -> int:
    """How many rows of a table have these values."""
    rows = table_of(table)
    wanted = [rows.c[name] == value for name, value in values.items()]
    return connection.scalar(select(func.count()).select_from(rows).where(*wanted))


def read_columns(connection: Connection, name: str, *columns: str) -> pd.DataFrame:
    """Some columns of a table as a typed frame."""
    table = table_of(name)
    return read_frame(connection, select(*(table.c[column] for column in columns)))


def _named(connection: Connection, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.merge(read_columns(connection, "items", "item", "name", "unit"), on="item", how="left")


def with_customer(connection: Connection, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with the name of their customer, `customer_name`, the code where there is none."""
    names = read_columns(connection, "customers", "customer", "name").rename(columns={"name": "customer_name"})
    rows = rows.merge(names, on="customer", how="left")
    return rows.assign(customer_name=rows["customer_name"].fillna(rows["customer"]))
