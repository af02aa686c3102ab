"""Pick material for work and subcontract orders, or take it back: proposed, tried, recorded as issues at once."""

from datetime import date

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations.exact import micro_text
from calculations.fact_posting import STOCK_FACTS, Engine, post_facts
from calculations.pick_proposals import PICKS, ImpossiblePick, open_orders, pick_proposals
from models.postings import issue_counts
from tasks.fact_recording import Rows, record
from tasks.posting import world_of_waiting_facts
from tasks.presentation import readable_rows
from tasks.stage_run import StageRun


@task(name="pick material", cache_policy=NO_CACHE)
def pick_material_task(
    orders: list[str],
    how: str,
    sets_micro: int | None,
    as_of: date,
    warehouse: str = "",
    policies: dict | None = None,
    dry_run: bool = True,
) -> dict:
    """Pick in a task run of its own; see `pick_material`."""
    return pick_material(orders, how, sets_micro, as_of, warehouse, policies, dry_run)


def pick_material(
    orders: list[str],
    how: str = "sets",
    sets_micro: int | None = None,
    as_of: date | None = None,
    warehouse: str = "",
    policies: dict | None = None,
    dry_run: bool = True,
) -> dict:
    """Hand out or take back material of several orders, one after the other, all or nothing.

    Proposal and record are made in one transaction that holds the documents' turn, so two people who pick for one
    order do not pick twice: the second sees what the first has left.

    Args:
        orders: numbers; none is every open work order, the first to start first. how: sets, rest, return_sets or
            return_rest (see `calculations.pick_proposals`). sets_micro: sets of each order; None is what can be.
    Returns:
        orders and lines of the proposal, and facts, moves, documents and summary of `record_facts`.
    Raises:
        ImpossiblePick: an unknown or closed order, fewer sets than asked; RefusedRecord: issues that posting refuses.
    """
    if how not in PICKS:
        raise ImpossiblePick(f"{how!r} is no way to pick; choose one of {', '.join(PICKS)}")
    if sets_micro is not None and sets_micro <= 0:
        raise ImpossiblePick(f"{micro_text(sets_micro)} sets are none; ask for more than 0, or for return_sets")
    proposal: dict[str, pd.DataFrame] = {}

    def entered(run: StageRun) -> Rows:
        proposal.update(_proposal(run, orders, how, sets_micro, warehouse))
        return _issues(run, proposal["lines"], warehouse if not how.startswith("return") else "")

    answer = record(entered, as_of, policies, dry_run)
    return {name: readable_rows(frame) for name, frame in proposal.items()} | answer


def _proposal(
    run: StageRun, orders: list[str], how: str, sets_micro: int | None, warehouse: str
) -> dict[str, pd.DataFrame]:
    world = world_of_waiting_facts(run.connection, STOCK_FACTS, run.as_of)
    # what waits is posted along with the picks, so they are proposed after it
    posting = post_facts(world, run.policies, run.as_of, STOCK_FACTS)
    engine = Engine(posting.world, run.policies)
    numbers = list(dict.fromkeys(orders)) or open_orders(engine, posting.world)
    return pick_proposals(engine, numbers, how, sets_micro, run.as_of, warehouse)


def _issues(run: StageRun, lines: pd.DataFrame, warehouse: str) -> Rows:
    """The issues as an import file would hold them; the n-th issue of an item to an order is named so."""
    moved = lines[lines["quantity_micro"] != 0]
    before = issue_counts(run.connection, moved["order"].unique().tolist())
    rows = []
    for order, item, quantity in zip(moved["order"], moved["item"], moved["quantity_micro"].tolist(), strict=True):
        count = before.get((order, item), 0) + 1
        rows.append(
            {
                "event": f"pick-{order}-{item}-{count}",
                "date": run.as_of.isoformat(),
                "order": order,
                "item": item,
                "quantity": micro_text(quantity),
                "warehouse": warehouse,
            }
        )
    return {"issues": rows} if rows else {}
