"""Generated factories of a thousand and ten thousand items, against the receipts a correct plan has."""

import importlib.util
from datetime import date

import pandas as pd
import pytest

from benchmarks.plants import world_of_files, wrong_receipts
from calculations.material_planning import plan_materials
from support import shared


@pytest.fixture(scope="module")
def make_plant():
    path = shared("bench", "make_plant.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("items", "safety_stock"), [(1_000, False), (1_000, True), (10_000, False), (10_000, True)])
def test_planned_receipts_are_the_expected_ones_on_every_row(make_plant, tmp_path, items, safety_stock):
    make_plant.write_tables(make_plant.draw_plant(items, safety_stock=safety_stock), tmp_path)
    world = world_of_files(tmp_path)
    frames = plan_materials(world, date(2024, 1, 1), {})
    assert wrong_receipts(frames["planned_orders"], pd.read_csv(tmp_path / "expected_planned_receipts.csv")) == 0
    assert frames["pegs"]["quantity_micro"].sum() == frames["requirements"]["gross_micro"].sum()
