"""Material requirements planning: what must be bought, made and subcontracted, when, and for whom.

Level by level, parents before their parts: the needs of a level are netted day by day against stock and receipts, what
is missing becomes planned orders, and their components become needs of deeper levels. Rules: design, semantics.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from calculations import planning_exceptions, planning_results
from calculations.lot_sizing import covered_until, lot_parameters
from calculations.low_level_codes import low_level_codes
from calculations.netting import (
    LotParameters,
    Movements,
    Netting,
    net_requirements,
    parts_of,
    plain_lots,
    refuse_endless_splits,
)
from calculations.order_lines import LOWEST_PRIORITY
from calculations.planning_inputs import PLANNED, Needs, PlanningInputs, component_needs, joined, planning_inputs
from calculations.policies import resolve
from calculations.substitution import Substitutions, planning_groups
from calculations.supply_sources import BLANK, Schedule
from calculations.working_days import DAY

# Days of one item lie closer together than this: two dates of the calendar are at most 230 years apart.
DAY_SPAN = np.int64(1) << 20


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
class Plan:
    """A plan as arrays: movements by item and day with the terms of the netting, needs that were netted, orders."""

    inputs: PlanningInputs
    codes: np.ndarray
    lots: LotParameters
    item: np.ndarray
    movements: Movements
    netting: Netting
    needs: Needs
    orders: PlannedOrders
    substitutions: list[tuple[int, int, int, int]]


def plan_materials(world: dict, as_of: date, policies: dict | None = None) -> dict[str, pd.DataFrame]:
    """The plan of a world: the same data on the same day give the same frames, whatever the order of its rows.

    Args:
        world: every import table; `planned_orders` if there are any (firm and approved ones count and survive).
        as_of: the day of the plan; what lies before counts on it.
        policies: see `calculations.policies`.
    Returns:
        planned_orders sorted by item, need date and number; requirements by item and date; pegs by item and demand;
        exceptions and what stayed quiet, load and the orders of overloads: see `planning_exceptions`; substitutions;
        refused rows.
    Raises:
        CyclicBillOfMaterials, CyclicSubstitutes, TotalLoss, NoWorkingDay, EndlessSplit, TooLongRouting,
        QuantityOverflow, UnknownPolicy.
    """
    plan = solve(world, as_of, resolve(policies, as_of))
    results, pegging = planning_results.result_frames(plan)
    results |= planning_exceptions.exception_frames(plan, results, pegging, world)
    results["refused"] = plan.inputs.refused
    return results


def solve(world: dict, as_of: date, policies: dict) -> Plan:
    """The plan as arrays; see `Plan`."""
    inputs = planning_inputs(world, as_of, policies)
    groups = planning_groups(world, inputs.index)
    codes = groups.codes(low_level_codes, *inputs.bills.edges(inputs.as_of), inputs.items["item"].to_numpy())
    lots = _lots(inputs, np.arange(len(inputs.items)), inputs.sources.offers_on(inputs.as_of))
    return _Solver(inputs, codes, lots, Substitutions(world, inputs, groups)).run()


def _lots(inputs: PlanningInputs, item: np.ndarray, offer: np.ndarray) -> LotParameters:
    """How each of the items is ordered, with the minimum and multiple of the supplier's offer (-1 = none)."""
    offer = np.where(inputs.sources.kind[item] != "make", offer, BLANK)
    minimum, multiple = np.append(inputs.sources.minimum, 0)[offer], np.append(inputs.sources.multiple, 0)[offer]
    return lot_parameters(inputs.items.take(item), minimum, multiple)


class _Solver:
    """Walks the levels and collects what each one yields."""

    def __init__(self, inputs: PlanningInputs, codes: np.ndarray, lots: LotParameters, substitutions: Substitutions):
        self.inputs, self.codes, self.lots, self.substitutions = inputs, codes, lots, substitutions
        # a phantom is never ordered for itself: its stock serves, the rest passes through
        self.ordered_lots = _without_stock_targets(lots, inputs.phantom)
        self.rule = inputs.items["lot_sizing"].to_numpy(dtype=object)
        self.waiting: list[list[Needs]] = [[] for _ in range(int(codes.max(initial=0)) + 1)]
        self.planned = len(inputs.documents[PLANNED])
        self.parts: dict[str, list] = {"movements": [], "netting": [], "needs": [], "orders": []}
        self.rows = 0
        receipts = inputs.receipts
        self.receipt_rows = np.argsort(codes[receipts.item], kind="stable")
        self.receipt_starts = np.searchsorted(codes[receipts.item][self.receipt_rows], np.arange(len(self.waiting) + 1))

    def run(self) -> Plan:
        self._await(self.inputs.needs)
        for level in range(len(self.waiting)):
            self._plan_level(level)
        return self._collected()

    def _await(self, needs: Needs) -> None:
        """Lay needs beside the level of their items."""
        code = self.codes[needs.item]
        for level in np.unique(code).tolist():
            self.waiting[level].append(needs.take(np.flatnonzero(code == level)))

    def _plan_level(self, level: int) -> None:
        inputs = self.inputs
        needs = joined(self.waiting[level]) if self.waiting[level] else inputs.needs.take(np.zeros(0, dtype=np.int64))
        self.waiting[level] = []
        receipts = self.receipt_rows[self.receipt_starts[level] : self.receipt_starts[level + 1]]
        here = np.flatnonzero(self.codes == level)
        needs = self._pass_through(needs, receipts)
        needs = self.substitutions.replace(needs, receipts, here)
        needs = _served_first(needs)
        item, movements = self._movements(needs, receipts, here)
        if not len(item):
            return
        lots = _chosen(self.ordered_lots, item)
        cover = covered_until(self.rule[item], movements, lots, inputs.on_hand[item])
        row_lots = self._lots_of_days(item, movements, lots)
        netting = net_requirements(movements, inputs.on_hand[item], lots, cover, row_lots)
        self._keep(needs, item, movements, netting)
        self._order(needs, item, movements, netting, row_lots or lots, row_lots is not None)

    def _lots_of_days(self, item: np.ndarray, movements: Movements, lots: LotParameters) -> LotParameters | None:
        """How each movement is ordered, where suppliers' offers change with the day; None where none does."""
        inputs = self.inputs
        local = np.repeat(np.arange(len(item)), np.diff(movements.starts))
        rows = np.flatnonzero(inputs.sources.is_dated[item[local]])
        if not len(rows):
            return None
        of_item, need = item[local[rows]], movements.day[rows]
        # the lead time of what is bought does not depend on the quantity
        schedule = inputs.sources.schedule(of_item, np.ones_like(rows), need, inputs.as_of, inputs.calendar)
        dated, columns = _lots(inputs, of_item, schedule.offer).__dict__, dict(_chosen(lots, local).__dict__)
        for name in columns:
            if name not in ("safety", "order_up_to"):
                columns[name][rows] = dated[name]
        return LotParameters(**columns)

    def _movements(self, needs: Needs, receipts: np.ndarray, here: np.ndarray) -> tuple[np.ndarray, Movements]:
        """Items of the level that move or are low on as_of, and their movements by day."""
        inputs = self.inputs
        low = here[inputs.on_hand[here] < self.ordered_lots.safety[here]]
        today = inputs.as_of
        need_key = needs.item * DAY_SPAN + (needs.day - today)
        receipt_key = inputs.receipts.item[receipts] * DAY_SPAN + (inputs.receipts.day[receipts] - today)
        key = np.unique(np.concatenate([need_key, receipt_key, low * DAY_SPAN]))
        gross, received = np.zeros(len(key), dtype=np.int64), np.zeros(len(key), dtype=np.int64)
        np.add.at(gross, np.searchsorted(key, need_key), needs.quantity)
        np.add.at(received, np.searchsorted(key, receipt_key), inputs.receipts.quantity[receipts])
        of_row, day = key // DAY_SPAN, key % DAY_SPAN + today
        starts = np.flatnonzero(np.diff(of_row, prepend=-1))
        workday = day
        if (self.rule[of_row[starts]] == "period_order_quantity").any():
            first = np.full(len(day), np.datetime64(today, "D"))
            workday = inputs.calendar.between(first, day.astype(DAY))
        return of_row[starts], Movements(np.append(starts, len(key)), day, workday, gross, received)

    def _pass_through(self, needs: Needs, receipts: np.ndarray) -> Needs:
        """Blow phantoms through: what their stock serves stays theirs, the rest becomes their components' needs."""
        inputs = self.inputs
        rows = np.flatnonzero(inputs.phantom[needs.item])
        if not len(rows):
            return needs
        own = np.flatnonzero(~inputs.phantom[needs.item])
        through = _served_first(needs.take(rows))
        whole = -(-through.quantity // through.denominator)
        bill = inputs.bills.pick(through.item, through.day)
        # a bill without a line passes nothing on: the need must not vanish with it
        bill = np.where(inputs.bills.are_empty(bill, through.day), BLANK, bill)
        used = np.where(bill >= 0, self._served_from_stock(through, whole, receipts), whole)
        left = np.flatnonzero(used < whole)
        rest = through.quantity[left] - used[left] * through.denominator[left]
        row, line, needed, denominator = component_needs(
            inputs.bills,
            inputs.phantom,
            inputs.step,
            bill[left],
            through.day[left],
            rest,
            through.denominator[left],
            np.ones(len(left), dtype=bool),
        )
        parent = left[row]
        self._await(
            through.take(
                parent,
                item=inputs.bills.component[line],
                quantity=needed,
                denominator=denominator,
                bill=bill[parent],
            )
        )
        kept = np.flatnonzero(used > 0)
        ones = np.ones(len(kept), dtype=np.int64)
        return joined([needs.take(own), through.take(kept, quantity=used[kept], denominator=ones)])

    def _served_from_stock(self, needs: Needs, whole: np.ndarray, receipts: np.ndarray) -> np.ndarray:
        """How much of each need the phantom's own stock and receipts serve, the first need first."""
        inputs = self.inputs
        if inputs.policies["phantom_stock"] == "ignore":
            return np.zeros(len(needs), dtype=np.int64)
        receipts = receipts[inputs.phantom[inputs.receipts.item[receipts]]]
        ones = np.ones(len(needs), dtype=np.int64)
        item, movements = self._movements(
            needs.take(np.arange(len(needs)), quantity=whole, denominator=ones), receipts, np.zeros(0, dtype=np.int64)
        )
        exact = plain_lots(len(item), step=np.ones(len(item), np.int64), multiple=np.ones(len(item), np.int64),
                           lot=np.ones(len(item), np.int64))  # fmt: skip
        netting = net_requirements(movements, np.maximum(inputs.on_hand[item], 0), exact)
        key = np.repeat(item, np.diff(movements.starts)) * DAY_SPAN + movements.day
        day_row = np.searchsorted(key, needs.item * DAY_SPAN + needs.day)
        running = np.cumsum(whole)
        head = np.searchsorted(day_row, day_row)
        before = running - whole - (running - whole)[head]
        served = (movements.gross - netting.net)[day_row]
        return np.clip(served - before, 0, whole)

    def _keep(self, needs: Needs, item: np.ndarray, movements: Movements, netting: Netting) -> None:
        self.parts["needs"].append(needs)
        self.parts["movements"].append((item, movements))
        self.parts["netting"].append(netting)

    def _order(self, needs: Needs, item, movements: Movements, netting: Netting, lots, by_row: bool) -> None:
        """Planned orders of a level, and what they need of their components; `lots` by item or by movement."""
        inputs = self.inputs
        short = np.flatnonzero(netting.ordered)
        local = np.repeat(np.arange(len(item)), np.diff(movements.starts))[short]
        way = short if by_row else local
        names = inputs.items["item"].to_numpy(dtype=object)[item[local]]
        refuse_endless_splits(netting.ordered[short], lots.part[way], names)
        part, quantity, received = parts_of(netting.ordered[short], way, lots)
        way = way[part]
        movement, of_item = short[part], item[local[part]]
        need = movements.day[movement]
        schedule = inputs.sources.schedule(of_item, quantity, need, inputs.as_of, inputs.calendar)
        start = np.maximum(schedule.release, inputs.as_of)
        exploded = inputs.sources.kind[of_item] != "buy"
        bill = np.where(exploded, inputs.bills.pick(of_item, start), BLANK)
        key = np.repeat(item, np.diff(movements.starts)) * DAY_SPAN + movements.day
        priority = np.full(len(key), LOWEST_PRIORITY, dtype=np.int64)
        np.minimum.at(priority, np.searchsorted(key, needs.item * DAY_SPAN + needs.day), needs.priority)
        orders = PlannedOrders(of_item, need, quantity, received, priority[movement], movement + self.rows,
                               lots.minimum[way], lots.multiple[way], lots.part[way], schedule, bill)  # fmt: skip
        self.parts["orders"].append(orders)
        row, line, needed, denominator = component_needs(
            inputs.bills, inputs.phantom, inputs.step, bill, start, quantity, np.ones(len(part), dtype=np.int64),
            np.ones(len(part), dtype=bool),
        )  # fmt: skip
        self._await(
            Needs(
                item=inputs.bills.component[line],
                day=start[row],
                date=schedule.release[row],
                quantity=needed,
                denominator=denominator,
                priority=orders.priority[row],
                kind=np.full(len(row), PLANNED, dtype=np.int64),
                ref=self.planned + row,
                line=np.full(len(row), BLANK, dtype=np.int64),
                bill=bill[row],
            )
        )
        self.planned += len(part)
        self.rows += len(movements.day)

    def _collected(self) -> Plan:
        inputs, parts = self.inputs, self.parts
        none = np.zeros(0, dtype=np.int64)
        item = np.concatenate([np.repeat(item, np.diff(moves.starts)) for item, moves in parts["movements"]] or [none])
        movements = Movements(
            np.append(np.flatnonzero(np.diff(item, prepend=-1)), len(item)),
            *(_column([moves for _, moves in parts["movements"]], name) for name in
              ("day", "workday", "gross", "receipts")),
        )  # fmt: skip
        netting = Netting(*(_column(parts["netting"], name) for name in Netting.__dataclass_fields__))
        schedules = [orders.schedule for orders in parts["orders"]]
        schedule = Schedule(*(_column(schedules, name) for name in Schedule.__dataclass_fields__))
        names = ("item", "need", "quantity", "received", "priority", "movement", "minimum", "multiple", "part")
        orders = PlannedOrders(
            *(_column(parts["orders"], name) for name in names), schedule, _column(parts["orders"], "bill")
        )
        needs = joined(parts["needs"]) if parts["needs"] else inputs.needs.take(none)
        return Plan(inputs, self.codes, self.ordered_lots, item, movements, netting, needs, orders,
                    self.substitutions.log)  # fmt: skip


def _served_first(needs: Needs) -> Needs:
    """Needs by item and day, then by priority, kind and number: the order in which they are served."""
    key = needs.item * DAY_SPAN + needs.day
    who = (needs.priority << 44) + (needs.kind << 40) + needs.ref
    return needs.take(np.lexsort((needs.line, who, key)))


def _without_stock_targets(lots: LotParameters, phantom: np.ndarray) -> LotParameters:
    columns = dict(lots.__dict__)
    columns["safety"] = np.where(phantom, 0, lots.safety)
    columns["order_up_to"] = np.where(phantom, BLANK, lots.order_up_to)
    return LotParameters(**columns)


def _chosen(lots: LotParameters, item: np.ndarray) -> LotParameters:
    return LotParameters(**{name: values[item] for name, values in lots.__dict__.items()})


def _column(parts: list, name: str) -> np.ndarray:
    return np.concatenate([getattr(part, name) for part in parts] or [np.zeros(0, dtype=np.int64)])
