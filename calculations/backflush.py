"""What completing units uses up: need per unit times the order's running total, never rounded unit by unit."""

from datetime import date

import pandas as pd

from calculations.exact import MICRO
from calculations.policies import resolve
from calculations.posting_documents import Component, ProductionOrder
from calculations.stock_ledger import MAIN, Cause, Refused, StockLedger

METHODS_WITHOUT_USE = ("none",)


def needed(planned: int, processed: int, quantity: int, step: int) -> int:
    """Component quantity that `processed` units of an order need in all, rounded up to the item's step.

    All in micro-units. Need per unit is `planned ÷ quantity` exactly; a tolerance of one micro-unit stands before the
    rounding. What one completion uses is the difference between two running totals.

    >>> needed(planned=10_000_000, processed=1_000_000, quantity=3_000_000, step=1_000_000)
    4000000
    >>> needed(planned=10_000_000, processed=3_000_000, quantity=3_000_000, step=1_000_000)
    10000000
    """
    if quantity <= 0 or processed <= 0 or planned <= 0:
        return 0
    whole = -(-planned * processed // quantity)
    if step == 1:
        return whole
    return max(-(-(whole - 1) // step) * step, 0)


def use_up(engine, cause: Cause, order: ProductionOrder, processed: int) -> tuple[list, list, list]:
    """Take what `processed` more units need: from the floor first, and of backflushed components the rest from stock.

    A component that is issued by hand is used as far as it, or a substitute of it, was issued; never below zero. A
    component of which nobody says how it is issued is backflushed, unless some of it was issued by hand. Rework uses
    its material evenly over its units.

    Returns:
        consumptions (item, quantity > 0), those of them that came straight from stock, and shortages (item, quantity
        short), in micro-units.
    Raises:
        Refused: too little stock to backflush, unless the policy posts the shortage.
    """
    consumptions: dict[str, int] = {}
    backflushed, shortages = [], []
    for item, need in _needs(engine, order, processed):
        component = order.components[item]
        left = need - _from_floor(engine.ledger, cause, order, item, need, consumptions)
        for substitute, ratio in engine.substitutes.get(item, ()):
            if left > 0 and engine.ledger.held_quantity(order.status, order.number, substitute) > 0:
                used = _from_floor(engine.ledger, cause, order, substitute, -(-left * ratio // MICRO), consumptions)
                left -= used * MICRO // ratio
        if left > 0 and _is_backflushed(engine, order, component, item):
            taken = _from_stock(engine, cause, item, left)
            if taken:
                consumptions[item] = consumptions.get(item, 0) + taken
                backflushed.append((item, taken))
            if taken < left:
                # an order that holds less than nothing is the open exception that stops the cost closing
                engine.ledger.move(cause, item, MAIN, "", order.status, taken - left)
                consumptions[item] = consumptions.get(item, 0) + left - taken
                shortages.append((item, left - taken))
    return list(consumptions.items()), backflushed, shortages


def _is_backflushed(engine, order: ProductionOrder, component: Component, item: str) -> bool:
    """As the component says; where nothing says, whether all that was issued so far was backflushed."""
    if component.method:
        return component.method == "backflush"
    before = needed(component.planned, order.processed, order.quantity, engine.steps.get(item, 1))
    return order.kind != "rework" and component.issued == before


def _needs(engine, order: ProductionOrder, processed: int) -> list[tuple[str, int]]:
    """What each component of the order needs for so many more units, above zero, items in order of their code."""
    needs = []
    for item, component in sorted(order.components.items()):
        if component.method in METHODS_WITHOUT_USE:
            continue
        if order.kind == "rework" and not component.planned:
            held = engine.ledger.held_quantity(order.status, order.number, item)
            open_units = max(order.quantity - order.processed, processed)
            need = -(-held * processed // open_units)
        else:
            step = engine.steps.get(item, 1)
            before = needed(component.planned, order.processed, order.quantity, step)
            need = needed(component.planned, order.processed + processed, order.quantity, step) - before
        if need > 0:
            needs.append((item, need))
    return needs


def _from_floor(ledger: StockLedger, cause: Cause, order, item, quantity, consumptions: dict[str, int]) -> int:
    floor = min(quantity, max(ledger.held_quantity(order.status, order.number, item), 0))
    if floor:
        ledger.release(cause, order.status, item, floor)
        consumptions[item] = consumptions.get(item, 0) + floor
    return floor


def _from_stock(engine, cause: Cause, item, quantity) -> int:
    try:
        taken = engine.ledger.take(cause, item, quantity, partial=engine.post_shortage)
    except Refused as refused:
        message = f"completing {cause.order} uses up {refused.message}"
        raise Refused(refused.column, refused.value, message, may_wait=True, item=item) from refused
    return sum(part for _, _, part in taken)


def backflush(world: dict[str, pd.DataFrame], as_of: date, policies: dict | None = None) -> dict[str, pd.DataFrame]:
    """What each completion and subcontract receipt of a world used up.

    Returns:
        consumptions: event, order, item, quantity_micro > 0, in the order the facts were posted, then by item;
        refused: table, row, column, value, message.
    """
    from calculations.fact_posting import post_facts

    posting = post_facts(world, resolve(policies, as_of), as_of)
    return {"consumptions": posting.consumptions, "refused": posting.refused}
