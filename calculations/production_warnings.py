"""What is wrong with open orders that make something: a kind, days, and a sentence with the remedy."""

from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import MICRO, micro_text, multiply_divide
from calculations.planning_inputs import days_of
from calculations.working_days import DAY

# The most pressing first.
KINDS = ("late", "stalled", "short", "starts_late", "over_scrap", "due_soon")


def production_warnings(
    orders: pd.DataFrame, material: pd.DataFrame, plant, as_of: date, policies: dict
) -> pd.DataFrame:
    """One row for each order and each kind of trouble.

    `late`: expected after its due date. `stalled`: begun, and no fact for `stalled_days` working days. `short`: some of
    what it still has to draw is neither there nor on order. `starts_late`: not begun, and it cannot or did not begin on
    its start date. `over_scrap`: more is scrapped than the item's yield allows of what is finished. `due_soon`: due
    within `warning_days` working days.

    Returns:
        order, kind, item, days (working days: late, without a fact, after the start, to the due date; 0 of short and
        over_scrap), quantity_micro (missing units of the first component; units scrapped too many; else blank),
        message; by kind, most days first.
    """
    today = int(np.datetime64(as_of, "D").astype(np.int64))
    found = [
        _late(orders),
        _stalled(orders, plant, today, policies["stalled_days"]),
        _short(orders, material),
        _starts_late(orders, plant),
        _over_scrap(orders, plant),
        _due_soon(orders, plant, today, policies["warning_days"]),
    ]
    rows = pd.concat(found, ignore_index=True)
    rank = rows["kind"].map({kind: place for place, kind in enumerate(KINDS)})
    rows = rows.assign(rank=rank, late=-rows["days"]).sort_values(["rank", "late", "order"], ignore_index=True)
    return rows[["order", "kind", "item", "days", "quantity_micro", "message"]]


def _rows(orders: pd.DataFrame, kind: str, days, messages: list[str], quantity=None) -> pd.DataFrame:
    quantity = pd.Series(pd.NA, index=range(len(orders)), dtype="Int64") if quantity is None else quantity
    return pd.DataFrame(
        {
            "order": orders["order"].to_numpy(dtype=object),
            "kind": kind,
            "item": orders["item"].to_numpy(dtype=object),
            "days": np.asarray(days, dtype=np.int64),
            "quantity_micro": quantity,
            "message": messages,
        }
    ).astype({"order": "str", "kind": "str", "item": "str", "message": "str", "quantity_micro": "Int64"})


def _days(count: int) -> str:
    return f"{count} working day{'s' * (count != 1)}"


def _day(stamp) -> str:
    return stamp.date().isoformat()


def _late(orders: pd.DataFrame) -> pd.DataFrame:
    rows = orders[orders["days_late"] > 0]
    columns = (rows[name].tolist() for name in ("due_date", "expected_date", "explanation", "waits_for"))
    messages = [
        f"due on {_day(due)}, expected on {_day(expected)}: {why}; "
        + (f"expedite {waits}" if waits else "speed it up, or tell who waits")
        for due, expected, why, waits in zip(*columns, strict=True)
    ]
    return _rows(rows, "late", rows["days_late"], messages)


def _stalled(orders: pd.DataFrame, plant, today: int, limit: int) -> pd.DataFrame:
    known = orders[orders["started"] & orders["last_fact"].notna()]
    idle = plant.graph.plan.inputs.calendar.between(days_of(known["last_fact"]).astype(DAY), np.datetime64(today, "D"))
    rows, idle = known[idle >= limit], idle[idle >= limit]
    messages = [
        f"begun, and nothing was reported since {_day(last)}, {_days(int(count))} ago; find out why, or report it"
        for last, count in zip(rows["last_fact"].tolist(), idle.tolist(), strict=True)
    ]
    return _rows(rows, "stalled", idle, messages)


def _short(orders: pd.DataFrame, material: pd.DataFrame) -> pd.DataFrame:
    missing = material[material["missing_micro"] > 0]
    first = missing.drop_duplicates("order").set_index("order")
    count = missing.groupby("order").size()
    rows = orders[orders["order"].isin(first.index)]
    first, count = first.loc[rows["order"]], count.loc[rows["order"]]
    columns = (first[name].tolist() for name in ("missing_micro", "needed_micro", "item"))
    messages = [
        f"{micro_text(lacks)} of {micro_text(needs)} {item} "
        + (f"and {more - 1} more component{'s' * (more > 2)} " if more > 1 else "")
        + "are neither there nor on order; release or requisition them"
        for lacks, needs, item, more in zip(*columns, count.tolist(), strict=True)
    ]
    lacking = pd.Series(first["missing_micro"].to_numpy(), dtype="Int64")
    return _rows(rows, "short", np.zeros(len(rows)), messages, lacking)


def _starts_late(orders: pd.DataFrame, plant) -> pd.DataFrame:
    waiting = orders[~orders["started"] & (orders["supply"] >= 0)]
    begin, start = plant.arrival.begin[waiting["supply"].to_numpy(dtype=np.int64)], days_of(waiting["start_date"])
    days = plant.graph.plan.inputs.calendar.between(start.astype(DAY), begin.astype(DAY))
    rows, begin, days = waiting[days > 0], begin[days > 0], days[days > 0]
    columns = (rows[name].tolist() for name in ("start_date", "waits_for"))
    messages = [
        f"should start on {_day(start)}, can start on {np.datetime64(int(first), 'D')}"
        + (f", when {waits} is there: expedite that" if waits else ": start it, or move it")
        for start, waits, first in zip(*columns, begin.tolist(), strict=True)
    ]
    return _rows(rows, "starts_late", days, messages)


def _over_scrap(orders: pd.DataFrame, plant) -> pd.DataFrame:
    items = plant.graph.plan.inputs.items.set_index("item")
    yields = items["yield_rate_micro"].reindex(orders["item"]).fillna(MICRO).to_numpy(dtype=np.int64)
    finished = (orders["completed_micro"] + orders["scrapped_micro"]).to_numpy(dtype=np.int64)
    scrapped = orders["scrapped_micro"].to_numpy(dtype=np.int64)
    # the last unit that the yield begins to allow is allowed whole
    allowed = multiply_divide(finished, MICRO - yields, MICRO, "up")
    step = plant.graph.plan.inputs.step[plant.graph.plan.inputs.index.get_indexer(orders["item"])]
    allowed = -(-allowed // step) * step
    over = np.flatnonzero(scrapped > allowed)
    rows = orders.iloc[over]
    messages = [
        f"{micro_text(bad)} of {micro_text(done)} finished are scrapped, {micro_text(most)} may be by its yield; "
        "find the cause, and start more for what is missing"
        for bad, done, most in zip(
            scrapped[over].tolist(), finished[over].tolist(), allowed[over].tolist(), strict=True
        )
    ]
    excess = pd.Series((scrapped - allowed)[over], dtype="Int64")
    return _rows(rows, "over_scrap", np.zeros(len(rows)), messages, excess)


def _due_soon(orders: pd.DataFrame, plant, today: int, limit: int) -> pd.DataFrame:
    due = days_of(orders["due_date"])
    ahead = plant.graph.plan.inputs.calendar.between(np.datetime64(today, "D"), due.astype(DAY))
    soon = np.flatnonzero((due >= today) & (ahead <= limit) & (orders["days_late"] == 0).to_numpy())
    rows, ahead = orders.iloc[soon], ahead[soon]
    columns = (rows[name].tolist() for name in ("open_micro", "quantity_micro", "due_date"))
    messages = [
        f"{micro_text(left)} of {micro_text(whole)} are open, due on {_day(day)}"
        for left, whole, day in zip(*columns, strict=True)
    ]
    return _rows(rows, "due_soon", ahead, messages)
