"""How planning, kitting and promising see stock that is set aside for orders: as gone, and as served.

What is set aside for a sales order line leaves the stock and the line alike, as if it had been shipped; what is set
aside for a work or subcontract order, as if it had been issued. So nobody else is promised it, and nobody buys or makes
it again. Units beyond what a document still needs, and of documents that are ended, are stock like any other.
"""

from datetime import date

import pandas as pd

from calculations.item_supply import not_expired
from calculations.order_holdings import HOLDING_STATUS
from calculations.stock_ledger import NO_LINE, RESERVED
from calculations.typed_frames import typed

RESERVED_DTYPES = {"order": "str", "line": "Int64", "item": "str", "quantity_micro": "int64"}
# Component table: its orders, what is done of them, and what of the components was handed over.
OF_ORDERS = {
    "work_order_components": ("work_orders", ("completed_quantity_micro", "scrapped_quantity_micro"),
                              "issued_quantity_micro"),
    "subcontract_order_components": ("subcontract_orders", ("received_quantity_micro",), "sent_quantity_micro"),
}  # fmt: skip
Key = tuple[str, int, str]


def reserved_quantities(world: dict, as_of: date) -> pd.DataFrame:
    """What serves open documents of the stock that is set aside: order, line, item, quantity_micro > 0; sorted.

    Expired units serve nobody, and no document is served with more than it needs. An order whose components only its
    bill says is served with all that is set aside for it.

    Args:
        world: import tables; of `stock`, rows with status reserved have `order` and, of a sales order, `line`.
    """
    served, _ = _served(world, as_of)
    rows = [(order, pd.NA if line == NO_LINE else line, item, quantity)
            for (order, line, item), quantity in sorted(served.items()) if quantity]  # fmt: skip
    return typed(rows, RESERVED_DTYPES)


def net_of_reserved(world: dict, as_of: date) -> dict:
    """The world without what is set aside and without the needs that it serves; the given frames are left alone.

    Where nothing is set aside it is the same world.
    """
    stock = world["stock"]
    set_aside = stock[_is_reserved(stock)]
    if set_aside.empty:
        return world
    served, bare = _served(world, as_of)
    net = {**world, "stock": pd.concat([stock[~_is_reserved(stock)], _left(set_aside, world, as_of, served, bare)])}
    net["sales_order_lines"] = _raised(world["sales_order_lines"], "shipped_quantity_micro", "line", served)
    for components, (_, _, drawn) in OF_ORDERS.items():
        net[components] = _raised(world[components], drawn, "", served)
    return net


def _is_reserved(stock: pd.DataFrame) -> pd.Series:
    return stock["status"] == RESERVED


def _served(world: dict, as_of: date) -> tuple[dict[Key, int], dict[str, str]]:
    """Units by document and item, and the status that goods have at orders without component rows."""
    stock = world["stock"]
    rows = stock[_is_reserved(stock)]
    rows = rows[not_expired(world, rows, as_of)]
    held: dict[Key, int] = {}
    for key, quantity in zip(_keys(rows), rows["quantity_micro"].tolist(), strict=True):
        held[key] = held.get(key, 0) + quantity
    orders = {order for order, _, _ in held}
    needs, bare = _open_needs(world, orders)
    served = {
        key: quantity if key[0] in bare and key[1] == NO_LINE else min(quantity, max(needs.get(key, 0), 0))
        for key, quantity in held.items()
    }
    return served, bare


def _keys(rows: pd.DataFrame) -> list[Key]:
    lines = rows["line"].fillna(NO_LINE).astype("int64").tolist() if "line" in rows else [NO_LINE] * len(rows)
    orders = rows["order"].tolist() if "order" in rows else [""] * len(rows)
    return list(zip(orders, lines, rows["item"].tolist(), strict=True))


def _open_needs(world: dict, orders: set[str]) -> tuple[dict[Key, int], dict[str, str]]:
    lines = world["sales_order_lines"]
    lines = lines[lines["order"].isin(orders)]
    left = lines["quantity_micro"] - lines["shipped_quantity_micro"]
    needs = dict(zip(zip(lines["order"], lines["line"].tolist(), lines["item"], strict=True), left.tolist(),
                     strict=True))  # fmt: skip
    bare: dict[str, str] = {}
    for components, (table, done, drawn) in OF_ORDERS.items():
        documents, rows = world[table], world[components]
        documents = documents[documents["order"].isin(orders)]
        open_ = documents["quantity_micro"] > sum(documents[column] for column in done)
        working = set(documents.loc[open_, "order"])
        rows = rows[rows["order"].isin(working)]
        left = (rows["quantity_micro"] - rows[drawn]).tolist()
        needs |= {(order, NO_LINE, item): part
                  for order, item, part in zip(rows["order"], rows["item"], left, strict=True)}  # fmt: skip
        bare |= dict.fromkeys(working - set(rows["order"]), HOLDING_STATUS[components])
    return needs, bare


def _left(rows: pd.DataFrame, world: dict, as_of: date, served: dict[Key, int], bare: dict[str, str]) -> pd.DataFrame:
    """What set-aside balances are instead: free where they serve nobody, else in the hands of orders without rows."""
    left, quantities, in_hands = dict(served), [], []
    usable = not_expired(world, rows, as_of).tolist()
    for key, quantity, may_serve in zip(_keys(rows), rows["quantity_micro"].tolist(), usable, strict=True):
        part = min(quantity, left.get(key, 0)) if may_serve else 0
        left[key] = left.get(key, 0) - part
        quantities.append(quantity - part)
        in_hands.append(part if key[0] in bare and key[1] == NO_LINE else 0)
    free = rows.assign(quantity_micro=quantities, status="available", order="", line=pd.NA)
    handed = rows.assign(quantity_micro=in_hands, status=[bare.get(order, "") for order in rows["order"]], line=pd.NA)
    found = pd.concat([free, handed])
    found = found[found["quantity_micro"] > 0]
    return found.astype(rows.dtypes.to_dict())


def _raised(frame: pd.DataFrame, column: str, line: str, served: dict[Key, int]) -> pd.DataFrame:
    """The rows with what serves them added to what they got."""
    if frame.empty:
        return frame
    lines = frame[line].tolist() if line else [NO_LINE] * len(frame)
    keys = zip(frame["order"].tolist(), lines, frame["item"].tolist(), strict=True)
    return frame.assign(**{column: frame[column] + pd.array([served.get(key, 0) for key in keys], dtype="int64")})
