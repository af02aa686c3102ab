"""What accepted demand takes of stock, receipts and work centers, and by when: the rest is available to promise.

Level by level, each item's demand is set against what is there and what is coming, by date. A shortage waits for a
receipt that comes within the item's own lead time; what is still missing is ordered anew, as late as it can be, and
asks for components when that order starts (today at the earliest) and for hours of work centers in that week. So an
order of next month holds what it needs next month: stock that a receipt replaces in time stays free today.

What is free on a day is the least that is left on that day or any later one, accepted demand served. That is the
textbook's cumulative available-to-promise, taken level by level.
"""

from datetime import date

import numpy as np
import pandas as pd

from calculations.errors import QuantityOverflow
from calculations.exact import MICRO, SAFE_PRODUCT, multiply_divide
from calculations.item_supply import ItemSupply, firm_orders
from calculations.lead_times import LeadTimes
from calculations.order_holdings import held_by_orders
from calculations.product_structure import ProductStructure, up_to_step
from calculations.row_ranges import ranges
from calculations.working_days import DAY, WorkingDays

FAR = 2**60
# Item, day and micro-units side by side.
Rows = tuple[np.ndarray, np.ndarray, np.ndarray]
NOTHING: Rows = (np.zeros(0, dtype=np.int64),) * 3
# Orders, what is done of them, their components, and what of these was drawn.
OPEN_ORDERS = (
    ("work_orders", ("completed_quantity_micro", "scrapped_quantity_micro"), "work_order_components",
     "issued_quantity_micro"),
    ("subcontract_orders", ("received_quantity_micro",), "subcontract_order_components", "sent_quantity_micro"),
)  # fmt: skip


class AcceptedDemand:
    """Serves accepted demand of a world from the supply of its items.

    Args:
        world: items, calendar and the open work, subcontract and firm planned orders, whose components are demand too.
        supply: what is there and coming; nothing claimed yet. policies: resolved.
    """

    def __init__(
        self,
        world: dict,
        as_of: date,
        policies: dict,
        structure: ProductStructure,
        supply: ItemSupply,
        lead_times: LeadTimes,
    ):
        self._world, self._structure, self._supply, self._lead_times = world, structure, supply, lead_times
        self._today = supply.today
        self._calendar = WorkingDays(world["calendar"])
        self._levels = structure.low_level_codes()
        self._bills = structure.bill_arrays()
        self._steps = np.array(structure.steps, dtype=np.int64)
        self._yields = world["items"]["yield_rate_micro"].to_numpy(dtype=np.int64)
        self._inspection = world["items"]["inspection_days"].to_numpy(dtype=np.int64)
        self._made = np.array([kind != "buy" for kind in structure.sourcing], dtype=bool)
        self._ignored = self._bills.phantom & (policies["phantom_stock"] != "consume")
        self._lead = np.where(self._bills.phantom, 0, lead_times.fixed_days())
        self._waiting: dict[int, list[Rows]] = {}
        self._passing: dict[int, list[Rows]] = {}
        self._started: list[Rows] = []

    def serve(self, lines: pd.DataFrame) -> Rows:
        """Take what order lines and open orders need out of the supply, which keeps only what is free.

        Args:
            lines: item (known), open_micro, due_date of accepted demand.
        Returns:
            Item, start day and quantity of the new orders to make something that this needs.
        Raises:
            QuantityOverflow: sums too large to count.
        """
        self._ask(self._structure.positions_of(lines["item"]), _days(lines["due_date"]), lines["open_micro"].to_numpy())
        for tables in OPEN_ORDERS:
            self._ask(*self._components_of_orders(*tables))
        self._ask_for_components(*self._firm_starts())
        for level in range(int(self._levels.max(initial=0)) + 1):
            self._serve_level(_joined(self._waiting.pop(level, [])), _joined(self._passing.pop(level, [])))
        return _joined(self._started)

    def _ask(self, item: np.ndarray, day: np.ndarray, quantity: np.ndarray, passing: bool = False) -> None:
        wanted = (item >= 0) & (quantity > 0)
        item, day, quantity = item[wanted], np.maximum(day[wanted], self._today), quantity[wanted]
        levels = self._levels[item]
        for level in np.unique(levels).tolist():
            rows = levels == level
            target = self._passing if passing else self._waiting
            target.setdefault(level, []).append((item[rows], day[rows], quantity[rows]))

    def _ask_for_components(self, item: np.ndarray, day: np.ndarray, quantity: np.ndarray) -> None:
        """What orders ask of their components on the day they start; none for an item without a bill."""
        starts, ends = self._bills.starts[item], self._bills.ends[item]
        lines = ranges(starts, ends)
        component = self._bills.component[lines]
        # the fraction of a phantom goes on to its components, which are rounded themselves
        steps = np.where(self._bills.phantom, 1, self._steps)
        needed = self._bills.needs(lines, np.repeat(quantity, ends - starts), steps)
        day = np.repeat(day, ends - starts)
        for passing in (False, True):
            rows = self._ignored[component] == passing
            self._ask(component[rows], day[rows], needed[rows], passing)

    def _serve_level(self, demand: Rows, passing: Rows) -> None:
        short = NOTHING
        if len(demand[0]):
            short = self._net(*demand)
        item, day, quantity = (np.concatenate(pair) for pair in zip(short, passing, strict=True))
        if len(item):
            self._order_anew(item, day, quantity)

    def _net(self, item: np.ndarray, day: np.ndarray, quantity: np.ndarray) -> Rows:
        """Leave what is free of these items; returns what has to be ordered anew: item, day needed, quantity."""
        touched, total = _sums(item, quantity)
        to_come = self._supply.receipts(touched)
        on_hand = np.array([self._supply.on_hand[position] for position in touched.tolist()], dtype=np.int64)
        item = np.concatenate([touched, to_come[0], item])
        day = np.concatenate([np.full(len(touched), self._supply.on_hand_day), to_come[1], day])
        delta = np.concatenate([on_hand, to_come[2], -quantity])
        if np.abs(delta.astype(float)).sum() > SAFE_PRODUCT:
            raise QuantityOverflow("demand and supply are too large to count exactly (9.2 × 10¹²); use a larger unit")
        item, day, delta = _by_day(item, day, delta)
        segment = np.searchsorted(touched, item)
        first = np.searchsorted(item, touched)
        running = np.cumsum(delta)
        left = running - np.append(0, running)[first][segment]
        self._leave(touched, first, day, _least_from_here(left, segment))
        return self._shortages(touched, total, segment, day, left)

    def _leave(self, touched: np.ndarray, first: np.ndarray, day: np.ndarray, free: np.ndarray) -> None:
        rises = np.diff(free, prepend=0) > 0
        rises[first] = True
        kept = np.flatnonzero(rises)
        bounds = np.append(np.searchsorted(kept, first), len(kept)).tolist()
        day, free = day[kept].tolist(), free[kept].tolist()
        for place, position in enumerate(touched.tolist()):
            rows = slice(bounds[place], bounds[place + 1])
            self._supply.leave(position, day[rows], free[rows])

    def _shortages(self, touched, total, segment, day, left) -> Rows:
        """What receipts within the lead time do not cover, by the day it is needed."""
        earliest = self._earliest(touched, total)
        within = day <= earliest[segment]
        last = np.searchsorted(segment, np.arange(len(touched))) + np.bincount(segment, within).astype(np.int64) - 1
        missing = np.maximum(-left, 0)
        wanted = _most_so_far(missing, segment)
        covered_late = (wanted - missing)[last]
        beyond = _most_so_far(np.where(within & (np.arange(len(day)) != last[segment]), 0, missing), segment)
        anew = np.where(within, np.maximum(wanted - covered_late[segment], 0), beyond)
        anew[earliest[segment] >= FAR] = 0
        increase = np.diff(anew, prepend=0)
        begins = np.diff(segment, prepend=-1) > 0
        increase[begins] = anew[begins]
        rows = np.flatnonzero(increase > 0)
        return touched[segment[rows]], day[rows], increase[rows]

    def _earliest(self, item: np.ndarray, quantity: np.ndarray) -> np.ndarray:
        """The first day on which an order placed today could be there; FAR without a lead time."""
        lead = self._lead_of(item, quantity)
        known = lead >= 0
        days = np.full(len(item), FAR, dtype=np.int64)
        days[known] = self._on(np.full(int(known.sum()), self._today), lead[known])
        ready = known & ~self._bills.phantom[item]
        days[ready] = self._on(days[ready], self._inspection[item[ready]])
        return days

    def _order_anew(self, item: np.ndarray, day: np.ndarray, quantity: np.ndarray) -> None:
        """Ask for components and hours of what must be made, on the latest day it can start."""
        phantom = self._bills.phantom[item]
        rows = np.flatnonzero(self._made[item] | phantom)
        item, day, quantity, phantom = item[rows], day[rows], quantity[rows], phantom[rows]
        start = multiply_divide(quantity, MICRO, self._yields[item], "up")
        quantity = np.where(phantom, quantity, up_to_step(start, self._steps[item]))
        before = self._lead_of(item, quantity) + self._inspection[item]
        back = np.flatnonzero(~phantom)
        moved = self._calendar.subtract(day[back].astype(DAY), before[back]).astype(np.int64)
        day = day.copy()
        day[back] = np.maximum(moved, self._today)
        self._started.append((item[back], day[back], quantity[back]))
        self._ask_for_components(item, day, quantity)

    def _lead_of(self, item: np.ndarray, quantity: np.ndarray) -> np.ndarray:
        """Working days to make or buy so much; −1 where nothing says."""
        lead = self._lead[item]
        for row in np.flatnonzero(lead < 0).tolist():
            days = self._lead_times.days(int(item[row]), int(quantity[row]))
            lead[row] = -1 if days is None else days
        return lead

    def _on(self, day: np.ndarray, count: np.ndarray) -> np.ndarray:
        """Days moved on by working days; a day off stays where there is nothing to wait for."""
        moved = self._calendar.add(day.astype(DAY), count).astype(np.int64)
        return np.where(count > 0, moved, day)

    def _components_of_orders(self, orders: str, done: tuple[str, ...], components: str, drawn: str) -> Rows:
        """What open orders still draw: their component rows, or the bill of what is left less what they hold."""
        rows = self._world[orders]
        left = rows["quantity_micro"] - sum(rows[column] for column in done)
        rows, left = rows[left > 0], left[left > 0]
        item = self._structure.positions_of(rows["item"])
        day = self._drawn_on(rows, item)
        listed = self._world[components]
        place = pd.Index(rows["order"]).get_indexer(listed["order"])
        listed, place = listed[place >= 0], place[place >= 0]
        parts = [(self._structure.positions_of(listed["item"]), day[place],
                  (listed["quantity_micro"] - listed[drawn]).to_numpy())]  # fmt: skip
        bare = np.flatnonzero(~rows["order"].isin(listed["order"]).to_numpy() & (item >= 0))
        bare = bare[self._made[item[bare]]]
        starts, ends = self._bills.starts[item[bare]], self._bills.ends[item[bare]]
        lines, of = ranges(starts, ends), np.repeat(bare, ends - starts)
        component = self._bills.component[lines]
        needed = self._bills.needs(lines, left.to_numpy()[of], self._steps)
        codes = np.array(self._structure.codes, dtype=object)[component]
        held = held_by_orders(self._world["stock"], components, rows["order"].to_numpy(dtype=object)[of], codes)
        return _joined([*parts, (component, day[of], needed - held)])

    def _drawn_on(self, orders: pd.DataFrame, item: np.ndarray) -> np.ndarray:
        """The day on which orders draw their components: their start, or one lead time before they are due."""
        if "start_date" in orders:
            return _days(orders["start_date"])
        lead = np.where(item >= 0, np.maximum(np.append(self._lead, 0)[item], 0), 0)
        return self._calendar.subtract(_days(orders["due_date"]).astype(DAY), lead).astype(np.int64)

    def _firm_starts(self) -> Rows:
        planned = self._world.get("planned_orders")
        if planned is None or not len(planned):
            return NOTHING
        firm = firm_orders(planned)
        firm = firm[firm["kind"] != "purchase"]
        item = self._structure.positions_of(firm["item"])
        known = item >= 0
        day, quantity = _days(firm["release_date"]), firm["quantity_micro"].to_numpy(dtype=np.int64)
        return item[known], day[known], quantity[known]


def _days(dates: pd.Series) -> np.ndarray:
    return dates.to_numpy().astype(DAY).astype(np.int64)


def _joined(parts: list[Rows]) -> Rows:
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True)) if parts else NOTHING


def _sums(item: np.ndarray, quantity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    touched, place = np.unique(item, return_inverse=True)
    total = np.zeros(len(touched), dtype=np.int64)
    np.add.at(total, place, quantity)
    return touched, total


def _by_day(item: np.ndarray, day: np.ndarray, delta: np.ndarray) -> Rows:
    """One row for each item and day, in that order; supply and demand of a day are settled together."""
    order = np.lexsort((day, item))
    item, day, delta = item[order], day[order], delta[order]
    starts = np.flatnonzero((np.diff(item, prepend=-1) != 0) | (np.diff(day, prepend=day[0] - 1) != 0))
    return item[starts], day[starts], np.add.reduceat(delta, starts)


def _most_so_far(values: np.ndarray, segment: np.ndarray) -> np.ndarray:
    return pd.Series(values).groupby(segment, sort=False).cummax().to_numpy()


def _least_from_here(values: np.ndarray, segment: np.ndarray) -> np.ndarray:
    """The least of each value and those after it in its segment, never below zero."""
    backwards = pd.Series(values[::-1]).groupby(segment[::-1], sort=False).cummin().to_numpy()
    return np.maximum(backwards[::-1], 0)
