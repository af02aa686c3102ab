"""Can I promise this date? One request, or the lines of an opportunity, after all demand that is accepted already.

The answer is a decision (accept, partial, later), dates, what decides them, and the way down to it: which component at
which level, and what that waits for.
"""

from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd

from calculations.delivery_terms import delivered_complete
from calculations.errors import KitlineError
from calculations.exact import MICRO, from_micro, micro_text, step_of
from calculations.order_lines import LOWEST_PRIORITY, SERVED_BY, open_order_lines
from calculations.policies import resolve
from calculations.product_structure import in_force
from calculations.promise import Promising, Wait
from calculations.promise_reach import narrowed, reachable_items
from calculations.promise_reservations import with_reservations
from calculations.reserved_stock import net_of_reserved
from calculations.row_parsing import no_refusals

REQUEST_COLUMNS = ("order", "line", "item", "open_micro", "due_date")
LARGEST_REQUEST = 10**9 * MICRO
PATH_COLUMNS = {"order": "str", "line": "int64", "item": "str", "promised_date": "datetime64[s]", "level": "int64",
                "component": "str", "quantity_micro": "int64", "date": "datetime64[s]", "waits_for": "str",
                "reference": "str", "message": "str"}  # fmt: skip


class ImpossibleRequest(KitlineError):
    """A question that has no answer: an item that is not there, a quantity that cannot be delivered."""

    kind = "impossible_request"


def answer_request(world: dict, lines: pd.DataFrame, as_of: date, policies: dict) -> dict[str, pd.DataFrame]:
    """What can be promised for the lines, served in their order after all accepted demand.

    Accepted are the open order lines, what open orders still draw, and the reservations of the world; each keeps what
    it needs by the day it needs it. Only items that can change the answer are looked at.

    Args:
        lines: order (a name for the request), line, item (known), open_micro > 0, due_date; complete, whether the
            request is delivered only complete (without it: as the policy `delivery` says).
    Returns:
        promises: as `promise.promise_lines` returns them.
        path: order, line, item, promised_date, level, component, quantity_micro, date, waits_for (receipt, purchase,
            subcontract, production, components, none), reference, message: for each part that is late, the component
            at each level that decides, from the item itself down.
        ahead: order, line, item, quantity_micro, due_date: accepted demand for the same items, by date.
    """
    world = net_of_reserved(narrowed(world, reach_of(world, lines["item"])), as_of)
    accepted, _ = open_order_lines(with_reservations(world))
    promising = Promising(world, as_of, policies, accepted)
    parts = promising.parts(lines)
    ahead = accepted[accepted["item"].isin(lines["item"])].rename(columns={"open_micro": "quantity_micro"})
    return {
        "promises": promising.rows(lines, parts),
        "path": _path(lines, parts, promising, world, as_of),
        "ahead": ahead[["order", "line", "item", "quantity_micro", "due_date"]].reset_index(drop=True),
    }


def promise_opportunities(world: dict, as_of: date, policies: dict) -> dict[str, pd.DataFrame]:
    """What can be promised for every opportunity that is not lost, by requested date and priority.

    What these opportunities have reserved themselves is theirs to be promised again.

    Returns:
        as `answer_request`, `order` being the opportunity; refused: lines whose item is unknown.
    """
    opportunities, lines = world["opportunities"], world["opportunity_lines"]
    gone = opportunities["opportunity"][opportunities["stage"] == "lost"]
    lines = lines[~lines["opportunity"].isin(gone)]
    known = lines["item"].isin(world["items"]["item"])
    refused = [
        ("opportunity_lines", row, "item", item, f"item {item} is not in items; add it there or correct the line")
        for row, item in lines.loc[~known, "item"].items()
    ]
    world = without_own_reservations(world, lines["opportunity"])
    requests = opportunity_requests(world, lines[known])
    of = pd.DataFrame({"customer": requests["order"].map(_by_key(opportunities, "opportunity", "customer"))})
    complete = delivered_complete(of, world["customers"], resolve(policies, as_of))
    answer = answer_request(world, requests.assign(complete=complete), as_of, policies)
    return answer | {"refused": pd.DataFrame(refused, columns=list(no_refusals().columns))}


def without_own_reservations(world: dict, opportunities: pd.Series) -> dict:
    """The world without what these opportunities hold: whoever asks again does not stand in the own way."""
    held = world.get("promise_reservations")
    if held is None:
        return world
    return {**world, "promise_reservations": held[~held["opportunity"].isin(opportunities)]}


def opportunity_requests(world: dict, lines: pd.DataFrame) -> pd.DataFrame:
    """Opportunity lines as a request, in the order in which they are served."""
    customer = lines["opportunity"].map(_by_key(world["opportunities"], "opportunity", "customer"))
    priority = customer.map(_by_key(world["customers"], "customer", "priority")).fillna(LOWEST_PRIORITY)
    names = {"opportunity": "order", "quantity_micro": "open_micro", "requested_date": "due_date"}
    found = lines.rename(columns=names)[list(REQUEST_COLUMNS)].assign(priority=priority.astype("int64"))
    return found.sort_values(SERVED_BY, kind="stable", ignore_index=True)


def single_request(world: dict, name: str, item: str, quantity_micro: int, day: date) -> pd.DataFrame:
    """One line as a request.

    Raises:
        ImpossibleRequest: the item is unknown, or so much of it cannot be delivered.
    """
    items = world["items"]
    row = items[items["item"] == item]
    if row.empty:
        raise ImpossibleRequest(f"there is no item {item}; ask for one that is in items, or add it there")
    unit, step = row["unit"].iloc[0], step_of(int(row["decimals"].iloc[0]))
    _refuse_quantity(item, unit, step, quantity_micro)
    due = pd.Series([pd.Timestamp(day)], dtype="datetime64[s]")
    values = {"order": [name], "line": [1], "item": [item], "open_micro": [quantity_micro], "due_date": due}
    return pd.DataFrame(values).astype({"order": "str", "item": "str"})


def _refuse_quantity(item: str, unit: str, step: int, quantity: int) -> None:
    if quantity <= 0:
        raise ImpossibleRequest(f"{micro_text(quantity)} {unit} of {item} is nothing to promise; ask for more than 0")
    if quantity > LARGEST_REQUEST:
        raise ImpossibleRequest(
            f"{micro_text(quantity)} {unit} of {item} are more than a thousand million; ask for less"
        )
    if quantity % step:
        lower, upper = micro_text(quantity // step * step), micro_text(-(-quantity // step) * step)
        raise ImpossibleRequest(
            f"{item} is delivered in steps of {from_micro(step)} {unit}, and {micro_text(quantity)} is none; "
            f"ask for {upper}" + (f" or {lower}" if lower != "0" else "")
        )


def reach_of(world: dict, asked: Iterable[str]) -> set[str]:
    """The items of the world that a promise of the asked ones depends on."""
    boms, lines = world["boms"], world["bom_lines"]
    parent = boms["item"].to_numpy(dtype=object)[pd.Index(boms["bom"]).get_indexer(lines["bom"])]
    operations, substitutes = world["operations"], world["substitutes"]
    return reachable_items(
        asked,
        (parent, lines["component"]),
        (operations["item"], operations["work_center"]),
        (substitutes["component"], substitutes["substitute"]),
    )


def _path(lines: pd.DataFrame, parts: list, promising: Promising, world: dict, as_of: date) -> pd.DataFrame:
    codes = promising.structure.codes
    rows = []
    for place, part in parts:
        wait, level = part.wait, 0
        while wait is not None:
            line = lines.iloc[place]
            message = _message(wait, codes[wait.position])
            if level == 0 and codes[wait.position] != line["item"]:
                message = f"all lines are delivered together: {message}"
            if wait.below is None:
                message += _substitutes_at_hand(world, promising, wait, as_of)
            rows.append((line["order"], line["line"], line["item"], _day(part.day), level, codes[wait.position],
                         wait.quantity, _day(wait.day), wait.kind, wait.full or wait.reference, message))  # fmt: skip
            wait, level = wait.below, level + 1
    found = pd.DataFrame(rows, columns=list(PATH_COLUMNS))
    return found.astype(PATH_COLUMNS)


def _message(wait: Wait, item: str) -> str:
    """What a step waits for, as a sentence."""
    quantity = micro_text(wait.quantity)
    if wait.kind == "receipt":
        source = "what waits for inspection" if wait.reference == "inspection" else wait.reference
        return f"{quantity} {item} come with {source} on {_text(wait.day)}"
    if wait.kind == "components":
        return f"{quantity} {item} are there when their components are, on {_text(wait.day)}"
    if wait.kind == "none":
        return _never(wait, quantity, item)
    at = f" at {wait.reference}" if wait.reference else ""
    done = {"purchase": f"buying {quantity} {item}{at}", "subcontract": f"having {quantity} {item} made{at}",
            "production": f"making {quantity} {item}"}[wait.kind]  # fmt: skip
    room = f"; {wait.full} has no room before" if wait.full else ""
    return f"{done} from {_text(wait.start)} takes {wait.days} working days, until {_text(wait.day)}{room}"


def _never(wait: Wait, quantity: str, item: str) -> str:
    if wait.below is not None:
        return f"{quantity} {item} cannot be made without their components"
    return (
        f"nothing brings {quantity} {item}: not enough in stock or on order, and no lead time; "
        f"give {item} a lead time, or a supplier with one"
    )


def _substitutes_at_hand(world: dict, promising: Promising, wait: Wait, as_of: date) -> str:
    """Substitutes that are free today. A promise does not count on them: whether they may be used is for a person."""
    offered = world["substitutes"]
    offered = offered[(offered["component"] == promising.structure.codes[wait.position]) & in_force(offered, as_of)]
    found = []
    for code in offered.sort_values(["priority", "substitute"])["substitute"].drop_duplicates().tolist():
        position = promising.structure.index.get_loc(code)
        free = promising.supply.free(position, promising.today)
        if free:
            found.append(f"{micro_text(free)} {code}")
    return f"; free in stock as a substitute: {', '.join(found)}" if found else ""


def _day(day: int | None) -> np.datetime64:
    return np.datetime64("NaT", "D") if day is None else np.datetime64(day, "D")


def _text(day: int | None) -> str:
    return str(_day(day))


def _by_key(frame: pd.DataFrame, key: str, column: str) -> pd.Series:
    return pd.Series(frame[column].to_numpy(), index=frame[key])
