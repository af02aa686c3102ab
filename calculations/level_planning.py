"""Planning one low-level code after the other with numpy: needs, netting, orders and pegs of many items at once."""

from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from calculations.exact import SAFE_PRODUCT
from calculations.lot_sizing import covered_until
from calculations.netting import (
    LotParameters,
    Movements,
    Netted,
    net_requirements,
    parts_of,
    plain_lots,
    refuse_endless_splits,
)
from calculations.order_lines import LOWEST_PRIORITY
from calculations.pegging import peg
from calculations.plan_book import PRIORITY_BITS, PRIORITY_MASK, PlanBook
from calculations.planning_inputs import (
    PLANNED,
    Needs,
    PlanningInputs,
    component_needs,
    joined,
    line_needs,
    needed_quantities,
)
from calculations.planning_network import PlanningNetwork
from calculations.quantity_limits import named_overflow
from calculations.row_ranges import heads, ranges, united
from calculations.substitution import Substitutions
from calculations.supply_sources import BLANK
from calculations.working_days import DAY

# Days of one item lie closer together than this: two dates of the calendar are at most 230 years apart.
DAY_SPAN = np.int64(1) << 20
# Items that are planned at once: few enough for what belongs to them to stay near the processor.
AT_ONCE = 2_000


class LevelNeeds(NamedTuple):
    """Needs of a level in the order in which they are served.

    `place` is the item's among those that are planned; `day_key` is that and the day since as_of as one sortable number
    (place << days_bits | day), `key` that and the priority in eight more bits. `quantity` and `source` as in
    `plan_book.Asked`.
    """

    key: np.ndarray
    day_key: np.ndarray
    place: np.ndarray
    quantity: np.ndarray
    source: np.ndarray


class LevelPlanner:
    """Plans level after level into a `PlanBook`; `passed` are needs that went through phantoms or to substitutes."""

    def __init__(
        self,
        inputs: PlanningInputs,
        network: PlanningNetwork,
        substitutions: Substitutions,
        book: PlanBook,
    ):
        self.inputs, self.network, self.book = inputs, network, book
        self.lots, self.substitutions = inputs.lots, substitutions
        self.waiting: list[list[Needs]] = [[] for _ in range(network.levels)]
        self.passed: list[Needs] = []
        self._passed_rows = len(network.needs)
        self._has_offer_dates = inputs.sources.is_dated
        self._is_made = inputs.sources.is_made
        has_bill = self._is_made & (np.diff(inputs.bills.bill_starts) > 0)
        self._only_bill = np.where(has_bill, inputs.bills.bill_starts[:-1], BLANK)
        self._special = inputs.phantom | substitutions.concerned
        self._place = np.zeros(len(inputs.items), dtype=np.int64)
        self._days_bits = max(network.last_day - inputs.as_of, 1).bit_length()

    @cached_property
    def _rules(self) -> np.ndarray:
        return self.inputs.items["lot_sizing"].to_numpy(dtype=object)

    def is_special(self, level: int) -> bool:
        """Whether needs of the level may pass through phantoms or be moved to substitutes."""
        here = self.network.sequence[self.network.level_starts[level] : self.network.level_starts[level + 1]]
        return bool(self.waiting[level]) or bool(self._special[here].any())

    def plan(self, level: int, ranks: np.ndarray | None = None) -> None:
        """Plan the items of a level, or those of these ranks in it; all levels above must be planned."""
        if ranks is None:
            ranks = np.arange(self.network.level_starts[level], self.network.level_starts[level + 1])
        if self.is_special(level):
            here = self._here(ranks)
            receipts = self._receipts(level, ranks)
            self._plan_needs(self._replaced(level, here, receipts, ranks), here, receipts, ranks)
            return
        for begin in range(0, len(ranks), AT_ONCE):
            part = ranks[begin : begin + AT_ONCE]
            named_overflow(
                partial(self._plan_plain, level), part, lambda rank: self.inputs.index[self.network.sequence[rank]]
            )

    def _plan_plain(self, level: int, ranks: np.ndarray) -> None:
        here = self._here(ranks)
        self._plan_needs(self._asked(ranks, here), here, self._receipts(level, ranks), ranks)

    def _here(self, ranks: np.ndarray) -> np.ndarray:
        """Items of these ranks; from now on `_place` tells where among them each one stands."""
        here = self.network.sequence[ranks]
        self._place[here] = np.arange(len(here))
        return here

    def _receipts(self, level: int, ranks: np.ndarray) -> np.ndarray:
        """Receipts of items of these ranks, all of one level."""
        receipts = self.network.level_receipts[level]
        rank = self.network.rank[self.inputs.receipts.item[receipts]]
        place = np.searchsorted(ranks, rank)
        return receipts[np.append(ranks, -1)[place] == rank]

    # needs ------------------------------------------------------------------------------------------------------------

    def _asked(self, ranks: np.ndarray, here: np.ndarray) -> LevelNeeds:
        """What is asked of these items, by item and day, then by priority; ties are served as they stand."""
        network, given, days = self.network, self.network.given, self._days_bits
        outside = ranges(network.given_starts[ranks], network.given_starts[ranks + 1])
        order, component, quantity = self._asked_by_orders(ranks, here)
        urgency = self.book.orders.arrays.urgency[order]
        urgency -= np.int32(self.inputs.as_of << PRIORITY_BITS)
        # what lies before as_of is asked on it
        late = np.flatnonzero(urgency < 0)
        urgency[late] &= PRIORITY_MASK
        key = (component << (days + PRIORITY_BITS)) | urgency
        if len(outside):
            own = self._key(self._place[given.item[outside]], given.day[outside], given.priority[outside])
            key = np.concatenate([own, key])
            quantity = np.concatenate([given.quantity[outside], quantity])
            order = np.concatenate([-1 - outside, order])
        # sorting whole numbers is several times faster than sorting rows by columns; so few items leave bits enough
        index = len(key).bit_length()
        packed = np.sort((key << index) | np.arange(len(key)))
        row = packed & ((1 << index) - 1)
        return self._level_needs(packed >> index, quantity[row], order[row])

    def _key(self, place: np.ndarray, day: np.ndarray, priority: np.ndarray) -> np.ndarray:
        """As `LevelNeeds.key`; `day` is since 1970-01-01."""
        return (((place << self._days_bits) | (day - self.inputs.as_of)) << PRIORITY_BITS) | priority

    def _level_needs(self, key: np.ndarray, quantity: np.ndarray, source: np.ndarray) -> LevelNeeds:
        day_key = key >> PRIORITY_BITS
        return LevelNeeds(key, day_key, day_key >> self._days_bits, quantity, source)

    def _asked_by_orders(self, ranks: np.ndarray, here: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Planned orders that use items of these ranks, place of the component among the ranks, and what they need."""
        book, bills, uses = self.book, self.inputs.bills, self.network.uses
        use = ranges(uses.starts[ranks], uses.starts[ranks + 1])
        factor, parent = uses.factor[use], uses.parent[use]
        count, start = book.order_count[parent], book.order_first[parent]
        if (factor > 0).all():
            order = ranges(start, start + count)
            quantity = book.orders.arrays.quantity[order]
            if int(factor.max(initial=0)) * int(quantity.max(initial=0)) < SAFE_PRODUCT:
                component = np.repeat(np.repeat(np.arange(len(ranks)), np.diff(uses.starts)[ranks]), count)
                return order, component, quantity * np.repeat(factor, count)
        order, component, line = self._using_orders(ranks)
        quantity = needed_quantities(
            book.orders.arrays.quantity[order], bills.numerator[line], bills.denominator[line], bills.fixed[line],
            self.inputs.step[here[component]],
        )  # fmt: skip
        real = np.flatnonzero(quantity > 0)
        return order[real], component[real], quantity[real]

    def _using_orders(self, ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Planned orders that use items of these ranks: order, place of the component among the ranks, bill line."""
        book, bills, uses = self.book, self.inputs.bills, self.network.uses
        here = ranges(uses.starts[ranks], uses.starts[ranks + 1])
        component = np.repeat(np.arange(len(ranks)), uses.starts[ranks + 1] - uses.starts[ranks])
        parent, lines = uses.parent[here], uses.line[here]
        count = book.order_count[parent]
        start = book.order_first[parent]
        order = ranges(start, start + count)
        row = np.repeat(np.arange(len(parent)), count)
        component, line = component[row], lines[row]
        if self.network.is_dated[parent].any():
            day = np.maximum(book.orders.arrays.releases(order), self.inputs.as_of)
            counts = book.orders.arrays.bill[order] == bills.of_line[line]
            counts &= (bills.line_from[line] <= day) & (day <= bills.line_to[line])
            order, component, line = order[counts], component[counts], line[counts]
        return order, component, line

    def _replaced(self, level: int, here: np.ndarray, receipts: np.ndarray, ranks: np.ndarray) -> LevelNeeds:
        """Needs of a level with phantoms blown through and uncovered parts moved to substitutes."""
        needs = joined([self._given_needs(ranks), self._order_needs(ranks, here), *self.waiting[level]])
        self.waiting[level] = []
        needs = self._pass_through(needs, receipts)
        needs = served_first(self.substitutions.replace(needs, receipts, here))
        source = -1 - self._passed_rows - np.arange(len(needs))
        self.passed.append(needs)
        self._passed_rows += len(needs)
        return self._level_needs(self._key(self._place[needs.item], needs.day, needs.priority), needs.quantity, source)

    def _given_needs(self, ranks: np.ndarray) -> Needs:
        starts = self.network.given_starts
        return self.network.given.take(ranges(starts[ranks], starts[ranks + 1]))

    def _order_needs(self, ranks: np.ndarray, here: np.ndarray) -> Needs:
        """What planned orders need of the items, phantoms with their exact fraction."""
        inputs, orders, bills = self.inputs, self.book.orders.arrays, self.inputs.bills
        order, component, line = self._using_orders(ranks)
        item = here[component]
        quantity, denominator = line_needs(
            (bills.numerator[line], bills.denominator[line], bills.fixed[line]), inputs.phantom[item],
            inputs.step[item], orders.quantity[order], np.ones(len(order), dtype=np.int64),
        )  # fmt: skip
        real = np.flatnonzero(quantity > 0)
        order = order[real]
        return Needs(
            item=item[real],
            day=np.maximum(orders.releases(order), inputs.as_of),
            date=orders.releases(order),
            quantity=quantity[real],
            denominator=denominator[real],
            priority=orders.priorities(order),
            kind=np.full(len(real), PLANNED, dtype=np.int64),
            ref=len(inputs.documents[PLANNED]) + order,
            line=np.full(len(real), BLANK, dtype=np.int64),
            bill=orders.bill[order].astype(np.int64),
        )

    def _pass_through(self, needs: Needs, receipts: np.ndarray) -> Needs:
        """Blow phantoms through: what their stock serves stays theirs, the rest becomes their components' needs."""
        inputs = self.inputs
        rows = np.flatnonzero(inputs.phantom[needs.item])
        if not len(rows):
            return needs
        own = np.flatnonzero(~inputs.phantom[needs.item])
        through = served_first(needs.take(rows))
        whole = -(-through.quantity // through.denominator)
        bill = inputs.bills.pick(through.item, through.day)
        # a bill without a line passes nothing on: the need must not vanish with it
        bill = np.where(inputs.bills.are_empty(bill, through.day), BLANK, bill)
        used = np.where(bill >= 0, self._served_from_stock(through, whole, receipts), whole)
        left = np.flatnonzero(used < whole)
        rest = through.quantity[left] - used[left] * through.denominator[left]
        row, line, quantity, denominator = component_needs(
            inputs.bills, inputs.phantom, inputs.step, bill[left], through.day[left], rest, through.denominator[left],
            np.ones(len(left), dtype=bool),
        )  # fmt: skip
        parent = left[row]
        self._await(
            through.take(
                parent,
                item=inputs.bills.component[line],
                quantity=quantity,
                denominator=denominator,
                bill=bill[parent],
            )
        )
        kept = np.flatnonzero(used > 0)
        ones = np.ones(len(kept), dtype=np.int64)
        return joined([needs.take(own), through.take(kept, quantity=used[kept], denominator=ones)])

    def _await(self, needs: Needs) -> None:
        """Lay needs beside the level of their items."""
        code = self.network.codes[needs.item]
        for level in np.unique(code).tolist():
            self.waiting[level].append(needs.take(np.flatnonzero(code == level)))

    def _served_from_stock(self, needs: Needs, whole: np.ndarray, receipts: np.ndarray) -> np.ndarray:
        """How much of each need the phantom's own stock and receipts serve, the first need first."""
        inputs = self.inputs
        if inputs.policies["phantom_stock"] == "ignore":
            return np.zeros(len(needs), dtype=np.int64)
        receipts = receipts[inputs.phantom[inputs.receipts.item[receipts]]]
        need_key = needs.item * DAY_SPAN + needs.day
        receipt_key = inputs.receipts.item[receipts] * DAY_SPAN + inputs.receipts.day[receipts]
        key = np.unique(np.concatenate([need_key, receipt_key]))
        gross, received = np.zeros(len(key), dtype=np.int64), np.zeros(len(key), dtype=np.int64)
        np.add.at(gross, np.searchsorted(key, need_key), whole)
        np.add.at(received, np.searchsorted(key, receipt_key), inputs.receipts.quantity[receipts])
        starts = np.append(heads(key // DAY_SPAN), len(key))
        item = key[starts[:-1]] // DAY_SPAN
        one = np.ones(len(item), dtype=np.int64)
        day = key % DAY_SPAN
        movements = Movements(starts, day, day, gross, received, np.zeros(len(key), dtype=np.int64))
        netting = net_requirements(
            movements, np.maximum(inputs.on_hand[item], 0), plain_lots(len(item), step=one, multiple=one, lot=one)
        )
        day_row = np.searchsorted(key, need_key)
        running = np.cumsum(whole)
        head = np.searchsorted(day_row, day_row)
        before = running - whole - (running - whole)[head]
        served = (movements.gross - netting.ordered)[day_row]
        return np.clip(served - before, 0, whole)

    # netting ----------------------------------------------------------------------------------------------------------

    def _plan_needs(self, needs: LevelNeeds, here: np.ndarray, receipts: np.ndarray, ranks: np.ndarray) -> None:
        """Movements, netting, orders and pegs of a level whose needs are known."""
        place, movements, first_needs, row_of_first = self._movements(needs, here, receipts)
        book = self.book
        base = book.asked.count
        book.asked.append(source=needs.source, quantity=needs.quantity)
        book.asked_count[ranks] = np.bincount(needs.place, minlength=len(here))
        if not len(place):
            return
        item = here[place]
        lots = chosen(self.lots, item)
        cover = covered_until(self._rules[item], movements, lots, self.inputs.on_hand[item])
        row_lots = self._lots_of_days(item, movements, lots)
        netting = net_requirements(movements, self.inputs.on_hand[item], lots, cover, row_lots)
        counts = np.diff(movements.starts)
        book.move_count[ranks[place]] = counts
        move_base = book.moves.count
        covered = 0 if netting.covered is None else netting.covered
        book.moves.append(gross=movements.gross, projected=netting.projected, covered=covered, day=movements.day)
        priority = np.full(len(movements.day), LOWEST_PRIORITY, dtype=np.int64)
        # needs of a day follow each other by priority: the first is the most urgent
        priority[row_of_first] = needs.key[first_needs] & PRIORITY_MASK
        of_row = np.repeat(np.arange(len(place)), counts)
        self._order(item, of_row, movements, netting, row_lots or lots, row_lots is not None, priority, move_base)
        self._peg(needs, here, receipts, base)

    def _movements(self, needs: LevelNeeds, here: np.ndarray, receipts: np.ndarray):
        """Places of items that move, are low or change their safety stock; their movements; each day's first need, and
        the row of the day."""
        inputs, days = self.inputs, self._days_bits
        need_day = heads(needs.day_key)
        received = inputs.receipts
        receipt_key = self._place[received.item[receipts]] << days
        receipt_key |= received.day[receipts] - inputs.as_of
        other = np.unique(np.concatenate([receipt_key, self._looked_at(here, days)]))
        key, row = united(needs.day_key[need_day], other)
        gross, incoming = np.zeros(len(key), dtype=np.int64), np.zeros(len(key), dtype=np.int64)
        if len(need_day):
            gross[row] = np.add.reduceat(needs.quantity, need_day)
        np.add.at(incoming, np.searchsorted(key, receipt_key), received.quantity[receipts])
        place, day = key >> days, (key & ((1 << days) - 1)) + inputs.as_of
        starts = heads(place)
        workday = day
        if (self._rules[here[place[starts]]] == "period_order_quantity").any():
            begin = np.full(len(day), np.datetime64(inputs.as_of, "D"))
            workday = inputs.calendar.between(begin, day.astype(DAY))
        safety = inputs.safety.on(here[place], day, self.lots.safety)
        moves = Movements(np.append(starts, len(key)), day, workday, gross, incoming, safety)
        return place[starts], moves, need_day, row

    def _looked_at(self, here: np.ndarray, days: int) -> np.ndarray:
        """Keys of days that are looked at though nothing moves: as_of of low items, changes of safety stock."""
        inputs = self.inputs
        today = inputs.safety.on(here, np.full(len(here), inputs.as_of), self.lots.safety)
        low = np.flatnonzero(inputs.on_hand[here] < today)
        place, day = inputs.safety.changes(here, inputs.as_of)
        return np.concatenate([low << days, (place << days) | (day - inputs.as_of)])

    def _lots_of_days(self, item: np.ndarray, movements: Movements, lots: LotParameters) -> LotParameters | None:
        """How each movement is ordered, where suppliers' offers change with the day; None where none does."""
        inputs = self.inputs
        if not self._has_offer_dates[item].any():
            return None
        local = np.repeat(np.arange(len(item)), np.diff(movements.starts))
        rows = np.flatnonzero(self._has_offer_dates[item[local]])
        of_item, need = item[local[rows]], movements.day[rows]
        offer = inputs.offer_for(of_item, need, self.network.calendar)
        dated, columns = inputs.lots_of(of_item, offer).__dict__, dict(chosen(lots, local).__dict__)
        for name in columns:
            if name not in ("safety", "order_up_to"):
                columns[name][rows] = dated[name]
        return LotParameters(**columns)

    # orders -----------------------------------------------------------------------------------------------------------

    def _order(self, item, of_row, movements, netting: Netted, lots, by_row: bool, priority, move_base: int) -> None:
        """Write the planned orders of a level; `lots` are by item or by movement."""
        inputs, book = self.inputs, self.book
        short = np.flatnonzero(netting.ordered)
        place = of_row[short]
        way = short if by_row else place
        quantity, received = netting.ordered[short], netting.received[short]
        if (lots.part > 0).any():
            refuse_endless_splits(quantity, lots.part[way], lambda row: inputs.index[item[place[row]]])
            part, quantity, received = parts_of(quantity, way, lots)
            short, place = short[part], place[part]
        of_item, need = item[place], movements.day[short]
        release, offer, lead = inputs.sources.releases(
            of_item, quantity, need, inputs.as_of, inputs.calendar, self.network.calendar
        )
        base = book.orders.count
        book.orders.append(
            quantity=quantity, urgency=(release << PRIORITY_BITS) | priority[short], received=received,
            movement=short + move_base, lead=lead, offer=offer,
            bill=self._bills(of_item, np.maximum(release, inputs.as_of)),
        )  # fmt: skip
        count = np.bincount(place, minlength=len(item))
        book.order_count[item] = count
        book.order_first[item] = base + np.cumsum(count) - count

    def _bills(self, item: np.ndarray, start: np.ndarray) -> np.ndarray:
        bill = self._only_bill[item]
        dated = np.flatnonzero((self.network.is_dated & self._is_made)[item])
        if len(dated):
            bill[dated] = self.inputs.bills.pick(item[dated], start[dated])
        return bill

    # pegs -------------------------------------------------------------------------------------------------------------

    def _peg(self, needs: LevelNeeds, here: np.ndarray, receipts: np.ndarray, base: int) -> None:
        """First supply to first demand of each item of the level: stock, then receipts and planned orders by day."""
        inputs, book, received = self.inputs, self.book, self.inputs.receipts
        stocked = np.flatnonzero(inputs.on_hand[here])
        orders = book.orders.arrays
        count = book.order_count[here]
        planned = np.arange(book.orders.count - count.sum(), book.orders.count)
        days = self._days_bits + 1
        place, quantity = np.repeat(np.arange(len(here)), count), orders.received[planned]
        items = len(inputs.on_hand)
        supply = items + len(received.item) + planned
        if len(stocked) + len(receipts):
            # stock lies there before the first day; receipts come before what is planned for the same day
            key = (place << days) | (book.moves.arrays.day[orders.movement[planned]] - inputs.as_of + 1)
            there = np.concatenate([stocked << days, (self._place[received.item[receipts]] << days)
                                    | (received.day[receipts] - inputs.as_of + 1)])  # fmt: skip
            order = np.argsort(there, kind="stable")
            before, there = np.searchsorted(key, there[order]), there[order] >> days
            amount = np.concatenate([inputs.on_hand[here[stocked]], received.quantity[receipts]])[order]
            place, quantity = np.insert(place, before, there), np.insert(quantity, before, amount)
            supply = np.insert(supply, before, np.concatenate([here[stocked], items + receipts])[order])
        from_, to, amount = peg(place, quantity, needs.place, needs.quantity)
        book.served.append(supply=supply[from_], demand=base + to, quantity=amount)


def served_first(needs: Needs) -> Needs:
    """Needs by item and day, then by priority, kind and number: the order in which they are served."""
    key = needs.item * DAY_SPAN + needs.day
    who = (needs.priority << 44) + (needs.kind << 40) + needs.ref
    return needs.take(np.lexsort((needs.line, who, key)))


def chosen(lots: LotParameters, rows: np.ndarray) -> LotParameters:
    """The parameters of these rows."""
    return LotParameters(**{name: values[rows] for name, values in lots.__dict__.items()})
