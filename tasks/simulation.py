"""Scenario files: a small world calculated in memory with the same code, without database or server."""

import difflib
import importlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from calculations import import_rules
from calculations.change_set import RefusedChanges
from calculations.errors import KitlineError
from calculations.item_supply import completed_orders
from calculations.policies import resolve
from calculations.promise_reservations import in_force, with_reservations
from calculations.quantity_limits import refuse_uncountable
from calculations.row_parsing import (
    EARLIEST,
    LATEST,
    ImportColumn,
    ImportTable,
    empty_frame,
    no_refusals,
    parse_table,
    refuse_unknown_references,
)
from models.columns import ABSURD
from models.import_tables import import_tables
from models.planned_orders import ORDER_KINDS
from models.states import PLANNED_ORDER, RESERVATION
from tasks.presentation import readable_rows

log = logging.getLogger("kitline")


class BadScenario(KitlineError):
    """A file that is no scenario."""

    kind = "bad_scenario"


class UnknownRun(KitlineError):
    """A scenario asks for a run that Kitline does not offer."""

    kind = "unknown_run"


@dataclass(frozen=True)
class ScenarioRun:
    """A pure calculation by name.

    `posts` where it takes the facts itself instead of finding them posted, `branches` where the scenario's `changes`
    are made first, `reserves` where it tells reservations from order lines.
    """

    module: str
    function: str
    posts: bool = False
    branches: bool = False
    reserves: bool = False

    def load(self) -> Callable[[dict, date, dict], dict[str, pd.DataFrame]]:
        """The calculation, imported only now: a scenario needs one of them."""
        return getattr(importlib.import_module(f"calculations.{self.module}"), self.function)


RUNS: dict[str, ScenarioRun] = {
    "kitting_check": ScenarioRun("kitting", "check_kitting"),
    "material_planning": ScenarioRun("material_planning", "plan_materials"),
    "what_if": ScenarioRun("what_if", "what_if", branches=True),
    "shortage_analysis": ScenarioRun("shortage_analysis", "analyse_shortages"),
    "promise": ScenarioRun("promise", "promise_lines"),
    "order_promise": ScenarioRun("order_promise", "promise_opportunities", reserves=True),
    "picking": ScenarioRun("picking", "set_picks", posts=True),
    "backflush": ScenarioRun("backflush", "backflush", posts=True),
    "subcontract_balance": ScenarioRun("subcontracting", "subcontract_balances", posts=True),
    "sampling": ScenarioRun("sampling", "sample_plans", posts=True),
    "bom_cost": ScenarioRun("bom_cost", "roll_up_costs"),
    "quotation": ScenarioRun("quotation", "quote_opportunities"),
    "cost_closing": ScenarioRun("cost_closing", "close_period", posts=True),
    "slow_moving": ScenarioRun("slow_moving", "slow_moving_stock", posts=True),
}
# What a planning run left behind; firm and approved ones count as receipts.
PLANNED_ORDERS = ImportTable(
    "planned_orders",
    "Planned orders of an earlier plan.",
    (
        ImportColumn("number", "code", "number", required=True),
        ImportColumn("item", "code", "item code", required=True),
        ImportColumn("kind", "choice", "what it asks for", required=True, choices=ORDER_KINDS),
        ImportColumn("quantity", "decimal", "quantity to start or order", required=True, above=0, high=ABSURD),
        ImportColumn("receipt_quantity", "decimal", "quantity expected; blank is all of it", low=0, high=ABSURD),
        ImportColumn("release_date", "day", "day to release it", required=True),
        ImportColumn("due_date", "day", "day it is due", required=True),
        ImportColumn("need_date", "day", "day it is needed; blank is the due date"),
        ImportColumn("supplier", "code", "supplier"),
        ImportColumn("firm", "yes_no", "survives the next plan", default="yes"),
        ImportColumn("reason", "text", "why"),
        ImportColumn("state", "choice", "where it stands", default="firm", choices=PLANNED_ORDER),
    ),
    ("number",),
)
# What promises hold for customers who have not ordered yet.
RESERVATIONS = ImportTable(
    "promise_reservations",
    "Reservations of earlier promises.",
    (
        ImportColumn("reservation", "code", "number", required=True),
        ImportColumn("part", "whole", "part of the promise", default="1"),
        ImportColumn("opportunity", "code", "opportunity it is for"),
        ImportColumn("line", "whole", "line of the opportunity"),
        ImportColumn("customer", "code", "customer it is for"),
        ImportColumn("item", "code", "item code", required=True),
        ImportColumn("quantity", "decimal", "quantity held", required=True, above=0),
        ImportColumn("promised_date", "day", "day promised", required=True),
        ImportColumn("priority", "whole", "1 is served first", default="5"),
        ImportColumn("valid_until", "day", "last day on which it holds", required=True),
        ImportColumn("state", "choice", "where it stands", default="held", choices=RESERVATION),
    ),
    ("reservation", "part"),
)
BESIDE_IMPORTS = {table.name: table for table in (PLANNED_ORDERS, RESERVATIONS)}


# What happened, and what only later stages read: a change of it would change no plan.
NOT_PLANNED = ("opportunities", "opportunity_lines", "inspection_plans", "opening_wip")


def what_if_tables() -> dict[str, ImportTable]:
    """The tables whose rows a what-if may change: all that planning reads, parents before children."""
    tables = {name: spec for name, spec in import_tables().items() if not spec.is_fact and name not in NOT_PLANNED}
    return tables | {PLANNED_ORDERS.name: PLANNED_ORDERS}


def simulate_file(path: Path) -> dict:
    """The answer to a scenario file: frames as lists of rows, or the error; never raises, whatever the file says."""
    try:
        scenario = json.loads(Path(path).read_text(encoding="utf-8-sig"), parse_float=str, parse_constant=str)
    except OSError as error:
        return _error(BadScenario(f"{path} cannot be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        return _error(BadScenario(f"{path} is not UTF-8: byte at position {error.start}; save as UTF-8"))
    except json.JSONDecodeError as error:
        return _error(BadScenario(f"{path} is no JSON: {error.msg} in line {error.lineno}, column {error.colno}"))
    except RecursionError:
        return _error(BadScenario(f"{path} is nested too deeply to be a scenario"))
    try:
        return simulate(scenario)
    except Exception as defect:
        # the next file must still be answered; the traceback belongs into a report of the defect
        log.exception("%s could not be calculated", path)
        return {
            "error": {"kind": "defect", "message": f"{type(defect).__name__}: {defect}; please report it with the file"}
        }


def simulate(scenario: dict) -> dict:
    """The result frames of a scenario as lists of rows, decimals as text; or {"error": {"kind", "message"}}.

    Args:
        scenario: as_of, run, policies and tables (lists of rows with the columns of the import tables). A reference to
            a table that the scenario does not carry is not checked. A what_if also has `changes`.
    """
    try:
        frames = _calculated(scenario)
    except RefusedChanges as error:
        return {**_error(error), "refused": readable_rows(error.refused)}
    except KitlineError as error:
        return _error(error)
    return {name: readable_rows(frame) for name, frame in frames.items()}


def _error(error: KitlineError) -> dict:
    return {"error": {"kind": error.kind, "message": str(error)}}


def _calculated(scenario: dict) -> dict[str, pd.DataFrame]:
    if not isinstance(scenario, dict):
        raise BadScenario("a scenario is an object with as_of, run, policies and tables")
    run = _run_of(scenario.get("run"))
    as_of = _day_of(scenario.get("as_of"))
    given = scenario.get("policies") or {}
    if not isinstance(given, dict):
        raise BadScenario("policies must be an object of names and values")
    policies = resolve(given, as_of)
    world, refused = _world_of(scenario.get("tables") or {}, policies)
    if not run.posts:
        world, not_posted = _posted(world, policies, as_of)
        refused.append(not_posted)
    branch = (_changes_of(scenario), what_if_tables(), scenario.get("tables") or {}) if run.branches else ()
    if "promise_reservations" in world:
        world["promise_reservations"] = in_force(world["promise_reservations"], as_of)
        world = world if run.reserves else with_reservations(world)
    frames = dict(run.load()(world, as_of, given, *branch))
    refused.append(frames.pop("refused", no_refusals()))
    return frames | {"refused": _joined(refused)}


def _run_of(name) -> ScenarioRun:
    if not isinstance(name, str) or name not in RUNS:
        raise UnknownRun(f"there is no run {name!r}; choose one of {', '.join(RUNS)}")
    return RUNS[name]


def _changes_of(scenario: dict) -> list:
    changes = scenario.get("changes") or []
    if not isinstance(changes, list):
        raise BadScenario('changes must be a list, like [{"what": "stock", "item": "BOLT", "quantity": 0}]')
    return changes


def _day_of(text) -> date:
    try:
        day = date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise BadScenario(f"as_of {text!r} is no date; write it like 2026-01-31") from error
    if not EARLIEST <= day <= LATEST:
        raise BadScenario(f"as_of {text} is outside 1970 to 2199; check the year")
    return day


def _world_of(tables, policies: dict) -> tuple[dict[str, pd.DataFrame], list[pd.DataFrame]]:
    """The complete world of the scenario's good rows, and the frames of refused ones."""
    if not isinstance(tables, dict) or not all(isinstance(rows, list) for rows in tables.values()):
        raise BadScenario("tables must be an object of lists of rows")
    specs = import_tables() | BESIDE_IMPORTS
    for name in tables:
        if name not in specs:
            close = difflib.get_close_matches(name, specs, n=1)
            log.warning("table %s is unknown and was left out%s", name, f"; did you mean {close[0]}?" if close else "")
    frames, refused = {}, []
    for name, spec in specs.items():
        if tables.get(name):
            frames[name], bad = parse_table(_text_of(name, tables[name], spec), spec)
            refused.append(bad)
    refused.append(import_rules.refuse_broken_rows(frames, policies))

    def known(parent: str) -> pd.DataFrame | None:
        return empty_frame(specs[parent])[list(specs[parent].key)] if parent in tables else None

    refused.append(refuse_unknown_references(frames, specs.values(), known))
    refused.append(import_rules.refuse_unknown_orders(frames, known))
    if "unit_conversions" in tables and "items" in frames:
        units = dict(zip(frames["items"]["item"], frames["items"]["unit"], strict=True))
        conversions = frames.get("unit_conversions", empty_frame(specs["unit_conversions"]))
        rows = conversions[["item", "from_unit", "to_unit"]].itertuples(index=False, name=None)
        refused.append(import_rules.refuse_unconvertible_units(frames, units, rows))
    planned, held = (frames.pop(name, None) for name in BESIDE_IMPORTS)
    world = {name: frames.get(name, empty_frame(spec)) for name, spec in import_tables().items()}
    if planned is not None:
        world["planned_orders"] = completed_orders(planned)
    refuse_uncountable(world)
    if held is not None:
        world["promise_reservations"] = held
    return world, refused


def _text_of(name: str, rows: list, spec: ImportTable) -> pd.DataFrame:
    """A scenario table's rows as text, numbered from 1."""
    if not all(isinstance(row, dict) for row in rows):
        raise BadScenario(f"every row of {name} must be an object of columns and values")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    known = [column.name for column in spec.columns]
    for column in columns:
        if column not in known:
            log.warning("%s: column %s is unknown and was left out", name, column)
    for row in rows:
        for column, value in row.items():
            if isinstance(value, (list, dict)):
                raise BadScenario(f"{name}: {column} {value} is no cell; write a text, a number, yes or no")
    cells = {column: [_cell(row.get(column)) for row in rows] for column in columns if column in known}
    index = pd.RangeIndex(1, len(rows) + 1)
    return pd.DataFrame({column: pd.Series(values, index=index, dtype="str") for column, values in cells.items()},
                        index=index)  # fmt: skip


def _cell(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else str(value)


def _posted(world: dict, policies: dict, as_of: date) -> tuple[dict, pd.DataFrame]:
    """The world after its facts, and the facts that could not be posted."""
    if not any(len(world[name]) for name, spec in import_tables().items() if spec.is_fact):
        return world, no_refusals()
    from calculations.fact_posting import post_facts

    posting = post_facts(world, policies, as_of)
    return posting.world, posting.refused


def _joined(refused: list[pd.DataFrame]) -> pd.DataFrame:
    columns = list(no_refusals().columns)
    filled = [frame[columns] for frame in refused if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else no_refusals()
