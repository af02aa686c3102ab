"""`kitline change`: what would another quantity, date, item, line or a cancellation do, and do it.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
import csv
import sys
from collections.abc import Callable

from cli_documents import signed, who
from cli_options import as_json, business_date, in_words, policies, quiet_prefect

EXAMPLES = """examples:
  kitline change SO-2026-00001 --quantity 10=12 --date 20=2026-02-27
  kitline change SO-2026-00001 --add TABLE=5@2026-03-02 --cancel-line 30
  kitline change SO-2026-00001 --cancel --reduce all --apply --seen 1a2b3c4d --reason "customer gave up"
  kitline change --file changes.csv          columns: order, what, line, item, quantity, date, unit_price
"""
SHOWN = ("lines", "supply", "order_lines", "planned_orders", "exceptions")


def register(command: Callable) -> None:
    """Add the command; `command(name, function, help, *options)` gives its parser."""
    help = "change or cancel a sales order: first what it touches, then --apply"
    parser = command("change", _change, help, "as_of", "policy", "json")
    parser.epilog, parser.formatter_class = EXAMPLES, argparse.RawDescriptionHelpFormatter
    parser.add_argument("order", nargs="?", default="", help="sales order")
    for option, (form, read, help) in SHORT.items():
        parser.add_argument(option, action="append", dest="requests", metavar=form, default=[], help=help,
                            type=_typed(read, form))  # fmt: skip
    parser.add_argument("--cancel", action="append_const", dest="requests", const={"what": "cancel"},
                        help="the whole order is cancelled")  # fmt: skip
    parser.add_argument("--file", metavar="CHANGES.csv", help="changes of one or several orders")
    parser.add_argument("--reduce", action="append", default=[], metavar="ORDER",
                        help="reduce or cancel this supply order as far as it is free; all: every one")  # fmt: skip
    parser.add_argument("--apply", action="store_true", help="do it, with a new plan; --seen says what was looked at")
    parser.add_argument("--seen", default="", help="what the preview says; the order must still be as it was")
    signed(parser)


def _typed(read: Callable, form: str) -> Callable:
    def typed(text: str) -> dict:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is not {form}") from error

    return typed


def _of_line(what: str, field: str) -> Callable[[str], dict]:
    def read(text: str) -> dict:
        line, value = text.split("=", 1)
        return {"what": what, "line": int(line), field: value}

    return read


def _added(text: str) -> dict:
    item, asked = text.rsplit("=", 1)
    quantity, day = asked.split("@", 1)
    return {"what": "add", "item": item, "quantity": quantity, "date": day}


SHORT: dict[str, tuple[str, Callable[[str], dict], str]] = {
    "--quantity": ("LINE=QUANTITY", _of_line("quantity", "quantity"), "a line is for another quantity"),
    "--date": ("LINE=DATE", _of_line("date", "date"), "a line is wanted on another day"),
    "--item": ("LINE=ITEM", _of_line("item", "item"), "a line is for another item, at its list price"),
    "--add": ("ITEM=QUANTITY@DATE", _added, "the order has a line more"),
    "--cancel-line": ("LINE", lambda text: {"what": "cancel", "line": int(text)}, "a line is cancelled"),
}


def _change(given: argparse.Namespace) -> int:
    from calculations.change_set import RefusedChanges
    from calculations.errors import KitlineError

    quiet_prefect(verbose=False)
    if bool(given.order) == bool(given.file) or (given.file and given.requests):
        raise KitlineError("name a sales order with its changes, or give --file")
    asked = _read_file(given.file) if given.file else {given.order: given.requests}
    answers, failed = [], 0
    for order, requests in asked.items():
        try:
            answers.append(_one(given, order, requests))
        except RefusedChanges as refused:
            for row in refused.refused.to_dict("records"):
                place = f"{order}, change {row['row']}"
                print(f"{place}: {row['message']} ({row['column']}={row['value']})", file=sys.stderr)
            failed = 1
        except KitlineError as error:
            print(f"{order}: {error}", file=sys.stderr)
            failed = 1
    if given.json:
        as_json(answers)
    return failed


def _one(given: argparse.Namespace, order: str, requests: list[dict]) -> dict:
    from tasks.order_change import change_order, preview_order_change

    day, chosen = business_date(given), policies(given)
    if not given.apply:
        answer = preview_order_change.fn(order, requests, day, chosen, given.reduce)
        if not given.json:
            _print_preview(order, answer, given.file)
        return {"order": order, **answer}
    seen = given.seen
    if given.file and not seen:
        # a file says what is to be; it has not looked at anything
        seen = preview_order_change.fn(order, requests, day, chosen, given.reduce)["seen"]
    answer = change_order.fn(order, requests, day, who(given), given.reason, seen, chosen, given.reduce)
    if not given.json:
        print(f"{order}: {answer['number']} {answer['state']}")
        for sentence in answer["sentences"]:
            print(f"  {sentence}")
        print(f"{answer['run']}: {in_words({name: n for name, n in answer['counts'].items() if n})}")
    return {"order": order, **{name: answer[name] for name in ("number", "state", "sentences", "counts", "run")}}


def _print_preview(order: str, answer: dict, from_file: str | None) -> None:
    from cli_what_if import print_rows

    print(f"{order}:")
    for row in answer["sentences"]:
        print(f"  {row['sentence']}")
    for name in SHOWN:
        if answer[name]:
            print()
            print_rows(name.replace("_", " "), answer[name])
    print()
    seen = "" if from_file else f" --seen {answer['seen']}"
    print(f"nothing was written; to do it, add: --apply{seen}")


def _read_file(path: str) -> dict[str, list[dict]]:
    """The changes of a CSV file by order, in its order."""
    from calculations.errors import KitlineError

    known = {"order", "what", "line", "item", "quantity", "date", "unit_price"}
    found: dict[str, list[dict]] = {}
    with open(path, encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text)
        if not {"order", "what"} <= set(reader.fieldnames or ()) or set(reader.fieldnames) - known:
            raise KitlineError(f"{path} needs the columns order and what, and may have {', '.join(sorted(known))}")
        for row in reader:
            cells = {name: cell.strip() for name, cell in row.items() if name and cell and cell.strip()}
            found.setdefault(cells.pop("order", ""), []).append(cells)
    if not found:
        raise KitlineError(f"{path} has no rows")
    return found
