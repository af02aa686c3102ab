"""The order of planning as machine code: what `low_level_codes` and `planning_network` find, without sorting."""

from typing import NamedTuple

import numpy as np

from calculations.compiled_plant import AHEAD, USE, compiled, inlined, prefetch
from calculations.low_level_codes import low_level_codes as general_codes
from calculations.planning_inputs import PlanningInputs
from calculations.planning_network import WhereUsed

# Components of an item that are fetched before its turn.
MOST_FETCHED = 4


class Structure(NamedTuple):
    """Bills by item, lines by bill and what counts of them, as in `BillsOfMaterials`; `step` and `is_dated` by item."""

    bill_starts: np.ndarray
    line_starts: np.ndarray
    in_force: np.ndarray
    counts: np.ndarray
    component: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    fixed: np.ndarray
    step: np.ndarray
    is_dated: np.ndarray


def low_level_codes(parent: np.ndarray, component: np.ndarray, names) -> np.ndarray:
    """As `low_level_codes.low_level_codes`."""
    count = len(names)
    # what is looked up of a component lies together in memory
    waiting, codes = np.zeros((count, 2), dtype=np.int32).T
    starts, ready = np.zeros((2, count + 1), dtype=np.int32)
    if _walk(parent, component, starts, np.empty_like(component), waiting, ready, codes) < count:
        return general_codes(parent, component, names)
    return codes.astype(np.int64)


def where_used(inputs: PlanningInputs, sequence: np.ndarray, rank: np.ndarray, is_dated: np.ndarray) -> WhereUsed:
    """As `planning_network.where_used`."""
    bills = inputs.bills
    in_force = inputs.sources.is_made[bills.item] & (bills.valid_to >= inputs.as_of)
    counts = bills.planned & (bills.line_to >= inputs.as_of)
    starts = np.zeros(len(rank) + 2, dtype=np.int32)
    rows = np.empty(max(len(counts), 2), dtype=USE)
    uses = WhereUsed(starts[:-1], rows["parent"], rows["line"], rows["factor"])
    structure = Structure(bills.bill_starts, bills.line_starts, in_force, counts, bills.component, bills.numerator,
                          bills.denominator, bills.fixed, inputs.step, is_dated)  # fmt: skip
    lines = _list(structure, sequence, rank, starts, np.zeros(len(counts), dtype=np.int32), uses)
    return WhereUsed(starts[:-1], *(column[:lines] for column in uses[1:]))


@compiled
def _walk(parent, component, starts, below, waiting, ready, codes):
    """Codes from the top; gives how many items were reached, all of them where none contains itself."""
    count, lines = len(codes), len(parent)
    for line in range(lines):
        starts[parent[line]] += 1
        waiting[component[line]] += 1
    # each item's first line is counted down to while its lines are laid
    for item in range(count):
        starts[item + 1] += starts[item]
    for line in range(lines):
        starts[parent[line]] -= 1
        below[starts[parent[line]]] = component[line]
    end = 0
    for item in range(count):
        if waiting[item] == 0:
            ready[end] = item
            end += 1
    place = 0
    while place < end:
        if place + 2 * AHEAD < end:
            prefetch(starts, ready[place + 2 * AHEAD])
            first = starts[ready[place + AHEAD]]
            for line in range(first, min(first + MOST_FETCHED, lines)):
                prefetch(waiting, below[line])
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
def _list(structure, sequence, rank, starts, to, uses):
    """List the lines of each component, parents in plan order; gives how many count. `to`: room for a number a line."""
    bill_starts, line_starts, component = structure.bill_starts, structure.line_starts, structure.component
    in_force, counts, all_lines = structure.in_force, structure.counts, len(structure.counts)
    lines = 0
    for bill in range(len(in_force)):
        if in_force[bill]:
            for line in range(line_starts[bill], line_starts[bill + 1]):
                if line + AHEAD < all_lines:
                    prefetch(rank, component[line + AHEAD])
                # one place further on: that is where the next component's lines begin in the end
                to[line] = rank[component[line]] + 1
                if counts[line]:
                    starts[to[line] + 1] += 1
                    lines += 1
    for place in range(2, len(starts)):
        starts[place] += starts[place - 1]
    for place in range(len(sequence)):
        item = sequence[place]
        for bill in range(bill_starts[item], bill_starts[item + 1]):
            if in_force[bill]:
                for line in range(line_starts[bill], line_starts[bill + 1]):
                    if line + 2 * AHEAD < all_lines:
                        # lines that follow here are most often the next ones
                        prefetch(starts, to[line + 2 * AHEAD])
                        prefetch(structure.step, component[line + 2 * AHEAD])
                        prefetch(uses.parent, starts[to[line + AHEAD]])
                    if counts[line]:
                        use = starts[to[line]]
                        uses.parent[use], uses.line[use] = item, line
                        uses.factor[use] = _factor(structure, item, line)
                        starts[to[line]] += 1
    return lines


@inlined
def _factor(structure, parent, line):
    """What an order of the parent is multiplied with where nothing else is to be done, else 0."""
    factor, counted, step = structure.numerator[line], structure.step[parent], structure.step[structure.component[line]]
    plain = structure.denominator[line] == 1 and structure.fixed[line] == 0 and not structure.is_dated[parent]
    # orders are whole steps of the parent: often that alone makes a need whole
    plain = plain and (counted == step or (factor < step and counted * factor % step == 0))
    return factor if plain else 0
