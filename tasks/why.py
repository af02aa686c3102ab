"""Why the last plan orders what it orders of an item, day by day, and why it orders nothing."""

import difflib
from datetime import date

import pandas as pd

from calculations.exact import micro_text
from calculations.plan_supplies import on_hand_at_plan
from calculations.planning_reasons import (
    barred_lines,
    day_reason,
    earliest_days,
    idle_reasons,
    order_reason,
    stock_reason,
    substitution_reasons,
    supply_words,
)
from models.database import Connection, reading
from models.migrating import ready_engine
from models.plan_reading import (
    item_of_order,
    orders_of_item,
    pegs_in_order,
    requirements_of_item,
    substitutions_of_item,
)
from settings import settings
from tasks.pegging import NotInPlan, StoredPlan, customers_of, document_of, plan_asked, stored_plan
from tasks.presentation import readable_rows

# Terms of a planned order that the answer repeats beside its sentence.
TERMS = ("number", "kind", "quantity_micro", "receipt_quantity_micro", "yield_rate_micro", "lot_sizing", "lot_micro",
         "minimum_micro", "multiple_micro", "maximum_micro", "covered_micro", "ordered_micro", "need_date", "due_date",
         "ahead_days", "lead_time_days", "release_date", "supplier", "unit_price_micro", "firm", "state")  # fmt: skip


def why(asked: str, day: date | None = None) -> dict:
    """The arithmetic of an item in the last plan, or of one planned order.

    Args:
        asked: item, or number of a planned order.
        day: look at this day only.
    Returns:
        run, as_of, item, name, unit, on_hand, reasons (what holds for the item, whatever the day) and days: date,
        sentence, the terms of the netting, required_by, served_by and orders with their own terms and sentence. For a
        planned order also serves, the ends of `kitline pegging`.
    Raises:
        NoPlan; NotInPlan: neither an item nor a planned order of the plan.
    """
    with reading(ready_engine(settings().database_url)) as connection:
        of_order = item_of_order(connection, plan_asked(connection)["number"], asked)
        item = of_order or asked
        # whom an order serves takes the pegs of all items
        plan = stored_plan(connection, ("boms", "bom_lines"), None if of_order else item)
        if item not in set(plan.world["items"]["item"]):
            raise _unknown(plan, asked)
        question = _Question(connection, plan, item)
        answer = question.head() | {"reasons": question.reasons(substitutions_of_item(connection, plan.run, item))}
    if of_order:
        return answer | {"days": question.days_of_order(asked), "serves": customers_of(plan, asked)}
    return answer | {"days": question.days() if day is None else [question.on(day)]}


def _unknown(plan: StoredPlan, asked: str) -> NotInPlan:
    close = difflib.get_close_matches(asked, plan.world["items"]["item"].tolist(), n=3)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    return NotInPlan(f"{asked} is no item and no planned order of the last plan{hint}")


class _Question:
    """One item in one plan."""

    def __init__(self, connection: Connection, plan: StoredPlan, item: str):
        self.plan, self.item = plan, item
        self.master = plan.world["items"].set_index("item").loc[item]
        requirements = requirements_of_item(connection, plan.run, item)
        self.rows = requirements.to_dict("records")
        orders = orders_of_item(connection, plan.run, item)
        self.orders = orders.assign(order_up_to_micro=self.master["order_up_to_micro"])
        self.pegs = pegs_in_order(connection, plan.run, item)
        self.earliest = earliest_days(self.orders, plan.world["items"], plan.world["calendar"], plan.as_of)
        stock = plan.supplies[(plan.supplies["item"] == item) & (plan.supplies["kind"] == "stock")]
        on_hand = on_hand_at_plan(requirements)
        self.on_hand = int(on_hand.iloc[0]) if len(on_hand) else int(stock["quantity_micro"].sum())

    def head(self) -> dict:
        return {
            "run": self.plan.run,
            "as_of": str(self.plan.as_of),
            "item": self.item,
            "name": self.master["name"],
            "unit": self.master["unit"],
            "on_hand": micro_text(self.on_hand),
        }

    def reasons(self, substitutions: pd.DataFrame) -> list[str]:
        """What is to be said of the item as a whole."""
        boms = self.plan.world["boms"]
        lines = self.plan.world["bom_lines"]
        lines = lines[lines["component"] == self.item].merge(boms[["bom", "item"]], on="bom")
        used_in = lines.rename(columns={"item": "parent"})
        told = substitution_reasons(self.item, substitutions)
        if any(row["gross_micro"] for row in self.rows):
            return told + barred_lines(self.item, used_in)
        if not told:
            own = boms[boms["item"] == self.item]
            told = idle_reasons(self.item, bool(own["phantom"].any()), used_in)
        if not self.rows:
            told.append(stock_reason(self.on_hand, int(self.master["safety_stock_micro"])))
        return told

    def days(self) -> list[dict]:
        """Every day with a movement."""
        before = [self.on_hand, *(row["projected_available_micro"] for row in self.rows)]
        return [self._day(row, there) for row, there in zip(self.rows, before, strict=False)]

    def on(self, day: date) -> dict:
        """One day, with a movement or without."""
        at = pd.Timestamp(day)
        found = [entry for entry in self.days() if entry["date"] == str(day)]
        if found:
            return found[0]
        there = next(
            (row["projected_available_micro"] for row in reversed(self.rows) if row["date"] < at), self.on_hand
        )
        sentence = f"On {day}: nothing of {self.item} required, and nothing comes. {micro_text(there)} left."
        return {"date": str(day), "sentence": sentence, "available_before": micro_text(there), "required_by": [],
                "served_by": [], "orders": []}  # fmt: skip

    def days_of_order(self, number: str) -> list[dict]:
        """The day of a planned order's need, with that order alone; a firm order may have none."""
        order = self.orders[self.orders["number"] == number].iloc[0]
        of_day = [entry for entry in self.days() if entry["date"] == str(order["need_date"])[:10]]
        entry = of_day[0] if of_day else {"date": str(order["need_date"])[:10], "required_by": [], "served_by": []}
        by = "" if order["firm"] or not of_day else ", ".join(f"{part['quantity']} for {part['name']}" for part
                                                              in entry["required_by"])  # fmt: skip
        shown = self._order(order.to_dict(), by)
        return [entry | {"orders": [shown], "sentence": shown["sentence"]}]

    def _day(self, row: dict, there: int) -> dict:
        served = self._served(row["date"])
        orders = self._ordered(row)
        brought = " and ".join(self._receipts(row["date"]))
        sentence = day_reason(row, orders, served, brought, self.earliest)
        return {
            "date": str(row["date"])[:10],
            "sentence": sentence,
            "available_before": micro_text(there),
            "scheduled_receipts": micro_text(row["scheduled_receipts_micro"]),
            "receipts": brought,
            "required": micro_text(row["gross_micro"]),
            "safety_stock": micro_text(row["safety_stock_micro"]),
            "net": micro_text(row["net_micro"]),
            "planned_receipts": micro_text(row["planned_receipts_micro"]),
            "available_after": micro_text(row["projected_available_micro"]),
            "required_by": _summed(served, "demand"),
            "served_by": _summed(served, "supply"),
            "orders": [self._order(order) for order in orders],
        }

    def _order(self, order: dict, by: str = "") -> dict:
        terms = readable_rows(pd.DataFrame([{name: order[name] for name in TERMS}]).convert_dtypes())[0]
        earliest = self.earliest.get(order["number"])
        return terms | {
            "past_due": earliest is not None,
            "earliest": None if earliest is None else str(earliest)[:10],
            "document": document_of(self.plan, order["number"]),
            "sentence": order_reason(order, by, earliest),
        }

    def _ordered(self, row: dict) -> list[dict]:
        """What was suggested for the day; firm orders count as receipts, unless they were made firm since."""
        if not row["planned_receipts_micro"]:
            return []
        orders = self.orders[self.orders["need_date"] == row["date"]]
        suggested = orders[~orders["firm"].astype(bool)]
        return (suggested if len(suggested) else orders.assign(firm=False)).to_dict("records")

    def _served(self, day: pd.Timestamp) -> pd.DataFrame:
        """Pegs of the day in words."""
        pegs = self.pegs[self.pegs["date"] == day]
        need = dict(zip(self.orders["number"], self.orders["need_date"], strict=True))
        firm = set(self.orders.loc[self.orders["firm"].astype(bool), "number"])
        supplies, demands = [], []
        for peg in pegs.itertuples(index=False):
            planned = peg.supply_kind == "planned_order" and peg.supply not in firm
            surplus = planned and need.get(peg.supply, day) < day
            name = document_of(self.plan, peg.supply) or _numbered(peg.supply, peg.supply_line)
            supplies.append(supply_words(peg.supply_kind, name, surplus))
            name = document_of(self.plan, peg.demand) or _numbered(peg.demand, peg.line)
            _, who = self.plan.about.get(f"{peg.demand_kind}:{name}", ("", ""))
            forecast = "forecast " if peg.demand_kind == "forecast" else ""
            demands.append(f"{name} ({who})" if peg.demand_kind == "sales_order" and who else forecast + name)
        return pd.DataFrame({"supply": supplies, "demand": demands, "quantity_micro": pegs["quantity_micro"].tolist()})

    def _receipts(self, day: pd.Timestamp) -> list[str]:
        """What comes on the day by itself: open and firm orders, goods in inspection."""
        supplies = self.plan.supplies
        today = pd.Timestamp(self.plan.as_of)
        mine = supplies[(supplies["item"] == self.item) & (supplies["kind"] != "stock")]
        suggested = self.orders.loc[~self.orders["firm"].astype(bool), "number"]
        mine = mine[mine["date"].clip(lower=today).eq(day) & ~mine["number"].isin(suggested)]
        return [_numbered(row.number, row.line) or row.kind for row in mine.itertuples(index=False)]


def _numbered(number: str, line) -> str:
    return f"{number}/{line}" if number and pd.notna(line) else number


def _summed(served: pd.DataFrame, side: str) -> list[dict]:
    if served.empty:
        return []
    sums = served.groupby(side, sort=False)["quantity_micro"].sum()
    return [{"name": name, "quantity": micro_text(quantity)} for name, quantity in sums.items()]
