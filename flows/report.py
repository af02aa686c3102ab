"""The pages people open in the morning."""

from datetime import date

from prefect import flow

from flows.stage_flow import business_date
from tasks.report import write_report


@flow(name="report", flow_run_name="report {as_of}")
def report(as_of: date | None = None) -> str:
    """Write the report: orders and their progress, shortages, suggestions, quality, margins and data quality.

    Args:
        as_of: Business date; blank is the day the run was scheduled for.
    """
    return str(write_report(business_date(as_of)))
