"""Set stock aside for orders, so that nothing else takes it, or give it back."""

from datetime import date
from decimal import Decimal

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.stage_flow import business_date, finish

# A list that is empty from the start shows its button in the form, where a blank one shows a choice of types.
NONE: list = []


@flow(name="stock-reservation", flow_run_name="stock reservation {as_of}")
def stock_reservation(
    orders: list[str] = NONE,
    line: int | None = None,
    item: str = "",
    quantity: Decimal | None = None,
    warehouse: str = "",
    lot: str = "",
    reason: str = "",
    give_back: bool = False,
    dry_run: bool = True,
    as_of: date | None = None,
    policies: dict | None = None,
) -> dict:
    """Set stock aside for sales, work or subcontract orders; a dry run only shows what would be done.

    Nothing else takes it: no shipment, issue or completion of another order, no plan, no promise. What the order no
    longer needs goes back by itself.

    Args:
        orders: Sales, work or subcontract orders, served in this sequence.
        line: Only this line of a sales order.
        item: Only this item.
        quantity: So much of one line or item; blank is all that is still needed and there.
        warehouse: Only what lies in this warehouse; blank is any that is not excluded.
        lot: Only this lot; blank takes what expires first.
        reason: Why it is set aside.
        give_back: Give back what is set aside instead.
        dry_run: Only show what would be done. Take the tick away to do it.
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own.
    """
    from calculations.exact import to_micro
    from tasks.artifacts import publish_rows
    from tasks.stock_reservation import reserve_stock

    asked = None if quantity is None else to_micro(quantity)
    reserve = task(reserve_stock, name="reserve stock", cache_policy=NO_CACHE)
    answer = reserve(orders, line, item, asked, business_date(as_of), warehouse, lot, reason, give_back, policies,
                     dry_run)  # fmt: skip
    tables = {name: answer[name] for name in ("lines", "moves")}
    told = {name: answer[name] for name in ("lines", "facts")}
    if dry_run or not answer["facts"]:
        publish_rows("stock-reservation", "What would be set aside", tables)
        return told
    publish_rows("stock-reservation", "What was set aside", tables, ["Recorded as stock reservations."])
    return finish(answer["summary"]) | told
