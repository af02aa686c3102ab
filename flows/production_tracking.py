"""Production tracking: how open orders stand, what is wrong with them, and who waits for them."""

from datetime import date

from prefect import flow

from flows.stage_flow import business_date, finish


@flow(name="production-tracking", flow_run_name="production tracking {as_of}")
def production_tracking(
    as_of: date | None = None, policies: dict | None = None, tell: bool = False, send: bool = True
) -> dict:
    """Say of every open work and subcontract order how far it is, what is wrong with it and which customers wait.

    Args:
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own, such as warning_days or stalled_days.
        tell: Write to sales about every customer's date in danger, once, and again when it gets worse; off only shows.
        send: Send the alerts at the end.
    """
    from tasks.production_tracking import track_orders

    return finish(track_orders(business_date(as_of), policies, tell), send=send)
