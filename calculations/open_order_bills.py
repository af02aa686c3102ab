"""What open work orders still need of each component, as bills that kits can be counted by."""

import numpy as np
import pandas as pd

from calculations.exact import reduced
from calculations.order_holdings import held_by_orders
from calculations.product_structure import Bill, Component, ProductStructure


def open_order_bills(world: dict, demands: pd.DataFrame, structure: ProductStructure) -> list[Bill | None]:
    """A bill for each demand of kind work_order, None for the others and where nothing says what is in the order.

    An order with component rows needs what it has not been issued; per set = row ÷ quantity of the order. One without
    rows follows the bill of materials in force, less what it holds on the floor.

    Args:
        demands: order, demand_kind, open_micro (what is still to make), as `kit_demands` returns them.
    """
    bills: list[Bill | None] = [None] * len(demands)
    works = np.flatnonzero((demands["demand_kind"] == "work_order").to_numpy())
    if not len(works):
        return bills
    rows = demands.iloc[works]
    orders = world["work_orders"].set_index("order").loc[rows["order"]]
    listed = _listed(world["work_order_components"], structure)
    key = len(structure.codes)
    for place, order, position, open_micro, quantity in zip(
        works.tolist(),
        rows["order"].tolist(),
        structure.positions_of(rows["item"]).tolist(),
        rows["open_micro"].tolist(),
        orders["quantity_micro"].tolist(),
        strict=True,
    ):
        key += 1
        if order in listed:
            parts = [_part(row, quantity, open_micro, structure.steps) for row in listed[order]]
            code = structure.bill(position).code if structure.bill(position) else ""
            bills[place] = Bill(code, position, False, tuple(parts), key)
        else:
            bills[place] = _rest_of_bill(world, order, structure.bill(position), key, open_micro == quantity, structure)
    return bills


def _listed(components: pd.DataFrame, structure: ProductStructure) -> dict[str, list[tuple[int, int, int]]]:
    """Position, quantity and issued quantity of the component rows of each order, by item code."""
    components = components[components["quantity_micro"] > 0].sort_values(["order", "item"], kind="stable")
    listed: dict[str, list[tuple[int, int, int]]] = {}
    for order, position, quantity, issued in zip(
        components["order"].tolist(),
        structure.positions_of(components["item"]).tolist(),
        components["quantity_micro"].tolist(),
        components["issued_quantity_micro"].tolist(),
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


def _rest_of_bill(world: dict, order: str, bill: Bill | None, key: int, fresh: bool, structure) -> Bill | None:
    if bill is None:
        return None
    codes = np.array([structure.codes[component.position] for component in bill.components])
    held = held_by_orders(world["stock"], "work_order_components", np.full(len(codes), order), codes).tolist()
    parts = (
        Component(part.position, part.numerator, part.denominator, part.fixed_micro * fresh - on_floor, part.step)
        for part, on_floor in zip(bill.components, held, strict=True)
    )
    return Bill(bill.code, bill.position, False, tuple(parts), key)
