"""Gates: what must hold for a stage's frames, checked by Great Expectations, all failures named by key at once.

A suite is plain data, so that importing this module costs nothing; Great Expectations (seconds to import) is loaded by
the first check that looks at rows. A stage writes its suites like this:

    ORDER_LINES = Suite(
        "order lines",
        (
            Check(
                frame="sales_order_lines",
                expectation="ExpectColumnValuesToBeBetween",
                arguments={"column": "quantity_micro", "min_value": 0, "strict_min": True},
                severity="critical",
                message="an order line asks for more than nothing; correct the quantity or cancel the line",
                key=("order", "line"),
            ),
        ),
    )

A check against another frame takes its values when it runs, so its suite is a function of the frames:

    def _known_items(frames):
        return (
            Check(
                frame="bom_lines",
                expectation="ExpectColumnValuesToBeInSet",
                arguments={"column": "component", "value_set": frames["items"]["item"].tolist()},
                severity="critical",
                message="every component is an item; add it to items or correct its code",
                key=("bom", "line"),
                set_aside=True,
            ),
        )

    KNOWN_ITEMS = Suite("known items", _known_items)

Blank text is "" in Kitline's frames, not null: ask with `ExpectColumnValueLengthsToBeBetween`, `min_value` 1. Blank
numbers and dates are null; every expectation about values skips them, `ExpectColumnValuesToNotBeNull` refuses them.
`row_condition` (text for `DataFrame.query`) limits a check to some rows. Bounds may be dates. Bounds of exact numbers
are micro-units; Great Expectations keeps them as floats, exact to 2⁵³.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

from calculations.errors import KitlineError
from calculations.exact import micro_text
from validations.evaluation import Verdict, columns_of, look_at_rows

Frames = dict[str, pd.DataFrame]
REFUSED_COLUMNS = ["table", "row", "column", "value", "message", "key"]
KEYS_KEPT = 100
KEYS_SHOWN = 10


@dataclass(frozen=True)
class Check:
    """One expectation of a frame.

    Attributes:
        frame: name of the frame.
        expectation: class in `great_expectations.expectations`, such as "ExpectColumnValuesToBeBetween".
        arguments: its arguments.
        severity: critical stops the stage, warning and info let it pass and are shown.
        message: what is expected, in the user's words, and the remedy.
        key: columns that name a row.
        set_aside: failing rows are taken out with their reason and the stage goes on without them; needs an
            expectation about single rows and a frame whose index is unique.
    """

    frame: str
    expectation: str
    arguments: dict
    severity: Literal["critical", "warning", "info"]
    message: str
    key: tuple[str, ...] = ()
    set_aside: bool = False


@dataclass(frozen=True)
class Suite:
    """What must hold at one place of a stage; `checks` may be a function of the frames."""

    name: str
    checks: tuple[Check, ...] | Callable[[Frames], tuple[Check, ...]]

    def of(self, frames: Frames) -> tuple[Check, ...]:
        """The checks for these frames."""
        return tuple(self.checks(frames) if callable(self.checks) else self.checks)


@dataclass(frozen=True)
class GateOutcome:
    """What a gate found.

    Attributes:
        gate: name of the suite.
        results: one row per check, in the suite's order: gate, frame, expectation (text), severity, success, failing
            (rows), rows, keys (the first hundred that failed), stops (whether this failure stops the stage).
        set_aside: by frame, the index of the rows that the stage goes on without.
        refused: the rows set aside: table, row (index of the frame), column, value, message, key.
    """

    gate: str
    results: list[dict]
    set_aside: dict[str, pd.Index]
    refused: pd.DataFrame

    @property
    def failures(self) -> list[dict]:
        """The results that stop the stage."""
        return [result for result in self.results if result["stops"]]

    def kept(self, frames: Frames) -> Frames:
        """The frames without the rows set aside; frames that lose none are the same objects."""
        return {
            name: frame.drop(index=self.set_aside[name]) if name in self.set_aside else frame
            for name, frame in frames.items()
        }


class GateFailed(KitlineError):
    """Data that a stage cannot go on with; the message names every failure by key, `outcome` has all results."""

    kind = "gate_failed"

    def __init__(self, outcome: GateOutcome):
        self.outcome = outcome
        super().__init__(_failure_text(outcome))

    def __reduce__(self):
        # Prefect carries exceptions between processes
        return GateFailed, (self.outcome,)


def refuse_critical(outcome: GateOutcome) -> None:
    """Raise GateFailed where a failure stops the stage."""
    if outcome.failures:
        raise GateFailed(outcome)


def check_frames(frames: Frames, suite: Suite) -> GateOutcome:
    """What the suite finds in the frames; nothing is changed and nothing raised for what it finds.

    A check that cannot be evaluated (a frame or column is missing, an argument does not fit) stops the stage whatever
    its severity. Safe in threads.
    """
    checks = suite.of(frames)
    found = [_without_rows(check, frames.get(check.frame)) for check in checks]
    waiting: dict[str, list[int]] = {}
    for position, verdict in enumerate(found):
        if verdict is None:
            waiting.setdefault(checks[position].frame, []).append(position)
    if waiting:
        look_at_rows(frames, checks, waiting, found)
    return _outcome(suite.name, frames, checks, found)


def _without_rows(check: Check, frame: pd.DataFrame | None) -> Verdict | None:
    """The verdict where no row needs to be looked at; None where it does."""
    if frame is None:
        return Verdict(False, unevaluated=f"there is no frame {check.frame}")
    missing = [column for column in columns_of(check) if column not in frame.columns]
    if missing:
        return Verdict(False, unevaluated=f"{check.frame} has no column {', '.join(missing)}")
    if frame.empty and not check.expectation.startswith("ExpectTable"):
        return Verdict(True)
    return None


def _outcome(gate: str, frames: Frames, checks: tuple[Check, ...], found: list[Verdict]) -> GateOutcome:
    results, refused, aside = [], [], {}
    for check, verdict in zip(checks, found, strict=True):
        frame = frames.get(check.frame)
        leaves_out = check.set_aside and bool(verdict.positions)
        results.append(_result_row(gate, frame, check, verdict, leaves_out))
        if leaves_out:
            aside.setdefault(check.frame, set()).update(verdict.positions)
            refused.extend(_refused_rows(frame, check, verdict))
    return GateOutcome(
        gate,
        results,
        {name: frames[name].index[sorted(positions)] for name, positions in aside.items()},
        pd.DataFrame(refused, columns=REFUSED_COLUMNS),
    )


def _result_row(gate: str, frame, check: Check, verdict: Verdict, leaves_out: bool) -> dict:
    expectation, severity = check.message, check.severity
    if verdict.unevaluated:
        expectation, severity = f"{check.message} (could not be checked: {verdict.unevaluated})", "critical"
    elif leaves_out:
        expectation, severity = f"{check.message} (set aside; the stage went on without them)", "warning"
    keys = _keys(frame, check, verdict.positions[:KEYS_KEPT])
    rows = 0 if frame is None else len(frame)
    return {
        "gate": gate,
        "frame": check.frame,
        "expectation": expectation,
        "severity": severity,
        "success": verdict.success,
        "failing": verdict.failing,
        "rows": rows,
        "keys": keys or ([f"found {verdict.observed}"] if verdict.observed else []),
        "stops": not verdict.success and severity == "critical",
    }


def _refused_rows(frame: pd.DataFrame, check: Check, verdict: Verdict) -> list[dict]:
    column = next(iter(columns_of(check)), "")
    values = frame[column].iloc[verdict.positions].tolist() if column else [""] * verdict.failing
    rows = frame.index[verdict.positions].tolist()
    keys = _keys(frame, check, verdict.positions)
    return [
        {
            "table": check.frame,
            "row": row,
            "column": column.removesuffix("_micro"),
            "value": _cell_text(value, column),
            "message": check.message,
            "key": key,
        }
        for row, value, key in zip(rows, values, keys, strict=True)
    ]


def _keys(frame: pd.DataFrame | None, check: Check, positions: list[int]) -> list[str]:
    """Names of rows: the key's cells joined by "/", or the row number where the check names no key."""
    if frame is None or not positions:
        return []
    named = [column for column in check.key if column in frame]
    if not named:
        return [f"row {label}" for label in frame.index[positions]]
    cells = [[_cell_text(cell, column) for cell in frame[column].iloc[positions].tolist()] for column in named]
    return ["/".join(parts) for parts in zip(*cells, strict=True)]


def _cell_text(value, column: str) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, date):
        return value.isoformat()[:10]
    if column.endswith("_micro"):
        return micro_text(value)
    return str(value)


def _failure_text(outcome: GateOutcome) -> str:
    lines = [f"gate '{outcome.gate}' stopped the stage, {len(outcome.failures)} not met:"]
    for failure in outcome.failures:
        place = failure["frame"]
        if failure["failing"]:
            place += f", {failure['failing']} of {failure['rows']} rows"
        shown = ", ".join(failure["keys"][:KEYS_SHOWN])
        more = max(failure["failing"], len(failure["keys"])) - KEYS_SHOWN
        keys = f": {shown}" + (f" and {more} more" if more > 0 else "") if shown else ""
        lines.append(f"- {place}: {failure['expectation']}{keys}")
    return "\n".join(lines)
