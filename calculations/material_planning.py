"""Material requirements planning: what must be bought, made and subcontracted, when, and for whom.

Level by level, parents before their parts: the needs of a level are netted day by day against stock and receipts, what
is missing becomes planned orders, and their components become needs of deeper levels. Rules: design, semantics.
"""

from collections.abc import Callable
from datetime import date
from importlib.util import find_spec
from typing import NamedTuple

import pandas as pd

from calculations import planning_exceptions, planning_results
from calculations.level_planning import LevelPlanner
from calculations.low_level_codes import low_level_codes
from calculations.net_change import replanned
from calculations.plan import Plan
from calculations.plan_book import PlanBook
from calculations.planning_inputs import PlanningInputs, planning_inputs
from calculations.planning_network import planning_network, where_used
from calculations.policies import resolve
from calculations.substitution import PlanningGroups, Substitutions, planning_groups

# Items from which on the compiled solver pays.
LARGE_PLANT = 50_000


def plan_materials(world: dict, as_of: date, policies: dict | None = None) -> dict[str, pd.DataFrame]:
    """The plan of a world: the same data on the same day give the same frames, whatever the order of its rows.

    Args:
        world: every import table; `planned_orders` if there are any (firm and approved ones count and survive).
        as_of: the day of the plan; what lies before counts on it.
        policies: see `calculations.policies`.
    Returns:
        planned_orders sorted by item, need date and number; requirements by item and date; pegs by item and demand;
        exceptions and what stayed quiet, load and the orders of overloads: see `planning_exceptions`; substitutions;
        refused rows.
    Raises:
        CyclicBillOfMaterials, CyclicSubstitutes, TotalLoss, NoWorkingDay, EndlessSplit, TooLongRouting,
        QuantityOverflow, UnknownPolicy.
    """
    return plan_frames(solve(world, as_of, resolve(policies, as_of)), world)


def plan_frames(plan: Plan, world: dict) -> dict[str, pd.DataFrame]:
    """The frames of `plan_materials` of a plan of the world."""
    results, pegging = planning_results.result_frames(plan)
    results |= planning_exceptions.exception_frames(plan, results, pegging, world)
    results["refused"] = plan.inputs.refused
    return results


def solve(world: dict, as_of: date, policies: dict, base: Plan | None = None) -> Plan:
    """The plan as arrays; see `Plan`. With the plan of similar data it is made from that: see `net_change`."""
    inputs = planning_inputs(world, as_of, policies, base and base.inputs)
    groups = planning_groups(world, inputs.index)
    if base is not None:
        found = replanned(base, inputs, groups, Substitutions(world, inputs, groups))
        if found:
            return found[0]
    return plan_inputs(inputs, groups, Substitutions(world, inputs, groups))


def plan_inputs(inputs: PlanningInputs, groups: PlanningGroups, substitutions: Substitutions, engine: str = "") -> Plan:
    """The plan of what was read; everything is arrays here.

    Args:
        engine: "numba" or "numpy", whose plans are the same; "" is numba for large plants where it is installed.
    """
    if (engine or _best_engine(len(inputs.items))) == "numba":
        from calculations import compiled_network, compiled_planning

        compiled = Engine(
            compiled_network.low_level_codes, compiled_network.where_used, compiled_planning.CompiledPlanner
        )
        plan = _planned_levels(inputs, groups, substitutions, compiled)
        if plan is not None:
            return plan
        substitutions.log.clear()
    return _planned_levels(inputs, groups, substitutions, Engine(low_level_codes, where_used, None))


class Engine(NamedTuple):
    """What plans: functions for codes and where-used, and a planner for levels without phantoms and substitutes."""

    codes: Callable
    where_used: Callable
    planner: type | None


def _best_engine(items: int) -> str:
    # below, loading the compiled code takes longer than planning without it
    return "numba" if items >= LARGE_PLANT and find_spec("numba") else "numpy"


def _planned_levels(inputs, groups, substitutions, engine: Engine) -> Plan | None:
    """Plan all levels; None where the compiled code gives up because numbers are too large for it."""
    codes = groups.codes(engine.codes, *inputs.bills.edges(inputs.as_of), inputs.index)
    network = planning_network(inputs, codes, engine.where_used)
    # parts that are planned at the same time need more room than they fill; what is never written takes no memory
    book = PlanBook(len(codes), (32 if engine.planner else 16) * len(codes))
    general = LevelPlanner(inputs, network, substitutions, book)
    quick = engine.planner(inputs, network, book) if engine.planner else None
    special = []
    for level in range(network.levels):
        special.append(general.is_special(level))
        if quick is None or special[level]:
            general.plan(level)
        elif not quick.plan(level):
            return None
    return Plan(inputs, network, inputs.lots, book.orders.used, book.moves.used, book.asked.used, book.served.used,
                book.move_count, book.asked_count, special, general.passed, substitutions.log)  # fmt: skip
