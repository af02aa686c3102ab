"""Small factories drawn by number: the same number is the same factory, odd in a few things and plain in most."""

from datetime import date, timedelta
from random import Random

AS_OF = date(2026, 1, 5)
CODES = ("TOP-1", "TOP-2", "SUB-1", "SUB-2", "PART-1", "PART-2", "PART-3")
MADE = CODES[:4]
LOT_RULES = (
    {},
    {"lot_sizing": "fixed_order_quantity", "fixed_order_quantity": 7},
    {"lot_sizing": "fixed_order_quantity", "fixed_order_quantity": "2.5"},
    {"lot_sizing": "period_order_quantity", "period_days": 4},
    {"lot_sizing": "period_order_quantity", "period_days": 11},
    {"lot_sizing": "least_total_cost", "ordering_cost": 20, "carrying_rate": 1, "standard_cost": 73},
    {"lot_sizing": "least_total_cost", "ordering_cost": "53.17", "carrying_rate": 1, "standard_cost": 365},
)


def day(offset: int) -> str:
    return (AS_OF + timedelta(days=offset)).isoformat()


class Factory:
    """Draws the rows of one factory; every code starts with the factory's name, so that factories can be joined.

    Its items lie on up to four levels; SUB-1 may be a phantom, TOP-1 may change its bill, TOP-1 may have a routing and
    PART-1 a supplier instead of a lead time.
    """

    def __init__(self, number: int, *, lot_for_lot: bool = False, whole: bool = False):
        """With `lot_for_lot` nothing but requirements shapes orders: no limits, one bill, lead times given. With
        `whole` nothing is rounded either: whole quantities, no losses, no phantoms."""
        self.random, self.name = Random(number), f"F{number}"
        self.lot_for_lot, self.whole = lot_for_lot or whole, whole

    def tables(self) -> dict[str, list[dict]]:
        boms, lines = self._bills()
        return {"items": [self._item(code) for code in CODES], "boms": boms, "bom_lines": lines, **self._sources(),
                **self._demand(), **self._supply()}  # fmt: skip

    def code(self, code: str) -> str:
        return f"{self.name}.{code}"

    def _often(self, usual, *others):
        return self.random.choice([usual] * (2 * len(others)) + list(others))

    def _day(self) -> str:
        return day(self.random.randint(-4, 45))

    def _item(self, code: str) -> dict:
        sourcing = self._often("make", "subcontract") if code in MADE else "buy"
        lead = self.random.randint(0, 6)
        row = {"item": self.code(code), "name": code, "unit": "EA", "sourcing": sourcing,
               "lead_time_days": lead if self.lot_for_lot or code not in ("TOP-1", "PART-1") else self._often(lead, ""),
               "safety_lead_time_days": self._often(0, 1, 2), "inspection_days": self._often(0, 1),
               "safety_stock": self._often(0, 7, 9 if self.whole else "9.5"),
               "decimals": self._often(0, 2, 6)}  # fmt: skip
        if self.lot_for_lot:
            return row
        return row | self.random.choice(LOT_RULES) | {
            "minimum_order_quantity": self._often(0, 12, "4.5"), "order_multiple": self._often("", 5, "0.3"),
            "maximum_order_quantity": self._often("", 25, 40), "order_up_to": self._often("", 30),
            "yield_rate": self._often(1, "0.8", "0.333333")}  # fmt: skip

    def _bills(self) -> tuple[list[dict], list[dict]]:
        boms, lines = [], []
        for place, code in enumerate(MADE):
            versions = [{"bom": self.code(code)}]
            if code == "TOP-1" and not self.lot_for_lot and self.random.random() < 0.5:
                change = self.random.randint(0, 40)
                # the old bill ends the day before the new one begins, or overlaps it by a day
                versions = [{"bom": self.code("OLD"), "effective_to": day(change - self.random.randint(0, 1))},
                            {"bom": self.code("NEW"), "version": 2, "effective_from": day(change)}]  # fmt: skip
            for version in versions:
                phantom = self._often("no", "yes") if code == "SUB-1" and not self.whole else "no"
                output = 1 if self.whole else self._often(1, 3)
                boms.append({**version, "item": self.code(code), "output_quantity": output, "phantom": phantom})
                parts = self.random.sample(CODES[place + 1 :], self.random.randint(1, min(3, len(CODES) - place - 1)))
                lines += [{"bom": version["bom"], "line": line, **self._line(part)}
                          for line, part in enumerate(parts, start=1)]  # fmt: skip
        return boms, lines

    def _line(self, part: str) -> dict:
        if self.whole:
            return {"component": self.code(part), "quantity": self.random.choice([1, 2, 5])}
        return {"component": self.code(part), "quantity": self.random.choice(["1", "2", "0.5", "1.25", "0.333333"]),
                "loss_rate": self._often("0", "0.1", "0.07"), "fixed_loss": self._often(0, 1, "0.5"),
                "issue_method": self._often("issue", "none", "backflush")}  # fmt: skip

    def _sources(self) -> dict[str, list[dict]]:
        return {
            "work_centers": [{"work_center": self.code("SAW"), "capacity_hours": 8}],
            "operations": [{"item": self.code("TOP-1"), "operation": "1", "work_center": self.code("SAW"),
                            "setup_hours": 2, "run_hours_per_unit": self.random.choice(["0.5", "4"])}],
            "suppliers": [{"supplier": self.code("S"), "name": "S"}],
            "supplier_items": [{"supplier": self.code("S"), "item": self.code("PART-1"), "price": 1,
                                "lead_time_days": self.random.randint(0, 9)} | ({} if self.lot_for_lot else {
                                    "minimum_order_quantity": self._often("", 10),
                                    "order_multiple": self._often("", 4)})],
        }  # fmt: skip

    def _demand(self) -> dict[str, list[dict]]:
        orders, lines, forecasts = [], [], {}
        for place in range(self.random.randint(0, 6)):
            number = self.code(f"SO-{place}")
            orders.append({"order": number, "customer": self.code("C"), "order_date": "2025-12-01",
                           "priority": self._often("", 1, 9)})  # fmt: skip
            lines.append({"order": number, "line": 1, "item": self.code(self.random.choice(CODES[:5])),
                          "quantity": self.random.randint(1, 40), "due_date": self._day(),
                          "shipped_quantity": self._often(0, 1)})  # fmt: skip
        for _ in range(self.random.randint(0, 4)):
            key = (self.code(self.random.choice(("TOP-1", "PART-1"))), self._day())
            forecasts[key] = self.random.randint(1, 30)
        return {
            "customers": [{"customer": self.code("C"), "name": "C"}],
            "sales_orders": orders,
            "sales_order_lines": lines,
            "forecasts": [{"item": item, "date": when, "quantity": count} for (item, when), count in forecasts.items()],
        }

    def _supply(self) -> dict[str, list[dict]]:
        bought = [{"order": self.code("PO"), "line": line, "item": self.code(self.random.choice(CODES[2:])),
                   "quantity": self.random.randint(1, 30), "due_date": self._day()}
                  for line in range(1, self.random.randint(1, 4))]  # fmt: skip
        made = []
        for place in range(self.random.randint(0, 2)):
            due = self.random.randint(-4, 45)
            made.append({"order": self.code(f"WO-{place}"), "item": self.code(self.random.choice(("TOP-2", "SUB-2"))),
                         "quantity": self.random.randint(1, 20), "start_date": day(due - 3), "due_date": day(due),
                         "completed_quantity": self._often(0, 1)})  # fmt: skip
        return {
            "purchase_orders": [{"order": self.code("PO"), "supplier": self.code("S"), "order_date": "2025-12-01"}],
            "purchase_order_lines": bought,
            "work_orders": made,
            "stock": [
                {"item": self.code(code), "quantity": self._often(0, 5, 17 if self.whole else "17.25", 30)}
                for code in CODES
            ],
        }


def calendar(number: int) -> list[dict]:
    """Holidays and worked weekends around the plan's days."""
    random = Random(number)
    return [
        {"date": day(offset), "working": random.choice(["yes", "no"])} for offset in random.sample(range(-30, 60), 8)
    ]


def side_by_side(factories: list[dict[str, list[dict]]], calendar_rows: list[dict]) -> dict[str, list[dict]]:
    """The rows of several factories as those of one plant with one calendar."""
    joined = {name: [row for tables in factories for row in tables[name]] for name in factories[0]}
    return {**joined, "calendar": calendar_rows}
