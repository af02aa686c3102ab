"""Release of planned orders: what the plan suggests becomes purchase, work and subcontract orders."""

from datetime import date

from prefect import flow

from flows.stage_flow import business_date, finish
from tasks.order_release import release_orders


@flow(name="order-release", flow_run_name="order release {as_of}")
def order_release(
    as_of: date | None = None, policies: dict | None = None, until: date | None = None, send: bool = True
) -> dict:
    """Release planned orders, merged by supplier, item and date window; each once, whoever else tries.

    Args:
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own: merge_window_days, approval_limit.
        until: Release what the plan wants released up to this day; blank is the business date.
        send: Send alerts at the end.
    """
    as_of = business_date(as_of)
    return finish(release_orders(as_of, policies, until), send=send)
