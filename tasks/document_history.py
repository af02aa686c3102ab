"""The life of a document in words: who decided what when, what was changed, what was released and what moved."""

from datetime import date

import pandas as pd

from calculations.exact import micro_text
from models.database import reading
from models.document_history import history_frames
from models.migrating import ready_engine
from settings import settings
from tasks.tracing import UnknownNumber

MOVED = {
    "opening": "was there from the start",
    "receipt": "received",
    "subcontract_receipt": "received from the subcontractor",
    "issue": "issued",
    "return_issue": "came back",
    "send": "sent",
    "return_send": "came back from the subcontractor",
    "consumption": "used up",
    "completion": "completed",
    "scrap": "scrapped",
    "rework": "to be reworked",
    "inspection": "decided on",
    "supplier_return": "returned to the supplier",
    "shipment": "shipped",
    "customer_return": "came back from the customer",
    "reservation": "set aside",
    "reservation_freed": "no longer set aside",
}


def history(number: str) -> dict:
    """Everything that happened to a document, oldest first.

    Returns:
        number, table, state, and `steps`: rows of date, at, what, by, reason, run.
    Raises:
        UnknownNumber: no document has the number.
    """
    with reading(ready_engine(settings().database_url)) as connection:
        frames = history_frames(connection, number)
    states = frames["states"]
    if states.empty:
        raise UnknownNumber(f"no document has the number {number}; give an order, a planned order or an order change")
    chosen = _rows(frames["chosen"])
    steps = [
        *(_step(row["as_of"], row["at"], f"{row['before']} → {row['after']}", row) for row in _rows(frames["events"])),
        *(_step(row["as_of"], None, _changed(row, number), row) for row in _rows(frames["changes"])),
        *(_step(row["as_of"], None, _released(row, number, chosen), row) for row in _rows(frames["releases"])),
        *(_step(row["date"], None, _moved(row), {"run": row["origin"]}) for row in _rows(frames["moves"])),
    ]
    steps.sort(key=lambda step: (step["date"], step["at"] or "9"))
    table, state = states.iloc[0]
    return {"number": number, "table": table, "state": state, "steps": steps}


def _rows(frame: pd.DataFrame) -> list[dict]:
    return frame.to_dict("records")


def _step(day, at, what: str, row: dict) -> dict:
    day = "" if pd.isna(day) else (day.isoformat() if type(day) is date else pd.Timestamp(day).date().isoformat())
    instant = "" if at is None or pd.isna(at) else pd.Timestamp(at).isoformat(timespec="seconds")
    return {"date": day, "at": instant, "what": what, "by": row.get("by", ""), "reason": row.get("reason", ""),
            "run": row["run"]}  # fmt: skip


def _changed(row: dict, number: str) -> str:
    line = row["key"].removeprefix(number).strip("/")
    return f"{'line ' + line + ': ' if line else ''}{_replaced(row)}"


def _replaced(row: dict) -> str:
    what = row["column"].replace("_", " ")
    return f"{what} {row['before'] or 'blank'} → {row['after'] or 'blank'}"


def _released(row: dict, number: str, chosen: list[dict]) -> str:
    """A release; into a document with what was chosen otherwise than suggested."""
    quantity = micro_text(row["quantity_micro"])
    if row["order"] != number:
        return f"{quantity} released into {row['order']}"
    other = ", ".join(_replaced(each) for each in chosen if each["key"] == row["planned_order"])
    return f"{quantity} of planned order {row['planned_order']} released into it" + (f": {other}" if other else "")


def _moved(row: dict) -> str:
    kind = MOVED.get(row["kind"], row["kind"].replace("_", " "))
    undone = "undone: " if row["origin"].startswith("reversals:") else ""
    return f"{undone}{micro_text(row['quantity_micro'])} {row['item']} {kind}"
