"""Every amount of a close as an entry that names its term of the identity, its documents and its cause."""

import numpy as np
import pandas as pd

from calculations.allocation import split_groups
from calculations.cost_books import ELEMENTS, MATERIAL, OVERHEAD, SUBCONTRACT, CostBooks
from calculations.cost_month import Month
from calculations.exact import MICRO

OPENING_TERMS = ("opening_stock", "opening_wip", "purchases", "conversion", "fees")
CLOSING_TERMS = ("closing_stock", "closing_wip", "cost_of_sales", "scrap_and_abnormal_loss", "variances")
# Kinds of entry that only move value between stock and orders belong to no term.
TERMS = {
    "opening_stock": "opening_stock",
    "opening_wip": "opening_wip",
    "purchase": "purchases",
    "labor": "conversion",
    "machine": "conversion",
    "overhead": "conversion",
    "order_expense": "conversion",
    "fee": "fees",
    "landed_cost": "fees",
    "material": "",
    "receipt": "",
    "closing_stock": "closing_stock",
    "closing_wip": "closing_wip",
    "cost_of_sales": "cost_of_sales",
    "sales_expense": "cost_of_sales",
    "scrap": "scrap_and_abnormal_loss",
    "abnormal_scrap": "scrap_and_abnormal_loss",
}
ENTRY = ["kind", "order", "line", "item", "element", "pool", "quantity", "amount", "origin"]
NONE = -(2**62)


def cost_entries(books: CostBooks, month: Month, period: str) -> pd.DataFrame:
    """All entries of a month, numbered in order.

    Returns:
        number (period/position), period, kind, term (of the identity, "" for a transfer from stock to an order or
        back), order, line, item, element, pool, quantity_micro, amount_micro, origin. A layer of stock is one entry
        with its quantity, and further entries without one for its other cost elements.
    """
    parts = [
        _stock(books, month.opening.layers, month.opening.mix, "opening_stock"),
        _wip(books, month.opening.wip, "opening_wip"),
        *_purchases(books, month.purchases),
        _charges(books, month.debits),
        *_order_expenses(month.order_expenses),
        _receipts(books, month),
        _uses(books, month.uses),
        _variances(books, month),
        _wip(books, month.wip, "closing_wip"),
        _stock(books, month.layers, month.mix, "closing_stock"),
    ]
    parts = [part for part in parts if len(part)] or parts[:1]
    rows = pd.concat(parts, ignore_index=True)
    line, quantity = rows["line"].to_numpy(dtype=np.int64), rows["quantity"].to_numpy(dtype=np.int64)
    return pd.DataFrame(
        {
            "number": pd.Series([f"{period}/{position:07d}" for position in range(1, len(rows) + 1)], dtype="str"),
            "period": pd.Series([period] * len(rows), dtype="str"),
            "kind": rows["kind"].astype("str"),
            "term": rows["kind"].map(lambda kind: TERMS.get(kind, "variances")).astype("str"),
            "order": rows["order"].astype("str"),
            "line": pd.Series(pd.arrays.IntegerArray(line, line < 0)),
            "item": rows["item"].astype("str"),
            "element": rows["element"].astype("str"),
            "pool": rows["pool"].astype("str"),
            "quantity_micro": pd.Series(pd.arrays.IntegerArray(quantity, quantity == NONE)),
            "amount_micro": rows["amount"].to_numpy(dtype=np.int64) * books.cent,
            "origin": rows["origin"].astype("str"),
        }
    )


def identity(entries: pd.DataFrame) -> pd.DataFrame:
    """The terms of the close: term, amount_micro; sources, then uses, then their difference, which must be zero."""
    sums = entries.groupby("term")["amount_micro"].sum()
    amounts = {term: int(sums.get(term, 0)) for term in (*OPENING_TERMS, *CLOSING_TERMS)}
    difference = sum(amounts[term] for term in OPENING_TERMS) - sum(amounts[term] for term in CLOSING_TERMS)
    amounts["difference"] = difference
    return pd.DataFrame(
        {
            "term": pd.Series(list(amounts), dtype="str"),
            "amount_micro": np.array(list(amounts.values()), dtype=np.int64),
        }
    )


def _entries(
    kind, amount, *, order="", line=-1, item="", element="", pool="", quantity=NONE, origin=""
) -> pd.DataFrame:
    amount = np.asarray(amount, dtype=np.int64)
    values = {
        "kind": kind,
        "order": order,
        "line": line,
        "item": item,
        "element": element,
        "pool": pool,
        "quantity": quantity,
        "amount": amount,
        "origin": origin,
    }
    return pd.DataFrame({name: values[name] for name in ENTRY}, index=range(len(amount)))


def _names(names, positions) -> np.ndarray:
    """Codes of positions, "" for none."""
    positions = np.asarray(positions, dtype=np.int64)
    codes = np.append(np.asarray(names, dtype=object), "")
    return codes[np.where(positions < 0, len(codes) - 1, positions)]


def _origin_of(books: CostBooks, order) -> np.ndarray:
    """The document itself, as the cause of what an order was charged."""
    table = np.where(books.orders["in_house"], "work_orders:", "subcontract_orders:").astype(object)
    return _names(table + books.orders["order"].to_numpy(dtype=object), order)


def _stock(books: CostBooks, layers: pd.DataFrame, mix: np.ndarray, kind: str) -> pd.DataFrame:
    """Each layer by cost element; the first entry carries the quantity."""
    item = layers["item"].to_numpy(dtype=np.int64)
    shares = np.rint(mix[item] * MICRO).astype(np.int64)
    shares[shares.sum(axis=1) <= 0, MATERIAL] = MICRO
    row = np.repeat(np.arange(len(layers)), len(ELEMENTS))
    element = np.tile(np.arange(len(ELEMENTS)), len(layers))
    parts = split_groups(layers["amount"], shares.ravel(), row)
    kept = (parts != 0) | ((element == MATERIAL) & (layers["amount"].to_numpy()[row] == 0))
    row, element, parts = row[kept], element[kept], parts[kept]
    first = np.r_[True, row[1:] != row[:-1]] if len(row) else np.zeros(0, dtype=bool)
    quantity = np.where(first, layers["quantity"].to_numpy(dtype=np.int64)[row], NONE)
    return _entries(
        kind,
        parts,
        item=_names(books.items, item[row]),
        element=_names(ELEMENTS, element),
        quantity=quantity,
        origin=layers["origin"].to_numpy(dtype=object)[row],
    )


def _wip(books: CostBooks, wip: pd.DataFrame, kind: str) -> pd.DataFrame:
    wip = wip[wip["amount"] != 0]
    order, quantity = wip["order"].to_numpy(dtype=np.int64), wip["quantity"].to_numpy(dtype=np.int64)
    return _entries(
        kind,
        wip["amount"],
        order=_names(books.orders["order"], order),
        item=_names(books.items, wip["item"]),
        element=_names(ELEMENTS, wip["element"]),
        quantity=np.where(quantity < 0, NONE, quantity),
        origin=_origin_of(books, order),
    )


def _purchases(books: CostBooks, rows: pd.DataFrame) -> list[pd.DataFrame]:
    place = {
        "order": rows["document"].array,
        "line": rows["line"].array,
        "item": _names(books.items, rows["item"]),
        "element": "material",
        "origin": rows["origin"].array,
    }
    bought = _entries("purchase", rows["amount"] - rows["landed"], quantity=rows["quantity"].array, **place)
    landed = _entries("landed_cost", rows["landed"], **place)
    return [bought, landed[landed["amount"] != 0]]


def _charges(books: CostBooks, rows: pd.DataFrame) -> pd.DataFrame:
    """Material (from stock), labor, machine, fees and overhead of the orders."""
    rows = rows[rows["added"] != 0]
    element = rows["element"].to_numpy(dtype=np.int64)
    kinds = {MATERIAL: "material", SUBCONTRACT: "fee", OVERHEAD: "overhead"}
    kind = [kinds.get(number, ELEMENTS[number]) for number in element.tolist()]
    origin = rows["origin"].to_numpy(dtype=object)
    origin = np.where(origin == "", _origin_of(books, rows["order"]), origin)
    return _entries(
        kind,
        rows["added"],
        order=_names(books.orders["order"], rows["order"]),
        item=_names(books.items, rows["item"]),
        element=_names(ELEMENTS, element),
        pool=rows["pool"].array,
        origin=origin,
    )


def _order_expenses(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Expenses of a sales order come in and go out at once: they are a cost of selling it."""
    place = {
        "order": rows["order"].array,
        "element": "overhead",
        "pool": rows["pool"].array,
        "origin": rows["origin"].array,
    }
    return [_entries(kind, rows["amount"], **place) for kind in ("order_expense", "sales_expense")]


def _receipts(books: CostBooks, month: Month) -> pd.DataFrame:
    order = np.flatnonzero(month.units.good > 0)
    return _entries(
        "receipt",
        month.receipts[order],
        order=_names(books.orders["order"], order),
        item=_names(books.items, books.orders["item"].to_numpy()[order]),
        quantity=month.units.good[order],
        origin=_origin_of(books, order),
    )


def _uses(books: CostBooks, uses: pd.DataFrame) -> pd.DataFrame:
    """What left stock for good; what went into orders is among their charges."""
    uses = uses[(uses["role"] != "charge") | (uses["order"] < 0)]
    kinds = {
        "shipment": "cost_of_sales",
        "scrap": "scrap",
        "adjustment": "inventory_adjustment",
        "charge": "unassigned",
    }
    origin = uses["origin"].to_numpy(dtype=object)
    return _entries(
        uses["role"].map(kinds).array,
        uses["amount"],
        order=uses["document"].array,
        line=uses["line"].array,
        item=_names(books.items, uses["item"]),
        quantity=uses["quantity"].array,
        origin=origin,
    )


def _variances(books: CostBooks, month: Month) -> pd.DataFrame:
    rows = sorted(month.variances)
    kind, order, item, amount = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    return _entries(
        kind,
        amount,
        order=_names(books.orders["order"], order),
        item=_names(books.items, item),
        origin=_origin_of(books, order),
    )
