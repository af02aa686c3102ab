"""`kitline progress`: how far each order line is, when it can be there and what it waits for.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
from collections.abc import Callable

from cli_options import as_json, business_date, policies, quiet_prefect


def register(command: Callable) -> None:
    """Add the command; `command(name, function, help, *options)` gives the parser of one."""
    progress = command("progress", _progress, "how far each order line is, when it comes, what it waits for",
                       "as_of", "policy", "json")  # fmt: skip
    progress.add_argument("orders", nargs="*", metavar="ORDER[/LINE]", help="orders told whole (default: open lines)")
    progress.add_argument("--customer", default="", help="only this customer's")
    progress.add_argument("--late", action="store_true", help="only what is late or will be")


def _progress(given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from tasks.order_progress import component_words, line_words, progress_now

    answer = progress_now(business_date(given), given.orders, given.customer, given.late, policies(given))
    if given.json:
        as_json(answer)
        return 0
    if not answer["lines"]:
        print("no order line is late" if given.late else "no order line is open")
    behind: dict[tuple, list[dict]] = {}
    for row in answer["components"]:
        behind.setdefault((row["order"], row["line"]), []).append(row)
    for row in answer["lines"]:
        print("\n".join(line_words(row)))
        for component in behind.get((row["order"], row["line"]), ()):
            print(component_words(component))
    return 0
