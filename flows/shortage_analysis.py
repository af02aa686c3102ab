"""Shortage analysis: what open work orders lack, and in one step the purchase requisitions for it."""

from datetime import date
from decimal import Decimal

from prefect import flow
from pydantic import BaseModel, Field

from flows.stage_flow import business_date, finish


class RequisitionRow(BaseModel):
    """A proposed requisition as the buyer wants it."""

    order: str = Field(description="Work order")
    item: str = Field(description="Component")
    quantity: Decimal = Field(description="Quantity to buy; 0 leaves it out")
    turn: int = Field(default=1, description="As proposed: 1 for the first requisition of this order and component")
    supplier: str = Field(default="", description="Blank is the one proposed")


@flow(name="shortage-analysis", flow_run_name="shortage analysis {as_of}")
def shortage_analysis(
    as_of: date | None = None,
    policies: dict | None = None,
    only_orders: list[str] | None = None,
    requisition: bool = False,
    rows: list[RequisitionRow] | None = None,
    send: bool = True,
) -> dict:
    """Say of every component of open work orders whether it is there, comes, comes late or is short.

    With requisition on, what is short and bought becomes firm planned orders, which the next order release turns into
    purchase orders. The same shortage is never requisitioned twice.

    Args:
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own, such as served_by.
        only_orders: Work orders to answer for; the others still take what is theirs. Empty is all.
        requisition: Make the requisitions; off only shows the proposal.
        rows: The proposal with your quantities and suppliers; empty takes it as it is.
        send: Send the alerts at the end.
    """
    from tasks.shortage_analysis import analyse_shortages

    policies = {**(policies or {}), **({"only_orders": only_orders} if only_orders else {})}
    edited = [row.model_dump() for row in rows] if rows else None
    return finish(analyse_shortages(business_date(as_of), policies, requisition, edited), send=send)
