"""Pick material for work and subcontract orders: complete sets, everything still open, or what comes back."""

from datetime import date
from decimal import Decimal
from typing import Literal

from prefect import flow

from flows.stage_flow import business_date, finish

# A list that is empty from the start shows its button in the form, where a blank one shows a choice of types.
NONE: list = []


@flow(name="material-picking", flow_run_name="material picking {how} {as_of}")
def material_picking(
    orders: list[str] = NONE,
    how: Literal["sets", "rest", "return_sets", "return_rest"] = "sets",
    sets: Decimal | None = None,
    warehouse: str = "",
    dry_run: bool = True,
    as_of: date | None = None,
    policies: dict | None = None,
) -> dict:
    """Hand out material of work and subcontract orders, or take it back; a dry run only shows what would be done.

    A set is what one unit of the order needs. What one order gets, the next in the list does not see.

    Args:
        orders: Work or subcontract orders, served in this sequence; none is every open work order, the first to start
            first.
        how: sets hands out complete sets, rest everything still open as far as stock goes; return_sets takes complete
            sets back from the floor, return_rest everything left there.
        sets: So many sets of each order; blank is as many as are pending and in stock.
        warehouse: Take only from this warehouse; blank is any, what expires first goes first.
        dry_run: Only show what would be done. Take the tick away to record it.
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own.
    """
    from calculations.exact import to_micro
    from tasks.artifacts import publish_rows
    from tasks.material_picking import pick_material_task

    asked = None if sets is None else to_micro(sets)
    answer = pick_material_task(orders, how, asked, business_date(as_of), warehouse, policies, dry_run)
    tables = {name: answer[name] for name in ("orders", "lines", "moves")}
    if dry_run or not answer["facts"]:
        publish_rows("material-picking", "What would be picked", tables)
        return {name: answer[name] for name in ("orders", "lines", "facts")}
    publish_rows("material-picking", "What was picked", tables, ["Recorded as issues."])
    return finish(answer["summary"]) | {name: answer[name] for name in ("orders", "lines", "facts")}
