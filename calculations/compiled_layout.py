"""How the compiled solver sees a plant: matrices, and the numbers of their columns and rows."""

import numpy as np
from numba import njit

from calculations.exact import MICRO
from calculations.netting import LotParameters
from calculations.planning_inputs import PlanningInputs
from calculations.planning_network import PlanningNetwork
from calculations.supply_sources import BLANK

DONE, NO_ROOM, TOO_LARGE = 0, 1, 2
LOT_FOR_LOT, PERIOD, LEAST_COST = 0, 1, 2
RULES = {"period_order_quantity": PERIOD, "least_total_cost": LEAST_COST}
# Sort keys hold the day, the priority and the place among the item's needs.
DAY_SHIFT, PRIORITY_SHIFT = 40, 32
# Products stay below this; checked in floating point, whose error is far smaller than the margin.
SAFE = 2.0**61
ENDLESS = 2**62

# Columns of the items; rows are ranks in plan order.
(POSITION, ON_HAND, SAFETY, STEP, MINIMUM, MULTIPLE, PART, LOT, ORDER_UP_TO, YIELD_GOOD, YIELD_OF, RULE, PERIOD_DAYS,
 LEAD_DAYS, AHEAD_DAYS, IS_BOUGHT, IS_MADE, ONLY_BILL, IS_DATED, HAS_OFFER_DATES, BARE_MINIMUM, BARE_MULTIPLE,
 BARE_PART, FIRST_USE, END_USE, FIRST_GIVEN, END_GIVEN, FIRST_RECEIPT, END_RECEIPT, FIRST_SAFETY, END_SAFETY,
 FIRST_BILL, END_BILL, FIRST_OFFER, END_OFFER, FIRST_OPERATION, END_OPERATION) = range(37)  # fmt: skip
# Columns of bill lines by component, needs from outside, receipts and safety stocks, bills, offers, operations.
USE_PARENT, USE_DATED, USE_BILL, USE_NUMERATOR, USE_DENOMINATOR, USE_FIXED, USE_FIRST, USE_LAST = range(8)
GIVEN_DAY, GIVEN_PRIORITY, GIVEN_QUANTITY = range(3)
EVENT_DAY, EVENT_QUANTITY = range(2)
VALID_FROM, VALID_TO, OFFER_LEAD, OFFER_MINIMUM, OFFER_MULTIPLE, OFFER_PART = range(6)
SETUP_HOURS, RUN_HOURS, CAPACITY = range(3)
# Columns of the orders' wide matrix; rows of their narrow one and of those of movements and pegs.
QUANTITY, URGENCY, RECEIVED = range(3)
MOVEMENT, DUE, LEAD, OFFER, BILL = range(5)
GROSS, ORDERED, PROJECTED, COVERED = range(4)
SUPPLY, DEMAND = range(2)
ORDERS, MOVES, ASKED, SERVED = range(4)
FIRST_ORDER, ORDER_COUNT = range(2)
# Rows of the scratch numbers: of an item's needs, then of its movements, then of least total cost.
SOURCE, ASKED_QUANTITY = 0, 1
PRIORITY, LAST_COVERED, RECEIPTS, MOVE_SAFETY, AT, GROUP = range(6)
NEEDED, ON_DAY, TOTAL, MOMENT, BEST, COST = range(6)
SORTED_BY_INSERTION = 16

# Without numba's counting of references to arrays, which takes longer than the work between two calls.
compiled = njit(cache=True, nogil=True, error_model="numpy", _nrt=False)


def scratch_matrices(rows: int) -> tuple[np.ndarray, ...]:
    """Room for the work on one item: sort keys, again, whole numbers and floats."""
    return (np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64), np.empty((6, rows), dtype=np.int64),
            np.empty((6, rows + 1)))  # fmt: skip


def item_matrix(inputs: PlanningInputs, network: PlanningNetwork, lots: LotParameters) -> np.ndarray:
    """What planning must know of each item, by rank; micro-units, -1 = none."""
    sources, bills, uses = inputs.sources, inputs.bills, network.uses
    sequence = network.sequence
    rule = np.full(len(sequence), LOT_FOR_LOT, dtype=np.int64)
    for name, number in RULES.items():
        rule[(inputs.items["lot_sizing"] == name).to_numpy()] = number
    common = np.gcd(lots.yield_rate, MICRO)
    bare = lots
    if sources.is_dated.any():
        every = np.arange(len(sequence))
        bare = inputs.lots_of(every, np.full_like(every, BLANK))
    by_item = {
        POSITION: np.arange(len(sequence)), ON_HAND: inputs.on_hand, SAFETY: lots.safety, STEP: lots.step,
        MINIMUM: lots.minimum, MULTIPLE: lots.multiple, PART: lots.part, LOT: lots.lot, ORDER_UP_TO: lots.order_up_to,
        YIELD_GOOD: lots.yield_rate // common, YIELD_OF: MICRO // common, RULE: rule, PERIOD_DAYS: lots.period_days,
        LEAD_DAYS: sources.lead_days, AHEAD_DAYS: sources.early_days + sources.inspection_days,
        IS_BOUGHT: sources.kind != "make", IS_MADE: sources.kind != "buy",
        ONLY_BILL: np.where(np.diff(bills.bill_starts) > 0, bills.bill_starts[:-1], BLANK),
        IS_DATED: network.is_dated, HAS_OFFER_DATES: sources.is_dated,
        BARE_MINIMUM: bare.minimum, BARE_MULTIPLE: bare.multiple, BARE_PART: bare.part,
    }  # fmt: skip
    starts = {FIRST_RECEIPT: network.receipt_starts, FIRST_SAFETY: inputs.safety.starts, FIRST_BILL: bills.bill_starts,
              FIRST_OFFER: sources.offer_starts, FIRST_OPERATION: sources.operation_starts}  # fmt: skip
    items = np.empty((len(sequence), 37), dtype=np.int64)
    for column, values in by_item.items():
        items[:, column] = values[sequence]
    for column, values in starts.items():
        items[:, column], items[:, column + 1] = values[sequence], values[sequence + 1]
    for column, values in ((FIRST_USE, uses.starts), (FIRST_GIVEN, network.given_starts)):
        items[:, column], items[:, column + 1] = values[:-1], values[1:]
    return items


def row_matrices(inputs: PlanningInputs, network: PlanningNetwork) -> tuple[np.ndarray, ...]:
    """Bill lines by component, needs from outside, receipts, safety stocks, bills, offers, operations: as matrices."""
    sources, bills, uses, given, safety = inputs.sources, inputs.bills, network.uses, network.given, inputs.safety
    none = np.zeros(len(sources.supplier), dtype=np.int64)
    limits = (none, none, none)
    if sources.is_dated.any():
        owner = np.repeat(np.arange(len(inputs.items)), np.diff(sources.offer_starts))
        offered = inputs.lots_of(owner, np.arange(len(owner)))
        limits = (offered.minimum, offered.multiple, offered.part)
    return (
        _matrix(uses.parent, network.is_dated[uses.parent], uses.bill, uses.numerator, uses.denominator, uses.fixed,
                uses.first_day, uses.last_day),
        _matrix(given.day, given.priority, given.quantity),
        _matrix(inputs.receipts.day, inputs.receipts.quantity),
        _matrix(safety.day, safety.quantity),
        _matrix(bills.valid_from, bills.valid_to),
        _matrix(sources.valid_from, sources.valid_to, sources.offer_lead, *limits),
        _matrix(sources.setup_hours, sources.run_hours, sources.capacity),
    )  # fmt: skip


def _matrix(*columns: np.ndarray) -> np.ndarray:
    matrix = np.empty((len(columns[0]), len(columns)), dtype=np.int64)
    for place, values in enumerate(columns):
        matrix[:, place] = values
    return matrix


@compiled
def rounded_up(quantity, multiple):
    return -(-quantity // multiple) * multiple
