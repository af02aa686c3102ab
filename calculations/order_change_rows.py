"""What an order change makes different in the documents' rows: cells set, rows added, rows and documents gone."""

from dataclasses import dataclass

import pandas as pd

# Documents and their rows, each with its key; a document that is gone keeps its rows and changes its state.
HEADERS = {
    "sales_orders": ("order", "sales_order_lines"),
    "purchase_orders": ("order", "purchase_order_lines"),
    "work_orders": ("order", "work_order_components"),
    "subcontract_orders": ("order", "subcontract_order_components"),
    "planned_orders": ("number", ""),
}
KEYS = {
    **{table: [key] for table, (key, _) in HEADERS.items()},
    "sales_order_lines": ["order", "line"],
    "purchase_order_lines": ["order", "line"],
    "work_order_components": ["order", "item"],
    "subcontract_order_components": ["order", "item"],
}
# What the facts say is not among them: it is never set.
SET = ("item", "quantity_micro", "due_date", "unit_price_micro", "start_date", "release_date", "need_date",
       "receipt_quantity_micro")  # fmt: skip


@dataclass(frozen=True)
class RowDifference:
    """Of one table: rows with other cells (key and those columns), rows that are new, keys of rows that are gone."""

    changed: pd.DataFrame
    added: pd.DataFrame
    gone: pd.DataFrame


def row_differences(before: dict[str, pd.DataFrame], after: dict[str, pd.DataFrame]) -> dict[str, RowDifference]:
    """By table, what is different between two worlds; rows of documents that are gone are left alone."""
    found, ended = {}, {}
    for table in sorted(KEYS, key=lambda name: name not in HEADERS):
        if table not in before or before[table] is after[table]:
            continue
        difference = _difference(before[table], after[table], KEYS[table])
        gone = difference.gone
        if table in HEADERS:
            ended[HEADERS[table][1]] = set(gone[KEYS[table][0]])
        else:
            kept = ~gone["order"].isin(ended.get(table, ()))
            difference = RowDifference(difference.changed, difference.added, gone[kept])
        if any(len(rows) for rows in (difference.changed, difference.added, difference.gone)):
            found[table] = difference
    return found


def _difference(before: pd.DataFrame, after: pd.DataFrame, key: list[str]) -> RowDifference:
    was, is_now = before.set_index(key, drop=False), after.set_index(key, drop=False)
    was, is_now = was[~was.index.duplicated()], is_now[~is_now.index.duplicated()]
    both = is_now.index[is_now.index.isin(was.index)]
    columns, differs = [], pd.Series(False, index=both)
    for column in SET:
        if column in is_now and column not in key:
            unequal = _unequal(was.loc[both, column], is_now.loc[both, column])
            if unequal.any():
                columns.append(column)
                differs |= unequal
    changed = is_now.loc[differs.index[differs.to_numpy()], [*key, *columns]].reset_index(drop=True)
    added = is_now[~is_now.index.isin(was.index)].reset_index(drop=True)
    return RowDifference(changed, added, was.loc[~was.index.isin(is_now.index), key].reset_index(drop=True))


def _unequal(one: pd.Series, other: pd.Series) -> pd.Series:
    """Whether cells differ; two blanks do not."""
    same = (one == other).fillna(False).astype(bool) | (one.isna() & other.isna())
    return ~same
