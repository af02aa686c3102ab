"""What if: plan with changes, without touching the data, and see what is different."""

from datetime import date as Day
from decimal import Decimal
from enum import StrEnum

from prefect import flow
from pydantic import BaseModel, Field

from flows.stage_flow import business_date

# A list that is empty from the start shows its button in the form, where a blank one shows a choice of types.
NONE: list = []


class NewOrder(BaseModel):
    """A customer orders."""

    item: str = Field(description="Item code")
    quantity: Decimal = Field(description="Quantity, more than 0")
    date: Day = Field(description="Day the customer wants it")
    customer: str = Field("", description="Customer code; blank is served last")


class MovedOrder(BaseModel):
    """An order, or one of its lines, is due on another day."""

    order: str = Field(description="Sales, purchase, work, subcontract or firm planned order")
    line: int | None = Field(None, description="Line; blank is every line")
    date: Day = Field(description="New due date")


class StockLevel(BaseModel):
    """Usable stock of an item is another."""

    item: str = Field(description="Item code")
    quantity: Decimal = Field(description="Usable quantity")


class LeadTime(BaseModel):
    """An item takes longer, or comes faster."""

    item: str = Field(description="Item code")
    days: int = Field(description="Working days")


class LateSupplier(BaseModel):
    """All open orders of a supplier come later."""

    supplier: str = Field(description="Supplier code")
    days: int = Field(description="Working days later")


class ClosedDays(BaseModel):
    """The plant does not work."""

    date: Day = Field(description="First day")
    until: Day | None = Field(None, description="Last day; blank is that one day")


class What(StrEnum):
    """What happens to an order or a row."""

    add = "add"
    change = "change"
    remove = "remove"


class RowChange(BaseModel):
    """A row of any table that planning reads."""

    what: What = Field(What.change, description="Add, change or remove")
    table: str = Field(description="Table, such as items, supplier_items, boms, bom_lines or forecasts")
    where: dict[str, str] = Field({}, description='Which rows, like {"item": "LEG"}; not for add')
    values: dict[str, str] = Field({}, description='New cells, like {"order_multiple": "50"}; not for remove')


@flow(name="what-if", flow_run_name="what if {as_of}")
def what_if(
    as_of: Day | None = None,
    new_orders: list[NewOrder] = NONE,
    moved_orders: list[MovedOrder] = NONE,
    stock: list[StockLevel] = NONE,
    lead_times: list[LeadTime] = NONE,
    late_suppliers: list[LateSupplier] = NONE,
    closed_days: list[ClosedDays] = NONE,
    rows: list[RowChange] = NONE,
    policies: dict | None = None,
) -> dict:
    """Plan the data with and without your changes and say what is different; nothing is written.

    Args:
        as_of: Business date; blank is the day the run was scheduled for.
        new_orders: Orders that customers might place.
        moved_orders: Orders that are due on another day.
        stock: Items whose usable stock is another.
        lead_times: Items that take another number of working days.
        late_suppliers: Suppliers whose open orders all come later.
        closed_days: Days on which the plant does not work.
        rows: Anything else, row by row and column by column, as in an import file.
        policies: Choices that differ from the plant's own, in both plans.
    """
    from tasks.artifacts import publish_answer
    from tasks.what_if import ask_what_if

    as_of = business_date(as_of)
    changes = [
        *_changes("new_order", new_orders),
        *_changes("move", moved_orders),
        *_changes("stock", stock),
        *_changes("lead_time", lead_times),
        *_changes("supplier_late", late_suppliers),
        *_changes("closed", closed_days),
        *(_row_change(row) for row in rows),
    ]
    answer = ask_what_if(changes, as_of, policies)
    publish_answer("what-if", f"What if, as of {as_of}", answer)
    return {
        "as_of": as_of.isoformat(),
        "sentences": [row["sentence"] for row in answer["sentences"]],
        "differences": {name: len(rows) for name, rows in answer.items() if name not in ("sentences", "summary")},
    }


def _changes(what: str, asked: list[BaseModel]) -> list[dict]:
    return [{"what": what, **change.model_dump(mode="json")} for change in asked]


def _row_change(row: RowChange) -> dict:
    cells = {"add": {"row": row.values}, "change": {"where": row.where, "set": row.values}}
    return {"what": row.what.value, "table": row.table, **cells.get(row.what.value, {"where": row.where})}
