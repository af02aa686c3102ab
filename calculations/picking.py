"""Complete sets of material for open work orders: what still has to be picked, and what stock allows now."""

from datetime import date

import pandas as pd

from calculations.backflush import needed
from calculations.policies import resolve
from calculations.posting_documents import Component, ProductionOrder
from calculations.typed_frames import typed

SET_DTYPES = {
    "order": "str",
    "pending_sets_micro": "int64",
    "sets_from_stock_micro": "int64",
    "sets_micro": "int64",
}
LINE_DTYPES = {"order": "str", "item": "str", "quantity_micro": "int64", "returnable_micro": "int64"}


def set_picks(world: dict[str, pd.DataFrame], as_of: date, policies: dict | None = None) -> dict[str, pd.DataFrame]:
    """Set picks of every open work order, after the world's facts.

    A set is what one unit of the order needs. Pending sets = the least over the pick lines of ⌊(planned − issued) ÷ per
    set⌋ and order − sets issued; sets from stock = the least of ⌊usable ÷ per set⌋; proposed is the smaller. Each
    order is looked at as if it were alone. Backflushed and `none` components are not picked. Sets are rounded down to
    the item's decimals. Returnable is what lies on the floor for the order.

    Returns:
        pick_sets: order, pending_sets_micro, sets_from_stock_micro, sets_micro, sorted by order;
        pick_lines: order, item, quantity_micro, returnable_micro, sorted by order and item;
        refused: table, row, column, value, message.
    """
    from calculations.fact_posting import Engine, post_facts

    policies = resolve(policies, as_of)
    posting = post_facts(world, policies, as_of)
    engine = Engine(posting.world, policies)
    sets, lines = [], []
    for number, order in sorted(engine.documents.works.items()):
        if order.processed >= order.quantity or engine.documents.refuses("work_orders", number):
            continue
        picked = picked_components(order)
        step = engine.steps.get(order.item, 1)
        pending = pending_sets(order, picked, step)
        usable = {item: engine.ledger.usable(item, as_of, "", number) for item in picked}
        from_stock = complete_sets(usable, order, picked, step) if picked else pending
        proposed = min(pending, from_stock)
        sets.append((number, pending, from_stock, proposed))
        for item, part in picked.items():
            quantity = needed(part.planned, proposed, order.quantity, engine.steps.get(item, 1))
            quantity = min(quantity, max(part.planned - part.issued, 0), max(usable[item], 0))
            lines.append((number, item, quantity, engine.ledger.held_quantity("in_production", number, item)))
    return {
        "pick_sets": typed(sets, SET_DTYPES),
        "pick_lines": typed(lines, LINE_DTYPES),
        "refused": posting.refused,
    }


def picked_components(order: ProductionOrder) -> dict[str, Component]:
    """The components that somebody fetches, by item: neither backflushed nor left out of issuing."""
    return {
        item: part
        for item, part in sorted(order.components.items())
        if part.planned > 0 and part.method not in ("backflush", "none")
    }


def pending_sets(order: ProductionOrder, picked: dict[str, Component], step: int) -> int:
    """Sets still to be picked: bounded by every line's open quantity and by the order less the sets issued."""
    if not picked:
        return max(order.quantity - order.processed, 0) // step * step
    issued = {item: part.issued for item, part in picked.items()}
    open_ = {item: max(part.planned - part.issued, 0) for item, part in picked.items()}
    begun = complete_sets(issued, order, picked, step)
    return max(min(complete_sets(open_, order, picked, step), order.quantity - begun), 0)


def complete_sets(quantities: dict[str, int], order: ProductionOrder, picked: dict[str, Component], step: int) -> int:
    """Complete sets that the quantities make: ⌊quantity ÷ per set⌋, each component first, the minimum last.

    >>> desk = ProductionOrder("work_orders", "W-1", "DESK", 6_000_000, 0)
    >>> complete_sets({"LEG": 10_000_000}, desk, {"LEG": Component(10_000_000, 0)}, 1_000_000)
    6000000
    """
    return min(
        max(quantities[item], 0) * order.quantity // part.planned // step * step for item, part in picked.items()
    )
