"""How many units of a lot to inspect and how many bad ones to allow, with the switching rules between lots."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from calculations.errors import KitlineError
from calculations.exact import MICRO, micro_text
from calculations.policies import resolve
from calculations.reversals import without_undone_facts
from calculations.row_parsing import no_refusals
from calculations.sampling_tables import LEVELS, LIMITS, TABLES, code_letter, master_plan
from calculations.stock_ledger import Refused
from calculations.stocking_units import StockingUnits, down
from calculations.typed_frames import typed

SAMPLE_DTYPES = {
    "event": "str",
    "item": "str",
    "lot_size": "int64",
    "sample_size": "int64",
    "acceptance_number": "int64",
    "rejection_number": "int64",
    "characteristic": "str",
    "severity": "str",
    "code_letter": "str",
    "source": "str",
}


class NoSuchPlan(KitlineError):
    """An inspection plan that names no sampling plan: an unknown level, or a limit outside the standard's series."""

    kind = "no_such_plan"


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """Sample size, the most bad units that still let the lot pass, and the fewest that fail it."""

    sample_size: int
    acceptance_number: int
    rejection_number: int
    code_letter: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Switching:
    """Where a series of lots stands under the switching rules of ISO 2859-1:1999, clause 9.

    `severity` is normal, tightened, reduced or discontinued; `recent` are the last lots under it, True = accepted.
    """

    severity: str = "normal"
    score: int = 0
    recent: tuple[bool, ...] = ()
    rejected_tightened: int = 0


def sample_plan(
    sampling: str, lot_size: int, fixed_size: int | None, limit_micro: int | None, level: str, severity: str = "normal"
) -> SamplePlan:
    """The plan for a lot: every unit, a fixed sample, or single sampling by attributes from ISO 2859-1.

    Where the sample would reach the lot's size, every unit is inspected.

    Raises:
        NoSuchPlan: the limit is not one of the standard's, or the level is unknown; the message lists them.

    >>> plan = sample_plan("aql", 1_000, None, 1_000_000, "II")
    >>> plan.sample_size, plan.acceptance_number, plan.rejection_number, plan.code_letter
    (80, 2, 3, 'J')
    """
    if sampling == "fixed" and fixed_size is None:
        raise NoSuchPlan("a fixed sample needs a sample_size; give it in the inspection plan")
    if sampling != "aql":
        size = lot_size if sampling == "all" else min(fixed_size, lot_size)
        return SamplePlan(size, 0, 1)
    level = level or "II"
    if level not in LEVELS:
        raise NoSuchPlan(f"there is no inspection level {level!r}; choose {', '.join(LEVELS)}")
    if limit_micro not in LIMITS:
        given = "a blank" if limit_micro is None else micro_text(limit_micro)
        raise NoSuchPlan(f"{given} is no AQL of ISO 2859-1; choose {', '.join(map(micro_text, LIMITS))}")
    letter, size, number = master_plan(severity, code_letter(lot_size, level), limit_micro)
    return SamplePlan(min(size, lot_size), number, number + 1, letter, f"ISO 2859-1 table {TABLES[severity].name}")


def after_lot(
    status: Switching,
    accepted: bool,
    *,
    acceptance_number: int = 0,
    accepted_one_step_tighter: bool = True,
    steady_and_approved: bool = False,
) -> Switching:
    """The status after one more lot was inspected for the first time (lots shown again do not count).

    Normal → tightened: 2 of up to 5 lots in a row not accepted. Tightened → normal: 5 in a row accepted; →
    discontinued: 5 not accepted in all. Normal → reduced: a switching score of 30, steady production and the approval
    of those in charge. Reduced → normal: a lot not accepted, or production not steady. Score: not accepted → 0;
    acceptance number 0 or 1 → + 2; else + 3 if the lot would have been accepted one AQL step tighter, or back to 0.
    Source: ISO 2859-1:1999, 9.3 and 9.4.

    >>> after_lot(after_lot(Switching(), False), False).severity
    'tightened'
    """
    if status.severity == "discontinued":
        return status
    if status.severity == "reduced":
        return status if accepted and steady_and_approved else Switching()
    recent = (*status.recent[-4:], accepted)
    if status.severity == "tightened":
        if len(recent) == 5 and all(recent):
            return Switching()
        rejected = status.rejected_tightened + (not accepted)
        severity = "discontinued" if rejected >= 5 else "tightened"
        return Switching(severity, 0, recent, rejected)
    if recent.count(False) >= 2:
        return Switching("tightened")
    if not accepted or (acceptance_number >= 2 and not accepted_one_step_tighter):
        score = 0
    else:
        score = status.score + (3 if acceptance_number >= 2 else 2)
    if score >= 30 and steady_and_approved:
        return Switching("reduced")
    return replace(status, score=score, recent=recent)


def sample_plans(world: dict[str, pd.DataFrame], as_of: date, policies: dict | None = None) -> dict[str, pd.DataFrame]:
    """The sample to draw from every lot that a plan is written for: receipts, completions and inspections up to as_of.

    A purchase receipt is incoming, a subcontract receipt subcontract, a completion finished and in process; the lot is
    what came in one event, in whole units. Lots of one item and stage follow each other by date and event; a lot whose
    inspection rejected a unit was not accepted, and so the next lots may be inspected tightened. Nobody switches to
    reduced without approval: `after_lot` does it when told.

    Returns:
        samples: event, item, lot_size, sample_size, acceptance_number, rejection_number, characteristic (those with the
        same sample joined by ", "), severity, code_letter, source; in the order of date and event;
        refused: table, row, column, value, message.
    """
    resolve(policies, as_of)
    from calculations.quality_inspection import plans_by_item

    plans = plans_by_item(world["inspection_plans"])
    rows, refused, statuses = [], [], {}
    for _, table, row, event, item, stage, quantity, outcome in sorted(
        _lots(world, as_of, refused), key=lambda lot: lot[0]
    ):
        size = max(-(-quantity // MICRO), 1)
        status = statuses.get((item, stage), Switching())
        severity = "tightened" if status.severity == "discontinued" else status.severity
        by_sample: dict[tuple, list[str]] = {}
        for characteristic in plans.get((item, stage), ()):
            key = (characteristic.sampling, characteristic.sample_size, characteristic.aql, characteristic.level)
            by_sample.setdefault(key, []).append(characteristic.name)
        for (sampling, fixed, limit, level), names in by_sample.items():
            try:
                plan = sample_plan(sampling, size, fixed, limit, level, severity)
            except NoSuchPlan as error:
                refused.append((table, row, "event", event, f"{item}, {', '.join(names)}: {error}"))
                continue
            shown = status.severity if sampling == "aql" else ""
            rows.append((event, item, size, plan.sample_size, plan.acceptance_number, plan.rejection_number,
                         ", ".join(names), shown, plan.code_letter, plan.source))  # fmt: skip
        if outcome is not None:
            statuses[item, stage] = after_lot(status, outcome)
    columns = no_refusals().dtypes.astype(str).to_dict()
    return {"samples": typed(rows, SAMPLE_DTYPES), "refused": typed(sorted(refused), columns)}


def _lots(world: dict[str, pd.DataFrame], as_of: date, refused: list[tuple]) -> Iterable[tuple]:
    """((date, rank, event), table, row, event, item, stage, quantity, whether the inspection accepted it or None)."""
    item_of, units = _items_by_order(world), StockingUnits(world)
    for rank, (table, stages, quantity) in enumerate(
        (
            ("receipts", ("incoming", "subcontract"), "quantity_micro"),
            ("completions", ("in_process", "finished"), "quantity_micro"),
            ("inspections", (), "inspected_quantity_micro"),
        )
    ):
        frame = without_undone_facts(world, table)
        frame = frame[frame["date"] <= pd.Timestamp(as_of)]
        units_entered = dict(frame["unit"]) if "unit" in frame else {}
        lines = frame["line"].fillna(-1).astype("int64").tolist() if "line" in frame else [-1] * len(frame)
        for row, event, day, order, line, amount in zip(
            frame.index, frame["event"], frame["date"].astype("str"), frame["order"], lines, frame[quantity].tolist(),
            strict=True,
        ):  # fmt: skip
            kind, item = item_of.get((order, line)) or item_of.get((order, -1), ("", ""))
            if table == "inspections":
                fact = frame.loc[row]
                yield ((day, rank, event), table, row, event, item, fact["stage"], amount,
                       int(fact["rejected_quantity_micro"]) == 0)  # fmt: skip
                continue
            try:
                amount = units.quantity(item, units_entered.get(row, ""), amount, down)
            except Refused as reason:
                refused.append((table, row, reason.column, reason.value, reason.message))
                continue
            for stage in stages:
                if (stage == "subcontract") == (kind == "subcontract_orders"):
                    yield (day, rank, event), table, row, event, item, stage, amount, None


def _items_by_order(world: dict[str, pd.DataFrame]) -> dict[tuple[str, int], tuple[str, str]]:
    """(order, line) → (table, item); line −1 where the order has one item only."""
    found = {}
    for table in ("work_orders", "subcontract_orders"):
        found |= {
            (order, -1): (table, item) for order, item in zip(world[table]["order"], world[table]["item"], strict=True)
        }
    for table in ("purchase_order_lines", "sales_order_lines"):
        frame = world[table]
        for order, line, item in zip(frame["order"], frame["line"].tolist(), frame["item"], strict=True):
            found[order, line] = (table, item)
            found.setdefault((order, -1), (table, item))
    return found
