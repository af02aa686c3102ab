"""The statement of a subcontractor: his account of our material and his fees for a period, to print and sign."""

from datetime import date

from prefect import flow, task
from prefect.cache_policies import NO_CACHE


@flow(name="subcontract-statement", flow_run_name="statement {supplier} {since} {until}")
def subcontract_statement(supplier: str, since: date, until: date, page: bool = True) -> dict:
    """What did a subcontractor have of ours, get, use up, give back, and what is he owed for a period?

    The closing of one period is the opening of the next. No data is changed.

    Args:
        supplier: Code of the subcontractor.
        since: First day of the period.
        until: Last day of the period.
        page: Write the page to print; off only shows the account here.
    """
    from tasks.artifacts import publish_answer
    from tasks.subcontract_statement import state_account

    account = task(state_account, name="state account", cache_policy=NO_CACHE)(supplier, since, until, page)
    tables = {name: account[name] for name in ("sentences", "materials", "material_orders", "orders")}
    publish_answer("subcontract-statement", f"Statement for {account['name']}", tables)
    return {name: account[name] for name in ("fee_due", "claimable_amount", "page")}
