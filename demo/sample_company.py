"""Lindenrad, an e-bike maker of 86 items: its master data, its stock, and the opportunities its sales people win.

What does not change lies as CSV files in `demo/sample_company/`, one for each import table, to be opened and edited in
any spreadsheet. What chance decides is derived here from a Generator: which customer wants which bikes, and when.

    python -m demo.sample_company --out FOLDER      writes everything as CSV folders that `kitline import` takes
"""

import argparse
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

Tables = dict[str, pd.DataFrame]

SEED = 7
FIRST_MONDAY = date(2026, 3, 2)
WEEKS = 8
MASTER_FOLDER = Path(__file__).with_suffix("")

# New opportunities by week; the last weeks only deliver.
NEW_OPPORTUNITIES = (9, 7, 6, 5, 4, 0, 0, 0)
STAGES = ("won", "open", "lost")
STAGE_WEIGHTS = (0.78, 0.13, 0.09)
OWNERS = ("hanna.brandt@lindenrad.example", "jonas.adler@lindenrad.example", "mira.kovac@lindenrad.example")
DISCOUNT_PERCENT = {"dealer": 0, "rental": 4, "fleet": 6}

# What a segment asks for: item, fewest, most; one row of a segment is drawn, then up to two lines of it.
WISHES = {
    "dealer": (
        (("E-TREK-M", 3, 7), ("E-TREK-L", 2, 5)),
        (("E-TREK-M", 3, 8), ("E-CITY", 2, 5)),
        (("E-CITY", 3, 7), ("BATTERY-500", 1, 3)),
        (("E-TREK-L", 3, 6), ("CHARGER-4A", 2, 5)),
    ),
    "rental": (
        (("E-CITY", 6, 12), ("E-TREK-M", 4, 8)),
        (("E-TREK-M", 6, 12), ("WHEELSET-28", 1, 3)),
    ),
    "fleet": (
        (("E-CARGO", 3, 7), ("BATTERY-625", 1, 3)),
        (("E-CITY", 5, 10), ("E-CARGO", 2, 4)),
    ),
}


def week_starts(weeks: int = WEEKS) -> list[date]:
    """The Mondays of the story."""
    return [FIRST_MONDAY + timedelta(weeks=week) for week in range(weeks)]


def master_data(folder: Path = MASTER_FOLDER) -> Tables:
    """The tables that chance does not touch, every cell as text: masters, stock, forecasts, open purchase orders."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.csv"))}


def crm_drops(generator: np.random.Generator) -> list[Tables]:
    """What the CRM hands over each Monday: new opportunities, and earlier open ones once they are decided.

    Returns:
        for each week the tables opportunities and opportunity_lines, every cell as text.
    """
    masters = master_data()
    customers = masters["customers"]
    list_price = dict(zip(masters["items"]["item"], masters["items"]["list_price"], strict=True))
    drops: list[tuple[list[dict], list[dict]]] = [([], []) for _ in range(WEEKS)]
    number = 0
    for week, count in enumerate(NEW_OPPORTUNITIES):
        for row in generator.choice(len(customers), size=count, replace=False):
            number += 1
            customer = customers.iloc[int(row)]
            opportunity = _opportunity(f"OPP-26-{number:03d}", customer, week, generator)
            lines = _opportunity_lines(opportunity, customer["segment"], week, list_price, generator)
            drops[week][0].append(opportunity)
            drops[week][1].extend(lines)
            if opportunity["stage"] == "open" and week + 2 < WEEKS:
                drops[week + 2][0].append(_decided(opportunity, week + 2, generator))
    return [
        {"opportunities": _frame(head, OPPORTUNITY_COLUMNS), "opportunity_lines": _frame(lines, LINE_COLUMNS)}
        for head, lines in drops
    ]


def sample_company(seed: int = SEED) -> Tables:
    """Every import table of the company, with all opportunities as the CRM knows them in the end."""
    drops = crm_drops(np.random.default_rng(seed))
    heads = pd.concat([drop["opportunities"] for drop in drops], ignore_index=True)
    lines = pd.concat([drop["opportunity_lines"] for drop in drops], ignore_index=True)
    last = heads.drop_duplicates("opportunity", keep="last").sort_values("opportunity", ignore_index=True)
    return {**master_data(), "opportunities": last, "opportunity_lines": lines}


def write_tables(tables: Tables, folder: Path) -> Path:
    """Write each table that has rows as a CSV file; the same tables give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        if len(table):
            table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
    return folder


OPPORTUNITY_COLUMNS = ("opportunity", "customer", "stage", "probability", "close_date", "currency", "owner")
LINE_COLUMNS = ("opportunity", "line", "item", "quantity", "requested_date", "unit_price")
PROBABILITY = {"won": "1", "open": "0.6", "lost": "0"}


def _opportunity(code: str, customer: pd.Series, week: int, generator: np.random.Generator) -> dict:
    stage = str(generator.choice(STAGES, p=STAGE_WEIGHTS))
    monday = week_starts()[week]
    decided = monday - timedelta(days=int(generator.integers(1, 4))) if stage != "open" else monday + timedelta(days=11)
    return {
        "opportunity": code,
        "customer": customer["customer"],
        "stage": stage,
        "probability": PROBABILITY[stage],
        "close_date": decided.isoformat(),
        "currency": customer["currency"],
        "owner": OWNERS[int(generator.integers(len(OWNERS)))],
    }


def _decided(opportunity: dict, week: int, generator: np.random.Generator) -> dict:
    stage = "won" if generator.random() < 0.7 else "lost"
    decided = week_starts()[week] - timedelta(days=3)
    return {**opportunity, "stage": stage, "probability": PROBABILITY[stage], "close_date": decided.isoformat()}


def _opportunity_lines(
    opportunity: dict, segment: str, week: int, list_price: dict, generator: np.random.Generator
) -> list[dict]:
    """One or two lines; early wishes are short-dated and met from stock, later ones leave time to buy and make."""
    wishes = WISHES[segment][int(generator.integers(len(WISHES[segment])))]
    count = 1 if generator.random() < 0.35 else len(wishes)
    days = int(generator.integers(10, 22)) if week == 0 else int(generator.integers(18, 30))
    if opportunity["stage"] == "open":
        days += 10
    requested = _weekday(min(week_starts()[week] + timedelta(days=days), week_starts()[-1] + timedelta(days=2)))
    rows = []
    for line, (item, fewest, most) in enumerate(wishes[:count], start=1):
        price = float(list_price[item]) * (100 - DISCOUNT_PERCENT[segment]) / 100
        rows.append(
            {
                "opportunity": opportunity["opportunity"],
                "line": str(line * 10),
                "item": item,
                "quantity": str(int(generator.integers(fewest, most + 1))),
                "requested_date": requested.isoformat(),
                "unit_price": str(round(price)),
            }
        )
    return rows


def _weekday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def _frame(rows: list[dict], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns)).astype("str")


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def main() -> None:
    """Write master data and the weekly CRM drops below a folder."""
    options = argparse.ArgumentParser(description="Write the sample company as import folders.")
    options.add_argument("--out", type=Path, required=True, help="folder to write into")
    options.add_argument("--seed", type=int, default=SEED, help="decides the opportunities")
    chosen = options.parse_args()
    write_tables(master_data(), chosen.out / "00-master-data")
    for week, drop in enumerate(crm_drops(np.random.default_rng(chosen.seed)), start=1):
        write_tables(drop, chosen.out / f"{week:02d}-crm")


if __name__ == "__main__":
    main()
