"""What open work and subcontract orders still need of each component, as bills that kits can be counted by."""

from dataclasses import replace

import numpy as np
import pandas as pd

from calculations.exact import reduced
from calculations.order_holdings import HOLDING_STATUS, held_by_orders
from calculations.product_structure import Bill, Component, ProductStructure

# Orders, their component rows, and what of these was issued or sent.
TABLES = {
    "work_order": ("work_orders", "work_order_components", "issued_quantity_micro"),
    "subcontract_order": ("subcontract_orders", "subcontract_order_components", "sent_quantity_micro"),
}


def open_order_bills(world: dict, demands: pd.DataFrame, structure: ProductStructure) -> list[Bill | None]:
    """A bill for each open work or subcontract order; None for other demands and where nothing says what is in it.

    An order with component rows needs what it has not been issued; per set = row ÷ quantity of the order. One without
    rows follows the bill of materials in force, less what it holds on the floor.

    Args:
        demands: order, item, demand_kind, open_micro (what is still to make), as `kit_demands` returns them.
    """
    bills: list[Bill | None] = [None] * len(demands)
    for kind in TABLES:
        rows = np.flatnonzero((demands["demand_kind"] == kind).to_numpy())
        if len(rows):
            for row, bill in zip(rows.tolist(), _bills(world, kind, demands.iloc[rows], structure), strict=True):
                # the keys of the product structure's own bills end where these begin
                bills[row] = bill and replace(bill, key=len(structure.codes) + row)
    return bills


def without(bill: Bill, order: str, set_aside: dict[tuple[str, str], int], codes: list[str]) -> Bill:
    """The bill of an order less what is set aside for it by order and item."""
    parts = (
        replace(part, fixed_micro=part.fixed_micro - set_aside.get((order, codes[part.position]), 0))
        for part in bill.components
    )
    return replace(bill, components=tuple(parts))


def issued_to_orders(world: dict, orders: pd.Series, items: pd.Series) -> np.ndarray:
    """Micro-units of each item that each work order was issued: by its component rows, else what it holds."""
    rows = world["work_order_components"]
    issued = pd.Series(
        rows["issued_quantity_micro"].to_numpy(), index=pd.MultiIndex.from_frame(rows[["order", "item"]])
    )
    listed = issued.reindex(pd.MultiIndex.from_arrays([orders, items]))
    held = held_by_orders(world["stock"], "work_order_components", orders.to_numpy(), items.to_numpy())
    return np.where(listed.isna(), held, listed.fillna(0)).astype(np.int64)


def _bills(world: dict, kind: str, demands: pd.DataFrame, structure: ProductStructure) -> list[Bill | None]:
    table, components, used = TABLES[kind]
    quantities = world[table].set_index("order")["quantity_micro"].loc[demands["order"]]
    listed, held = _listed(world[components], used, structure), _held(world["stock"], components)
    bills: list[Bill | None] = []
    for order, position, open_micro, quantity in zip(
        demands["order"].tolist(),
        structure.positions_of(demands["item"]).tolist(),
        demands["open_micro"].tolist(),
        quantities.tolist(),
        strict=True,
    ):
        standard = structure.bill(position)
        if order in listed:
            parts = [_part(row, quantity, open_micro, structure.steps) for row in listed[order]]
            bills.append(Bill(standard.code if standard else "", position, False, tuple(parts), position))
        elif standard is None:
            bills.append(None)
        else:
            # the fixed loss is needed once, at the start
            fresh = open_micro == quantity
            parts = [
                replace(
                    part, fixed_micro=part.fixed_micro * fresh - held.get((order, structure.codes[part.position]), 0)
                )
                for part in standard.components
            ]
            bills.append(replace(standard, phantom=False, components=tuple(parts)))
    return bills


def _listed(components: pd.DataFrame, used: str, structure: ProductStructure) -> dict[str, list[tuple[int, int, int]]]:
    """Position, quantity and issued quantity of the component rows of each order, by item code."""
    components = components[components["quantity_micro"] > 0].sort_values(["order", "item"], kind="stable")
    listed: dict[str, list[tuple[int, int, int]]] = {}
    for order, position, quantity, issued in zip(
        components["order"].tolist(),
        structure.positions_of(components["item"]).tolist(),
        components["quantity_micro"].tolist(),
        components[used].tolist(),
        strict=True,
    ):
        if position >= 0:
            listed.setdefault(order, []).append((position, quantity, issued))
    return listed


def _part(row: tuple[int, int, int], quantity: int, open_micro: int, steps: list[int]) -> Component:
    """What is left of a component row when all that is still to make is made: quantity − issued, exactly."""
    position, needed, issued = row
    numerator, denominator = reduced(needed, quantity)
    fixed = needed - issued + (-open_micro * numerator // denominator)
    return Component(position, numerator, denominator, fixed, steps[position])


def _held(stock: pd.DataFrame, components: str) -> dict[tuple[str, str], int]:
    """What each order holds of each item outside the warehouse."""
    if "order" not in stock:
        return {}
    outside = stock[stock["status"] == HOLDING_STATUS[components]]
    return outside.groupby(["order", "item"])["quantity_micro"].sum().to_dict()
