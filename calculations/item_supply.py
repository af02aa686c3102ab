"""What is there of each item and what is still to come, served first come, first served.

A claim always takes the earliest supply that is left: whoever is served first has the earlier part of the item's
cumulative supply, so one counter per item says what is free on any day and when a quantity is complete.
"""

from bisect import bisect_left, bisect_right
from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import MICRO, multiply_divide, step_of
from calculations.product_structure import ProductStructure
from calculations.row_ranges import ranges
from calculations.working_days import WorkingDays

FIRM_STATES = ("approved", "firm")
ENDED_STATES = ("released", "rejected")


class ItemSupply:
    """Stock on hand, open receipts by date, and what has been claimed of them.

    Days are whole numbers (days since 1970-01-01). What is on hand lies on the day before `today`, so that a receipt
    due today is told from it.

    Args:
        world: stock, items, calendar and the open purchase, work, subcontract and firm planned orders.
        structure: gives the items their positions.
        with_inspection: goods that wait for inspection count as a receipt (docs/decisions/0003).
    """

    def __init__(
        self, world: dict, as_of: date, policies: dict, structure: ProductStructure, with_inspection: bool = False
    ):
        self.today = int(np.datetime64(as_of, "D").astype(np.int64))
        self.on_hand_day = self.today - 1
        count = len(structure.codes)
        stock = usable_stock(world, as_of, policies)
        positions = structure.positions_of(stock["item"])
        on_hand = np.zeros(count, dtype=np.int64)
        np.add.at(on_hand, positions[positions >= 0], stock["quantity_micro"].to_numpy()[positions >= 0])
        self.on_hand: list[int] = np.maximum(on_hand, 0).tolist()
        self.claimed: list[int] = [0] * count
        receipts = scheduled_receipts(world)
        if with_inspection:
            receipts = pd.concat([goods_in_inspection(world, as_of, policies), receipts], ignore_index=True)
        self._sort_receipts(receipts, structure)
        coming = np.append(0, np.cumsum(self._quantity))
        self._total: list[int] = (self.on_hand + coming[self._starts[1:]] - coming[self._starts[:-1]]).tolist()
        self._timelines: dict[int, tuple[list[int], list[int], list[str]]] = {}

    def timeline(self, position: int) -> tuple[list[int], list[int], list[str]]:
        """Days, cumulative micro-units and order numbers of the item's supply, what is on hand first."""
        if position not in self._timelines:
            rows = slice(self._starts[position], self._starts[position + 1])
            total = self.on_hand[position]
            cumulative = [total]
            for quantity in self._quantity[rows].tolist():
                total += quantity
                cumulative.append(total)
            days = [self.on_hand_day, *self._day[rows].tolist()]
            self._timelines[position] = (days, cumulative, ["", *self._order[rows].tolist()])
        return self._timelines[position]

    def receipts(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Position, day and micro-units of what is still to come of the items, by item and day."""
        starts = np.asarray(self._starts)
        rows = ranges(starts[positions], starts[positions + 1])
        return np.repeat(positions, starts[positions + 1] - starts[positions]), self._day[rows], self._quantity[rows]

    def leave(self, position: int, days: list[int], cumulative: list[int]) -> None:
        """Keep only so much of the item's supply: what others have a right to is out of sight.

        Args:
            days: from the day of what is on hand on. cumulative: micro-units by then, never less than before.
        """
        due, _, orders = self.timeline(position)
        names = [orders[bisect_right(due, day) - 1] for day in days]
        self._timelines[position] = (days, cumulative, names)
        self.on_hand[position], self._total[position] = cumulative[0], cumulative[-1]

    def has_receipts(self, position: int) -> bool:
        """Whether anything is still to come."""
        if position in self._timelines:
            return len(self._timelines[position][0]) > 1
        return self._starts[position + 1] > self._starts[position]

    def free(self, position: int, day: int) -> int:
        """Micro-units not yet claimed that are there at the end of the day."""
        if day < self.today:
            left = self.on_hand[position] - self.claimed[position]
        else:
            days, cumulative, _ = self.timeline(position)
            left = cumulative[bisect_right(days, day) - 1] - self.claimed[position]
        return left if left > 0 else 0

    def is_exhausted(self, position: int) -> bool:
        """Whether all there is and all to come is claimed."""
        return self.claimed[position] >= self._total[position]

    def claim(self, position: int, quantity_micro: int) -> None:
        """Take the earliest free supply; what is not there yet is claimed of what will come."""
        self.claimed[position] += quantity_micro

    def completed_by(self, position: int, quantity_micro: int) -> tuple[int, str] | None:
        """Day and order number with which `quantity_micro` more than is claimed will be there.

        The day is never before today; the order is "" for stock on hand; None when it never comes.
        """
        wanted = self.claimed[position] + quantity_micro
        if wanted > self._total[position]:
            return None
        days, cumulative, orders = self.timeline(position)
        place = bisect_left(cumulative, wanted)
        return max(days[place], self.today), orders[place]

    def _sort_receipts(self, receipts: pd.DataFrame, structure: ProductStructure) -> None:
        positions = structure.positions_of(receipts["item"])
        days = np.maximum(receipts["due_date"].to_numpy().astype("datetime64[D]").astype(np.int64), self.today)
        orders = receipts["order"].to_numpy(dtype=object)
        kept = np.flatnonzero(positions >= 0)
        # the frame is sorted by order, so a stable sort leaves equal days in the order of their numbers
        sort = kept[np.lexsort((days[kept], positions[kept]))]
        self._starts = np.searchsorted(positions[sort], np.arange(len(structure.codes) + 1)).tolist()
        self._day, self._order = days[sort], orders[sort]
        self._quantity = receipts["quantity_micro"].to_numpy()[sort]


def usable_stock(world: dict, as_of: date, policies: dict) -> pd.DataFrame:
    """Rows of stock that may be used: available, not expired, not in an excluded warehouse."""
    stock = world["stock"]
    usable = (stock["status"] == "available") & ~stock["warehouse"].isin(policies["excluded_warehouses"])
    stock = stock[usable]
    return stock[not_expired(world, stock, as_of)]


def not_expired(world: dict, stock: pd.DataFrame, as_of: date) -> np.ndarray:
    """Which rows of stock may still be used on a day, as their item's shelf life says."""
    items = world["items"]
    life = items.loc[items["shelf_life_days"].notna(), ["item", "shelf_life_days"]]
    usable = np.ones(len(stock), dtype=bool)
    perishable = np.flatnonzero((stock["item"].isin(life["item"]) & stock["received_date"].notna()).to_numpy())
    if len(perishable):
        rows = stock.iloc[perishable]
        days = life.set_index("item")["shelf_life_days"].astype("int64").loc[rows["item"]].to_numpy()
        last_day = WorkingDays(world["calendar"]).add(rows["received_date"].to_numpy(), days)
        usable[perishable[last_day < np.datetime64(as_of, "D")]] = False
    return usable


def goods_in_inspection(world: dict, as_of: date, policies: dict) -> pd.DataFrame:
    """Stock that waits for inspection, as receipts after the item's inspection days; see `scheduled_receipts`."""
    stock, items = world["stock"], world["items"]
    waiting = (stock["status"] == "inspection") & ~stock["warehouse"].isin(policies["excluded_warehouses"])
    place = pd.Index(items["item"]).get_indexer(stock["item"])
    waiting = stock[waiting & (place >= 0) & (stock["quantity_micro"] > 0)]
    days = items["inspection_days"].to_numpy()[pd.Index(items["item"]).get_indexer(waiting["item"])]
    ready = WorkingDays(world["calendar"]).add(np.full(len(waiting), np.datetime64(as_of, "D")), days)
    # goods without inspection days are ready as soon as they are looked at, on a day off too
    ready = np.where(days > 0, ready, np.datetime64(as_of, "D"))
    return pd.DataFrame(
        {
            "item": waiting["item"],
            "order": pd.Series("inspection", index=waiting.index, dtype="str"),
            "due_date": ready.astype("datetime64[s]"),
            "quantity_micro": waiting["quantity_micro"],
        }
    )


def scheduled_receipts(world: dict) -> pd.DataFrame:
    """What open orders will bring: kind, item, order, line, due_date, quantity_micro > 0, sorted by order.

    Purchase and subcontract orders bring what is not received yet, work orders what is neither completed nor
    scrapped, times the item's yield, rounded down; firm and approved planned orders count with them.
    """
    purchases, subcontracts = world["purchase_order_lines"], world["subcontract_orders"]
    frames = [
        _receipts("purchase_order", purchases, purchases["quantity_micro"] - purchases["received_quantity_micro"]),
        _receipts(
            "subcontract_order", subcontracts, subcontracts["quantity_micro"] - subcontracts["received_quantity_micro"]
        ),
        _work_order_receipts(world["work_orders"], world["items"]),
    ]
    planned = world.get("planned_orders")
    if planned is not None and len(planned):
        planned = firm_orders(planned)
        planned = planned.rename(columns={"number": "order"})
        frames.append(_receipts("planned_order", planned, planned["receipt_quantity_micro"]))
    frames = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(frames, ignore_index=True).sort_values(["order", "due_date"], kind="stable", ignore_index=True)


def firm_orders(planned: pd.DataFrame) -> pd.DataFrame:
    """Planned orders that a planning run keeps and that are no document yet."""
    firm = planned["firm"].astype(bool)
    if "state" in planned:
        firm = (firm | planned["state"].isin(FIRM_STATES)) & ~planned["state"].isin(ENDED_STATES)
    return planned[firm]


def completed_orders(planned: pd.DataFrame) -> pd.DataFrame:
    """Planned orders whose blank receipt quantity is the whole quantity, whose blank need date is the due date."""
    received = planned["receipt_quantity_micro"].fillna(planned["quantity_micro"]).astype("int64")
    return planned.assign(receipt_quantity_micro=received, need_date=planned["need_date"].fillna(planned["due_date"]))


def _receipts(kind: str, orders: pd.DataFrame, open_micro: pd.Series) -> pd.DataFrame:
    line = orders["line"] if "line" in orders else pd.Series(pd.NA, index=orders.index)
    frame = orders[["item", "order", "due_date"]].assign(
        kind=pd.Series(kind, index=orders.index, dtype="str"),
        line=line.astype("Int64"),
        quantity_micro=open_micro.astype("int64"),
    )
    return frame[frame["quantity_micro"] > 0]


def _work_order_receipts(orders: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    remaining = orders["quantity_micro"] - orders["completed_quantity_micro"] - orders["scrapped_quantity_micro"]
    place = pd.Index(items["item"]).get_indexer(orders["item"])
    known = place >= 0
    orders, remaining, place = orders[known], remaining[known], place[known]
    yields = items["yield_rate_micro"].to_numpy()[place]
    steps = step_of(items["decimals"].to_numpy(dtype=np.int64))[place]
    good = _times_yield(np.maximum(remaining.to_numpy(dtype=np.int64), 0), yields, steps)
    return _receipts("work_order", orders, pd.Series(good, index=orders.index))


def _times_yield(quantity: np.ndarray, yields: np.ndarray, steps: np.ndarray) -> np.ndarray:
    return multiply_divide(quantity, yields, MICRO, "down") // steps * steps
