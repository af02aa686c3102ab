"""Decide on what waits for inspection: usable stock, returns, scrap and rework orders, in one transaction."""

from datetime import date

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations.fact_posting import FACTS as FACT_TABLES
from calculations.fact_posting import Posting, post_facts
from calculations.sampling import sample_plans
from calculations.working_days import WorkingDays
from models.documents import next_numbers
from models.postings import open_rework_orders, pending_count
from tasks.posting import looked_at, open_hands, world_of_waiting_facts, write_posting
from tasks.stage_run import StageRun, stage_run
from validations.fact_posting import MOVES
from validations.quality_inspection import INSPECTIONS, MEASUREMENTS


@task(name="decide inspections", cache_policy=NO_CACHE)
def decide_inspections(as_of: date, policies: dict | None = None) -> dict:
    """Post every decision that waits, and the facts that could not be posted before it.

    Rejected goods are alerted; those to be reworked open one work order each, with the inspection as its origin.
    """
    with stage_run("quality_inspection", as_of, policies) as run:
        # without a decision there is nothing new to free goods with: what waits is the posting's own business
        tables = FACT_TABLES if pending_count(run.connection, "inspections", as_of) else ("inspections",)
        world = world_of_waiting_facts(run.connection, tables, as_of)
        inspections = world["inspections"]
        world["inspections"] = inspections.assign(undecided_micro=_undecided(inspections))
        world = run.gate(MEASUREMENTS, world)
        world["inspections"] = world["inspections"].drop(columns="undecided_micro")
        run.remember_inputs({table: world[table] for table in (*tables, "readings")})
        posting = post_facts(world, run.policies, as_of, tables)
        rework = _rework_orders(run, world, posting, as_of)
        run.gate(MOVES, looked_at(world, posting, run.policies))
        run.gate(INSPECTIONS, {"judgements": posting.judgements, "rework_orders": rework})
        write_posting(run, world, posting)
        if len(rework):
            open_rework_orders(run.connection, rework)
            open_hands(run.connection, as_of)
        _tell(run, world, posting, rework, as_of)
    return run.summary


def _undecided(inspections: pd.DataFrame) -> pd.Series:
    decided = sum(inspections[f"{name}_quantity_micro"] for name in ("accepted", "concession", "rejected"))
    return inspections["inspected_quantity_micro"] - decided


def _rework_orders(run: StageRun, world: dict[str, pd.DataFrame], posting: Posting, as_of: date) -> pd.DataFrame:
    """The rework orders to open: order, item, quantity_micro, start_date, due_date, origin."""
    rework = posting.rework_orders
    lead = world["items"].set_index("item")["lead_time_days"]
    days = [1 if pd.isna(lead.get(item)) else int(lead[item]) for item in rework["item"]]
    due = WorkingDays(world["calendar"]).add([as_of] * len(rework), days) if len(rework) else []
    return pd.DataFrame(
        {
            "order": pd.Series(next_numbers(run.connection, "WO", as_of, len(rework)), dtype="str"),
            "item": rework["item"],
            "quantity_micro": rework["quantity_micro"],
            "start_date": pd.Series([pd.Timestamp(as_of)] * len(rework), dtype="datetime64[s]"),
            "due_date": pd.Series(due, dtype="datetime64[s]"),
            "origin": ("inspections:" + rework["event"]).astype("str"),
        }
    )


def _tell(run: StageRun, world, posting: Posting, rework: pd.DataFrame, as_of: date) -> None:
    decided = world["inspections"][world["inspections"]["event"].isin(_events(posting.posted, "inspections"))]
    rejected = decided[decided["rejected_quantity_micro"] > 0]
    run.count(inspections=len(decided), rejected_inspections=len(rejected), rework_orders=len(rework))
    if len(rejected):
        run.alert("rejected_inspection", key=run.number, context={"rows": _named(world, posting, rejected)})
        run.show("Rejected", _named(world, posting, rejected))
    run.show("Inspections", decided)
    run.show("Readings judged", posting.judgements)
    run.show("Rework orders", rework)
    waiting = posting.world["order_stock"]
    run.show("Waiting for inspection", waiting[waiting["status"] == "inspection"].drop(columns="status"))
    run.show("Samples", sample_plans({**world, "inspections": decided}, as_of)["samples"])


def _events(facts: pd.DataFrame, table: str) -> pd.Series:
    return facts.loc[facts["table"] == table, "event"]


def _named(world, posting: Posting, rejected: pd.DataFrame) -> pd.DataFrame:
    """Rejected inspections with the item, its buyer and the order's supplier, for those who must act."""
    moves = posting.moves[posting.moves["status"] == "inspection"].drop_duplicates("origin").set_index("origin")["item"]
    item = ("inspections:" + rejected["event"]).map(moves)
    orders = pd.concat([world["purchase_orders"], world["subcontract_orders"]]).set_index("order")["supplier"]
    return rejected.assign(
        item=item.fillna("").astype("str"),
        supplier=rejected["order"].map(orders).fillna("").astype("str"),
        buyer=item.map(world["items"].set_index("item")["buyer"]).fillna("").astype("str"),
    )
