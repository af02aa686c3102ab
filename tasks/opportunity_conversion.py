"""Turn won opportunities into sales orders: read, gate, convert, gate, number and write, once each."""

from datetime import date

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations import opportunity_conversion
from models import importing
from models.database import chunks
from models.documents import PROMISES, next_numbers, take_turn
from models.opportunities import opportunities_to_convert
from models.promise_reservations import end_reservations, reservations_in_force
from models.worlds import read_world
from tasks.stage_run import StageRun, stage_run
from validations.opportunity_conversion import OPPORTUNITIES, SALES_ORDERS

TABLES = (
    "items",
    "boms",
    "bom_lines",
    "supplier_items",
    "work_centers",
    "operations",
    "customers",
    "calendar",
    "exchange_rates",
    "sales_orders",
    "sales_order_lines",
    "stock",
    "purchase_orders",
    "purchase_order_lines",
    "work_orders",
    "work_order_components",
    "subcontract_orders",
    "subcontract_order_components",
    "planned_orders",
)
SERIES = "SO"


@task(name="convert opportunities", cache_policy=NO_CACHE)
def convert_opportunities(as_of: date, policies: dict | None = None) -> dict:
    """Give every won opportunity its sales order with promised dates; one that has an order is left alone."""
    with stage_run("opportunity_conversion", as_of, policies) as run:
        won = opportunities_to_convert(run.connection)
        if won["opportunities"].empty:
            run.count(orders=0)
            return run.summary
        take_turn(run.connection, PROMISES, as_of)
        reserved = {"promise_reservations": reservations_in_force(run.connection, as_of)}
        world = run.gate(OPPORTUNITIES, read_world(run.connection, TABLES) | won | reserved)
        frames = opportunity_conversion.convert_opportunities(world, as_of, run.policies)
        run.gate(SALES_ORDERS, frames)
        _consume_reservations(run, frames["consumed"])
        frames = _numbered(run, frames)
        run.write("sales_orders", frames["sales_orders"])
        run.write("sales_order_lines", frames["sales_order_lines"])
        _keep_refused(run, won, frames)
        _count(run, frames)
        _tell(run, won["opportunities"], frames)
    return run.summary


def _numbered(run: StageRun, frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The frames with order numbers in place of opportunity codes; numbers follow the order of the codes."""
    codes = frames["sales_orders"]["order"]
    numbers = pd.Series(next_numbers(run.connection, SERIES, run.as_of, len(codes)), index=codes, dtype="str")
    return {
        name: frame if "order" not in frame else frame.assign(order=frame["order"].map(numbers).astype("str"))
        for name, frame in frames.items()
    }


def _consume_reservations(run: StageRun, orders: pd.DataFrame) -> None:
    """What was held for these opportunities is theirs as orders now; nothing counts twice."""
    consumed = sum(
        end_reservations(run.connection, "consumed", opportunity=codes)
        for codes in chunks(orders["opportunity"].tolist())
    )
    if consumed:
        run.count(reservations_consumed=consumed)


def _keep_refused(run: StageRun, won: dict[str, pd.DataFrame], frames: dict[str, pd.DataFrame]) -> None:
    """Quarantine what holds opportunities back, and resolve what held those back that are converted now."""
    refused = frames["refused"]
    keys = {
        "opportunities": won["opportunities"]["opportunity"],
        "opportunity_lines": won["opportunity_lines"]["opportunity"]
        + "/"
        + won["opportunity_lines"]["line"].astype("str"),
    }
    named = [keys[table][row] for table, row in zip(refused["table"], refused["row"], strict=True)]
    run.quarantine(refused.assign(key=pd.Series(named, dtype="str")))
    waiting = importing.waiting_rows(run.connection, keys)
    converted = waiting["key"].str.split("/").str[0].isin(frames["sales_orders"]["opportunity"])
    importing.resolve_rows(run.connection, waiting.loc[converted & (waiting["file"] == ""), "number"].tolist())


def _tell(run: StageRun, opportunities: pd.DataFrame, frames: dict[str, pd.DataFrame]) -> None:
    """A message to sales about lines that cannot be there on the requested date."""
    promises = frames["promises"].rename(columns={"requested_date": "due_date"})
    late = promises[promises["promised_date"].isna() | (promises["promised_date"] > promises["due_date"])]
    if late.empty:
        return
    orders = frames["sales_orders"].merge(opportunities[["opportunity", "owner"]], on="opportunity")
    rows = late.merge(orders[["order", "customer", "owner"]], on="order")
    run.alert("late_order", f"promise/{orders['order'].min()}", {"rows": rows})


def _count(run: StageRun, frames: dict[str, pd.DataFrame]) -> None:
    lines = frames["sales_order_lines"]
    decisions = lines["promise_decision"].value_counts()
    run.count(orders=len(frames["sales_orders"]), order_lines=len(lines))
    run.count(**{decision: decisions.get(decision, 0) for decision in ("accept", "partial", "later")})
    run.show("Sales orders", frames["sales_orders"])
    run.show("Promises", frames["promises"])
    run.show("Held back", frames["refused"])
