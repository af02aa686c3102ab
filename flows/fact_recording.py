"""Facts entered by hand: counts, transfers, adjustments, corrections, and what arrived, was used, made and shipped."""

from datetime import date as Day
from decimal import Decimal
from enum import StrEnum

from prefect import flow
from pydantic import BaseModel, Field

from flows.stage_flow import business_date, finish

# A list that is empty from the start shows its button in the form, where a blank one shows a choice of types.
NONE: list = []


class Status(StrEnum):
    """What may be done with stock."""

    available = "available"
    blocked = "blocked"


class Undone(StrEnum):
    """Tables whose facts can be undone."""

    receipts = "receipts"
    issues = "issues"
    completions = "completions"
    time_entries = "time_entries"
    shipments = "shipments"
    customer_returns = "customer_returns"
    transfers = "transfers"
    adjustments = "adjustments"
    stock_counts = "stock_counts"


class Entered(BaseModel):
    """What every fact may say."""

    date: Day | None = Field(None, description="Day it happened; blank is the business date")
    event: str = Field(
        "", description="A key of your own, such as the slip's number; blank makes one of what is entered"
    )


class Count(Entered):
    """What was really there."""

    item: str = Field(description="Item code")
    counted_quantity: Decimal = Field(description="Quantity that was there at the end of the day")
    warehouse: str = Field("MAIN", description="Where")
    lot: str = Field("", description="Lot number, of items kept by lot")
    status: Status = Field(Status.available, description="Usable or blocked stock")
    reason: str = Field("", description="Remark")


class Transfer(Entered):
    """Stock goes elsewhere, is blocked or freed."""

    item: str = Field(description="Item code")
    quantity: Decimal = Field(description="Quantity moved, more than 0")
    from_warehouse: str = Field("MAIN", description="Where it was taken")
    to_warehouse: str = Field("MAIN", description="Where it was put")
    lot: str = Field("", description="Lot number; blank takes what expires first")
    from_status: Status = Field(Status.available, description="Status it had")
    to_status: Status = Field(Status.available, description="Status it has then")
    reason: str = Field("", description="Why")


class Adjustment(Entered):
    """Stock was found, lost or spoiled."""

    item: str = Field(description="Item code")
    quantity: Decimal = Field(description="Added to the books; negative is taken off")
    reason: str = Field(description="Why")
    warehouse: str = Field("MAIN", description="Where")
    lot: str = Field("", description="Lot number, of items kept by lot")
    status: Status = Field(Status.available, description="Usable or blocked stock")


class Reversal(Entered):
    """A fact was wrong."""

    table: Undone = Field(description="What kind of fact")
    reversed_event: str = Field(description="Event of the fact that is undone")
    reason: str = Field(description="Why")


class Receipt(Entered):
    """Goods arrived."""

    order: str = Field(description="Purchase or subcontract order")
    line: int | None = Field(None, description="Line of the purchase order; blank where it has only one")
    quantity: Decimal = Field(description="Quantity received")
    unit: str = Field("", description="Unit of the quantity; blank is the stocking unit")
    lot: str = Field("", description="Lot number")
    warehouse: str = Field("MAIN", description="Where it was put")
    deliver_to: str = Field("", description="Subcontract or work order that the supplier sent it to directly")


class Issue(Entered):
    """Material was handed out, or came back."""

    order: str = Field(description="Work or subcontract order")
    item: str = Field(description="Component")
    quantity: Decimal = Field(description="Quantity; negative comes back")
    unit: str = Field("", description="Unit of the quantity; blank is the stocking unit")
    lot: str = Field("", description="Lot number; blank takes the oldest")
    warehouse: str = Field("", description="Where it was taken; blank takes the oldest wherever it lies")


class Completion(Entered):
    """Units were finished or scrapped."""

    order: str = Field(description="Work order")
    quantity: Decimal = Field(description="Good units")
    scrapped_quantity: Decimal = Field(Decimal(0), description="Scrapped units")
    scrap_reason: str = Field("", description="Why they were scrapped")
    operation: str = Field("", description="Operation where the scrapped units were lost; blank where nobody knows")
    lot: str = Field("", description="Lot number")


class Work(Entered):
    """Hours were worked, or units passed an operation."""

    order: str = Field(description="Work order")
    work_center: str = Field(description="Where")
    operation: str = Field("", description="Operation; needed with a quantity")
    labor_hours: Decimal = Field(Decimal(0), description="Hours of people")
    machine_hours: Decimal = Field(Decimal(0), description="Hours of machines")
    quantity: Decimal | None = Field(None, description="Good units that passed the operation; blank counts hours only")


class Shipment(Entered):
    """Goods left for a customer."""

    order: str = Field(description="Sales order")
    line: int = Field(description="Line of the sales order")
    quantity: Decimal = Field(description="Quantity shipped")
    unit: str = Field("", description="Unit of the quantity; blank is the stocking unit")
    lot: str = Field("", description="Lot number; blank takes the oldest")
    freight: Decimal | None = Field(None, description="Freight we paid")


@flow(name="fact-recording", flow_run_name="fact recording {as_of}")
def fact_recording(
    stock_counts: list[Count] = NONE,
    transfers: list[Transfer] = NONE,
    adjustments: list[Adjustment] = NONE,
    reversals: list[Reversal] = NONE,
    receipts: list[Receipt] = NONE,
    issues: list[Issue] = NONE,
    completions: list[Completion] = NONE,
    time_entries: list[Work] = NONE,
    shipments: list[Shipment] = NONE,
    dry_run: bool = True,
    as_of: Day | None = None,
    policies: dict | None = None,
) -> dict:
    """Record what happened and post it, all rows or none; a dry run shows what would happen and writes nothing.

    Args:
        stock_counts: What was counted; shows book, counted, difference and its value.
        transfers: Stock that goes elsewhere, is blocked or freed.
        adjustments: Stock that was found, lost or spoiled.
        reversals: Facts that were wrong and are undone with all they did.
        receipts: Goods that arrived.
        issues: Material that was handed out or came back.
        completions: Units that were finished or scrapped.
        time_entries: Hours that were worked, and units that passed an operation.
        shipments: Goods that left for customers.
        dry_run: Only show what would happen. Take the tick away to record it.
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own.
    """
    from tasks.fact_recording import record_entered_facts

    entered = {
        "stock_counts": stock_counts,
        "transfers": transfers,
        "adjustments": adjustments,
        "reversals": reversals,
        "receipts": receipts,
        "issues": issues,
        "completions": completions,
        "time_entries": time_entries,
        "shipments": shipments,
    }
    rows = {table: [_cells(fact) for fact in facts] for table, facts in entered.items() if facts}
    answer = record_entered_facts(rows, business_date(as_of), policies, dry_run)
    found = finish(answer["summary"], send=not dry_run)
    return found | {name: answer[name] for name in ("facts", "counts", "moves", "documents")}


def _cells(fact: BaseModel) -> dict[str, str]:
    """The form's row as an import file would hold it."""
    cells = fact.model_dump()
    return {
        name: format(cell, "f") if isinstance(cell, Decimal) else str(cell)
        for name, cell in cells.items()
        if cell is not None
    }
