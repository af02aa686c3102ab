"""Work orders made in one step for sales order lines: which line each one serves."""

from sqlmodel import SQLModel

from models.columns import code, decimal, whole

S = {"stored_only": True}
SIGNED = {"stored_only": True, "low": None, "high": None}


class WorkOrderDemand(SQLModel, table=True):
    """So much of a sales order line is made by a work order; the key lets it be made once."""

    __tablename__ = "work_order_demands"
    order: str = code("sales order", key=True, references="sales_orders.order", **S)
    line: int = whole("line of the sales order", key=True, **S)
    turn: int = whole("counts the work orders made for this line", key=True, **S)
    work_order: str = code("work order made for it", references="work_orders.order", **S)
    item: str = code("item code", references="items.item", **S)
    quantity_micro: int = decimal("good quantity made for the line", **SIGNED)
    run: str = code("run that made it", **S)
