"""Change or cancel a sales order: first what it touches, then with its re-plan."""

from datetime import date as Day
from decimal import Decimal

from prefect import flow
from pydantic import BaseModel, Field

from flows.stage_flow import business_date, finish

NONE: list = []


class OtherQuantity(BaseModel):
    """A line is for another quantity."""

    line: int = Field(description="Line of the order")
    quantity: Decimal = Field(description="New quantity of the whole line, shipped ones included")


class OtherDate(BaseModel):
    """A line is wanted on another day."""

    line: int = Field(description="Line of the order")
    date: Day = Field(description="Day the customer wants it")


class OtherItem(BaseModel):
    """A line is for another item."""

    line: int = Field(description="Line of the order")
    item: str = Field(description="Item code")
    unit_price: Decimal | None = Field(None, description="Price of one unit; blank takes the list price")


class LineMore(BaseModel):
    """The order has a line more."""

    item: str = Field(description="Item code")
    quantity: Decimal = Field(description="Quantity, more than 0")
    date: Day = Field(description="Day the customer wants it")
    unit_price: Decimal | None = Field(None, description="Price of one unit; blank takes the list price")


@flow(name="order-change", flow_run_name="change {order} {as_of}")
def order_change(
    order: str,
    quantities: list[OtherQuantity] = NONE,
    dates: list[OtherDate] = NONE,
    items: list[OtherItem] = NONE,
    more_lines: list[LineMore] = NONE,
    cancelled_lines: list[int] = NONE,
    cancel_order: bool = False,
    reduce_supply: list[str] = NONE,
    by: str = "",
    reason: str = "",
    dry_run: bool = True,
    seen: str = "",
    as_of: Day | None = None,
    policies: dict | None = None,
) -> dict:
    """See what a change of a sales order touches (supply, money, other customers), and make it with a new plan.

    Run it first as a dry run: the page says what would happen, and a short code. To make the change, run it again with
    the same answers, the code under `seen`, and `dry_run` off. Inside the frozen fence it then waits for approval.

    Args:
        order: Sales order, such as SO-2026-00001.
        quantities: Lines that are for another quantity; never below what was shipped.
        dates: Lines that are wanted on another day.
        items: Lines that are for another item; nothing of them may be shipped.
        more_lines: Lines that are added.
        cancelled_lines: Lines that are cancelled; what was shipped of them stays.
        cancel_order: The whole order is cancelled.
        reduce_supply: Supply orders to be reduced or cancelled as far as nobody needs them any more, or "all".
        by: Your name; it is kept with the change.
        reason: Why; it is kept with the change.
        dry_run: Only show what would happen; switch it off to do it.
        seen: The code that the dry run shows; the order must still be as it was then.
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own: frozen_fence_days.
    """
    from tasks.artifacts import publish_rows
    from tasks.order_change import change_order, preview_order_change

    as_of = business_date(as_of)
    requests = [
        *_requests("quantity", quantities),
        *_requests("date", dates),
        *_requests("item", items),
        *_requests("add", more_lines),
        *({"what": "cancel", "line": line} for line in cancelled_lines),
        *([{"what": "cancel"}] if cancel_order else []),
    ]
    if not dry_run:
        made = change_order(order, requests, as_of, by, reason, seen, policies, reduce_supply)
        return finish(made) | {name: made[name] for name in ("number", "state", "sentences")}
    answer = preview_order_change(order, requests, as_of, policies, reduce_supply)
    sentences = [row["sentence"] for row in answer["sentences"]]
    note = f"Nothing was written. To make the change, run it again with dry_run off and seen: {answer['seen']}"
    tables = {name: answer[name] for name in ("lines", "supply", "order_lines", "planned_orders", "exceptions")}
    publish_rows("order-change", f"What changing {order} would do", tables, [*sentences, note])
    return {"as_of": as_of.isoformat(), "dry_run": True, "sentences": sentences, "seen": answer["seen"]}


def _requests(what: str, asked: list[BaseModel]) -> list[dict]:
    return [{"what": what, **change.model_dump(mode="json")} for change in asked]
