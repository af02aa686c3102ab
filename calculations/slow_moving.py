"""Stock that does not move: how old it is, what it ties up, how long it will last, and who could use it."""

from collections import defaultdict
from datetime import date

import numpy as np
import pandas as pd

from calculations.allocation import sum_by
from calculations.cost_books import OUTSIDE
from calculations.exact import MICRO, minor_unit, multiply_divide
from calculations.forecast_consumption import unconsumed_forecast
from calculations.policies import resolve
from calculations.product_structure import ProductStructure, in_force
from calculations.reversals import without_undone_moves

INTO_STOCK = ("opening", "receipt", "completion", "subcontract_receipt", "customer_return", "adjustment")
OUT_OF_STOCK = ("issue", "send", "consumption", "shipment")
NAMED = 5
DTYPES = {
    "item": "str",
    "quantity_micro": "int64",
    "value_micro": "int64",
    "age_days": "Int64",
    "last_issue": "datetime64[s]",
    "months_of_cover_micro": "Int64",
    "proposal": "str",
}


def slow_moving_stock(
    world: dict[str, pd.DataFrame], as_of: date, policies: dict | None = None
) -> dict[str, pd.DataFrame]:
    """Every item in stock, what is tied up in it, and a way to use it.

    Age is that of the oldest layer still there, first in first out: one new unit does not make old stock young. Demand
    ahead is open sales orders and what they leave of forecasts, with all they need on lower levels, or what open orders
    still need of the item, whichever is more; a month of it is its average over the calendar months from `as_of` to the
    last demand.

    Args:
        world: as posted (`stock_moves` there) or with facts, which are posted first.
    Returns:
        slow_moving: item, quantity_micro, value_micro (at average, else standard cost, in minor units), age_days
            (calendar days; blank where the day of receipt is unknown), last_issue (blank: never), months_of_cover_micro
            (blank: no demand), proposal; by value, the highest first, then item.
    """
    policies = resolve(policies, as_of)
    if world.get("stock_moves") is None:
        from calculations.fact_posting import post_facts

        world = post_facts(world, policies, as_of).world
    items = pd.Index(world["items"]["item"])
    stock = world["stock"][~world["stock"]["status"].isin(OUTSIDE)]
    quantity = sum_by(stock["quantity_micro"], items.get_indexer(stock["item"]), len(items))
    here = np.flatnonzero(quantity > 0)
    moves = without_undone_moves(world["stock_moves"], world.get("reversals"))
    moves = moves[~moves["status"].isin(OUTSIDE) & moves["item"].isin(items[here])]
    oldest, last_issue = _oldest_layers(moves, items, quantity), _last_issues(moves)
    structure = ProductStructure(world, as_of, policies)
    demand, last_day = _demand_ahead(world, structure, as_of, policies)
    values = _values(world, items, quantity, policies["currency_decimals"])
    uses = _Uses(world, structure, as_of)
    rows = [
        (
            items[place],
            quantity[place],
            values[place],
            _age(oldest.get(place), as_of),
            last_issue.get(items[place], pd.NaT),
            _cover(int(quantity[place]), demand.get(place, 0), last_day.get(place), as_of),
            uses.proposal(items[place]),
        )
        for place in here.tolist()
    ]
    frame = pd.DataFrame(rows, columns=list(DTYPES)).astype(DTYPES)
    return {"slow_moving": frame.sort_values(["value_micro", "item"], ascending=[False, True], ignore_index=True)}


def _oldest_layers(moves: pd.DataFrame, items: pd.Index, quantity: np.ndarray) -> dict[int, pd.Timestamp]:
    """Day of the oldest layer still in stock: what came in last is what is left."""
    came = moves[moves["kind"].isin(INTO_STOCK) & (moves["quantity_micro"] > 0)]
    came = came.assign(place=items.get_indexer(came["item"])).sort_values(
        ["place", "date"], ascending=[True, False], kind="stable", na_position="last"
    )
    before = came.groupby("place")["quantity_micro"].cumsum() - came["quantity_micro"]
    left = came[before.to_numpy() < quantity[came["place"].to_numpy()]]
    return left.drop_duplicates("place", keep="last").set_index("place")["date"].to_dict()


def _last_issues(moves: pd.DataFrame) -> dict[str, pd.Timestamp]:
    went = moves[moves["kind"].isin(OUT_OF_STOCK) & (moves["quantity_micro"] < 0)]
    return went.groupby("item")["date"].max().to_dict()


def _age(day, as_of: date):
    return pd.NA if day is None or pd.isna(day) else (pd.Timestamp(as_of) - day).days


def _values(world: dict, items: pd.Index, quantity: np.ndarray, decimals: int) -> np.ndarray:
    stock = world["stock"][world["stock"]["unit_cost_micro"].notna() & (world["stock"]["quantity_micro"] > 0)]
    place = items.get_indexer(stock["item"])
    known = stock["quantity_micro"].to_numpy(dtype=np.int64)
    cost = stock["unit_cost_micro"].to_numpy(dtype=np.int64)
    worth = sum_by(multiply_divide(known, cost, MICRO), place, len(items))
    priced = sum_by(known, place, len(items))
    standard = world["items"]["standard_cost_micro"].fillna(0).to_numpy(dtype=np.int64)
    average = multiply_divide(worth, np.maximum(quantity, 0), np.where(priced > 0, priced, 1))
    return minor_unit(np.where(priced > 0, average, multiply_divide(quantity, standard, MICRO)), decimals)


def _cover(quantity: int, demand: int, last_day, as_of: date):
    """Months the stock lasts, in micro-units."""
    if demand <= 0:
        return pd.NA
    months = (last_day.year - as_of.year) * 12 + last_day.month - as_of.month + 1
    # in Python's integers: demand of many levels may be beyond 64 bits, the months are not
    return (2 * quantity * max(months, 1) * MICRO + demand) // (2 * demand)


def _demand_ahead(
    world: dict, structure: ProductStructure, as_of: date, policies: dict
) -> tuple[dict[int, int], dict[int, pd.Timestamp]]:
    """Quantity asked for of each item, by position, and the last day of it."""
    structure.refuse_cycles()
    lines, forecasts = world["sales_order_lines"], _unconsumed(world, structure, policies)
    open_lines = lines.assign(
        date=lines["due_date"], quantity=lines["quantity_micro"] - lines["shipped_quantity_micro"]
    )
    ahead = forecasts[forecasts["date"] >= pd.Timestamp(as_of)]
    total: dict[int, int] = defaultdict(int)
    last: dict[int, pd.Timestamp] = {}
    for frame in (open_lines, ahead):
        for item, quantity, day in frame[["item", "quantity", "date"]].itertuples(index=False):
            if quantity > 0:
                _add(total, last, int(structure.index.get_loc(item)), quantity, day)
    for place in _parents_first(structure):
        bill = structure.bill(place) if total.get(place) else None
        if bill is not None and structure.sourcing[place] != "buy":
            for component in bill.components:
                _add(total, last, component.position, component.needed(total[place]), last[place])
    for place, (quantity, day) in _orders_need(world, structure).items():
        if quantity > total.get(place, 0):
            total[place], last[place] = quantity, max(day, last.get(place, day))
    return total, last


def _unconsumed(world: dict, structure: ProductStructure, policies: dict) -> pd.DataFrame:
    """Forecasts with the `quantity` that no order has consumed, as planning counts them."""
    place = structure.positions_of(world["forecasts"]["item"])
    forecasts = world["forecasts"].assign(place=place)[place >= 0].sort_values(["place", "date"], kind="stable")
    lines = world["sales_order_lines"].sort_values(["due_date", "order", "line"], kind="stable")
    left = unconsumed_forecast(
        forecasts["place"].to_numpy(dtype=np.int64),
        _days(forecasts["date"]),
        forecasts["quantity_micro"].to_numpy(),
        structure.positions_of(lines["item"]),
        _days(lines["due_date"]),
        lines["quantity_micro"].to_numpy(),
        policies["forecast_backward_days"],
        policies["forecast_forward_days"],
    )
    return forecasts.assign(quantity=left)


def _days(dates: pd.Series) -> np.ndarray:
    return dates.to_numpy().astype("datetime64[D]").astype(np.int64)


def _add(total: dict, last: dict, place: int, quantity: int, day) -> None:
    total[place] = total.get(place, 0) + quantity
    last[place] = max(day, last.get(place, day))


def _parents_first(structure: ProductStructure) -> list[int]:
    finished: dict[int, None] = {}

    def visit(place: int) -> None:
        if place in finished:
            return
        bill = structure.bill(place)
        for component in bill.components if bill else ():
            visit(component.position)
        finished[place] = None

    for place in range(len(structure.codes)):
        visit(place)
    return list(reversed(finished))


def _remaining(world: dict) -> pd.DataFrame:
    """What open work and subcontract orders still need: order, item, quantity > 0, date."""
    parts = []
    for kind, day, issued in (("work", "start_date", "issued"), ("subcontract", "due_date", "sent")):
        orders = world[f"{kind}_orders"][["order", day]].rename(columns={day: "date"})
        needs = world[f"{kind}_order_components"]
        needs = needs.assign(quantity=needs["quantity_micro"] - needs[f"{issued}_quantity_micro"])
        parts.append(needs.merge(orders, on="order")[["order", "item", "quantity", "date"]])
    rows = pd.concat(parts, ignore_index=True)
    return rows[rows["quantity"] > 0]


def _orders_need(world: dict, structure: ProductStructure) -> dict[int, tuple[int, pd.Timestamp]]:
    sums = _remaining(world).groupby("item").agg(quantity=("quantity", "sum"), date=("date", "max"))
    return {int(structure.index.get_loc(item)): (int(quantity), day) for item, quantity, day in sums.itertuples()}


class _Uses:
    """Which open orders and bills of materials could use an item, as itself or as a substitute."""

    def __init__(self, world: dict, structure: ProductStructure, as_of: date):
        lines = world["sales_order_lines"]
        still_open = lines[lines["quantity_micro"] > lines["shipped_quantity_micro"]]
        self.orders: dict[str, list[str]] = defaultdict(list)
        for order, line, item in still_open[["order", "line", "item"]].itertuples(index=False):
            self.orders[item].append(f"{order}/{line}")
        for order, item in _remaining(world)[["order", "item"]].itertuples(index=False):
            self.orders[item].append(order)
        self.parents: dict[str, list[str]] = defaultdict(list)
        for place, code in enumerate(structure.codes):
            bill = structure.bill(place)
            for component in bill.components if bill else ():
                self.parents[structure.codes[component.position]].append(code)
        rows = world["substitutes"]
        self.instead: dict[str, list[str]] = defaultdict(list)
        for component, substitute in rows.loc[in_force(rows, as_of), ["component", "substitute"]].itertuples(
            index=False
        ):
            self.instead[substitute].append(component)

    def proposal(self, item: str) -> str:
        """A sentence a planner can act on."""
        ways = []
        if self.orders.get(item):
            ways.append(f"use in {_listed(self.orders[item])}")
        if self.parents.get(item):
            ways.append(f"component of {_listed(self.parents[item])}")
        for component in dict.fromkeys(self.instead.get(item, ())):
            where = self.orders.get(component, []) + self.parents.get(component, [])
            ways.append(f"instead of {component}" + (f" in {_listed(where)}" if where else ""))
        return "; ".join(ways) or "no open order and no bill of materials uses it: return, sell or write it off"


def _listed(names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
