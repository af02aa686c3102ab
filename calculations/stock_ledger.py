"""Balances by place, lot and status, and the moves that change them; one fact is posted whole or not at all."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import micro_text
from calculations.working_days import WorkingDays

MAIN = "MAIN"
NO_LINE = -1
RESERVED = "reserved"
# Balances of these statuses belong to a document: what waits from which receipt, what lies at which order or for it.
OF_AN_ORDER = ("inspection", "in_production", "at_subcontractor", RESERVED)


class Refused(Exception):
    """A fact that cannot be posted as it stands.

    `may_wait` says that another fact of the day could still allow it, `item` of what there is too little.
    """

    def __init__(self, column: str, value, message: str, may_wait: bool = False, item: str = ""):
        super().__init__(message)
        self.column, self.value, self.message, self.may_wait, self.item = column, value, message, may_wait, item


@dataclass(slots=True)
class Cause:
    """The fact a move comes from, and what it says about it; nothing in it is changed, `of_kind` makes another one."""

    table: str
    event: str
    date: np.datetime64
    kind: str
    order: str = ""
    line: int = NO_LINE

    def of_kind(self, kind: str) -> "Cause":
        """The same cause of moves of another kind."""
        return Cause(self.table, self.event, self.date, kind, self.order, self.line)


class StockLedger:
    """Current balances in micro-units and the moves made since.

    `available[item]` maps (warehouse, lot) to a quantity, `held[status, order, item]` maps (warehouse, lot, line) to
    one, for the statuses that belong to a document. `begin` and `undo` make a fact atomic.
    """

    def __init__(self, world: dict[str, pd.DataFrame], policies: dict):
        self.moves: list[tuple] = []
        self.available: dict[str, dict] = defaultdict(dict)
        self.blocked: dict[tuple, int] = {}
        self.held: dict[tuple, dict] = defaultdict(dict)
        # units of each item set aside for orders, in all
        self.reserved: dict[str, int] = defaultdict(int)
        self.received: dict[tuple, np.datetime64] = {}
        self.cost: dict[str, int] = {}
        # items that an earlier fact is still waiting for: nothing later may take them
        self.awaited: set[str] = set()
        # what a receipt made of the item's average: (item, before, after) by the fact it came from
        self._averaged: dict[str, tuple] = {}
        self._mark = 0
        self._numbered: dict[str, int] = defaultdict(int)
        self._excluded = set(policies["excluded_warehouses"])
        self._may_be_negative = list(policies["negative_stock_warehouses"])
        items = world["items"]
        self._shelf_life = {
            item: int(days)
            for item, days in zip(items["item"], items["shelf_life_days"], strict=True)
            if not pd.isna(days)
        }
        self._calendar = WorkingDays(world["calendar"])
        self._last_day: dict[tuple, np.datetime64] = {}
        order_stock = world.get("order_stock")
        self._read_stock(world["stock"], with_orders=order_stock is None)
        self._read_order_stock(order_stock)

    def _read_stock(self, stock: pd.DataFrame, with_orders: bool) -> None:
        quantities, values = defaultdict(int), defaultdict(int)
        columns = [stock[name].tolist() for name in ("item", "quantity_micro", "warehouse", "lot", "status")]
        columns.append(stock["order"].tolist() if "order" in stock else [""] * len(stock))
        lines = stock["line"].fillna(NO_LINE).tolist() if "line" in stock else [NO_LINE] * len(stock)
        costs = stock["unit_cost_micro"].astype(object).tolist()
        dates = stock["received_date"].to_numpy().astype("datetime64[D]").tolist()
        for item, quantity, warehouse, lot, status, order, line, cost, day in zip(*columns, lines, costs, dates,
                                                                                   strict=True):  # fmt: skip
            warehouse = warehouse or MAIN
            if status == "available":
                _add(self.available[item], (warehouse, lot), quantity)
            elif status in OF_AN_ORDER:
                if with_orders:
                    self._change(item, warehouse, lot, status, order, line, quantity)
            else:
                _add(self.blocked, (item, warehouse, lot, status), quantity)
            if day is not None:
                key = (item, lot)
                self.received[key] = min(day, self.received.get(key, day))
            if cost is not pd.NA and cost is not None:
                self.cost.setdefault(item, int(cost))
                quantities[item] += quantity
                values[item] += quantity * int(cost)
        for item, quantity in quantities.items():
            if quantity > 0:
                self.cost[item] = _half_up(values[item], quantity)

    def _read_order_stock(self, order_stock: pd.DataFrame | None) -> None:
        if order_stock is None:
            return
        columns = [order_stock[name].tolist() for name in ("status", "order", "item", "warehouse", "lot")]
        lines = order_stock["line"].fillna(NO_LINE).astype("int64").tolist()
        for status, order, item, warehouse, lot, line, quantity in zip(
            *columns, lines, order_stock["quantity_micro"].tolist(), strict=True
        ):
            self._change(item, warehouse, lot, status, order, line, quantity)

    # one fact, whole or not at all

    def begin(self) -> None:
        """From here on `undo` takes everything back."""
        self._mark = len(self.moves)

    def undo(self) -> None:
        """Take back the moves since `begin`."""
        while len(self.moves) > self._mark:
            origin, _, item, warehouse, lot, status, quantity, _, order, line, _ = self.moves.pop()
            self._numbered[origin] -= 1
            self._change(item, warehouse, lot, status, order, line, -quantity)

    def move(self, cause: Cause, item, warehouse, lot, status, quantity, *, kind="", unit_cost=None, line=None) -> None:
        """Change one balance by a signed quantity."""
        origin = f"{cause.table}:{cause.event}"
        line = cause.line if line is None else line
        self._change(item, warehouse, lot, status, cause.order, line, quantity)
        self._numbered[origin] += 1
        cost = self.cost.get(item) if unit_cost is None else unit_cost
        self.moves.append(
            (origin, cause.date, item, warehouse, lot, status, quantity, kind or cause.kind, cause.order, line, cost)
        )

    def mirror(self, cause: Cause, move: tuple) -> None:
        """Undo one move (as in `moves`): the same place, kind, document and unit cost, the opposite quantity."""
        origin = f"{cause.table}:{cause.event}"
        undone, _, item, warehouse, lot, status, quantity, kind, order, line, cost = move
        self._change(item, warehouse, lot, status, order, line, -quantity)
        self._numbered[origin] += 1
        self.moves.append((origin, cause.date, item, warehouse, lot, status, -quantity, kind, order, line, cost))
        averaged = self._averaged.pop(undone, None)
        if averaged is not None and self.cost.get(averaged[0]) == averaged[2]:
            self.cost[averaged[0]] = averaged[1]

    def balance(self, item, warehouse, lot, status, order="", line=NO_LINE) -> int:
        """One balance, in micro-units; `order` and `line` count only where a document holds the goods."""
        if status == "available":
            return self.available.get(item, {}).get((warehouse, lot), 0)
        if status in OF_AN_ORDER:
            return self.held.get((status, order, item), {}).get((warehouse, lot, line), 0)
        return self.blocked.get((item, warehouse, lot, status), 0)

    def may_be_negative(self, warehouse) -> bool:
        """Whether the policy lets a warehouse's stock go below zero."""
        return warehouse in self._may_be_negative

    def lots_of(self, item, warehouse, status) -> dict[str, int]:
        """What lies of an item in one warehouse and status by lot, above zero, first expired and received first."""
        if status == "available":
            places = self.available.get(item, {}).items()
            found = {lot: quantity for (place, lot), quantity in places if place == warehouse}
        else:
            found = {key[2]: quantity for key, quantity in self.blocked.items()
                     if (key[0], key[1], key[3]) == (item, warehouse, status)}  # fmt: skip
        rows = []
        for lot, quantity in found.items():
            expiry, received = self.last_day(item, lot), self.received.get((item, lot)) if lot else None
            rows.append((str(expiry or "9999"), str(received or ""), lot, quantity))
        return {lot: quantity for _, _, lot, quantity in sorted(rows) if quantity > 0}

    def _change(self, item, warehouse, lot, status, order, line, quantity) -> None:
        if status == "available":
            _add(self.available[item], (warehouse, lot), quantity)
        elif status in OF_AN_ORDER:
            _add(self.held[status, order, item], (warehouse, lot, line), quantity)
            if status == RESERVED:
                self.reserved[item] += quantity
        else:
            _add(self.blocked, (item, warehouse, lot, status), quantity)

    # coming in

    def receive(self, cause: Cause, item, warehouse, lot, status, quantity, unit_cost=None) -> None:
        """Put new units into stock and into the item's moving average."""
        if unit_cost is not None:
            before = max(self.on_hand(item), 0)
            value = before * self.cost.get(item, unit_cost) + quantity * unit_cost
            earlier = self.cost.get(item, unit_cost)
            self.cost[item] = _half_up(value, before + quantity)
            self._averaged[f"{cause.table}:{cause.event}"] = (item, earlier, self.cost[item])
        self.move(cause, item, warehouse, lot, status, quantity, unit_cost=unit_cost)
        self.received.setdefault((item, lot), cause.date.item())

    def on_hand(self, item) -> int:
        """Units of an item on the shelf, free or set aside, of all places and lots, in micro-units."""
        free = sum(self.available[item].values()) if item in self.available else 0
        return free + self.reserved.get(item, 0)

    def usable(self, item, day, warehouse="", order="", line=NO_LINE) -> int:
        """Units of an item that may be used on a day, in no excluded warehouse or in this one.

        They are available and not expired, or set aside for the order.
        """
        own = self._set_aside(item, day, warehouse, "", order, line) if order else []
        return sum(quantity for _, _, quantity in (*own, *self.usable_places(item, day, warehouse)))

    def usable_places(self, item, day, warehouse="", lot="") -> list[tuple]:
        """(warehouse, lot, quantity) of what is free to use on a day, first expired and first received first."""
        balances = self.available.get(item)
        if not balances:
            return []
        places = ((*key, quantity) for key, quantity in balances.items() if warehouse or key[0] not in self._excluded)
        return self._in_turn(item, day, warehouse, lot, places)

    def reserved_for(self, item, order, line=NO_LINE, warehouse="", lot="") -> list[tuple]:
        """(warehouse, lot, quantity) of what is set aside for a document, expired or not, first expired first."""
        return self._set_aside(item, date.min, warehouse, lot, order, line)

    # going out

    def take(self, cause: Cause, item, quantity, warehouse="", lot="", *, partial=False) -> list[tuple]:
        """Take units out of usable stock, first expired and first received lots first.

        What is set aside for the document of the cause goes first, what is set aside for others never.

        Returns:
            (warehouse, lot, quantity) for each balance used.
        Raises:
            Refused: too little; names item, place and shortfall. With `partial` what is there is taken instead.
        """
        if item in self.awaited:
            message = f"{item} is awaited by an earlier fact that waits for an inspection; this one is posted after it"
            raise Refused("quantity", micro_text(quantity), message, may_wait=True, item=item)
        day, left = cause.date.item(), quantity
        used: dict[tuple, int] = {}
        own = self._set_aside(item, day, warehouse, lot, cause.order, cause.line) if self.reserved.get(item) else []
        set_aside, left = _first(own, left)
        free, left = _first(self.usable_places(item, day, warehouse, lot), left)
        if left > 0:
            # stock that is set aside is on the books: only what is missing there may go below zero
            place = None if self._reserved_for_others(item, cause) else self._negative_place(warehouse)
            if place is not None:
                free.append((place, lot, left))
            elif not partial:
                message = self._shortage(item, quantity, left, warehouse, lot, cause)
                raise Refused("quantity", micro_text(quantity), message, may_wait=True, item=item)
        for place, lot_, part in set_aside:
            self.move(cause, item, place, lot_, RESERVED, -part, kind="reservation")
            self.move(cause, item, place, lot_, "available", part, kind="reservation")
        for place, lot_, part in (*set_aside, *free):
            used[place, lot_] = used.get((place, lot_), 0) + part
        for (place, lot_), part in used.items():
            self.move(cause, item, place, lot_, "available", -part)
        return [(*key, part) for key, part in used.items()]

    def set_aside(self, cause: Cause, item, quantity, warehouse="", lot="") -> None:
        """Set usable units aside for the document of the cause, first expired and first received lots first.

        Raises:
            Refused: too little that is free.
        """
        if item in self.awaited:
            message = f"{item} is awaited by an earlier fact that waits for an inspection; reserve it after that"
            raise Refused("quantity", micro_text(quantity), message)
        parts, left = _first(self.usable_places(item, cause.date.item(), warehouse, lot), quantity)
        if left > 0:
            raise Refused("quantity", micro_text(quantity), self._shortage(item, quantity, left, warehouse, lot, cause))
        for place, lot_, part in parts:
            self.move(cause, item, place, lot_, "available", -part)
            self.move(cause, item, place, lot_, RESERVED, part)

    def _set_aside(self, item, day, warehouse, lot, order, line) -> list[tuple]:
        """What is set aside for a document, in whatever warehouse it lies."""
        places = self.held_places(RESERVED, order, item, line=line).items()
        return self._in_turn(item, day, warehouse, lot, ((*key[:2], quantity) for key, quantity in places))

    def _in_turn(self, item, day, warehouse, lot, places: Iterable[tuple]) -> list[tuple]:
        """Those of (warehouse, lot, quantity) that fit and have not expired, in the order in which they are used."""
        found = []
        for place, lot_, quantity in places:
            if quantity <= 0 or (lot and lot_ != lot) or (warehouse and place != warehouse):
                continue
            expiry = self.last_day(item, lot_)
            if expiry is not None and expiry < day:
                continue
            received = self.received.get((item, lot_)) if lot_ else None
            # first expired, first received; the main store before others; then the lot's name
            found.append((str(expiry or "9999"), str(received or ""), place != MAIN, place, lot_, quantity))
        found.sort()
        return [row[3:] for row in found]

    def reserved_places(self, item) -> list[tuple]:
        """What is set aside of an item: (order, line, warehouse, lot, quantity), by order and line."""
        return sorted(
            (order, line, place, lot, quantity)
            for (status, order, held), places in self.held.items()
            if status == RESERVED and held == item
            for (place, lot, line), quantity in places.items()
            if quantity > 0
        )

    def _reserved_for_others(self, item, cause: Cause) -> dict[str, int]:
        """Units set aside for other documents, by their names."""
        found: dict[str, int] = {}
        if self.reserved.get(item):
            for order, line, _, _, quantity in self.reserved_places(item):
                if (order, line) != (cause.order, cause.line):
                    name = order if line == NO_LINE else f"{order}/{line}"
                    found[name] = found.get(name, 0) + quantity
        return found

    def last_day(self, item, lot):
        """The last day a lot may be used, or None when it does not expire."""
        if item not in self._shelf_life or (item, lot) not in self.received:
            return None
        key = (item, lot, self.received[item, lot])
        if key not in self._last_day:
            self._last_day[key] = self._calendar.add(key[2], self._shelf_life[item]).item()
        return self._last_day[key]

    def _negative_place(self, warehouse) -> str | None:
        if warehouse:
            return warehouse if warehouse in self._may_be_negative else None
        if MAIN in self._may_be_negative:
            return MAIN
        return self._may_be_negative[0] if self._may_be_negative else None

    def _shortage(self, item, quantity, left, warehouse, lot, cause: Cause) -> str:
        day = cause.date.item()
        place = f" in {warehouse}" if warehouse else " in any warehouse"
        which = f" of lot {lot}" if lot else ""
        text = (
            f"{item}{place}: {micro_text(quantity)}{which} needed, {micro_text(quantity - left)} usable, "
            f"{micro_text(left)} short"
        )
        expired = sum(
            held
            for (place_, lot_), held in self.available.get(item, {}).items()
            if (not lot or lot_ == lot)
            and (not warehouse or place_ == warehouse)
            and (last := self.last_day(item, lot_)) is not None
            and last < day
        )
        if expired > 0:
            text += f" ({micro_text(expired)} expired)"
        others = self._reserved_for_others(item, cause)
        if others:
            named = ", ".join(f"{micro_text(part)} for {name}" for name, part in others.items())
            return text + f"; reserved are {named}: give back what may be used, or correct the quantity"
        return text + "; record the receipt or count that is missing, or correct the quantity"

    # what belongs to a document

    def held_quantity(self, status, order, item) -> int:
        """Units of an item in a document's hands, in micro-units."""
        balances = self.held.get((status, order, item))
        return sum(balances.values()) if balances else 0

    def held_places(self, status, order, item, lot="", line=NO_LINE) -> dict[tuple, int]:
        """What a document holds of an item by (warehouse, lot, line), only of the lot and line where one is given."""
        return {
            key: quantity
            for key, quantity in self.held.get((status, order, item), {}).items()
            if quantity > 0 and (not lot or key[1] == lot) and (line == NO_LINE or key[2] == line)
        }

    def release(self, cause: Cause, status, item, quantity, lot="", *, kind="", wanted_line=NO_LINE) -> list[tuple]:
        """Take units out of a document's hands, lots in order; the caller has checked that they are there.

        Returns:
            (warehouse, lot, line, quantity) for each balance used.
        """
        balances = self.held_places(status, cause.order, item, lot, wanted_line)
        left, used = quantity, []
        for key in sorted(balances):
            if left <= 0:
                break
            part = min(balances[key], left)
            used.append((*key, part))
            left -= part
        for warehouse, lot_, line, part in used:
            self.move(cause, item, warehouse, lot_, status, -part, kind=kind, line=line)
        return used


def _first(places: Iterable[tuple], quantity: int) -> tuple[list[tuple], int]:
    """So much of (warehouse, lot, quantity) in their order, and what is missing."""
    used, left = [], quantity
    for place, lot, there in places:
        if left <= 0:
            break
        part = min(there, left)
        used.append((place, lot, part))
        left -= part
    return used, left


def _add(balances: dict, key: tuple, quantity: int) -> None:
    left = balances.get(key, 0) + quantity
    if left:
        balances[key] = left
    else:
        balances.pop(key, None)


def _half_up(value: int, divisor: int) -> int:
    return (2 * value + divisor) // (2 * divisor)
