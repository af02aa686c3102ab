"""Answer where every subcontract order stands and what lies at which subcontractor, from facts alone."""

from datetime import date

import pandas as pd

from calculations import policies as policy_rules
from calculations import subcontract_tracking as tracking
from calculations.errors import KitlineError
from calculations.exact import micro_text
from models import subcontracting
from models.database import Connection, reading
from models.migrating import ready_engine
from settings import settings
from tasks.posting import hands_without_moves
from tasks.presentation import readable_rows


class UnknownSubcontract(KitlineError):
    """A supplier or order that no subcontract order has."""

    kind = "unknown_subcontract"


def track_subcontracts(
    as_of: date, supplier: str = "", order: str = "", ended: bool = False, policies: dict | None = None
) -> dict[str, list[dict]]:
    """The tracker's tables and totals as readable rows, with `sentences` for a person; nothing is written.

    Args:
        supplier, order: only these; an order is shown whatever became of it. ended: ended orders too.
    Raises:
        UnknownSubcontract: no subcontract order has the supplier or number.
    """
    with reading(ready_engine(settings().database_url)) as connection:
        frames = tracker_frames(connection, as_of, policies)
    return answer_rows(_chosen(frames, supplier, order, ended), as_of)


def tracker_frames(connection: Connection, as_of: date, policies: dict | None = None) -> dict[str, pd.DataFrame]:
    """Orders and materials of every subcontract order, ended ones too."""
    policies = policy_rules.resolve({**settings().policies, **(policies or {})}, as_of)
    world = subcontracting.subcontract_documents(connection)
    world["inspections"] = subcontracting.subcontract_inspections(connection)
    costs = subcontracting.subcontract_unit_costs(connection, world["items"])
    moves = with_hands(connection, subcontracting.subcontract_moves(connection))
    return tracking.subcontract_tracking(world, moves, costs, as_of, policies)


def with_hands(connection: Connection, moves: pd.DataFrame) -> pd.DataFrame:
    """The moves, and what orders held before the first fact where no fact has been posted yet."""
    hands = hands_without_moves(connection)
    hands = hands[hands["status"] == "at_subcontractor"].assign(kind="opening", within=False)
    return pd.concat([moves, hands[moves.columns]], ignore_index=True) if len(hands) else moves


def _chosen(frames: dict, supplier: str, order: str, ended: bool) -> dict[str, pd.DataFrame]:
    orders = frames["orders"]
    for asked, column in ((supplier, "supplier"), (order, "order")):
        if asked and asked not in set(orders[column]):
            raise UnknownSubcontract(
                f"no subcontract order has the {column} {asked}; correct it, or leave it out to see all"
            )
        if asked:
            orders = orders[orders[column] == asked]
    chosen = tracking.only_orders(frames, orders["order"])
    return chosen if ended or order else tracking.of_interest(chosen)


def answer_rows(frames: dict[str, pd.DataFrame], as_of: date) -> dict[str, list[dict]]:
    """Tracker rows and totals as people and programs read them."""
    tables = frames | tracking.tracking_totals(frames)
    return {"sentences": [{"sentence": text} for text in _sentences(tables, as_of)]} | {
        name: readable_rows(frame) for name, frame in tables.items()
    }


def _sentences(tables: dict[str, pd.DataFrame], as_of: date) -> list[str]:
    orders, materials, suppliers = tables["orders"], tables["materials"], tables["suppliers"]
    if orders.empty:
        return [f"As of {as_of} no subcontract order is open and no material is at a subcontractor."]
    late = int((orders["status"] == "late").sum())
    said = [f"As of {as_of}: {len(orders)} subcontract orders at {len(suppliers)} subcontractors, {late} of them late."]
    out = int((materials["at_subcontractor_micro"] != 0).sum())
    said.append(f"{out} materials lie there, worth {micro_text(suppliers['amount_micro'].sum())} at cost.")
    claims = materials[materials["claimable_micro"] > 0]
    if len(claims):
        said.append(
            f"{len(claims)} can be claimed as lost beyond the allowance, worth "
            f"{micro_text(suppliers['claimable_amount_micro'].sum())}."
        )
    unpriced = materials[materials["amount_micro"].isna()]["item"].unique()
    if len(unpriced):
        said.append(f"No cost is known of {', '.join(sorted(unpriced))}; give the item a standard cost.")
    return said
