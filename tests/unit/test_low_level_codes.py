"""Low-level codes: longest path, cycles with their path."""

import numpy as np
import pytest

from calculations.low_level_codes import CyclicBillOfMaterials, low_level_codes


def codes(**parts: str) -> dict[str, int]:
    names = sorted({*parts, *"".join(parts.values())})
    lines = [(names.index(parent), names.index(part)) for parent, listed in parts.items() for part in listed]
    parent, component = np.array(lines, dtype=np.int64).reshape(-1, 2).T
    return dict(zip(names, low_level_codes(parent, component, names).tolist(), strict=True))


def test_an_item_lies_as_deep_as_its_longest_path():
    # A: B C D; B: E D; C: B E; E: F (the case mrp-06-low-level-code)
    assert codes(A="BCD", B="ED", C="BE", E="F") == {"A": 0, "C": 1, "B": 2, "D": 3, "E": 3, "F": 4}


def test_items_without_lines_are_on_the_top_level():
    assert low_level_codes(np.array([], int), np.array([], int), ["A", "B"]).tolist() == [0, 0]


def test_a_cycle_is_an_error_that_prints_the_path():
    names = ["A-100", "B-7", "TOP", "SCREW"]
    with pytest.raises(CyclicBillOfMaterials) as caught:
        low_level_codes(np.array([2, 0, 1, 1]), np.array([0, 1, 0, 3]), names)
    assert str(caught.value) == "item A-100 contains itself: A-100 → B-7 → A-100; remove one line"
    assert caught.value.kind == "cycle"


def test_an_item_that_is_its_own_component_is_a_cycle():
    with pytest.raises(CyclicBillOfMaterials, match="A → A; remove"):
        codes(A="A")


def test_ten_thousand_levels_are_no_problem():
    chain = np.arange(10_000)
    assert low_level_codes(chain, chain + 1, np.arange(10_001))[-1] == 10_000
