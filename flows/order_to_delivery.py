"""The chain: from won opportunities and arrived facts to released orders, and at month end to closed costs."""

from datetime import date
from functools import partial

from prefect import flow

from flows.cost_closing import cost_closing
from flows.fact_posting import fact_posting
from flows.kitting_check import kitting_check
from flows.material_planning import material_planning
from flows.opportunity_conversion import opportunity_conversion
from flows.order_release import order_release
from flows.quality_inspection import quality_inspection
from flows.report import report
from flows.stage_flow import business_date
from tasks.artifacts import Progress


@flow(name="order-to-delivery", flow_run_name="order to delivery {as_of}")
def order_to_delivery(
    as_of: date | None = None,
    policies: dict | None = None,
    release_until: date | None = None,
    close: bool = False,
    write_report: bool = True,
) -> dict:
    """Carry every won opportunity as far towards delivery as the facts allow.

    What arrived is posted and inspected first, so that promises and plans see today's stock. Each stage is a run of its
    own; a stage that fails leaves the earlier ones in place, and starting the chain again goes on where it stopped.

    Args:
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own.
        release_until: Release planned orders due for release up to this day; blank is the business date.
        close: Close the costs of the business date's month at the end.
        write_report: Write the report pages at the end.
    """
    as_of = business_date(as_of)
    steps = [
        partial(fact_posting, as_of, policies, send=False),
        partial(quality_inspection, as_of, policies, send=False),
        partial(opportunity_conversion, as_of, policies, send=False),
        partial(kitting_check, as_of, policies, send=False),
        partial(material_planning, as_of, policies, send=False),
        partial(order_release, False, release_until, as_of=as_of, policies=policies, send=False),
    ]
    if close:
        steps.append(partial(cost_closing, as_of, policies, send=False))
    stages = []
    with Progress("Order to delivery", len(steps) + 1) as done:
        for step in steps:
            stages.append(step())
            done(f"{step.func.name} is through")
        send_alerts_of_the_chain()
        path = report(as_of) if write_report else None
    return {"as_of": as_of.isoformat(), "stages": stages, "report": str(path) if path else None}


def send_alerts_of_the_chain() -> None:
    """One sending for all stages, so that a person gets one mail and not seven."""
    from tasks.alerts import send_alerts

    send_alerts()
