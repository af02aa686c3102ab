"""What of a forecast is left once customers have ordered: nothing is counted twice."""

import numpy as np

DAY_SPAN = np.int64(1) << 24


def unconsumed_forecast(
    item: np.ndarray,
    day: np.ndarray,
    quantity: np.ndarray,
    order_item: np.ndarray,
    order_day: np.ndarray,
    order_quantity: np.ndarray,
    backward_days: int,
    forward_days: int,
) -> np.ndarray:
    """Micro-units of each forecast row that no order has consumed.

    An order takes from the forecast of its day, then from the nearest earlier one at most `backward_days` calendar days
    before, then from the nearest later one at most `forward_days` after. Orders take in the order given.

    Args:
        item, day, quantity: forecasts sorted by item and day. order_*: orders, grouped in the order they consume.
    Source: forecast consumption as in APICS' dictionary, backward before forward.

    >>> one = np.zeros(2, dtype=np.int64)
    >>> unconsumed_forecast(one, np.array([1, 31]), np.array([50, 50]), one[:1], [20], [70], 30, 30).tolist()
    [0, 30]
    """
    left = np.array(quantity, dtype=np.int64)
    order_item, order_day = np.asarray(order_item), np.asarray(order_day)
    wanted = np.asarray(order_quantity, dtype=np.int64)
    by_item = np.argsort(order_item, kind="stable")
    order_item, order_day, wanted = order_item[by_item], order_day[by_item], wanted[by_item]
    key = item * DAY_SPAN + day
    # the k-th order of every item in one go: no two of them meet the same forecast
    turn = np.arange(len(order_item)) - np.searchsorted(order_item, order_item)
    by_turn = np.argsort(turn, kind="stable")
    turns = np.searchsorted(turn[by_turn], np.arange(turn.max(initial=-1) + 2))
    for start, end in zip(turns[:-1].tolist(), turns[1:].tolist(), strict=True):
        rows = by_turn[start:end]
        here = np.searchsorted(key, order_item[rows] * DAY_SPAN + order_day[rows], side="right")
        open_quantity = wanted[rows]
        earliest, latest = order_day[rows] - backward_days, order_day[rows] + forward_days
        _consume(left, item, day, order_item[rows], here - 1, -1, earliest, latest, open_quantity)
        _consume(left, item, day, order_item[rows], here, 1, earliest, latest, open_quantity)
    return left


def _consume(left, item, day, of_item, place, step, earliest, latest, open_quantity) -> None:
    """Walk from each place while the item, the window and something open allow; takes from left and open_quantity."""
    rows = np.arange(len(place))
    place = place.copy()
    while True:
        at = place[rows]
        inside = (at >= 0) & (at < len(left))
        at = np.where(inside, at, 0)
        going = inside & (open_quantity[rows] > 0)
        if len(left):
            going &= (item[at] == of_item[rows]) & (day[at] >= earliest[rows]) & (day[at] <= latest[rows])
        rows = rows[going]
        if not len(rows):
            return
        at = place[rows]
        taken = np.minimum(left[at], open_quantity[rows])
        left[at] -= taken
        open_quantity[rows] -= taken
        place[rows] += step
