"""What if: any plan on a branch of the data, and what it has otherwise than the plan of the data as they are."""

from datetime import date

import pandas as pd

from calculations.change_set import branched
from calculations.exact import micro_text
from calculations.material_planning import plan_frames, solve
from calculations.plan_difference import Side, plan_difference
from calculations.policies import resolve
from calculations.row_parsing import ImportTable

# A sentence names so many things; the frames have all of them.
NAMED = 5
LATE = {"newly_late": "newly late", "later": "later than before", "earlier": "earlier than before",
        "no_longer_late": "in time again"}  # fmt: skip


def what_if(
    world: dict[str, pd.DataFrame],
    as_of: date,
    policies: dict,
    changes: list,
    specs: dict[str, ImportTable],
    carried=(),
) -> dict[str, pd.DataFrame]:
    """The difference that the changes make to the plan; the world stays as it is, and no change makes no difference.

    Args:
        policies: those given, as `policies.resolve` takes them; a change may set others on the branch.
        changes: see `change_set.CHANGES`; specs, carried: see `change_set.branched`.
    Returns:
        sentences (about, sentence); summary, planned_orders, order_lines, customers, exceptions, cash and load of
        `plan_difference`; changes (every cell that is different in the branch); refused rows of the branch.
    Raises:
        RefusedChanges, and what `plan_materials` raises.
    """
    branch = branched(world, as_of, policies, changes, specs, carried)
    base = solve(world, as_of, resolve(policies, as_of))
    changed = solve(branch.world, as_of, resolve(branch.policies, as_of), base)
    base_plan, branch_plan = plan_frames(base, world), plan_frames(changed, branch.world)
    cent = resolve(policies, as_of)["currency_decimals"]
    frames = plan_difference(Side(world, base_plan), Side(branch.world, branch_plan), as_of, cent)
    frames = {"sentences": sentences(frames), **frames, "changes": branch.changes}
    return frames | {"refused": branch_plan["refused"]}


def sentences(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The difference in words, one row for each thing that is different: about, sentence."""
    said = [
        ("planned orders", _orders(frames["planned_orders"])),
        ("customers", _lines(frames["order_lines"])),
        ("cash", _cash(frames["cash"])),
        ("load", _load(frames["load"])),
        ("exceptions", _exceptions(frames["exceptions"])),
    ]
    rows = [(about, sentence) for about, sentence in said if sentence]
    return pd.DataFrame(rows or [("all", "the plan stays as it is")], columns=["about", "sentence"]).astype("str")


def _orders(orders: pd.DataFrame) -> str:
    counts = {"new": "new", "gone": "gone"}
    parts = [f"{(orders['change'] == kind).sum()} {word}" for kind, word in counts.items()
             if (orders["change"] == kind).any()]  # fmt: skip
    changed = int((~orders["change"].isin(list(counts))).sum())
    parts += [f"{changed} changed"] if changed else []
    if not parts:
        return ""
    return f"planned orders: {', '.join(parts)} ({_named(orders['item'].unique().tolist())})"


def _lines(lines: pd.DataFrame) -> str:
    parts = []
    for change, words in LATE.items():
        rows = lines[lines["change"] == change]
        if len(rows):
            names = [
                f"{order}/{line} of {customer or 'nobody'} on {day:%Y-%m-%d}"
                for order, line, customer, day in rows[["order", "line", "customer", "expected_after"]].itertuples(
                    index=False
                )
            ]
            parts.append(f"{words}: {_named(names)}")
    new = lines[lines["change"] == "new"]
    for order, line, late, wanted, day in new[["order", "line", "is_late", "wanted_after", "expected_after"]].head(
        NAMED).itertuples(index=False):  # fmt: skip
        parts.append(f"{order}/{line} can be there on {day:%Y-%m-%d}" + (f", not on {wanted:%Y-%m-%d}" if late else ""))
    return "; ".join(parts)


def _cash(cash: pd.DataFrame) -> str:
    months = cash.groupby("month")["difference_micro"].sum()
    months = months[months != 0]
    if months.empty:
        return ""
    parts = [f"{_signed(amount)} in {month}" for month, amount in months.items()]
    total = int(months.sum())
    return f"money to spend: {_signed(total) if total else 'the same'} in all, {_named(parts)}"


def _load(load: pd.DataFrame) -> str:
    over = load[load["change"] == "newly_overloaded"]
    if len(over):
        names = [f"{center} in the week of {week:%Y-%m-%d}" for center, week in
                 over[["work_center", "week"]].itertuples(index=False)]  # fmt: skip
        return f"newly overloaded: {_named(names)}"
    total = int(load["difference_micro"].sum())
    return f"{_signed(total)} hours at work centers" if total else "hours move between weeks" if len(load) else ""


def _exceptions(exceptions: pd.DataFrame) -> str:
    counts = exceptions.groupby(["change", "kind"]).size()
    parts = []
    for change in ("new", "gone"):
        kinds = counts[change] if change in counts.index.get_level_values(0) else []
        if len(kinds):
            listed = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in kinds.items())
            parts.append(f"{change}: {listed}")
    return "; ".join(parts)


def _named(names: list[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _signed(micro: int) -> str:
    return ("+" if micro > 0 else "−" if micro < 0 else "") + micro_text(abs(int(micro)))
