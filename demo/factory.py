"""A seeded factory: given the open documents and a stretch of days, it writes the facts down as the world would.

It only lets happen what can happen: goods are taken from what lies on the shelf, units are reported that were started,
and what waits for inspection moves on only by a decision. A day goes in the order in which facts are posted: receipts,
inspections, issues, completions, shipments; what is made today can be used tomorrow. The same seed and the same
documents give the same facts. It knows no database: it is handed a world and gives back import tables.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from calculations.delivery_terms import lines_delivered_complete, served_together
from calculations.exact import MICRO, micro_text
from calculations.policies import DEFAULTS
from demo.fact_sheet import FactSheet, Luck
from demo.plant import Plant, Shelves, World, plant_of
from demo.quality_bench import Batch, QualityBench
from demo.shop_floor import ShopFloor

Tables = dict[str, pd.DataFrame]

# Working days a delivery is early or late, and how often; a short one brings the rest a week later.
DELIVERY_DELAYS = ((-1, 0, 1, 3, 6), (0.10, 0.62, 0.12, 0.10, 0.06))
CHANCE_OF_A_SHORT_DELIVERY = 0.10
REDELIVERY_DAYS = 5
SHIP_EARLY_DAYS = 4
FREIGHT_BASE, FREIGHT_EACH = 18 * MICRO, 9 * MICRO

# Overhead of a month: pool, amount, scope, basis.
OVERHEAD = (
    ("RENT", 9_600, "all", "labor_hours"),
    ("ENERGY", 2_350, "all", "machine_hours"),
    ("SUPERVISION", 7_800, "all", "completed_quantity"),
    ("SHIELDING-GAS", 680, "work_center:WELD", "machine_hours"),
)


@dataclass
class Delivery:
    """Goods of a purchase line on their way."""

    day: date
    order: str
    line: int
    item: str
    supplier: str
    quantity_micro: int


@dataclass
class Factory:
    """The factory and what it remembers from day to day."""

    plant: Plant
    luck: Luck
    floor: ShopFloor
    bench: QualityBench
    on_the_road: list[Delivery] = field(default_factory=list)
    waiting: list[Batch] = field(default_factory=list)
    ordered: dict[tuple[str, int], int] = field(default_factory=dict)

    @classmethod
    def opened(cls, world: World, first_day: date, generator: np.random.Generator) -> "Factory":
        """The factory on its first morning, with the masters of this world."""
        plant, luck = plant_of(world), Luck(generator)
        return cls(plant, luck, ShopFloor(plant, luck), QualityBench(plant, luck, first_day))

    def act_out(self, world: World, first: date, last: date) -> Tables:
        """The facts of the working days from `first` to `last`.

        Args:
            world: stock, sales, purchase, work and subcontract orders as they are on the first morning, facts posted.
        Returns:
            receipts, issues, completions, time_entries, inspections, readings, shipments and, on a month's last
            working day, expenses; every cell as text, tables without rows left out.
        """
        sheet, shelves = FactSheet(), Shelves.of(world)
        self.floor.see_orders(world)
        self._see_purchase_orders(world, first)
        open_lines = _open_sales_lines(world)
        days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
        for day in filter(self.plant.is_working, days):
            self._receive(day, shelves, sheet)
            self._inspect(day, shelves, sheet)
            self.floor.start_jobs(day, shelves, sheet)
            for job, good in self.floor.report_completions(day, shelves, sheet):
                self._put_away(Batch("finished", job.order, None, "", job.item, good * MICRO, day), shelves.put_tonight)
            for job, units in self.floor.painted_frames(day, sheet):
                self._put_away(
                    Batch("subcontract", job.order, None, "", job.item, units * MICRO, day), shelves.put_tonight
                )
            self._ship(day, open_lines, shelves, sheet)
            if self.plant.after(day, 1).month != day.month:
                _write_overhead(day, sheet)
            shelves.close_day()
        return sheet.tables()

    def _see_purchase_orders(self, world: World, first: date) -> None:
        supplier_of = dict(zip(world["purchase_orders"]["order"], world["purchase_orders"]["supplier"], strict=True))
        for row in world["purchase_order_lines"].to_dict("records"):
            key = (row["order"], int(row["line"]))
            more = int(row["quantity_micro"]) - self.ordered.get(key, int(row["received_quantity_micro"]))
            if more > 0 and row["order"] in supplier_of:
                self.ordered[key] = int(row["quantity_micro"])
                due = max(row["due_date"].date(), self.plant.after(first, 1))
                self._send_goods(key, row["item"], supplier_of[row["order"]], more, due, first)

    def _send_goods(self, key: tuple, item: str, supplier: str, quantity: int, due: date, first: date) -> None:
        luck = self.luck.of("delivery", *key)
        delay = int(luck.choice(DELIVERY_DELAYS[0], p=DELIVERY_DELAYS[1]))
        day = max(first, self.plant.after(due, delay) if delay >= 0 else self.plant.before(due, -delay))
        short = quantity // MICRO // 5 * MICRO if luck.random() < CHANCE_OF_A_SHORT_DELIVERY else 0
        self.on_the_road.append(Delivery(day, *key, item, supplier, quantity - short))
        if short:
            self.on_the_road.append(Delivery(self.plant.after(day, REDELIVERY_DAYS), *key, item, supplier, short))

    def _receive(self, day: date, shelves: Shelves, sheet: FactSheet) -> None:
        arriving = [goods for goods in self.on_the_road if goods.day <= day]
        self.on_the_road = [goods for goods in self.on_the_road if goods.day > day]
        for goods in sorted(arriving, key=lambda goods: (goods.order, goods.line)):
            lot = f"{goods.item}-{day:%y%m%d}" if self.plant.items[goods.item]["lot_tracked"] else ""
            sheet.add("receipts", day, order=goods.order, line=goods.line, quantity_micro=goods.quantity_micro,
                      lot=lot, warehouse="MAIN")  # fmt: skip
            batch = Batch("incoming", goods.order, goods.line, lot, goods.item, goods.quantity_micro, day)
            self._put_away(batch, shelves.put)

    def _put_away(self, batch: Batch, put: Callable[[str, int], None]) -> None:
        """To the inspectors when the item is inspected, else to the shelf."""
        if batch.quantity_micro and self.plant.items[batch.item]["inspect"]:
            self.waiting.append(batch)
        else:
            put(batch.item, batch.quantity_micro)

    def _inspect(self, day: date, shelves: Shelves, sheet: FactSheet) -> None:
        """Everything that came in before today is decided today."""
        batches = [batch for batch in self.waiting if batch.since < day]
        self.waiting = [batch for batch in self.waiting if batch.since >= day]
        for batch in batches:
            accepted, rejected, disposition = self.bench.inspect(batch, day, sheet)
            if accepted:
                shelves.put(batch.item, accepted)
            if disposition == "return":
                again = self.plant.after(day, REDELIVERY_DAYS)
                self.on_the_road.append(Delivery(again, batch.order, batch.line, batch.item, "", rejected))

    def _ship(self, day: date, open_lines: list[dict], shelves: Shelves, sheet: FactSheet) -> None:
        """Complete lines from a few days before they are due; once due, whatever there is. An order that is delivered
        complete goes when all of it is there and its last line may go."""
        whole = [line["complete"] for line in open_lines]
        for places in served_together((line["order"] for line in open_lines), whole):
            lines = [open_lines[place] for place in places]
            if whole[places[0]] and not self._goes_complete(day, lines, shelves):
                continue
            for line in lines:
                self._send(day, line, self._pieces(day, line, shelves), shelves, sheet)

    def _send(self, day: date, line: dict, pieces: int, shelves: Shelves, sheet: FactSheet) -> None:
        if not pieces:
            return
        shelves.ship(line["order"], line["line"], line["item"], pieces)
        line["open"] -= pieces
        freight = FREIGHT_BASE + FREIGHT_EACH * (pieces // MICRO)
        sheet.add("shipments", day, order=line["order"], line=line["line"], quantity_micro=pieces,
                  freight_micro=freight)  # fmt: skip

    def _pieces(self, day: date, line: dict, shelves: Shelves) -> int:
        """How much of a line may go today."""
        pieces = min(line["open"], shelves.free_for(line["order"], line["line"], line["item"]) // MICRO * MICRO)
        may_go = self._is_early_enough(day, line) and (pieces == line["open"] or day >= line["due"])
        return pieces if may_go else 0

    def _is_early_enough(self, day: date, line: dict) -> bool:
        return day >= self.plant.before(line["due"], SHIP_EARLY_DAYS)

    def _goes_complete(self, day: date, lines: list[dict], shelves: Shelves) -> bool:
        wanted: Counter[str] = Counter()
        for line in lines:
            wanted[line["item"]] += max(line["open"] - shelves.own(line["order"], line["line"]), 0)
        is_time = all(self._is_early_enough(day, line) for line in lines)
        return is_time and all(shelves.free(item) >= quantity for item, quantity in wanted.items())


def order_change(world: World, day: date, generator: np.random.Generator) -> Tables:
    """One customer raises a line by two and wants it a week later, as a sales order line to import again.

    Returns:
        sales_order_lines with one row, of a line not due for two weeks of which nothing was shipped; empty tables
        when there is none.
    """
    lines = world["sales_order_lines"]
    waits = (lines["due_date"] >= pd.Timestamp(day + timedelta(days=14))) & (lines["shipped_quantity_micro"] == 0)
    bikes = lines[waits & lines["item"].str.startswith("E-")].sort_values(["order", "line"])
    if bikes.empty:
        return {}
    row = bikes.iloc[int(generator.integers(len(bikes)))]
    changed = {
        "order": row["order"],
        "line": str(row["line"]),
        "item": row["item"],
        "quantity": micro_text(int(row["quantity_micro"]) + 2 * MICRO),
        "due_date": (row["due_date"].date() + timedelta(days=7)).isoformat(),
        "unit_price": "" if pd.isna(row["unit_price_micro"]) else micro_text(int(row["unit_price_micro"])),
    }
    return {"sales_order_lines": pd.DataFrame([changed]).astype("str")}


def _open_sales_lines(world: World) -> list[dict]:
    """Open lines in the order they are served: due date, order, line."""
    rows, lines = [], world["sales_order_lines"]
    whole = lines_delivered_complete(lines["order"], world["sales_orders"], world["customers"], DEFAULTS)
    for row, complete in zip(lines.to_dict("records"), whole.tolist(), strict=True):
        left = int(row["quantity_micro"]) - int(row["shipped_quantity_micro"])
        if left > 0:
            rows.append({"order": row["order"], "line": int(row["line"]), "item": row["item"], "open": left,
                         "due": row["due_date"].date(), "complete": complete})  # fmt: skip
    return sorted(rows, key=lambda row: (row["due"], row["order"], row["line"]))


def _write_overhead(day: date, sheet: FactSheet) -> None:
    for pool, amount, scope, basis in OVERHEAD:
        sheet.add("expenses", day, period=f"{day:%Y-%m}", pool=pool, amount=amount, scope=scope, basis=basis)
