"""The order of planning as machine code: what `low_level_codes` and `planning_network` find, without sorting."""

import numpy as np

from calculations.compiled_plant import compiled
from calculations.low_level_codes import low_level_codes as general_codes
from calculations.planning_inputs import PlanningInputs
from calculations.planning_network import WhereUsed


def low_level_codes(parent: np.ndarray, component: np.ndarray, names) -> np.ndarray:
    """As `low_level_codes.low_level_codes`."""
    count = len(names)
    codes = np.zeros(count, dtype=np.int64)
    starts, waiting, ready = (np.zeros(count + 1, dtype=np.int64) for _ in range(3))
    if _walk(parent, component, starts, np.empty_like(component), waiting, ready, codes) < count:
        return general_codes(parent, component, names)
    return codes


def where_used(inputs: PlanningInputs, sequence: np.ndarray, rank: np.ndarray) -> WhereUsed:
    """As `planning_network.where_used`."""
    bills = inputs.bills
    in_force = inputs.sources.is_made[bills.item] & (bills.valid_to >= inputs.as_of)
    counts = bills.planned & (bills.line_to >= inputs.as_of)
    starts = np.zeros(len(rank) + 2, dtype=np.int64)
    found, parent = np.empty((2, len(counts)), dtype=np.int64)
    lines = _list(sequence, rank, bills.bill_starts, bills.line_starts, in_force, counts, bills.component, starts,
                  parent, found)  # fmt: skip
    return WhereUsed(starts[:-1], parent[:lines], found[:lines])


@compiled
def _walk(parent, component, starts, below, waiting, ready, codes):
    """Codes from the top; gives how many items were reached, all of them where none contains itself."""
    count = len(codes)
    for line in range(len(parent)):
        starts[parent[line]] += 1
        waiting[component[line]] += 1
    # each item's first line is counted down to while its lines are laid
    for item in range(count):
        starts[item + 1] += starts[item]
    for line in range(len(parent)):
        starts[parent[line]] -= 1
        below[starts[parent[line]]] = component[line]
    end = 0
    for item in range(count):
        if waiting[item] == 0:
            ready[end] = item
            end += 1
    place = 0
    while place < end:
        item = ready[place]
        place += 1
        for line in range(starts[item], starts[item + 1]):
            lower = below[line]
            codes[lower] = max(codes[lower], codes[item] + 1)
            waiting[lower] -= 1
            if waiting[lower] == 0:
                ready[end] = lower
                end += 1
    return end


@compiled
def _list(sequence, rank, bill_starts, line_starts, in_force, counts, component, starts, parent, found):
    """List the lines of each component, parents in plan order; gives how many lines count."""
    lines = 0
    for bill in range(len(in_force)):
        if in_force[bill]:
            for line in range(line_starts[bill], line_starts[bill + 1]):
                if counts[line]:
                    # one place further on: that is where the next component's lines begin in the end
                    starts[rank[component[line]] + 2] += 1
                    lines += 1
    for place in range(2, len(starts)):
        starts[place] += starts[place - 1]
    for place in range(len(sequence)):
        item = sequence[place]
        for bill in range(bill_starts[item], bill_starts[item + 1]):
            if in_force[bill]:
                for line in range(line_starts[bill], line_starts[bill + 1]):
                    if counts[line]:
                        of = rank[component[line]] + 1
                        parent[starts[of]], found[starts[of]] = item, line
                        starts[of] += 1
    return lines
