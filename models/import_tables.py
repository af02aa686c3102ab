"""The import tables of Kitline, read back from the tables in `models/`."""

from functools import cache

from sqlmodel import SQLModel

from calculations.exact import micro_text
from calculations.row_parsing import ImportColumn, ImportTable
from models import (
    boms,
    customers,
    facts,
    inspection_plans,
    items,
    opportunities,
    purchase_orders,
    sales_orders,
    stock,
    stock_facts,
    subcontract_orders,
    suppliers,
    work_centers,
    work_orders,
)

# Parents before children: the order in which rows are checked and written.
MODELS: tuple[type[SQLModel], ...] = (
    customers.Customer,
    suppliers.Supplier,
    items.Item,
    items.SafetyStock,
    items.UnitConversion,
    boms.BillOfMaterials,
    boms.BillOfMaterialsLine,
    items.Substitute,
    work_centers.WorkCenter,
    work_centers.Operation,
    suppliers.SupplierItem,
    suppliers.PriceBreak,
    work_centers.CalendarDay,
    inspection_plans.InspectionPlan,
    work_centers.ExchangeRate,
    opportunities.Opportunity,
    opportunities.OpportunityLine,
    sales_orders.SalesOrder,
    sales_orders.SalesOrderLine,
    work_centers.Forecast,
    stock.OpeningStock,
    purchase_orders.PurchaseOrder,
    purchase_orders.PurchaseOrderLine,
    work_orders.WorkOrder,
    work_orders.WorkOrderComponent,
    subcontract_orders.SubcontractOrder,
    subcontract_orders.SubcontractOrderComponent,
    facts.OpeningWorkInProcess,
    facts.Receipt,
    facts.Issue,
    facts.Completion,
    facts.TimeEntry,
    facts.Inspection,
    facts.Reading,
    facts.Shipment,
    facts.CustomerReturn,
    facts.Expense,
    stock_facts.Adjustment,
    stock_facts.Transfer,
    stock_facts.StockCount,
    stock_facts.Reversal,
    stock_facts.StockReservation,
)
FACTS = ("receipts", "issues", "completions", "time_entries", "inspections", "readings", "shipments",
         "customer_returns", "expenses", "adjustments", "transfers", "stock_counts", "reversals",
         "stock_reservations")  # fmt: skip
# Rows of these tables are things lying side by side, not records of a key: two equal rows are two rows.
UNKEYED = ("stock",)
# Parents that single-column foreign keys cannot express.
COMPOSITE_PARENTS = {
    "shipments": ((("order", "line"), "sales_order_lines"),),
    "customer_returns": ((("order", "line"), "sales_order_lines"),),
    "completions": ((("order",), "work_orders"),),
    "time_entries": ((("order",), "work_orders"),),
}


@cache
def import_tables() -> dict[str, ImportTable]:
    """Every import table by name, parents before children."""
    return {model.__tablename__: _import_table(model) for model in MODELS}


def _import_table(model: type[SQLModel]) -> ImportTable:
    table = model.__table__
    columns = [column for column in table.columns if not column.info["stored_only"]]
    parents = tuple(
        ((_name(column),), next(iter(column.foreign_keys)).column.table.name)
        for column in columns
        if column.foreign_keys
    )
    key = () if table.name in UNKEYED else tuple(column.name for column in columns if column.primary_key)
    return ImportTable(
        name=table.name,
        help=model.__doc__.splitlines()[0],
        columns=tuple(_import_column(column) for column in columns),
        key=key,
        is_fact=table.name in FACTS,
        parents=parents + COMPOSITE_PARENTS.get(table.name, ()),
    )


def _name(column) -> str:
    return column.name.removesuffix("_micro") if column.info["kind"] == "decimal" else column.name


def _import_column(column) -> ImportColumn:
    rule = column.info
    default = rule["default"]
    if rule["required"] or default is None:
        default = None
    elif rule["kind"] == "decimal":
        default = micro_text(default)
    elif rule["kind"] == "yes_no":
        default = "yes" if default else "no"
    else:
        default = str(default)
    return ImportColumn(
        name=_name(column),
        kind=rule["kind"],
        help=rule["help"],
        required=rule["required"],
        default=default,
        choices=tuple(word for word in rule.get("choices", ()) if word),
        references=next((key.column.table.name for key in column.foreign_keys), ""),
        low=rule.get("low"),
        high=rule.get("high"),
        above=rule.get("above"),
    )
