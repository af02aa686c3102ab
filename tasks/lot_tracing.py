"""Lots followed both ways: read level by level, tell; nothing is written."""

import difflib
from dataclasses import dataclass

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations.errors import KitlineError
from calculations.lot_tracing import BY_LOT, FACT, LOT, POSSIBLE, PRODUCTION, Flow, LotSearch, Node
from models import lot_finding as finding
from models import lot_places as places
from models import lot_tracing as stored
from models.database import Connection, reading
from models.migrating import ready_engine
from settings import settings
from tasks.artifacts import publish_answer
from tasks.lot_words import lot_name, outline, summed_up
from tasks.presentation import readable_rows
from tasks.stage_run import run_logger

DIRECTIONS = ("both", "backward", "forward")
OUTGOING = ("shipments",)


class UnknownLot(KitlineError):
    """No lot, order or fact has this number, or several lots have it."""

    kind = "unknown_lot"


@dataclass(frozen=True)
class Asked:
    """What a number was taken for: its nodes, and of a fact the lots it moved."""

    name: str
    nodes: list[Node]
    flows: list[Flow]


def lots_now(number: str, item: str = "", direction: str = "both", by_lot: bool = False) -> dict[str, list[dict]]:
    """Which lots went into a lot, order or shipment, and what became of it, on all levels, as readable rows.

    Args:
        number: ITEM/LOT, a lot, a sales, work, subcontract or purchase order, a line of one, or the event of a
            shipment, receipt, completion or customer return.
        item: the lot's item, where several items have a lot of this number.
        direction: both, backward (what went into it) or forward (what became of it).
        by_lot: stop at stock kept without lots, instead of going on to all that is possible.
    Returns:
        asked (name), sentences (sentence), backward and forward (the trees of `calculations.lot_tracing`), sources
        (lots bought or there from the start), shipments, places (what is left, and where).
    Raises:
        UnknownLot: nothing has the number, or lots of several items have it.
    """
    if direction not in DIRECTIONS:
        raise KitlineError(f"direction {direction!r} is none; give both, backward or forward")
    with reading(ready_engine(settings().database_url)) as connection:
        asked = _asked(connection, number, item)
        searches = {
            way: _search(connection, asked, way == "forward", by_lot)
            for way in ("backward", "forward")
            if direction in ("both", way)
        }
        frames = _frames(connection, searches)
    answer = {name: readable_rows(frame) for name, frame in frames.items()}
    return {"asked": [{"name": asked.name}], "sentences": _sentences(asked, answer, direction), **answer}


def _search(connection: Connection, asked: Asked, forward: bool, by_lot: bool) -> LotSearch:
    search = LotSearch(asked.nodes, forward, by_lot)
    found = asked.flows
    while search.frontier:
        search.add([*found, *stored.flows_at(connection, search.frontier, forward)])
        found = []
    return search


def _frames(connection: Connection, searches: dict[str, LotSearch]) -> dict[str, pd.DataFrame]:
    documents = {node for search in searches.values() for node in search.nodes if node.kind != LOT}
    parties = stored.parties_of(connection, documents)
    frames = {way: search.tree(parties) for way, search in searches.items()}
    if "backward" in searches:
        frames["sources"] = searches["backward"].sources(parties)
    if "forward" in searches:
        search = searches["forward"]
        lots = [node for node in search.nodes if node.kind == LOT]
        frames["shipments"] = _known(places.shipments_of(connection, lots), search)
        frames["places"] = _known(places.places_of(connection, lots), search)
    units = places.items_of(connection, {node.name for search in searches.values() for node in search.nodes
                                         if node.kind == LOT})  # fmt: skip
    unit_of = dict(zip(units["item"], units["unit"], strict=True))
    return {name: frame.assign(unit=frame["item"].map(unit_of).fillna("").astype("str"))
            for name, frame in frames.items()}  # fmt: skip


def _known(rows: pd.DataFrame, search: LotSearch) -> pd.DataFrame:
    """The rows of lots reached, with whether lot numbers say so; what left a pool too early is left out."""
    certain, known, kept = search.certain(), [], []
    days = rows["date"] if "date" in rows else [None] * len(rows)
    for item, lot, day in zip(rows["item"], rows["lot"], days, strict=True):
        node = Node(LOT, item, lot)
        since = search.days[node]
        kept.append(day is None or since is None or day.date() >= since)
        sure = node in certain and (not node.is_pool or node in search.start)
        known.append(BY_LOT if sure else POSSIBLE)
    return rows.assign(known=pd.Series(known, dtype="str"))[pd.Series(kept, dtype="bool")].reset_index(drop=True)


def _asked(connection: Connection, number: str, item: str) -> Asked:
    if not item:
        documents = finding.documents_named(connection, number)
        if documents:
            words = " and ".join(documents)
            return Asked(f"{words} {number}", [node for nodes in documents.values() for node in nodes], [])
        facts = finding.facts_named(connection, number)
        if facts:
            return _asked_fact(connection, number, facts)
    lots = finding.lots_named(connection, number, item)
    if not lots:
        raise UnknownLot(_not_there(connection, number, item))
    if len(lots) > 1:
        raise UnknownLot(
            f"{len(lots)} items have a lot {number}: give {_listed([f'{node.name}/{node.part}' for node in lots])}"
        )
    return Asked(lot_name(lots[0].name, lots[0].part), lots, [])


def _asked_fact(connection: Connection, event: str, facts: dict[str, str]) -> Asked:
    if len(facts) > 1:
        raise UnknownLot(f"{event} is an event of {' and of '.join(facts)}; ask for its order or its lot")
    ((table, state),) = facts.items()
    words = finding.FACTS[table]
    moved = stored.lots_of_fact(connection, table, event)
    if moved.empty:
        why = "it was undone" if state == "posted" else f"it is {state}"
        raise UnknownLot(f"{words} {event} moved nothing: {why}")
    node, flows = Node(FACT, event, table), []
    for item, lot, quantity, day in moved[["item", "lot", "quantity_micro", "date"]].itertuples(index=False):
        ends = (Node(LOT, item, lot), node) if table in OUTGOING else (node, Node(LOT, item, lot))
        flows.append(Flow(*ends, quantity, day.date(), day.date()))
    lots = [flow.below for flow in flows if flow.above == node]
    # what came in is asked for as its lots, so that both ways lead on from them
    return Asked(f"{words} {event}", lots or [node], [] if lots else flows)


def _not_there(connection: Connection, number: str, item: str) -> str:
    known = finding.known_lots(connection, number, item)
    names = [node.part for node in known] + [f"{node.name}/{node.part}" for node in known]
    orders = [] if item else finding.known_orders(connection, number)
    close = difflib.get_close_matches(number, dict.fromkeys([*names, *orders]), n=3, cutoff=0.5)
    meant = f"; did you mean {_listed(close)}?" if close else ""
    of_item = f" of item {item}" if item else ", order or shipment"
    return f"there is no lot{of_item} {number}{meant or '; give ITEM/LOT, an order, or the event of a shipment'}"


def _listed(names: list[str]) -> str:
    shown = names[:10]
    return " or ".join(shown) + (f" or one of {len(names) - 10} more" if len(names) > 10 else "")


def _sentences(asked: Asked, answer: dict[str, list[dict]], direction: str) -> list[dict]:
    made = {node for node in asked.nodes if node.kind in (LOT, PRODUCTION)}
    return [{"sentence": sentence} for sentence in summed_up(asked.name, answer, bool(made), direction)]


@task(name="trace lots", cache_policy=NO_CACHE)
def trace_lots(number: str, item: str = "", direction: str = "both", by_lot: bool = False) -> dict[str, list[dict]]:
    """As `lots_now`, published as artifacts of the flow run, the trees also in words."""
    answer = lots_now(number, item, direction, by_lot)
    shown = {name: rows for name, rows in answer.items() if name != "asked"}
    publish_answer("lot-tracing", f"Lots of {answer['asked'][0]['name']}", shown | {"outline": outline(answer)})
    run_logger().info("%s", answer["sentences"][0]["sentence"])
    return answer
