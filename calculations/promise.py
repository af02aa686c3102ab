"""Promise date: when each open order line can be delivered, nothing promised twice.

Lines are served by due date, priority and number. A line takes the stock and the receipts of its item that are there on
its requested date; goods in inspection are receipts. What is left goes through a forward pass over the levels: a new
order can start when its last component is there, in the first week in which its work centers have room, and takes its
lead time in working days, then its inspection days; a receipt that comes earlier than a new order would is used first.
Whatever a line takes, of its components and of the work centers' hours too, is gone for the next one, and so is what
open work and subcontract orders still need.

Safety stock, safety lead time and lot sizes are no part of a promise.
"""

from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from calculations.exact import MICRO
from calculations.item_supply import ItemSupply, firm_orders
from calculations.lead_times import LeadTimes
from calculations.order_lines import open_order_lines
from calculations.policies import resolve
from calculations.product_structure import ProductStructure, up_to_step
from calculations.week_room import Booking, WeekRoom
from calculations.working_days import WorkingDays

NEVER = np.iinfo(np.int64).min
FAR = 2**60


class Arrival(NamedTuple):
    """The day a quantity is there, and the item (its position) or work center that decides it; None: there today."""

    day: int
    cause: int | str | None


class Part(NamedTuple):
    """A part of a promise; the day is None when no supply is known."""

    day: int | None
    quantity: int
    decision: str
    cause: int | str | None


def promise_lines(world: dict, as_of: date, policies: dict) -> dict[str, pd.DataFrame]:
    """The earliest date for every open order line, and what decides it.

    Returns:
        promises: order, line, item, requested_date, promised_date, quantity_micro, decision, bottleneck; sorted as the
            lines are served, then by date. `accept`: all on the requested date. `later`: all on one later date.
            `partial`: one row for each part, what is there on the requested date first. A blank promised_date says that
            no supply is known: no stock, no receipt, no lead time. The bottleneck is the item whose lead time or
            receipt decides, or the work center without room; "" where nothing is late.
        refused: order lines that cannot be looked at.
    Raises:
        CyclicBillOfMaterials: an item contains itself; the message prints the path.
    """
    lines, refused = open_order_lines(world)
    return {"promises": Promising(world, as_of, policies).serve(lines), "refused": refused}


class Promising:
    """Serves one line after the other from the same supply.

    Args:
        world: what `ProductStructure`, `ItemSupply` and `LeadTimes` read. policies: as given, not yet resolved.
    """

    def __init__(self, world: dict, as_of: date, policies: dict):
        policies = resolve(policies, as_of)
        self.structure = ProductStructure(world, as_of, policies, planned_only=True)
        self.structure.refuse_cycles()
        self.supply = ItemSupply(world, as_of, policies, self.structure, with_inspection=True)
        self.today = self.supply.today
        self._lead_times = LeadTimes(world, as_of, self.structure)
        self._inspection_days = world["items"]["inspection_days"].tolist()
        self._yields = world["items"]["yield_rate_micro"].tolist()
        self._phantom_stock = policies["phantom_stock"] == "consume"
        self._working_days = WorkingDays(world["calendar"])
        self._added: dict[tuple[int, int], int] = {}
        self._journal: list[tuple[int, int] | Booking] = []
        self._room = WeekRoom(world, as_of, self.structure)
        self._without_source: int | None = None
        self._settled: dict[int, Arrival] = {}
        self._reserve_open_orders(world)

    def serve(self, lines: pd.DataFrame) -> pd.DataFrame:
        """Promises of the lines, as `promise_lines` returns them, served in the order in which they stand.

        Args:
            lines: order, line, item (known), open_micro > 0, due_date. Further columns are ignored.
        """
        positions = self.structure.positions_of(lines["item"]).tolist()
        requested = lines["due_date"].to_numpy().astype("datetime64[D]").astype(np.int64).tolist()
        places, parts = [], []
        for place, line in enumerate(zip(positions, lines["open_micro"].tolist(), requested, strict=True)):
            for part in self.promise(*line):
                places.append(place)
                parts.append(part)
        return _promise_rows(lines, np.array(places, dtype=np.int64), parts, self.structure.codes)

    def promise(self, position: int, quantity: int, requested: int) -> list[Part]:
        """The parts of one line's promise; together they are its quantity. What they take is gone."""
        self._journal.clear()
        first_day = max(requested, self.today)
        on_time = min(self.supply.free(position, first_day), quantity)
        self._claim(position, on_time)
        rest = quantity - on_time
        late = self._later(position, rest, first_day) if rest else []
        if not late:
            return [Part(first_day, quantity, "accept" if first_day == requested else "later", None)]
        decision = "partial" if on_time or len(late) > 1 else "later"
        first = [Part(first_day, on_time, decision, None)] if on_time else []
        return first + [Part(day, part, decision, cause) for day, part, cause in late]

    def _later(self, position: int, rest: int, first_day: int) -> list[tuple[int | None, int, int | None]]:
        """Day, quantity and cause of what is not there on the first day; nothing when a new order brings it by then."""
        before = len(self._journal)
        arrival = self._acquire(position, rest)
        if arrival is None:
            self._undo(before)
            return self._receipts_only(position, rest)
        return [] if arrival.day <= first_day else [(arrival.day, rest, arrival.cause)]

    def _receipts_only(self, position: int, rest: int) -> list[tuple[int | None, int, int | None]]:
        """What stock and receipts bring of an item that cannot be supplied anew, and what never comes."""
        coming = min(self.supply.free(position, FAR), rest)
        late = []
        if coming:
            late.append((self.supply.completed_by(position, coming)[0], coming, position))
            self._claim(position, coming)
        if coming < rest:
            late.append((None, rest - coming, self._without_source))
        return late

    def _acquire(self, position: int, quantity: int) -> Arrival | None:
        """When so much of an item is there; it is taken.

        Stock goes first, then receipts that come before a new order would, the rest is ordered anew. None when it is
        never there; the caller then takes everything back.
        """
        if position in self._settled:
            return self._settled[position]
        now = min(self.supply.free(position, self.today), quantity)
        self._claim(position, now)
        rest = quantity - now
        if not rest:
            return Arrival(self.today, None)
        if not self.supply.has_receipts(position):
            return self._new_order(position, rest)
        return self._with_receipts(position, rest)

    def _with_receipts(self, position: int, rest: int) -> Arrival | None:
        covered = self.supply.completed_by(position, rest)
        lead = self._lead_times.days(position, rest)
        if covered and lead is not None and covered[0] <= self._add(self.today, lead):
            self._claim(position, rest)
            return Arrival(covered[0], position)
        before = len(self._journal)
        new = self._new_order(position, rest)
        if new is None:
            self._undo(before)
        coming = min(self.supply.free(position, new.day if new else FAR), rest)
        if not coming:
            return new
        self._undo(before)
        day = self.supply.completed_by(position, coming)[0]
        self._claim(position, coming)
        if coming == rest:
            return Arrival(day, position)
        new = self._new_order(position, rest - coming)
        return new and max(new, Arrival(day, position), key=lambda arrival: arrival.day)

    def _new_order(self, position: int, quantity: int) -> Arrival | None:
        """When a new order of so much is in stock, with its components taken; None without a lead time.

        A phantom is never ordered: it is there when its components are.
        """
        if self.structure.is_phantom(position):
            return self._components(position, quantity)
        start_quantity = up_to_step(-(-quantity * MICRO // self._yields[position]), self.structure.steps[position])
        lead = self._lead_times.days(position, start_quantity)
        if lead is None:
            self._without_source = position
            return None
        start = Arrival(self.today, None)
        if self.structure.is_made(position):
            start = self._components(position, start_quantity)
            if start is None:
                return None
        if self._room.is_loaded(position):
            start = self._with_room(position, start_quantity, start)
        ready = self._add(self._add(start.day, lead), self._inspection_days[position])
        arrival = Arrival(ready, position if start.cause is None else start.cause)
        if self._is_settled(position):
            self._settled[position] = arrival
        return arrival

    def _with_room(self, position: int, quantity: int, start: Arrival) -> Arrival:
        """The start in the first week with room for the order's hours; they are taken."""
        day, full = self._room.start(position, quantity, start.day)
        self._journal.append(self._room.book(position, quantity, day))
        return Arrival(day, full) if full else start

    def _is_settled(self, position: int) -> bool:
        """Whether any further quantity arrives on the same day: all supply is taken, of the components too."""
        if not (self._lead_times.is_fixed(position) and self.supply.is_exhausted(position)):
            return False
        if self._room.is_loaded(position):
            return False
        if not self.structure.is_made(position):
            return True
        bill = self.structure.bill(position)
        return not self.structure.has_phantom(bill) and all(
            component.position in self._settled for component in bill.components
        )

    def _components(self, position: int, start_quantity: int) -> Arrival | None:
        latest = Arrival(self.today, None)
        for component, need in self._needs(position, start_quantity):
            arrival = self._acquire(component, need)
            if arrival is None:
                return None
            if arrival.day > latest.day:
                latest = arrival
        return latest

    def _needs(self, position: int, quantity: int) -> list[tuple[int, int]]:
        return self.structure.needs(self.structure.bill(position), quantity, self._free_phantom, self._claim)

    def _free_phantom(self, position: int) -> int:
        return self.supply.free(position, self.today) if self._phantom_stock else 0

    def _claim(self, position: int, quantity: int) -> None:
        self.supply.claimed[position] += quantity
        self._journal.append((position, quantity))

    def _undo(self, before: int) -> None:
        if len(self._journal) > before:
            self._settled.clear()
        while len(self._journal) > before:
            entry = self._journal.pop()
            if isinstance(entry, list):
                self._room.release(entry)
            else:
                self.supply.claimed[entry[0]] -= entry[1]

    def _add(self, day: int, count: int) -> int:
        if not count:
            return day
        if (day, count) not in self._added:
            moved = self._working_days.add(np.datetime64(day, "D"), count)
            self._added[day, count] = int(moved.astype("datetime64[D]").astype(np.int64))
        return self._added[day, count]

    def _reserve_open_orders(self, world: dict) -> None:
        """Claim what open orders still need, so that their components are not promised a second time."""
        work, sent = world["work_orders"], world["subcontract_orders"]
        self._reserve(
            work.assign(
                open_micro=work["quantity_micro"] - work["completed_quantity_micro"] - work["scrapped_quantity_micro"]
            ),
            world["work_order_components"],
            "issued_quantity_micro",
        )
        self._reserve(
            sent.assign(open_micro=sent["quantity_micro"] - sent["received_quantity_micro"]),
            world["subcontract_order_components"],
            "sent_quantity_micro",
        )
        planned = world.get("planned_orders")
        if planned is not None and len(planned):
            planned = firm_orders(planned)
            planned = planned[planned["kind"] != "purchase"]
            self._reserve_exploded(planned["item"], planned["quantity_micro"])

    def _reserve(self, orders: pd.DataFrame, components: pd.DataFrame, issued: str) -> None:
        orders = orders[orders["open_micro"] > 0]
        components = components[components["order"].isin(orders["order"])]
        needs = (components["quantity_micro"] - components[issued]).clip(lower=0)
        for position, need in zip(
            self.structure.positions_of(components["item"]).tolist(), needs.tolist(), strict=True
        ):
            if position >= 0:
                self.supply.claim(position, need)
        listed = orders["order"].isin(components["order"])
        self._reserve_exploded(orders.loc[~listed, "item"], orders.loc[~listed, "open_micro"])

    def _reserve_exploded(self, items: pd.Series, quantities: pd.Series) -> None:
        for position, quantity in zip(self.structure.positions_of(items).tolist(), quantities.tolist(), strict=True):
            if position >= 0 and self.structure.is_made(position):
                for component, need in self._needs(position, quantity):
                    self.supply.claim(component, need)


def _promise_rows(lines: pd.DataFrame, places: np.ndarray, parts: list[Part], codes: list[str]) -> pd.DataFrame:
    days = np.array([NEVER if part.day is None else part.day for part in parts], dtype=np.int64)
    taken = lines[["order", "line", "item", "due_date"]].take(places).reset_index(drop=True)
    return taken.rename(columns={"due_date": "requested_date"}).assign(
        promised_date=days.astype("datetime64[D]").astype("datetime64[s]"),
        quantity_micro=np.array([part.quantity for part in parts], dtype=np.int64),
        decision=pd.Series([part.decision for part in parts], dtype="str"),
        bottleneck=pd.Series([_named(part.cause, codes) for part in parts], dtype="str"),
    )


def _named(cause: int | str | None, codes: list[str]) -> str:
    return codes[cause] if isinstance(cause, int) else cause or ""
