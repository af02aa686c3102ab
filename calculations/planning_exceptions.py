"""What in a plan needs a person: each exception with its remedy, as vectors over orders, items and receipts."""

import numpy as np
import pandas as pd

from calculations.exact import micro_text
from calculations.planning_inputs import FORECAST, INSPECTION, PLANNED, SALES
from calculations.planning_results import Pegging, date_texts, dates, demand_names, quantity_texts
from calculations.supply_sources import BLANK, step_on
from calculations.work_center_load import work_center_load

# The most pressing first: who waits, what stops the plan, what to move, what is merely odd.
URGENCY = ("late_order", "past_due_demand", "past_due_release", "overdue_receipt", "no_bom", "no_supplier",
           "no_lead_time", "below_safety_stock", "expedite", "overload", "defer", "cancel")  # fmt: skip


def exception_frames(plan, frames: dict[str, pd.DataFrame], pegging: Pegging) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Exceptions (kind, item, order, line, date, quantity_micro, message) and the load they were judged by.

    Sorted by urgency of the kind, then by date, item, order and line.
    """
    numbers = _numbers(plan, frames)
    earliest = _earliest(plan)
    load = _load(plan)
    found = [
        _past_due_releases(plan, numbers, earliest),
        _past_due_demands(plan, numbers),
        _overdue_receipts(plan),
        *_moved_receipts(plan),
        _below_safety_stock(plan),
        *_missing_sources(plan, numbers),
        _late_orders(plan, pegging, earliest),
        _overloads(load),
    ]
    exceptions = pd.concat([frame for frame in found if len(frame)] or [_exceptions("", [], [], [], [], [])])
    exceptions = exceptions.assign(urgency=pd.Index(URGENCY).get_indexer(exceptions["kind"]))
    exceptions = exceptions.sort_values(["urgency", "date", "item", "order", "line"], kind="stable", ignore_index=True)
    return exceptions.drop(columns="urgency"), load


def _exceptions(kind: str, item, order, day, quantity, message, line=None) -> pd.DataFrame:
    """One kind of exception; day -1 and line None are blank."""
    day, quantity = np.asarray(day, dtype=np.int64), np.asarray(quantity, dtype=np.int64)
    line = np.full(len(day), BLANK) if line is None else line
    return pd.DataFrame(
        {
            "kind": pd.Series(kind, index=range(len(day)), dtype="str"),
            "item": pd.Series(np.asarray(item, dtype=object), dtype="str"),
            "order": pd.Series(np.asarray(order, dtype=object), dtype="str"),
            "line": pd.Series(pd.arrays.IntegerArray(line.astype(np.int64), line == BLANK)),
            "date": dates(day),
            "quantity_micro": pd.Series(pd.arrays.IntegerArray(quantity, np.zeros(len(day), dtype=bool))),
            "message": pd.Series(np.asarray(message, dtype=object), dtype="str"),
        }
    )


def _numbers(plan, frames: dict[str, pd.DataFrame]) -> np.ndarray:
    """Numbers of this run's suggestions in the order of `plan.orders`."""
    suggested = frames["planned_orders"]
    suggested = suggested[~suggested["firm"].to_numpy(dtype=bool)]
    numbers = np.empty(len(plan.orders.item), dtype=object)
    numbers[np.argsort(plan.orders.item, kind="stable")] = suggested["number"].to_numpy(dtype=object)
    return numbers


def _codes(plan, item: np.ndarray) -> np.ndarray:
    return plan.inputs.items["item"].to_numpy(dtype=object)[item]


def _earliest(plan) -> np.ndarray:
    """The day on which each suggested order could be usable if it were released on as_of."""
    inputs, orders = plan.inputs, plan.orders
    today = np.full(len(orders.item), inputs.as_of, dtype=np.int64)
    days = np.maximum(orders.schedule.lead, 0) + inputs.sources.inspection_days[orders.item]
    return step_on(inputs.calendar, today, days)


def _past_due_releases(plan, numbers: np.ndarray, earliest: np.ndarray) -> pd.DataFrame:
    orders = plan.orders
    late = np.flatnonzero(orders.schedule.release < plan.inputs.as_of)
    message = (
        "should have been released on "
        + date_texts(orders.schedule.release[late])
        + " for "
        + date_texts(orders.need[late])
        + "; released today it comes on "
        + date_texts(earliest[late])
        + ": shorten the lead time or tell who waits"
    )
    return _exceptions("past_due_release", _codes(plan, orders.item[late]), numbers[late], earliest[late],
                       orders.quantity[late], message)  # fmt: skip


def _past_due_demands(plan, numbers: np.ndarray) -> pd.DataFrame:
    needs = plan.needs
    # of a suggested parent its own past release is reported
    late = np.flatnonzero((needs.date < plan.inputs.as_of) & (needs.kind != PLANNED))
    needs = needs.take(late)
    names = demand_names(plan, numbers, needs)
    advice = np.where(needs.kind == FORECAST, "correct the forecast if it has lapsed", "deliver, or agree a new date")
    message = (
        quantity_texts(needs.quantity)
        + " were wanted on "
        + date_texts(needs.date)
        + "; planned for today: "
        + pd.Series(advice, dtype="str")
    )
    return _exceptions("past_due_demand", _codes(plan, needs.item), names, needs.date, needs.quantity, message,
                       needs.line)  # fmt: skip


def _overdue_receipts(plan) -> pd.DataFrame:
    receipts = plan.inputs.receipts
    late = np.flatnonzero(receipts.date < plan.inputs.as_of)
    message = (
        quantity_texts(receipts.quantity[late])
        + " were due on "
        + date_texts(receipts.date[late])
        + " and are counted as coming today: ask for a date and correct it"
    )
    return _exceptions("overdue_receipt", _codes(plan, receipts.item[late]), receipts.order[late],
                       receipts.date[late], receipts.quantity[late], message, receipts.line[late])  # fmt: skip


def _moved_receipts(plan) -> list[pd.DataFrame]:
    """Expedite, defer and cancel: the day on which each receipt is first needed, against the day it is due.

    Running totals: safety stock first, then requirements by day; stock serves first, then receipts by day.
    """
    receipts = plan.inputs.receipts
    needed = _needed_day(plan)
    names = _codes(plan, receipts.item)
    document = receipts.kind != INSPECTION
    ends = {
        "expedite": np.flatnonzero(document & (needed >= 0) & (needed < receipts.day)),
        "defer": np.flatnonzero(document & (needed > receipts.day)),
        "cancel": np.flatnonzero(document & (needed == BLANK)),
    }
    frames = []
    for kind, rows in ends.items():
        due, wanted = date_texts(receipts.date[rows]), date_texts(np.maximum(needed[rows], 0))
        messages = {
            "expedite": "due on " + due + ", needed on " + wanted + ": ask for it earlier, else the plan orders anew",
            "defer": "due on " + due + ", first needed on " + wanted + ": ask for it later",
            "cancel": "due on " + due + ", nothing needs it: cancel it or reduce it",
        }
        day = np.where(needed[rows] == BLANK, receipts.date[rows], needed[rows])
        frames.append(_exceptions(kind, names[rows], receipts.order[rows], day, receipts.quantity[rows],
                                  messages[kind], receipts.line[rows]))  # fmt: skip
    return frames


def _needed_day(plan) -> np.ndarray:
    """For each receipt the first day on which stock and earlier receipts would fall short; -1 = never."""
    inputs, receipts, moves = plan.inputs, plan.inputs.receipts, plan.movements
    # requirements without anything planned: available counts down from what is there to the safety stock
    head = moves.starts[:-1]
    used = np.cumsum(moves.gross)
    used = used - np.repeat((used - moves.gross)[head], np.diff(moves.starts))
    row_item = plan.item
    order = np.argsort(row_item, kind="stable")
    row_item, used, day = row_item[order], used[order], moves.day[order]
    running = np.cumsum(receipts.quantity)
    first = np.searchsorted(receipts.item, receipts.item)
    before = running - receipts.quantity - (running - receipts.quantity)[first]
    free = inputs.on_hand[receipts.item] - plan.lots.safety[receipts.item] + before
    # the first movement of the item whose running requirement exceeds what is free, by a search on item and total
    starts = np.searchsorted(row_item, np.arange(len(inputs.items) + 1))
    return _first_above(used, day, starts[receipts.item], starts[receipts.item + 1], free, inputs.as_of)


def _first_above(used, day, low, high, free, today: int) -> np.ndarray:
    """Bisection in lockstep: the day of the first row in [low, high) with used > free; today where free is negative."""
    left, right, end = low.copy(), high.copy(), high
    while (left < right).any():
        going = left < right
        middle = (left + right) // 2
        above = np.append(used, 0)[middle] > free
        right = np.where(going & above, middle, right)
        left = np.where(going & ~above, middle + 1, left)
    found = np.where(left < end, np.append(day, 0)[left], BLANK)
    return np.where(free < 0, today, found)


def _below_safety_stock(plan) -> pd.DataFrame:
    inputs, safety = plan.inputs, plan.lots.safety
    low = np.flatnonzero(inputs.on_hand < safety)
    missing = (safety - inputs.on_hand)[low]
    message = (
        quantity_texts(inputs.on_hand[low])
        + " usable on hand, "
        + quantity_texts(safety[low])
        + " wanted in stock: expedite what is on order, or lower the safety stock"
    )
    none = np.full(len(low), "", dtype=object)
    return _exceptions("below_safety_stock", _codes(plan, low), none, np.full(len(low), inputs.as_of), missing, message)


def _missing_sources(plan, numbers: np.ndarray) -> list[pd.DataFrame]:
    """Items ordered without bill, supplier or lead time, once an item: its first order and all it orders."""
    orders, sources, bills = plan.orders, plan.inputs.sources, plan.inputs.bills
    kind, start = sources.kind[orders.item], np.maximum(orders.schedule.release, plan.inputs.as_of)
    cases = {
        "no_bom": (
            (kind != "buy") & ((orders.bill == BLANK) | bills.are_empty(orders.bill, start)),
            "is made without a bill of materials with lines in force: add one",
        ),
        "no_supplier": (
            (kind != "make") & (orders.schedule.offer == BLANK),
            "has no supplier in force: add a row to supplier_items",
        ),
        "no_lead_time": (orders.schedule.lead == BLANK, "has no lead time and is planned with 0 days: enter one"),
    }
    frames = []
    for name, (missing, advice) in cases.items():
        rows = np.flatnonzero(missing)
        item, first = np.unique(orders.item[rows], return_index=True)
        total = np.zeros(len(plan.inputs.items), dtype=np.int64)
        np.add.at(total, orders.item[rows], orders.quantity[rows])
        codes = _codes(plan, item)
        message = "item " + pd.Series(codes, dtype="str") + " " + advice
        at = rows[first]
        frames.append(_exceptions(name, codes, numbers[at], orders.schedule.release[at], total[item], message))
    return frames


def _late_orders(plan, pegging: Pegging, earliest: np.ndarray) -> pd.DataFrame:
    """Sales order lines whose supply cannot be there in time, following every peg from parts to the order."""
    usable = _usable_days(plan, pegging, earliest)
    needs = pegging.needs
    expected = np.full(len(needs), plan.inputs.as_of, dtype=np.int64)
    np.maximum.at(expected, pegging.demand, usable[pegging.supply])
    late = np.flatnonzero((needs.kind == SALES) & (expected > needs.day))
    # a phantom's components each serve the line: one exception for the latest of them
    line = needs.ref[late]
    late = late[np.lexsort((-expected[late], line))]
    late = late[np.unique(needs.ref[late], return_index=True)[1]]
    rows = needs.take(late)
    message = (
        "wanted on "
        + date_texts(rows.date)
        + ", can be there on "
        + date_texts(expected[late])
        + ": expedite what it waits for, or promise that date"
    )
    names = plan.inputs.documents[SALES][rows.ref]
    return _exceptions("late_order", _codes(plan, rows.item), names, expected[late], rows.quantity, message, rows.line)


def _usable_days(plan, pegging: Pegging, earliest: np.ndarray) -> np.ndarray:
    """The day on which each supply can be there at the earliest, parts before what is made from them."""
    inputs, orders, needs = plan.inputs, plan.orders, pegging.needs
    usable = np.full(len(pegging.supply_item), inputs.as_of, dtype=np.int64)
    received = np.flatnonzero((pegging.supply_ref != BLANK) & ~pegging.planned)
    usable[received] = inputs.receipts.day[pegging.supply_ref[received]]
    suggested = np.flatnonzero(pegging.planned)
    ready = np.maximum(orders.need, earliest)
    row_of_order = np.empty(len(orders.item), dtype=np.int64)
    row_of_order[pegging.supply_ref[suggested]] = suggested
    firm = len(inputs.documents[PLANNED])
    fed = np.flatnonzero((needs.kind[pegging.demand] == PLANNED) & (needs.ref[pegging.demand] >= firm))
    parent = needs.ref[pegging.demand[fed]] - firm
    due_parts = needs.day[pegging.demand[fed]]
    level = plan.codes[pegging.supply_item[pegging.supply[fed]]]
    days = np.maximum(orders.schedule.lead, 0) + inputs.sources.inspection_days[orders.item]
    usable[row_of_order] = ready
    for code in range(int(plan.codes.max(initial=0)), 0, -1):
        at = np.flatnonzero(level == code)
        parts_day = usable[pegging.supply[fed[at]]]
        slow = parts_day > due_parts[at]
        held = parent[at[slow]]
        again = step_on(inputs.calendar, parts_day[slow], days[held])
        np.maximum.at(usable, row_of_order[held], again)
    return usable


def _load(plan) -> pd.DataFrame:
    inputs, orders = plan.inputs, plan.orders
    made = np.flatnonzero(inputs.sources.kind[orders.item] == "make")
    item, remaining, start = inputs.to_make
    return work_center_load(
        inputs,
        np.append(item, orders.item[made]),
        np.append(remaining, orders.quantity[made]),
        np.append(start, np.maximum(orders.schedule.release[made], inputs.as_of)),
    )


def _overloads(load: pd.DataFrame) -> pd.DataFrame:
    over = load[load["overload_micro"] > 0]
    day = over["week"].to_numpy().astype("datetime64[D]").astype(np.int64)
    message = [
        f"work center {center} has {micro_text(capacity)} hours in this week and {count} orders ask for "
        f"{micro_text(hours)}: add shifts, or start some earlier or later"
        for center, capacity, hours, count in zip(
            over["work_center"], over["capacity_micro"], over["hours_micro"], over["orders"], strict=True
        )
    ]
    none = np.full(len(over), "", dtype=object)
    return _exceptions("overload", none, over["work_center"].to_numpy(object), day, over["overload_micro"], message)
