"""How requirements become orders: for each rule, up to which requirement an order covers.

A new rule is a function here and a line in `LOT_SIZING_RULES`. Fixed lots, minimum, multiple and maximum are numbers of
the item (`lot_parameters`) and apply under every rule.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from calculations.exact import MICRO, multiply_divide, step_of
from calculations.netting import LotParameters, Movements

DAYS_A_YEAR = 365
Rule = Callable[[np.ndarray, Movements, LotParameters, np.ndarray], np.ndarray]


def lot_for_lot(rows: np.ndarray, movements: Movements, lots: LotParameters, on_hand: np.ndarray) -> np.ndarray:
    """Each requirement is ordered for itself: an order covers its own day."""
    return rows


def period_order_quantity(rows: np.ndarray, movements: Movements, lots: LotParameters, on_hand: np.ndarray):
    """An order covers all requirements of `period_days` working days, the first uncovered one included."""
    item = _items_of(rows, movements)
    span = np.int64(1) << 24
    key = np.repeat(np.arange(len(movements.starts) - 1), np.diff(movements.starts)) * span + movements.workday
    end = item * span + movements.workday[rows] + np.maximum(lots.period_days[item], 1)
    return np.searchsorted(key, end, side="left") - 1


def least_total_cost(rows: np.ndarray, movements: Movements, lots: LotParameters, on_hand: np.ndarray) -> np.ndarray:
    """Orders that together cost least in ordering and in carrying stock to the end of each day.

    Items without ordering or carrying cost are ordered lot for lot.
    Source: Wagner and Whitin, Dynamic Version of the Economic Lot Size Model, Management Science 5 (1958).
    """
    item = _items_of(rows, movements)
    costed = (lots.ordering_cost[item] > 0) & (lots.carrying_cost[item] > 0)
    covered = rows.copy()
    if not costed.any():
        return covered
    items = np.unique(item[costed])
    needs = _net_needs(items, movements, on_hand)
    wanted = needs.quantity > 0
    width = int(wanted.sum(axis=1).max(initial=0))
    if not width:
        return covered
    # the needs of each item side by side, without the days that need nothing
    column = np.argsort(~wanted, axis=1, kind="stable")[:, :width]
    row = np.take_along_axis(needs.row, column, axis=1)
    quantity = np.where(
        np.take_along_axis(wanted, column, axis=1), np.take_along_axis(needs.quantity, column, axis=1), 0
    )
    last = _cheapest_groups(
        quantity / MICRO,
        (movements.day[row] - movements.day[row[:, :1]]).astype(float),
        lots.ordering_cost[items],
        lots.carrying_cost[items],
    )
    last_row = np.take_along_axis(row, last, axis=1)
    place = np.full(len(movements.day), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    real = quantity > 0
    covered[place[row[real]]] = last_row[real]
    return covered


LOT_SIZING_RULES: dict[str, Rule] = {
    "lot_for_lot": lot_for_lot,
    "fixed_order_quantity": lot_for_lot,
    "period_order_quantity": period_order_quantity,
    "least_total_cost": least_total_cost,
}


def covered_until(rule: np.ndarray, movements: Movements, lots: LotParameters, on_hand: np.ndarray):
    """For each movement the last one that an order placed there covers; None when every order covers its own day.

    Args:
        rule: name of the lot-sizing rule by item.
    """
    looking_ahead = [name for name in LOT_SIZING_RULES if LOT_SIZING_RULES[name] is not lot_for_lot]
    if not np.isin(rule, looking_ahead).any():
        return None
    covered = np.arange(len(movements.day))
    rule_of_row = np.repeat(rule, np.diff(movements.starts))
    for name in looking_ahead:
        rows = np.flatnonzero(rule_of_row == name)
        if len(rows):
            covered[rows] = LOT_SIZING_RULES[name](rows, movements, lots, on_hand)
    return covered


def lot_parameters(items: pd.DataFrame, supplier_minimum: np.ndarray, supplier_multiple: np.ndarray) -> LotParameters:
    """How each item is ordered; what the item leaves blank is the supplier's.

    A maximum below the minimum yields to it: an order smaller than the minimum cannot be placed.

    Args:
        items: rows of the table items. supplier_minimum, supplier_multiple: micro-units of the stocking unit; 0 = none.
    """
    step = step_of(items["decimals"].to_numpy(dtype=np.int64))
    minimum = items["minimum_order_quantity_micro"].to_numpy(dtype=np.int64)
    minimum = np.where(minimum > 0, minimum, supplier_minimum)
    multiple = _filled(items["order_multiple_micro"], 0)
    multiple = _common_multiple(np.where(multiple > 0, multiple, supplier_multiple), step)
    maximum = _filled(items["maximum_order_quantity_micro"], -1)
    smallest = np.maximum(-(-minimum // multiple) * multiple, multiple)
    fixed = np.where(items["lot_sizing"] == "fixed_order_quantity", _filled(items["fixed_order_quantity_micro"], 0), 0)
    lot = _common_multiple(fixed, step)
    # an order of fixed lots is split between lots, not inside one
    unit = np.where((lot % multiple == 0) & (lot <= maximum), lot, multiple)
    part = np.where(maximum > 0, np.maximum(maximum // unit * unit, smallest), -1)
    rate, cost = _filled(items["carrying_rate_micro"], 0), _filled(items["standard_cost_micro"], 0)
    return LotParameters(
        safety=items["safety_stock_micro"].to_numpy(dtype=np.int64),
        step=step,
        minimum=minimum,
        multiple=multiple,
        part=part,
        lot=lot,
        order_up_to=_filled(items["order_up_to_micro"], -1),
        yield_rate=items["yield_rate_micro"].to_numpy(dtype=np.int64),
        period_days=_filled(items["period_days"], -1),
        ordering_cost=_filled(items["ordering_cost_micro"], 0) / MICRO,
        carrying_cost=(rate / MICRO) * (cost / MICRO) / DAYS_A_YEAR,
    )


class _Needs:
    """Net requirements of some items as a table: one line an item, one column a movement, 0 behind the last."""

    def __init__(self, row: np.ndarray, quantity: np.ndarray):
        self.row, self.quantity = row, quantity


def _net_needs(items: np.ndarray, movements: Movements, on_hand: np.ndarray) -> _Needs:
    """What each movement adds to the shortage, if it were ordered lot for lot."""
    starts, counts = movements.starts[items], np.diff(movements.starts)[items]
    column = np.arange(counts.max(initial=0))
    real = column < counts[:, None]
    row = np.where(real, starts[:, None] + column, starts[:, None])
    change = np.where(real, (movements.receipts - movements.gross)[row], 0)
    available = on_hand[items][:, None] + np.cumsum(change, axis=1)
    safety = np.where(real, movements.safety[row], 0)
    short = np.maximum.accumulate(np.maximum(safety - available, 0), axis=1)
    return _Needs(row, np.where(real, np.diff(short, axis=1, prepend=0), 0))


def _cheapest_groups(need: np.ndarray, day: np.ndarray, ordering_cost: np.ndarray, carrying_cost: np.ndarray):
    """For each need the column of the last one ordered together with it; items side by side."""
    count, width = need.shape
    total = np.concatenate([np.zeros((count, 1)), np.cumsum(need, axis=1)], axis=1)
    moment = np.concatenate([np.zeros((count, 1)), np.cumsum(need * day, axis=1)], axis=1)
    best = np.zeros((count, width + 1))
    first = np.zeros((count, width), dtype=np.int64)
    for end in range(width):
        held = moment[:, end + 1, None] - moment[:, : end + 1]
        held -= day[:, : end + 1] * (total[:, end + 1, None] - total[:, : end + 1])
        cost = best[:, : end + 1] + ordering_cost[:, None] + carrying_cost[:, None] * held
        lowest = cost.min(axis=1)
        # of equally cheap plans the one with fewer orders, whatever the last bits of the floats say
        first[:, end] = np.argmax(cost <= lowest[:, None] * (1 + 1e-12) + 1e-9, axis=1)
        best[:, end + 1] = np.where(need[:, end] > 0, lowest, best[:, end])
        first[:, end] = np.where(need[:, end] > 0, first[:, end], end)
    last = np.broadcast_to(np.arange(width), need.shape).copy()
    group_end = np.full(count, width - 1)
    every = np.arange(count)
    for column in range(width - 1, -1, -1):
        last[:, column] = group_end
        opens = first[every, group_end] == column
        group_end = np.where(opens, column - 1, group_end)
    return last


def _items_of(rows: np.ndarray, movements: Movements) -> np.ndarray:
    return np.searchsorted(movements.starts, rows, side="right") - 1


def _filled(column: pd.Series, blank: int) -> np.ndarray:
    return column.fillna(blank).to_numpy(dtype=np.int64)


def _common_multiple(quantity: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The smallest whole number of steps that is a multiple of the quantity; the step itself where there is none."""
    quantity = np.where(quantity > 0, quantity, step)
    factor = step // np.gcd(quantity, step)
    return multiply_divide(quantity, factor, 1)
