"""Planned orders that may be released, and the claim that lets one run alone release each of them."""

from collections.abc import Iterable
from datetime import date

import pandas as pd
from sqlalchemy import Connection, select, update

from models.database import among, read_frame, read_table, table_of
from models.states import states_before
from models.worlds import read_world


def planned_orders_due(connection: Connection, until: date) -> pd.DataFrame:
    """Planned orders to be released up to a day that are neither released nor rejected."""
    planned = table_of("planned_orders")
    states = states_before("planned_orders", "released")
    return read_table(connection, "planned_orders", planned.c.state.in_(states), planned.c.release_date <= until)


def pegs_above(connection: Connection, planned: pd.DataFrame) -> pd.DataFrame:
    """What these planned orders serve, what that serves in turn, and so on: supply, demand_kind, demand."""
    pegs = table_of("pegs")
    runs = planned["run"].unique().tolist()
    query = select(pegs.c.supply, pegs.c.demand_kind, pegs.c.demand)
    query = query.where(pegs.c.supply_kind == "planned_order", pegs.c.run.in_(runs))
    found, seen, waiting = [], set(), set(planned["number"])
    while waiting or not found:
        seen |= waiting
        above = read_frame(connection, query.where(among(connection, pegs.c.supply, waiting)))
        found.append(above)
        waiting = set(above.loc[above["demand_kind"] == "planned_order", "demand"]) - seen
    return pd.concat(found, ignore_index=True)


def release_world(connection: Connection, planned: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The part of the plant that the release of planned orders looks at, as a world; all else is empty.

    Their items with suppliers' offers and routings, their bills and components, down through phantoms; where phantoms
    are among them, stock and the open orders that hold some of it.
    """
    items = planned["item"].unique().tolist()
    boms, lines, phantoms = _bills(connection, items)
    tables = PLANT if not phantoms else (*PLANT, *HOLDINGS)
    part = {name: _read_among(connection, name, "item", items) for name in ("supplier_items", "operations")}
    known = sorted({*items, *lines["component"]})
    part |= {"items": _read_among(connection, "items", "item", known), "boms": boms, "bom_lines": lines}
    return read_world(connection, tables) | part


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


def claim_planned_orders(connection: Connection, numbers: list[str]) -> set[str]:
    """Mark planned orders as released, those that no other run was faster with; returns which.

    The condition on the state is looked at again once another transaction's lock is gone, so that of two runs one gets
    each order.
    """
    planned = table_of("planned_orders")
    states = states_before("planned_orders", "released")
    claim = update(planned).where(among(connection, planned.c.number, numbers), planned.c.state.in_(states))
    return set(connection.scalars(claim.values(state="released").returning(planned.c.number)))


def releases_of(connection: Connection, order: str, line: int | None = None) -> list[str]:
    """The planned orders that went into a document, or into one of its lines."""
    releases = table_of("releases")
    query = select(releases.c.planned_order).where(releases.c.order == order).order_by(releases.c.planned_order)
    if line is not None:
        query = query.where((releases.c.line == line) | releases.c.line.is_(None))
    return list(connection.scalars(query))
