"""Answer "Can I promise this date?" from the database, and hold what was found if asked to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from calculations import order_promise
from calculations import policies as policy_rules
from calculations.delivery_terms import delivered_complete
from calculations.exact import micro_text, to_micro
from calculations.order_lines import LOWEST_PRIORITY
from calculations.order_promise import ImpossibleRequest, without_own_reservations
from calculations.working_days import WorkingDays
from models.database import Connection, read_table, reading, table_of
from models.documents import PROMISES, next_numbers, take_turn
from models.migrating import ready_engine
from models.promise_reservations import (
    end_reservations,
    give_up,
    reservations_in_force,
)
from models.promising import opportunity_lines, ordered_as, promise_world
from settings import settings
from tasks.presentation import readable_rows
from tasks.stage_run import stage_run

STAGE = "order_promise"
# The name of a request that belongs to no opportunity.
REQUEST = "request"
FRAMES = ("promises", "path", "ahead")


@dataclass(frozen=True)
class Request:
    """What a customer asks for: so much of an item on a day, or the lines of an opportunity.

    Args:
        item, quantity: with `day` (blank: as soon as it can be), or instead an `opportunity`.
        customer, priority: who asks, 1 being the most urgent; blank takes the customer's.
        delivery: partial (in parts) or complete (all at once); blank is as the customer takes orders.
        valid_until: last day of a reservation; blank takes the policy `reservation_days`.
    """

    item: str = ""
    quantity: str = ""
    day: date | None = None
    opportunity: str = ""
    customer: str = ""
    priority: int | None = None
    valid_until: date | None = None
    delivery: str = ""


def answer_promise(request: Request, as_of: date, policies: dict | None = None) -> dict:
    """What can be promised; nothing is kept.

    Returns:
        promises, path and ahead (see `order_promise.answer_request`) as readable rows, `summary` for a flow.
    Raises:
        ImpossibleRequest: the item, quantity, customer or opportunity cannot be asked for.
    """
    policies = policy_rules.resolve({**settings().policies, **(policies or {})}, as_of)
    with reading(ready_engine(settings().database_url)) as connection:
        lines, frames = _answered(connection, request, as_of, policies)
    return _told(lines, frames, as_of, [])


def reserve_promise(request: Request, as_of: date, policies: dict | None = None) -> dict:
    """What can be promised, held for this request until its last day; one transaction, others wait for it.

    Returns:
        as `answer_promise`, and `reservations`: reservation, part, item, quantity, promised_date, valid_until.
    Raises:
        ImpossibleRequest: as `answer_promise`, or the last day is past.
    """
    with stage_run(STAGE, as_of, policies) as run:
        take_turn(run.connection, PROMISES, as_of)
        lines, frames = _answered(run.connection, request, as_of, run.policies)
        if request.opportunity:
            run.count(replaced=end_reservations(run.connection, "replaced", opportunity=request.opportunity))
        held = _reservation_rows(run.connection, request, lines, frames, as_of, run.policies)
        run.write("promise_reservations", held, run=run.number)
        run.count(lines=len(lines), reserved_parts=len(held))
        shown = ["reservation", "part", "item", "quantity_micro", "promised_date", "valid_until"]
        return _told(lines, frames, as_of, readable_rows(held[shown]), run.number)


def release_reservation(number: str, as_of: date) -> dict:
    """Give a reservation up by hand; raises UnknownReservation where nothing is held under the number."""
    with stage_run(STAGE, as_of) as run:
        run.count(released_parts=give_up(run.connection, number))
    return run.summary


def list_reservations(as_of: date) -> list[dict]:
    """The reservations in force on the day, by number and part."""
    with reading(ready_engine(settings().database_url)) as connection:
        return readable_rows(reservations_in_force(connection, as_of))


def _answered(connection: Connection, request: Request, as_of: date, policies: dict):
    """The request's lines and the frames of the answer."""
    read = _opportunity if request.opportunity else _single
    world, lines = read(connection, request, as_of)
    whole = _is_complete(world, request, policies)
    return lines, order_promise.answer_request(world, lines.assign(complete=whole), as_of, policies)


def _is_complete(world: dict, request: Request, policies: dict) -> bool:
    """Whether the request is delivered only complete: as it says itself, else as its customer takes orders."""
    customer = world["opportunities"]["customer"].iloc[0] if request.opportunity else request.customer
    asks = pd.DataFrame({"customer": [customer], "delivery": [request.delivery]}, dtype="str")
    return bool(delivered_complete(asks, world["customers"], policies)[0])


def _single(connection: Connection, request: Request, as_of: date) -> tuple[dict, pd.DataFrame]:
    world = promise_world(connection, [request.item], as_of)
    _refuse_unknown_customer(world, request.customer)
    day = request.day or as_of
    return world, order_promise.single_request(world, REQUEST, request.item, to_micro(request.quantity), day)


def _opportunity(connection: Connection, request: Request, as_of: date) -> tuple[dict, pd.DataFrame]:
    code = request.opportunity
    headers, lines = opportunity_lines(connection, code)
    if headers.empty:
        raise ImpossibleRequest(f"there is no opportunity {code}; import it, or ask for an item and a quantity")
    order = ordered_as(connection, code)
    if order:
        raise ImpossibleRequest(f"opportunity {code} is order {order} already; its lines carry their promised dates")
    if headers["stage"].iloc[0] == "lost":
        raise ImpossibleRequest(f"opportunity {code} is lost; set its stage to open to promise it")
    if lines.empty:
        raise ImpossibleRequest(f"opportunity {code} has no lines; add what is asked for to opportunity_lines")
    world = promise_world(connection, lines["item"].unique().tolist(), as_of)
    world = without_own_reservations(world | {"opportunities": headers}, headers["opportunity"])
    return world, order_promise.opportunity_requests(world, lines)


def _refuse_unknown_customer(world: dict, customer: str) -> None:
    if customer and customer not in set(world["customers"]["customer"]):
        raise ImpossibleRequest(f"there is no customer {customer}; add it to customers, or leave it out")


def _reservation_rows(
    connection: Connection, request: Request, lines: pd.DataFrame, frames: dict, as_of: date, policies: dict
) -> pd.DataFrame:
    """A row for each part that has a date; each line has a number of its own."""
    parts = frames["promises"]
    parts = parts[parts["promised_date"].notna()]
    line = parts[["order", "line"]].drop_duplicates()
    numbers = dict(zip(map(tuple, line.to_numpy()), next_numbers(connection, PROMISES, as_of, len(line)), strict=True))
    reasons = frames["path"].drop_duplicates(["order", "line", "promised_date"], keep="last")
    reasons = {
        row[:3]: row[3] for row in reasons[["order", "line", "promised_date", "message"]].itertuples(index=False)
    }
    keys = list(zip(parts["order"], parts["line"], strict=True))
    customer, priority = _who_asks(connection, request)
    held = parts[["item", "quantity_micro", "requested_date", "promised_date", "decision"]].assign(
        reservation=pd.Series([numbers[key] for key in keys], index=parts.index, dtype="str"),
        part=parts.groupby(["order", "line"]).cumcount() + 1,
        opportunity=request.opportunity,
        line=parts["line"].astype("Int64") if request.opportunity else pd.NA,
        customer=customer,
        priority=priority,
        valid_until=pd.Timestamp(_last_day(connection, request, as_of, policies)),
        reason=[reasons.get((*key, day), "") for key, day in zip(keys, parts["promised_date"], strict=True)],
    )
    return held.reset_index(drop=True)


def _who_asks(connection: Connection, request: Request) -> tuple[str, int]:
    customer = request.customer
    if request.opportunity:
        customer = opportunity_lines(connection, request.opportunity)[0]["customer"].iloc[0]
    if request.priority is not None:
        return customer, request.priority
    customers = table_of("customers")
    known = read_table(connection, "customers", customers.c.customer == customer)
    own = known["priority"].iloc[0] if len(known) else None
    return customer, LOWEST_PRIORITY if own is None or pd.isna(own) else int(own)


def _last_day(connection: Connection, request: Request, as_of: date, policies: dict) -> date:
    if request.valid_until is not None:
        if request.valid_until < as_of:
            raise ImpossibleRequest(
                f"a reservation until {request.valid_until} would be over; give a day from {as_of} on"
            )
        return request.valid_until
    calendar = WorkingDays(read_table(connection, "calendar"))
    return calendar.add(np.datetime64(as_of, "D"), policies["reservation_days"]).astype(object)


def _told(lines: pd.DataFrame, frames: dict, as_of: date, reservations: list[dict], run: str = "") -> dict:
    """The answer in rows, with what a flow shows."""
    rows = {name: readable_rows(frames[name]) for name in FRAMES}
    decisions = frames["promises"].drop_duplicates(["order", "line"])["decision"].value_counts()
    counts = {name: int(decisions.get(name, 0)) for name in ("accept", "partial", "later")}
    titles = {"Promises": rows["promises"], "Why": rows["path"], "Served before": rows["ahead"]}
    summary = {
        "run": run or "a question, nothing kept",
        "stage": STAGE,
        "as_of": as_of.isoformat(),
        "counts": counts | ({"reserved": len(reservations)} if reservations else {}),
        "tables": titles | ({"Reservations": reservations} if reservations else {}),
        "not_shown": {},
        "gates": [],
    }
    asked = [{"order": row["order"], "line": row["line"], "item": row["item"], "quantity": row["open"],
              "requested_date": row["due_date"]} for row in readable_rows(lines)]  # fmt: skip
    return {"requests": asked, **rows, "reservations": reservations, "summary": summary}


def in_sentences(answer: dict) -> list[str]:
    """The answer as lines for a person: the decision, its parts, and the way to them."""
    said = []
    for request in answer["requests"]:
        mine = _of(request)
        parts = [row for row in answer["promises"] if mine(row)]
        name = "" if request["order"] == REQUEST else f"{request['order']}/{request['line']} "
        said.append(f"{name}{request['quantity']} {request['item']} for {request['requested_date']}: "
                    f"{parts[0]['decision']}")  # fmt: skip
        for part in parts:
            why = f"  {part['bottleneck']} decides ({part['bottleneck_kind'].replace('_', ' ')})"
            day = part["promised_date"] or "no date  "
            said.append(f"  {day}  {part['quantity']}" + (why if part["bottleneck"] else ""))
            steps = [row for row in answer["path"] if mine(row) and row["promised_date"] == part["promised_date"]]
            if part["bottleneck"]:
                said += [f"    {'  ' * row['level']}{row['message']}" for row in steps]
    ahead = answer["ahead"]
    if ahead:
        total = sum(to_micro(row["quantity"]) for row in ahead)
        named = ", ".join(dict.fromkeys(row["order"] for row in ahead[:5])) + (", …" if len(ahead) > 5 else "")
        said.append(f"served before: {micro_text(total)} for {named}")
    for row in answer["reservations"]:
        said.append(
            f"reserved: {row['reservation']}, {row['quantity']} {row['item']} for {row['promised_date']}, "
            f"until {row['valid_until']}"
        )
    return said


def _of(request: dict) -> Callable[[dict], bool]:
    return lambda row: (row["order"], row["line"]) == (request["order"], request["line"])
