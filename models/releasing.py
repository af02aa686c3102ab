"""Planned orders that may be released, and the claim that lets one run alone release each of them."""

from collections.abc import Iterable
from datetime import date

import pandas as pd
from sqlalchemy import Connection, String, cast, delete, func, or_, select, update

from calculations.peg_split import divided_pegs, divided_requisitions
from calculations.release_choices import ORIGIN, Selection
from models.database import among, insert_frame, read_frame, read_table, table_of, upsert_frame
from models.states import states_before
from models.worlds import read_world


def planned_orders_due(connection: Connection, until: date, selection: Selection | None = None) -> pd.DataFrame:
    """Planned orders to be released up to a day that are neither released nor rejected, of a selection.

    Those named by number are due whatever their day. `released_before_micro` is what was released of the same
    suggestion before, in parts.
    """
    planned, items = table_of("planned_orders"), table_of("items")
    selection = selection or Selection()
    conditions = [planned.c.state.in_(states_before("planned_orders", "released"))]
    for column, values in (("number", selection.planned_orders), ("kind", selection.kinds), ("item", selection.items),
                           ("supplier", selection.suppliers)):  # fmt: skip
        if values:
            conditions.append(among(connection, planned.c[column], values))
    for column, people in (("buyer", selection.buyers), ("planner", selection.planners)):
        if people:
            theirs = select(items.c.item).where(among(connection, items.c[column], people))
            conditions.append(planned.c.item.in_(theirs))
    if not selection.planned_orders:
        conditions.append(planned.c.release_date <= until)
    return _with_released_before(connection, read_table(connection, "planned_orders", *conditions))


def _with_released_before(connection: Connection, planned: pd.DataFrame) -> pd.DataFrame:
    """What was released before of the suggestions that these planned orders are the rests of."""
    families = planned.loc[planned["origin"].str.startswith(ORIGIN), "origin"]
    before = {}
    if len(families):
        released, rows = table_of("releases"), table_of("planned_orders")
        family = func.coalesce(rows.c.origin, "")
        own = ORIGIN + rows.c.number
        query = (
            select(rows.c.number, family, released.c.quantity_micro)
            .join(released, released.c.planned_order == rows.c.number)
            .where(or_(among(connection, rows.c.origin, set(families)), among(connection, own, set(families))))
        )
        for number, origin, quantity in connection.execute(query):
            root = origin if origin in set(families) else ORIGIN + number
            before[root] = before.get(root, 0) + quantity
    return planned.assign(
        released_before_micro=planned["origin"].map(lambda origin: before.get(origin, 0)).astype("int64")
    )


def state_of_planned_orders(connection: Connection, numbers: Iterable[str]) -> pd.DataFrame:
    """Where planned orders stand: number, state, order ("" if none) and quantity_micro that was released."""
    planned, released = table_of("planned_orders"), table_of("releases")
    query = (
        select(planned.c.number, planned.c.state, released.c.order, released.c.quantity_micro)
        .outerjoin(released, released.c.planned_order == planned.c.number)
        .where(among(connection, planned.c.number, numbers))
    )
    return read_frame(connection, query.order_by(planned.c.number))


def pegs_above(connection: Connection, planned: pd.DataFrame) -> pd.DataFrame:
    """What these planned orders serve, what that serves in turn, and so on: supply, demand_kind, demand, line, date."""
    pegs = table_of("pegs")
    runs = planned["run"].unique().tolist()
    query = select(pegs.c.supply, pegs.c.demand_kind, pegs.c.demand, pegs.c.line, pegs.c.date)
    query = query.where(pegs.c.supply_kind == "planned_order", pegs.c.run.in_(runs))
    found, seen, waiting = [], set(), set(planned["number"])
    while waiting or not found:
        seen |= waiting
        above = read_frame(connection, query.where(among(connection, pegs.c.supply, waiting)))
        found.append(above)
        waiting = set(above.loc[above["demand_kind"] == "planned_order", "demand"]) - seen
    return pd.concat(found, ignore_index=True)


def customers_of_orders(connection: Connection, orders: Iterable[str]) -> pd.DataFrame:
    """The customers' names of sales orders: order, customer."""
    sales, customers = table_of("sales_orders"), table_of("customers")
    query = select(sales.c.order, customers.c.name).join(customers, customers.c.customer == sales.c.customer)
    query = query.where(among(connection, sales.c.order, orders))
    return read_frame(connection, query).rename(columns={"name": "customer"})


def release_world(connection: Connection, planned: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The part of the plant that the release of planned orders looks at, as a world; all else is empty.

    Their items with suppliers' offers and routings, their bills and components, down through phantoms; where phantoms
    are among them, stock and the open orders that hold some of it.
    """
    items = planned["item"].unique().tolist()
    boms, lines, phantoms = _bills(connection, items)
    tables = PLANT if not phantoms else (*PLANT, *HOLDINGS)
    part = {name: _read_among(connection, name, "item", items) for name in OF_ITEMS}
    known = sorted({*items, *lines["component"]})
    part |= {"items": _read_among(connection, "items", "item", known), "boms": boms, "bom_lines": lines}
    return read_world(connection, tables) | part


OF_ITEMS = ("supplier_items", "price_breaks", "operations")
PLANT = ("suppliers", "unit_conversions", "work_centers", "calendar", "exchange_rates")
HOLDINGS = ("stock", "work_orders", "work_order_components", "subcontract_orders", "subcontract_order_components")


def _bills(connection: Connection, items: list[str]) -> tuple[pd.DataFrame, pd.DataFrame, set[str]]:
    """All bills of the items and of the phantoms among their components, the lines of these bills, and the phantoms."""
    boms, lines, seen, waiting = [], [], set(), set(items)
    while waiting or not boms:
        seen |= waiting
        boms.append(_read_among(connection, "boms", "item", waiting))
        lines.append(_read_among(connection, "bom_lines", "bom", set(boms[-1]["bom"])))
        parts = _read_among(connection, "boms", "item", set(lines[-1]["component"]))
        waiting = set(parts.loc[parts["phantom"], "item"]) - seen
    return pd.concat(boms, ignore_index=True), pd.concat(lines, ignore_index=True), seen - set(items)


def _read_among(connection: Connection, name: str, column: str, values: Iterable[str]) -> pd.DataFrame:
    """The rows of a table whose column is one of the values."""
    return read_table(connection, name, among(connection, table_of(name).c[column], values))


def claim_planned_orders(connection: Connection, planned: pd.DataFrame) -> set[str]:
    """Mark planned orders as released, those that are still as they were read; returns their numbers.

    The condition is looked at again once another transaction's lock is gone, so that of two runs one gets each order;
    an order that was divided or planned anew meanwhile has another quantity and is left alone.

    Args:
        planned: number and quantity_micro, as they were read.
    """
    target = table_of("planned_orders")
    states = states_before("planned_orders", "released")
    pairs = (planned["number"] + "=" + planned["quantity_micro"].astype("str")).tolist()
    as_read = target.c.number + "=" + cast(target.c.quantity_micro, String)
    claim = update(target).where(among(connection, target.c.number, planned["number"].tolist()),
                                 among(connection, as_read, pairs), target.c.state.in_(states))  # fmt: skip
    return set(connection.scalars(claim.values(state="released").returning(target.c.number)))


def divide_planned_orders(connection: Connection, pieces: pd.DataFrame) -> None:
    """Put the pieces of claimed planned orders in their place, with their pegs and requisitions.

    The first piece keeps the number; the others are planned orders of their own, the rest in the state the whole had.

    Args:
        pieces: as `release_choices.released_parts` returns them, with `state` for each.
    """
    sources = pieces["source"].unique().tolist()
    planned = _read_among(connection, "planned_orders", "number", sources)
    changed = pieces.groupby("source")["number"].transform("size") > 1
    changed |= ~pieces.set_index(["source", "quantity_micro"]).index.isin(
        planned.set_index(["number", "quantity_micro"]).index
    )
    pieces = pieces[changed].reset_index(drop=True)
    if pieces.empty:
        return
    own = ["number", "quantity_micro", "receipt_quantity_micro", "origin", "state"]
    whole = planned.drop(columns=own[1:]).rename(columns={"number": "source"})
    rows = pieces.drop(columns="rest").merge(whole, on="source", validate="many_to_one")
    rows["reason"] = rows["reason"] + "; a part of what " + rows["source"] + " was"
    upsert_frame(connection, "planned_orders", rows)
    _divide_pegs(connection, pieces, sources)
    _divide_requisitions(connection, pieces, sources)


def _divide_pegs(connection: Connection, pieces: pd.DataFrame, sources: list[str]) -> None:
    pegs = table_of("pegs")
    supplied = (pegs.c.supply_kind == "planned_order") & among(connection, pegs.c.supply, sources)
    needed = (pegs.c.demand_kind == "planned_order") & among(connection, pegs.c.demand, sources)
    query = select(pegs).where(or_(supplied, needed)).order_by(pegs.c.position, pegs.c.supply)
    found = read_frame(connection, query)
    if found.empty:
        return
    last = connection.scalar(select(func.max(pegs.c.position)))
    connection.execute(delete(pegs).where(or_(supplied, needed)))
    insert_frame(connection, "pegs", divided_pegs(found, pieces, last))


def _divide_requisitions(connection: Connection, pieces: pd.DataFrame, sources: list[str]) -> None:
    made = _read_among(connection, "requisitions", "planned_order", sources)
    if made.empty:
        return
    table = table_of("requisitions")
    query = select(table.c.order, table.c.item, func.max(table.c.turn)).group_by(table.c.order, table.c.item)
    query = query.where(among(connection, table.c.order, made["order"].unique().tolist()))
    turns = {(order, item): turn for order, item, turn in connection.execute(query)}
    upsert_frame(connection, "requisitions", divided_requisitions(made, pieces, turns))


def releases_of(connection: Connection, order: str, line: int | None = None) -> list[str]:
    """The planned orders that went into a document, or into one of its lines."""
    releases = table_of("releases")
    query = select(releases.c.planned_order).where(releases.c.order == order).order_by(releases.c.planned_order)
    if line is not None:
        query = query.where((releases.c.line == line) | releases.c.line.is_(None))
    return list(connection.scalars(query))
