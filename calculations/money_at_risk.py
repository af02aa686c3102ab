"""What the lines, receipts and suggestions of a plan are worth in the plant's currency; -1 where no price is known."""

import numpy as np
import pandas as pd

from calculations.exact import LARGEST, MICRO, multiply_divide
from calculations.item_prices import exchange_rates_on
from calculations.planning_inputs import FORECAST, SALES, Needs
from calculations.supply_sources import BLANK


class MoneyAtRisk:
    """Values in micro-units of the plant's currency; an amount beyond exact numbers counts as not known.

    A sales line is worth its open quantity at its price, else the list price, at the rate of the order's date. What is
    bought is worth the price of its order or supplier, else the standard cost; everything else the standard cost, and a
    bought item without one the best offer. A currency without a rate is the plant's own.

    Args:
        plan: a `material_planning.Plan`. planned: its planned_orders; suggested: the row there of each of
            `plan.orders`. world: what it was made from.
    """

    def __init__(self, plan, planned: pd.DataFrame, suggested: np.ndarray, world: dict[str, pd.DataFrame]):
        self._plan, self._planned, self._suggested, self._world = plan, planned, suggested, world
        self._rows: dict[str, dict[tuple[str, int], int]] = {}
        self._today = np.datetime64(plan.inputs.as_of, "D")
        items = plan.inputs.items
        self._list_price = _or_blank(items["list_price_micro"])
        self._cost = _or_blank(items["standard_cost_micro"])
        sources = plan.inputs.sources
        offer = np.where(sources.kind == "buy", sources.offers_on(plan.inputs.as_of), BLANK)
        priced = np.flatnonzero((self._cost == BLANK) & (offer != BLANK))
        codes = items["item"].to_numpy(dtype=object)[priced]
        suppliers = sources.supplier[offer[priced]] if len(priced) else codes
        self._cost[priced] = self._own_currency(np.append(sources.price, 0)[offer[priced]], suppliers, codes)

    def of_items(self, item: np.ndarray, quantity: np.ndarray) -> np.ndarray:
        """Value of quantities of items."""
        return _amounts(quantity, self._cost[item])

    def of_suggestions(self, row: np.ndarray) -> np.ndarray:
        """Value of this run's suggestions: rows of `plan.orders`."""
        orders = self._plan.orders
        price = self._cost[orders.item[row]]
        given = _or_blank(self._planned["unit_price_micro"].take(self._suggested[row]))
        bought = np.flatnonzero((self._plan.inputs.sources.kind[orders.item[row]] == "buy") & (given != BLANK))
        of = self._planned[["supplier", "item"]].take(self._suggested[row[bought]])
        price[bought] = self._own_currency(given[bought], of["supplier"], of["item"])
        return _amounts(orders.quantity[row], price)

    def of_receipts(self, row: np.ndarray, quantity: np.ndarray) -> np.ndarray:
        """Value of so much of receipts: purchase lines at their own price."""
        receipts, lines = self._plan.inputs.receipts, self._world["purchase_order_lines"]
        price = self._cost[receipts.item[row]]
        lined = np.flatnonzero(receipts.line[row] != BLANK)
        at = self._places("purchase_order_lines", receipts.order[row[lined]], receipts.line[row[lined]])
        own = np.append(_or_blank(lines["unit_price_micro"]), BLANK)[at]
        price[lined] = np.where(own != BLANK, own, price[lined])
        return _amounts(quantity, price)

    def of_needs(self, needs: Needs) -> np.ndarray:
        """Value of what is asked for: sales lines at their price, forecasts at list price, components at cost."""
        price = self._cost[needs.item]
        price = np.where(needs.kind == FORECAST, self._list_price[needs.item], price)
        value = _amounts(-(-needs.quantity // needs.denominator), price)
        sold = np.flatnonzero(needs.kind == SALES)
        value[sold] = self.of_lines(needs.ref[sold], needs.line[sold])
        return value

    def of_lines(self, ref: np.ndarray, line: np.ndarray) -> np.ndarray:
        """Open value of sales lines, each named by its row of the plan's sales documents and its line number."""
        lines, orders = self._world["sales_order_lines"], self._world["sales_orders"]
        at = self._places("sales_order_lines", self._plan.inputs.documents[SALES][ref], line)
        found = lines.iloc[at]
        item = self._plan.inputs.index.get_indexer(found["item"])
        price = _or_blank(found["unit_price_micro"])
        price = np.where(price == BLANK, self._list_price[item], price)
        rates = self._world.get("exchange_rates")
        if rates is not None and len(rates):
            order = pd.Index(orders["order"]).get_indexer(found["order"])
            dated = orders.iloc[order]
            price = _converted(price, _rates(self._world, dated["currency"], dated["order_date"]))
        return _amounts((found["quantity_micro"] - found["shipped_quantity_micro"]).to_numpy(), price)

    def _places(self, table: str, order: np.ndarray, line: np.ndarray) -> np.ndarray:
        """Row of each order line in its table, -1 where there is none."""
        if table not in self._rows:
            names = zip(self._world[table]["order"].tolist(), self._world[table]["line"].tolist(), strict=True)
            self._rows[table] = {name: row for row, name in enumerate(names)}
        rows = self._rows[table]
        named = zip(order.tolist(), line.tolist(), strict=True)
        return np.array([rows.get(name, BLANK) for name in named], dtype=np.int64)

    def _own_currency(self, price: np.ndarray, supplier, item) -> np.ndarray:
        """Suppliers' prices in the plant's currency, at today's rate."""
        rates = self._world.get("exchange_rates")
        if rates is None or rates.empty or not len(price):
            return price
        offers = self._world["supplier_items"].drop_duplicates(["supplier", "item"])
        known = pd.MultiIndex.from_frame(offers[["supplier", "item"]])
        at = known.get_indexer(pd.MultiIndex.from_arrays([np.asarray(supplier), np.asarray(item)]))
        currency = pd.Series(np.append(offers["currency"].to_numpy(dtype=object), "")[at])
        return _converted(price, _rates(self._world, currency, pd.Series(self._today, index=currency.index)))


def _rates(world: dict, currency: pd.Series, day: pd.Series) -> np.ndarray:
    """The plant's currency for one of each currency on its day; one for one where no rate is known."""
    found = np.full(len(currency), MICRO, dtype=np.int64)
    foreign = np.flatnonzero((currency.fillna("") != "").to_numpy())
    for when in np.unique(day.to_numpy()[foreign]):
        known = exchange_rates_on(world, when)
        rows = foreign[day.to_numpy()[foreign] == when]
        found[rows] = [known.get(name, MICRO) for name in currency.iloc[rows]]
    return found


def _converted(price: np.ndarray, rate: np.ndarray) -> np.ndarray:
    return np.where(price == BLANK, BLANK, multiply_divide(np.maximum(price, 0), rate, MICRO))


def _amounts(quantity: np.ndarray, price: np.ndarray) -> np.ndarray:
    """Quantity × price; a plan is not refused because a price is absurd."""
    quantity = np.maximum(quantity, 0)
    known = (price != BLANK) & (quantity.astype(float) * price / MICRO < LARGEST / 2)
    return np.where(known, multiply_divide(np.where(known, quantity, 0), np.where(known, price, 0), MICRO), BLANK)


def _or_blank(numbers: pd.Series) -> np.ndarray:
    return numbers.fillna(BLANK).to_numpy(dtype=np.int64)
