"""What work orders used of their material against what their output needs."""

from datetime import date

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.stage_flow import business_date

# A list that is empty from the start shows its button in the form, where a blank one shows a choice of types.
NONE: list = []


@flow(name="material-usage", flow_run_name="material usage {as_of}")
def material_usage(orders: list[str] = NONE, as_of: date | None = None, policies: dict | None = None) -> dict:
    """What did work orders get of each component, what did they use, what is left, and what is the variance?

    Nothing is written.

    Args:
        orders: Work orders told whole; none tells finished orders with a variance, and what open orders hold.
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own.
    """
    from tasks.artifacts import publish_answer
    from tasks.material_usage import usage_now

    answer = task(usage_now, name="tell material usage", cache_policy=NO_CACHE)(business_date(as_of), orders, policies)
    publish_answer("material-usage", "Material used by work orders", answer)
    return {"answer": [row["sentence"] for row in answer["sentences"]], "components": len(answer["usage"])}
