"""What production tracking is read from, and which customers' dates people were told about."""

from datetime import date as Day

import pandas as pd
from sqlalchemy import Connection, func, select, union_all
from sqlmodel import SQLModel

from models.columns import code, day, whole
from models.states import ENDED

S = {"stored_only": True}


class ToldLine(SQLModel, table=True):
    """An order line whose date is in danger, and the latest date that people were told about it."""

    __tablename__ = "told_lines"
    order: str = code("sales order", key=True, **S)
    line: int = whole("line of the sales order", key=True, **S)
    expected_date: Day = day("the latest day that was told", **S)
    run: str = code("run that told it", default="", **S)


def scrapped_by_reason(connection: Connection) -> pd.DataFrame:
    """Scrap reported on open work orders: order, reason, quantity_micro; the most first."""
    from models.database import table_of
    from models.reversals import fact_holds
    from models.worlds import typed_frame

    facts, works = table_of("completions"), table_of("work_orders")
    reason = func.coalesce(facts.c.scrap_reason, "").label("reason")
    scrapped = func.sum(facts.c.scrapped_quantity_micro).label("quantity_micro")
    query = (
        select(facts.c.order, reason, scrapped)
        .join(works, works.c.order == facts.c.order)
        .where(fact_holds("completions"), facts.c.scrapped_quantity_micro > 0, works.c.state.not_in(ENDED))
        .group_by(facts.c.order, reason)
        .order_by(facts.c.order, scrapped.desc(), reason)
    )
    return typed_frame(connection, query, text=("order", "reason"))


def last_facts(connection: Connection) -> pd.DataFrame:
    """The last day on which something was posted on each open work or subcontract order: order, last_date."""
    from models.database import table_of
    from models.reversals import fact_holds, move_holds
    from models.worlds import typed_frame

    moves, works, outside = (table_of(name) for name in ("stock_moves", "work_orders", "subcontract_orders"))
    open_orders = union_all(
        select(works.c.order).where(works.c.state.not_in(ENDED)),
        select(outside.c.order).where(outside.c.state.not_in(ENDED)),
    ).subquery()
    facts = [
        select(table_of(name).c.order, table_of(name).c.date).where(fact_holds(name))
        for name in ("completions", "time_entries")
    ]
    every = union_all(
        select(moves.c.order, moves.c.date).where(moves.c.kind != "opening", move_holds(moves)), *facts
    ).subquery()
    query = (
        select(every.c.order, func.max(every.c.date).label("last_date"))
        .where(every.c.order.in_(select(open_orders.c.order)))
        .group_by(every.c.order)
        .order_by(every.c.order)
    )
    return typed_frame(connection, query, day=("last_date",), text=("order",))


def people_of_lines(connection: Connection) -> pd.DataFrame:
    """Who sold each sales order that was an opportunity: sales_order, owner."""
    from models.database import table_of
    from models.worlds import typed_frame

    sales, won = table_of("sales_orders"), table_of("opportunities")
    query = (
        select(sales.c.order.label("sales_order"), won.c.owner)
        .join(won, won.c.opportunity == sales.c.opportunity)
        .where(sales.c.state.not_in(ENDED))
        .order_by(sales.c.order)
    )
    return typed_frame(connection, query, text=("sales_order", "owner"))


def worse_than_told(connection: Connection, lines: pd.DataFrame) -> pd.DataFrame:
    """Of order lines (sales_order, line, to_date) those that people were told nothing or an earlier date about."""
    from models.database import read_table

    told = read_table(connection, "told_lines").rename(columns={"order": "sales_order", "expected_date": "told_date"})
    both = lines.merge(told[["sales_order", "line", "told_date"]], on=["sales_order", "line"], how="left")
    return both[both["told_date"].isna() | (both["to_date"] > both["told_date"])].reset_index(drop=True)


def remember_told(connection: Connection, lines: pd.DataFrame, run: str) -> None:
    """Keep what was told about order lines (sales_order, line, to_date)."""
    from models.database import upsert_frame

    rows = lines.rename(columns={"sales_order": "order", "to_date": "expected_date"})
    upsert_frame(connection, "told_lines", rows[["order", "line", "expected_date"]].assign(run=run))
