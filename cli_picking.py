"""`kitline pick` and `kitline usage`: hand out complete sets or the rest, take them back, and see what was used.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
from collections.abc import Callable

from cli_options import as_json, business_date, policies, print_table

ORDERS = ("order", "item", "quantity", "pending_sets", "possible_sets", "sets", "limited_by")
LINES = ("order", "item", "planned", "issued", "on_floor", "usable", "quantity", "missing")
USAGE = ("order", "made", "item", "method", "planned", "needed", "issued", "returned", "consumed", "on_floor",
         "variance", "variance_amount", "finished")  # fmt: skip
WAYS = {"rest": "rest", "return_sets": "return_sets", "return_rest": "return_rest"}


def register(command: Callable) -> None:
    """Add the commands; `command(name, function, help, *options)` gives the parser of one."""
    pick = command("pick", _pick, "material for work orders: complete sets, the rest, or what comes back",
                   "as_of", "policy", "json")  # fmt: skip
    pick.add_argument("orders", nargs="*", metavar="ORDER", help="work or subcontract orders, served in this sequence "
                      "(default: every open work order, the first to start first)")  # fmt: skip
    pick.add_argument("--sets", default="", metavar="N", help="so many sets of each (default: as many as can be)")
    ways = pick.add_mutually_exclusive_group()
    ways.add_argument("--rest", action="store_true", help="everything still open, as far as stock goes")
    ways.add_argument("--return-sets", action="store_true", help="complete sets come back from the floor")
    ways.add_argument("--return-rest", action="store_true", help="everything left on the floor comes back")
    pick.add_argument("--warehouse", default="", help="take only from this one")
    pick.add_argument("--apply", action="store_true", help="record it (default: only show it)")
    usage = command("usage", _usage, "what work orders used of their material against what their output needs",
                    "as_of", "policy", "json")  # fmt: skip
    usage.add_argument("orders", nargs="*", metavar="ORDER", help="work orders told whole (default: finished ones with "
                       "a variance, and what open ones hold)")  # fmt: skip


def _pick(given: argparse.Namespace) -> int:
    from calculations.exact import to_micro
    from tasks.material_picking import pick_material

    how = next((way for name, way in WAYS.items() if getattr(given, name)), "sets")
    sets = to_micro(given.sets) if given.sets else None
    answer = pick_material(given.orders, how, sets, business_date(given), given.warehouse, policies(given),
                           dry_run=not given.apply)  # fmt: skip
    if given.json:
        as_json({name: answer[name] for name in ("orders", "lines", "facts", "moves", "documents")})
        return 0
    print_table(answer["orders"], ORDERS)
    print_table(answer["lines"], LINES)
    print_table(answer["moves"], ("item", "warehouse", "lot", "status", "quantity", "value"))
    print()
    if not answer["facts"]:
        print("nothing can be picked" if not how.startswith("return") else "nothing can come back")
    elif given.apply:
        print(f"{len(answer['facts'])} issues recorded")
    else:
        print("nothing was written; --apply records it")
    return 0


def _usage(given: argparse.Namespace) -> int:
    from tasks.material_usage import usage_now

    answer = usage_now(business_date(given), given.orders, policies(given))
    if given.json:
        as_json(answer)
        return 0
    print("\n".join(row["sentence"] for row in answer["sentences"]))
    print_table(answer["usage"], USAGE)
    print_table(answer["items"], USAGE[2:3] + USAGE[5:12])
    return 0
