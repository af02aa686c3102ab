"""Bills of materials."""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import MICRO, choice, code, day, decimal, whole, yes_no

ISSUE_METHODS = ("issue", "backflush", "none")


class BillOfMaterials(SQLModel, table=True):
    """What an item is made from; the one in force on the release date counts, the highest version first."""

    __tablename__ = "boms"
    bom: str = code("bill of materials", key=True)
    item: str = code("item it makes", references="items.item")
    output_quantity_micro: int = decimal("quantity the lines make", default=MICRO, above=0)
    version: int = whole("the highest one in force counts", default=1)
    phantom: bool = yes_no("is never made or stocked for itself: its components pass through to the parent")
    effective_from: Day | None = day("first day in force", default=None)
    effective_to: Day | None = day("last day in force", default=None)


class BillOfMaterialsLine(SQLModel, table=True):
    """A component of a bill of materials."""

    __tablename__ = "bom_lines"
    bom: str = code("bill of materials", key=True, references="boms.bom")
    line: int = whole("line number", key=True)
    component: str = code("item code of the component", references="items.item")
    quantity_micro: int = decimal("quantity for one output quantity", above=0)
    loss_rate_micro: int = decimal("share of the component that is lost", default=0, high=10 * MICRO)
    fixed_loss_micro: int = decimal("quantity lost once an order", default=0)
    issue_method: str = choice("picked, backflushed at completion, or not tracked", ISSUE_METHODS, "issue")
    operation: str = code("operation that uses it", default=None)
    supplied_by: str = choice("who provides it", ("own", "customer"), "own")
    effective_from: Day | None = day("first day in force", default=None)
    effective_to: Day | None = day("last day in force", default=None)
