"""How the compiled solver sees a plant and writes its plan: tuples of arrays, handed over as they are."""

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from calculations.bills_of_materials import BillsOfMaterials
from calculations.netting import LotParameters
from calculations.plan_book import Asked, Moves, Orders, PlanBook, Served
from calculations.planning_inputs import PlanningInputs
from calculations.planning_network import PlanningNetwork, WhereUsed
from calculations.supply_sources import BLANK, SupplySources

DONE, NO_ROOM, TOO_LARGE = 0, 1, 2
LOT_FOR_LOT, PERIOD, LEAST_COST = 0, 1, 2
RULES = {"period_order_quantity": PERIOD, "least_total_cost": LEAST_COST}
# Products stay below this; checked in floating point, whose error is far smaller than the margin.
SAFE = 2.0**61
ENDLESS = 2**62
# What planning reads of a use lies together in memory.
USE = np.dtype([("parent", np.int32), ("line", np.int32), ("factor", np.int64)])
# Rows after which one is needed that is fetched now: long enough for memory to answer.
AHEAD = 8

# Numba's store of compiled code looks at the outermost function's file only: a change in any of these must count.
FILES = sorted(Path(__file__).parent.glob("compiled_*.py"))
SOURCES = sha256(b"".join(path.read_bytes() for path in FILES)).hexdigest()


def compiled(function):
    """A function as machine code, without numba's counting of references to arrays; stored until the sources change."""
    function.__qualname__ += f"_{SOURCES[:16]}"
    return njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(function)


def inlined(function):
    """Part of what calls it: handing over a hundred arrays for every item takes longer than its work."""
    return njit(nogil=True, error_model="numpy", _nrt=False, inline="always")(function)


@intrinsic
def prefetch(typing_context, array, place):
    """Have an element of an array brought near; a place outside does no harm."""

    def code(context, builder, signature, arguments):
        of, number = signature.args
        rows = context.make_array(of)(context, builder, arguments[0])
        place = context.cast(builder, arguments[1], number, types.intp)
        element = cgutils.get_item_pointer(context, builder, of, rows, [place])
        address, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [address, number, number, number])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        # for reading, to be kept, data
        builder.call(fetch, [builder.bitcast(element, address), number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, place), code


class Lots(NamedTuple):
    """The limits of an order, as in `netting.LotParameters`."""

    minimum: np.ndarray
    multiple: np.ndarray
    part: np.ndarray


class Items(NamedTuple):
    """What planning must know of each item, by position; micro-units, -1 = none.

    `lots` are the limits with the best offer on as_of, `bare` those where no offer is in force; `only_offer` and
    `only_bill` are what holds on every day, -1 where that has to be looked up or there is none.
    """

    on_hand: np.ndarray
    safety: np.ndarray
    step: np.ndarray
    lots: Lots
    bare: Lots
    lot: np.ndarray
    order_up_to: np.ndarray
    yield_rate: np.ndarray
    rule: np.ndarray
    period_days: np.ndarray
    ordering_cost: np.ndarray
    carrying_cost: np.ndarray
    lead_days: np.ndarray
    early_days: np.ndarray
    inspection_days: np.ndarray
    is_bought: np.ndarray
    is_made: np.ndarray
    has_offer_dates: np.ndarray
    only_offer: np.ndarray
    has_bill_dates: np.ndarray
    only_bill: np.ndarray


class Offers(NamedTuple):
    """Suppliers' offers by item, best first, as in `SupplySources`."""

    starts: np.ndarray
    valid_from: np.ndarray
    valid_to: np.ndarray
    lead: np.ndarray
    lots: Lots


class Operations(NamedTuple):
    """Routings by item, as in `SupplySources`."""

    starts: np.ndarray
    setup_hours: np.ndarray
    run_hours: np.ndarray
    capacity: np.ndarray


class Bills(NamedTuple):
    """Bills by item and their lines, as in `BillsOfMaterials`."""

    starts: np.ndarray
    valid_from: np.ndarray
    valid_to: np.ndarray
    of_line: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    fixed: np.ndarray
    line_from: np.ndarray
    line_to: np.ndarray


class Given(NamedTuple):
    """Needs from outside: `row` lists them by rank, in the order in which equal ones are served."""

    starts: np.ndarray
    row: np.ndarray
    day: np.ndarray
    priority: np.ndarray
    quantity: np.ndarray


class Events(NamedTuple):
    """Receipts or levels of safety stock, by item and day."""

    starts: np.ndarray
    day: np.ndarray
    quantity: np.ndarray


class Calendar(NamedTuple):
    """Working days: `place[day - first]` is the number of the last one on or before the day among `days`."""

    first: int
    place: np.ndarray
    days: np.ndarray


class Plant(NamedTuple):
    """Everything the compiled code reads; `covers_ahead`: an order may cover more than what its day misses."""

    as_of: int
    covers_ahead: bool
    sequence: np.ndarray
    items: Items
    uses: WhereUsed
    bills: Bills
    offers: Offers
    operations: Operations
    given: Given
    receipts: Events
    safeties: Events
    calendar: Calendar


class Pages(NamedTuple):
    """Everything the compiled code writes; see `PlanBook`."""

    orders: Orders
    moves: Moves
    asked: Asked
    served: Served
    order_first: np.ndarray
    order_count: np.ndarray
    move_count: np.ndarray
    asked_count: np.ndarray


class Rows(NamedTuple):
    """How many rows were written, or which one is the next."""

    orders: int
    moves: int
    asked: int
    served: int


class Scratch(NamedTuple):
    """Room for the work on one item: its needs, its movements, and the groups of least total cost."""

    keys: np.ndarray
    spare: np.ndarray
    source: np.ndarray
    quantity: np.ndarray
    priority: np.ndarray
    covered: np.ndarray
    receipts: np.ndarray
    safety: np.ndarray
    at: np.ndarray
    group: np.ndarray
    needed: np.ndarray
    on_day: np.ndarray
    total: np.ndarray
    moment: np.ndarray
    best: np.ndarray
    cost: np.ndarray


def scratch(rows: int) -> Scratch:
    """Room for items of so many needs and movements."""
    whole = len(Scratch._fields) - 6
    return Scratch(*np.empty((whole, rows), dtype=np.int64), *np.empty((6, rows + 1)))


def plant_of(inputs: PlanningInputs, network: PlanningNetwork) -> Plant:
    """The plant as the compiled code reads it."""
    needs, safety, calendar = inputs.needs, inputs.safety, network.calendar
    items = _items(inputs, network)
    return Plant(
        as_of=inputs.as_of,
        covers_ahead=bool(items.rule.any()) or bool((items.order_up_to > 0).any()),
        sequence=network.sequence,
        items=items,
        uses=_uses(network.uses),
        bills=_bills(inputs.bills),
        offers=_offers(inputs),
        operations=_operations(inputs.sources),
        given=Given(network.given_starts, network.given_rows, needs.day, needs.priority, needs.quantity),
        receipts=Events(network.receipt_starts, inputs.receipts.day, inputs.receipts.quantity),
        safeties=Events(safety.starts, safety.day, safety.quantity),
        calendar=Calendar(calendar.first, calendar.place, calendar.days),
    )


def pages_of(book: PlanBook) -> Pages:
    """The pages of a book; they are others after it has grown."""
    return Pages(book.orders.arrays, book.moves.arrays, book.asked.arrays, book.served.arrays, book.order_first,
                 book.order_count, book.move_count, book.asked_count)  # fmt: skip


def _uses(uses: WhereUsed) -> WhereUsed:
    """At least two, so that they lie in memory as many do: other arrays are other types, to be compiled for anew."""
    if len(uses.line) > 1:
        return uses
    rows = np.zeros(2, dtype=USE)
    for name in USE.names:
        rows[name][: len(uses.line)] = getattr(uses, name)
    return WhereUsed(uses.starts, rows["parent"], rows["line"], rows["factor"])


def _items(inputs: PlanningInputs, network: PlanningNetwork) -> Items:
    lots, sources, bills = inputs.lots, inputs.sources, inputs.bills
    rule = np.full(len(inputs.items), LOT_FOR_LOT, dtype=np.int8)
    for name, number in RULES.items():
        rule[(inputs.items["lot_sizing"] == name).to_numpy()] = number
    bare = lots
    if sources.is_dated.any():
        every = np.arange(len(rule))
        bare = inputs.lots_of(every, np.full_like(every, BLANK))
    return Items(
        on_hand=inputs.on_hand,
        safety=lots.safety,
        step=lots.step,
        lots=_limits(lots),
        bare=_limits(bare),
        lot=lots.lot,
        order_up_to=lots.order_up_to,
        yield_rate=lots.yield_rate,
        rule=rule,
        period_days=lots.period_days,
        ordering_cost=lots.ordering_cost,
        carrying_cost=lots.carrying_cost,
        lead_days=sources.lead_days,
        early_days=sources.early_days,
        inspection_days=sources.inspection_days,
        is_bought=sources.is_bought,
        is_made=sources.is_made,
        has_offer_dates=sources.is_dated,
        only_offer=sources.usual_offer,
        has_bill_dates=network.is_dated,
        only_bill=np.where(np.diff(bills.bill_starts) > 0, bills.bill_starts[:-1], BLANK),
    )


def _limits(lots: LotParameters) -> Lots:
    return Lots(lots.minimum, lots.multiple, lots.part)


def _offers(inputs: PlanningInputs) -> Offers:
    sources = inputs.sources
    none = np.zeros(0, dtype=np.int64)
    limits = Lots(none, none, none)
    if sources.is_dated.any():
        owner = np.repeat(np.arange(len(inputs.items)), np.diff(sources.offer_starts))
        limits = _limits(inputs.lots_of(owner, np.arange(len(owner))))
    return Offers(sources.offer_starts, sources.valid_from, sources.valid_to, sources.offer_lead, limits)


def _operations(sources: SupplySources) -> Operations:
    return Operations(sources.operation_starts, sources.setup_hours, sources.run_hours, sources.capacity)


def _bills(bills: BillsOfMaterials) -> Bills:
    return Bills(bills.bill_starts, bills.valid_from, bills.valid_to, bills.of_line, bills.numerator, bills.denominator,
                 bills.fixed, bills.line_from, bills.line_to)  # fmt: skip


@compiled
def rounded_up(quantity, multiple):
    """The smallest multiple that is no smaller."""
    return -(-quantity // multiple) * multiple
