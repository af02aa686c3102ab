"""What somebody wants otherwise in a sales order: checked against what was shipped, and said as changes of a branch."""

import pandas as pd

from calculations.change_set import RefusedChanges
from calculations.exact import micro_text
from calculations.row_parsing import ImportColumn, no_refusals
from calculations.world_branch import RefusedChange, parsed_cell

LINE = ImportColumn("line", "whole", "line of the order", low=0)
ITEM = ImportColumn("item", "code", "item code", required=True)
QUANTITY = ImportColumn("quantity", "decimal", "quantity", required=True, above=0)
DATE = ImportColumn("date", "day", "day the customer wants it", required=True)
PRICE = ImportColumn("unit_price", "decimal", "price of one unit; blank takes the list price", low=0)
ONE_LINE = ImportColumn("line", "whole", "line of the order", required=True, low=0)
# Kinds of change: help and fields.
REQUESTS: dict[str, tuple[str, tuple[ImportColumn, ...]]] = {
    "quantity": ("a line is for another quantity", (ONE_LINE, QUANTITY)),
    "date": ("a line is wanted on another day", (ONE_LINE, DATE)),
    "item": ("a line is for another item", (ONE_LINE, ITEM, PRICE)),
    "add": ("the order has a line more", (ITEM, QUANTITY, DATE, PRICE)),
    "cancel": ("a line is cancelled; without a line, the whole order", (LINE,)),
}


def branch_changes(world: dict[str, pd.DataFrame], order: str, requests: list[dict]) -> list[dict]:
    """The requests as changes for `change_set.branched`, in their order; their row in an error counts from 1.

    A line of which some was shipped is not taken out by a cancellation: it ends with what was shipped.

    Args:
        world: sales_orders and sales_order_lines, open ones. requests: objects with `what` (see REQUESTS) and its
            fields as text or number.
    Raises:
        RefusedChanges: an unknown or ended order, unknown lines, a quantity below what was shipped, another item for
            what was shipped in part, a line that is asked about twice in the same way; all of them.
    """
    lines = world["sales_order_lines"]
    lines = lines[lines["order"] == order].set_index("line", drop=False)
    if not (world["sales_orders"]["order"] == order).any() or lines.empty:
        raise RefusedChanges(_refused([(1, "order", order, f"no open order is called {order}; name a sales order that "
                                        "is neither done nor ended")]))  # fmt: skip
    changes, faults, seen = [], [], set()
    if not requests:
        faults.append(
            (1, "changes", "", "say what is to be otherwise: a quantity, a date, an item, a line more or less")
        )
    next_line = 10 * (int(lines.index.max()) // 10 + 1)
    for row, request in enumerate(requests, start=1):
        try:
            values = _values(request)
            if (request["what"], values.get("line")) in seen and request["what"] != "add":
                raise RefusedChange("line", values["line"], "the line is asked about twice; say it once")
            seen.add((request["what"], values.get("line")))
            changes += _MAKERS[request["what"]](order, lines, values, next_line)
            next_line += 10 * (request["what"] == "add")
        except RefusedChange as fault:
            faults.append((row, fault.column, fault.value, str(fault)))
    if faults:
        raise RefusedChanges(_refused(faults))
    return changes


def touched_lines(requests: list[dict], lines: pd.Index) -> list[int]:
    """Numbers of the lines that the requests name; a cancellation without a line names all."""
    found: list[int] = []
    for request in requests:
        line = request.get("line")
        if line not in (None, ""):
            found.append(int(line))
        elif request["what"] == "cancel":
            found += lines.tolist()
    return sorted(set(found))


def _refused(rows: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame([("changes", *row) for row in rows], columns=no_refusals().columns)
    return frame.astype(no_refusals().dtypes.to_dict())


def _values(request: dict) -> dict:
    """The typed values of a request, None where one is blank."""
    what = request.get("what")
    if what not in REQUESTS:
        raise RefusedChange("what", what, f"no change of an order is called {what!r}; choose one of "
                            f"{', '.join(REQUESTS)}")  # fmt: skip
    help, fields = REQUESTS[what]
    names = [field.name for field in fields]
    for name in request:
        if name != "what" and name not in names and request[name] not in (None, ""):
            raise RefusedChange(name, request[name], f"{what} ({help}) has no {name!r}; it has {', '.join(names)}")
    values = {field.name: parsed_cell(field, request.get(field.name), "changes") for field in fields}
    return {name: None if value is pd.NA or value == "" else value for name, value in values.items()}


def _line(lines: pd.DataFrame, number: int) -> pd.Series:
    if number not in lines.index:
        has = ", ".join(map(str, lines.index))
        raise RefusedChange("line", number, f"the order has no line {number}; it has {has}")
    return lines.loc[number]


def _quantity(order: str, lines: pd.DataFrame, values: dict, next_line: int) -> list[dict]:
    line, shipped = values["line"], int(_line(lines, values["line"])["shipped_quantity_micro"])
    if values["quantity"] < shipped:
        raise RefusedChange(
            "quantity", micro_text(values["quantity"]),
            f"{micro_text(shipped)} of line {line} were shipped; it cannot go below that",
        )  # fmt: skip
    return [{"what": "quantity", "order": order, "line": line, "quantity": micro_text(values["quantity"])}]


def _date(order: str, lines: pd.DataFrame, values: dict, next_line: int) -> list[dict]:
    _line(lines, values["line"])
    return [{"what": "move", "order": order, "line": values["line"], "date": _day(values)}]


def _item(order: str, lines: pd.DataFrame, values: dict, next_line: int) -> list[dict]:
    line = values["line"]
    shipped = int(_line(lines, line)["shipped_quantity_micro"])
    if shipped:
        raise RefusedChange(
            "item", values["item"],
            f"{micro_text(shipped)} of line {line} were shipped; cancel the rest and add a line for the other item",
        )  # fmt: skip
    cells = {"item": values["item"], "unit_price": _price(values)}
    return [{"what": "change", "table": "sales_order_lines", "where": {"order": order, "line": line}, "set": cells}]


def _add(order: str, lines: pd.DataFrame, values: dict, next_line: int) -> list[dict]:
    row = {"order": order, "line": next_line, "item": values["item"], "quantity": micro_text(values["quantity"]),
           "due_date": _day(values), "unit_price": _price(values)}  # fmt: skip
    return [{"what": "add", "table": "sales_order_lines", "row": row}]


def _cancel(order: str, lines: pd.DataFrame, values: dict, next_line: int) -> list[dict]:
    if values["line"] is not None:
        wanted = [_line(lines, values["line"])]
    else:
        wanted = [lines.loc[number] for number in lines.index]
        if not lines["shipped_quantity_micro"].any():
            return [{"what": "cancel", "order": order}]
    changes = []
    for line in wanted:
        number, shipped, ordered = line["line"], int(line["shipped_quantity_micro"]), int(line["quantity_micro"])
        if not shipped:
            changes.append({"what": "cancel", "order": order, "line": number})
        elif shipped < ordered:
            changes.append({"what": "quantity", "order": order, "line": number, "quantity": micro_text(shipped)})
        elif values["line"] is not None:
            raise RefusedChange("line", number, f"line {number} was shipped; what came back is a customer return")
    if not changes:
        raise RefusedChange("order", order, "everything was shipped; what came back is a customer return")
    return changes


_MAKERS = {"quantity": _quantity, "date": _date, "item": _item, "add": _add, "cancel": _cancel}


def _day(values: dict) -> str:
    return pd.Timestamp(values["date"]).date().isoformat()


def _price(values: dict) -> str:
    return "" if values["unit_price"] is None else micro_text(values["unit_price"])
