"""`kitline subcontracts` and `kitline statement`: what is at which subcontractor, and his account for a period.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
from collections.abc import Callable

from cli_options import as_json, business_date, day, policies, print_table

ORDERS = ("order", "supplier", "item", "status", "ordered", "received", "accepted", "concession", "rejected",
          "resent", "waiting", "open", "due_date", "days_late", "fee", "value")  # fmt: skip
MATERIALS = ("order", "supplier", "item", "needed", "issued", "consumed", "returned", "at_subcontractor",
             "allowed_loss", "claimable", "claimable_amount", "to_send")  # fmt: skip


def register(command: Callable) -> None:
    """Add the commands; `command(name, function, help, *options)` gives the parser of one."""
    tracker = command("subcontracts", _subcontracts, "where every subcontract order stands, what lies at whom",
                      "as_of", "policy", "json")  # fmt: skip
    tracker.add_argument("--supplier", default="", help="only this subcontractor")
    tracker.add_argument("--order", default="", help="only this subcontract order, ended or not")
    tracker.add_argument("--ended", action="store_true", help="ended orders too, of which nothing is left there")
    statement = command("statement", _statement, "a subcontractor's account of material and fees; writes a page",
                        "json")  # fmt: skip
    statement.add_argument("supplier", help="code of the subcontractor")
    statement.add_argument("--from", dest="since", type=day, required=True, metavar="DATE", help="first day")
    statement.add_argument("--to", dest="until", type=day, required=True, metavar="DATE", help="last day")
    statement.add_argument("--no-page", action="store_true", help="only tell; write no page to print")


def _subcontracts(given: argparse.Namespace) -> int:
    from tasks.subcontract_tracking import track_subcontracts

    answer = track_subcontracts(business_date(given), given.supplier, given.order, given.ended, policies(given))
    if given.json:
        as_json(answer)
        return 0
    print("\n".join(row["sentence"] for row in answer["sentences"]))
    print_table(answer["orders"], ORDERS)
    print_table(answer["materials"], MATERIALS)
    totals = [{**row, "item": f"{row['item']}, all"} for row in answer["material_suppliers"]]
    print_table(totals, ("supplier", *MATERIALS[2:]))
    return 0


def _statement(given: argparse.Namespace) -> int:
    from tasks.subcontract_statement import state_account

    account = state_account(given.supplier, given.since, given.until, not given.no_page)
    if given.json:
        as_json(account)
        return 0
    print("\n".join(row["sentence"] for row in account["sentences"]))
    print_table(account["material_orders"], ("order", "item", "opening", "sent", "consumed", "returned", "adjusted",
                                        "closing", "claimable"))  # fmt: skip
    print_table(account["orders"], ("order", "item", "ordered", "received_before", "received", "accepted", "concession",
                               "rejected", "sent_back", "waiting", "open", "fee", "fee_due"))  # fmt: skip
    if account["page"]:
        print(f"\nto print: {account['page']}")
    return 0
