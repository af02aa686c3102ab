"""Where an item comes from: which supplier on which day, at which price, and how long it takes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from calculations.bills_of_materials import EVERY_DAY, first_days, last_days
from calculations.exact import MICRO, multiply_divide
from calculations.lead_times import LONGEST_DAYS, USUAL_HOURS, too_long
from calculations.offer_order import by_preference
from calculations.row_ranges import ranges
from calculations.working_days import DAY, CalendarTable, WorkingDays

BLANK = -1


@dataclass(frozen=True)
class SupplySources:
    """Offers of suppliers by item, best priority first, and routings; days since 1970-01-01, -1 = blank.

    Subcontracted items are bought and made. `minimum`, `multiple` and `price` of an offer are per stocking unit.
    `lead_days` is the item's own lead time. From `break_quantity` on an offer has `break_price`; the breaks ascend.
    """

    kind: np.ndarray
    is_bought: np.ndarray
    is_made: np.ndarray
    lead_days: np.ndarray
    early_days: np.ndarray
    inspection_days: np.ndarray
    offer_starts: np.ndarray
    supplier: np.ndarray
    price: np.ndarray
    offer_lead: np.ndarray
    minimum: np.ndarray
    multiple: np.ndarray
    valid_from: np.ndarray
    valid_to: np.ndarray
    operation_starts: np.ndarray
    setup_hours: np.ndarray
    run_hours: np.ndarray
    capacity: np.ndarray
    work_center: np.ndarray
    break_starts: np.ndarray
    break_quantity: np.ndarray
    break_price: np.ndarray

    def prices(self, offer: np.ndarray, quantity: np.ndarray) -> np.ndarray:
        """Price of a stocking unit by each offer for so much of it, in micro-units of money; 0 without an offer.

        The price is that of the largest break that the quantity reaches, else the offer's own.
        """
        price = np.append(self.price, 0)[offer]
        rows = np.flatnonzero((offer >= 0) & (np.append(np.diff(self.break_starts), 0)[offer] > 0))
        of = offer[rows]
        place = self.break_starts[of].copy()
        going = np.arange(len(rows))
        while len(going):
            reached = place[going] < self.break_starts[of[going] + 1]
            going = going[reached]
            going = going[self.break_quantity[place[going]] <= quantity[rows[going]]]
            place[going] += 1
        broken = np.flatnonzero(place > self.break_starts[of])
        price[rows[broken]] = self.break_price[place[broken] - 1]
        return price

    @cached_property
    def _has_lasting_offer(self) -> np.ndarray:
        """Whether the best offer of an item is in force on every day, so that no other is ever asked."""
        first, has = self.offer_starts[:-1], np.diff(self.offer_starts) > 0
        lasting = np.append((self.valid_from <= 0) & (self.valid_to >= EVERY_DAY), False)
        return has & lasting[first]

    @cached_property
    def is_dated(self) -> np.ndarray:
        """Whether an item comes from suppliers and one of their offers begins after 1970 or ends."""
        bounded = (self.valid_from > 0) | (self.valid_to < EVERY_DAY)
        item = np.repeat(np.arange(len(self.kind)), np.diff(self.offer_starts))
        return (np.bincount(item, bounded, minlength=len(self.kind)) > 0) & self.is_bought

    def offer_of(self, item: np.ndarray, supplier: np.ndarray, day: int) -> np.ndarray:
        """The offer of this very supplier in force on the day; where he has none, the item's best one; else -1."""
        best = self.offers_on(day)[item]
        for row, (start, end) in enumerate(zip(self.offer_starts[item], self.offer_starts[item + 1], strict=True)):
            for offer in range(start, end):
                if self.supplier[offer] == supplier[row] and self.valid_from[offer] <= day <= self.valid_to[offer]:
                    best[row] = offer
                    break
        return best

    def offers_on(self, day: int) -> np.ndarray:
        """The best offer of each item in force on the day, else its best one ever; -1 where there is none."""
        count = len(self.kind)
        chosen = _first_in_force(self, np.arange(count), lambda rows, offer: np.full(len(rows), day))
        first = np.where(np.diff(self.offer_starts) > 0, self.offer_starts[:-1], BLANK)
        return np.where(chosen < 0, first, chosen)

    def schedule(
        self, item, quantity, need_day, as_of: int, calendar: WorkingDays, table: CalendarTable | None
    ) -> "Schedule":
        """Due and release day, supplier's offer and lead time of each order.

        An order is due its safety lead time and inspection days before the need; it is released its lead time before
        that. The supplier is the first by priority whose offer is in force on the release day (as_of, if that is past).
        """
        release, offer, lead = self.releases(item, quantity, need_day, as_of, calendar, table)
        return Schedule(self.due_days(item, need_day, calendar, table), release, offer, lead)

    def releases(
        self, item, quantity, need_day, as_of: int, calendar: WorkingDays, table: CalendarTable | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Release day, supplier's offer and lead time of each order; see `schedule`."""
        lead, offer = self.usual_lead[item], self.usual_offer[item]
        rows = np.flatnonzero(~self.is_usual[item])
        if len(rows):
            due = self.due_days(item[rows], need_day[rows], calendar, table)
            lead[rows], offer[rows] = self._chosen(item[rows], quantity[rows], due, as_of, calendar, table)
        days = self.days_ahead[item] + np.maximum(lead, 0)
        return step_back(calendar, need_day, days, table), offer, lead

    @cached_property
    def days_ahead(self) -> np.ndarray:
        """Working days before a need on which an order of an item is due: safety lead time and inspection."""
        return self.early_days + self.inspection_days

    @cached_property
    def usual_offer(self) -> np.ndarray:
        """The offer by which an item is bought on whatever day; -1 where there is none or it depends on the day."""
        return np.where(self.is_bought & self._has_lasting_offer, self.offer_starts[:-1], BLANK)

    @cached_property
    def usual_lead(self) -> np.ndarray:
        """Lead time of an item whatever the day and the quantity; -1 where there is none or it depends on them."""
        from_offer = np.append(self.offer_lead, BLANK)[self.usual_offer]
        return np.where(self.lead_days == BLANK, from_offer, self.lead_days)

    @cached_property
    def is_usual(self) -> np.ndarray:
        """Whether offer and lead time of an item depend neither on the day nor on the quantity."""
        no_choice = ~self.is_bought | self._has_lasting_offer | (np.diff(self.offer_starts) == 0)
        return no_choice & (self.is_bought | (self.lead_days != BLANK) | (np.diff(self.operation_starts) == 0))

    def _chosen(self, item, quantity, due, as_of: int, calendar: WorkingDays, table: CalendarTable | None):
        """Lead time and offer of orders due on these days, of any item."""
        lead, offer = self.lead_days[item], np.full(len(item), BLANK, dtype=np.int64)
        made = np.flatnonzero(~self.is_bought[item] & (lead == BLANK))
        lead[made] = self.routing_days(item[made], quantity[made])
        bought = np.flatnonzero(self.is_bought[item])

        def released(rows, candidate):
            own = lead[bought[rows]]
            days = np.where(own >= 0, own, np.maximum(self.offer_lead[candidate], 0))
            return np.maximum(step_back(calendar, due[bought[rows]], days, table), as_of)

        offer[bought] = _first_in_force(self, item[bought], released)
        from_offer = np.flatnonzero((lead == BLANK) & (offer >= 0))
        lead[from_offer] = self.offer_lead[offer[from_offer]]
        return lead, offer

    def due_days(self, item, need_day, calendar: WorkingDays, table: CalendarTable | None) -> np.ndarray:
        """When an order for a need of each item is due: its safety lead time and inspection days earlier."""
        return step_back(calendar, need_day, self.days_ahead[item], table)

    def routing_days(self, item: np.ndarray, quantity: np.ndarray) -> np.ndarray:
        """Working days of the routing for a quantity, -1 without routing: setup + run × quantity over daily hours."""
        row, step = self.operations_of(item)
        # a work center without hours says nothing about days
        row, step = row[self.capacity[step] > 0], step[self.capacity[step] > 0]
        if not len(row):
            return np.full(len(item), BLANK, dtype=np.int64)
        days = multiply_divide(self.hours(step, quantity[row]), MICRO, self.capacity[step])
        endless = np.flatnonzero(days > LONGEST_DAYS * MICRO)
        if len(endless):
            raise too_long(quantity[row[endless[0]]], f"at work center {self.work_center[step[endless[0]]]}")
        total, count = np.zeros(len(item), dtype=np.int64), np.bincount(row, minlength=len(item))
        np.add.at(total, row, days)
        # half a micro-day of rounding an operation must not become a whole day
        return np.where(count > 0, -(-np.maximum(total - count, 0) // MICRO), BLANK)

    def operations_of(self, item: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Operations of each row's item: row and operation, for each pair."""
        starts, ends = self.operation_starts[item], self.operation_starts[item + 1]
        return np.repeat(np.arange(len(item)), ends - starts), ranges(starts, ends)

    def hours(self, operation: np.ndarray, quantity: np.ndarray) -> np.ndarray:
        """Micro-hours of an operation for a quantity."""
        return self.setup_hours[operation] + multiply_divide(self.run_hours[operation], quantity, MICRO)


@dataclass(frozen=True)
class Schedule:
    """Dates of orders: days since 1970-01-01; offer and lead time -1 where there is none."""

    due: np.ndarray
    release: np.ndarray
    offer: np.ndarray
    lead: np.ndarray


def supply_sources(world: dict, items: pd.DataFrame) -> SupplySources:
    """Suppliers' offers and routings of the items, whose positions are the rows of `items`."""
    index = pd.Index(items["item"])
    offers, position = offers_of(world["supplier_items"], index)
    factor = stocking_units(offers, items["unit"].to_numpy()[position], world["unit_conversions"])
    operations, made = _known(world["operations"], index, ["operation"])
    breaks = _price_breaks(world.get("price_breaks"), offers, factor)
    centers = world["work_centers"]
    center = pd.Index(centers["work_center"]).get_indexer(operations["work_center"])
    return SupplySources(
        kind=items["sourcing"].to_numpy(dtype=object),
        is_bought=(items["sourcing"] != "make").to_numpy(),
        is_made=(items["sourcing"] != "buy").to_numpy(),
        lead_days=items["lead_time_days"].fillna(BLANK).to_numpy(dtype=np.int64),
        early_days=items["safety_lead_time_days"].to_numpy(dtype=np.int64),
        inspection_days=items["inspection_days"].to_numpy(dtype=np.int64),
        offer_starts=np.searchsorted(position, np.arange(len(items) + 1)),
        supplier=offers["supplier"].to_numpy(dtype=object),
        price=multiply_divide(offers["price_micro"].to_numpy(), MICRO, factor),
        offer_lead=offers["lead_time_days"].fillna(BLANK).to_numpy(dtype=np.int64),
        minimum=_converted(offers["minimum_order_quantity_micro"], factor),
        multiple=_converted(offers["order_multiple_micro"], factor),
        valid_from=first_days(offers["effective_from"]),
        valid_to=last_days(offers["effective_to"]),
        operation_starts=np.searchsorted(made, np.arange(len(items) + 1)),
        setup_hours=operations["setup_hours_micro"].to_numpy(),
        run_hours=operations["run_hours_per_unit_micro"].to_numpy(),
        capacity=np.append(centers["capacity_hours_micro"].to_numpy(), USUAL_HOURS)[center],
        work_center=operations["work_center"].to_numpy(dtype=object),
        break_starts=breaks[0],
        break_quantity=breaks[1],
        break_price=breaks[2],
    )


def _price_breaks(breaks: pd.DataFrame | None, offers: pd.DataFrame, factor: np.ndarray) -> tuple[np.ndarray, ...]:
    """Where each offer's breaks begin, their quantities and prices per stocking unit, by offer and quantity."""
    none = np.zeros(0, dtype=np.int64)
    if breaks is None or breaks.empty:
        return np.zeros(len(offers) + 1, dtype=np.int64), none, none
    keys = offers[["supplier", "item"]].assign(offer=np.arange(len(offers)))
    rows = keys.merge(breaks, on=["supplier", "item"]).sort_values(["offer", "from_quantity_micro"], kind="stable")
    offer = rows["offer"].to_numpy()
    quantity = multiply_divide(rows["from_quantity_micro"].to_numpy(), factor[offer], MICRO, "up")
    price = multiply_divide(rows["price_micro"].to_numpy(), MICRO, factor[offer])
    return np.searchsorted(offer, np.arange(len(offers) + 1)), quantity, price


def step_back(
    calendar: WorkingDays, days: np.ndarray, count: np.ndarray, table: CalendarTable | None = None
) -> np.ndarray:
    """Days moved back to a working day and then so many working days, as whole numbers; a table makes it quicker."""
    found = table.subtract(days, count) if table is not None else None
    if found is not None:
        return found
    return calendar.subtract(days.astype(DAY), count).astype(np.int64)


def step_on(calendar: WorkingDays, days: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Days moved on to a working day and then so many working days, as whole numbers."""
    return calendar.add(days.astype(DAY), count).astype(np.int64)


def _first_in_force(sources: SupplySources, item: np.ndarray, day_of) -> np.ndarray:
    chosen = np.full(len(item), BLANK, dtype=np.int64)
    first, count = sources.offer_starts[item], np.diff(sources.offer_starts)[item]
    pending, rank = np.flatnonzero(count > 0), 0
    while len(pending):
        offer = first[pending] + rank
        day = day_of(pending, offer)
        good = (sources.valid_from[offer] <= day) & (day <= sources.valid_to[offer])
        chosen[pending[good]] = offer[good]
        rank += 1
        pending = pending[~good & (count[pending] > rank)]
    return chosen


def offers_of(offers: pd.DataFrame, index: pd.Index) -> tuple[pd.DataFrame, np.ndarray]:
    """Offers of known items by the item's position, as `SupplySources` numbers them, and these positions."""
    return _known(by_preference(offers), index, [])


def _known(rows: pd.DataFrame, index: pd.Index, sort: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of known items, sorted by the item's position and the columns; and those positions."""
    position = index.get_indexer(rows["item"])
    rows = rows.assign(position=position)[position >= 0].sort_values(["position", *sort], kind="stable")
    return rows, rows["position"].to_numpy(dtype=np.int64)


def stocking_units(offers: pd.DataFrame, unit: np.ndarray, conversions: pd.DataFrame) -> np.ndarray:
    """Stocking units in one purchase unit, in micro-units; 1 where no conversion is known or needed."""
    factor = np.full(len(offers), MICRO, dtype=np.int64)
    foreign = np.flatnonzero((offers["unit"] != "").to_numpy() & (offers["unit"].to_numpy() != unit))
    if not len(foreign) or conversions.empty:
        return factor
    table = {}
    for item, start, end, size in zip(
        conversions["item"], conversions["from_unit"], conversions["to_unit"], conversions["factor_micro"], strict=True
    ):
        table[item, start, end] = int(size)
        table.setdefault((item, end, start), MICRO * MICRO // int(size))
    for row, item, start in zip(
        foreign.tolist(), offers["item"].iloc[foreign], offers["unit"].iloc[foreign], strict=True
    ):
        end = unit[row]
        factor[row] = table.get((item, start, end)) or table.get(("", start, end)) or MICRO
    return factor


def _converted(quantity: pd.Series, factor: np.ndarray) -> np.ndarray:
    return multiply_divide(quantity.fillna(0).to_numpy(dtype=np.int64), factor, MICRO, "up")
