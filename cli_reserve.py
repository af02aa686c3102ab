"""`kitline reserve`: set stock aside for orders, or give it back.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
from collections.abc import Callable

from cli_options import as_json, business_date, policies, print_table

LINES = ("order", "line", "item", "needed", "reserved", "usable", "quantity", "missing")
MOVES = ("item", "warehouse", "lot", "status", "quantity")


def register(command: Callable) -> None:
    """Add the command; `command(name, function, help, *options)` gives its parser."""
    reserve = command("reserve", _reserve, "set stock aside for orders, so that nothing else takes it",
                      "as_of", "policy", "json")  # fmt: skip
    reserve.add_argument("orders", nargs="+", metavar="ORDER", help="sales, work or subcontract orders, served in this "
                         "sequence")  # fmt: skip
    reserve.add_argument("--line", type=int, help="only this line of a sales order")
    reserve.add_argument("--item", default="", help="only this item")
    reserve.add_argument("--quantity", default="", help="so much of it (default: all that is needed and there)")
    reserve.add_argument("--warehouse", default="", help="only what lies in this one")
    reserve.add_argument("--lot", default="", help="only this lot (default: what expires first)")
    reserve.add_argument("--reason", default="", help="why")
    reserve.add_argument("--give-back", action="store_true", help="give back what is set aside")
    reserve.add_argument("--apply", action="store_true", help="do it (default: only show it)")


def _reserve(given: argparse.Namespace) -> int:
    from calculations.exact import to_micro
    from tasks.stock_reservation import reserve_stock

    quantity = to_micro(given.quantity) if given.quantity else None
    answer = reserve_stock(given.orders, given.line, given.item, quantity, business_date(given), given.warehouse,
                           given.lot, given.reason, given.give_back, policies(given),
                           dry_run=not given.apply)  # fmt: skip
    if given.json:
        as_json({name: answer[name] for name in ("lines", "facts", "moves")})
        return 0
    print_table(answer["lines"], LINES)
    print_table(answer["moves"], MOVES)
    print()
    if not answer["facts"]:
        print("nothing is set aside" if given.give_back else "nothing can be reserved")
    elif given.apply:
        count = len(answer["facts"])
        print(
            f"{count} {'reservation' if count == 1 else 'reservations'} {'given back' if given.give_back else 'made'}"
        )
    else:
        print("nothing was written; --apply does it")
    return 0
