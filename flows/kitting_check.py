"""Kitting check: which orders are clear to build, and what the others lack."""

from datetime import date
from decimal import Decimal
from typing import Literal

from prefect import flow

from flows.stage_flow import business_date, finish


@flow(name="kitting-check", flow_run_name="kitting check {as_of}")
def kitting_check(
    as_of: date | None = None,
    policies: dict | None = None,
    kits_for: Literal["sales_orders", "opportunities", "work_orders", "planned_orders"] | None = None,
    only_orders: list[str] | None = None,
    item: str = "",
    quantity: Decimal | None = None,
    needed_on: date | None = None,
    send: bool = True,
) -> dict:
    """Count the complete sets of every open order line, and name what is short and what will cover it.

    With only as_of and policies this is the check of the day, which is kept. Anything else is a question: it is
    answered on the run's page and nothing is kept.

    Args:
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own, such as level, allocation, horizon or served_by.
        kits_for: What asks for kits - sales_orders; opportunities (not orders yet, after the accepted orders took
            theirs); work_orders (before release to the floor); planned_orders (production due for release).
        only_orders: Numbers like SO-1, or SO-1/10 for one line; the other orders take theirs first unless the policy
            other_orders is ignore. Empty is all.
        item: An item that nobody has ordered yet; answered instead of kits_for.
        quantity: How many of that item.
        needed_on: The day the item is wanted; blank is the business date.
        send: Send the alerts at the end.
    """
    from tasks.kitting_check import ask_kitting, check_kitting, is_daily

    as_of = business_date(as_of)
    chosen = {"kits_for": kits_for, "only_orders": only_orders}
    policies = {**(policies or {}), **{name: value for name, value in chosen.items() if value}}
    if item or not is_daily(policies):
        answer = ask_kitting(as_of, policies, item, str(quantity or ""), needed_on)
        return finish(answer["summary"], send=False)
    return finish(check_kitting(as_of, policies), send=send)
