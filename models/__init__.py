"""Tables, their named queries and the database: the only SQL of Kitline."""

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING

from models import (  # noqa: E402  the naming convention must stand before the first table
    boms,
    costs,
    customers,
    document_events,
    facts,
    inspection_plans,
    items,
    kits,
    opportunities,
    order_changes,
    planned_orders,
    planning_loads,
    promise_reservations,
    purchase_orders,
    requisitions,
    runs,
    sales_orders,
    stock,
    stock_facts,
    subcontract_orders,
    suppliers,
    tracking,
    work_centers,
    work_order_demands,
    work_orders,
)

metadata = SQLModel.metadata

__all__ = [
    "boms",
    "costs",
    "customers",
    "document_events",
    "facts",
    "inspection_plans",
    "items",
    "kits",
    "metadata",
    "opportunities",
    "order_changes",
    "planned_orders",
    "planning_loads",
    "promise_reservations",
    "purchase_orders",
    "requisitions",
    "runs",
    "sales_orders",
    "stock",
    "stock_facts",
    "subcontract_orders",
    "suppliers",
    "tracking",
    "work_centers",
    "work_order_demands",
    "work_orders",
]


def _add_checks() -> None:
    """CHECK constraints for what the columns declare: the words of a choice, the bounds of a number."""
    for table in metadata.tables.values():
        for column in table.columns:
            rule = column.info
            if rule.get("choices"):
                table.append_constraint(CheckConstraint(column.in_(rule["choices"]), name=f"{column.name}_known"))
            if rule.get("above") is not None:
                table.append_constraint(CheckConstraint(column > rule["above"], name=f"{column.name}_above"))
            elif rule.get("low") is not None:
                table.append_constraint(CheckConstraint(column >= rule["low"], name=f"{column.name}_least"))


_add_checks()
