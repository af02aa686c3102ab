"""Release of planned orders: what the plan suggests becomes purchase, work and subcontract orders."""

from datetime import date
from decimal import Decimal
from typing import Literal

from prefect import flow
from pydantic import BaseModel, Field

from flows.stage_flow import business_date, finish
from tasks.order_release import preview_release, read_choices, release_orders

# A list that is empty from the start shows its button in the form, where a blank one shows a choice of types.
NONE: list = []


class ReleaseRow(BaseModel):
    """A planned order as it is to be released; several rows of one planned order split it."""

    planned_order: str = Field(description="Planned order, such as PLAN-BOLT-1")
    quantity: Decimal | None = Field(default=None, description="How much of it; blank is all that is left")
    supplier: str = Field(default="", description="Another supplier who offers the item; blank is the one suggested")
    due_date: date | None = Field(default=None, description="Another due date; blank is the one suggested")
    unit_price: Decimal | None = Field(default=None, description="Another price of a stocking unit")


@flow(name="order-release", flow_run_name="order release {as_of}")
def order_release(
    dry_run: bool = True,
    until: date | None = None,
    rows: list[ReleaseRow] = NONE,
    kinds: list[Literal["purchase", "production", "subcontract"]] = NONE,
    items: list[str] = NONE,
    suppliers: list[str] = NONE,
    buyers: list[str] = NONE,
    planners: list[str] = NONE,
    as_of: date | None = None,
    policies: dict | None = None,
    send: bool = True,
) -> dict:
    """Release planned orders, merged by supplier, item and date window; each once, whoever else tries.

    A dry run shows which documents they would become, why they are merged so, whom they serve, what they cost, what
    waits for approval and what is refused. Turned off, exactly that is released.

    Args:
        dry_run: Only show what would be released; turn off to release.
        until: Release what the plan wants released up to this day; blank is the business date.
        rows: Only these planned orders, with your quantity, supplier, date and price; blank is all that are due.
        kinds: Only these kinds; empty is all.
        items: Only these items; empty is all.
        suppliers: Only what is suggested of these suppliers; empty is all.
        buyers: Only items of these buyers; empty is all.
        planners: Only items of these planners; empty is all.
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own, such as merge_window_days, merge_purchase, approval_limit.
        send: Send alerts at the end.
    """
    from dataclasses import replace

    from calculations.release_choices import Selection
    from tasks.artifacts import publish_answer

    as_of = business_date(as_of)
    selection, choices = read_choices([row.model_dump() for row in rows]) if rows else (Selection(), None)
    selection = replace(
        selection,
        kinds=tuple(kinds or ()),
        items=tuple(items or ()),
        suppliers=tuple(suppliers or ()),
        buyers=tuple(buyers or ()),
        planners=tuple(planners or ()),
    )
    if not dry_run:
        return finish(release_orders(as_of, policies, until, selection, choices), send=send)
    preview = preview_release(as_of, policies, until, selection, choices)
    publish_answer("order-release-preview", f"Release as of {as_of}, not yet done", preview)
    return {"as_of": as_of.isoformat(), "sentences": [row["sentence"] for row in preview["sentences"]]}
