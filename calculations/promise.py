"""Promise date: when each open order line can be delivered, nothing promised twice.

Lines are served by due date, priority and number. A line takes the stock and the receipts of its item that are there on
its requested date; goods in inspection are receipts. What is left goes through a forward pass over the levels: a new
order can start when its last component is there, in the first week in which its work centers have room, and takes its
lead time in working days, then its inspection days; a receipt that comes earlier than a new order would is used first.
Whatever a line takes, of its components and of the work centers' hours too, is gone for the next one, and so is what
open work and subcontract orders still need. A new request comes after all demand that is accepted already, which keeps
what it needs when it needs it (`accepted_demand`).

An order that is delivered complete (`delivery_terms`) is served as a whole when its first line is, and all its lines
are promised for the day on which the last of them is there. One that will never be complete takes nothing.

Safety stock, safety lead time and lot sizes are no part of a promise.
"""

from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from calculations.accepted_demand import AcceptedDemand
from calculations.delivery_terms import lines_delivered_complete, served_together
from calculations.exact import MICRO
from calculations.item_supply import ItemSupply
from calculations.lead_times import LeadTimes
from calculations.order_lines import open_order_lines
from calculations.policies import resolve
from calculations.product_structure import ProductStructure, up_to_step
from calculations.reserved_stock import net_of_reserved
from calculations.week_room import Booking, WeekRoom
from calculations.working_days import WorkingDays

NEVER = np.iinfo(np.int64).min
FAR = 2**60
# What a new order of an item is, by how the item is sourced; and what kind of bottleneck each kind of wait is.
NEW_ORDERS = {"make": "production", "buy": "purchase", "subcontract": "subcontract"}
BOTTLENECK_KINDS = {
    "receipt": "material",
    "none": "material",
    "purchase": "supplier",
    "subcontract": "supplier",
    "production": "production",
    "components": "material",
}


class Wait(NamedTuple):
    """A step on the way to a promised day: a quantity of an item that is there on `day`, and what that waits for.

    `kind` is receipt (of order `reference`), purchase or subcontract (a new order at supplier `reference`), production
    (a new order to make it), components (of a phantom) or none (no supply is known). A new order begins on `start` and
    takes `days` working days; `full` is the work center without room before that. `below` is the component that
    decides the start.
    """

    position: int
    quantity: int
    kind: str
    day: int | None = None
    reference: str = ""
    start: int | None = None
    days: int = 0
    full: str = ""
    below: "Wait | None" = None


class Arrival(NamedTuple):
    """The day a quantity is there, and what decides it; None: it is there today."""

    day: int
    wait: Wait | None


class Part(NamedTuple):
    """A part of a promise; the day is None when no supply is known."""

    day: int | None
    quantity: int
    decision: str
    wait: Wait | None


def promise_lines(world: dict, as_of: date, policies: dict) -> dict[str, pd.DataFrame]:
    """The earliest date for every open order line, and what decides it.

    Returns:
        promises: order, line, item, requested_date, promised_date, quantity_micro, decision, bottleneck,
            bottleneck_kind; sorted as the lines are served, then by date. `accept`: all on the requested date.
            `later`: all on one later date. `partial`: one row for each part, what is there on the requested date first.
            A blank promised_date says that no supply is known: no stock, no receipt, no lead time. The bottleneck is
            the item whose lead time or receipt decides, or the work center without room; "" where nothing is late. Its
            kind is material (a receipt is awaited, or no supply is known), supplier (a new order takes that long),
            production (making it does) or work_center.
        refused: order lines that cannot be looked at.
    Raises:
        CyclicBillOfMaterials: an item contains itself; the message prints the path.
    """
    policies, world = resolve(policies, as_of), net_of_reserved(world, as_of)
    lines, refused = open_order_lines(world)
    complete = lines_delivered_complete(lines["order"], world["sales_orders"], world["customers"], policies)
    return {"promises": Promising(world, as_of, policies).serve(lines.assign(complete=complete)), "refused": refused}


class Promising:
    """Serves one line after the other from the same supply.

    Args:
        world: what `ProductStructure`, `ItemSupply` and `LeadTimes` read. policies: as given, not yet resolved.
        accepted: lines (as of `open_order_lines`) that are served before all others, each by the day it is due; None
            where all lines are served in turn. What open orders still draw is held in any case.
    """

    def __init__(self, world: dict, as_of: date, policies: dict, accepted: pd.DataFrame | None = None):
        policies = resolve(policies, as_of)
        self.structure = ProductStructure(world, as_of, policies, planned_only=True)
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
        self._without_source: Wait | None = None
        self._settled: dict[int, Arrival] = {}
        self._complete = policies["delivery"] == "complete"
        # a wait that is kept for the next line names the quantity of the line before it
        self._keeps_settled = accepted is None
        self._serve_first(world, as_of, policies, accepted)

    def serve(self, lines: pd.DataFrame) -> pd.DataFrame:
        """Promises of the lines, as `promise_lines` returns them, served in the order in which they stand.

        Args:
            lines: order, line, item (known), open_micro > 0, due_date; complete, whether the order is delivered only
                complete (without it: as the policy `delivery` says). Further columns are ignored.
        """
        return self.rows(lines, self.parts(lines))

    def parts(self, lines: pd.DataFrame) -> list[tuple[int, Part]]:
        """The parts of the promises of the lines, each with the place of its line; see `serve`."""
        positions = self.structure.positions_of(lines["item"]).tolist()
        requested = lines["due_date"].to_numpy().astype("datetime64[D]").astype(np.int64).tolist()
        asked = list(zip(positions, lines["open_micro"].tolist(), requested, strict=True))
        complete = lines["complete"].tolist() if "complete" in lines else [self._complete] * len(lines)
        found: list[tuple[int, Part]] = []
        for places in served_together(lines["order"].tolist(), complete):
            self._journal.clear()
            if complete[places[0]]:
                found += zip(places, self._at_once([asked[place] for place in places]), strict=True)
            else:
                found += [(places[0], part) for part in self._in_parts(*asked[places[0]])]
        return sorted(found, key=lambda part: part[0])

    def rows(self, lines: pd.DataFrame, parts: list[tuple[int, Part]]) -> pd.DataFrame:
        """The parts of promises as `promise_lines` returns them."""
        places = np.array([place for place, _ in parts], dtype=np.int64)
        return _promise_rows(lines, places, [part for _, part in parts], self.structure.codes)

    def _in_parts(self, position: int, quantity: int, requested: int) -> list[Part]:
        """The parts of one line's promise; together they are its quantity. What they take is gone."""
        first_day = max(requested, self.today)
        on_time = min(self.supply.free(position, first_day), quantity)
        self._claim(position, on_time)
        rest = quantity - on_time
        late = self._later(position, rest, first_day) if rest else []
        if not late:
            return [Part(first_day, quantity, "accept" if first_day == requested else "later", None)]
        decision = "partial" if on_time or len(late) > 1 else "later"
        first = [Part(first_day, on_time, decision, None)] if on_time else []
        return first + [part._replace(decision=decision) for part in late]

    def _at_once(self, asked: list[tuple[int, int, int]]) -> list[Part]:
        """One part for each line (position, quantity, requested day) of an order, all on the day the last is there."""
        lasts = [self._in_parts(*line)[-1] for line in asked]
        never = [part for part in lasts if part.day is None]
        decides = never[0] if never else max(lasts, key=lambda part: part.day)
        if never:
            self._undo(0)
        return [_with_the_order(last, decides, *line[1:]) for last, line in zip(lasts, asked, strict=True)]

    def _serve_first(self, world: dict, as_of: date, policies: dict, accepted: pd.DataFrame | None) -> None:
        """Hold what accepted lines need, and what open orders still draw, so that it is not promised a second time."""
        if accepted is None:
            accepted = pd.DataFrame({"item": [], "open_micro": np.zeros(0, dtype=np.int64), "due_date": []})
        demand = AcceptedDemand(world, as_of, policies, self.structure, self.supply, self._lead_times)
        orders = demand.serve(accepted)
        self._room.book_all(*(column.tolist() for column in orders))

    def _later(self, position: int, rest: int, first_day: int) -> list[Part]:
        """What is not there on the first day; nothing when a new order brings it by then."""
        before = len(self._journal)
        arrival = self._acquire(position, rest)
        if arrival is None:
            self._undo(before)
            return self._receipts_only(position, rest)
        return [] if arrival.day <= first_day else [Part(arrival.day, rest, "later", arrival.wait)]

    def _receipts_only(self, position: int, rest: int) -> list[Part]:
        """What stock and receipts bring of an item that cannot be supplied anew, and what never comes."""
        coming = min(self.supply.free(position, FAR), rest)
        late = []
        if coming:
            arrival = self._receipt(position, coming)
            late.append(Part(arrival.day, coming, "later", arrival.wait))
            self._claim(position, coming)
        if coming < rest:
            late.append(Part(None, rest - coming, "later", self._without_source))
        return late

    def _receipt(self, position: int, quantity: int) -> Arrival:
        """The receipt that completes so much, which must be free."""
        day, order = self.supply.completed_by(position, quantity)
        return Arrival(day, Wait(position, quantity, "receipt", day, order))

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
            arrival = self._receipt(position, rest)
            self._claim(position, rest)
            return arrival
        before = len(self._journal)
        new = self._new_order(position, rest)
        if new is None:
            self._undo(before)
        coming = min(self.supply.free(position, new.day if new else FAR), rest)
        if not coming:
            return new
        self._undo(before)
        received = self._receipt(position, coming)
        self._claim(position, coming)
        if coming == rest:
            return received
        new = self._new_order(position, rest - coming)
        return new and max(new, received, key=lambda arrival: arrival.day)

    def _new_order(self, position: int, quantity: int) -> Arrival | None:
        """When a new order of so much is in stock, with its components taken; None without a lead time.

        A phantom is never ordered: it is there when its components are.
        """
        if self.structure.is_phantom(position):
            start = self._components(position, quantity)
            return start and start._replace(wait=self._through(position, quantity, start))
        start_quantity = up_to_step(-(-quantity * MICRO // self._yields[position]), self.structure.steps[position])
        lead = self._lead_times.days(position, start_quantity)
        if lead is None:
            self._without_source = Wait(position, quantity, "none")
            return None
        made = self.structure.is_made(position)
        start = self._components(position, start_quantity) if made else Arrival(self.today, None)
        if start is None:
            self._without_source = Wait(position, start_quantity, "none", below=self._without_source)
            return None
        arrival = self._ordered(position, start_quantity, start, lead)
        if self._is_settled(position):
            self._settled[position] = arrival
        return arrival

    def _ordered(self, position: int, quantity: int, start: Arrival, lead: int) -> Arrival:
        """The arrival of an order that starts when its components are there and its work centers have room."""
        day, full = start.day, ""
        if self._room.is_loaded(position):
            day, full = self._room.start(position, quantity, start.day)
            self._journal.append(self._room.book(position, quantity, day))
        ready = self._add(self._add(day, lead), self._inspection_days[position])
        kind = NEW_ORDERS[self.structure.sourcing[position]]
        supplier = "" if kind == "production" else self._lead_times.supplier(position)
        below = None if full else start.wait
        return Arrival(ready, Wait(position, quantity, kind, ready, supplier, day, lead, full or "", below))

    def _through(self, position: int, quantity: int, start: Arrival) -> Wait | None:
        return start.wait and Wait(position, quantity, "components", start.day, below=start.wait)

    def _is_settled(self, position: int) -> bool:
        """Whether any further quantity arrives on the same day: all supply is taken, of the components too."""
        if not (self._keeps_settled and self._lead_times.is_fixed(position) and self.supply.is_exhausted(position)):
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


def _with_the_order(last: Part, decides: Part, quantity: int, requested: int) -> Part:
    """A line's promise on the day its whole order is there, and what that waits for: the line's own wait if it can."""
    if decides.day == requested:
        return Part(requested, quantity, "accept", None)
    return Part(decides.day, quantity, "later", last.wait if last.day == decides.day else decides.wait)


def _promise_rows(lines: pd.DataFrame, places: np.ndarray, parts: list[Part], codes: list[str]) -> pd.DataFrame:
    days = np.array([NEVER if part.day is None else part.day for part in parts], dtype=np.int64)
    taken = lines[["order", "line", "item", "due_date"]].take(places).reset_index(drop=True)
    return taken.rename(columns={"due_date": "requested_date"}).assign(
        promised_date=days.astype("datetime64[D]").astype("datetime64[s]"),
        quantity_micro=np.array([part.quantity for part in parts], dtype=np.int64),
        decision=pd.Series([part.decision for part in parts], dtype="str"),
        bottleneck=pd.Series([bottleneck(part.wait, codes)[0] for part in parts], dtype="str"),
        bottleneck_kind=pd.Series([bottleneck(part.wait, codes)[1] for part in parts], dtype="str"),
    )


def bottleneck(wait: Wait | None, codes: list[str]) -> tuple[str, str]:
    """What decides in the end, by name and kind; see `promise_lines`."""
    if wait is None:
        return "", ""
    while wait.below is not None:
        wait = wait.below
    return (wait.full, "work_center") if wait.full else (codes[wait.position], BOTTLENECK_KINDS[wait.kind])
