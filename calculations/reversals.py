"""What facts and moves come to once some of them were reversed.

A reversal is a fact of its own day: the undone fact stays, and a mirrored one with the opposite quantities stands
beside it. Who asks what happened in a month needs both; who asks what is true today needs neither.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

# Numbers that a mirrored fact has with the opposite sign, by table.
MIRRORED = {
    "completions": ("quantity_micro", "scrapped_quantity_micro"),
    "time_entries": ("labor_hours_micro", "machine_hours_micro"),
    "shipments": ("quantity_micro", "freight_micro"),
    "customer_returns": ("quantity_micro", "freight_micro"),
}


def undone_origins(reversals: pd.DataFrame | None) -> dict[str, str]:
    """The origin of the undone fact by the origin of its reversal, both as "table:event"."""
    if reversals is None or reversals.empty:
        return {}
    return dict(
        zip(
            "reversals:" + reversals["event"],
            reversals["table"] + ":" + reversals["reversed_event"],
            strict=True,
        )
    )


def without_undone_moves(moves: pd.DataFrame, reversals: pd.DataFrame | None) -> pd.DataFrame:
    """The moves of facts that still hold: neither those that were undone nor those that undid them."""
    undone = undone_origins(reversals)
    return moves[~moves["origin"].isin({*undone, *undone.values()})] if undone else moves


def without_undone_facts(world: dict[str, pd.DataFrame], table: str) -> pd.DataFrame:
    """The facts of a table that no reversal undid."""
    reversals, facts = world.get("reversals"), world[table]
    if reversals is None or reversals.empty:
        return facts
    return facts[~facts["event"].isin(reversals.loc[reversals["table"] == table, "reversed_event"])]


def with_mirrored_facts(world: dict[str, pd.DataFrame], tables: Iterable[str] = MIRRORED) -> dict[str, pd.DataFrame]:
    """The world with a mirrored row for each reversed fact of these tables.

    Returns:
        the tables with the columns `origin` ("table:event") and `late` (whether an earlier month's fact is undone).
    """
    reversals = world.get("reversals")
    after = dict(world)
    for table in tables:
        facts = world[table].assign(origin=(table + ":" + world[table]["event"]).astype("str"), late=False)
        if reversals is not None and len(reversals):
            mine = reversals.loc[reversals["table"] == table, ["event", "date", "reversed_event"]]
            mine = mine.rename(columns={"event": "reversal", "date": "reversed_date", "reversed_event": "event"})
            rows = facts.merge(mine, on="event")
            mirrored = rows.assign(
                late=_months(rows["reversed_date"]) != _months(rows["date"]),
                origin=("reversals:" + rows["reversal"]).astype("str"),
                event=rows["reversal"],
                date=rows["reversed_date"],
                **{name: -rows[name] for name in MIRRORED[table]},
            )
            facts = pd.concat([facts, mirrored[facts.columns].astype(facts.dtypes)], ignore_index=True)
        after[table] = facts
    return after


def _months(days: pd.Series) -> np.ndarray:
    """Months, two unknown ones never the same."""
    return days.to_numpy().astype("datetime64[M]")


def settled_in_their_month(moves: pd.DataFrame, reversals: pd.DataFrame | None) -> pd.DataFrame:
    """Moves of which a fact and its reversal in the same month are gone, and `late` marks reversals of earlier months.

    A month in which a fact was posted and undone is the month in which neither happened.
    """
    undone = undone_origins(reversals)
    if not undone:
        return moves.assign(late=False)
    cause = moves["origin"].map(undone)
    months = pd.Series(moves["date"].to_numpy().astype("datetime64[M]"), index=moves.index)
    month_of = months.groupby(moves["origin"]).first()
    late = cause.notna() & (cause.map(month_of) != months)
    settled = moves.loc[cause.notna() & ~late, "origin"].unique()
    gone = {*settled, *(undone[origin] for origin in settled)}
    return moves.assign(late=late.to_numpy(dtype=bool))[~moves["origin"].isin(gone)]
