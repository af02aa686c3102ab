"""What work orders used of each component against what their output needs: the issue variance."""

import pandas as pd

from calculations.backflush import needed
from calculations.exact import MICRO, minor_unit, multiply_divide
from calculations.fact_posting import Engine
from calculations.typed_frames import typed

USAGE_DTYPES = {
    "order": "str",
    "made": "str",
    "item": "str",
    "method": "str",
    "planned_micro": "int64",
    "needed_micro": "int64",
    "issued_micro": "int64",
    "returned_micro": "int64",
    "consumed_micro": "int64",
    "on_floor_micro": "int64",
    "variance_micro": "int64",
}


def material_usage(
    engine: Engine, returned: dict[tuple[str, str], int], unit_costs: dict[str, int], decimals: int
) -> pd.DataFrame:
    """Every component of every production work order: planned, needed so far, issued, used, left, and the variance.

    issued − returned − consumed = on the floor. Variance = consumed + on the floor − needed: what was handed out or
    backflushed beyond what the good and scrapped units need; below zero, units were completed with less than that.
    On an open order the floor holds what is about to be used, so its variance tells nothing yet.

    Args:
        engine: stock and documents after every fact. returned: micro-units that came back, by order and item.
        unit_costs: micro-units of money by item. decimals: of the currency's minor unit.
    Returns:
        order, made (item), item, method, the quantities, unit_cost_micro, variance_amount_micro (minor units; blank
        where the item has no cost), sorted by order and item.
    """
    rows = []
    for number, order in sorted(engine.documents.works.items()):
        if order.kind == "rework":
            continue
        held = {item for status, owner, item in engine.ledger.held if (status, owner) == ("in_production", number)}
        for item in sorted({*order.components, *held}):
            part = order.components.get(item)
            planned, net, method = (part.planned, part.issued, part.method) if part else (0, 0, "")
            if method == "none":
                continue
            need = needed(planned, order.processed, order.quantity, engine.steps.get(item, 1))
            left, back = engine.ledger.held_quantity("in_production", number, item), returned.get((number, item), 0)
            rows.append(
                (number, order.item, item, method or "issue", planned, need, net + back, back, net - left, left,
                 net - need)
            )  # fmt: skip
    usage = typed(rows, USAGE_DTYPES)
    costs = usage["item"].map(unit_costs).astype("Int64")
    known = costs.notna() | (usage["variance_micro"] == 0)
    value = multiply_divide(usage["variance_micro"].to_numpy(), costs.fillna(0).to_numpy(dtype="int64"), MICRO)
    amount = pd.Series(minor_unit(value, decimals), index=usage.index).astype("Int64").where(known)
    return usage.assign(unit_cost_micro=costs, variance_amount_micro=amount)
