"""What the inspectors find: readings, and what becomes of the pieces that fail."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd

from calculations.exact import MICRO
from calculations.sampling import sample_plan
from demo.fact_sheet import FactSheet, Luck
from demo.plant import Plant

INSPECTORS = {"incoming": "Petra Voss", "subcontract": "Petra Voss", "finished": "Olaf Reim"}
REASONS = {
    "incoming": "failed the incoming check",
    "subcontract": "runs and thin coat on the chain stay",
    "finished": "braking distance too long, caliper to be bled",
}
# One piece of each of these happens in every story: the first batch of the stage from the given week on.
INCIDENTS = {("incoming", "return"): 1, ("subcontract", "scrap"): 2, ("finished", "rework"): 1}
DISPOSITIONS = {"incoming": "return", "subcontract": "scrap", "finished": "rework"}
CHANCE_OF_A_BAD_BATCH = {"incoming": 0.03, "subcontract": 0.04, "finished": 0.0}


@dataclass(frozen=True)
class Batch:
    """Goods that wait for an inspector."""

    stage: str
    order: str
    line: int | None
    lot: str
    item: str
    quantity_micro: int
    since: date


@dataclass
class QualityBench:
    """Inspects what waits, and remembers which incidents the story has had."""

    plant: Plant
    luck: Luck
    first_day: date
    had: set[tuple[str, str]] = field(default_factory=set)

    def inspect(self, batch: Batch, day: date, sheet: FactSheet) -> tuple[int, int, str]:
        """Write the decision and its readings down.

        Returns:
            accepted and rejected micro-units, and the disposition of the rejected ("" when none).
        """
        luck = self.luck.of("inspection", batch.order, batch.line, batch.lot, batch.since)
        rejected = self._rejected(batch, day, luck)
        disposition = DISPOSITIONS[batch.stage] if rejected else ""
        accepted = batch.quantity_micro - rejected
        event = sheet.add(
            "inspections",
            day,
            stage=batch.stage,
            order=batch.order,
            line=batch.line,
            lot=batch.lot,
            inspected_quantity_micro=batch.quantity_micro,
            accepted_quantity_micro=accepted,
            rejected_quantity_micro=rejected,
            disposition=disposition,
            reason=REASONS[batch.stage] if rejected else "",
            inspector=INSPECTORS[batch.stage],
        )
        self._read(event, batch, rejected // MICRO, luck, sheet)
        return accepted, rejected, disposition

    def _rejected(self, batch: Batch, day: date, luck: np.random.Generator) -> int:
        """One bad piece (a few of a delivery) where the story or chance wants it."""
        incident = (batch.stage, DISPOSITIONS[batch.stage])
        due = incident not in self.had and (day - self.first_day).days >= 7 * INCIDENTS[incident]
        by_chance = luck.random() < CHANCE_OF_A_BAD_BATCH[batch.stage]
        # a bad piece can only be sorted out where every piece is looked at; of a sample, the whole batch would fail
        sorted_out = any(plan["sampling"] == "all" for plan in self._plans(batch))
        if not sorted_out or batch.quantity_micro < 3 * MICRO or not (due or by_chance):
            return 0
        self.had.add(incident)
        return MICRO * (int(luck.integers(2, 4)) if batch.stage == "incoming" else 1)

    def _plans(self, batch: Batch) -> list[dict]:
        return self.plant.plans.get((batch.item, batch.stage), [])

    def _read(self, event: str, batch: Batch, bad: int, luck: np.random.Generator, sheet: FactSheet) -> None:
        """Readings of every piece the plan asks for; the first characteristic that sees all pieces finds the bad."""
        for plan in self._plans(batch):
            failing = bad if plan["sampling"] == "all" else 0
            bad -= failing
            for sample in range(1, _pieces(plan, batch.quantity_micro) + 1):
                sheet.add_reading(event, plan["characteristic"], sample, _reading(plan, sample <= failing, luck))


def _pieces(plan: dict, quantity_micro: int) -> int:
    """Pieces the plan looks at."""
    size, aql = (None if pd.isna(plan[name]) else int(plan[name]) for name in ("sample_size", "aql_micro"))
    pieces = max(1, quantity_micro // MICRO)
    return min(pieces, sample_plan(plan["sampling"], pieces, size, aql, plan["level"] or "II").sample_size)


def _reading(plan: dict, failing: bool, luck: np.random.Generator) -> Decimal:
    """A value within the limits, or a little beyond one of them; of an attribute, 0 is good."""
    lower, upper = plan["lower_micro"], plan["upper_micro"]
    if pd.isna(lower) and pd.isna(upper):
        return Decimal(1 if failing else 0)
    high = float(upper) / MICRO if not pd.isna(upper) else float(lower) / MICRO * 1.5
    low = float(lower) / MICRO if not pd.isna(lower) else high * 0.7
    value = low + (high - low) * (0.2 + 0.6 * luck.random())
    if failing:
        value = high * 1.06 if not pd.isna(upper) else low * 0.94
    return Decimal(str(round(value, 2)))
