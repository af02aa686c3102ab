"""What was requisitioned for a work order serves that order first, as a planned order and as the purchase it became.

Otherwise an order that starts earlier would take it, and asking for the same work order again would buy it again.
"""

import pandas as pd

from calculations.item_supply import firm_orders

COLUMNS = ["order", "item", "covered_by", "covered_date", "quantity_micro"]


def set_aside(world: dict, needs: dict[tuple[str, str], int]) -> tuple[dict, pd.DataFrame]:
    """The world without the open supply that is set aside for work orders, and that supply.

    No more is set aside than the shortage that was requisitioned and than what the order still needs; what a minimum
    or a changed order leaves over serves everybody.

    Args:
        world: with `requisitions` (order, item, turn, planned_order, short_micro) and `releases` (planned_order, order,
            line, quantity_micro); without them nothing is set aside.
        needs: micro-units by work order and component.
    Returns:
        order, item, covered_by (planned or purchase order), covered_date, quantity_micro > 0.
    """
    made = world.get("requisitions")
    if made is None or made.empty:
        return world, pd.DataFrame(columns=COLUMNS)
    supply = _OpenSupply(world)
    left, rows = dict(needs), []
    made = made.sort_values(["order", "item", "turn"], kind="stable")
    for order, item, number, short in made[["order", "item", "planned_order", "short_micro"]].itertuples(index=False):
        number, day, quantity = supply.take(number, min(short, left.get((order, item), 0)))
        if quantity > 0:
            left[order, item] -= quantity
            rows.append((order, item, number, day, quantity))
    return supply.rest(), pd.DataFrame(rows, columns=COLUMNS)


class _OpenSupply:
    """Firm planned orders and open purchase lines, of which parts are taken away by planned order."""

    def __init__(self, world: dict):
        self._world = world
        planned, lines = world["planned_orders"], world["purchase_order_lines"]
        planned = planned.reset_index(drop=True)
        self._firm = {number: row for row, number in firm_orders(planned)["number"].items()}
        self._brings = planned["receipt_quantity_micro"].tolist()
        self._due = planned["due_date"].tolist()
        places = zip(lines["order"].tolist(), lines["line"].tolist(), strict=True)
        self._lines = {place: row for row, place in enumerate(places)}
        self._ordered, self._received = lines["quantity_micro"].tolist(), lines["received_quantity_micro"].tolist()
        self._line_due = lines["due_date"].tolist()
        releases = world.get("releases")
        self._released = {} if releases is None else _by_planned_order(releases)

    def take(self, number: str, wanted: int) -> tuple[str, pd.Timestamp | None, int]:
        """Document, day and quantity of what is taken of the supply that the planned order stands for."""
        if number in self._firm:
            row = self._firm[number]
            taken = min(wanted, self._brings[row])
            self._brings[row] -= taken
            return number, self._due[row], taken
        order, line, released = self._released.get(number, ("", 0, 0))
        row = self._lines.get((order, line))
        if row is None:
            return number, None, 0
        taken = max(0, min(wanted, released, self._ordered[row] - self._received[row]))
        self._ordered[row] -= taken
        return order, self._line_due[row], taken

    def rest(self) -> dict:
        """The world with what is left."""
        planned, lines = self._world["planned_orders"], self._world["purchase_order_lines"]
        return self._world | {
            "planned_orders": planned.assign(receipt_quantity_micro=pd.Series(self._brings, planned.index, "int64")),
            "purchase_order_lines": lines.assign(quantity_micro=pd.Series(self._ordered, lines.index, "int64")),
        }


def _by_planned_order(releases: pd.DataFrame) -> dict[str, tuple[str, int, int]]:
    columns = (releases[name].tolist() for name in ("planned_order", "order", "line", "quantity_micro"))
    return {planned: (order, line, quantity) for planned, order, line, quantity in zip(*columns, strict=True)}
