"""`kitline lots`: what went into a lot, an order or a shipment, and what became of it.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
from collections.abc import Callable

from cli_options import as_json, quiet_prefect


def register(command: Callable) -> None:
    """Add the command; `command(name, function, help, *options)` gives its parser."""
    lots = command("lots", _lots, "which lots went into it, and which orders and customers have it", "json")
    lots.add_argument(
        "number", help="ITEM/LOT, a lot, an order or line, or the event of a shipment, receipt, completion or return"
    )
    lots.add_argument("--item", default="", help="the lot's item, where several items have a lot of this number")
    way = lots.add_mutually_exclusive_group()
    way.add_argument("--backward", action="store_const", const="backward", dest="way", help="only what went into it")
    way.add_argument("--forward", action="store_const", const="forward", dest="way", help="only what became of it")
    lots.add_argument(
        "--by-lot", action="store_true", help="only what lot numbers say: stop at stock kept without lots"
    )


def _lots(given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from tasks.lot_tracing import lots_now
    from tasks.lot_words import outline

    answer = lots_now(given.number, given.item, given.way or "both", given.by_lot)
    if given.json:
        as_json(answer)
        return 0
    lines = [row["sentence"] for row in answer["sentences"]]
    for row in outline(answer):
        lines += [f"{'  ' * row['level']}{row['words']}"] if row["level"] else ["", row["words"]]
    print("\n".join(lines))
    return 0
