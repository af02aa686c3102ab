"""How Great Expectations is asked: one caller at a time, large sets and dates prepared, failing rows where needed."""

import logging
import os
import warnings
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from validations.gate import Check

BETWEEN = "ExpectColumnValuesToBeBetween"
MEMBERSHIP = ("ExpectColumnValuesToBeInSet", "ExpectColumnValuesToNotBeInSet")
LARGE_SET = 50
# Great Expectations keeps its context in a global variable, and mixes up what two threads ask of one asset.
_ONE_AT_A_TIME = Lock()


@dataclass
class Verdict:
    """What one check found: failing rows by position, or a value observed, or why it could not be evaluated."""

    success: bool
    failing: int = 0
    positions: list[int] = field(default_factory=list)
    observed: str = ""
    unevaluated: str = ""


def columns_of(check: "Check") -> list[str]:
    """The columns an expectation names in its arguments."""
    named = [check.arguments[name] for name in ("column", "column_A", "column_B") if name in check.arguments]
    return named + list(check.arguments.get("column_list", ()))


def look_at_rows(frames: dict, checks: tuple["Check", ...], waiting: dict[str, list[int]], found: list) -> None:
    """Evaluate the checks whose positions wait, by frame; each verdict goes to its position in `found`."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        # conditions as text go in its version 2, which the version pin keeps away
        warnings.simplefilter("ignore", DeprecationWarning)
        import great_expectations as gx

        logging.getLogger("great_expectations").setLevel(logging.WARNING)
        for name, positions in waiting.items():
            for position, verdict in _verdicts(gx, _asset(), frames[name], [(p, checks[p]) for p in positions]):
                found[position] = verdict


@cache
def _asset():
    """What any frame is handed to, in a context in memory: no folder for documents, no progress bars, no reporting.

    One serves all calls: a new one makes Great Expectations write its whole configuration three times, which takes as
    long as a small gate. Of the frames handed to it, it keeps the last one only.
    """
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    configuration = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=configuration)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("whole")


def _verdicts(gx, asset, frame: pd.DataFrame, numbered: list[tuple[int, "Check"]]):
    """Verdicts of one frame's checks: cheap summaries first, the failing rows only of the rules that failed."""
    expectations = {}
    needed = _needed(frame, [check for _, check in numbered])
    for position, check in numbered:
        try:
            expectations[position] = _expectation(gx, check, position, needed)
        except Exception as error:  # pydantic's, from an older and a newer major version
            yield position, Verdict(False, unevaluated=_first_line(error))
    if not expectations:
        return
    batch = asset.get_batch({"dataframe": needed})
    failed = []
    for result in _validate(gx, batch, list(expectations.values()), "BOOLEAN_ONLY"):
        position = result.expectation_config.meta["position"]
        error = _error_of(result.exception_info)
        if error:
            yield position, Verdict(False, unevaluated=error)
        elif result.success:
            yield position, Verdict(True)
        else:
            failed.append(expectations[position])
    if failed:
        for result in _validate(gx, batch, failed, "COMPLETE"):
            yield result.expectation_config.meta["position"], _failure(result.result)


def _expectation(gx, check: "Check", position: int, needed: pd.DataFrame):
    """The expectation object; large sets and dates are answered beforehand in a further column of `needed`.

    Great Expectations copies its arguments hundreds of times and compares dates one by one: a set of 20,000 codes would
    cost seconds.
    """
    arguments = {name: _plain(value) for name, value in check.arguments.items()}
    if "row_condition" in arguments:
        arguments["condition_parser"] = "pandas"
    column = arguments.get("column")
    stand_in = f"{column} for {position}"
    if check.expectation in MEMBERSHIP and len(arguments.get("value_set") or ()) > LARGE_SET:
        # pandas turns each value of a set into text anew before it looks for it; plain objects it looks up as they are
        inside = needed[column].astype(object).isin(arguments["value_set"])
        missing_passes = inside | needed[column].isna() if check.expectation == MEMBERSHIP[0] else inside
        needed[stand_in] = missing_passes.astype(bool)
        arguments |= {"column": stand_in, "value_set": [True]}
    elif check.expectation == BETWEEN and pd.api.types.is_datetime64_any_dtype(needed[column]):
        needed[stand_in] = _seconds(needed[column])
        bounds = {name: arguments[name] for name in ("min_value", "max_value") if arguments.get(name) is not None}
        arguments |= {"column": stand_in} | {name: int(value.timestamp()) for name, value in bounds.items()}
    kind = getattr(gx.expectations, check.expectation)
    return kind(**arguments, severity=check.severity, meta={"position": position})


def _seconds(days: pd.Series) -> pd.Series:
    """Seconds since 1970 as floats, exact to 2⁵³; missing stays missing."""
    return days.astype("datetime64[s]").astype("int64").astype("float64").where(days.notna())


def _plain(value):
    """Dates as Timestamps, which datetime columns are compared with; arrays and sets as lists."""
    if isinstance(value, date):
        return pd.Timestamp(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return value.tolist() if hasattr(value, "tolist") else value


def _needed(frame: pd.DataFrame, checks: list["Check"]) -> pd.DataFrame:
    """The columns the checks use, numbered from 0: every batch is hashed whole."""
    used = {column for check in checks for column in columns_of(check)}
    conditions = [str(check.arguments.get("row_condition", "")) for check in checks]
    if not used or any(check.expectation.startswith("ExpectTableColumn") for check in checks):
        used = set(frame.columns)
    chosen = [column for column in frame if column in used or any(column in condition for condition in conditions)]
    return frame[chosen].reset_index(drop=True)


def _validate(gx, batch, expectations: list, result_format: str) -> list:
    suite = gx.ExpectationSuite("suite", expectations=[expectation.copy() for expectation in expectations])
    return batch.validate(suite, result_format={"result_format": result_format}).results


def _error_of(exception_info: dict) -> str:
    """Why a rule could not be evaluated: Great Expectations gives one such dict, or a dict of them."""
    single = "raised_exception" in exception_info
    infos = [exception_info] if single else exception_info.values()
    messages = [str(info.get("exception_message")) for info in infos if info.get("raised_exception")]
    return _first_line(messages[0]) if messages else ""


def _first_line(error) -> str:
    return (str(error).strip().splitlines() or ["unknown error"])[0]


def _failure(result: dict) -> Verdict:
    positions = result.get("unexpected_index_list")
    if positions is None:
        return Verdict(False, observed=str(result.get("observed_value", "")))
    positions = sorted(set(positions))
    return Verdict(False, failing=len(positions), positions=positions)
