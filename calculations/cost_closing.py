"""The close of a month: actual costs of orders, receipts, stock and shipments, balanced to the minor unit."""

from datetime import date

import numpy as np
import pandas as pd

from calculations.allocation import EmptyAllocationBase
from calculations.cost_books import ELEMENTS, MATERIAL, REFUSED, CostBooks, cost_books
from calculations.cost_entries import cost_entries, identity
from calculations.cost_month import UNKNOWN, WIP, Carry, Month, close_month, unit_costs
from calculations.errors import KitlineError
from calculations.exact import MICRO, multiply_divide, to_micro
from calculations.order_margin import AMOUNTS, customer_margins, order_margins
from calculations.period_valuation import LAYER
from calculations.policies import resolve

LOSSES = ("abnormal_scrap", "scrap")


class PeriodLocked(KitlineError):
    """A closing, or a fact, of a period whose books are shut for good."""

    kind = "period_locked"


class StaleOpening(KitlineError):
    """An earlier close that no longer agrees with the stock moves of its period."""

    kind = "stale_opening"


class EarlierPeriod(KitlineError):
    """A period that lies before the close it should follow."""

    kind = "earlier_period"


def close_period(world: dict[str, pd.DataFrame], as_of: date, policies: dict | None = None) -> dict[str, pd.DataFrame]:
    """Actual costs of the period `policies["period"]` (the month of `as_of` where none is given).

    Months from the first fact (or from the last close) up to the period are valued one after the other; only the
    period's own results come back.

    Args:
        world: documents with the quantities of before the first move, and facts. Optional: `stock_moves` (all moves;
            without it the facts are posted first), `previous_cost_entries` (entries of the close before),
            `periods` (period, state).
    Returns:
        Amounts are whole minor units, in micro-units.
        order_costs: order, element, pool, amount: charged in the period; by order, then element.
        receipt_costs: order, item, quantity, amount, unit_cost: good units of work and subcontract orders.
        wip: order, element, quantity (units in process), amount.
        variances: order, item, kind, amount: kinds abnormal_scrap and scrap are losses; rounding, revaluation,
            inventory_adjustment, after_completion, rework and unassigned are variances.
        identity: term, amount; `difference` is zero.
        cost_entries, item_costs, order_margins, customer_margins, shipment_costs, refused: see the functions below.
    Raises:
        EmptyAllocationBase: a pool that no order can carry.
        PeriodLocked, EarlierPeriod, StaleOpening: the period cannot be closed, or the close before it must be repeated.
    """
    policies = resolve(policies, as_of)
    period = policies["period"]
    _refuse_locked(world, period)
    books = _books(world, policies)
    carry, first = _opening(books, world, period)
    for name in months(first, period):
        opening = carry
        start, end = month_ends(name)
        try:
            month = close_month(books, opening, start, end, name)
        except EmptyAllocationBase as empty:
            raise EmptyAllocationBase(f"in {name}, {empty}") from None
        carry = month.carry(books.cent)
    return _frames(books, month, period)


def months(first: str, last: str) -> list[str]:
    """The months from first to last, both included.

    >>> months("2025-12", "2026-02")
    ['2025-12', '2026-01', '2026-02']
    """
    return pd.period_range(first, last, freq="M").strftime("%Y-%m").tolist()


def month_ends(period: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day of a month.

    >>> [day.date().isoformat() for day in month_ends("2026-02")]
    ['2026-02-01', '2026-02-28']
    """
    start = pd.Timestamp(f"{period}-01")
    return start, start + pd.offsets.MonthEnd(0)


def _refuse_locked(world: dict, period: str) -> None:
    periods = world.get("periods")
    if periods is not None and (periods.loc[periods["period"] == period, "state"] == "locked").any():
        raise PeriodLocked(f"period {period} is locked; late facts belong to the next open period, close that one")


def _books(world: dict, policies: dict) -> CostBooks:
    """The books of a world whose facts are posted already, or are posted here first."""
    moves = world.get("stock_moves")
    if moves is not None:
        return cost_books(world, moves, policies)
    from calculations.fact_posting import post_facts

    posting = post_facts(world, policies)
    facts = {name: frame for name, frame in posting.world.items() if "event" in frame}
    rework = posting.rework_orders
    opened = pd.DataFrame(
        {
            "order": "rework of " + rework["event"],
            "item": rework["item"],
            "quantity_micro": rework["quantity_micro"],
            "start_date": rework["date"],
            "due_date": rework["date"],
            "completed_quantity_micro": 0,
            "scrapped_quantity_micro": 0,
            "origin": "inspections:" + rework["event"],
        }
    )
    orders = world["work_orders"]
    orders = orders if "origin" in orders else orders.assign(origin="")
    world = {**world, **facts, "work_orders": pd.concat([orders, opened], ignore_index=True) if len(opened) else orders}
    books = cost_books(world, posting.world["stock_moves"], policies)
    books.refused.extend(posting.refused[REFUSED].itertuples(index=False, name=None))
    return books


def _opening(books: CostBooks, world: dict, period: str) -> tuple[Carry, str]:
    """What the first month opens with, and which month that is."""
    entries = world.get("previous_cost_entries")
    if entries is None or entries.empty:
        return _first_opening(books), _first_month(books, period)
    before = entries["period"].iloc[0]
    if before >= period:
        raise EarlierPeriod(
            f"period {period} does not follow the close of {before}; close {before} again or a later month"
        )
    first = months(before, period)[1]
    carry = _carried(books, entries)
    _refuse_stale(books, carry, first, before)
    return carry, first


def _first_month(books: CostBooks, period: str) -> str:
    dates = [books.moves["date"].min(), books.world["time_entries"]["date"].min(), books.completions["date"].min()]
    found = [day.strftime("%Y-%m") for day in dates if not pd.isna(day)]
    expenses = books.world["expenses"]["period"]
    return min([*found, *expenses.tolist(), period])


def _first_opening(books: CostBooks) -> Carry:
    """Opening stock and work in process as they were imported."""
    rows = books.world["opening_wip"]
    degrees = _degrees(books.policies)
    wip = pd.DataFrame(
        {
            "order": books.order_index.get_indexer(rows["order"]),
            "element": [ELEMENTS.index(name) for name in rows["element"]],
            "item": UNKNOWN,
            "quantity": rows["quantity_micro"].astype("Int64").fillna(UNKNOWN).to_numpy(dtype=np.int64),
            "degree": rows["degree_micro"]
            .astype("Int64")
            .fillna(rows["element"].map(degrees).astype("Int64"))
            .to_numpy(dtype=np.int64),
            "amount": multiply_divide(rows["amount_micro"], 1, books.cent),
        }
    ).astype("int64")
    wip = pd.concat([wip[wip["order"] >= 0], _issued_before(books, wip, degrees["material"])], ignore_index=True)
    size = len(books.items)
    layers = books.openings[LAYER]
    return Carry(layers, wip, unit_costs(layers, np.full(size, UNKNOWN), books.cent), np.zeros((size, len(ELEMENTS))))


def _degrees(policies: dict) -> dict[str, int]:
    """Degree of completion of each cost element, in micro-units."""
    material, conversion = to_micro(policies["material_degree"]), to_micro(policies["conversion_degree"])
    return {name: material if name in ("material", "subcontract") else conversion for name in ELEMENTS}


def _issued_before(books: CostBooks, wip: pd.DataFrame, degree: int) -> pd.DataFrame:
    """Sets that were issued before the first move and not used up, of orders whose opening says no quantity."""
    told = set(wip.loc[wip["quantity"] >= 0, "order"])
    # rejected units are handed to their rework order by a move, not before the first one
    told |= set(np.flatnonzero(books.orders["origin"] != "").tolist())
    needs = books.needs[(books.needs["issued"] > 0) & ~books.needs["order"].isin(told)]
    order = needs["order"].to_numpy(dtype=np.int64)
    planned, done = (books.orders[name].to_numpy(dtype=np.int64)[order] for name in ("planned", "done"))
    sets = multiply_divide(needs["issued"], planned, needs["per_order"], "down") - done
    return pd.DataFrame(
        {
            "order": order,
            "element": MATERIAL,
            "item": needs["item"].to_numpy(),
            "quantity": np.maximum(sets, 0),
            "degree": degree,
            "amount": 0,
        }
    ).astype("int64")


def _carried(books: CostBooks, entries: pd.DataFrame) -> Carry:
    """What an earlier close left: the layers of its closing stock and its work in process."""
    entries = entries.sort_values("number", kind="stable")
    stock = entries[entries["kind"] == "closing_stock"]
    # a layer is one row with its quantity, and further rows of the other cost elements without one
    layer = stock["quantity_micro"].notna().cumsum().to_numpy()
    amounts = (stock["amount_micro"] // books.cent).to_numpy(dtype=np.int64)
    item = books.items.get_indexer(stock["item"])
    element = np.array([ELEMENTS.index(name) for name in stock["element"]], dtype=np.int64)
    value = np.zeros((len(books.items), len(ELEMENTS)))
    np.add.at(value, (item, element), amounts)
    total = value.sum(axis=1, keepdims=True)
    layers = pd.DataFrame(
        {
            "layer": layer,
            "item": item,
            "origin": stock["origin"].array,
            "quantity": stock["quantity_micro"].astype("Int64").fillna(0).to_numpy(dtype=np.int64),
            "amount": amounts,
        }
    )
    layers = layers.groupby(["layer", "item", "origin"], as_index=False)[["quantity", "amount"]].sum()
    came = pd.concat([books.openings[["origin", "lot", "date"]], books.moves[["origin", "lot", "date"]]])
    came = came.drop_duplicates("origin").set_index("origin")
    lots, days = came["lot"].to_dict(), came["date"].to_dict()
    layers = layers.assign(
        lot=pd.Series([lots.get(origin, "") for origin in layers["origin"]], dtype="str"),
        date=pd.Series([days.get(origin, pd.NaT) for origin in layers["origin"]], dtype="datetime64[s]"),
    )
    wip = entries[entries["kind"] == "closing_wip"]
    degree = _degrees(books.policies)
    carried = pd.DataFrame(
        {
            "order": books.order_index.get_indexer(wip["order"]),
            "element": [ELEMENTS.index(name) for name in wip["element"]],
            "item": books.items.get_indexer(wip["item"]),
            "quantity": wip["quantity_micro"].astype("Int64").fillna(UNKNOWN).to_numpy(dtype=np.int64),
            "degree": wip["element"].map(degree).to_numpy(dtype=np.int64),
            "amount": wip["amount_micro"] // books.cent,
        }
    ).astype("int64")[WIP]
    shares = np.divide(value, total, out=np.zeros_like(value), where=total > 0)
    unit = unit_costs(layers, np.full(len(books.items), UNKNOWN), books.cent)
    return Carry(layers[LAYER], carried, unit, shares)


def _refuse_stale(books: CostBooks, carry: Carry, first: str, before: str) -> None:
    size = len(books.items)
    start, _ = month_ends(first)
    earlier = books.moves[books.moves["date"] < start]
    expected = np.zeros(size, dtype=np.int64)
    np.add.at(expected, books.openings["item"].to_numpy(), books.openings["quantity"].to_numpy())
    np.add.at(expected, earlier["item"].to_numpy(), earlier["quantity"].to_numpy())
    np.add.at(expected, carry.layers["item"].to_numpy(), -carry.layers["quantity"].to_numpy())
    wrong = [books.items[place] for place in np.flatnonzero(expected)[:5]]
    if wrong:
        raise StaleOpening(
            f"stock of {', '.join(wrong)} moved in or before {before} after that period was closed; "
            f"close {before} again first"
        )


def _frames(books: CostBooks, month: Month, period: str) -> dict[str, pd.DataFrame]:
    start, end = month_ends(period)
    margins = order_margins(books, month, start, end)
    entries = cost_entries(books, month, period)
    micro = {name: f"{name}_micro" for name in (*AMOUNTS, "quantity")}
    margins[list(AMOUNTS)] *= books.cent
    margins = margins.rename(columns=micro)
    return {
        "order_costs": order_costs(books, month),
        "receipt_costs": receipt_costs(books, month),
        "wip": wip_frame(books, month),
        "variances": variances(entries),
        "identity": identity(entries),
        "cost_entries": entries,
        "item_costs": item_costs(books, month, period),
        "order_margins": margins,
        "customer_margins": customer_margins(margins),
        "shipment_costs": shipment_costs(books, month),
        "refused": pd.DataFrame(list(dict.fromkeys(books.refused)), columns=REFUSED),
    }


def order_costs(books: CostBooks, month: Month) -> pd.DataFrame:
    """What each order was charged: order, element, pool, amount_micro; by order, element, pool."""
    rows = month.debits.groupby(["order", "element", "pool"], as_index=False)["added"].sum()
    rows = rows[rows["added"] != 0]
    order = books.orders["order"].to_numpy()[rows["order"]]
    frame = pd.DataFrame(
        {
            "order": pd.Series(order, dtype="str"),
            "position": rows["element"].to_numpy(),
            "element": pd.Series([ELEMENTS[element] for element in rows["element"]], dtype="str"),
            "pool": rows["pool"].array,
            "amount_micro": (rows["added"] * books.cent).to_numpy(dtype=np.int64),
        }
    )
    return frame.sort_values(["order", "position", "pool"], ignore_index=True).drop(columns="position")


def receipt_costs(books: CostBooks, month: Month) -> pd.DataFrame:
    """What the good units of each order cost: order, item, quantity_micro, amount_micro, unit_cost_micro; by order."""
    done = np.flatnonzero(month.units.good > 0)
    amount, quantity = month.receipts[done] * books.cent, month.units.good[done]
    frame = pd.DataFrame(
        {
            "order": pd.Series(books.orders["order"].to_numpy()[done], dtype="str"),
            "item": pd.Series(books.items.to_numpy()[books.orders["item"].to_numpy()[done]], dtype="str"),
            "quantity_micro": quantity,
            "amount_micro": amount,
            "unit_cost_micro": multiply_divide(amount, MICRO, quantity) if len(done) else amount,
        }
    )
    return frame.sort_values("order", ignore_index=True)


def wip_frame(books: CostBooks, month: Month) -> pd.DataFrame:
    """Work in process at the end: order, element, quantity_micro (units begun, not finished), amount_micro."""
    rows = month.wip.groupby(["order", "element"], as_index=False).agg(
        quantity=("quantity", "max"), amount=("amount", "sum")
    )
    rows = rows[rows["amount"] != 0]
    frame = pd.DataFrame(
        {
            "order": pd.Series(books.orders["order"].to_numpy()[rows["order"]], dtype="str"),
            "position": rows["element"].to_numpy(),
            "element": pd.Series([ELEMENTS[element] for element in rows["element"]], dtype="str"),
            "quantity_micro": rows["quantity"].to_numpy(dtype=np.int64),
            "amount_micro": (rows["amount"] * books.cent).to_numpy(dtype=np.int64),
        }
    )
    return frame.sort_values(["order", "position"], ignore_index=True).drop(columns="position")


def variances(entries: pd.DataFrame) -> pd.DataFrame:
    """Losses and variances: order, item, kind, amount_micro; by kind, order, item."""
    rows = entries[entries["term"].isin(("scrap_and_abnormal_loss", "variances"))]
    sums = rows.groupby(["kind", "order", "item"], as_index=False)["amount_micro"].sum()
    return sums.loc[sums["amount_micro"] != 0, ["order", "item", "kind", "amount_micro"]].reset_index(drop=True)


def item_costs(books: CostBooks, month: Month, period: str) -> pd.DataFrame:
    """Closing stock of each item: period, item, unit_cost_micro, quantity_micro, amount_micro; by item.

    An item that moved and has none left appears with quantity 0 and the cost its last units left at.
    """
    stock = month.layers.groupby("item")[["quantity", "amount"]].sum()
    out = month.uses[month.uses["quantity"] > 0].groupby("item")[["quantity", "amount"]].sum()
    gone = out.loc[~out.index.isin(stock.index)]
    rows = pd.concat([stock.assign(left=True), gone.assign(left=False)])
    quantity, amount = rows["quantity"].to_numpy(dtype=np.int64), rows["amount"].to_numpy(dtype=np.int64) * books.cent
    # stock that may be negative is worth minus what it will cost: quantity and amount have the same sign
    unit = multiply_divide(amount * np.sign(quantity), MICRO, np.where(quantity == 0, 1, np.abs(quantity)))
    left = rows["left"].to_numpy(dtype=bool)
    frame = pd.DataFrame(
        {
            "period": period,
            "item": pd.Series(books.items.to_numpy()[rows.index.to_numpy(dtype=np.int64)], dtype="str"),
            "unit_cost_micro": unit,
            "quantity_micro": np.where(left, quantity, 0),
            "amount_micro": np.where(left, amount, 0),
        }
    )
    return frame.astype({"period": "str"}).sort_values("item", ignore_index=True)


def shipment_costs(books: CostBooks, month: Month) -> pd.DataFrame:
    """Cost of what each shipment sent and each return brought back (negative): shipment (the fact, as table:event),
    order, line, item, quantity_micro, amount_micro; by shipment, item.
    """
    rows = month.uses[month.uses["role"] == "shipment"]
    rows = rows.groupby(["origin", "document", "line", "item"], as_index=False)[["quantity", "amount"]].sum()
    frame = pd.DataFrame(
        {
            "shipment": rows["origin"].astype("str").array,
            "order": rows["document"].astype("str").array,
            "line": rows["line"].to_numpy(dtype=np.int64),
            "item": pd.Series(books.items.to_numpy()[rows["item"].to_numpy(dtype=np.int64)], dtype="str"),
            "quantity_micro": rows["quantity"].to_numpy(dtype=np.int64),
            "amount_micro": rows["amount"].to_numpy(dtype=np.int64) * books.cent,
        }
    )
    return frame.sort_values(["shipment", "item"], ignore_index=True)
