"""Suggestions that somebody turned down: planning finds the same need again, and they stay turned down."""

import pandas as pd

# A suggestion is the same when it asks for as much of the same item for the same day, in the same way.
NEED = ["item", "kind", "need_date", "quantity_micro"]


def keep_rejections(frames: dict[str, pd.DataFrame], rejected: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The frames of a plan in which a suggestion that was rejected before keeps its number and its rejection.

    One rejection holds back one suggestion of the same need; once the need is another, it is suggested anew. What
    would only serve rejected suggestions is rejected with them. Their exceptions ask nobody for anything any more.

    Args:
        frames: `planned_orders`, `pegs` and `exceptions` of `material_planning.plan_materials`.
        rejected: number, item, kind, need_date, quantity_micro of suggestions that people rejected.
    Returns:
        the frames with these three replaced, and `rejected` (number, item, quantity_micro, need_date, origin).
    """
    orders, pegs = frames["planned_orders"], frames["pegs"]
    columns = ["number", "item", "quantity_micro", "need_date", "origin"]
    if rejected.empty:
        return frames | {"rejected": orders.iloc[:0][columns]}
    renamed = _earlier_numbers(orders, rejected)
    held = set(renamed.values())
    orders, pegs, exceptions = (_renamed(frame, renamed) for frame in (orders, pegs, frames["exceptions"]))
    named = {f"planned_orders:{number}": f"planned_orders:{before}" for number, before in renamed.items()}
    down = orders["number"].isin(held | _below(pegs, held))
    orders = orders.assign(
        origin=_replaced(orders["origin"], named),
        state=orders["state"].mask(down, "rejected"),
    )
    kept = orders.loc[down, columns].reset_index(drop=True)
    silent = exceptions["order"].isin(kept["number"])
    return frames | {
        "planned_orders": orders,
        "pegs": pegs,
        "exceptions": exceptions[~silent].reset_index(drop=True),
        "rejected": kept,
    }


def _earlier_numbers(orders: pd.DataFrame, rejected: pd.DataFrame) -> dict[str, str]:
    """The number under which each suggestion was rejected before, by its number of today."""
    fresh = orders[~orders["firm"]]
    keys = [*NEED, "rank"]
    ranked = [frame.assign(rank=frame.groupby(NEED, sort=False).cumcount())[["number", *keys]] for frame in
              (fresh, rejected.sort_values("number", kind="stable"))]  # fmt: skip
    both = ranked[0].merge(ranked[1], on=keys, suffixes=("", "_before"))
    return dict(zip(both["number"], both["number_before"], strict=True))


def _renamed(frame: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """The frame with planned orders under other numbers, wherever it names them."""
    columns = [name for name in ("number", "order", "supply", "demand") if name in frame]
    return frame.assign(**{name: _replaced(frame[name], names) for name in columns})


def _replaced(column: pd.Series, names: dict[str, str]) -> pd.Series:
    return pd.Series([names.get(name, name) for name in column.tolist()], index=column.index, dtype="str")


def _below(pegs: pd.DataFrame, held: set[str]) -> set[str]:
    """Planned orders that serve nothing but rejected ones, through whatever levels."""
    planned = pegs[pegs["supply_kind"] == "planned_order"]
    found: set[str] = set()
    while held:
        serves = planned["demand"].isin(held | found) & (planned["demand_kind"] == "planned_order")
        only = serves.groupby(planned["supply"]).all()
        new = set(only.index[only]) - held - found
        if not new:
            break
        found |= new
    return found
