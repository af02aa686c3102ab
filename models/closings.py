"""What a cost closing reads from and writes to the database, with its named queries."""

from datetime import UTC, date, datetime

import pandas as pd
from sqlalchemy import Connection, case, func, or_, select

from models.database import delete_where, insert_frame, read_table, table_of, upsert_frame
from models.document_life import Because, change_state
from models.import_tables import FACTS, import_tables
from models.states import may_follow

WRITTEN = {
    "cost_entries": "cost_entries",
    "item_costs": "item_costs",
    "wip": "wip",
    "order_margins": "order_margins",
    "identity": "cost_identity",
}


def read_books(connection: Connection, period: str, last_day: date) -> dict[str, pd.DataFrame]:
    """Everything a closing of the period looks at: documents as they were before the first move, posted facts, moves.

    Besides the import tables: `stock_moves` up to the period's last day, `periods`, `previous_cost_entries` (of the
    newest closed period before this one) and `pending_facts` (table, event, date, state: facts of the period that are
    not posted yet).
    """
    world = {}
    for name in import_tables():
        table = table_of(name)
        posted = (table.c.state == "posted",) if name in FACTS and "state" in table.c else ()
        world[name] = read_table(connection, name, *posted)
    moves = table_of("stock_moves")
    # an opening balance is there from the start, whatever day it was received
    world["stock_moves"] = read_table(
        connection, "stock_moves", or_(moves.c.date <= last_day, moves.c.date.is_(None), moves.c.kind == "opening")
    )
    world["periods"] = read_table(connection, "periods")
    entries = table_of("cost_entries")
    closed = world["periods"]
    closed = closed.loc[(closed["period"] < period) & (closed["state"] != "open"), "period"]
    kinds = entries.c.kind.in_(("closing_stock", "closing_wip"))
    world["previous_cost_entries"] = read_table(
        connection, "cost_entries", entries.c.period == (closed.max() if len(closed) else ""), kinds
    )
    world["pending_facts"] = _pending_facts(connection, period, last_day)
    return world


def _pending_facts(connection: Connection, period: str, last_day: date) -> pd.DataFrame:
    found = []
    first_day = last_day.replace(day=1)
    for name in FACTS:
        table = table_of(name)
        if "state" not in table.c:
            continue
        pending = [table.c.state == "pending"]
        pending += [table.c.period == period] if name == "expenses" else [table.c.date.between(first_day, last_day)]
        rows = read_table(connection, name, *pending)
        found.append(rows[["event", "state"]].assign(table=name))
    return pd.concat(found, ignore_index=True).astype("str")[["table", "event", "state"]]


def write_close(connection: Connection, period: str, frames: dict[str, pd.DataFrame], run: str, lock: bool) -> None:
    """Replace the period's results; later periods that are closed are opened again, for they build on this one."""
    for frame, table in WRITTEN.items():
        delete_where(connection, table, period=period)
        insert_frame(connection, table, frames[frame].assign(period=period))
    periods = read_table(connection, "periods")
    later = periods[(periods["period"] > period) & (periods["state"] == "closed")]
    if len(later):
        upsert_frame(connection, "periods", later[["period"]].assign(state="open"))
    state = "locked" if lock else "closed"
    row = pd.DataFrame({"period": [period], "state": [state], "closed_by": [run]})
    if lock:
        row["locked_at"] = pd.Timestamp(datetime.now(UTC))
    upsert_frame(connection, "periods", row)


def close_finished_orders(connection: Connection, last_day: date, with_wip: list[str], because: Because) -> int:
    """Close work and subcontract orders that are done, hold no cost and no goods that wait for inspection.

    Args:
        with_wip: orders that still have work in process. Orders with moves after the last day stay open.
    Returns the number of orders closed.
    """
    moves = table_of("stock_moves")
    waiting = func.sum(case((moves.c.status == "inspection", moves.c.quantity_micro), else_=0))
    busy = select(moves.c.order).group_by(moves.c.order).having(or_(waiting != 0, func.max(moves.c.date) > last_day))
    held = {order for (order,) in connection.execute(busy)} | set(with_wip)
    closed = 0
    for name in ("work_orders", "subcontract_orders"):
        orders = read_table(connection, name, table_of(name).c.state == "done")
        finished = [
            order for order in orders["order"] if order not in held and may_follow("supply_orders", "done", "closed")
        ]
        closed += change_state(connection, name, finished, "closed", because)
    return closed
