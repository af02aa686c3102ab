"""What is different between the planned orders of two plans, whatever the orders are numbered."""

import numpy as np
import pandas as pd

NEED = ["item", "need_date"]
# An order is first looked for under its need and source, then under its need, then with its quantity on another day.
MATCHES = (("item", "need_date", "kind", "supplier"), ("item", "need_date"), ("item", "quantity_micro"))
COMPARED = ("supplier", "quantity_micro", "release_date", "due_date", "need_date")
COLUMNS = [
    "change", "item", "kind", "supplier_before", "supplier_after", "quantity_before_micro", "quantity_after_micro",
    "release_before", "release_after", "due_before", "due_after", "need_before", "need_after",
]  # fmt: skip


def order_differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Orders that are new, gone or changed, by item and need; parts of a split order count together.

    Numbers are not compared: PLAN-BOLT-2 of one plan may be PLAN-BOLT-3 of the next.

    Args:
        before, after: planned orders with item, kind, supplier, quantity_micro, release_date, due_date, need_date.
    Returns:
        change (new, gone, or what is different: supplier, more, less, earlier, later, joined by ", "), item, kind, and
        supplier, quantity, release, due and need date before and after, blank where there is no such order; sorted by
        item and need.
    """
    before, after = of_other_items(before, after)
    one, other = _by_need(before), _by_need(after)
    pairs = _pairs(one, other)
    left = np.setdiff1d(np.arange(len(one)), pairs[:, 0])
    right = np.setdiff1d(np.arange(len(other)), pairs[:, 1])
    first = np.concatenate([pairs[:, 0], left, np.full(len(right), -1)])
    second = np.concatenate([pairs[:, 1], np.full(len(left), -1), right])
    frame = pd.DataFrame(
        {
            "item": _either(one["item"], other["item"], first, second),
            "kind": _either(one["kind"], other["kind"], first, second),
            **{_named(name, "before"): _taken(one[name], first) for name in COMPARED},
            **{_named(name, "after"): _taken(other[name], second) for name in COMPARED},
        }
    )
    frame["change"] = _changes(frame, first, second)
    need = frame["need_after"].fillna(frame["need_before"])
    frame = frame.assign(need=need)[frame["change"] != ""]
    frame = frame.sort_values(["item", "need", "kind", "change"], kind="stable", ignore_index=True)
    return frame[COLUMNS]


def of_other_items(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both without the items whose orders are the same, row by row; most are, where little was changed."""
    codes = pd.factorize(pd.concat([before["item"], after["item"]], ignore_index=True))[0]
    place = [np.argsort(part, kind="stable") for part in np.split(codes, [len(before)])]
    of = [part[rows] for part, rows in zip(np.split(codes, [len(before)]), place, strict=True)]
    counts = [np.bincount(part, minlength=codes.max(initial=-1) + 1) for part in of]
    differs = counts[0] != counts[1]
    # of items with as many orders in both, the rows stand side by side
    kept = [rows[~differs[part]] for rows, part in zip(place, of, strict=True)]
    for name in (*COMPARED, "kind"):
        unequal = before[name].to_numpy()[kept[0]] != after[name].to_numpy()[kept[1]]
        differs[codes[kept[0][np.asarray(unequal, dtype=bool)]]] = True
    parts = np.split(differs[codes], [len(before)])
    return before[parts[0]].reset_index(drop=True), after[parts[1]].reset_index(drop=True)


def _by_need(orders: pd.DataFrame) -> pd.DataFrame:
    """One row for each item, need date, kind and supplier."""
    keys = list(MATCHES[0])
    grouped = orders[[*keys, "quantity_micro", "release_date", "due_date"]].groupby(keys, as_index=False)
    return grouped.agg({"quantity_micro": "sum", "release_date": "min", "due_date": "min"})


def _pairs(one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    """Positions of rows that are the same order in both, one pair a row; the k-th of equals with the k-th."""
    free, loose = np.arange(len(one)), np.arange(len(other))
    found = [np.zeros((0, 2), dtype=np.int64)]
    for keys in MATCHES:
        place = _ranked(other.iloc[loose], keys).get_indexer(_ranked(one.iloc[free], keys))
        met = np.flatnonzero(place >= 0)
        found.append(np.column_stack([free[met], loose[place[met]]]))
        free, loose = np.delete(free, met), np.delete(loose, place[met])
    return np.concatenate(found)


def _ranked(rows: pd.DataFrame, keys: tuple[str, ...]) -> pd.MultiIndex:
    """The rows' keys and how many rows before have the same."""
    keyed = rows[list(keys)]
    return pd.MultiIndex.from_frame(keyed.assign(rank=keyed.groupby(list(keys), sort=False).cumcount()))


def _changes(frame: pd.DataFrame, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    def said(mark, word: str) -> np.ndarray:
        return np.where(np.asarray(mark.fillna(False), dtype=bool), word, "").astype(object)

    due = frame["due_after"].where(frame["due_after"] != frame["due_before"], frame["release_after"])
    was = frame["due_before"].where(frame["due_after"] != frame["due_before"], frame["release_before"])
    words = [
        said(frame["supplier_after"] != frame["supplier_before"], "supplier"),
        said(frame["quantity_after_micro"] > frame["quantity_before_micro"], "more"),
        said(frame["quantity_after_micro"] < frame["quantity_before_micro"], "less"),
        said(due < was, "earlier"),
        said(due > was, "later"),
        said((due == was) & (frame["need_after"] != frame["need_before"]), "need"),
    ]
    paired = [", ".join(word for word in row if word) for row in zip(*words, strict=True)]
    return np.where(first < 0, "new", np.where(second < 0, "gone", np.array(paired, dtype=object)))


def _named(name: str, when: str) -> str:
    return f"{name.removesuffix('_micro').removesuffix('_date')}_{when}" + ("_micro" if name.endswith("_micro") else "")


def _taken(values: pd.Series, places: np.ndarray) -> pd.Series:
    """The values at these places, blank at -1; whole numbers stay exact."""
    gone = places < 0
    if not len(values):
        values = pd.Series([None], dtype=values.dtype) if values.dtype != "int64" else pd.Series([0])
    taken = values.take(np.where(gone, 0, places)).reset_index(drop=True)
    if taken.dtype == "int64":
        return pd.Series(pd.arrays.IntegerArray(taken.to_numpy(), gone))
    return taken.where(~gone, "" if str(taken.dtype) == "str" else None)


def _either(one: pd.Series, other: pd.Series, first: np.ndarray, second: np.ndarray) -> pd.Series:
    return _taken(one, first).where(pd.Series(second < 0), _taken(other, second))
