"""What happened to a document: its steps, the values that were changed, its releases and its moves."""

import pandas as pd
from sqlalchemy import Connection, case, func, or_, select

from models.database import read_frame, table_of
from models.document_life import LIVES, events_of
from models.stock import RESERVED


def history_frames(connection: Connection, number: str) -> dict[str, pd.DataFrame]:
    """Steps, changes, releases and moves of a document, each oldest first; all empty where nothing has the number.

    Returns:
        states (table, state), events (see `events_of`), changes (as_of, stage, table, key, column, before, after, run),
        releases (as_of, planned_order, order, quantity_micro, run), chosen (as changes, of the planned orders that were
        released into it), moves (date, kind, item, quantity_micro, origin).
    """
    return {
        "states": _states(connection, number),
        "events": events_of(connection, tuple(LIVES), number),
        "changes": _changes(connection, number),
        "releases": _releases(connection, number),
        "chosen": _chosen(connection, number),
        "moves": _moves(connection, number),
    }


def _states(connection: Connection, number: str) -> pd.DataFrame:
    parts = []
    for name in LIVES:
        table = table_of(name)
        key = next(iter(table.primary_key.columns))
        parts.append(read_frame(connection, select(table.c.state).where(key == number)).assign(table=name))
    return pd.concat(parts, ignore_index=True)[["table", "state"]].astype("str")


def _changes(connection: Connection, number: str) -> pd.DataFrame:
    """Values that imports and order changes replaced, with who asked for it where somebody did."""
    changes, runs, asked = table_of("changes"), table_of("runs"), table_of("order_changes")
    columns = [changes.c[name] for name in ("table", "key", "column", "before", "after", "run")]
    of_line = changes.c.key.startswith(f"{number}/", autoescape=True)
    query = (
        select(runs.c.as_of, runs.c.stage, *columns, asked.c.by, asked.c.reason)
        .join(runs, runs.c.number == changes.c.run)
        .outerjoin(asked, asked.c.run == changes.c.run)
        .where((changes.c.key == number) | of_line)
        .order_by(runs.c.started_at, changes.c.table, changes.c.key, changes.c.column)
    )
    return read_frame(connection, query)


def _releases(connection: Connection, number: str) -> pd.DataFrame:
    releases, runs = table_of("releases"), table_of("runs")
    columns = [releases.c[name] for name in ("planned_order", "order", "quantity_micro", "run")]
    query = (
        select(runs.c.as_of, *columns)
        .join(runs, runs.c.number == releases.c.run)
        .where((releases.c.order == number) | (releases.c.planned_order == number))
        .order_by(runs.c.started_at, releases.c.planned_order)
    )
    return read_frame(connection, query)


def _chosen(connection: Connection, number: str) -> pd.DataFrame:
    """Suppliers, days and prices that were chosen at the release of the planned orders that became a document."""
    changes, releases = table_of("changes"), table_of("releases")
    columns = [changes.c[name] for name in ("key", "column", "before", "after")]
    same = (changes.c.run == releases.c.run) & (changes.c.key == releases.c.planned_order)
    query = select(*columns).join(releases, same).where(changes.c.table == "planned_orders")
    return read_frame(connection, query.where(releases.c.order == number).order_by(changes.c.key, changes.c.column))


def _moves(connection: Connection, number: str) -> pd.DataFrame:
    """What moved for the document, by day, fact and item; both sides of a move within the plant are one."""
    moves = table_of("stock_moves")
    place = (moves.c.date, moves.c.kind, moves.c.item, moves.c.origin)
    quantity = moves.c.quantity_micro
    sides = [func.sum(case((quantity > 0, quantity), else_=0)), func.sum(case((quantity < 0, -quantity), else_=0))]
    # of what is set aside, only the side that says so
    told = or_(moves.c.kind != "reservation", moves.c.status == RESERVED)
    query = select(*place, sides[0].label("into"), sides[1].label("out_of")).where(moves.c.order == number, told)
    rows = list(map(tuple, connection.execute(query.group_by(*place).order_by(*place))))
    frame = pd.DataFrame(rows, columns=["date", "kind", "item", "origin", "into", "out_of"], dtype=object)
    largest = frame[["into", "out_of"]].max(axis=1).fillna(0).astype("int64")
    freed = (frame["kind"] == "reservation") & (frame["into"] == 0)
    return frame.drop(columns=["into", "out_of"]).assign(
        quantity_micro=largest, kind=frame["kind"].mask(freed, "reservation_freed")
    )
