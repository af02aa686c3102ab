"""The sample company hangs together: every reference resolves, its costs add up, chance is repeatable."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from demo.sample_company import WEEKS, crm_drops, master_data, sample_company, week_starts, write_tables
from support import world_of


@pytest.fixture(scope="module")
def tables():
    return sample_company()


@pytest.fixture(scope="module")
def world(tables):
    # raises when a single row is refused or names something that is not there
    return world_of({name: table.to_dict("records") for name, table in tables.items()})


def levels(world) -> dict[str, int]:
    """Longest path from any top, item by item."""
    item_of = dict(zip(world["boms"]["bom"], world["boms"]["item"], strict=True))
    lines = world["bom_lines"].assign(parent=world["bom_lines"]["bom"].map(item_of))
    found = dict.fromkeys(world["items"]["item"], 0)
    for _ in range(10):
        for parent, component in zip(lines["parent"], lines["component"], strict=True):
            found[component] = max(found[component], found[parent] + 1)
    return found


def test_it_is_about_eighty_items_deep_in_four_levels_of_bills_of_materials(world):
    depth = levels(world)
    made = set(world["boms"]["item"])
    assert len(world["items"]) == 86
    assert max(depth.values()) == 4
    assert max(depth[item] for item in made) == 3
    chain = ("E-TREK-M", "FRAMESET-TREK-M", "PAINTED-TREK-M", "WELDED-TREK-M", "TUBE-DOWN")
    assert [depth[item] for item in chain] == [0, 1, 2, 3, 4]


def test_it_has_one_of_everything_the_stages_must_cope_with(world):
    items = world["items"].set_index("item")
    assert len(world["customers"]) == 12
    assert len(world["work_centers"]) == 6
    assert 28 <= len(world["opportunities"]) <= 34
    assert set(world["forecasts"]["item"]) == {"E-TREK-M"}
    assert list(world["boms"].loc[world["boms"]["phantom"], "item"]) == ["KIT-DELIVERY"]
    assert list(world["substitutes"]["substitute"]) == ["TYRE-28-ALLROAD"]
    assert set(items.index[items["lot_tracked"]]) == {"BATTERY-500", "BATTERY-625"}
    assert set(items.index[items["sourcing"] == "subcontract"]) == {
        "PAINTED-TREK-M",
        "PAINTED-TREK-L",
        "PAINTED-CITY",
        "PAINTED-CARGO",
    }
    assert set(world["inspection_plans"]["stage"]) == {"incoming", "subcontract", "finished"}


def test_everything_bought_or_painted_has_a_supplier_and_everything_made_a_bill(world):
    items = world["items"]
    bought = set(items.loc[items["sourcing"] != "make", "item"])
    made = set(items.loc[items["sourcing"] != "buy", "item"])
    assert bought == set(world["supplier_items"]["item"])
    assert made == set(world["boms"]["item"])
    painter = world["suppliers"].loc[world["suppliers"]["kind"] == "subcontractor", "supplier"]
    assert list(painter) == ["LACKWERK"]


def test_standard_costs_are_the_roll_up_of_components_hours_and_fees(tables):
    items = tables["items"].set_index("item")
    standard = items["standard_cost"].map(Decimal)
    rate = {
        row["work_center"]: Fraction(row["labor_rate"]) + Fraction(row["machine_rate"])
        for row in tables["work_centers"].to_dict("records")
    }
    fee = tables["supplier_items"].drop_duplicates("item").set_index("item")["price"]
    for bom, item in zip(tables["boms"]["bom"], tables["boms"]["item"], strict=True):
        lines = tables["bom_lines"][tables["bom_lines"]["bom"] == bom]
        material = sum(
            Fraction(standard[component]) * Fraction(quantity) * (1 + Fraction(loss or "0"))
            for component, quantity, loss in zip(lines["component"], lines["quantity"], lines["loss_rate"], strict=True)
        )
        steps = tables["operations"][tables["operations"]["item"] == item]
        hours = zip(steps["run_hours_per_unit"], steps["work_center"], strict=True)
        conversion = sum(Fraction(run) * rate[center] for run, center in hours)
        total = (material + conversion) / Fraction(items.loc[item, "yield_rate"])
        if items.loc[item, "sourcing"] == "subcontract":
            total += Fraction(fee[item])
        rounded = (Decimal(total.numerator) / Decimal(total.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert standard[item] == rounded, item


def test_bikes_sell_above_their_standard_cost(world):
    bikes = world["items"][world["items"]["item_group"] == "BIKE"]
    assert (bikes["list_price_micro"] > bikes["standard_cost_micro"]).all()


def test_stock_is_valued_at_standard_cost(world):
    cost = world["items"].set_index("item")["standard_cost_micro"]
    stock = world["stock"]
    assert (stock["unit_cost_micro"].astype("int64").to_numpy() == cost[stock["item"]].to_numpy()).all()


def test_the_crm_drops_come_on_eight_mondays_and_decide_each_open_opportunity_once():
    drops = crm_drops(np.random.default_rng(7))
    heads = pd.concat([drop["opportunities"] for drop in drops])
    assert len(drops) == WEEKS
    assert week_starts()[0] == date(2026, 3, 2)
    again = heads[heads["opportunity"].duplicated(keep="first")]
    assert len(again) >= 2
    assert set(again["stage"]) <= {"won", "lost"}
    assert set(heads[heads["stage"] == "open"]["opportunity"]) == set(again["opportunity"])


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_story(tmp_path):
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        write_tables(sample_company(seed), tmp_path / name)
    written = {
        name: {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two", "three")
    }
    assert written["one"] == written["two"]
    assert written["one"]["opportunity_lines.csv"] != written["three"]["opportunity_lines.csv"]
    assert written["one"]["items.csv"] == written["three"]["items.csv"]


def test_the_files_are_already_as_the_program_would_write_them(tmp_path):
    from demo.sample_company import MASTER_FOLDER

    write_tables(master_data(), tmp_path)
    for path in MASTER_FOLDER.glob("*.csv"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
