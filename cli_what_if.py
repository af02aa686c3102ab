"""`kitline what-if`: changes from a file and from short options, the difference as text or JSON; `kitline replay`.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import date

from cli_options import as_json, business_date, policies, quiet_prefect

ROWS_SHOWN = 20
EXAMPLES = """examples:
  kitline what-if --add-order TABLE=200@2026-03-16,HOTEL
  kitline what-if --move SO-1/10=2026-02-27 --stock LEG=0
  kitline what-if --supplier-late WOOD=10 --closed 2026-02-16..2026-02-20
  kitline what-if changes.json --json

A file is a list of changes, or an object with `changes` (a scenario file is one):
  {"what": "new_order", "item": "TABLE", "quantity": 200, "date": "2026-03-16"}
  {"what": "change", "table": "items", "where": {"item": "LEG"}, "set": {"order_multiple": 50}}
  {"what": "policy", "policy": "loss", "value": "divide"}"""


def register(command: Callable) -> None:
    """Add the commands; `command(name, function, help, *options)` gives the parser of one."""
    again = command("replay", _replay, "calculate a planning run again from what it saw; exit code 1 if it differs",
                    "json")  # fmt: skip
    again.add_argument("run", nargs="?", default="", help="run like material_planning-2026-00001 (default: the newest)")
    parser = command("what-if", _what_if, "plan with changes, without touching the data, and say what is different",
                     "as_of", "policy", "json")  # fmt: skip
    parser.epilog, parser.formatter_class = EXAMPLES, argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", nargs="?", metavar="CHANGES.json", help="file of changes; options are made after it")
    for option, (form, read, help) in SHORT.items():
        parser.add_argument(option, action="append", dest="changes", default=[], metavar=form, help=help,
                            type=_typed(read, form))  # fmt: skip


def _typed(read: Callable, form: str) -> Callable:
    def typed(text: str) -> dict:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is not {form}") from error

    return typed


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not (equals and name.strip() and value.strip()):
        raise ValueError(text)
    return name.strip(), value.strip()


def _new_order(text: str) -> dict:
    item, asked = _pair(text)
    quantity, at, when = asked.partition("@")
    day, _, customer = when.partition(",")
    if not at or not quantity:
        raise ValueError(text)
    return {"what": "new_order", "item": item, "quantity": quantity, "date": day, "customer": customer}


def _order_line(name: str) -> dict:
    order, slash, line = name.rpartition("/")
    return {"order": order, "line": line} if slash and line.isdecimal() else {"order": name}


def _of_order(what: str, field: str) -> Callable[[str], dict]:
    def read(text: str) -> dict:
        name, value = _pair(text)
        return {"what": what, **_order_line(name), field: value}

    return read


def _plain(what: str, first: str, second: str) -> Callable[[str], dict]:
    def read(text: str) -> dict:
        name, value = _pair(text)
        return {"what": what, first: name, second: value}

    return read


def _closed(text: str) -> dict:
    first, _, last = text.partition("..")
    date.fromisoformat(first)
    return {"what": "closed", "date": first, "until": last}


SHORT: dict[str, tuple[str, Callable[[str], dict], str]] = {
    "--add-order": ("ITEM=QUANTITY@DATE[,CUSTOMER]", _new_order, "a customer orders"),
    "--move": ("ORDER[/LINE]=DATE", _of_order("move", "date"), "an order of any kind is due on another day"),
    "--quantity": ("ORDER[/LINE]=QUANTITY", _of_order("quantity", "quantity"), "an order is for another quantity"),
    "--cancel": ("ORDER[/LINE]", lambda text: {"what": "cancel", **_order_line(text)}, "an order is cancelled"),
    "--stock": ("ITEM=QUANTITY", _plain("stock", "item", "quantity"), "usable stock is another"),
    "--lead-time": ("ITEM=DAYS", _plain("lead_time", "item", "days"), "the item takes so many working days"),
    "--supplier-late": ("SUPPLIER=DAYS", _plain("supplier_late", "supplier", "days"),
                        "all his open orders come so many working days later"),
    "--supplier": ("ITEM=SUPPLIER", _plain("supplier", "item", "supplier"), "buy the item from this supplier first"),
    "--closed": ("DATE[..DATE]", _closed, "the plant does not work"),
    "--capacity": ("WORK_CENTER=HOURS", _plain("capacity", "work_center", "hours"), "hours a working day"),
}  # fmt: skip


def _what_if(given: argparse.Namespace) -> int:
    from calculations.change_set import RefusedChanges

    quiet_prefect(verbose=False)
    from tasks.what_if import ask_what_if

    changes = [*_changes_of(given.file), *given.changes]
    try:
        answer = ask_what_if.fn(changes, business_date(given), policies(given))
    except RefusedChanges as refused:
        for row in refused.refused.to_dict("records"):
            print(f"change {row['row']}: {row['message']} ({row['column']}={row['value']})", file=sys.stderr)
        print("kitline: nothing was planned; correct the changes", file=sys.stderr)
        return 1
    if given.json:
        as_json(answer)
    else:
        print_answer(answer)
    return 0


def _changes_of(file: str | None) -> list:
    from calculations.errors import KitlineError

    if file is None:
        return []
    with open(file, encoding="utf-8-sig") as text:
        try:
            given = json.load(text, parse_float=str)
        except ValueError as error:
            raise KitlineError(f"{file} is no JSON: {error}") from error
    changes = given.get("changes") if isinstance(given, dict) else given
    if not isinstance(changes, list):
        raise KitlineError(f'{file} has no changes; write a list like [{{"what": "stock", "item": …, "quantity": 0}}]')
    return changes


def print_answer(answer: dict[str, list[dict]]) -> None:
    """The difference for people: sentences, the summary, then every table that has rows."""
    for row in answer["sentences"]:
        print(row["sentence"])
    print()
    print_rows("", answer["summary"])
    for name in ("order_lines", "planned_orders", "cash", "load", "exceptions", "refused"):
        if answer[name]:
            print()
            print_rows(name.replace("_", " "), answer[name])


def print_rows(title: str, rows: list[dict]) -> None:
    """Rows as a table for people, the first ones of many; what is blank in every row is left out."""
    shown = [{name: "" if cell is None else str(cell) for name, cell in row.items()} for row in rows[:ROWS_SHOWN]]
    names = [name for name in shown[0] if any(row[name] for row in shown) and name != "message"]
    wide = {name: max(len(name), *(len(row[name]) for row in shown)) for name in names}
    if title:
        print(f"{title}:")
    for row in [{name: name.replace("_", " ") for name in names}, *shown]:
        print("  " + "  ".join(row[name].ljust(wide[name]) for name in names).rstrip())
    if len(rows) > ROWS_SHOWN:
        print(f"  … and {len(rows) - ROWS_SHOWN} more; --json has all")


def _replay(given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from tasks.replay import replay

    found = replay(given.run)
    if given.json:
        as_json(found)
    elif found["same"]:
        names = {"load": "work center weeks", "refused": "refused rows"}
        counts = ", ".join(
            f"{row['rows_now']:,} {names.get(row['frame'], row['frame'].replace('_', ' '))}"
            for row in found["frames"]
            if row["rows_now"]
        )
        print(f"{found['run']} as of {found['as_of']}: the same {counts or 'nothing'} ({found['digest']})")
    else:
        _print_differences(found)
    if not found["same"]:
        print(f"kitline: {found['run']} does not come out as it did", file=sys.stderr)
    return 0 if found["same"] else 1


def _print_differences(found: dict) -> None:
    print(f"{found['run']} as of {found['as_of']}: {found['digest_then']} then, {found['digest']} now")
    for row in found["frames"]:
        if not row["same"]:
            counts = [0 if row[name] is None else row[name] for name in ("rows_then", "rows_now")]
            said = f"{counts[0]:,} then, {counts[1]:,} now" if counts[0] != counts[1] else f"{counts[0]:,} rows, others"
            print(f"  {row['frame'].replace('_', ' ')}: {said}")
    if found["version_then"] != found["version_now"]:
        print(f"  the calculations have changed since: {found['version_then']} then, {found['version_now']} now")
    if found["planned_orders"]:
        print_rows("planned orders", found["planned_orders"])
