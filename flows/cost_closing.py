"""Cost closing: what every order of a month really cost and earned."""

from datetime import date

from prefect import flow

from flows.stage_flow import business_date, finish


@flow(name="cost-closing", flow_run_name="cost closing {as_of}")
def cost_closing(
    as_of: date | None = None,
    policies: dict | None = None,
    period: str | None = None,
    lock: bool = False,
    send: bool = True,
) -> dict:
    """Close the costs of a month; it may be closed again until it is locked.

    Args:
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own, such as wip or valuation.
        period: Month to close, like 2026-01; blank is the month of the business date.
        lock: Shut the month for good; facts that arrive late are refused by name from then on.
        send: Send the alerts at the end.
    """
    from tasks.cost_closing import close_costs

    as_of = business_date(as_of)
    chosen = {**(policies or {}), **({"period": period} if period else {})}
    return finish(close_costs(as_of, chosen, lock), send=send)
