"""What changed between two plans: order lines newly late, exceptions new or solved, planned orders new, gone, moved."""

from datetime import date

import numpy as np
import pandas as pd

from calculations.planning_inputs import days_of
from calculations.planning_results import dates

# Suggestions are numbered anew in every run, so their numbers say nothing across runs.
OF_SUGGESTIONS = ("past_due_release", "no_bom", "no_supplier", "no_lead_time")
DAY_SPAN = np.int64(1) << 24
KINDS = ("purchase", "production", "subcontract")
SUBJECTS = {"late_order": "late line", "exception": "other exception", "planned_order": "planned order"}
WORDS = {
    ("late_order", "new"): "newly late",
    ("late_order", "gone"): "no longer late",
    ("late_order", "earlier"): "late by less",
    ("late_order", "later"): "late by more",
    ("exception", "new"): "new",
    ("exception", "gone"): "solved",
    ("planned_order", "new"): "new",
    ("planned_order", "gone"): "gone",
    ("planned_order", "more"): "of more",
    ("planned_order", "less"): "of less",
    ("planned_order", "earlier"): "earlier",
    ("planned_order", "later"): "later",
}


def plan_changes(before: dict[str, pd.DataFrame], after: dict[str, pd.DataFrame], as_of: date) -> pd.DataFrame:
    """The differences of two plans, late lines first, then other exceptions, then planned orders by date.

    Planned orders are told by item, kind and day of need, all that one day needs together: on the same day the quantity
    changed; the same quantity on another day moved; what is left is new or gone. Days in the past are `as_of`, as in a
    plan. Exceptions are told by kind, item and document, an overload also by its week.

    Args:
        before, after: planned_orders (item, kind, need_date, quantity_micro) and exceptions (kind, item, order, line,
            date, quantity_micro) of each plan.
        as_of: the day of the later plan.
    Returns:
        subject (late_order, exception, planned_order), change (new, gone, more, less, earlier, later), kind, item,
        order, line, date_before, date, quantity_before_micro, quantity_micro; blank on the side where it is not there.
    """
    today = int(np.datetime64(as_of, "D").astype(np.int64))
    parts = [
        _changed_lateness(before["exceptions"], after["exceptions"]),
        _changed_exceptions(before["exceptions"], after["exceptions"]),
        _changed_orders(before["planned_orders"], after["planned_orders"], today),
    ]
    return pd.concat(parts, ignore_index=True)


def changes_in_words(changes: pd.DataFrame) -> str:
    """How many changes of each kind, in a sentence.

    Args:
        changes: columns subject, change and, where rows are already counted, `rows`.

    >>> changes_in_words(pd.DataFrame({"subject": ["late_order"] * 2, "change": ["new", "gone"]}))
    'Late lines: 1 newly late, 1 no longer late.'
    """
    if changes.empty:
        return "Nothing changed."
    counted = changes.assign(rows=1) if "rows" not in changes else changes
    totals = counted.groupby(["subject", "change"])["rows"].sum().to_dict()
    said = []
    for subject, name in SUBJECTS.items():
        parts = [f"{totals[key]:,} {words}" for key, words in WORDS.items() if key[0] == subject and key in totals]
        said += [f"{name}s: {', '.join(parts)}"] * bool(parts)
    sentence = "; ".join(said)
    return sentence[0].upper() + sentence[1:] + "."


def _changed_orders(before: pd.DataFrame, after: pd.DataFrame, today: int) -> pd.DataFrame:
    codes, items = pd.factorize(pd.concat([before["item"], after["item"]], ignore_index=True), sort=True)
    old, old_quantity = _by_day(before, codes[: len(before)], today)
    new, new_quantity = _by_day(after, codes[len(before) :], today)
    both, in_old, in_new = np.intersect1d(old, new, assume_unique=True, return_indices=True)
    unequal = np.flatnonzero(old_quantity[in_old] != new_quantity[in_new])
    gone, come = _others(in_old, len(old)), _others(in_new, len(new))
    moved_old, moved_new = _same_quantity(old[gone], old_quantity[gone], new[come], new_quantity[come])
    row_old = np.concatenate([in_old[unequal], gone[moved_old], np.delete(gone, moved_old)])
    row_new = np.concatenate([in_new[unequal], come[moved_new], np.delete(come, moved_new)])
    pairs, left = len(unequal) + len(moved_old), len(gone) - len(moved_old)
    # the rows of both sides, -1 where one is missing
    row_old = np.append(row_old, np.full(len(row_new) - pairs, -1))
    row_new = np.concatenate([row_new[:pairs], np.full(left, -1), row_new[pairs:]])
    return _order_rows(old, old_quantity, row_old, new, new_quantity, row_new, items)


def _by_day(orders: pd.DataFrame, item: np.ndarray, today: int) -> tuple[np.ndarray, np.ndarray]:
    """Key of item, kind and day, ascending, and the quantity of each."""
    kind = pd.Index(KINDS).get_indexer(orders["kind"])
    day = np.maximum(days_of(orders["need_date"]), today)
    key, place = np.unique((item * len(KINDS) + kind) * DAY_SPAN + day, return_inverse=True)
    quantity = np.zeros(len(key), dtype=np.int64)
    np.add.at(quantity, place, orders["quantity_micro"].to_numpy(dtype=np.int64))
    return key, quantity


def _others(rows: np.ndarray, count: int) -> np.ndarray:
    """The rows up to count that are not among these."""
    left = np.ones(count, dtype=bool)
    left[rows] = False
    return np.flatnonzero(left)


def _same_quantity(old, old_quantity, new, new_quantity) -> tuple[np.ndarray, np.ndarray]:
    """Rows of both sides that are the same item, kind and quantity; several in the order of their days."""
    group = np.concatenate([old // DAY_SPAN, new // DAY_SPAN])
    quantity = np.concatenate([old_quantity, new_quantity])
    side = np.arange(len(group)) >= len(old)
    order = np.lexsort((np.concatenate([old, new]), side, quantity, group))
    same = np.zeros(len(order), dtype=bool)
    same[1:] = (np.diff(group[order]) == 0) & (np.diff(quantity[order]) == 0)
    code = np.cumsum(~same)
    first_of_side = np.flatnonzero(~same | (np.diff(side[order].astype(int), prepend=0) != 0))
    sizes = np.diff(np.append(first_of_side, len(order)))
    place = np.arange(len(order)) - np.repeat(first_of_side, sizes)
    name = code * (len(order) + 1) + place
    is_new = side[order]
    _, left, right = np.intersect1d(name[~is_new], name[is_new], assume_unique=True, return_indices=True)
    return order[~is_new][left], order[is_new][right] - len(old)


def _order_rows(old, old_quantity, row_old, new, new_quantity, row_new, items) -> pd.DataFrame:
    had, has = row_old >= 0, row_new >= 0
    key_old, key_new = np.append(old, 0)[row_old], np.append(new, 0)[row_new]
    before, after = np.append(old_quantity, 0)[row_old], np.append(new_quantity, 0)[row_new]
    day_old, day_new = key_old % DAY_SPAN, key_new % DAY_SPAN
    group = np.where(has, key_new, key_old) // DAY_SPAN
    change = np.select(
        [~had, ~has, day_new < day_old, day_new > day_old, after > before],
        ["new", "gone", "earlier", "later", "more"],
        "less",
    )
    day = np.where(has, day_new, day_old)
    order = np.lexsort((group, day))
    item, kind = np.divmod(group[order], len(KINDS))
    return pd.DataFrame(
        {
            "subject": pd.Series("planned_order", index=range(len(order)), dtype="str"),
            "change": pd.Series(change[order].astype(object), dtype="str"),
            "kind": pd.Series(np.array(KINDS, dtype=object)[kind], dtype="str"),
            "item": pd.Series(np.asarray(items, dtype=object)[item], dtype="str"),
            "order": pd.Series("", index=range(len(order)), dtype="str"),
            "line": pd.Series(pd.NA, index=range(len(order)), dtype="Int64"),
            "date_before": dates(day_old[order]).where(had[order]),
            "date": dates(day_new[order]).where(has[order]),
            "quantity_before_micro": _known(before[order], had[order]),
            "quantity_micro": _known(after[order], has[order]),
        }
    )


def _known(numbers: np.ndarray, there: np.ndarray) -> pd.Series:
    return pd.Series(pd.arrays.IntegerArray(numbers.astype(np.int64), ~there))


def _changed_lateness(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    late = [frame[frame["kind"] == "late_order"] for frame in (before, after)]
    found = _compared(*(frame.assign(name=_name(frame, "order", "line")) for frame in late), "late_order")
    return found[found["change"] != "same"].reset_index(drop=True)


def _changed_exceptions(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    named = []
    for frame in (before, after):
        frame = frame[frame["kind"] != "late_order"]
        order = frame["order"].where(~frame["kind"].isin(OF_SUGGESTIONS), "")
        frame = frame.assign(order=order, week=frame["date"].where(frame["kind"] == "overload"))
        named.append(frame.assign(name=_name(frame, "kind", "item", "order", "line", "week")).drop_duplicates("name"))
    found = _compared(*named, "exception")
    return found[found["change"].isin(("new", "gone"))].reset_index(drop=True)


def _name(frame: pd.DataFrame, *columns: str) -> pd.Series:
    name = pd.Series("", index=frame.index, dtype="str")
    for column in columns:
        name = name + "\t" + frame[column].astype("str").fillna("")
    return name


def _compared(before: pd.DataFrame, after: pd.DataFrame, subject: str) -> pd.DataFrame:
    """Rows of both by name: the later plan's in its order, then those that are gone."""
    in_before = pd.Index(before["name"]).get_indexer(after["name"])
    gone = _others(in_before[in_before >= 0], len(before))
    rows = pd.concat([after, before.take(gone)], ignore_index=True)
    has = np.arange(len(rows)) < len(after)
    was = np.append(in_before, gone)
    had = was >= 0
    old = before.take(np.where(had, was, 0)).reset_index(drop=True) if len(before) else rows
    date_before, date_after = old["date"].where(had), rows["date"].where(has)
    change = np.select(
        [~had, ~has, (date_after < date_before).to_numpy(), (date_after > date_before).to_numpy()],
        ["new", "gone", "earlier", "later"],
        "same",
    )
    return pd.DataFrame(
        {
            "subject": pd.Series(subject, index=rows.index, dtype="str"),
            "change": pd.Series(change.astype(object), dtype="str"),
            **{name: rows[name] for name in ("kind", "item", "order", "line")},
            "date_before": date_before,
            "date": date_after,
            "quantity_before_micro": old["quantity_micro"].astype("Int64").where(had),
            "quantity_micro": rows["quantity_micro"].astype("Int64").where(has),
        }
    )
