"""Post what happened: receipts, issues, completions, hours, shipments, returns become moves, in one transaction."""

from datetime import date

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations.fact_posting import STOCK_FACTS, Posting, post_facts
from models.documents import DOCUMENTS, take_turn
from models.postings import pending_count
from tasks.posting import looked_at, world_of_waiting_facts, write_posting
from tasks.stage_run import StageRun, stage_run
from validations.fact_posting import FACTS, MOVES


@task(name="post facts", cache_policy=NO_CACHE)
def post_waiting_facts(as_of: date, policies: dict | None = None) -> dict:
    """Post every fact that waits; a fact that cannot be posted is refused with its reason, the others go on.

    While decisions on inspections wait too, facts short of an item that is inspected or made stay where they are:
    quality inspection posts them with the decision that frees the goods.
    """
    with stage_run("fact_posting", as_of, policies) as run:
        post_waiting(run)
    return run.summary


def post_waiting(run: StageRun) -> tuple[Posting, pd.DataFrame]:
    """Post what waits in a run's transaction: what came of it, and the refused facts with their `key`."""
    tables = (*STOCK_FACTS, "expenses")
    take_turn(run.connection, DOCUMENTS, run.as_of)
    hold = pending_count(run.connection, "inspections", run.as_of) > 0
    # whether an inspection may bring what a fact lacks depends on what all orders make
    world = world_of_waiting_facts(run.connection, tables, run.as_of, whole=hold)
    world = run.gate(FACTS, world)
    run.remember_inputs({table: world[table] for table in tables})
    posting = post_facts(world, run.policies, run.as_of, tables, hold=hold)
    run.gate(MOVES, looked_at(world, posting, run.policies))
    refused = write_posting(run, world, posting)
    if len(posting.held):
        run.count(facts_waiting_for_inspection=len(posting.held))
        run.show("Facts waiting for an inspection", posting.held)
    run.show("Stock moves", posting.moves)
    return posting, refused
