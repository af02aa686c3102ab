"""Material planning: what to buy, make and subcontract, when, and for whom."""

from datetime import date

from prefect import flow

from flows.stage_flow import business_date, finish


@flow(name="material-planning", flow_run_name="material planning {as_of}")
def material_planning(as_of: date | None = None, policies: dict | None = None, send: bool = True) -> dict:
    """Net all demand against stock and receipts, level by level, and suggest what is missing.

    Args:
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own, such as loss, phantom_stock or excluded_warehouses.
        send: Send the alerts at the end.
    """
    from tasks.material_planning import plan_materials

    return finish(plan_materials(business_date(as_of), policies), send=send)
