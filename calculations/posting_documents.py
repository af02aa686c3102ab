"""The documents that facts are posted to: how much of each is ordered and how much has happened."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from calculations.delivery_terms import lines_delivered_complete
from calculations.exact import MICRO
from calculations.stock_ledger import MAIN, NO_LINE, StockLedger
from calculations.typed_frames import typed

REFUSES_FACTS = ("draft", "submitted", "cancelled", "closed", "rejected")
NOT_RELEASED = "approved"


@dataclass(slots=True)
class PurchaseLine:
    """One line of a purchase order."""

    order: str
    line: int
    item: str
    ordered: int
    received: int
    price: int | None


@dataclass(slots=True)
class PurchaseOrder:
    """A purchase order with its lines by number."""

    supplier: str
    over_receipt: int
    lines: dict[int, PurchaseLine] = field(default_factory=dict)


@dataclass(slots=True)
class Component:
    """What an order needs of one item in all; `issued` is net of returns."""

    planned: int
    issued: int
    method: str = ""


@dataclass(slots=True)
class ProductionOrder:
    """A work order or a subcontract order; a subcontract order's good quantity is what was received."""

    table: str
    number: str
    item: str
    quantity: int
    good: int
    scrapped: int = 0
    kind: str = "production"
    supplier: str = ""
    over_receipt: int = 0
    fee: int | None = None
    components: dict[str, Component] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """The stock status of material in this order's hands."""
        return "at_subcontractor" if self.table == "subcontract_orders" else "in_production"

    @property
    def processed(self) -> int:
        """Units that have used up material."""
        return self.good + self.scrapped


@dataclass(slots=True)
class SalesLine:
    """One line of a sales order."""

    order: str
    line: int
    item: str
    ordered: int
    shipped: int
    returned: int = 0


class Documents:
    """Every document of a world by its number, and which of them facts have touched."""

    def __init__(self, world: dict[str, pd.DataFrame], default_method, policies: dict):
        suppliers = world["suppliers"]
        self.default_method = default_method
        # orders whose components come from a bill of materials, not from rows of the world
        self.exploded: set[tuple[str, str]] = set()
        self.percent = dict(
            zip(suppliers["supplier"].tolist(), suppliers["over_receipt_percent_micro"].tolist(), strict=True)
        )
        self.purchases = self._purchases(world)
        self.works = self._works(world, default_method)
        self.subcontracts = self._subcontracts(world)
        self.sales = self._sales(world)
        self.sales_by_order: dict[str, list[SalesLine]] = defaultdict(list)
        for line in self.sales.values():
            self.sales_by_order[line.order].append(line)
        # sales orders that leave only when all of them does
        numbers = pd.Series(list(self.sales_by_order), dtype="str")
        whole = lines_delivered_complete(numbers, world["sales_orders"], world["customers"], policies)
        self.complete_only = set(numbers[whole])
        self.touched: dict[tuple[str, str], None] = {}
        # documents of which a fact was undone, and how many time entries work orders have
        self.undone: set[tuple[str, str]] = set()
        self.time_entries: dict[str, int] = defaultdict(int)
        entered = world.get("order_time_entries")
        if entered is not None:
            self.time_entries |= dict(zip(entered["order"].tolist(), entered["count"].tolist(), strict=True))
        self.states = {
            (table, order): state
            for table in ("purchase_orders", "work_orders", "subcontract_orders", "sales_orders")
            if "state" in world[table]
            for order, state in zip(world[table]["order"], world[table]["state"], strict=True)
        }

    def _purchases(self, world) -> dict[str, PurchaseOrder]:
        frame = world["purchase_orders"]
        orders = {
            order: PurchaseOrder(supplier, self.percent.get(supplier, 0))
            for order, supplier in zip(frame["order"], frame["supplier"], strict=True)
        }
        lines = world["purchase_order_lines"]
        for order, line, item, ordered, received, price in zip(
            lines["order"].tolist(), lines["line"].tolist(), lines["item"].tolist(), lines["quantity_micro"].tolist(),
            lines["received_quantity_micro"].tolist(), _blanks(lines["unit_price_micro"]), strict=True,
        ):  # fmt: skip
            parent = orders.setdefault(order, PurchaseOrder("", 0))
            parent.lines[line] = PurchaseLine(order, line, item, ordered, received, price)
        return orders

    def _works(self, world, default_method) -> dict[str, ProductionOrder]:
        frame = world["work_orders"]
        kinds = frame["kind"].tolist() if "kind" in frame else ["production"] * len(frame)
        orders = {
            order: ProductionOrder("work_orders", order, item, quantity, good, scrapped, kind)
            for order, item, quantity, good, scrapped, kind in zip(
                frame["order"].tolist(), frame["item"].tolist(), frame["quantity_micro"].tolist(),
                frame["completed_quantity_micro"].tolist(), frame["scrapped_quantity_micro"].tolist(), kinds,
                strict=True,
            )
        }  # fmt: skip
        parts = world["work_order_components"]
        methods = parts["issue_method"].tolist() if "issue_method" in parts else [""] * len(parts)
        for order, item, planned, issued, method in zip(
            parts["order"].tolist(), parts["item"].tolist(), parts["quantity_micro"].tolist(),
            parts["issued_quantity_micro"].tolist(), methods, strict=True,
        ):  # fmt: skip
            if order in orders:
                method = method or default_method(orders[order].item, item)
                orders[order].components[item] = Component(planned, issued, method)
        return orders

    def _subcontracts(self, world) -> dict[str, ProductionOrder]:
        frame = world["subcontract_orders"]
        orders = {
            order: ProductionOrder(
                "subcontract_orders", order, item, quantity, received,
                supplier=supplier, over_receipt=self.percent.get(supplier, 0), fee=fee,
            )
            for order, supplier, item, quantity, received, fee in zip(
                frame["order"].tolist(), frame["supplier"].tolist(), frame["item"].tolist(),
                frame["quantity_micro"].tolist(), frame["received_quantity_micro"].tolist(), 
                _blanks(frame["fee_micro"]), strict=True,
            )
        }  # fmt: skip
        parts = world["subcontract_order_components"]
        for order, item, planned, sent in zip(
            parts["order"].tolist(), parts["item"].tolist(), parts["quantity_micro"].tolist(),
            parts["sent_quantity_micro"].tolist(), strict=True,
        ):  # fmt: skip
            if order in orders:
                orders[order].components[item] = Component(planned, sent)
        return orders

    def _sales(self, world) -> dict[tuple, SalesLine]:
        frame = world["sales_order_lines"]
        lines = {
            (order, line): SalesLine(order, line, item, ordered, shipped)
            for order, line, item, ordered, shipped in zip(
                frame["order"].tolist(), frame["line"].tolist(), frame["item"].tolist(),
                frame["quantity_micro"].tolist(), frame["shipped_quantity_micro"].tolist(), strict=True,
            )
        }  # fmt: skip
        returned = world.get("returned")
        if returned is not None:
            for order, line, quantity in zip(returned["order"].tolist(), returned["line"].tolist(),
                                             returned["quantity_micro"].tolist(), strict=True):  # fmt: skip
                if (order, line) in lines:
                    lines[order, line].returned += quantity
        return lines

    def place_on_the_floor(self, ledger: StockLedger, needed) -> list[tuple]:
        """Material issued before the first fact and not yet used up, where the world carries no balance of it.

        Returns:
            (document table, order, item, status, quantity) of each.
        """
        placed = []
        for order in (*self.works.values(), *self.subcontracts.values()):
            for item, component in order.components.items():
                if component.issued > 0 and not ledger.held.get((order.status, order.number, item)):
                    used = needed(component.planned, order.processed, order.quantity, item)
                    if component.issued > used:
                        ledger.held[order.status, order.number, item][(MAIN, "", NO_LINE)] = component.issued - used
                        placed.append((order.table, order.number, item, order.status, component.issued - used))
        return placed

    def refuses(self, table: str, order: str) -> str:
        """The state of a document that takes no facts, "" when it takes them."""
        state = self.states.get((table, order), "")
        waits = state == NOT_RELEASED and table != "sales_orders"
        return state if state in REFUSES_FACTS or waits else ""

    # results

    def state_changes(self) -> pd.DataFrame:
        """Documents whose state follows from the facts posted: table, number, state, sorted."""
        rows = []
        for table, number in sorted(self.touched):
            state = "done" if self._is_done(table, number) else "in_progress"
            if (table, number) in self.undone and self._is_untouched(table, number):
                state = "approved" if table == "sales_orders" else "released"
            if self.states.get((table, number)) != state:
                rows.append((table, number, state))
        return typed(rows, {"table": "str", "number": "str", "state": "str"})

    def _is_done(self, table: str, number: str) -> bool:
        if table == "purchase_orders":
            return all(line.received >= line.ordered for line in self.purchases[number].lines.values())
        if table == "sales_orders":
            return all(line.shipped >= line.ordered for line in self.sales_by_order[number])
        orders = self.works if table == "work_orders" else self.subcontracts
        return orders[number].processed >= orders[number].quantity

    def _is_untouched(self, table: str, number: str) -> bool:
        """Whether nothing that happened to a document is left after reversals."""
        if table == "purchase_orders":
            return not any(line.received for line in self.purchases[number].lines.values())
        if table == "sales_orders":
            return not any(line.shipped for line in self.sales_by_order[number])
        order = (self.works if table == "work_orders" else self.subcontracts)[number]
        return not (
            order.processed
            or any(component.issued for component in order.components.values())
            or self.time_entries.get(number)
        )

    def write_back(self, world: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """The document tables with the quantities as they stand now; the given frames are left alone."""
        lines = world["purchase_order_lines"]
        keys = zip(lines["order"].tolist(), lines["line"].tolist(), strict=True)
        after = {
            "purchase_order_lines": lines.assign(
                received_quantity_micro=_int64(self.purchases[order].lines[line].received for order, line in keys)
            )
        }
        frame = world["work_orders"]
        after["work_orders"] = frame.assign(
            completed_quantity_micro=_int64(self.works[order].good for order in frame["order"]),
            scrapped_quantity_micro=_int64(self.works[order].scrapped for order in frame["order"]),
        )
        frame = world["subcontract_orders"]
        after["subcontract_orders"] = frame.assign(
            received_quantity_micro=_int64(self.subcontracts[order].good for order in frame["order"])
        )
        after["work_order_components"] = self._issued(
            world, "work_order_components", "issued_quantity_micro", self.works
        )
        after["subcontract_order_components"] = self._issued(
            world, "subcontract_order_components", "sent_quantity_micro", self.subcontracts
        )
        lines = world["sales_order_lines"]
        keys = zip(lines["order"].tolist(), lines["line"].tolist(), strict=True)
        after["sales_order_lines"] = lines.assign(
            shipped_quantity_micro=_int64(self.sales[key].shipped for key in keys)
        )
        return after

    def _issued(self, world, table: str, column: str, orders: dict[str, ProductionOrder]) -> pd.DataFrame:
        frame = world[table]
        listed = zip(frame["order"].tolist(), frame["item"].tolist(), frame[column].tolist(), strict=True)
        issued = _int64(
            orders[order].components[item].issued if order in orders else before for order, item, before in listed
        )
        found = [
            (number, item, part.planned, part.issued)
            for number, order in sorted(orders.items())
            if (order.table, number) in self.exploded and (order.table, number) in self.touched
            for item, part in sorted(order.components.items())
        ]
        frame = frame.assign(**{column: issued})
        if not found:
            return frame
        added = pd.DataFrame(found, columns=["order", "item", "quantity_micro", column])
        filled = added.reindex(columns=frame.columns, fill_value="").astype(frame.dtypes)
        return pd.concat([frame, filled], ignore_index=True)

    def time_entries_frame(self) -> pd.DataFrame:
        """How many time entries work orders have: order, count."""
        return typed(list(self.time_entries.items()), {"order": "str", "count": "int64"})

    def returned_frame(self) -> pd.DataFrame:
        """What customers sent back of each sales line: order, line, quantity_micro > 0."""
        rows = [(line.order, line.line, line.returned) for line in self.sales.values() if line.returned]
        return typed(rows, {"order": "str", "line": "int64", "quantity_micro": "int64"})


def limit(quantity: int, percent_micro: int) -> int:
    """The most that may happen of a quantity when so many percent more are allowed, in micro-units.

    >>> limit(100_000_000, 2_500_000)
    102500000
    """
    return quantity + quantity * percent_micro // (100 * MICRO)


def _blanks(column: pd.Series) -> list:
    return [None if value is pd.NA else int(value) for value in column.astype("Int64").astype(object)]


def _int64(values) -> np.ndarray:
    return np.fromiter(values, dtype=np.int64)
