"""Stock set aside for orders: the fact that does it or gives it back, what is left to reserve, and what is in excess.

A reservation moves units from the shelf into the hands of a sales order line, or of a work or subcontract order, on the
balance where they lie. So it can never exceed what is there, and nothing is set aside twice. Shipping and issuing take
the document's own units first (`StockLedger.take`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from calculations.errors import KitlineError
from calculations.exact import micro_text
from calculations.stock_ledger import NO_LINE, RESERVED, Cause, Refused
from calculations.typed_frames import typed

KIND = "reservation"
NEVER_DRAWN = ("none",)
GIVEN_BACK_DTYPES = {
    "event": "str",
    "date": "datetime64[s]",
    "order": "str",
    "line": "Int64",
    "item": "str",
    "quantity_micro": "int64",
    "reason": "str",
}
PROPOSAL_DTYPES = {
    "order": "str",
    "line": "Int64",
    "item": "str",
    "needed_micro": "int64",
    "reserved_micro": "int64",
    "usable_micro": "int64",
    "quantity_micro": "int64",
    "missing_micro": "int64",
}


class ImpossibleReservation(KitlineError):
    """An order, line or item that nothing can be reserved for; says why, and which `column` of a fact is at fault."""

    kind = "impossible_reservation"

    def __init__(self, message: str, column: str = "order"):
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class Holder:
    """What stock is set aside for; `line` is NO_LINE for work and subcontract orders."""

    order: str
    line: int
    item: str

    def __str__(self) -> str:
        return self.order if self.line == NO_LINE else f"{self.order}/{self.line}"


def post_reservation(engine, fact: dict, cause: Cause) -> None:
    """Usable stock is set aside for a document, no more than it needs; a negative quantity gives back."""
    quantity = fact["quantity_micro"]
    if quantity == 0:
        raise Refused("quantity", "0", f"reservation {fact['event']} sets nothing aside; give a quantity, negative to "
                      "give back")  # fmt: skip
    holder = _holder_of(engine, fact)
    reserving = replace(cause, kind=KIND, line=holder.line)
    if quantity < 0:
        _give_back(engine, reserving, holder, -quantity, fact["warehouse"], fact["lot"])
        return
    if quantity % engine.steps.get(holder.item, 1):
        raise Refused("quantity", micro_text(quantity), f"{micro_text(quantity)} is no quantity of {holder.item}, "
                      "which is counted in larger steps; correct it")  # fmt: skip
    reason = refusal(engine, holder)
    if reason:
        raise Refused("order", holder.order, reason)
    need, held = open_need(engine, holder), reserved(engine, holder)
    if held + quantity > need:
        raise Refused(
            "quantity", micro_text(quantity),
            f"{holder} still needs {micro_text(need)} of {holder.item}, of which {micro_text(held)} are reserved, so "
            f"{micro_text(quantity)} more are {micro_text(held + quantity - need)} too many; correct the quantity",
        )  # fmt: skip
    engine.ledger.set_aside(reserving, holder.item, quantity, fact["warehouse"], fact["lot"])


def reserved(engine, holder: Holder) -> int:
    """Units set aside for a document's line or component, in micro-units."""
    return sum(engine.ledger.held_places(RESERVED, holder.order, holder.item, line=holder.line).values())


def open_need(engine, holder: Holder) -> int:
    """Units that a line still has to ship, or an order still has to be issued; 0 of what is ended or unknown."""
    documents = engine.documents
    sold = documents.sales.get((holder.order, holder.line))
    if sold is not None:
        return max(sold.ordered - sold.shipped, 0) if sold.item == holder.item else 0
    order = documents.works.get(holder.order) or documents.subcontracts.get(holder.order)
    if order is None or order.processed >= order.quantity:
        return 0
    component = order.components.get(holder.item)
    if component is None or component.method in NEVER_DRAWN:
        return 0
    return max(component.planned - component.issued, 0)


def refusal(engine, holder: Holder) -> str:
    """Why nothing can be set aside for a document, "" where something can."""
    documents = engine.documents
    made = documents.works.get(holder.order) or documents.subcontracts.get(holder.order)
    state = documents.refuses(made.table if made else "sales_orders", holder.order)
    if state:
        return f"{holder.order} is {state}; nothing is reserved for it"
    if made and not (holder.item in made.components and made.components[holder.item].planned):
        return f"{holder.item} is no component of {holder.order}; reserve what it is made of"
    return ""


def holders(engine, order: str, line: int | None = None, item: str = "") -> list[Holder]:
    """The lines or components of an order that stock can be set aside for, those of one line or item where given.

    Raises:
        ImpossibleReservation: there is no such open order, line or component.
    """
    documents = engine.documents
    made = documents.works.get(order) or documents.subcontracts.get(order)
    if order in documents.sales_by_order:
        lines = sorted(documents.sales_by_order[order], key=lambda sold: sold.line)
        found = [Holder(order, sold.line, sold.item) for sold in lines]
    elif made is not None:
        found = [Holder(order, NO_LINE, component) for component, part in sorted(made.components.items())
                 if part.planned]  # fmt: skip
    else:
        raise ImpossibleReservation(f"there is no open sales, work or subcontract order {order}; correct the number")
    chosen = [one for one in found if line in (None, one.line) and item in ("", one.item)]
    if found and not chosen:
        names = ", ".join(dict.fromkeys(one.item if one.line == NO_LINE else str(one.line) for one in found))
        asked = f"line {line}" if line is not None else item
        raise ImpossibleReservation(f"{order} has no {asked}; it has {names}", "item" if line is None else "line")
    return chosen


def proposals(engine, wanted: Iterable[Holder], as_of: date, quantity_micro: int | None, warehouse: str = "",
              lot: str = "") -> pd.DataFrame:  # fmt: skip
    """What to set aside for each, one after the other from the same stock: all it still needs, or so much of it.

    Returns:
        order, line, item, needed, reserved before, usable (free, before this row), quantity to reserve and missing, of
        what something is still needed of.
    Raises:
        ImpossibleReservation: a document that takes nothing.
    """
    taken: dict[str, int] = {}
    rows = []
    for holder in wanted:
        reason = refusal(engine, holder)
        if reason:
            raise ImpossibleReservation(reason)
        need, held = open_need(engine, holder), reserved(engine, holder)
        if quantity_micro is None and not need:
            continue
        places = engine.ledger.usable_places(holder.item, as_of, warehouse, lot)
        usable = max(sum(quantity for _, _, quantity in places) - taken.get(holder.item, 0), 0)
        asked = need - held if quantity_micro is None else quantity_micro
        step = engine.steps.get(holder.item, 1)
        quantity = asked if quantity_micro is not None else max(min(asked, usable) // step * step, 0)
        taken[holder.item] = taken.get(holder.item, 0) + quantity
        rows.append((*_cells(holder), need, held, usable, quantity, max(need - held - quantity, 0)))
    return typed(rows, PROPOSAL_DTYPES)


def give_backs(engine, wanted: Iterable[Holder], quantity_micro: int | None) -> pd.DataFrame:
    """What to give back for each that has something set aside: all of it, or so much; columns as of `proposals`."""
    rows = []
    for holder in wanted:
        need, held = open_need(engine, holder), reserved(engine, holder)
        quantity = held if quantity_micro is None else quantity_micro
        if held:
            rows.append((*_cells(holder), need, held, 0, -quantity, max(need - held + quantity, 0)))
    return typed(rows, PROPOSAL_DTYPES)


def all_holders(engine) -> list[Holder]:
    """Everything that stock is set aside for, by order and line."""
    found = {
        (order, line, item)
        for (status, order, item), places in engine.ledger.held.items()
        if status == RESERVED
        for (_, _, line), quantity in places.items()
        if quantity > 0
    }
    return [Holder(*one) for one in sorted(found)]


def give_back_unneeded(engine, day) -> Iterator[tuple]:
    """Give back what documents hold beyond what they still need; yields a row of `GIVEN_BACK_DTYPES` for each.

    A line that was shipped from another lot, or was made smaller, needs less than was set aside for it; what is done,
    closed or cancelled needs nothing.
    """
    if not any(engine.ledger.reserved.values()):
        return
    for holder in all_holders(engine):
        need, held = open_need(engine, holder), reserved(engine, holder)
        if held <= need:
            continue
        count = engine.given_back[holder.order, holder.line, holder.item] = (
            engine.given_back.get((holder.order, holder.line, holder.item), 0) + 1
        )
        event = f"free-{str(holder).replace('/', '-')}-{holder.item}-{count}"
        cause = Cause("stock_reservations", event, day, KIND, holder.order, holder.line)
        _give_back(engine, cause, holder, held - need, "", "")
        reason = f"{micro_text(need)} are still needed" if need else "nothing more is needed"
        yield (event, day, *_cells(holder), need - held, reason)


def _cells(holder: Holder) -> tuple:
    return holder.order, pd.NA if holder.line == NO_LINE else holder.line, holder.item


def _holder_of(engine, fact: dict) -> Holder:
    order, line, item = fact["order"], fact["line"], fact["item"]
    if fact["quantity_micro"] < 0 and item:
        # the document may be ended
        return Holder(order, NO_LINE if line is None else line, item)
    try:
        found = holders(engine, order, line, item)
    except ImpossibleReservation as reason:
        raise Refused(reason.column, fact[reason.column], str(reason)) from reason
    if len(found) != 1:
        column = "line" if order in engine.documents.sales_by_order else "item"
        known = ", ".join(str(one.line) if column == "line" else one.item for one in found) or "none"
        raise Refused(column, "", f"say which {column} of {order}: {known}")
    return found[0]


def _give_back(engine, cause: Cause, holder: Holder, quantity: int, warehouse: str, lot: str) -> None:
    """Units go back to the shelf where they lie, those that expire last first."""
    places = engine.ledger.reserved_for(holder.item, holder.order, holder.line, warehouse, lot)
    held = sum(part for _, _, part in places)
    if held < quantity:
        raise Refused("quantity", micro_text(-quantity), f"{micro_text(held)} of {holder.item} are reserved for "
                      f"{holder}, so {micro_text(quantity)} cannot be given back; correct the quantity")  # fmt: skip
    for place, lot_, there in reversed(places):
        part = min(there, quantity)
        if not part:
            break
        engine.ledger.move(cause, holder.item, place, lot_, RESERVED, -part)
        engine.ledger.move(cause, holder.item, place, lot_, "available", part)
        quantity -= part
