"""Close the costs of a month: read the books, gate, value, gate, replace the period's entries."""

from datetime import date

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations.cost_closing import PeriodLocked, close_period, month_ends
from models.closings import close_finished_orders, read_books, write_close
from tasks.stage_run import StageRun, stage_run
from validations.cost_closing import BOOKS, COSTS


@task(name="close costs", cache_policy=NO_CACHE)
def close_costs(as_of: date, policies: dict | None = None, lock: bool = False) -> dict:
    """Value the month, balance it and replace its entries; the same data gives the same rows again.

    Args:
        as_of: business date; the policy `period` says which month, else the month of this date.
        lock: shut the month for good; late facts then go to the next one.
    """
    with stage_run("cost_closing", as_of, policies) as run:
        period = run.policies["period"]
        last_day = month_ends(period)[1].date()
        world = read_books(run.connection, period, last_day)
        _refuse_before_locked(world["periods"], period)
        run.remember_inputs({name: world[name] for name in ("stock_moves", "time_entries", "expenses")})
        run.gate(BOOKS, {**world, "backflush_exceptions": backflush_exceptions(world)})
        frames = close_period(world, as_of, run.policies)
        identity = frames["identity"]
        run.gate(COSTS, {**frames, "balance": identity[identity["term"] == "difference"]})
        write_close(run.connection, period, frames, run.number, lock)
        busy = frames["wip"]["order"].unique().tolist()
        because = run.because(reason=f"done, and costed with {period}")
        closed = close_finished_orders(run.connection, last_day, busy, because)
        _show(run, frames, closed)
    return run.summary


def backflush_exceptions(world: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Material that completions used up without having it: order, item, quantity_micro > 0.

    An order's hands never hold less than nothing unless a shortage was posted.
    """
    moves = world["stock_moves"]
    outside = moves[moves["status"].isin(("in_production", "at_subcontractor"))]
    held = outside.groupby(["order", "item"], as_index=False)["quantity_micro"].sum()
    return held[held["quantity_micro"] < 0].assign(quantity_micro=lambda frame: -frame["quantity_micro"])


def _refuse_before_locked(periods: pd.DataFrame, period: str) -> None:
    later = periods.loc[(periods["period"] > period) & (periods["state"] == "locked"), "period"]
    if len(later):
        raise PeriodLocked(f"period {later.min()} is locked and builds on {period}; close a month after {later.max()}")


def _show(run: StageRun, frames: dict[str, pd.DataFrame], closed: int) -> None:
    run.count(
        cost_entries=len(frames["cost_entries"]),
        orders_costed=frames["order_costs"]["order"].nunique(),
        order_lines_with_margin=len(frames["order_margins"]),
        orders_closed=closed,
        variances=len(frames["variances"]),
    )
    run.show("Cost identity", frames["identity"])
    run.show("Customer margins", frames["customer_margins"])
    run.show("Order margins", frames["order_margins"].sort_values("margin_micro", kind="stable"))
    run.show("Receipt costs", frames["receipt_costs"])
    run.show("Work in process", frames["wip"])
    run.show("Losses and variances", frames["variances"])
    if len(frames["refused"]):
        run.show("To look at", frames["refused"])
