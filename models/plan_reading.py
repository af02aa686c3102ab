"""The last plan, read back by those who ask about it: its pegs, orders, requirements, and what they became since."""

import pandas as pd
from sqlalchemy import Connection, func, or_, select

from models.database import read_frame, read_table, table_of
from models.progress import latest_run


def last_plan(connection: Connection) -> dict | None:
    """Number, as_of and policies of the last completed planning run; None where there is none."""
    runs = table_of("runs")
    query = select(runs.c.number, runs.c.as_of, runs.c.policies)
    found = connection.execute(query.where(runs.c.number == latest_run(connection, "material_planning"))).mappings()
    row = found.first()
    return dict(row) if row is not None else None


def pegs_in_order(connection: Connection, run: str, item: str | None = None) -> pd.DataFrame:
    """The pegs of a planning run in the order in which supply serves demand: of all items, or those of one."""
    table = table_of("pegs")
    columns = ("supply_kind", "supply", "supply_line", "demand_kind", "demand", "line", "item", "date",
               "quantity_micro")  # fmt: skip
    return _of_plan(connection, "pegs", run, item, columns, table.c.position)


def orders_of_plan(connection: Connection, run: str, item: str | None = None) -> pd.DataFrame:
    """Planned orders of a planning run, firm ones and those released since too: what they bring, when, from whom."""
    columns = ("number", "item", "need_date", "due_date", "release_date", "receipt_quantity_micro", "supplier", "firm")
    return _of_plan(connection, "planned_orders", run, item, columns, table_of("planned_orders").c.number)


def _of_plan(connection: Connection, name: str, run: str, item: str | None, columns, order) -> pd.DataFrame:
    table = table_of(name)
    query = select(*(table.c[column] for column in columns)).where(table.c.run == run).order_by(order)
    return read_frame(connection, query if item is None else query.where(table.c.item == item))


def item_of_order(connection: Connection, run: str, number: str) -> str | None:
    """The item of a planned order of a planning run; None where the run has no such order."""
    table = table_of("planned_orders")
    return connection.scalar(select(table.c.item).where(table.c.run == run, table.c.number == number))


def orders_of_item(connection: Connection, run: str, item: str) -> pd.DataFrame:
    """An item's planned orders of a planning run, with all their arithmetic."""
    table = table_of("planned_orders")
    return read_table(connection, "planned_orders", table.c.run == run, table.c.item == item)


def releases_of_plan(connection: Connection, run: str) -> pd.DataFrame:
    """What the planned orders of a planning run became since: planned_order, kind, order, line."""
    released, planned = table_of("releases"), table_of("planned_orders")
    columns = (released.c.planned_order, planned.c.kind, released.c.order, released.c.line)
    query = select(*columns).join(planned, planned.c.number == released.c.planned_order).where(planned.c.run == run)
    return read_frame(connection, query.order_by(released.c.planned_order))


def requirements_of_item(connection: Connection, run: str, item: str) -> pd.DataFrame:
    """Requirements of an item in a planning run by date."""
    table = table_of("requirements")
    return read_table(connection, "requirements", table.c.run == run, table.c.item == item)


def first_requirements(connection: Connection, run: str) -> pd.DataFrame:
    """The first requirement of each item in a planning run, and the most safety stock that any of them asks for."""
    table = table_of("requirements")
    most = func.max(table.c.safety_stock_micro).label("most_safety_stock_micro")
    edge = (
        select(table.c.item, func.min(table.c.date).label("first"), most)
        .where(table.c.run == run)
        .group_by(table.c.item)
        .subquery()
    )
    query = select(table, edge.c.most_safety_stock_micro).join(edge, edge.c.item == table.c.item)
    query = query.where(table.c.run == run, table.c.date == edge.c.first)
    return read_frame(connection, query.order_by(table.c.item))


def substitutions_of_item(connection: Connection, run: str, item: str) -> pd.DataFrame:
    """Decisions to use another material instead of the item, or the item instead of another."""
    table = table_of("substitutions")
    return read_table(connection, "substitutions", table.c.run == run, or_(table.c.item == item,
                                                                           table.c.substitute == item))  # fmt: skip


def document_dates(connection: Connection) -> dict[str, pd.DataFrame]:
    """Every document by kind, whatever its state: order, line (where it has lines), due_date, state, partner.

    The partner is the supplier, or the customer's name.
    """
    customers, sales = table_of("customers"), table_of("sales_orders")
    lines, works = table_of("sales_order_lines"), table_of("work_orders")
    bought, bought_lines = table_of("purchase_orders"), table_of("purchase_order_lines")
    outside = table_of("subcontract_orders")
    queries = {
        "sales_order": select(lines.c.order, lines.c.line, lines.c.due_date, sales.c.state, customers.c.name)
        .join(sales, sales.c.order == lines.c.order)
        .join(customers, customers.c.customer == sales.c.customer, isouter=True),
        "purchase_order": select(
            bought_lines.c.order, bought_lines.c.line, bought_lines.c.due_date, bought.c.state, bought.c.supplier
        ).join(bought, bought.c.order == bought_lines.c.order),
        "work_order": select(works.c.order, works.c.due_date, works.c.state),
        "subcontract_order": select(outside.c.order, outside.c.due_date, outside.c.state, outside.c.supplier),
    }
    names = {"name": "partner", "supplier": "partner"}
    return {kind: read_frame(connection, query).rename(columns=names) for kind, query in queries.items()}
