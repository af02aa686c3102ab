"""The queries of posting: facts that wait, what documents have in their hands, and what becomes of facts."""

from collections.abc import Iterable
from datetime import date

import pandas as pd
from sqlalchemy import Connection, func, literal, select, union_all, update

from models.database import among, insert_frame, read_frame, read_table, table_of
from models.reversals import fact_holds
from models.states import ENDED
from models.stock import RESERVED
from models.worlds import typed_frame

IN_HANDS = ("inspection", "in_production", "at_subcontractor", "reserved")
# component table → document table, what was handed over before, what was processed before, status in its hands
HANDS = {
    "work_order_components": ("work_orders", "issued_quantity_micro",
                              ("completed_quantity_micro", "scrapped_quantity_micro"), "in_production"),
    "subcontract_order_components": ("subcontract_orders", "sent_quantity_micro", ("received_quantity_micro",),
                                     "at_subcontractor"),
}  # fmt: skip


def pending_facts(connection: Connection, tables: Iterable[str]) -> dict[str, pd.DataFrame]:
    """The facts of each table that are not posted yet, sorted by event, and the readings of pending inspections."""
    frames = {}
    for name in tables:
        table = table_of(name)
        frames[name] = read_table(connection, name, table.c.state == "pending")
    if "inspections" in frames:
        inspections, readings = table_of("inspections"), table_of("readings")
        pending = select(inspections.c.event).where(inspections.c.state == "pending")
        frames["readings"] = read_table(connection, "readings", readings.c.event.in_(pending))
    return frames


def pending_count(connection: Connection, name: str, until: date) -> int:
    """How many facts of a table, dated up to a day, are not posted yet."""
    table = table_of(name)
    query = select(func.count()).select_from(table).where(table.c.state == "pending", table.c.date <= until)
    return connection.scalar(query)


def has_phantoms(connection: Connection) -> bool:
    """Whether any bill of materials is a phantom's."""
    boms = table_of("boms")
    return connection.execute(select(boms.c.bom).where(boms.c.phantom).limit(1)).first() is not None


def in_hands(connection: Connection) -> pd.DataFrame:
    """What waits for inspection, is in production or at a subcontractor, by document: the sum of its moves, no zeros.

    Columns status, order, line, item, warehouse, lot, quantity_micro.
    """
    moves = table_of("stock_moves")
    place = (moves.c.status, moves.c.order, moves.c.line, moves.c.item, moves.c.warehouse, moves.c.lot)
    quantity = func.sum(moves.c.quantity_micro)
    query = (
        select(*place, quantity.label("quantity_micro"))
        .where(moves.c.status.in_(IN_HANDS))
        .group_by(*place)
        .having(quantity != 0)
        .order_by(*place)
    )
    return read_frame(connection, query)


def is_anything_reserved(connection: Connection) -> bool:
    """Whether any stock is set aside for an order."""
    moves = table_of("stock_moves")
    query = select(moves.c.item).where(moves.c.status == RESERVED).group_by(moves.c.item)
    return connection.execute(query.having(func.sum(moves.c.quantity_micro) != 0).limit(1)).first() is not None


def earlier_give_backs(connection: Connection) -> pd.DataFrame:
    """How often documents gave back what they needed no more: order, line, item, count."""
    table = table_of("stock_reservations")
    key = (table.c.order, table.c.line, table.c.item)
    query = select(*key, func.count().label("count")).where(table.c.event.startswith("free-", autoescape=True))
    return read_frame(connection, query.group_by(*key).order_by(*key))


def returned_quantities(connection: Connection) -> pd.DataFrame:
    """What customers sent back of each sales order line: order, line, quantity_micro."""
    moves = table_of("stock_moves")
    query = (
        select(moves.c.order, moves.c.line, func.sum(moves.c.quantity_micro).label("quantity_micro"))
        .where(moves.c.kind == "customer_return")
        .group_by(moves.c.order, moves.c.line)
        .order_by(moves.c.order, moves.c.line)
    )
    frame = read_frame(connection, query)
    return frame.assign(line=frame["line"].astype("int64"))


def unopened_hands(connection: Connection) -> pd.DataFrame:
    """Components handed over before their order came to Kitline, of which no opening move says so yet.

    Columns number, order, item, status, planned_micro, issued_micro, processed_micro, quantity_micro (of the order).
    """
    frames = []
    for name, (document, issued, processed, status) in HANDS.items():
        parts, orders, moves = table_of(name), table_of(document), table_of("stock_moves")
        number = name + ":" + parts.c.order + "/" + parts.c.item + "/1"
        query = (
            select(
                parts.c.order,
                parts.c.item,
                parts.c.quantity_micro.label("planned_micro"),
                parts.c[issued].label("issued_micro"),
                sum((orders.c[column] for column in processed), 0).label("processed_micro"),
                orders.c.quantity_micro,
            )
            .join(orders, orders.c.order == parts.c.order)
            .where(parts.c[issued] > 0, ~select(moves.c.number).where(moves.c.number == number).exists())
            .order_by(parts.c.order, parts.c.item)
        )
        frame = read_frame(connection, query)
        key = name + ":" + frame["order"] + "/" + frame["item"]
        frames.append(frame.assign(number=(key + "/1").astype("str"), origin=key.astype("str"), status=status))
    return pd.concat(frames, ignore_index=True)


def set_fact_states(connection: Connection, facts: pd.DataFrame, state: str) -> int:
    """Give facts (columns table, event) a state; returns how many there were."""
    for name, events in facts.groupby("table", sort=False)["event"]:
        table = table_of(name)
        mine = among(connection, table.c.event, events.unique().tolist())
        connection.execute(update(table).where(mine).values(state=state))
    return len(facts)


def retry_facts_now_due(connection: Connection, tables: Iterable[str], as_of: date) -> int:
    """Let facts that were refused only for a date after the business date wait for posting again; returns how many."""
    quarantine, retried = table_of("quarantine"), 0
    early_ones = (quarantine.c.column == "date", quarantine.c.state == "waiting")
    waiting = set(connection.scalars(select(quarantine.c.table).where(*early_ones).distinct()))
    for name in tables:
        if name == "expenses" or name not in waiting:
            continue
        table = table_of(name)
        early = (quarantine.c.table == name, *early_ones)
        due = (
            select(table.c.event)
            .join(quarantine, quarantine.c.key == table.c.event)
            .where(*early, table.c.state == "refused", table.c.date <= as_of)
        )
        events = list(connection.scalars(due))
        if not events:
            continue
        set_fact_states(connection, pd.DataFrame({"table": name, "event": events}), "pending")
        mine = among(connection, quarantine.c.key, events)
        connection.execute(update(quarantine).where(*early, mine).values(state="resolved"))
        retried += len(events)
    return retried


def open_rework_orders(connection: Connection, orders: pd.DataFrame) -> None:
    """Write rework orders; each holds the rejected units as material already handed over.

    Args:
        orders: order, item, quantity_micro, start_date, due_date, origin.
    """
    insert_frame(connection, "work_orders", orders.assign(kind="rework", state="released"))
    material = orders[["order", "item", "quantity_micro"]]
    insert_frame(
        connection,
        "work_order_components",
        material.assign(issued_quantity_micro=material["quantity_micro"], issue_method="issue"),
    )


def issue_counts(connection: Connection, orders: list[str]) -> dict[tuple[str, str], int]:
    """How many issues were entered of each item to each of these orders, whatever became of them."""
    issues = table_of("issues")
    query = (
        select(issues.c.order, issues.c.item, func.count())
        .where(among(connection, issues.c.order, orders))
        .group_by(issues.c.order, issues.c.item)
    )
    return {(order, item): count for order, item, count in connection.execute(query)}


def reservation_counts(connection: Connection, orders: list[str]) -> dict[tuple[str, str, str], int]:
    """How many reservations were entered by order, line ("" where there is none) and item, whatever became of them."""
    table = table_of("stock_reservations")
    key = (table.c.order, table.c.line, table.c.item)
    query = select(*key, func.count()).where(among(connection, table.c.order, orders)).group_by(*key)
    return {(order, "" if line is None else str(line), item): count
            for order, line, item, count in connection.execute(query)}  # fmt: skip


def returned_material(connection: Connection) -> dict[tuple[str, str], int]:
    """Micro-units that came back from work orders, by order and item."""
    moves = table_of("stock_moves")
    query = (
        select(moves.c.order, moves.c.item, func.sum(moves.c.quantity_micro))
        .where(moves.c.kind == "return_issue", moves.c.status == "available")
        .group_by(moves.c.order, moves.c.item)
    )
    return {(order, item): int(quantity) for order, item, quantity in connection.execute(query)}


def operation_quantities(connection: Connection, orders: list[str] | None = None) -> pd.DataFrame:
    """Units reported at operations by facts that hold: order, operation, passed_micro, scrapped_micro.

    Args:
        orders: only of these; None is every work order that has not ended.
    """
    entries, completions, works = (table_of(name) for name in ("time_entries", "completions", "work_orders"))
    parts = []
    for facts, name, passed, scrapped in (
        (entries, "time_entries", entries.c.quantity_micro, literal(0)),
        (completions, "completions", literal(0), completions.c.scrapped_quantity_micro),
    ):
        query = select(facts.c.order, facts.c.operation, passed.label("passed"), scrapped.label("scrapped"))
        query = query.where(fact_holds(name), facts.c.operation.is_not(None), facts.c.operation != "")
        if orders is None:
            query = query.join(works, works.c.order == facts.c.order).where(works.c.state.not_in(ENDED))
        else:
            query = query.where(among(connection, facts.c.order, orders))
        parts.append(query)
    every = union_all(*parts).subquery()
    key = (every.c.order, every.c.operation)
    sums = (func.coalesce(func.sum(every.c[name]), 0).label(f"{name}_micro") for name in ("passed", "scrapped"))
    query = select(*key, *sums).group_by(*key).order_by(*key)
    return typed_frame(connection, query, text=("order", "operation"))
