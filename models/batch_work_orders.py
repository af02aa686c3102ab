"""What work orders for sales order lines are calculated from, and the suggestions they take the place of."""

from collections.abc import Iterable

import pandas as pd
from sqlalchemy import Connection, String, bindparam, cast, delete, func, select, update

from calculations.peg_split import divided_needs
from models.database import among, insert_frame, read_frame, read_table, table_of
from models.states import ENDED, NOT_YET

DOCUMENTS = ("purchase_orders", "work_orders", "subcontract_orders")


def pegs_of_lines(connection: Connection, orders: Iterable[str]) -> pd.DataFrame:
    """What serves sales orders by the last plan; what documents that were cancelled since would have is left out."""
    pegs = table_of("pegs")
    found = read_table(
        connection, "pegs", pegs.c.demand_kind == "sales_order", among(connection, pegs.c.demand, orders)
    )
    gone = set()
    for name in DOCUMENTS:
        table = table_of(name)
        ended = table.c.state.in_(("cancelled", "rejected"))
        mine = select(table.c.order).where(ended, among(connection, table.c.order, set(found["supply"])))
        gone |= set(read_frame(connection, mine)["order"])
    return found[~found["supply"].isin(gone)].reset_index(drop=True)


def planned_orders_serving(connection: Connection, pegs: pd.DataFrame) -> pd.DataFrame:
    """The planned orders among the supplies of pegs."""
    planned = pegs.loc[pegs["supply_kind"] == "planned_order", "supply"].unique()
    return read_table(connection, "planned_orders", among(connection, table_of("planned_orders").c.number, planned))


def pegs_of_suggestions(connection: Connection, numbers: Iterable[str]) -> pd.DataFrame:
    """What planned orders serve, all of it."""
    pegs = table_of("pegs")
    mine = (pegs.c.supply_kind == "planned_order") & among(connection, pegs.c.supply, numbers)
    return read_table(connection, "pegs", mine)


def reduce_suggestions(
    connection: Connection, reduced: pd.DataFrame, pieces: pd.DataFrame, served: pd.DataFrame
) -> int:
    """Make suggestions smaller by what work orders take over; returns how many were as they had been read.

    What served a suggestion serves the work orders in proportion. A suggestion that serves nobody else goes.

    Args:
        reduced: number, before_micro (quantity as it was read), quantity_micro and receipt_quantity_micro left.
        pieces: source, number and quantity_micro of the work orders, and of what is left of the suggestion.
        served: supply, position and left_micro of the pegs that the work orders take over, whole or in part.
    """
    if reduced.empty:
        return 0
    planned, pegs, messages = (table_of(name) for name in ("planned_orders", "pegs", "planning_exceptions"))
    numbers = reduced["number"].tolist()
    as_read = planned.c.number + "=" + cast(planned.c.quantity_micro, String)
    pairs = (reduced["number"] + "=" + reduced["before_micro"].astype("str")).tolist()
    unchanged = (planned.c.state == "suggested") & planned.c.firm.is_(False) & among(connection, as_read, pairs)
    claim = update(planned).where(among(connection, planned.c.number, numbers), unchanged)
    claimed = len(list(connection.scalars(claim.values(firm=False).returning(planned.c.number))))
    gone = reduced.loc[reduced["quantity_micro"] == 0, "number"].tolist()
    connection.execute(delete(planned).where(among(connection, planned.c.number, gone)))
    connection.execute(delete(messages).where(among(connection, messages.c.order, gone)))
    left = reduced[reduced["quantity_micro"] > 0]
    if len(left):
        smaller = update(planned).where(planned.c.number == bindparam("of"))
        smaller = smaller.values(quantity_micro=bindparam("start"), receipt_quantity_micro=bindparam("good"))
        columns = {"number": "of", "quantity_micro": "start", "receipt_quantity_micro": "good"}
        connection.execute(smaller, left[list(columns)].rename(columns=columns).to_dict("records"))
    _take_over(connection, served)
    needed = (pegs.c.demand_kind == "planned_order") & among(connection, pegs.c.demand, numbers)
    found = read_frame(connection, select(pegs).where(needed).order_by(pegs.c.position, pegs.c.supply))
    if len(found):
        last = last_position(connection)
        connection.execute(delete(pegs).where(needed))
        insert_frame(connection, "pegs", divided_needs(found, pieces, last))
    return claimed


def _take_over(connection: Connection, served: pd.DataFrame) -> None:
    """Leave of pegs what work orders do not take over."""
    pegs = table_of("pegs")
    keys = (served["supply"] + "=" + served["position"].astype("str")).tolist()
    mine = among(connection, pegs.c.supply, served["supply"].unique())
    mine &= among(connection, pegs.c.supply + "=" + cast(pegs.c.position, String), keys)
    rows = read_table(connection, "pegs", mine).drop(columns="quantity_micro")
    connection.execute(delete(pegs).where(mine))
    left = rows.merge(served.rename(columns={"left_micro": "quantity_micro"}), on=["supply", "position"])
    insert_frame(connection, "pegs", left[left["quantity_micro"] > 0])


def last_position(connection: Connection) -> int:
    """The highest position of a peg; 0 where there is none."""
    return connection.scalar(select(func.max(table_of("pegs").c.position))) or 0


def lines_asked(
    connection: Connection, orders: Iterable[str], items: Iterable[str], customers: Iterable[str]
) -> pd.DataFrame:
    """Lines of approved sales orders, of the orders, items and customers given (none of a sort is all): order, line."""
    lines, sales = table_of("sales_order_lines"), table_of("sales_orders")
    query = select(lines.c.order, lines.c.line).join(sales, sales.c.order == lines.c.order)
    query = query.where(sales.c.state.not_in((*ENDED, *NOT_YET))).order_by(lines.c.order, lines.c.line)
    for column, values in ((lines.c.order, orders), (lines.c.item, items), (sales.c.customer, customers)):
        if values:
            query = query.where(among(connection, column, values))
    return read_frame(connection, query)


def demands_of(connection: Connection, orders: Iterable[str]) -> pd.DataFrame:
    """The work orders that were made for sales orders."""
    made = table_of("work_order_demands")
    return read_table(connection, "work_order_demands", among(connection, made.c.order, orders))


def lines_of_work_order(connection: Connection, number: str) -> list[tuple[str, int]]:
    """The sales order lines that a work order was made for: order and line."""
    made = table_of("work_order_demands")
    query = select(made.c.order, made.c.line).where(made.c.work_order == number)
    return [tuple(row) for row in connection.execute(query.order_by(made.c.order, made.c.line))]
