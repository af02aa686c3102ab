"""The plant in the order in which it is planned, as arrays: items by low-level code, and who uses them.

Planning an item needs three things only: what is asked of it from outside, the planned orders of the items that it goes
into, and what comes in. All three lie here side by side for each item, so that a level is planned without sorting the
whole plant.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from calculations.bills_of_materials import EVERY_DAY, NO_DAY
from calculations.planning_inputs import Needs, PlanningInputs
from calculations.working_days import CalendarTable

# A routing may ask for more days than any lead time given; so many more the calendar is laid out for at first.
SPARE_DAYS = 250


class WhereUsed(NamedTuple):
    """Bill lines by component: the k-th planned item's are `starts[k]` to `starts[k + 1]`, parents in plan order.

    An order of `parent` under `bill` that starts between `first_day` and `last_day` needs numerator ÷ denominator of
    the component for each unit, and `fixed` on top; `denominator` is 1 for most.
    """

    starts: np.ndarray
    parent: np.ndarray
    bill: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    fixed: np.ndarray
    first_day: np.ndarray
    last_day: np.ndarray


@dataclass(frozen=True)
class PlanningNetwork:
    """Items in plan order, with what each of them depends on.

    `sequence` lists item positions by low-level code, `rank` is its inverse, `level_starts` the ranks at which a code
    begins. `given` are the needs from outside, by rank and then in the order in which equal ones are served;
    `given_starts[rank]` and `receipt_starts[item]` are where an item's begin. `is_dated` says of each item whether its
    bills or their lines are in force only for a time, or it has several. Nothing happens after `last_day`.
    """

    sequence: np.ndarray
    rank: np.ndarray
    codes: np.ndarray
    level_starts: np.ndarray
    uses: WhereUsed
    given: Needs
    given_starts: np.ndarray
    receipt_starts: np.ndarray
    level_receipts: list[np.ndarray]
    is_dated: np.ndarray
    last_day: int
    calendar: CalendarTable

    @property
    def levels(self) -> int:
        """How many low-level codes there are."""
        return len(self.level_starts) - 1


def planning_network(inputs: PlanningInputs, codes: np.ndarray) -> PlanningNetwork:
    """The network of a plant whose items have these low-level codes."""
    count = len(codes)
    sequence = np.argsort(codes, kind="stable")
    rank = np.empty(count, dtype=np.int64)
    rank[sequence] = np.arange(count)
    level_starts = np.searchsorted(codes[sequence], np.arange(int(codes.max(initial=-1)) + 2))
    given, given_starts = _given_by_rank(inputs.needs, rank)
    receipts = inputs.receipts
    receipt_level = codes[receipts.item]
    # components are wanted before what they go into, so nothing happens after what is given
    last_day = max(int(days.max(initial=inputs.as_of)) for days in (inputs.needs.day, receipts.day, inputs.safety.day))
    return PlanningNetwork(
        sequence=sequence,
        rank=rank,
        codes=codes,
        level_starts=level_starts,
        uses=_where_used(inputs, rank),
        given=given,
        given_starts=given_starts,
        receipt_starts=np.searchsorted(receipts.item, np.arange(count + 1)),
        level_receipts=[np.flatnonzero(receipt_level == level) for level in range(len(level_starts) - 1)],
        is_dated=_dated_items(inputs),
        last_day=last_day,
        calendar=_calendar(inputs, last_day),
    )


def _given_by_rank(needs: Needs, rank: np.ndarray) -> tuple[Needs, np.ndarray]:
    of = rank[needs.item]
    # needs are read by kind and document, but components listed with an order stand before those of exploded ones
    by_who = np.lexsort((needs.line, needs.ref, needs.kind)) if _mixes_documents(needs) else np.arange(len(needs))
    order = by_who[_stable_order(of[by_who], np.zeros(len(of), dtype=np.int64))]
    return needs.take(order), np.concatenate([[0], np.cumsum(np.bincount(of, minlength=len(rank)))])


def _mixes_documents(needs: Needs) -> bool:
    who = (needs.kind << 40) + needs.ref
    return bool((np.diff(who) < 0).any()) or bool(((np.diff(who) == 0) & (np.diff(needs.line) < 0)).any())


def _where_used(inputs: PlanningInputs, rank: np.ndarray) -> WhereUsed:
    bills = inputs.bills
    bill = np.repeat(np.arange(len(bills.item)), np.diff(bills.line_starts))
    parent = bills.item[bill]
    counts = bills.planned & (inputs.sources.kind[parent] != "buy")
    # orders start on as_of at the earliest
    counts &= (bills.line_to >= inputs.as_of) & (bills.valid_to[bill] >= inputs.as_of)
    line = np.flatnonzero(counts)
    component = rank[bills.component[line]]
    # lines lie by bill and a bill's item; a stable sort by the parent's rank and then the component's is what is wanted
    line = line[_stable_order(component, rank[parent[line]])]
    starts = np.concatenate([[0], np.cumsum(np.bincount(component, minlength=len(rank)))])
    columns = (parent, bill, bills.numerator, bills.denominator, bills.fixed, bills.line_from, bills.line_to)
    return WhereUsed(starts, *(values[line] for values in columns))


def _stable_order(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Rows by first, then second, then as they stand; sorting packed numbers is faster than sorting by columns."""
    bits = [int(values.max(initial=0)).bit_length() for values in (first, second)] + [len(first).bit_length()]
    if sum(bits) > 62:
        return np.lexsort((second, first))
    packed = (((first << bits[1]) | second) << bits[2]) | np.arange(len(first))
    return np.sort(packed) & ((1 << bits[2]) - 1)


def _dated_items(inputs: PlanningInputs) -> np.ndarray:
    bills = inputs.bills
    count = len(inputs.items)
    of_line = np.repeat(np.arange(len(bills.item)), np.diff(bills.line_starts))
    line = (bills.line_from > NO_DAY) | (bills.line_to < EVERY_DAY)
    bill = (bills.valid_from > NO_DAY) | (bills.valid_to < EVERY_DAY)
    dated = np.diff(bills.bill_starts) > 1
    dated |= np.bincount(bills.item, bill, minlength=count) > 0
    return dated | (np.bincount(bills.item[of_line], line, minlength=count) > 0)


def _calendar(inputs: PlanningInputs, last_day: int) -> CalendarTable:
    sources = inputs.sources
    ahead = int((sources.early_days + sources.inspection_days).max(initial=0))
    lead = max(int(sources.lead_days.max(initial=0)), int(sources.offer_lead.max(initial=0)))
    return inputs.calendar.table(inputs.as_of, last_day, ahead + lead + SPARE_DAYS)
