"""What a ledger holds, as frames: its moves, the balances, and what documents have in their hands."""

from collections import defaultdict

import pandas as pd

from calculations.stock_ledger import MAIN, NO_LINE, RESERVED, StockLedger
from calculations.typed_frames import typed, typed_columns

MOVE_DTYPES = {
    "number": "str",
    "date": "datetime64[s]",
    "item": "str",
    "warehouse": "str",
    "lot": "str",
    "status": "str",
    "quantity_micro": "int64",
    "kind": "str",
    "order": "str",
    "line": "Int64",
    "unit_cost_micro": "Int64",
    "origin": "str",
}
STOCK_COLUMNS = ["item", "quantity_micro", "warehouse", "lot", "status", "unit_cost_micro", "received_date"]
ORDER_STOCK_DTYPES = {
    "status": "str",
    "order": "str",
    "line": "Int64",
    "item": "str",
    "warehouse": "str",
    "lot": "str",
    "quantity_micro": "int64",
}


def moves_frame(ledger: StockLedger) -> pd.DataFrame:
    """The moves made, in the order they were made."""
    numbered: dict[str, int] = defaultdict(int)
    numbers = []
    for move in ledger.moves:
        numbered[move[0]] += 1
        numbers.append(f"{move[0]}/{numbered[move[0]]}")
    origins, *told, lines, costs = zip(*ledger.moves, strict=True) if ledger.moves else [()] * 11
    lines = [pd.NA if line == NO_LINE else line for line in lines]
    costs = [pd.NA if cost is None else cost for cost in costs]
    return typed_columns([numbers, *told, lines, costs, origins], MOVE_DTYPES)


def stock_frame(ledger: StockLedger, stock: pd.DataFrame) -> pd.DataFrame:
    """The balances as the import table `stock` with the columns `order` and `line`, sorted by place.

    Only material in production, at a subcontractor or set aside has an order, and only what is set aside for a
    sales order a line; what waits for inspection is told apart by order in `order_stock_frame`. An item used up
    keeps one row of 0, which carries its cost on.
    """
    sums: dict[tuple, int] = defaultdict(int)
    for item, balances in ledger.available.items():
        for (warehouse, lot), quantity in balances.items():
            sums[item, warehouse, lot, "available", "", NO_LINE] += quantity
    for (item, warehouse, lot, status), quantity in ledger.blocked.items():
        sums[item, warehouse, lot, status, "", NO_LINE] += quantity
    for (status, order, item), balances in ledger.held.items():
        for (warehouse, lot, line), quantity in balances.items():
            holder = "" if status == "inspection" else order, line if status == RESERVED else NO_LINE
            sums[item, warehouse, lot, status, *holder] += quantity
    seen = {key[0] for key, quantity in sums.items() if quantity}
    sums |= {(item, MAIN, "", "available", "", NO_LINE): 0 for item in ledger.cost if item not in seen}
    rows = [
        (item, quantity, warehouse, lot, status, ledger.cost.get(item, pd.NA),
         ledger.received.get((item, lot), pd.NaT), order, pd.NA if line == NO_LINE else line)
        for (item, warehouse, lot, status, order, line), quantity in sorted(sums.items())
        if quantity or item not in seen
    ]  # fmt: skip
    dtypes = {name: str(stock[name].dtype) for name in STOCK_COLUMNS}
    return typed(rows, {**dtypes, "order": "str", "line": "Int64"})


def order_stock_frame(ledger: StockLedger) -> pd.DataFrame:
    """What waits for inspection, is in production or at a subcontractor, by document, sorted."""
    rows = [
        (status, order, pd.NA if line == NO_LINE else line, item, warehouse, lot, quantity)
        for (status, order, item), balances in ledger.held.items()
        for (warehouse, lot, line), quantity in balances.items()
        if quantity
    ]
    rows.sort(key=lambda row: tuple("" if value is pd.NA else str(value) for value in row))
    return typed(rows, ORDER_STOCK_DTYPES)
