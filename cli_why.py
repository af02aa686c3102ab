"""Commands that ask the plan for its reasons: whom a supply serves, what serves a demand, why a number.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
from collections.abc import Callable, Iterable

from cli_options import as_json, day

# Headings of the table of days, and of the terms of one day and of one planned order.
RECORD = {"date": "date", "available_before": "there", "scheduled_receipts": "receipts", "required": "required",
          "safety_stock": "safety", "net": "net", "planned_receipts": "planned", "available_after": "left"}  # fmt: skip
DAY_TERMS = {"available_before": "there before", "scheduled_receipts": "scheduled receipts", "required": "required",
             "safety_stock": "safety stock", "net": "net requirement", "planned_receipts": "planned receipts",
             "available_after": "left after"}  # fmt: skip
ORDER_TERMS = {"covered": "to cover", "yield_rate": "yield", "lot_sizing": "lot rule", "lot": "lots of",
               "minimum": "minimum", "multiple": "multiple of", "maximum": "most in one order",
               "ordered": "ordered in all", "quantity": "this order", "receipt_quantity": "brings", "due_date": "due",
               "lead_time_days": "lead time, working days", "release_date": "release", "earliest": "earliest possible",
               "supplier": "supplier", "unit_price": "price", "state": "state", "document": "released as"}  # fmt: skip


def register(command: Callable) -> None:
    """Add the commands; `command(name, function, help, *options)` gives the parser of one."""
    pegging = command("pegging", _pegging, "whom a supply serves in the end, and what serves a demand", "json")
    pegging.add_argument(
        "number", help="planned order, order, order/line, item/date of a forecast, or an item for its stock"
    )
    pegging.add_argument("--without-stock", action="store_true", help="of what is needed, only what is not in stock")

    why = command("why", _why, "why the plan orders what it orders of an item, or nothing", "json")
    why.add_argument("asked", metavar="ITEM", help="item, or number of a planned order")
    why.add_argument("--date", type=day, help="only this day, with every term")


def _pegging(given: argparse.Namespace) -> int:
    from tasks.pegging import pegging, row_words, tree_lines

    answer = pegging(given.number)
    if given.json:
        as_json(answer)
        return 0
    lines = [f"plan {answer['run']} as of {answer['as_of']}"]
    for tree in answer["trees"]:
        lines += ["", row_words(tree["root"])]
        if tree["serves"]:
            lines += ["serves", *tree_lines(tree["serves"])]
        if any(row["level"] > 1 for row in tree["serves"]):
            wide = max(len(row["share"]) for row in tree["ends"])
            lines.append("in the end")
            lines += [f"{row['share']:>{wide}} {row['share_item']} for {row_words({**row, 'share': None})}"
                      for row in tree["ends"]]  # fmt: skip
        needs = [row for row in tree["needs"] if row["kind"] != "stock" or not given.without_stock]
        if tree["needs"]:
            lines += ["needs", *(tree_lines(needs) or ["nothing that is not in stock"])]
    _print(lines)
    return 0


def _why(given: argparse.Namespace) -> int:
    from tasks.why import why

    answer = why(given.asked, given.date)
    if given.json:
        as_json(answer)
        return 0
    days = answer["days"]
    lines = [f"{answer['item']} {answer['name']} ({answer['unit']}): {answer['on_hand']} on hand; plan {answer['run']} "
             f"as of {answer['as_of']}", *answer["reasons"]]  # fmt: skip
    for entry in days:
        lines += ["", entry["sentence"]]
    if len(days) == 1:
        lines += ["", *_terms(days[0])]
    elif days:
        lines += ["", *_columns([RECORD, *days], list(RECORD))]
    if answer.get("serves"):
        from tasks.pegging import row_words

        lines += ["", "serves in the end"]
        lines += [
            f"{row['share']} {row['share_item']} for {row_words({**row, 'share': None})}" for row in answer["serves"]
        ]
    _print(lines)
    return 0


def _terms(entry: dict) -> list[str]:
    """The arithmetic of one day, a term a line."""
    beside = {"scheduled_receipts": entry.get("receipts", ""), "required": _named(entry["required_by"])}
    rows = [(name, entry[key], beside.get(key, "")) for key, name in DAY_TERMS.items() if key in entry]
    rows += [("served by", part["quantity"], part["name"]) for part in entry["served_by"]]
    for order in entry["orders"]:
        rows.append((order["number"], "", ""))
        rows += [
            (f"  {name}", str(order[key]), "") for key, name in ORDER_TERMS.items() if order[key] not in (None, "")
        ]
    return _columns([dict(enumerate(row)) for row in rows], [0, 1, 2])


def _named(parts: list[dict]) -> str:
    return ", ".join(f"{part['quantity']} for {part['name']}" for part in parts)


def _columns(rows: list[dict], names: list) -> list[str]:
    """Rows as text in columns: the first to the left, numbers to the right, what follows them to the left again."""
    wide = {name: max(len(str(row.get(name, ""))) for row in rows) for name in names}
    lines = []
    for row in rows:
        cells = [str(row.get(name, "")) for name in names]
        padded = [cells[0].ljust(wide[names[0]])]
        padded += [
            cell if name == 2 else cell.rjust(wide[name]) for name, cell in zip(names[1:], cells[1:], strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return lines


def _print(lines: Iterable[str]) -> None:
    """Text as it is; in a terminal with numbers and dates picked out."""
    from rich.console import Console

    console = Console(soft_wrap=True, markup=False, emoji=False)
    for line in lines:
        console.print(line)
