"""A change of a sales order on a branch of the data: what it touches, whom it helps or hurts, and what it costs."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import pandas as pd

from calculations.change_set import Branched, branched
from calculations.exact import MICRO, micro_text, multiply_divide
from calculations.freed_supply import committed_supply, freed_supply
from calculations.frozen_fence import fence_end
from calculations.material_planning import solve
from calculations.order_change_requests import branch_changes, touched_lines
from calculations.plan import Plan
from calculations.plan_difference import Side, differences
from calculations.planning_exceptions import exception_frames
from calculations.planning_results import bare_orders
from calculations.policies import resolve
from calculations.row_parsing import ImportTable

ALL = "all"
# Reducing an order frees what it is made of, one level after the other; no bill is deeper.
ROUNDS = 100
# So many others and supplies are told in words; the frames have all of them.
NAMED = 10


@dataclass(frozen=True)
class OrderChange:
    """A previewed change.

    Attributes:
        order: the sales order.
        branch: the world with the change, and every cell that differs.
        frames: see `preview`.
        inside_fence: lines that are, or will be, due before the end of the frozen fence, with that day.
        seen: digest of the order as it is without the change.
    """

    order: str
    branch: Branched
    frames: dict[str, pd.DataFrame]
    inside_fence: list[int]
    fence_end: date | None
    seen: str


def preview(
    world: dict[str, pd.DataFrame],
    as_of: date,
    policies: dict,
    order: str,
    requests: list[dict],
    specs: dict[str, ImportTable],
    carried=(),
    reduce=(),
) -> OrderChange:
    """What changes of a sales order would do; the world stays as it is.

    Args:
        world, policies, specs, carried: as `what_if` takes them.
        order: the sales order. requests: see `order_change_requests.REQUESTS`.
        reduce: numbers of supply orders that are reduced or cancelled as far as they are not needed any more and not
            begun; "all" for every one.
    Returns:
        frames: sentences (about, sentence); lines (the order's own: change, line, item, quantity and day wanted and
        expected before and after); supply (see `freed_supply`); order_lines and customers (others that are helped or
        hurt), planned_orders, exceptions, cash and load of `plan_difference.differences`; changes (cells).
    Raises:
        RefusedChanges: what an import would refuse, what is below the shipped quantity, what is no open order.
    """
    changes = branch_changes(world, order, requests)
    resolved = resolve(policies, as_of)
    base = solve(world, as_of, resolved)
    before = committed_supply(base)
    branch = branched(world, as_of, policies, changes, specs, carried)
    plan = solve(branch.world, as_of, resolved, base)
    cent = resolved["currency_decimals"]
    supply = freed_supply(before, committed_supply(plan), branch.world, cent)
    for _ in range(ROUNDS if reduce else 0):
        reductions = _reductions(supply, branch.world, reduce)
        if not reductions:
            break
        changes += reductions
        branch = branched(world, as_of, policies, changes, specs, carried)
        plan = solve(branch.world, as_of, resolved, base)
        supply = freed_supply(before, committed_supply(plan), branch.world, cent)
    frames = differences(_side(base, world), _side(plan, branch.world), as_of, cent)
    frames = {**frames, "supply": supply, "changes": branch.changes}
    frames |= _own_and_others(frames["order_lines"], world, branch.world, order)
    own = world["sales_order_lines"]
    own = own[own["order"] == order]
    lines = touched_lines(requests, pd.Index(own["line"]))
    end = fence_end(world, as_of, resolved["frozen_fence_days"])
    inside = _inside_fence(frames["lines"], lines, end)
    frames = {"sentences": _sentences(frames, inside, end), **frames}
    return OrderChange(order, branch, frames, inside, end, digest(world, order))


def digest(world: dict[str, pd.DataFrame], order: str) -> str:
    """A few characters that are others as soon as somebody has changed the order's lines."""
    lines = world["sales_order_lines"]
    columns = ["line", "item", "quantity_micro", "due_date", "unit_price_micro"]
    own = lines.loc[lines["order"] == order, columns].sort_values("line")
    return sha256(own.to_csv(index=False).encode()).hexdigest()[:8]


def _side(plan: Plan, world: dict) -> Side:
    orders = bare_orders(plan)
    found = exception_frames(plan, {"planned_orders": orders}, plan.pegging, world)
    return Side(world, {"planned_orders": orders, **found})


def _reductions(supply: pd.DataFrame, world: dict, reduce) -> list[dict]:
    """The supply orders to be reduced, as changes of the branch."""
    rows = supply[supply["reducible_micro"] > 0]
    if ALL not in reduce:
        rows = rows[rows["order"].isin(list(reduce))]
    changes = []
    for row in rows.to_dict("records"):
        quantity = _quantity_left(row, world)
        of = {"order": row["order"]} | ({} if pd.isna(row["line"]) else {"line": int(row["line"])})
        changes.append({"what": "quantity", **of, "quantity": micro_text(quantity)} if quantity else
                       {"what": "cancel", **of})  # fmt: skip
    return changes


def _quantity_left(row: dict, world: dict) -> int:
    """The quantity of a supply order that brings `reducible_micro` less; 0 where nothing of it is left."""
    if row["kind"] == "purchase_order":
        lines = world["purchase_order_lines"]
        line = lines[(lines["order"] == row["order"]) & (lines["line"] == row["line"])].iloc[0]
        return int(line["quantity_micro"]) - row["reducible_micro"]
    if row["kind"] == "planned_order":
        orders = world["planned_orders"]
        order = orders[orders["number"] == row["order"]].iloc[0]
        if row["reducible_micro"] >= row["total_micro"]:
            return 0
        started, good = int(order["quantity_micro"]), int(order["receipt_quantity_micro"])
        return started - row["reducible_micro"] * started // good
    table = "work_orders" if row["kind"] == "work_order" else "subcontract_orders"
    orders = world[table]
    order = orders[orders["order"] == row["order"]].iloc[0]
    ordered = int(order["quantity_micro"])
    if table == "subcontract_orders":
        return ordered - row["reducible_micro"]
    items = world["items"]
    item = items[items["item"] == row["item"]].iloc[0]
    rate, step = int(item["yield_rate_micro"]), 10 ** (6 - int(item["decimals"]))
    done = int(order["completed_quantity_micro"]) + int(order["scrapped_quantity_micro"])
    # the fewest units to start that still bring what is needed
    good = row["total_micro"] - row["reducible_micro"]
    started = int(multiply_divide(good, MICRO, rate, "up"))
    left = int(multiply_divide(started, 1, step, "up")) * step
    return min(done + left, ordered)


def _own_and_others(lines: pd.DataFrame, world: dict, changed: dict, order: str) -> dict[str, pd.DataFrame]:
    """The order's own lines with their quantities, and the lines of others that are expected on another day."""
    own = lines[lines["order"] == order]
    others = lines[(lines["order"] != order) & (lines["change"] != "moved")]
    quantity = {
        when: of["sales_order_lines"].loc[lambda frame: frame["order"] == order].set_index("line")["quantity_micro"]
        for when, of in (("before", world), ("after", changed))
    }
    every = sorted(set(quantity["before"].index) | set(quantity["after"].index))
    base = world["sales_order_lines"].loc[lambda frame: frame["order"] == order].set_index("line")
    now = changed["sales_order_lines"].loc[lambda frame: frame["order"] == order].set_index("line")
    rows = []
    for line in every:
        told = own[own["line"] == line]
        told = told.iloc[-1] if len(told) else None
        was, is_now = (frame.loc[line] if line in frame.index else None for frame in (base, now))
        differs = told is not None or was is None or is_now is None or (
            was["quantity_micro"] != is_now["quantity_micro"] or was["item"] != is_now["item"])  # fmt: skip
        if differs:
            rows.append(_own_line(line, was, is_now, told))
    columns = list(OWN_DTYPES)
    frame = pd.DataFrame(rows, columns=columns).astype(OWN_DTYPES)
    return {"lines": frame, "order_lines": others.reset_index(drop=True)}


OWN_DTYPES = {
    "line": "int64", "change": "str", "item_before": "str", "item_after": "str", "quantity_before_micro": "Int64",
    "quantity_after_micro": "Int64", "wanted_before": "datetime64[s]", "wanted_after": "datetime64[s]",
    "expected_before": "datetime64[s]", "expected_after": "datetime64[s]",
}  # fmt: skip


def _own_line(line: int, was, is_now, told) -> tuple:
    change = "added" if was is None else "cancelled" if is_now is None else "changed"
    expected = (told["expected_before"], told["expected_after"]) if told is not None else (pd.NaT, pd.NaT)
    return (
        line, change, "" if was is None else was["item"], "" if is_now is None else is_now["item"],
        pd.NA if was is None else was["quantity_micro"], pd.NA if is_now is None else is_now["quantity_micro"],
        pd.NaT if was is None else was["due_date"], pd.NaT if is_now is None else is_now["due_date"], *expected,
    )  # fmt: skip


def _inside_fence(own: pd.DataFrame, touched: list[int], end: date | None) -> list[int]:
    """The lines changed that are due, before or after the change, by the end of the fence."""
    if end is None:
        return []
    last = pd.Timestamp(end)
    due = (own["wanted_before"] <= last) | (own["wanted_after"] <= last)
    concerned = own["line"].isin(touched) | (own["change"] == "added")
    return own.loc[due & concerned, "line"].tolist()


def _sentences(frames: dict[str, pd.DataFrame], inside: list[int], end: date | None) -> pd.DataFrame:
    """The preview in words: about, sentence."""
    said = [("order", _own_sentence(row)) for row in frames["lines"].to_dict("records")]
    if inside:
        said.append(("fence", f"inside the frozen fence until {end}: line {', '.join(map(str, inside))}; "
                     "it needs approval"))  # fmt: skip
    supply = frames["supply"]
    said += _told("others", frames["order_lines"], _other_sentence)
    said += _told("supply", supply[supply["freed_micro"] > 0], _supply_sentence)
    cost = int(supply["cost_micro"].sum())
    if cost:
        said.append(("cost", f"bought or made already and not needed any more: worth {micro_text(cost)}"))
    months = frames["cash"].groupby("month")["difference_micro"].sum()
    if len(months) and months.any():
        listed = ", ".join(f"{_signed(amount)} in {month}" for month, amount in months.items() if amount)
        said.append(("cash", f"money still to spend: {listed}"))
    return pd.DataFrame(said or [("all", "nothing is different")], columns=["about", "sentence"]).astype("str")


def _told(about: str, rows: pd.DataFrame, sentence) -> list[tuple[str, str]]:
    """The first rows in words, and how many more there are."""
    told = [(about, sentence(row)) for row in rows.head(NAMED).to_dict("records")]
    more = len(rows) - len(told)
    return told + ([(about, f"… and {more} more")] if more else [])


def _own_sentence(row: dict) -> str:
    words = f"line {row['line']} is {row['change']}"
    if row["change"] == "changed":
        parts = []
        if row["item_before"] != row["item_after"]:
            parts.append(f"{row['item_before']} → {row['item_after']}")
        if row["quantity_before_micro"] != row["quantity_after_micro"]:
            parts.append(f"{micro_text(row['quantity_before_micro'])} → {micro_text(row['quantity_after_micro'])}")
        if row["wanted_before"] != row["wanted_after"]:
            parts.append(f"wanted {_day(row['wanted_before'])} → {_day(row['wanted_after'])}")
        words = f"line {row['line']}: {', '.join(parts)}" if parts else f"line {row['line']}"
    if not pd.isna(row["expected_after"]):
        before = "" if pd.isna(row["expected_before"]) else f" instead of {_day(row['expected_before'])}"
        before = "" if row["expected_before"] == row["expected_after"] else before
        late = "" if row["expected_after"] <= row["wanted_after"] else ", late"
        words += f"; expected on {_day(row['expected_after'])}{before}{late}"
    return words


def _other_sentence(row: dict) -> str:
    words = {"newly_late": "becomes late", "later": "comes later", "earlier": "comes earlier",
             "no_longer_late": "is in time again"}  # fmt: skip
    told = words.get(row["change"], row["change"])
    dates = f"{_day(row['expected_before'])} → {_day(row['expected_after'])}"
    return f"{row['order']}/{row['line']} of {row['customer'] or 'nobody'} {told}: {dates}"


def _supply_sentence(row: dict) -> str:
    kind = row["kind"].replace("_", " ")
    name = f"{kind} {row['order']}" + ("" if pd.isna(row["line"]) else f"/{row['line']}") if row["order"] else kind
    return f"{name}: {micro_text(row['freed_micro'])} {row['item']} not needed for it; {row['remedy']}"


def _signed(micro: int) -> str:
    return ("+" if micro > 0 else "−") + micro_text(abs(int(micro)))


def _day(value) -> str:
    return f"{value:%Y-%m-%d}"
