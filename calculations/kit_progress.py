"""What of the order lines needs no kit any more: finished stock, and work that has been started.

A stage that reads a running plant knows more than a question about stock: yesterday's kits are today's orders in work.
Without this, an order whose components have been issued would look short of them.
"""

from datetime import date

import pandas as pd

from calculations.item_supply import ItemSupply
from calculations.kit_demands import kit_demands
from calculations.policies import resolve
from calculations.product_structure import ProductStructure
from calculations.reserved_stock import net_of_reserved

EVER = 2**60
SALES = ("sales_order", "opportunity")
ORDERS = (
    ("work_orders", "completed_quantity_micro", "work_order_components", "issued_quantity_micro"),
    ("subcontract_orders", "received_quantity_micro", "subcontract_order_components", "sent_quantity_micro"),
)


def lines_under_way(world: dict, as_of: date, policies: dict) -> pd.DataFrame:
    """How much of each demand for a made item is finished or in work, the demands served in their order.

    Policies: as `kitting.check_kitting` takes them. Work orders and planned orders ask for their own components, so
    nothing of them is under way.

    Returns:
        order, line, quantity_micro > 0.
    """
    policies, world = resolve(policies, as_of), net_of_reserved(world, as_of)
    structure = ProductStructure(world, as_of, policies)
    supply = ItemSupply({**world, **_only_started(world)}, as_of, policies, structure, with_inspection=True)
    lines = kit_demands(world, as_of, policies).rows
    lines = lines[lines["demand_kind"].isin(SALES)]
    covered = []
    for position, quantity in zip(
        structure.positions_of(lines["item"]).tolist(), lines["open_micro"].tolist(), strict=True
    ):
        ready = min(supply.free(position, EVER), quantity) if structure.is_made(position) else 0
        supply.claim(position, ready)
        covered.append(ready)
    under_way = lines[["order", "line"]].assign(quantity_micro=pd.Series(covered, dtype="int64"))
    return under_way[under_way["quantity_micro"] > 0].reset_index(drop=True)


def needs_of_started_orders(world: dict, policies: dict) -> pd.DataFrame:
    """What orders in work still have to draw from stock: item, quantity_micro > 0.

    Where open work orders are looked at themselves, only what subcontract orders still have to be sent.
    """
    needs = []
    drawing = ORDERS if policies["kits_for"] in ("sales_orders", "opportunities") else ORDERS[1:]
    for orders, done, components, drawn in drawing:
        rows = world[components]
        rows = rows[rows["order"].isin(_started(world, orders, done, components, drawn)["order"])]
        needs.append(rows[["item"]].assign(quantity_micro=rows["quantity_micro"] - rows[drawn]))
    needs = pd.concat(needs, ignore_index=True)
    return needs[needs["quantity_micro"] > 0]


def _only_started(world: dict) -> dict:
    """The supply that counts as under way: orders in work; nothing bought, nothing only planned."""
    started = {orders: _started(world, orders, *columns) for orders, *columns in ORDERS}
    return {**started, "purchase_order_lines": world["purchase_order_lines"].iloc[:0], "planned_orders": None}


def _started(world: dict, orders: str, done: str, components: str, drawn: str) -> pd.DataFrame:
    rows, parts = world[orders], world[components]
    return rows[(rows[done] > 0) | rows["order"].isin(parts.loc[parts[drawn] > 0, "order"])]
