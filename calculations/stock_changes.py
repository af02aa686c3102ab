"""Stock adjusted, moved and counted by people: each names one balance, by item, warehouse, lot and status."""

from collections import defaultdict
from dataclasses import replace

import pandas as pd

from calculations.exact import micro_text
from calculations.stock_ledger import RESERVED, Cause, Refused, StockLedger
from calculations.typed_frames import typed

PLACE = ["item", "warehouse", "lot", "status"]
EARLIER_DTYPES = {
    "event": "str",
    "date": "datetime64[s]",
    **dict.fromkeys(PLACE, "str"),
    "counted_quantity_micro": "int64",
}


class Counts:
    """What counting needs to know of the past: moves after a count's day, and counts posted before.

    Args (of the world):
        later_moves: item, warehouse, lot, status, date, quantity_micro: moves of counted items that were posted before.
        earlier_counts: event, date, item, warehouse, lot, status, counted_quantity_micro: counts that hold.
    """

    def __init__(self, world: dict[str, pd.DataFrame]):
        self._later: dict[tuple, list[tuple]] = defaultdict(list)
        self.counted: dict[tuple, tuple[int, str]] = {}
        waiting = world.get("stock_counts")
        if waiting is None or waiting.empty:
            return
        moves = world.get("later_moves", world.get("stock_moves"))
        if moves is not None and len(moves):
            # an opening balance is there from the start, whatever day it was received
            later = (moves["date"] > waiting["date"].min()) & (moves["kind"] != "opening")
            moves = moves[moves["item"].isin(waiting["item"]) & later]
            days = moves["date"].to_numpy().astype("datetime64[D]")
            # who counts a shelf does not see what of it is set aside
            status = moves["status"].replace(RESERVED, "available")
            moves = moves.assign(status=status)
            for day, *place, quantity in zip(days, *(moves[name].tolist() for name in (*PLACE, "quantity_micro")),
                                             strict=True):  # fmt: skip
                self._later[tuple(place)].append((day, quantity))
        earlier = world.get("earlier_counts")
        if earlier is not None:
            days = earlier["date"].to_numpy().astype("datetime64[D]")
            columns = (earlier[name].tolist() for name in (*PLACE, "counted_quantity_micro", "event"))
            for day, *place, quantity, event in zip(days, *columns, strict=True):
                self.counted[day, *place] = (quantity, event)

    def frame(self) -> pd.DataFrame:
        """The counts that hold, as `earlier_counts`."""
        rows = [(event, day, *place, quantity) for (day, *place), (quantity, event) in self.counted.items()]
        return typed(rows, EARLIER_DTYPES)

    def forget(self, event: str) -> None:
        """A count that is undone no longer stands against another one."""
        self.counted = {place: row for place, row in self.counted.items() if row[1] != event}

    def moved_after(self, place: tuple, day) -> int:
        """Σ quantity of the moves of a place after a day that were posted in earlier runs."""
        return sum(quantity for date, quantity in self._later.get(place, ()) if date > day)


def post_adjustment(engine, fact: dict, cause: Cause) -> None:
    """Units are added to a balance or taken off it, at the item's average cost."""
    quantity = fact["quantity_micro"]
    if quantity == 0:
        raise Refused("quantity", "0", f"adjustment {fact['event']} changes nothing; give a quantity, "
                      "negative for less")  # fmt: skip
    place = _place(engine, fact, fact["warehouse"], fact["status"])
    _change(engine, replace(cause, kind="adjustment"), place, quantity, "quantity", quantity)


def post_count(engine, fact: dict, cause: Cause) -> None:
    """The difference between what was counted and the book at the end of the count's day is adjusted."""
    place = _place(engine, fact, fact["warehouse"], fact["status"])
    counted, key = fact["counted_quantity_micro"], (cause.date, *place)
    if counted < 0:
        raise Refused("counted_quantity", micro_text(counted), "nobody counts less than nothing; correct the quantity")
    before = engine.counts.counted.get(key)
    if before is not None and before[0] != counted:
        raise Refused(
            "counted_quantity", micro_text(counted),
            f"{_named(place)} was counted twice on {cause.date}: {micro_text(before[0])} by {before[1]} and "
            f"{micro_text(counted)} by {fact['event']}; find out which is right, and reverse or remove the other",
        )  # fmt: skip
    if place[0] in engine.ledger.awaited:
        raise _awaited(place[0], counted)
    difference = counted - book_of(engine, place, cause.date)
    if difference:
        _change(engine, replace(cause, kind="adjustment"), place, difference, "counted_quantity", counted)
    engine.counts.counted.setdefault(key, (counted, fact["event"]))


def book_of(engine, place: tuple, day) -> int:
    """The book of a place at the end of a day, set-aside units included, in micro-units; later moves are left out."""
    return _there(engine.ledger, place) - engine.counts.moved_after(place, day)


def _there(ledger: StockLedger, place: tuple) -> int:
    """What lies in a place, free or set aside for orders."""
    return ledger.balance(*place) + sum(row[-1] for row in _set_aside(ledger, place))


def _set_aside(ledger: StockLedger, place: tuple) -> list[tuple]:
    """(order, line, warehouse, lot, quantity) of what is set aside of an available balance."""
    item, warehouse, lot, status = place
    if status != "available" or not ledger.reserved.get(item):
        return []
    return [row for row in ledger.reserved_places(item) if row[2:4] == (warehouse, lot)]


def post_transfer(engine, fact: dict, cause: Cause) -> None:
    """Units change warehouse or status; they stay the same units, of the same age and cost."""
    item, quantity = fact["item"], fact["quantity_micro"]
    here = (fact["from_warehouse"], fact["from_status"])
    there = (fact["to_warehouse"], fact["to_status"] or fact["from_status"])
    if quantity <= 0:
        raise Refused("quantity", micro_text(quantity), "quantity must be more than 0; to move units back, swap the "
                      "places")  # fmt: skip
    if here == there:
        raise Refused("to_warehouse", there[0], f"transfer {fact['event']} ends where it begins, in {here[0]} "
                      f"({here[1]}); give another to_warehouse or to_status")  # fmt: skip
    moving = replace(cause, kind="transfer")
    for lot, part in _lots_to_move(engine, fact, cause, *here).items():
        engine.ledger.move(moving, item, here[0], lot, here[1], -part)
        engine.ledger.move(moving, item, there[0], lot, there[1], part)


def _lots_to_move(engine, fact: dict, cause: Cause, warehouse: str, status: str) -> dict[str, int]:
    """How much of each lot a transfer moves; without a lot, usable ones as they expire."""
    item, left, ledger = fact["item"], fact["quantity_micro"], engine.ledger
    if status == "available" and item in ledger.awaited:
        raise _awaited(item, left)
    lots = ledger.lots_of(item, warehouse, status)
    expired = 0
    if fact["lot"]:
        lots = {lot: quantity for lot, quantity in lots.items() if lot == fact["lot"]}
    elif status == "available":
        old = {lot for lot in lots if (last := ledger.last_day(item, lot)) is not None and last < cause.date.item()}
        expired = sum(lots[lot] for lot in old)
        lots = {lot: quantity for lot, quantity in lots.items() if lot not in old}
    parts = {}
    for lot, quantity in lots.items():
        parts[lot] = min(quantity, left)
        left -= parts[lot]
        if not left:
            return parts
    of_lot = f" of lot {fact['lot']}" if fact["lot"] else ""
    hint = f" ({micro_text(expired)} expired; name their lot to move them)" if expired else ""
    if status == "available" and ledger.reserved.get(item):
        hint += f" ({micro_text(ledger.reserved[item])} are reserved; give them back to move them)"
    raise Refused(
        "quantity", micro_text(fact["quantity_micro"]),
        f"{item} in {warehouse} ({status}): {micro_text(fact['quantity_micro'])}{of_lot} to be moved, "
        f"{micro_text(fact['quantity_micro'] - left)} there, {micro_text(left)} short{hint}; correct the quantity, or "
        "record the receipt or count that is missing",
        may_wait=True, item=item,
    )  # fmt: skip


def _place(engine, fact: dict, warehouse: str, status: str) -> tuple[str, str, str, str]:
    item, lot = fact["item"], fact["lot"]
    if item in engine.tracked and not lot:
        lots = engine.ledger.lots_of(item, warehouse, status)
        known = f"; there are {', '.join(list(lots)[:5])}" if lots else ""
        raise Refused("lot", "", f"{item} is kept by lot: name the lot{known}")
    return item, warehouse, lot, status


def _change(engine, cause: Cause, place: tuple, difference: int, column: str, value: int) -> None:
    item, warehouse, lot, status = place
    ledger = engine.ledger
    if difference < 0 and status == "available" and item in ledger.awaited:
        raise _awaited(item, difference)
    there = _there(ledger, place)
    allowed = status == "available" and ledger.may_be_negative(warehouse)
    if difference < 0 and there + difference < 0 and not allowed:
        others = [name or "without a lot" for name in ledger.lots_of(item, warehouse, status) if name != lot]
        hint = f" (there is stock of {', '.join(others[:5])})" if others else ""
        raise Refused(
            column, micro_text(value),
            f"{_named(place)}: {micro_text(-difference)} to be taken off, {micro_text(max(there, 0))} there, "
            f"{micro_text(-difference - max(there, 0))} short{hint}; correct the quantity or the place",
            may_wait=True, item=item,
        )  # fmt: skip
    _free(ledger, cause, place, -difference - max(ledger.balance(*place), 0))
    ledger.move(cause, item, warehouse, lot, status, difference)
    if difference > 0:
        ledger.received.setdefault((item, lot), cause.date.item())


def _free(ledger: StockLedger, cause: Cause, place: tuple, missing: int) -> None:
    """Nobody can have what is not there: the last orders by number lose what was set aside for them."""
    if missing <= 0:
        return
    for order, line, warehouse, lot, there in reversed(_set_aside(ledger, place)):
        part = min(there, missing)
        if not part:
            break
        freeing = replace(cause, kind="reservation", order=order, line=line)
        ledger.move(freeing, place[0], warehouse, lot, RESERVED, -part)
        ledger.move(freeing, place[0], warehouse, lot, "available", part)
        missing -= part


def _named(place: tuple) -> str:
    item, warehouse, lot, status = place
    of_lot = f", lot {lot}" if lot else ""
    return f"{item} in {warehouse}{of_lot}" + ("" if status == "available" else f" ({status})")


def _awaited(item: str, quantity: int) -> Refused:
    message = f"{item} is awaited by an earlier fact that waits for an inspection; this one is posted after it"
    return Refused("quantity", micro_text(quantity), message, may_wait=True, item=item)
