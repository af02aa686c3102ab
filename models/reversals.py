"""The queries of reversals and counts: what was posted of a fact, what still holds, and what moved since a count."""

import pandas as pd
from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, literal, select, union_all

from models.database import among, read_frame, table_of
from models.stock_facts import REVERSIBLE


def move_holds(moves: FromClause) -> ColumnElement[bool]:
    """Whether a move is neither of a fact that was undone nor of what undid it."""
    reversals = table_of("reversals")
    undone = select(reversals.c.table + ":" + reversals.c.reversed_event).where(reversals.c.state == "posted")
    return and_(moves.c.origin.not_like("reversals:%"), moves.c.origin.not_in(undone))


def fact_holds(name: str) -> ColumnElement[bool]:
    """Whether a fact of a table was posted and not undone."""
    facts, reversals = table_of(name), table_of("reversals")
    undone = select(reversals.c.event).where(
        reversals.c.state == "posted", reversals.c.table == name, reversals.c.reversed_event == facts.c.event
    )
    return and_(facts.c.state == "posted", ~undone.exists())


def what_is_undone(connection: Connection, reversals: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Of the facts that waiting reversals name: what they are, their moves, and their orders' time entries.

    Returns:
        posted_facts (table, event, date, order, scrapped_micro, passed_micro, operation, state, reversed_by),
        earlier_moves,
        order_time_entries (order, count).
    """
    posted = _named_facts(connection, reversals)
    moves = table_of("stock_moves")
    origins = (reversals["table"] + ":" + reversals["reversed_event"]).unique().tolist()
    earlier = read_frame(
        connection, select(moves).where(among(connection, moves.c.origin, origins)).order_by(moves.c.number)
    )
    # the number ends in the move's position, which is no text
    position = earlier["number"].str.rsplit("/", n=1).str[-1].astype("int64")
    earlier = earlier.assign(position=position).sort_values(["origin", "position"], ignore_index=True)
    entries = table_of("time_entries")
    counted = (
        select(entries.c.order, func.count().label("count"))
        .where(fact_holds("time_entries"), among(connection, entries.c.order, posted["order"].unique().tolist()))
        .group_by(entries.c.order)
    )
    rows = [(order, int(count)) for order, count in connection.execute(counted)]
    return {
        "posted_facts": posted,
        "earlier_moves": earlier.drop(columns="position"),
        "order_time_entries": pd.DataFrame(rows, columns=["order", "count"]).astype({"order": "str", "count": "int64"}),
    }


def _named_facts(connection: Connection, reversals: pd.DataFrame) -> pd.DataFrame:
    events = reversals["reversed_event"].unique().tolist()
    undoing = table_of("reversals")
    parts = []
    for name in REVERSIBLE:
        facts = table_of(name)
        blank, none = literal(""), literal(0)
        parts.append(
            select(
                literal(name).label("table"),
                facts.c.event,
                facts.c.date,
                (facts.c.order if "order" in facts.c else blank).label("order"),
                (facts.c.scrapped_quantity_micro if "scrapped_quantity_micro" in facts.c else none).label(
                    "scrapped_micro"
                ),
                (func.coalesce(facts.c.quantity_micro, 0) if name == "time_entries" else none).label("passed_micro"),
                (func.coalesce(facts.c.operation, "") if "operation" in facts.c else blank).label("operation"),
                facts.c.state,
                func.coalesce(undoing.c.event, "").label("reversed_by"),
            )
            .outerjoin(
                undoing,
                and_(undoing.c.table == name, undoing.c.reversed_event == facts.c.event, undoing.c.state == "posted"),
            )
            .where(among(connection, facts.c.event, events))
        )
    rows = [tuple(row) for row in connection.execute(union_all(*parts))]
    columns = ["table", "event", "date", "order", "scrapped_micro", "passed_micro", "operation", "state",
               "reversed_by"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[s]")
    text = dict.fromkeys(("table", "event", "order", "operation", "state"), "str")
    return frame.astype({"scrapped_micro": "int64", "passed_micro": "int64", **text})


def what_counts_meet(connection: Connection, counts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Moves of counted items after the first count's day, and counts of them that hold already."""
    items, first = counts["item"].unique().tolist(), counts["date"].min().date()
    moves, counted = table_of("stock_moves"), table_of("stock_counts")
    columns = ("item", "warehouse", "lot", "status", "date", "kind", "quantity_micro")
    later = select(*(moves.c[name] for name in columns)).where(
        among(connection, moves.c.item, items), moves.c.date > first, moves.c.kind != "opening"
    )
    columns = ("event", "date", "item", "warehouse", "lot", "status", "counted_quantity_micro")
    earlier = select(*(counted.c[name] for name in columns)).where(
        among(connection, counted.c.item, items), counted.c.date >= first, fact_holds("stock_counts")
    )
    return {"later_moves": read_frame(connection, later), "earlier_counts": read_frame(connection, earlier)}
