"""`kitline progress` and `kitline tracking`: how far order lines and the orders that make them are, and what is wrong.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
from collections.abc import Callable

from cli_options import as_json, business_date, in_words, policies, quiet_prefect


def register(command: Callable) -> None:
    """Add the commands; `command(name, function, help, *options)` gives the parser of one."""
    progress = command("progress", _progress, "how far each order line is, when it comes, what it waits for",
                       "as_of", "policy", "json")  # fmt: skip
    progress.add_argument("orders", nargs="*", metavar="ORDER[/LINE]", help="orders told whole (default: open lines)")
    progress.add_argument("--customer", default="", help="only this customer's")
    progress.add_argument("--late", action="store_true", help="only what is late or will be")
    tracking = command("tracking", _tracking, "how open work and subcontract orders stand, what is wrong, who waits",
                       "as_of", "policy", "json")  # fmt: skip
    tracking.add_argument("--warnings", action="store_true", help="only orders with a warning")
    tracking.add_argument("--tell", action="store_true", help="write to sales about every customer's date in danger")


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


def _tracking(given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from tasks.production_tracking import order_words, track_orders, tracking_now

    as_of = business_date(given)
    if given.tell:
        summary = track_orders.fn(as_of, policies(given), tell=True)
        if given.json:
            as_json({name: summary[name] for name in ("run", "as_of", "counts")})
        else:
            print(f"{summary['run']}: {in_words(summary['counts'])}")
        return 0
    answer = tracking_now(as_of, given.warnings, policies(given))
    if given.json:
        as_json(answer)
        return 0
    if not answer["orders"]:
        print("no open order has a warning" if given.warnings else "no work or subcontract order is open")
    for row in answer["orders"]:
        print("\n".join(order_words(row, answer)))
    return 0
