"""A change set: what a what-if asks for, in a planner's words or row by row, laid over a branch of the world.

A change is an object whose `what` names one of CHANGES; its other fields are that change's, written as in an import
file. Changes are made one after the other, so a later one may name what an earlier one added.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from calculations import planning_questions as questions
from calculations.errors import KitlineError
from calculations.item_supply import completed_orders
from calculations.policies import UnknownPolicy, resolve
from calculations.row_parsing import ImportColumn, ImportTable, no_refusals
from calculations.world_branch import Branch, RefusedChange, parsed_cell


class RefusedChanges(KitlineError):
    """Changes that an import would refuse; nothing is planned, as an answer to half a question misleads.

    `refused` holds table, row (number of the change), column, value and message.
    """

    kind = "refused_changes"

    def __init__(self, refused: pd.DataFrame):
        self.refused = refused
        said = "; ".join(f"change {row}: {message}" for row, message in zip(refused["row"], refused["message"],
                                                                         strict=True))  # fmt: skip
        super().__init__(said)


@dataclass(frozen=True)
class Change:
    """A kind of change: its help, its fields, and what it does to a branch with their values."""

    help: str
    fields: tuple[ImportColumn, ...]
    make: Callable


def _code(name: str, help: str, required: bool = True) -> ImportColumn:
    return ImportColumn(name, "code", help, required=required)


ITEM, ORDER, SUPPLIER = _code("item", "item code"), _code("order", "order number"), _code("supplier", "supplier code")
LINE = ImportColumn("line", "whole", "line of the order; blank is every line", low=0)
QUANTITY = ImportColumn("quantity", "decimal", "quantity", required=True, above=0)
DATE = ImportColumn("date", "day", "the day", required=True)
DAYS = ImportColumn("days", "whole", "working days", required=True, low=0, high=3660)
CHANGES: dict[str, Change] = {
    "new_order": Change(
        "a customer orders",
        (ITEM, QUANTITY, DATE, _code("customer", "customer code", False), _code("order", "its number", False),
         ImportColumn("priority", "whole", "1 is served first", low=1, high=99)),
        questions.new_order,
    ),
    "move": Change("an order, or one of its lines, is due on another day", (ORDER, LINE, DATE), questions.move),
    "quantity": Change("an order line is for another quantity", (ORDER, LINE, QUANTITY), questions.change_quantity),
    "cancel": Change("an order, or one of its lines, is cancelled", (ORDER, LINE), questions.cancel),
    "stock": Change(
        "usable stock of an item is another",
        (ITEM, ImportColumn("quantity", "decimal", "usable quantity", required=True, low=0)),
        questions.set_stock,
    ),
    "lead_time": Change("an item takes so many working days", (ITEM, DAYS), questions.set_lead_time),
    "supplier_late": Change("all open orders of a supplier come later", (SUPPLIER, DAYS), questions.supplier_late),
    "supplier": Change("an item is bought from this supplier first", (ITEM, SUPPLIER), questions.prefer_supplier),
    "closed": Change(
        "the plant does not work on a day, or from it to another",
        (DATE, ImportColumn("until", "day", "last day; blank is that one day")),
        questions.close_days,
    ),
    "capacity": Change(
        "a work center has so many hours a working day",
        (_code("work_center", "work center code"), ImportColumn("hours", "decimal", "hours a day", required=True,
                                                                low=0, high=24 * 100 * 10**6)),
        questions.set_capacity,
    ),
}  # fmt: skip
# Rows of any table, by column name; and policies.
ROW_CHANGES = {"add": ("table", "row"), "change": ("table", "where", "set"), "remove": ("table", "where"),
               "policy": ("policy", "value")}  # fmt: skip


@dataclass(frozen=True)
class Branched:
    """A branch ready to be planned: its world, its policies, and every cell that differs."""

    world: dict[str, pd.DataFrame]
    policies: dict
    changes: pd.DataFrame


def branched(
    world: dict[str, pd.DataFrame],
    as_of: date,
    policies: dict,
    changes: list,
    specs: dict[str, ImportTable],
    carried=(),
) -> Branched:
    """The world and the policies with the changes made; the given world stays as it is.

    Args:
        policies: those given, as `policies.resolve` takes them. changes: see CHANGES and ROW_CHANGES.
        specs: the tables that may be changed, parents before children. carried: see `world_branch.Branch`.
    Raises:
        RefusedChanges: all that is wrong with any change, each with its number, column, value and the remedy.
        UnknownPolicy: a policy of `policies` itself.
    """
    resolve(policies, as_of)
    branch, chosen, refused = Branch(world, specs, carried), dict(policies), []
    for number, change in enumerate(changes, start=1):
        branch.number = number
        try:
            _make(branch, change, as_of, chosen)
        except RefusedChange as fault:
            refused.append((fault.table or "changes", number, fault.column, fault.value, str(fault)))
    found = pd.DataFrame(refused, columns=no_refusals().columns).astype(no_refusals().dtypes.to_dict())
    found = pd.concat([frame for frame in (found, branch.refusals(resolve(chosen, as_of))) if len(frame)]
                      or [no_refusals()])  # fmt: skip
    if len(found):
        raise RefusedChanges(found.sort_values("row", kind="stable", ignore_index=True))
    made = dict(branch.world)
    if "planned_orders" in made:
        made["planned_orders"] = completed_orders(made["planned_orders"])
    return Branched(made, chosen, branch.changes())


def _make(branch: Branch, change, as_of: date, policies: dict) -> None:
    """Make one change; policies are changed in place."""
    if not isinstance(change, dict):
        raise RefusedChange("what", change, 'a change is an object like {"what": "stock", "item": …, "quantity": …}')
    what = change.get("what")
    if what in CHANGES:
        CHANGES[what].make(branch, as_of, resolve(policies, as_of), **_values(what, change))
        return
    if what not in ROW_CHANGES:
        raise RefusedChange("what", what, f"no change is called {what!r}; choose one of "
                            f"{', '.join([*CHANGES, *ROW_CHANGES])}")  # fmt: skip
    _refuse_other_fields(what, change, ROW_CHANGES[what])
    if what == "policy":
        _change_policy(policies, change, as_of)
        return
    table, where = change.get("table"), _cells(change, "where")
    if what == "add":
        branch.add(table, _cells(change, "row"))
    elif what == "change":
        branch.change(table, branch.rows(table, where), _cells(change, "set"))
    else:
        branch.remove(table, branch.rows(table, where))


def _change_policy(policies: dict, change: dict, as_of: date) -> None:
    try:
        resolve({**policies, change.get("policy"): change.get("value")}, as_of)
    except UnknownPolicy as error:
        raise RefusedChange("policy", change.get("policy"), str(error)) from error
    policies[change["policy"]] = change.get("value")


def _values(what: str, change: dict) -> dict:
    """The typed values of a change's fields, None where one is blank."""
    fields = CHANGES[what].fields
    _refuse_other_fields(f"{what} ({CHANGES[what].help})", change, tuple(field.name for field in fields))
    values = {field.name: parsed_cell(field, change.get(field.name), "changes") for field in fields}
    return {name: None if value is pd.NA or value == "" else value for name, value in values.items()}


def _refuse_other_fields(what: str, change: dict, offered: tuple[str, ...]) -> None:
    for name in change:
        if name not in (*offered, "what"):
            raise RefusedChange(name, change[name], f"{what} has no field {name!r}; it has {', '.join(offered)}")


def _cells(change: dict, name: str) -> dict:
    cells = change.get(name)
    if cells is None or isinstance(cells, dict):
        return cells or {}
    raise RefusedChange(name, cells, f"{name} must be an object of columns and values")
