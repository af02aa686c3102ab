"""`kitline record`: enter a receipt, an issue, a count, a correction by hand, or see first what it would do.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
from collections.abc import Callable

from cli_options import as_json, business_date, policies

SHOWN = ("facts", "counts", "moves", "documents")


def register(command: Callable) -> None:
    """Add the command; `command(name, function, help, *options)` gives the parser of it."""
    record = command("record", _record, "record a fact by hand and post it; --dry-run shows what it would do",
                     "as_of", "policy", "json")  # fmt: skip
    record.add_argument("table", help="receipts, issues, completions, time_entries, shipments, customer_returns, "
                        "adjustments, transfers, stock_counts or reversals")  # fmt: skip
    record.add_argument("cells", nargs="+", metavar="COLUMN=VALUE", help="the fact's columns; without date it is today")
    record.add_argument("--dry-run", action="store_true", help="write nothing")


def _record(given: argparse.Namespace) -> int:
    from calculations.errors import KitlineError
    from tasks.fact_recording import record_facts

    row = {}
    for cell in given.cells:
        name, equals, value = cell.partition("=")
        if not equals:
            raise KitlineError(f"{cell!r} has no value; write it like quantity=5")
        if name in row:
            raise KitlineError(f"{name} is given twice; keep one of them")
        row[name] = value
    answer = record_facts({given.table: [row]}, business_date(given), policies(given), given.dry_run)
    if given.json:
        as_json({name: answer[name] for name in SHOWN})
        return 0
    for fact in answer["facts"]:
        print(f"{fact['table']} {fact['event']}: {fact['outcome']}")
    for count in answer["counts"]:
        worth = f", worth {count['value']}" if count["value"] is not None else ""
        print(f"  {count['item']}: book {count['book']}, counted {count['counted']}, "
              f"difference {count['difference']}{worth}")  # fmt: skip
    for move in answer["moves"]:
        lot = f" lot {move['lot']}" if move["lot"] else ""
        print(f"  {move['quantity']} {move['item']}{lot} in {move['warehouse']} ({move['status']})")
    for document in answer["documents"]:
        print(f"  {document['number']} is {document['state']}" if not given.dry_run else
              f"  {document['number']} would be {document['state']}")  # fmt: skip
    if given.dry_run:
        print("nothing was written; leave --dry-run out to record it")
    return 0
