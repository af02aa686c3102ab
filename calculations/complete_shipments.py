"""Shipments of orders that are delivered complete or not at all (`delivery_terms`): posted together, or none of them.

A day's shipments of such an order are tried as one before the first is posted. They must cover every line that is
still open, and find the goods for all of it; else each is refused, or waits, for the same reason. One that is undone on
the same day is left out: it never left.
"""

from collections.abc import Callable

from calculations.exact import micro_text
from calculations.fact_order import Fact
from calculations.posting_documents import SalesLine
from calculations.stock_ledger import Cause, Refused

# Takes a shipment's goods out of stock: its line and the quantity, not yet counted as shipped.
Take = Callable[[object, dict, Cause], tuple[SalesLine, int]]


class CompleteShipments:
    """The shipments of the day that belong together, and those of which all were found good."""

    def __init__(self) -> None:
        self._together: dict[str, list[dict]] = {}
        self._good: set[str] = set()

    def gather(self, orders: set[str], facts: list[Fact]) -> list[Fact]:
        """A day's facts, the shipments of each of these orders one right after the other, where the first stood."""
        undone = {(cells["table"], cells["reversed_event"]) for table, _, cells in facts if table == "reversals"}
        groups: dict[str, list[Fact]] = {}
        for fact in facts if orders else ():
            table, _, cells = fact
            if table == "shipments" and cells["order"] in orders and (table, cells["event"]) not in undone:
                groups.setdefault(cells["order"], []).append(fact)
        self._together = {fact[2]["event"]: [each[2] for each in group] for group in groups.values() for fact in group}
        gathered: list[Fact] = []
        for fact in facts:
            is_shipment = fact[0] == "shipments" and fact[2]["event"] in self._together
            gathered += groups.pop(fact[2]["order"], []) if is_shipment else [fact]
        return gathered

    def refuse_incomplete(self, engine, fact: dict, take: Take) -> None:
        """Raise when the shipments that go with this one cannot all go, or leave something of the order behind."""
        event = fact["event"]
        together = self._together.get(event, [])
        if not together or event in self._good:
            return
        lines = engine.documents.sales_by_order[fact["order"]]
        shipped = [line.shipped for line in lines]
        try:
            for each in together:
                _try(engine, each, fact, take)
            _refuse_what_is_left(lines, fact)
        finally:
            # only tried: each is posted by itself, with nothing between them
            engine.ledger.undo()
            for line, before in zip(lines, shipped, strict=True):
                line.shipped = before
        self._good |= {each["event"] for each in together}


def _try(engine, each: dict, fact: dict, take: Take) -> None:
    cause = Cause("shipments", each["event"], each["date"], "shipment", each["order"], each["line"])
    try:
        line, quantity = take(engine, each, cause)
    except Refused as reason:
        if each["event"] == fact["event"]:
            raise
        raise Refused(
            "quantity", micro_text(fact["quantity_micro"]),
            f"{fact['order']} is delivered complete or not at all, and line {each['line']} cannot go: {reason.message}",
            may_wait=reason.may_wait, item=reason.item,
        ) from reason  # fmt: skip
    line.shipped += quantity


def _refuse_what_is_left(lines: list[SalesLine], fact: dict) -> None:
    left = [
        f"{micro_text(line.ordered - line.shipped)} {line.item} of line {line.line}"
        for line in sorted(lines, key=lambda line: line.line)
        if line.shipped < line.ordered
    ]
    if left:
        raise Refused(
            "quantity", micro_text(fact["quantity_micro"]),
            f"{fact['order']} is delivered complete or not at all, and the shipments of {fact['date']} leave "
            f"{', '.join(left)} behind; ship all of it on one day, or set the order's delivery to partial",
        )  # fmt: skip
