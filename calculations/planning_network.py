"""The plant in the order in which it is planned, as arrays: items by low-level code, and who uses them.

Planning an item needs three things only: what is asked of it from outside, the planned orders of the items that it goes
into, and what comes in. All three lie here side by side for each item, so that a level is planned without sorting the
whole plant.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from calculations.bills_of_materials import EVERY_DAY, NO_DAY
from calculations.planning_inputs import Needs, PlanningInputs
from calculations.working_days import CalendarTable

# A routing may ask for more days than any lead time given; so many more the calendar is laid out for at first.
SPARE_DAYS = 250


class WhereUsed(NamedTuple):
    """Bill lines by component: the k-th planned item's are `starts[k]` to `starts[k + 1]`, parents in plan order.

    An order of `parent` asks as `line` of the bills of materials says; where `factor` is above 0, that is always so
    many times its quantity, without rounding, fixed loss or dates.
    """

    starts: np.ndarray
    parent: np.ndarray
    line: np.ndarray
    factor: np.ndarray


@dataclass(frozen=True)
class PlanningNetwork:
    """Items in plan order, with what each of them depends on.

    `sequence` lists item positions by low-level code, `rank` is its inverse, `level_starts` the ranks at which a code
    begins. `given` are the `needs` from outside, by rank and then in the order in which equal ones are served;
    `given_starts[rank]` and `receipt_starts[item]` are where an item's begin. `is_dated` says of each item whether its
    bills or their lines are in force only for a time, or it has several. Nothing happens after `last_day`.
    """

    sequence: np.ndarray
    rank: np.ndarray
    codes: np.ndarray
    level_starts: np.ndarray
    uses: WhereUsed
    needs: Needs
    given_rows: np.ndarray
    given_starts: np.ndarray
    receipt_starts: np.ndarray
    level_receipts: list[np.ndarray]
    is_dated: np.ndarray
    last_day: int
    calendar: CalendarTable

    @cached_property
    def given(self) -> Needs:
        """The needs from outside in the order of planning; `given_rows` are their places in `needs`."""
        return self.needs.take(self.given_rows)

    @property
    def levels(self) -> int:
        """How many low-level codes there are."""
        return len(self.level_starts) - 1


def planning_network(inputs: PlanningInputs, codes: np.ndarray, where_used: Callable) -> PlanningNetwork:
    """The network of a plant whose items have these low-level codes; `where_used` as the function of that name."""
    count = len(codes)
    # few codes: short numbers are sorted without comparing
    sequence = np.argsort(codes.astype(np.int16) if codes.max(initial=0) < 2**15 else codes, kind="stable")
    rank = np.empty(count, dtype=np.int64)
    rank[sequence] = np.arange(count)
    level_starts = np.searchsorted(codes[sequence], np.arange(int(codes.max(initial=-1)) + 2))
    given_rows, given_starts = _given_by_rank(inputs.needs, rank)
    receipts = inputs.receipts
    receipt_level = codes[receipts.item]
    is_dated = _dated_items(inputs)
    # components are wanted before what they go into, so nothing happens after what is given
    last_day = max(int(days.max(initial=inputs.as_of)) for days in (inputs.needs.day, receipts.day, inputs.safety.day))
    return PlanningNetwork(
        sequence=sequence,
        rank=rank,
        codes=codes,
        level_starts=level_starts,
        uses=where_used(inputs, sequence, rank, is_dated),
        needs=inputs.needs,
        given_rows=given_rows,
        given_starts=given_starts,
        receipt_starts=_starts(receipts.item, count),
        level_receipts=[np.flatnonzero(receipt_level == level) for level in range(len(level_starts) - 1)],
        is_dated=is_dated,
        last_day=last_day,
        calendar=_calendar(inputs, last_day),
    )


def _given_by_rank(needs: Needs, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    of = rank[needs.item]
    # needs are read by kind and document, but components listed with an order stand before those of exploded ones
    by_who = np.lexsort((needs.line, needs.ref, needs.kind)) if _mixes_documents(needs) else np.arange(len(needs))
    return by_who[_stable_order(of[by_who], np.zeros(len(of), dtype=np.int64))], _starts(of, len(rank))


def _mixes_documents(needs: Needs) -> bool:
    who = (needs.kind << 40) + needs.ref
    return bool((np.diff(who) < 0).any()) or bool(((np.diff(who) == 0) & (np.diff(needs.line) < 0)).any())


def where_used(inputs: PlanningInputs, sequence: np.ndarray, rank: np.ndarray, is_dated: np.ndarray) -> WhereUsed:
    """Bill lines by component, of bills and lines that an order may still follow."""
    bills = inputs.bills
    parent = bills.item[bills.of_line]
    # orders start on as_of at the earliest
    in_force = inputs.sources.is_made[bills.item] & (bills.valid_to >= inputs.as_of)
    line = np.flatnonzero(bills.planned & in_force[bills.of_line] & (bills.line_to >= inputs.as_of))
    component = rank[bills.component[line]]
    # lines lie by bill and a bill's item; a stable sort by the parent's rank and then the component's is what is wanted
    line = line[_stable_order(component, rank[parent[line]])]
    parent = parent[line]
    factor, counted, step = bills.numerator[line], inputs.step[parent], inputs.step[bills.component[line]]
    # orders are whole steps of the parent: often that alone makes a need whole
    whole = (counted == step) | ((factor < step) & (counted * np.minimum(factor, step) % step == 0))
    plain = whole & (bills.denominator[line] == 1) & (bills.fixed[line] == 0) & ~is_dated[parent]
    return WhereUsed(_starts(component, len(rank)), parent, line, np.where(plain, factor, 0))


def _stable_order(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Rows by first, then second, then as they stand; sorting packed numbers is faster than sorting by columns."""
    bits = [int(values.max(initial=0)).bit_length() for values in (first, second)] + [len(first).bit_length()]
    if sum(bits) > 62:
        return np.lexsort((second, first))
    packed = (((first << bits[1]) | second) << bits[2]) | np.arange(len(first))
    return np.sort(packed) & ((1 << bits[2]) - 1)


def _dated_items(inputs: PlanningInputs) -> np.ndarray:
    bills = inputs.bills
    dated = np.diff(bills.bill_starts) > 1
    dated[bills.item[(bills.valid_from > NO_DAY) | (bills.valid_to < EVERY_DAY)]] = True
    line = np.flatnonzero((bills.line_from > NO_DAY) | (bills.line_to < EVERY_DAY))
    dated[bills.item[bills.of_line[line]]] = True
    return dated


def _starts(rows: np.ndarray, count: int) -> np.ndarray:
    """Where each number's rows begin, when they are sorted, and where the last one's end."""
    return np.append(0, np.cumsum(np.bincount(rows, minlength=count)))


def _calendar(inputs: PlanningInputs, last_day: int) -> CalendarTable:
    sources = inputs.sources
    ahead = int(sources.days_ahead.max(initial=0))
    lead = max(int(sources.lead_days.max(initial=0)), int(sources.offer_lead.max(initial=0)))
    return inputs.calendar.table(inputs.as_of, last_day, ahead + lead + SPARE_DAYS)
