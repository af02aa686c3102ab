"""One month of costs: every use of stock and every order valued, level by level.

Quantities are micro-units, amounts minor units of the currency, items and orders positions (see `cost_books`).
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from calculations.allocation import allocate_pools, split_groups, sum_by
from calculations.cost_books import ELEMENTS, MATERIAL, CostBooks
from calculations.cost_pools import order_bases, pools_of, purchases_of
from calculations.exact import MICRO, multiply_divide
from calculations.order_costs import (
    Units,
    close_orders,
    conversion_debits,
    debits,
    fee_debits,
    hours_worked,
    pool_debits,
    units_of,
)
from calculations.period_valuation import LAYER, VALUATIONS, valuation_levels

WIP = ["order", "element", "item", "quantity", "degree", "amount"]
USE = ["role", "order", "document", "line", "item", "lot", "date", "origin", "quantity", "consumed", "returned",
       "unit_cost"]  # fmt: skip
UNKNOWN = -1
SHORTAGE = "shortage"


@dataclass(frozen=True)
class Carry:
    """What one month hands to the next.

    `layers` is stock (item, lot, date, origin, quantity, amount), `wip` work in process (order, element, item,
    quantity or −1 where unknown, degree, amount), `unit_cost` the last known cost by item in micro-units or −1,
    `mix` the shares of the cost elements in an item's value (items × elements).
    """

    layers: pd.DataFrame
    wip: pd.DataFrame
    unit_cost: np.ndarray
    mix: np.ndarray


@dataclass
class Month:
    """A month's amounts. `uses` are what left stock, `finished` what left the orders' cost, by charge."""

    opening: Carry
    purchases: pd.DataFrame
    order_expenses: pd.DataFrame
    debits: pd.DataFrame
    units: Units
    uses: pd.DataFrame
    layers: pd.DataFrame
    wip: pd.DataFrame
    receipts: np.ndarray
    mix: np.ndarray
    # kind, order position or −1, item position or −1, amount
    variances: list[tuple[str, int, int, int]] = field(default_factory=list)

    def carry(self, cent: int) -> Carry:
        """What the next month opens with."""
        return Carry(self.layers, self.wip, unit_costs(self.layers, self.opening.unit_cost, cent), self.mix)


def unit_costs(layers: pd.DataFrame, before: np.ndarray, cent: int) -> np.ndarray:
    """Unit cost of each item in micro-units from its layers; without stock the one before (−1 = never known)."""
    quantity = sum_by(layers["quantity"], layers["item"], len(before))
    amount = sum_by(layers["amount"], layers["item"], len(before))
    known = (quantity > 0) & (amount >= 0)
    unit = multiply_divide(multiply_divide(np.where(known, amount, 0), cent, 1), MICRO, np.where(known, quantity, 1))
    return np.where(known, unit, before)


def close_month(books: CostBooks, carry: Carry, start, end, period: str) -> Month:
    """Value a month.

    Pools allocated by material cost need that cost first, so they are added to a valuation made without them: their
    base is the material before such overhead.

    Raises:
        EmptyAllocationBase: a pool nobody can carry.
    """
    moves = books.moves[(books.moves["date"] >= start) & (books.moves["date"] <= end)]
    hours = hours_worked(books, start, end)
    pools, landed, order_expenses = pools_of(books, period)
    purchases = purchases_of(books, moves, landed)
    fees = fee_debits(books, moves)
    moves = _without_sent_back(moves)
    uses = _uses(books, moves)
    charges = uses[uses["role"] == "charge"]
    units = units_of(books, moves, charges, carry.wip, start, end)
    own = pd.concat([conversion_debits(books, hours), fees], ignore_index=True)
    production = moves[(moves["role"] == "production") & (moves["order"] >= 0)]
    valuation = _Valuation(books, carry, purchases, uses, units, production)
    by_material = pools["basis"] == "material_cost"
    bases = order_bases(books, hours, units.good, np.zeros(len(books.orders), dtype=np.int64))
    shares = [allocate_pools(pools[~by_material], bases, hours)]
    if by_material.any():
        before = valuation.run(pd.concat([own, pool_debits(books, shares[0])], ignore_index=True))
        material = before.debits[before.debits["element"] == MATERIAL]
        cost = sum_by(material["added"], material["order"], len(books.orders))
        shares.append(allocate_pools(pools[by_material], bases.assign(material_cost=cost), hours))
    overhead = pool_debits(books, pd.concat(shares, ignore_index=True))
    month = valuation.run(pd.concat([own, overhead], ignore_index=True))
    month.order_expenses = order_expenses
    return month


def _without_sent_back(moves: pd.DataFrame) -> pd.DataFrame:
    """The moves as if units that went back to a subcontractor in the month they came had never come.

    Their material is in process again, not in the cost of the good ones. What came in an earlier month stays a move of
    its own: the order consumes its own item.
    """
    key = ["order", "item", "lot"]
    back = moves[(moves["role"] == "charge") & (moves["kind"] == "supplier_return")]
    quantity = moves["quantity"].copy()
    for place, rows in back.groupby(key):
        here = (moves[key] == pd.Series(place, index=key)).all(axis=1)
        came = moves[(moves["role"] == "production") & here].iloc[::-1]
        sent = -int(rows["quantity"].sum())
        if sent > int(came["quantity"].sum()):
            continue
        quantity[rows.index] = 0
        for row in came.index:
            part = min(sent, int(quantity[row]))
            quantity[row] -= part
            sent -= part
    return moves.assign(quantity=quantity)[(quantity != 0) | (moves["quantity"] == 0)] if len(back) else moves


def _uses(books: CostBooks, moves: pd.DataFrame) -> pd.DataFrame:
    """What left stock, by document and item; what came back is negative. Charges of one order and item are one row.
    `returned` tells what customers sent back (or a reversal of that) from shipments (or their reversals).

    `unit_cost` of a charge is kept where an order consumes its own item: it is the cost frozen when it was issued.
    """
    rows = moves[moves["role"].isin(("charge", "shipment", "scrap", "adjustment"))].assign(
        consumed=lambda frame: (frame["kind"] == "consumption") & (frame["role"] == "charge"),
        returned=lambda frame: frame["kind"] == "customer_return",
        unit_cost=lambda frame: frame["unit_cost"].astype("Int64").fillna(UNKNOWN).astype("int64"),
        line=lambda frame: frame["line"].astype("Int64").fillna(UNKNOWN).astype("int64"),
        quantity=lambda frame: -frame["quantity"],
    )
    charge = rows["role"] == "charge"
    rows = rows.assign(origin=rows["origin"].mask(charge, ""), line=rows["line"].mask(charge, UNKNOWN))
    product = np.append(books.orders["item"].to_numpy(dtype=np.int64), UNKNOWN)[rows["order"].to_numpy(dtype=np.int64)]
    rows.loc[charge & (rows["item"] != product), "unit_cost"] = UNKNOWN
    key = [name for name in USE if name not in ("date", "quantity")]
    grouped = rows.groupby(key, as_index=False, sort=True).agg(date=("date", "min"), quantity=("quantity", "sum"))
    return grouped[grouped["quantity"] != 0].reset_index(drop=True)[USE]


class _Valuation:
    """The valuation of a month for given charges of conversion; may run more than once."""

    def __init__(self, books, carry: Carry, purchases, uses, units: Units, production):
        self.books, self.carry, self.units, self.purchases = books, carry, units, purchases
        self.items, self.orders = len(books.items), len(books.orders)
        self.product = books.orders["item"].to_numpy(dtype=np.int64)
        self.production = production.groupby(["order", "item", "lot", "date", "origin"], as_index=False, sort=True)[
            "quantity"
        ].sum()
        short = carry.layers["quantity"] < 0
        self.uses = self._frozen(pd.concat([uses, _shortages(carry.layers[short])], ignore_index=True))
        self.layers = pd.concat([carry.layers.loc[~short, LAYER], purchases[LAYER]], ignore_index=True)
        self.owed = -sum_by(carry.layers.loc[short, "amount"], carry.layers.loc[short, "item"], self.items)

    def _frozen(self, uses: pd.DataFrame) -> pd.DataFrame:
        """Levels of the items, and the uses that loop back: these are valued at a cost known before the month's."""
        charged = (uses["role"] == "charge") & (uses["order"] >= 0)
        product = np.where(charged, self.product[uses["order"].to_numpy()] if self.orders else 0, UNKNOWN)
        pairs = set(zip(uses.loc[charged, "item"].tolist(), product[charged].tolist(), strict=True))
        self.level, loops = valuation_levels(pairs, self.items)
        own = charged & (uses["item"] == product)
        frozen = np.array(
            [pair in loops for pair in zip(uses["item"].tolist(), product.tolist(), strict=True)], dtype=bool
        )
        frozen |= own.to_numpy()
        price = np.where(uses["unit_cost"] >= 0, uses["unit_cost"], self._last_cost()[uses["item"].to_numpy()])
        unknown = frozen & (price < 0)
        price = np.where(unknown & ~own, 0, price)
        amount = np.where(frozen & (price >= 0), self.books.worth(uses["quantity"], np.maximum(price, 0)), 0)
        return uses.assign(frozen=frozen, unknown=unknown & own, amount=amount)

    def _last_cost(self) -> np.ndarray:
        standard = np.where(self.books.standard > 0, self.books.standard, UNKNOWN)
        return np.where(self.carry.unit_cost >= 0, self.carry.unit_cost, standard)

    def run(self, own_debits: pd.DataFrame) -> Month:
        """Value everything, products after what they consumed."""
        self.amount = self.uses["amount"].to_numpy(dtype=np.int64).copy()
        self.inflow = self.layers
        self.share = np.where(self.carry.mix.sum(axis=1, keepdims=True) > 0, self.carry.mix, _material_only(self.items))
        self.worth = np.zeros((self.items, len(ELEMENTS)))
        np.add.at(
            self.worth,
            self.carry.layers["item"].to_numpy(),
            self.share[self.carry.layers["item"].to_numpy()] * self.carry.layers[["amount"]].to_numpy(),
        )
        np.add.at(self.worth[:, MATERIAL], self.purchases["item"].to_numpy(), self.purchases["amount"].to_numpy())
        self.month = Month(
            self.carry,
            self.purchases,
            None,
            own_debits,
            self.units,
            self.uses,
            None,
            None,
            np.zeros(self.orders, dtype=np.int64),
            self.share,
        )
        self.parts = {"layers": [], "wip": [], "debits": [own_debits]}
        waiting = np.zeros(self.orders, dtype=bool)
        waiting[self.uses.loc[self.uses["unknown"], "order"].to_numpy()] = True
        active = np.zeros(self.orders, dtype=bool)
        for orders in (
            own_debits["order"],
            self.carry.wip["order"],
            self.uses.loc[self.uses["role"] == "charge", "order"],
            self.production["order"],
        ):
            active[orders[orders >= 0].to_numpy(dtype=np.int64)] = True
        for level in range(int(self.level.max(initial=0)) + 1):
            for late in (False, True):
                chosen = active & (self.level[self.product] == level) & (waiting == late)
                if chosen.any():
                    self._close(chosen, own_debits)
            self._value_items(self.level == level)
        return self._result()

    def _close(self, chosen: np.ndarray, own_debits: pd.DataFrame) -> None:
        charges = self.uses[(self.uses["role"] == "charge") & (self.uses["order"] >= 0)]
        charges = charges[chosen[charges["order"].to_numpy(dtype=np.int64)]]
        self._price_unknown(charges)
        rows = charges.assign(added=self.amount[charges.index]).groupby(["order", "item", "consumed"], as_index=False)
        rows = rows["added"].sum()
        material = debits(
            [
                (order, MATERIAL, item, "", "", 0, added, consumed)
                for order, item, consumed, added in rows[["order", "item", "consumed", "added"]].itertuples(index=False)
            ]
        )
        own = own_debits[chosen[own_debits["order"].to_numpy()]]
        wip = self.carry.wip[chosen[self.carry.wip["order"].to_numpy()]]
        closing = close_orders(self.books, self.units, wip, pd.concat([material, own], ignore_index=True))
        self.parts["debits"].append(material)
        self.parts["wip"].append(closing.wip[WIP])
        receipts = self._repaired_for_customers(closing, chosen)
        self.month.receipts += receipts
        for kind, amounts in (("abnormal_scrap", closing.abnormal), ("after_completion", closing.late)):
            self.month.variances += [
                (kind, order, int(self.product[order]), int(amounts[order]))
                for order in np.flatnonzero(amounts).tolist()
            ]
        self._receive(chosen, receipts, closing.finished)

    def _price_unknown(self, charges: pd.DataFrame) -> None:
        """Own units to be reworked that nobody priced leave at the average of what the item cost without rework."""
        rows = charges[charges["unknown"]]
        if rows.empty:
            return
        quantity = sum_by(self.inflow["quantity"], self.inflow["item"], self.items)
        amount = sum_by(self.inflow["amount"], self.inflow["item"], self.items)
        item = rows["item"].to_numpy()
        totals = np.where(quantity > 0, amount, 0)
        for row, place, used in zip(rows.index, item.tolist(), rows["quantity"].tolist(), strict=True):
            whole = int(quantity[place])
            self.amount[row] = (2 * int(totals[place]) * used + whole) // (2 * whole) if whole > 0 else 0

    def _repaired_for_customers(self, closing, chosen: np.ndarray) -> np.ndarray:
        """Repairs of returned goods are a cost of the customer's order: the goods come back at what they were worth."""
        receipts = closing.receipts.copy()
        repaired = chosen & (self.books.orders["rework_of"] != "").to_numpy() & (receipts > 0)
        if repaired.any():
            own = closing.finished[closing.finished["item"] == self.product[closing.finished["order"].to_numpy()]]
            kept = np.minimum(sum_by(own["amount"], own["order"], self.orders), receipts)
            extra = np.where(repaired, receipts - kept, 0)
            receipts -= extra
            self.month.variances += [
                ("rework", order, int(self.product[order]), int(extra[order]))
                for order in np.flatnonzero(extra).tolist()
            ]
        return receipts

    def _receive(self, chosen: np.ndarray, receipts: np.ndarray, finished: pd.DataFrame) -> None:
        """Put the orders' receipts into stock and into the mix of cost elements of their product."""
        made = self.production[chosen[self.production["order"].to_numpy(dtype=np.int64)]]
        if len(made):
            quantity = np.maximum(made["quantity"].to_numpy(), 0)
            carried = np.where(self.units.good > 0, receipts, 0)
            amount = split_groups(np.where(chosen, carried, 0), quantity, made["order"])
            self.inflow = pd.concat([self.inflow, made.assign(amount=amount)[LAYER]], ignore_index=True)
        value = np.zeros((self.orders, len(ELEMENTS)))
        order, element, item = (finished[name].to_numpy() for name in ("order", "element", "item"))
        amounts = finished["amount"].to_numpy(dtype=float)
        bought = (element == MATERIAL) & (item >= 0)
        np.add.at(value, order[bought], self.share[item[bought]] * amounts[bought, None])
        np.add.at(value, (order[~bought], element[~bought]), amounts[~bought])
        total = value.sum(axis=1, keepdims=True)
        shares = np.divide(value, total, out=np.zeros_like(value), where=total > 0)
        np.add.at(self.worth, self.product[chosen], (shares * receipts[:, None])[chosen])

    def _value_items(self, here: np.ndarray) -> None:
        total = self.worth.sum(axis=1)
        known = here & (total > 0)
        self.share[known] = np.maximum(self.worth[known], 0) / total[known, None]
        inflow = self.inflow[here[self.inflow["item"].to_numpy(dtype=np.int64)]]
        rows = self.uses[here[self.uses["item"].to_numpy()]]
        quantity = sum_by(inflow["quantity"], inflow["item"], self.items)
        frozen = rows[rows["frozen"]]
        quantity -= sum_by(frozen["quantity"], frozen["item"], self.items)
        # without anything to average, what comes back (or leaves stock that may be negative) keeps its last cost
        baseless = ~rows["frozen"] & (quantity[rows["item"].to_numpy()] <= 0)
        price = np.maximum(np.where(rows["unit_cost"] >= 0, rows["unit_cost"], self._last_cost()[rows["item"]]), 0)
        self.amount[rows.index[baseless]] = self.books.worth(rows["quantity"], price)[baseless.to_numpy()]
        fixed = rows[rows["frozen"] | baseless]
        leaving = fixed.assign(quantity=-fixed["quantity"], amount=-self.amount[fixed.index])[LAYER]
        inflow = pd.concat([inflow, leaving], ignore_index=True)
        priced = rows[~(rows["frozen"] | baseless)]
        valued = VALUATIONS[self.books.policies["valuation"]](inflow, priced, self.items)
        self.amount[priced.index] = valued.uses
        self.parts["layers"].append(valued.layers)
        uses_of = np.bincount(rows["item"], minlength=self.items)
        for item in np.flatnonzero(valued.residue).tolist():
            rest = int(valued.residue[item])
            kind = "rounding" if abs(rest) <= uses_of[item] else "revaluation"
            self.month.variances.append((kind, UNKNOWN, item, rest))

    def _result(self) -> Month:
        month = self.month
        uses = self.uses.assign(amount=self.amount)
        short = uses[uses["role"] == SHORTAGE]
        difference = sum_by(short["amount"], short["item"], self.items) - self.owed
        month.variances += [
            ("revaluation", UNKNOWN, item, int(difference[item])) for item in np.flatnonzero(difference).tolist()
        ]
        month.uses = uses[uses["role"] != SHORTAGE]
        layers = [part for part in self.parts["layers"] if len(part)] or self.parts["layers"][:1]
        month.layers = pd.concat(layers, ignore_index=True).sort_values(
            ["item", "date", "lot"], kind="stable", ignore_index=True
        )
        wip = [part for part in self.parts["wip"] if len(part)]
        month.wip = (
            pd.concat(wip, ignore_index=True).sort_values(["order", "element", "item"], ignore_index=True)
            if wip
            else pd.DataFrame(columns=WIP).astype("int64")
        )
        month.debits = pd.concat(self.parts["debits"], ignore_index=True)
        month.mix = self.share
        return month


def _shortages(layers: pd.DataFrame) -> pd.DataFrame:
    """Stock below zero at the start is covered by what comes in first, at what that costs."""
    blank = {
        "document": "",
        "origin": "",
        "consumed": False,
        "returned": False,
        "unit_cost": UNKNOWN,
        "line": UNKNOWN,
        "order": UNKNOWN,
    }
    return layers.assign(role=SHORTAGE, quantity=-layers["quantity"], **blank)[USE]


def _material_only(items: int) -> np.ndarray:
    shares = np.zeros((items, len(ELEMENTS)))
    shares[:, MATERIAL] = 1
    return shares
