"""Subcontract tracking: where every subcontract order stands, and what material lies at which subcontractor."""

from datetime import date

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.stage_flow import business_date


@flow(name="subcontract-tracking", flow_run_name="subcontract tracking {supplier}{order} {as_of}")
def subcontract_tracking(
    supplier: str = "", order: str = "", ended: bool = False, as_of: date | None = None, policies: dict | None = None
) -> dict:
    """Where does every subcontract order stand, and what of our material lies at which subcontractor?

    Orders are listed with what came, was accepted, rejected and is late; materials with what was sent, used up,
    returned, is left and can be claimed. Nothing is written.

    Args:
        supplier: Only this subcontractor; blank is all.
        order: Only this subcontract order, ended or not; blank is all.
        ended: List ended orders too, of which nothing is left at the subcontractor.
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own.
    """
    from tasks.artifacts import publish_answer
    from tasks.subcontract_tracking import track_subcontracts

    answer = task(track_subcontracts, name="track subcontracts", cache_policy=NO_CACHE)(
        business_date(as_of), supplier, order, ended, policies
    )
    publish_answer("subcontract-tracking", "Subcontract orders and material at subcontractors", answer)
    return {"answer": [row["sentence"] for row in answer["sentences"]], "orders": len(answer["orders"]),
            "materials": len(answer["materials"])}  # fmt: skip
