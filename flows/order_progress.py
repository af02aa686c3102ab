"""Order progress: how far each order line is, when it can be there and what it waits for."""

from datetime import date

from prefect import flow

from flows.stage_flow import business_date


@flow(name="order-progress", flow_run_name="order progress {as_of}")
def order_progress(
    orders: list[str] | None = None,
    customer: str = "",
    only_late: bool = False,
    as_of: date | None = None,
    policies: dict | None = None,
) -> dict:
    """How far is my order? What is shipped, ready, made, on order or only suggested, when it comes, what it waits for.

    Always told from facts as they are now; nothing is written. The answer is on the run's page.

    Args:
        orders: Orders, or order/line like SO-2026-00001/10, told with all that is behind; empty is all open lines.
        customer: Only the orders of this customer.
        only_late: Only lines that are late or will be.
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own.
    """
    from tasks.order_progress import tell_progress

    answer = tell_progress(business_date(as_of), orders or [], customer, only_late, policies)
    return {"sentences": [row["sentence"] for row in answer["sentences"]], "lines": len(answer["lines"])}
