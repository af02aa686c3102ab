"""`kitline print`: purchase orders, job cards, subcontract orders and pick lists as pages to print.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from cli_options import as_json, business_date, policies


def register(command: Callable) -> None:
    """Add the command; `command(name, function, help, *options)` gives its parser."""
    pages = command("print", _print, "orders as pages to print: purchase orders, job cards, pick lists",
                    "as_of", "policy", "json")  # fmt: skip
    pages.add_argument("numbers", nargs="+", metavar="NUMBER", help="purchase, work or subcontract orders")
    pages.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="where the file goes (default: prints in "
                       "the data folder)")  # fmt: skip
    pages.add_argument("--pick-list", action="store_true", help="one list of what is still to be picked for the work "
                       "and subcontract orders, in this sequence, and where")  # fmt: skip
    pages.add_argument("--warehouse", default="", help="pick only from this one")


def _print(given: argparse.Namespace) -> int:
    from tasks.document_printing import print_documents

    printed = print_documents(
        given.numbers, business_date(given), given.output, given.pick_list, given.warehouse, policies(given)
    )
    if given.json:
        as_json(printed)
    else:
        print("\n".join(printed["sentences"]))
    return 0
