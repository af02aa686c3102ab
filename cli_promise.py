"""`kitline promise` and `kitline reservations`: can this date be promised, and what is held for whom.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
from collections.abc import Callable

from cli_options import as_json, business_date, day, policies

SHOWN = ("requests", "promises", "path", "ahead", "reservations")


def register(command: Callable) -> None:
    """Add the commands; `command(name, function, help, *options)` gives the parser of one."""
    promise = command("promise", _promise, "can I promise this date? date, parts, what decides and why",
                      "as_of", "policy", "json")  # fmt: skip
    promise.add_argument("item", nargs="?", default="", help="item code")
    promise.add_argument("quantity", nargs="?", default="", help="how many of it")
    promise.add_argument("--opportunity", default="", help="all lines of an opportunity instead of an item")
    promise.add_argument("--date", type=day, help="day the customer wants it (default: as soon as it can be)")
    promise.add_argument("--customer", default="", help="who asks")
    promise.add_argument("--priority", type=int, choices=range(1, 100), metavar="1-99", help="1 is served first")
    delivery = promise.add_mutually_exclusive_group()
    delivery.add_argument("--partial", action="store_true", help="in parts, whatever the customer's terms")
    delivery.add_argument("--complete", action="store_true", help="all at once, whatever the customer's terms")
    promise.add_argument(
        "--reserve", action="store_true", help="hold what was found, so that nobody else is promised it"
    )
    promise.add_argument("--until", type=day, help="last day of the reservation (default: policy reservation_days)")
    held = command("reservations", _reservations, "what promises hold for customers who have not ordered yet, and "
                   "what stock is set aside for orders", "as_of", "json")  # fmt: skip
    held.add_argument("--give-up", metavar="NUMBER", help="release what a promise holds; of stock see kitline reserve")


def _promise(given: argparse.Namespace) -> int:
    from calculations.errors import KitlineError
    from tasks.order_promise import Request, answer_promise, in_sentences, reserve_promise

    if bool(given.opportunity) == bool(given.item) or bool(given.item) != bool(given.quantity):
        raise KitlineError("give an item and a quantity, like kitline promise DESK 20, or --opportunity")
    if given.until and not given.reserve:
        raise KitlineError("--until is the last day of a reservation; add --reserve, or leave it out")
    delivery = "complete" if given.complete else "partial" if given.partial else ""
    request = Request(
        given.item, given.quantity, given.date, given.opportunity, given.customer, given.priority, given.until, delivery
    )
    answer = (reserve_promise if given.reserve else answer_promise)(request, business_date(given), policies(given))
    if given.json:
        as_json({name: answer[name] for name in SHOWN})
    else:
        print("\n".join(in_sentences(answer)))
    return 0


def _reservations(given: argparse.Namespace) -> int:
    from tasks.order_promise import list_reservations, release_reservation
    from tasks.stock_reservation import stock_reservations

    as_of = business_date(given)
    if given.give_up:
        release_reservation(given.give_up, as_of)
    held, stock = list_reservations(as_of), stock_reservations(as_of)
    if given.json:
        as_json({"promises": held, "stock": stock})
        return 0
    for row in held:
        whom = row["opportunity"] or row["customer"] or "nobody named"
        what = f"{row['quantity']} {row['item']} for {row['promised_date']}"
        print(f"{row['reservation']}/{row['part']}: {what}, {whom}, until {row['valid_until']}")
    for row in stock:
        of_line = f"/{row['line']}" if row["line"] not in ("", None) else ""
        lot = f", lot {row['lot']}" if row["lot"] else ""
        expired = ", expired" if row["expired"] else ""
        whom = f", {row['customer']}" if row["customer"] else ""
        print(f"{row['order']}{of_line}: {row['quantity']} {row['item']} in {row['warehouse']}{lot}{expired}{whom}")
    if not held and not stock:
        print("nothing is reserved")
    return 0
