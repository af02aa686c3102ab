"""Opportunity conversion: from a won opportunity to a sales order with promised dates."""

from datetime import date

from prefect import flow

from flows.stage_flow import business_date, finish


@flow(name="opportunity-conversion", flow_run_name="opportunity conversion {as_of}")
def opportunity_conversion(as_of: date | None = None, policies: dict | None = None, send: bool = True) -> dict:
    """Give every won opportunity one sales order, each line with the date it can be promised for.

    Args:
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own, such as excluded_warehouses.
        send: Send the alerts at the end.
    """
    from tasks.opportunity_conversion import convert_opportunities

    return finish(convert_opportunities(business_date(as_of), policies), send=send)
