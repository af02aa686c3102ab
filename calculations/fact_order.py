"""In which order facts are posted: by day, within a day by kind, then by event.

A reversal comes right after the fact it undoes when both are of one day, else before everything else of its day, so
that the corrected fact finds the room. Counts come last: they look at the stock of the day's end.
"""

from collections import defaultdict
from collections.abc import Iterable

import pandas as pd

from calculations.stock_ledger import Refused

RANKS = {
    "receipts": 0,
    "inspections": 1,
    "issues": 2,
    "completions": 3,
    "time_entries": 4,
    "shipments": 6,
    "customer_returns": 7,
    "adjustments": 8,
    "transfers": 9,
    "expenses": 10,
    "stock_reservations": 11,
    "stock_counts": 12,
}
RANK_OF_OWN_MAKING = 5
BEFORE_ALL = -1
# A fact as it is posted: table, row, cells.
Fact = tuple[str, int, dict]


def facts_in_order(world: dict[str, pd.DataFrame], tables: Iterable[str]) -> tuple[list[Fact], list[tuple]]:
    """(table, row, cells) of every waiting fact in order, and (fact, reason) of repeats with other content."""
    keyed, refused = {}, []
    for table in tables:
        frame = world.get(table)
        if frame is None or frame.empty:
            continue
        if "state" in frame:
            frame = frame[frame["state"] == "pending"].drop(columns="state")
        seen: dict[str, tuple] = {}
        names = list(frame.columns)
        for row, event, cells in zip(frame.index.tolist(), frame["event"].tolist(), _rows(frame), strict=True):
            if event in seen:
                if seen[event] != cells:
                    reason = Refused("event", event, f"event {event} stands twice with different content; "
                                     "give the second fact an event key of its own")  # fmt: skip
                    refused.append(((table, row, None), reason))
                continue
            seen[event] = cells
            fact = dict(zip(names, cells, strict=True))
            keyed[table, event] = (_key(table, fact), (table, row, fact))
    for (table, event), (_, fact) in keyed.items():
        if table == "reversals":
            keyed[table, event] = (_key_of_reversal(fact[2], keyed), fact)
    return [fact for _, fact in sorted(keyed.values(), key=lambda pair: pair[0])], refused


def _key(table: str, fact: dict) -> tuple:
    rank = RANKS.get(table, BEFORE_ALL)
    if table == "inspections" and fact["stage"] in ("in_process", "finished"):
        rank = RANK_OF_OWN_MAKING
    return (_day(fact), rank, fact["event"], "")


def _key_of_reversal(fact: dict, keyed: dict) -> tuple:
    undone = keyed.get((fact["table"], fact["reversed_event"]))
    if undone is not None and undone[0][0] == _day(fact):
        return (*undone[0][:3], fact["event"])
    return (_day(fact), BEFORE_ALL, fact["event"], "")


def _day(fact: dict) -> str:
    day = fact.get("date")
    return "9999" if day is None else str(day)


def _rows(frame: pd.DataFrame) -> Iterable[tuple]:
    columns = []
    for name in frame.columns:
        column = frame[name]
        if column.dtype.kind == "M":
            columns.append(list(column.to_numpy().astype("datetime64[D]")))
        elif column.dtype == "Int64":
            columns.append([None if cell is pd.NA else int(cell) for cell in column.astype(object)])
        else:
            columns.append(column.tolist())
    return zip(*columns, strict=True)


def rounds(facts: list[Fact]) -> Iterable[list[Fact]]:
    """The facts of each day, and after them what counts the day's end."""
    days: dict[tuple, list[Fact]] = defaultdict(list)
    for fact in facts:
        day, counted = str(fact[2].get("date", "9999")), of_the_days_end(fact)
        days[day, counted].append(fact)
    return [days[key] for key in sorted(days)]


def of_the_days_end(fact: Fact) -> bool:
    """Whether a fact looks at the stock of the day's end: a count, or the reversal of one."""
    return "stock_counts" in (fact[0], fact[2].get("table"))
