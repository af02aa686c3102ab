"""Planning a synthetic factory of 10,000 items anew after one order line has changed, beside planning all of it."""

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.measure import Benchmark, Figure, best_of
from benchmarks.plants import AS_OF, ITEMS, MAKE_PLANT, make_plant, world_of

# The order line that asks for seven units more.
LINE, MORE = 5_000, 7_000_000
LIMITS = (
    Figure("net_change.wrong_arrays", None, "arrays", 0),
    Figure("net_change.items_planned", None, "items", ITEMS / 100),
    Figure("net_change.times_full_run", None, "×", 1.0),
)


def run() -> Iterator[Figure]:
    """The plan from the earlier one and the full run by the same engine, arrays to arrays."""
    from calculations.material_planning import plan_inputs
    from calculations.net_change import replanned
    from calculations.planning_inputs import planning_inputs
    from calculations.policies import resolve
    from calculations.substitution import Substitutions, planning_groups

    world = world_of(make_plant().draw_plant(ITEMS))
    inputs = planning_inputs(world, AS_OF, resolve({}, AS_OF))
    groups = planning_groups(world, inputs.index)
    others = groups, Substitutions(world, inputs, groups)
    base = plan_inputs(inputs, *others, engine="numpy")
    quantity = inputs.needs.quantity.copy()
    quantity[LINE] += MORE
    inputs = replace(inputs, needs=replace(inputs.needs, quantity=quantity))
    plan, items = replanned(base, inputs, *others)
    full = plan_inputs(inputs, *others, engine="numpy")
    wrong = sum(
        not (one == other).all()
        for name in ("raw_orders", "raw_moves", "raw_asked", "raw_served")
        for one, other in zip(getattr(plan, name), getattr(full, name), strict=True)
    )
    yield Figure("net_change.wrong_arrays", wrong, "arrays", 0)
    yield Figure("net_change.items_planned", items, "items", ITEMS / 100)
    again = best_of(5, lambda: replanned(base, inputs, *others))
    whole = best_of(5, lambda: plan_inputs(inputs, *others, engine="numpy"))
    yield Figure("net_change.seconds", again, "s")
    yield Figure("net_change.times_full_run", again / whole, "×", 1.0)


BENCHMARK = Benchmark(run, LIMITS, needs=(MAKE_PLANT,))
