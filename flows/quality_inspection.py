"""Quality inspection: the gate in front of stock."""

from datetime import date

from prefect import flow

from flows.stage_flow import business_date, finish


@flow(name="quality-inspection", flow_run_name="quality inspection {as_of}")
def quality_inspection(as_of: date | None = None, policies: dict | None = None, send: bool = True) -> dict:
    """Carry out the inspectors' decisions: accept, concession, or reject with return, rework or scrap.

    Args:
        as_of: Business date; blank is the day the run was scheduled for. Decisions dated after it are refused.
        policies: Choices that differ from the plant's own.
        send: Send the alerts at the end.
    """
    from tasks.quality_inspection import decide_inspections

    return finish(decide_inspections(business_date(as_of), policies), send=send)
