"""Set stock aside for orders, or give it back: proposed, tried, recorded at once; and what is set aside for whom."""

from datetime import date

import pandas as pd

from calculations.exact import micro_text
from calculations.fact_posting import STOCK_FACTS, Engine, post_facts
from calculations.stock_reservations import ImpossibleReservation, give_backs, holders, proposals
from models.database import reading
from models.migrating import ready_engine
from models.postings import reservation_counts
from models.reserved import reserved_stock
from settings import settings
from tasks.fact_recording import Rows, record
from tasks.posting import world_of_waiting_facts
from tasks.presentation import readable_rows
from tasks.stage_run import StageRun


def reserve_stock(
    orders: list[str],
    line: int | None = None,
    item: str = "",
    quantity_micro: int | None = None,
    as_of: date | None = None,
    warehouse: str = "",
    lot: str = "",
    reason: str = "",
    give_back: bool = False,
    policies: dict | None = None,
    dry_run: bool = True,
) -> dict:
    """Set usable stock aside for orders, one after the other, or give back what was set aside; all or nothing.

    Proposal and record are made in one transaction that holds the documents' turn: of two people who reserve the same
    stock the second sees what the first has left.

    Args:
        orders: sales, work or subcontract orders. line, item: only this line or item of them. quantity_micro: so much
            of it; None is all that is still needed and there, or all that is set aside.
    Returns:
        lines of the proposal, and facts, moves, documents and summary of `record_facts`.
    Raises:
        ImpossibleReservation: nothing like that is open; RefusedRecord: more than is needed, or than is free.
    """
    if not orders:
        raise ImpossibleReservation("name the orders to reserve stock for")
    if quantity_micro is not None and quantity_micro <= 0:
        raise ImpossibleReservation(f"{micro_text(quantity_micro)} is nothing to reserve; ask for more than 0")
    proposal: dict[str, pd.DataFrame] = {}

    def entered(run: StageRun) -> Rows:
        proposal["lines"] = _proposal(run, orders, line, item, quantity_micro, warehouse, lot, give_back)
        return _reservations(run, proposal["lines"], warehouse, lot, reason)

    answer = record(entered, as_of, policies, dry_run)
    return {"lines": readable_rows(proposal["lines"])} | answer


def stock_reservations(as_of: date, order: str = "") -> list[dict]:
    """What is set aside for whom: order, line, customer, item, quantity, warehouse, lot, last_day, expired."""
    with reading(ready_engine(settings().database_url)) as connection:
        return readable_rows(reserved_stock(connection, as_of, order))


def _proposal(run: StageRun, orders, line, item, quantity_micro, warehouse, lot, give_back) -> pd.DataFrame:
    world = world_of_waiting_facts(run.connection, STOCK_FACTS, run.as_of)
    # what waits is posted along with the reservations, so they are proposed after it
    posting = post_facts(world, run.policies, run.as_of, STOCK_FACTS)
    engine = Engine(posting.world, run.policies)
    wanted = [holder for order in dict.fromkeys(orders) for holder in holders(engine, order, line, item)]
    if quantity_micro is not None and len(wanted) != 1:
        names = ", ".join(f"{holder} {holder.item}" for holder in wanted)
        raise ImpossibleReservation(f"a quantity is for one line or item, not for {names}; say which")
    if give_back:
        return give_backs(engine, wanted, quantity_micro)
    return proposals(engine, wanted, run.as_of, quantity_micro, warehouse, lot)


def _reservations(run: StageRun, lines: pd.DataFrame, warehouse: str, lot: str, reason: str) -> Rows:
    """The reservations as an import file would hold them; the n-th of a line or component is named so."""
    moved = lines[lines["quantity_micro"] != 0]
    before = reservation_counts(run.connection, moved["order"].unique().tolist())
    rows = []
    for order, number, item, quantity in zip(moved["order"], moved["line"], moved["item"],
                                             moved["quantity_micro"].tolist(), strict=True):  # fmt: skip
        line = "" if pd.isna(number) else str(number)
        count = before.get((order, line, item), 0) + 1
        name = "-".join(part for part in (order, line, item) if part)
        rows.append(
            {
                "event": f"reserve-{name}-{count}",
                "date": run.as_of.isoformat(),
                "order": order,
                "line": line,
                "item": item,
                "quantity": micro_text(quantity),
                "warehouse": warehouse,
                "lot": lot,
                "reason": reason,
            }
        )
    return {"stock_reservations": rows} if rows else {}
