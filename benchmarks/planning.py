"""Planning synthetic factories, beside plain numpy netting of the same factories without pegs.

`python -m benchmarks.planning ITEMS ENGINE` measures one factory in a process of its own and prints its figures.
"""

import importlib.util
import json
import math
import resource
import sys
import time
from collections.abc import Iterator

import pandas as pd

from benchmarks.measure import Benchmark, Figure, program
from benchmarks.plants import AS_OF, MAKE_PLANT, make_plant, world_of

# (items, engine) with the largest share of the baseline's time that planning may take.
SIZES = {
    (10_000, "numba"): 1.0,
    (10_000, "numpy"): 1.0,
    (200_000, "numba"): 1 / 4,
    (200_000, "numpy"): 1.0,
    (1_000_000, "numba"): 1 / 5,
}
MOST_GIGABYTES = 4.0
STEEPEST_GROWTH = 1.1
CHECKED = [(items, safety) for items in (1_000, 10_000, 50_000) for safety in (False, True)]
RUNS = 5


def run() -> Iterator[Figure]:
    """Arrays in memory to orders, movements and pegs; every size in a process of its own, in turn with the baseline."""
    wrong = sum(unexpected_receipts(items, safety) for items, safety in CHECKED)
    yield Figure("planning.wrong_receipts", wrong, "rows", 0)
    seconds = {}
    for (items, engine), limit in SIZES.items():
        if engine == "numba" and not importlib.util.find_spec("numba"):
            continue
        output = program(sys.executable, "-m", "benchmarks.planning", str(items), engine).output
        measured = json.loads(output.splitlines()[-1])
        name = f"planning.{items // 1000}k_{engine}"
        seconds[items, engine] = measured["seconds"]
        yield Figure(f"{name}_seconds", measured["seconds"], "s")
        yield Figure(f"{name}_baseline_seconds", measured["baseline"], "s")
        yield Figure(f"{name}_times_baseline", measured["seconds"] / measured["baseline"], "×", limit)
        if items == 1_000_000:
            yield Figure(f"{name}_gigabytes", measured["gigabytes"], "GB", MOST_GIGABYTES)
    if (1_000_000, "numba") in seconds:
        growth = math.log(seconds[1_000_000, "numba"] / seconds[10_000, "numba"]) / math.log(100)
        yield Figure("planning.growth_exponent", growth, "", STEEPEST_GROWTH)


def unexpected_receipts(items: int, safety_stock: bool) -> int:
    """Item and date pairs of a factory whose planned quantity is not the expected one."""
    from calculations.material_planning import solve
    from calculations.policies import resolve

    module = make_plant()
    plant = module.draw_plant(items, safety_stock=safety_stock)
    orders = solve(world_of(plant), AS_OF, resolve({}, AS_OF)).orders
    found = pd.DataFrame({"item": orders.item, "day": orders.schedule.due, "quantity": orders.quantity // 1_000_000})
    expected = module.expected_planned_receipts(plant)
    monday = int(module.AS_OF.astype("datetime64[D]").astype(int))
    wanted = expected.assign(day=monday + 7 * expected["week"]).groupby(["item", "day"])["quantity"].sum()
    return int((found.groupby(["item", "day"])["quantity"].sum().sub(wanted, fill_value=0) != 0).sum())


def measure(items: int, engine: str) -> dict[str, float]:
    """Shortest times of planning and of the baseline, measured in turn, and the peak memory of planning."""
    from calculations.material_planning import plan_inputs
    from calculations.planning_inputs import planning_inputs
    from calculations.policies import resolve
    from calculations.substitution import Substitutions, planning_groups

    module = make_plant()
    plant = module.draw_plant(items)
    world = world_of(plant)
    inputs = planning_inputs(world, AS_OF, resolve({}, AS_OF))
    groups = planning_groups(world, inputs.index)
    substitutions = Substitutions(world, inputs, groups)
    del world
    # the first run compiles, or loads what was compiled before
    plan_inputs(inputs, groups, substitutions, engine)
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9
    times: dict[str, list[float]] = {"seconds": [], "baseline": []}
    for _ in range(RUNS):
        for name, work in (
            ("seconds", lambda: plan_inputs(inputs, groups, substitutions, engine)),
            ("baseline", lambda: module.expected_planned_receipts(plant)),
        ):
            start = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - start)
    return {name: min(values) for name, values in times.items()} | {"gigabytes": gigabytes}


LIMITS = (
    Figure("planning.wrong_receipts", None, "rows", 0),
    *(Figure(f"planning.{items // 1000}k_{engine}_times_baseline", None, "×", limit)
      for (items, engine), limit in SIZES.items()),
    Figure("planning.1000k_numba_gigabytes", None, "GB", MOST_GIGABYTES),
    Figure("planning.growth_exponent", None, "", STEEPEST_GROWTH),
)  # fmt: skip
BENCHMARK = Benchmark(run, LIMITS, needs=(MAKE_PLANT,))

if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), sys.argv[2])))
