"""Kitting check: which order lines are clear to build, and what the others lack."""

from datetime import date

from prefect import flow

from flows.stage_flow import business_date, finish


@flow(name="kitting-check", flow_run_name="kitting check {as_of}")
def kitting_check(as_of: date | None = None, policies: dict | None = None, send: bool = True) -> dict:
    """Count the complete sets of every open order line, and name what is short and what will cover it.

    Args:
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own, such as level, allocation or horizon.
        send: Send the alerts at the end.
    """
    from tasks.kitting_check import check_kitting

    return finish(check_kitting(business_date(as_of), policies), send=send)
