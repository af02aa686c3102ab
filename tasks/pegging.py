"""Whom a supply serves and what serves a demand, on all levels, from the last plan."""

import difflib
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from calculations.errors import KitlineError
from calculations.exact import micro_text
from calculations.pegging_tree import (
    UNSERVED,
    Branch,
    PeggingGraph,
    ends,
    first_served,
    pegged_down,
    pegged_up,
    pegging_graph,
)
from calculations.plan_supplies import plan_supplies
from calculations.planning_reasons import order_reasons
from calculations.policies import resolve
from models.database import Connection, reading
from models.migrating import ready_engine
from models.plan_reading import (
    document_dates,
    first_requirements,
    last_plan,
    orders_of_plan,
    pegs_in_order,
    releases_of_plan,
)
from models.states import ENDED
from models.tracing import find
from models.worlds import read_world
from settings import settings
from tasks.presentation import readable_cells

WORLD = ("items", "calendar", "stock", "purchase_order_lines", "work_orders", "subcontract_orders")
# What a number stands for when its table is named in front of it, as `kitline trace` prints it.
TABLES = {
    "planned_orders": "planned_order",
    "purchase_orders": "purchase_order",
    "purchase_order_lines": "purchase_order",
    "work_orders": "work_order",
    "subcontract_orders": "subcontract_order",
    "sales_orders": "sales_order",
    "sales_order_lines": "sales_order",
    "forecasts": "forecast",
    "items": "stock",
}
DEMANDS = ("sales_order", "forecast")
# So many of those whom a suggestion serves are named.
SHOWN = 3
STOCKS = ("stock", "inspection")


class NoPlan(KitlineError):
    """A question about a plan before there is one."""

    kind = "no_plan"


class NotInPlan(KitlineError):
    """A number that the last plan does not know."""

    kind = "not_in_plan"


@dataclass(frozen=True)
class StoredPlan:
    """The last plan as it stands: its frames, and its pegs as a graph."""

    run: str
    as_of: object
    policies: dict
    world: dict[str, pd.DataFrame]
    orders: pd.DataFrame
    supplies: pd.DataFrame
    releases: pd.DataFrame
    graph: PeggingGraph
    about: dict[str, tuple[str, str]]


def plan_asked(connection: Connection) -> dict:
    """Number, as_of and policies of the last plan.

    Raises:
        NoPlan: no planning run has completed yet.
    """
    plan = last_plan(connection)
    if plan is None:
        raise NoPlan("there is no plan yet; make one by: kitline run material_planning")
    return plan


def stored_plan(connection: Connection, tables: tuple[str, ...] = (), item: str | None = None) -> StoredPlan:
    """Read the last plan; `tables` are read beside what it needs. With an item, its orders and pegs alone.

    Raises:
        NoPlan: no planning run has completed yet.
    """
    plan = plan_asked(connection)
    run, policies = plan["number"], resolve(plan["policies"], plan["as_of"])
    world = read_world(connection, (*WORLD, *tables))
    orders, releases = orders_of_plan(connection, run, item), releases_of_plan(connection, run)
    requirements = first_requirements(connection, run)
    supplies = plan_supplies(world, requirements, orders, plan["as_of"], policies, set(releases["order"]))
    # where it changes with the season the highest counts: for that the supply was ordered
    safety = requirements.set_index("item")["most_safety_stock_micro"]
    held = world["items"].set_index("item")["safety_stock_micro"]
    pegs = pegs_in_order(connection, run, item)
    graph = pegging_graph(pegs, supplies, safety.reindex(held.index).fillna(held), releases)
    about = _about(connection, orders)
    return StoredPlan(run, plan["as_of"], policies, world, orders, supplies, releases, graph, about)


def pegging(number: str) -> dict:
    """Where a supply goes, up to customers, and what serves a demand or an order, on all levels down.

    Args:
        number: a planned order, a purchase, work or subcontract order or a line of it, an order or order/line of a
            customer, item/date of a forecast, or an item for its stock; a table in front, as in `items:BOLT`, decides.
    Returns:
        run, as_of, and trees: for each supply or demand its root, serves (rows up), ends (whom it serves in all) and
        needs (rows down).
    Raises:
        NoPlan, NotInPlan.
    """
    with reading(ready_engine(settings().database_url)) as connection:
        plan = stored_plan(connection)
        roots = _roots(plan, number) or _not_in_plan(connection, plan, number)
    return {"run": plan.run, "as_of": str(plan.as_of), "trees": [_tree(plan, root) for root in roots]}


def customers_of(plan: StoredPlan, number: str) -> list[dict]:
    """Whom a planned order serves in the end, rows as in `pegging`."""
    root = next(iter(_roots(plan, f"planned_orders:{number}")), None)
    return [] if root is None else _shown(plan, ends(pegged_up(plan.graph, root)), plan.graph.node_item[root])


def with_reasons(connection: Connection, suggestions: pd.DataFrame) -> pd.DataFrame:
    """Planned orders of the last plan with `why` (their arithmetic in words) and `serves` (whom, earliest first)."""
    plan = stored_plan(connection)
    graph = plan.graph
    place = [graph.position("planned_order", number) for number in suggestions["number"]]
    dates = [plan.about.get(key, ("", ""))[0] or key[-10:] for key in graph.keys]
    rank = np.argsort(np.lexsort((graph.number, dates))).tolist()
    served = first_served(graph, [node for node in place if node is not None], rank, SHOWN + 1)
    return suggestions.assign(
        why=order_reasons(suggestions, plan.world["items"], plan.world["calendar"], plan.as_of),
        serves=[_served_words(plan, served.get(node, [])) for node in place],
    )


def _served_words(plan: StoredPlan, ends: list[int]) -> str:
    """The first order lines and forecasts that something serves, with the customer."""
    words = []
    for end in ends[:SHOWN]:
        _, who = plan.about.get(plan.graph.keys[end], ("", ""))
        name = plan.graph.number[end]
        words.append(f"{name} {who}".strip() if plan.graph.kind[end] == "sales_order" else f"forecast {name}")
    more = " and more" if len(ends) > SHOWN else ""
    return (", ".join(words) or "safety stock") + more


def document_of(plan: StoredPlan, number: str) -> str:
    """The document that a planned order became since the plan; "" for any other number."""
    became = plan.releases[plan.releases["planned_order"] == number]
    if not len(became):
        return ""
    row = became.iloc[0]
    return row["order"] + (f"/{row['line']}" if pd.notna(row["line"]) else "")


def _roots(plan: StoredPlan, number: str) -> list[int]:
    """The supplies or demands with this number; of an order all its lines."""
    table, colon, rest = number.partition(":")
    kind = TABLES.get(table) if colon else None
    wanted = rest if kind else number
    if kind in (None, "planned_order") and document_of(plan, wanted):
        kind, wanted = None, document_of(plan, wanted)
    graph = plan.graph
    found = [
        node
        for node, name in enumerate(graph.number)
        if (name == wanted or (name.startswith(f"{wanted}/") and graph.kind[node] != "forecast"))
        and (kind is None or graph.kind[node] == kind or (kind == "stock" and graph.kind[node] in STOCKS))
    ]
    # a number that is an order and an item too means the order
    return [node for node in found if graph.kind[node] not in STOCKS] or found


def _not_in_plan(connection: Connection, plan: StoredPlan, number: str) -> list[int]:
    known = find(connection, number) or (number in set(plan.world["items"]["item"]) and [("items", number)])
    if not known:
        names = list(dict.fromkeys([*plan.graph.number, *plan.world["items"]["item"]]))
        close = difflib.get_close_matches(number, names, n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise NotInPlan(f"nothing has the number {number}{hint}")
    if known[0][0] == "items":
        raise NotInPlan(f"there is no stock of {number} to ask about; kitline why {number} says what is planned")
    raise NotInPlan(
        f"{number} has no part in the plan of {plan.as_of}: it is done, or newer than the plan; "
        "plan again by: kitline run material_planning"
    )


def _tree(plan: StoredPlan, root: int) -> dict:
    graph = plan.graph
    item, whole = graph.node_item[root], graph.whole[root]
    if graph.kind[root] in DEMANDS:
        edges = graph.needs[root]
        item = graph.item[edges[0]] if edges else ""
        whole = sum(graph.quantity[edge] for edge in edges if graph.item[edge] == item)
    branch = Branch(0, graph.kind[root], graph.number[root], item, whole, whole, None, False)
    rows = pegged_up(graph, root) if graph.is_order(root) else []
    return {
        "root": _shown(plan, [branch], item)[0],
        "serves": _shown(plan, rows, item),
        "ends": _shown(plan, ends(rows), item),
        "needs": _shown(plan, pegged_down(graph, root), item),
    }


def _shown(plan: StoredPlan, rows: list[Branch], item: str) -> list[dict]:
    """Branches for people and programs: decimals as text, with unit, date and what else tells them apart."""
    units = dict(zip(plan.world["items"]["item"], plan.world["items"]["unit"], strict=True))
    shown = []
    for row in rows:
        date, about = plan.about.get(f"{row.kind}:{row.number}", ("", ""))
        shown.append(
            {
                "level": row.level,
                "kind": row.kind,
                "number": row.number,
                "item": row.item,
                "quantity": micro_text(row.quantity_micro),
                "unit": units.get(row.item, ""),
                "of": micro_text(row.whole_micro),
                "share": None if row.share_micro is None else micro_text(row.share_micro),
                "share_item": None if row.share_micro is None else item,
                "date": date or None,
                "about": about,
                "again": row.again,
            }
        )
    return shown


def _about(connection: Connection, orders: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Date and a few words for each supply and demand by its key."""
    about: dict[str, tuple[str, str]] = {}

    def tell(kind: str, frame: pd.DataFrame, numbers, words) -> None:
        keys = (f"{kind}:{number}" for number in numbers)
        about.update(zip(keys, zip(readable_cells(frame["due_date"]), words, strict=True), strict=True))

    releases = zip(orders["supplier"], readable_cells(orders["release_date"]), strict=True)
    tell("planned_order", orders, orders["number"], [_listed(who, f"release {day}") for who, day in releases])
    for kind, frame in document_dates(connection).items():
        lines = ("/" + frame["line"].astype("str")) if "line" in frame else ""
        ended = ["ended since" if state in ENDED else "" for state in frame["state"]]
        told = zip(frame["partner"], ended, strict=True) if "partner" in frame else zip(ended, strict=True)
        tell(kind, frame, frame["order"] + lines, [_listed(*words) for words in told])
    return about


def _listed(*words: str) -> str:
    return ", ".join(word for word in words if word)


def tree_lines(rows: list[dict]) -> list[str]:
    """The rows of a tree as text, each behind the guides that show where it hangs.

    >>> leaf = {"level": 1, "kind": "stock", "number": "BOLT", "item": "BOLT", "quantity": "4", "unit": "EA", "of": "9",
    ...         "share": None, "share_item": None, "date": None, "about": "", "again": False}
    >>> tree_lines([leaf])
    ['└─ stock: 4 of 9 EA BOLT']
    """
    last = [True] * len(rows)
    later: set[int] = set()
    for place in range(len(rows) - 1, -1, -1):
        level = rows[place]["level"]
        last[place] = level not in later
        later = {other for other in later if other < level} | {level}
    lines, open_levels, in_all = [], {}, _in_all(rows)
    for row, is_last in zip(rows, last, strict=True):
        guides = "".join("│  " if open_levels[level] else "   " for level in range(1, row["level"]))
        open_levels[row["level"]] = not is_last
        total = "" if row["again"] else in_all.get((row["kind"], row["number"]), "")
        lines.append(guides + ("└─ " if is_last else "├─ ") + row_words(row) + total)
    return lines


def _in_all(rows: list[dict]) -> dict[tuple[str, str], str]:
    """The whole share of each order that several ways lead to; what hangs below its first place is of all of them."""
    again = {(row["kind"], row["number"]) for row in rows if row["again"]}
    shares: dict[tuple[str, str], list[dict]] = {}
    for row in rows:
        if row["share"] is not None and (row["kind"], row["number"]) in again:
            shares.setdefault((row["kind"], row["number"]), []).append(row)
    totals = {key: sum(Decimal(row["share"]) for row in found) for key, found in shares.items()}
    return {key: f" → in all ways {totals[key].normalize():f} {shares[key][0]['share_item']}" for key in totals}


def row_words(row: dict) -> str:
    """A supply or demand with its quantity, date and whom or where it is from, in one line."""
    kind = row["kind"].replace("_", " ")
    name = kind if row["kind"] in (*STOCKS, *UNSERVED) else f"{kind} {row['number']}"
    of = f" of {row['of']}" if row["of"] != row["quantity"] and row["kind"] not in UNSERVED else ""
    text = f"{name}: {row['quantity']}{of} {row['unit']} {row['item']}"
    if row["share"] is not None and row["share_item"] != row["item"]:
        text += f", with {row['share']} {row['share_item']}"
    told = _listed(f"due {row['date']}" if row["date"] else "", row["about"])
    return text + (f" ({told})" if told else "") + (" → see above" if row["again"] else "")
