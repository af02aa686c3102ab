"""Opportunities as the CRM tells them."""

from datetime import date as Day

import pandas as pd
from sqlalchemy import Connection, exists, select
from sqlmodel import SQLModel

from models.columns import MICRO, choice, code, day, decimal, text, whole


class Opportunity(SQLModel, table=True):
    """A chance to sell; a won one becomes one sales order."""

    __tablename__ = "opportunities"
    opportunity: str = code("opportunity code of the CRM", key=True)
    customer: str = code("customer code", references="customers.customer")
    stage: str = choice("where it stands", ("open", "won", "lost"))
    probability_micro: int | None = decimal("chance to win, as a fraction", default=None, high=MICRO)
    close_date: Day | None = day("day it was or will be decided", default=None)
    currency: str = code("currency of the prices; blank is the customer's", default=None)
    owner: str = text("sales person's address or name", default=None)


class OpportunityLine(SQLModel, table=True):
    """What the customer wants and when."""

    __tablename__ = "opportunity_lines"
    opportunity: str = code("opportunity code", key=True, references="opportunities.opportunity")
    line: int = whole("line number", key=True)
    item: str = code("item code", references="items.item")
    quantity_micro: int = decimal("quantity wanted", above=0)
    requested_date: Day = day("day the customer wants it")
    unit_price_micro: int | None = decimal("price of one unit; blank takes the list price", default=None)


def opportunities_to_convert(connection: Connection) -> dict[str, pd.DataFrame]:
    """Won opportunities without a sales order in whatever state, and their lines; frames by table name."""
    from models.database import read_table, table_of

    opportunities, orders, lines = (table_of(name) for name in ("opportunities", "sales_orders", "opportunity_lines"))
    waiting = (opportunities.c.stage == "won") & ~exists().where(orders.c.opportunity == opportunities.c.opportunity)
    codes = select(opportunities.c.opportunity).where(waiting)
    return {
        "opportunities": read_table(connection, "opportunities", waiting),
        "opportunity_lines": read_table(connection, "opportunity_lines", lines.c.opportunity.in_(codes)),
    }
