"""Posting of facts: what was received, issued, completed, worked and shipped becomes stock moves."""

from datetime import date

from prefect import flow

from flows.stage_flow import business_date, finish


@flow(name="fact-posting", flow_run_name="fact posting {as_of}")
def fact_posting(as_of: date | None = None, policies: dict | None = None, send: bool = True) -> dict:
    """Post the facts that arrived; those that cannot be posted go to quarantine with the remedy.

    Args:
        as_of: Business date; blank is the day the run was scheduled for. Facts dated after it are refused.
        policies: Choices that differ from the plant's own, such as over_issue_percent.
        send: Send the alerts at the end.
    """
    from tasks.fact_posting import post_waiting_facts

    return finish(post_waiting_facts(business_date(as_of), policies), send=send)
