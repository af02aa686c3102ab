"""What was released otherwise than suggested: another supplier, day or price, as values before and after."""

import numpy as np
import pandas as pd

DECIDED = ("supplier", "due_date", "unit_price_micro")


def release_deviations(merged: pd.DataFrame, planned: pd.DataFrame, choices: pd.DataFrame | None) -> pd.DataFrame:
    """Each value that a person's choice made another than the plan's.

    Args:
        merged: planned orders and parts of them as released: number, source, supplier, due_date, unit_price_micro.
        planned: the suggestions: number and the same columns. choices: as `release_choices.choices_of` returns them.
    Returns:
        number (the planned order that was released), column, before, after: objects, missing where there was nothing;
        sorted by number and column.
    """
    empty = pd.DataFrame({name: pd.Series([], dtype=object) for name in ("number", "column", "before", "after")})
    if choices is None or merged.empty:
        return empty
    mine = merged[merged["source"].isin(choices["planned_order"])]
    suggested = planned.set_index("number").reindex(mine["source"])
    parts = []
    for column in DECIDED:
        before, after = suggested[column].to_numpy(dtype=object), mine[column].to_numpy(dtype=object)
        pairs = zip(before.tolist(), after.tolist(), pd.isna(before), pd.isna(after), strict=True)
        different = np.array(
            [gone != blank or (not gone and was != now) for was, now, gone, blank in pairs], dtype=bool
        )
        if column == "unit_price_micro":
            # without a price of the plan it is the offer's, unless a person named one
            named = mine["source"].isin(choices.loc[choices[column].notna(), "planned_order"]).to_numpy()
            different &= (mine["kind"] != "production").to_numpy() & (named | ~pd.isna(before))
        parts.append(pd.DataFrame({"number": mine["number"].to_numpy(), "column": column, "before": before,
                                   "after": after}, dtype=object)[different])  # fmt: skip
    return pd.concat([empty, *parts]).sort_values(["number", "column"], ignore_index=True)
