"""A plan as arrays, as the solver leaves it; what is asked for rarely is made when it is."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from calculations.netting import LotParameters, Movements
from calculations.plan_book import Asked, Moves, Orders, Served
from calculations.planning_inputs import PLANNED, STOCK, SUGGESTED, Needs, PlanningInputs, joined
from calculations.planning_network import PlanningNetwork
from calculations.supply_sources import BLANK, Schedule


@dataclass(frozen=True)
class Netting:
    """The terms of the projected available quantity after each movement, micro-units.

    `before` is available before anything is ordered that day, `net` what is missing to the safety stock, `covered` the
    shortage of the whole time the order covers, `ordered` the quantity to start, `received` what it brings.
    """

    before: np.ndarray
    net: np.ndarray
    covered: np.ndarray
    ordered: np.ndarray
    received: np.ndarray
    projected: np.ndarray


@dataclass(frozen=True)
class PlannedOrders:
    """Suggested orders, sorted by low-level code, item and need day; `movement` is the row of the plan's movements.

    `minimum`, `multiple` and `part` are the limits each was ordered with, as in `LotParameters`.
    """

    item: np.ndarray
    need: np.ndarray
    quantity: np.ndarray
    received: np.ndarray
    priority: np.ndarray
    movement: np.ndarray
    minimum: np.ndarray
    multiple: np.ndarray
    part: np.ndarray
    schedule: Schedule
    bill: np.ndarray


@dataclass(frozen=True)
class Pegging:
    """Pegs as rows of `supply` and of the plan's needs; and what stands behind each supply.

    `supply_kind` and `supply_ref` name a supply: a receipt's or a planned order's row, -1 of stock.
    """

    supply: np.ndarray
    demand: np.ndarray
    quantity: np.ndarray
    needs: Needs
    supply_item: np.ndarray
    supply_kind: np.ndarray
    supply_ref: np.ndarray
    planned: np.ndarray


@dataclass(frozen=True)
class Plan:
    """A plan as arrays: movements by item and day with the terms of the netting, needs, orders and pegs.

    Items stand in the order of planning: by low-level code, then by position. What is asked for rarely is made from
    the solver's own columns (`raw_…`) when it is. `special` says of each low-level code whether needs may have passed
    through phantoms or to substitutes; `passed` are those.
    """

    inputs: PlanningInputs
    network: PlanningNetwork
    lots: LotParameters
    raw_orders: Orders
    raw_moves: Moves
    raw_asked: Asked
    raw_served: Served
    move_count: np.ndarray
    asked_count: np.ndarray
    special: list[bool]
    passed: list[Needs]
    substitutions: list[tuple[int, int, int, int]]

    @property
    def codes(self) -> np.ndarray:
        """Low-level code by item."""
        return self.network.codes

    @cached_property
    def safety_today(self) -> np.ndarray:
        """Safety stock by item on as_of; 0 of phantoms."""
        every = np.arange(len(self.lots.safety))
        return self.inputs.safety.on(every, np.full(len(every), self.inputs.as_of), self.lots.safety)

    @cached_property
    def item(self) -> np.ndarray:
        """Item of each movement."""
        return np.repeat(self.network.sequence, self.move_count)

    @cached_property
    def movements(self) -> Movements:
        """What is required and what comes, by item and day."""
        counts = self.move_count[self.move_count > 0]
        moves, day = self.raw_moves, self.raw_moves.day.astype(np.int64)
        starts = np.append(np.cumsum(counts) - counts, len(day))
        before = np.empty(len(day), dtype=np.int64)
        before[1:] = moves.projected[:-1]
        before[starts[:-1]] = self.inputs.on_hand[self.item[starts[:-1]]]
        # what the projection does not owe to orders and requirements came in
        receipts = moves.projected - before - self._received + moves.gross
        safety = self.inputs.safety.on(self.item, day, self.lots.safety)
        return Movements(starts, day, day, moves.gross, receipts, safety)

    @cached_property
    def _received(self) -> np.ndarray:
        """What the orders of each movement bring."""
        return self._by_movement(self.raw_orders.received)

    def _by_movement(self, quantity: np.ndarray) -> np.ndarray:
        total = np.zeros(len(self.raw_moves.day), dtype=np.int64)
        np.add.at(total, self.raw_orders.movement, quantity)
        return total

    @cached_property
    def netting(self) -> Netting:
        """The netting of each movement."""
        moves, before = self.raw_moves, self.raw_moves.projected - self._received
        missing = self.movements.safety - before
        net = np.where(missing > (self.lots.step[self.item] > 1), missing, 0)
        covered = np.where(moves.covered == 0, net, moves.covered)
        ordered = self._by_movement(self.raw_orders.quantity)
        return Netting(before, net, covered, ordered, self._received, moves.projected)

    @cached_property
    def orders(self) -> PlannedOrders:
        """The planned orders with the limits they were ordered with."""
        raw = self.raw_orders
        every = slice(None)
        offer, lead, movement = (column.astype(np.int64) for column in (raw.offer, raw.lead, raw.movement))
        item, need = _taken(self.item, movement), _taken(self.movements.day, movement)
        due = self.inputs.sources.due_days(item, need, self.inputs.calendar, self.network.calendar)
        schedule = Schedule(due, raw.releases(every), offer, lead)
        minimum, multiple, part = (getattr(self.lots, name)[item] for name in ("minimum", "multiple", "part"))
        dated = np.flatnonzero(self.inputs.sources.is_dated[item])
        if len(dated):
            offered = self.inputs.lots_of(
                item[dated], self.inputs.offer_for(item[dated], need[dated], self.network.calendar)
            )
            minimum[dated], multiple[dated], part[dated] = offered.minimum, offered.multiple, offered.part
        return PlannedOrders(item, need, raw.quantity, raw.received, raw.priorities(every), movement, minimum,
                             multiple, part, schedule, raw.bill.astype(np.int64))  # fmt: skip

    @cached_property
    def needs(self) -> Needs:
        """Everything that was netted, by item in the order in which it is served."""
        source = self.raw_asked.source
        firm = len(self.inputs.documents[PLANNED])
        planned, given = source >= 0, np.flatnonzero(source < 0)
        order = np.where(planned, source, 0)
        orders, outside = self.raw_orders, joined([self.network.given, *self.passed])
        given_rows = -1 - source[given]
        urgency = _taken(orders.urgency, order).astype(np.int64)
        columns = {
            "item": np.repeat(self.network.sequence, self.asked_count),
            "quantity": self.raw_asked.quantity,
            "denominator": np.ones(len(source), dtype=np.int64),
            "day": np.maximum(urgency >> 8, self.inputs.as_of),
            "date": urgency >> 8,
            "priority": urgency & 255,
            "kind": np.full(len(source), PLANNED, dtype=np.int64),
            "ref": firm + order.astype(np.int64),
            "line": np.full(len(source), BLANK, dtype=np.int64),
            "bill": _taken(orders.bill, order).astype(np.int64),
        }
        for name in ("day", "date", "priority", "kind", "ref", "line", "bill"):
            columns[name][given] = getattr(outside, name)[given_rows]
        return Needs(**columns)

    @cached_property
    def pegging(self) -> Pegging:
        """First supply to first demand of each item: stock, then receipts and planned orders by day."""
        receipts, orders, items = self.inputs.receipts, self.raw_orders, len(self.inputs.items)
        counts = (items, len(receipts.item), len(orders.quantity))
        return Pegging(
            self.raw_served.supply.astype(np.int64),
            self.raw_served.demand.astype(np.int64),
            self.raw_served.quantity,
            self.needs,
            np.concatenate([np.arange(items), receipts.item, self.orders.item]),
            np.concatenate([np.full(items, STOCK), receipts.kind, np.full(counts[2], SUGGESTED)]),
            np.concatenate([np.full(items, BLANK), np.arange(counts[1]), np.arange(counts[2])]),
            np.repeat([False, False, True], counts),
        )


def _taken(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    return values[places] if len(values) else np.zeros(len(places), dtype=values.dtype)
