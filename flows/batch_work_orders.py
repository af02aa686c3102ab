"""Batch work orders: one step from many sales order lines to the work orders that make them."""

from datetime import date
from typing import Literal

from prefect import flow

from flows.stage_flow import business_date, finish

# A list that is empty from the start shows its button in the form, where a blank one shows a choice of types.
NONE: list = []


@flow(name="batch-work-orders", flow_run_name="batch work orders {as_of}")
def batch_work_orders(
    dry_run: bool = True,
    lines: list[str] = NONE,
    items: list[str] = NONE,
    customers: list[str] = NONE,
    merge: Literal["item", "line"] = "item",
    as_of: date | None = None,
    policies: dict | None = None,
    send: bool = True,
) -> dict:
    """Make work orders for what stock and other orders leave uncovered of sales order lines, each need once.

    A dry run shows what is open, covered and not covered of each line and the work orders that would be made. They take
    the place of the plan's suggestions for these lines.

    Args:
        dry_run: Only show what would be made; turn off to make it.
        lines: Sales orders or lines, such as SO-2026-00001 or SO-2026-00001/10; add =5 for five of it.
        items: All open lines of these items, instead of or within the lines named.
        customers: All open lines of these customers, instead of or within the lines named.
        merge: One work order for each item and date window, or one for each line.
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own, such as merge_window_days or over_release_percent.
        send: Send alerts at the end.
    """
    from tasks.artifacts import publish_answer
    from tasks.batch_work_orders import BatchRequest, make_work_orders, preview_work_orders

    as_of = business_date(as_of)
    request = BatchRequest(tuple(lines), tuple(items), tuple(customers), merge)
    if not dry_run:
        return finish(make_work_orders(request, as_of, policies), send=send)
    preview = preview_work_orders(request, as_of, policies)
    publish_answer("batch-work-orders-preview", f"Work orders as of {as_of}, not yet made", preview)
    return {"as_of": as_of.isoformat(), "sentences": [row["sentence"] for row in preview["sentences"]]}
