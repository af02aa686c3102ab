"""Material requirements planning: what must be bought, made and subcontracted, when, and for whom.

Level by level, parents before their parts: the needs of a level are netted day by day against stock and receipts, what
is missing becomes planned orders, and their components become needs of deeper levels. Rules: design, semantics.
"""

from datetime import date

import numpy as np
import pandas as pd

from calculations import planning_exceptions, planning_results
from calculations.level_planning import LevelPlanner
from calculations.low_level_codes import low_level_codes
from calculations.netting import LotParameters
from calculations.plan import Plan
from calculations.plan_book import PlanBook
from calculations.planning_inputs import PlanningInputs, planning_inputs
from calculations.planning_network import planning_network
from calculations.policies import resolve
from calculations.substitution import PlanningGroups, Substitutions, planning_groups
from calculations.supply_sources import BLANK


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
    plan = solve(world, as_of, resolve(policies, as_of))
    results, pegging = planning_results.result_frames(plan)
    results |= planning_exceptions.exception_frames(plan, results, pegging, world)
    results["refused"] = plan.inputs.refused
    return results


def solve(world: dict, as_of: date, policies: dict) -> Plan:
    """The plan as arrays; see `Plan`."""
    inputs = planning_inputs(world, as_of, policies)
    groups = planning_groups(world, inputs.index)
    return plan_inputs(inputs, groups, Substitutions(world, inputs, groups))


def plan_inputs(inputs: PlanningInputs, groups: PlanningGroups, substitutions: Substitutions) -> Plan:
    """The plan of what was read; everything is arrays here."""
    codes = groups.codes(low_level_codes, *inputs.bills.edges(inputs.as_of), inputs.items["item"].to_numpy())
    network = planning_network(inputs, codes)
    lots = inputs.lots_of(np.arange(len(inputs.items)), inputs.sources.offers_on(inputs.as_of))
    lots = _without_stock_targets(lots, inputs.phantom)
    book = PlanBook(len(codes), 16 * len(codes))
    planner = LevelPlanner(inputs, network, lots, substitutions, book)
    for level in range(network.levels):
        planner.plan(level)
    return Plan(inputs, network, lots, book.orders.used, book.moves.used, book.asked.used, book.served.used,
                book.move_count, book.asked_count, planner.passed, substitutions.log)  # fmt: skip


def _without_stock_targets(lots: LotParameters, phantom: np.ndarray) -> LotParameters:
    """Lots in which a phantom is never ordered for itself: its stock serves, the rest passes through."""
    columns = dict(lots.__dict__)
    columns["safety"] = np.where(phantom, 0, lots.safety)
    columns["order_up_to"] = np.where(phantom, BLANK, lots.order_up_to)
    return LotParameters(**columns)

