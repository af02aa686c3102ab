"""Undoing a fact: every move it made is mirrored, and its document takes the progress back."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from calculations.exact import micro_text
from calculations.stock_ledger import NO_LINE, OF_AN_ORDER, Cause, Refused, StockLedger
from calculations.typed_frames import typed

POSTED_DTYPES = {
    "table": "str",
    "event": "str",
    "date": "datetime64[s]",
    "order": "str",
    "scrapped_micro": "int64",
    "passed_micro": "int64",
    "operation": "str",
    "state": "str",
    "reversed_by": "str",
}
ISSUE_KINDS = ("issue", "return_issue", "send", "return_send")
GONE = {
    "available": "used, shipped, moved, reserved or adjusted since",
    "blocked": "moved or adjusted since",
    "inspection": "decided on by an inspection since",
    "in_production": "used up or returned since",
    "at_subcontractor": "used up or returned since",
    "reserved": "used or given back since",
}


@dataclass(slots=True)
class PostedFact:
    """A fact that was posted, as far as undoing it needs to know; other states are those that moved nothing."""

    date: object
    order: str
    scrapped: int = 0
    passed: int = 0
    operation: str = ""
    state: str = "posted"
    reversed_by: str = ""


class History:
    """What was posted before and in this run, and the moves it made."""

    def __init__(self, world: dict[str, pd.DataFrame], ledger: StockLedger, waiting: set[tuple[str, str]]):
        self.ledger = ledger
        self.waiting = waiting
        self.facts: dict[tuple[str, str], PostedFact] = {}
        self.before: dict[str, list[tuple]] = defaultdict(list)
        self._places: dict[str, list[int]] = defaultdict(list)
        self._indexed = 0
        posted = world.get("posted_facts")
        if posted is not None and len(posted):
            days = posted["date"].to_numpy().astype("datetime64[D]")
            keys, columns = (posted[name].tolist() for name in ("table", "event")), list(POSTED_DTYPES)[3:]
            rest = (posted[name].tolist() for name in columns)
            for table, event, day, *known in zip(*keys, days, *rest, strict=True):
                self.facts[table, event] = PostedFact(day, *known)
        reversals = world.get("reversals")
        moves = world.get("earlier_moves", world.get("stock_moves"))
        if reversals is not None and len(reversals) and moves is not None and len(moves):
            self._read_moves(moves[moves["origin"].isin(reversals["table"] + ":" + reversals["reversed_event"])])

    def _read_moves(self, moves: pd.DataFrame) -> None:
        days = moves["date"].to_numpy().astype("datetime64[D]")
        names = ("origin", "item", "warehouse", "lot", "status", "quantity_micro", "kind", "order")
        lines = moves["line"].astype("Int64").fillna(NO_LINE).astype("int64").tolist()
        costs = [None if pd.isna(cost) else int(cost) for cost in moves["unit_cost_micro"].astype(object)]
        for day, line, cost, origin, *rest in zip(days, lines, costs, *(moves[name].tolist() for name in names),
                                                  strict=True):  # fmt: skip
            self.before[origin].append((origin, day, *rest, line, cost))

    def refuse(self, table: str, fact: dict) -> None:
        """Keep a fact that was just refused."""
        self.facts[table, fact["event"]] = PostedFact(fact.get("date"), "", state="refused")

    def remember(self, table: str, fact: dict) -> None:
        """Keep a fact that was just posted."""
        self.facts[table, fact["event"]] = PostedFact(
            fact.get("date"),
            fact.get("order", ""),
            fact.get("scrapped_quantity_micro", 0),
            (fact.get("quantity_micro") or 0) if table == "time_entries" else 0,
            fact.get("operation") or "",
        )

    def moves_of(self, origin: str) -> list[tuple]:
        """The moves a fact made, in the order they were made."""
        moves = self.ledger.moves
        for place in range(self._indexed, len(moves)):
            self._places[moves[place][0]].append(place)
        self._indexed = len(moves)
        return [*self.before.get(origin, ()), *(moves[place] for place in self._places.get(origin, ()))]

    def frame(self) -> pd.DataFrame:
        """Every fact known, as `posted_facts` of the world after."""
        rows = [
            (table, event, pd.NaT if fact.date is None else fact.date, fact.order, fact.scrapped, fact.passed,
             fact.operation, fact.state, fact.reversed_by)
            for (table, event), fact in self.facts.items()
        ]  # fmt: skip
        return typed(rows, POSTED_DTYPES)


def post_reversal(engine, fact: dict, cause: Cause) -> None:
    """Undo a posted fact whole: its moves, what it used up, and its document's progress."""
    table, event = fact["table"], fact["reversed_event"]
    undone = _fact_to_undo(engine, fact, cause)
    moves = engine.history.moves_of(f"{table}:{event}")
    take_back = TAKE_BACK[table](engine, f"{table} {event}", undone, moves)
    _refuse_what_is_gone(engine.ledger, f"{table} {event}", moves)
    for move in moves:
        engine.ledger.mirror(cause, move)
    take_back()
    undone.reversed_by = fact["event"]


def _fact_to_undo(engine, fact: dict, cause: Cause) -> PostedFact:
    table, event = fact["table"], fact["reversed_event"]
    found = engine.history.facts.get((table, event))
    if found.state == "pending" if found else (table, event) in engine.history.waiting:
        raise Refused("reversed_event", event, f"{table} {event} is not posted yet, so there is nothing to undo; post "
                      "it first, or date the reversal on or after it", may_wait=True)  # fmt: skip
    if found is None:
        raise Refused("reversed_event", event, f"there is no event {event} in {table}; correct table or event")
    if found.state == "refused":
        raise Refused("reversed_event", event, f"{table} {event} was refused and moved nothing; correct that fact "
                      "and send it again instead")  # fmt: skip
    if found.reversed_by:
        raise Refused("reversed_event", event, f"{table} {event} is undone already by reversal {found.reversed_by}; "
                      "remove this one, and send what is right as a fact with an event of its own")  # fmt: skip
    if found.date is not None and cause.date < found.date:
        raise Refused("date", cause.date, f"{table} {event} is of {found.date}; date its reversal on or after that day")
    return found


def _refuse_what_is_gone(ledger: StockLedger, what: str, moves: list[tuple]) -> None:
    """Raise when undoing would take units out of a place where they no longer are."""
    taken: dict[tuple, int] = defaultdict(int)
    for _, _, item, warehouse, lot, status, quantity, _, order, line, _ in moves:
        holder = (order, line) if status in OF_AN_ORDER else ("", NO_LINE)
        taken[item, warehouse, lot, status, *holder] += quantity
    for (item, warehouse, lot, status, order, line), quantity in taken.items():
        if quantity <= 0:
            continue
        if status == "available" and item in ledger.awaited:
            message = f"{item} is awaited by an earlier fact that waits for an inspection; this one is posted after it"
            raise Refused("reversed_event", what, message, may_wait=True, item=item)
        left = max(ledger.balance(item, warehouse, lot, status, order, line), 0)
        if left >= quantity or (status == "available" and ledger.may_be_negative(warehouse)):
            continue
        place = f"{warehouse} ({status})" if status in ("available", "blocked") else f"{status} of {order}"
        of_lot = f" of lot {lot}" if lot else ""
        raise Refused(
            "reversed_event", what.split(" ", 1)[1],
            f"{what} cannot be undone: of the {micro_text(quantity)} {item}{of_lot} it brought into {place}, "
            f"{micro_text(left)} are left and {micro_text(quantity - left)} were {GONE[status]}; "
            "reverse what took them first",
            may_wait=True, item=item,
        )  # fmt: skip


# what a document takes back, by the table of the fact; each checks the document before anything moves

TakeBack = Callable[[], None]


def _of_document(engine, what: str, order: str, tables: tuple[str, ...]) -> str:
    """The table of the open document, which is marked as touched."""
    documents = engine.documents
    known = {"purchase_orders": documents.purchases, "work_orders": documents.works,
             "subcontract_orders": documents.subcontracts, "sales_orders": documents.sales_by_order}  # fmt: skip
    table = next((name for name in tables if order in known[name]), "")
    state = documents.refuses(table, order) if table else "closed or cancelled"
    if state:
        raise Refused("reversed_event", what.split(" ", 1)[1], f"{what} cannot be undone: {order} is {state} and takes "
                      "no facts; open it again, or record the opposite as an adjustment")  # fmt: skip
    return table


def _touched(engine, table: str, order: str) -> None:
    engine.documents.touched[table, order] = None
    engine.documents.undone.add((table, order))


def _sum(moves: list[tuple], *kinds: str, status: str = "") -> dict[tuple, int]:
    """Σ quantity of moves of these kinds by (item, line)."""
    sums: dict[tuple, int] = defaultdict(int)
    for _, _, item, _, _, place, quantity, kind, _, line, _ in moves:
        if kind in kinds and (not status or place == status):
            sums[item, line] += quantity
    return sums


def _receipt(engine, what: str, fact: PostedFact, moves: list[tuple]) -> TakeBack:
    table = _of_document(engine, what, fact.order, ("purchase_orders", "subcontract_orders"))
    # goods that a supplier sent straight to an order are in its hands
    target = next((order for *_, kind, order, _, _ in moves if kind in ISSUE_KINDS), "")
    handed_to = _of_document(engine, what, target, ("work_orders", "subcontract_orders")) if target else ""

    def take_back() -> None:
        if target:
            _take_from_order(engine, handed_to, target, moves)
        for (_, line), quantity in _sum(moves, "receipt", "subcontract_receipt").items():
            if table == "purchase_orders":
                engine.documents.purchases[fact.order].lines[line].received -= quantity
            else:
                engine.documents.subcontracts[fact.order].good -= quantity
        _touched(engine, table, fact.order)

    return take_back


def _issue(engine, what: str, fact: PostedFact, moves: list[tuple]) -> TakeBack:
    table = _of_document(engine, what, fact.order, ("work_orders", "subcontract_orders"))

    return lambda: _take_from_order(engine, table, fact.order, moves)


def _take_from_order(engine, table: str, number: str, moves: list[tuple]) -> None:
    """What the moves handed to an order, or took back from it, counts no more."""
    orders = engine.documents.works if table == "work_orders" else engine.documents.subcontracts
    for (item, _), quantity in _sum(moves, *ISSUE_KINDS, status="available").items():
        if item in orders[number].components:
            orders[number].components[item].issued += quantity
    _touched(engine, table, number)


def _completion(engine, what: str, fact: PostedFact, moves: list[tuple]) -> TakeBack:
    _of_document(engine, what, fact.order, ("work_orders",))

    def take_back() -> None:
        order = engine.documents.works[fact.order]
        order.good -= sum(_sum(moves, "completion").values())
        order.scrapped -= fact.scrapped
        if fact.operation:
            engine.operations.add(fact.order, fact.operation, 0, -fact.scrapped)
        for (item, _), quantity in _sum(moves, "consumption", status="available").items():
            order.components[item].issued += quantity
        _touched(engine, "work_orders", fact.order)

    return take_back


def _time_entry(engine, what: str, fact: PostedFact, moves: list[tuple]) -> TakeBack:
    _of_document(engine, what, fact.order, ("work_orders",))

    def take_back() -> None:
        engine.documents.time_entries[fact.order] -= 1
        if fact.passed:
            engine.operations.add(fact.order, fact.operation, -fact.passed, 0)
        _touched(engine, "work_orders", fact.order)

    return take_back


def _shipment(engine, what: str, fact: PostedFact, moves: list[tuple]) -> TakeBack:
    _of_document(engine, what, fact.order, ("sales_orders",))
    for (_, number), quantity in _sum(moves, "shipment").items():
        line = engine.documents.sales[fact.order, number]
        if line.shipped + quantity < line.returned:
            back = f"of line {number} of {fact.order} {micro_text(line.returned)} came back"
            raise Refused("reversed_event", what.split(" ", 1)[1], f"{what} cannot be undone: {back}; reverse that "
                          "customer return first", may_wait=True, item=line.item)  # fmt: skip

    def take_back() -> None:
        for (_, line), quantity in _sum(moves, "shipment").items():
            engine.documents.sales[fact.order, line].shipped += quantity
        for (_, line), quantity in _sum(moves, "customer_return").items():
            engine.documents.sales[fact.order, line].returned -= quantity
        _touched(engine, "sales_orders", fact.order)

    return take_back


def _no_document(engine, what: str, fact: PostedFact, moves: list[tuple]) -> TakeBack:
    return lambda: None


def _count(engine, what: str, fact: PostedFact, moves: list[tuple]) -> TakeBack:
    return lambda: engine.counts.forget(what.split(" ", 1)[1])


TAKE_BACK: dict[str, Callable[..., TakeBack]] = {
    "receipts": _receipt,
    "issues": _issue,
    "completions": _completion,
    "time_entries": _time_entry,
    "shipments": _shipment,
    "customer_returns": _shipment,
    "transfers": _no_document,
    "adjustments": _no_document,
    "stock_counts": _count,
}
