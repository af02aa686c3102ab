"""A second planner for the tests: the rules of planning read word by word, one item and one day after the other.

It shares nothing with Kitline: it takes the rows of the import tables as a test writes them, counts in fractions, and
looks at every day with a movement in plain loops. Slow, short, and meant to be checked against the rules by eye.

Not covered: substitutes, facts, documents with component rows, dated offers of suppliers.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations
from math import ceil, floor, lcm

MILLIONTH = Fraction(1, 10**6)
LOWEST_PRIORITY = 5
# the kinds of need in the order in which they are served within a day and priority
SALES, FORECAST, WORK, PLANNED = range(4)


@dataclass(frozen=True)
class Need:
    """Who wants how much of an item; needs of a day are served by priority, kind and number."""

    day: date
    priority: int
    kind: int
    number: int
    quantity: Fraction

    @property
    def place(self) -> tuple:
        return self.day, self.priority, self.kind, self.number


@dataclass
class Outcome:
    """Planned orders as (item, need, due, release, quantity, received), movements as {(item, day): terms}."""

    orders: list[tuple] = field(default_factory=list)
    movements: dict[tuple, tuple] = field(default_factory=dict)


def number(cell, blank=0) -> Fraction:
    return Fraction(str(cell)) if cell not in (None, "") else Fraction(blank)


def day(cell) -> date:
    return date.fromisoformat(cell)


def up(quantity: Fraction, step: Fraction) -> Fraction:
    """Rounded up to whole steps, with the tolerance of a millionth before it where a step is larger than that."""
    tolerance = MILLIONTH if step > MILLIONTH else 0
    return ceil((quantity - tolerance) / step) * step


def to_multiple(quantity: Fraction, multiple: Fraction) -> Fraction:
    return ceil(quantity / multiple) * multiple


def common_multiple(quantity: Fraction, step: Fraction) -> Fraction:
    """The smallest multiple of the quantity that can be counted in steps; the step where there is no quantity."""
    if not quantity:
        return step
    return lcm(int(quantity / MILLIONTH), int(step / MILLIONTH)) * MILLIONTH


class Calendar:
    """Monday to Friday, but for the rows of the table."""

    def __init__(self, rows: list[dict]):
        self.rows = {day(row["date"]): row["working"] == "yes" for row in rows}

    def works(self, when: date) -> bool:
        return self.rows.get(when, when.weekday() < 5)

    def back(self, when: date, count: int) -> date:
        """Back to a working day, then so many working days further back."""
        while not self.works(when):
            when -= timedelta(1)
        for _ in range(count):
            when -= timedelta(1)
            while not self.works(when):
                when -= timedelta(1)
        return when

    def working_days(self, start: date, end: date) -> int:
        """Working days from start, included, to end, excluded."""
        return sum(self.works(start + timedelta(offset)) for offset in range((end - start).days))


class Item:
    """An item with the conditions it is ordered under, the supplier's where its own are blank."""

    def __init__(self, row: dict, tables: dict):
        def own(column: str, blank=0) -> Fraction:
            return number(row.get(column), blank)

        offers = [offer for offer in tables.get("supplier_items", []) if offer["item"] == row["item"]]
        offer = min(offers, key=lambda found: found.get("priority", 1), default={}) if row["sourcing"] != "make" else {}
        self.code, self.sourcing = row["item"], row["sourcing"]
        self.step = Fraction(1, 10 ** int(own("decimals")))
        self.safety, self.yield_rate = own("safety_stock"), own("yield_rate", 1)
        self.minimum = own("minimum_order_quantity") or number(offer.get("minimum_order_quantity"))
        multiple = own("order_multiple") or number(offer.get("order_multiple"))
        self.multiple = common_multiple(multiple, self.step)
        self.rule = row.get("lot_sizing", "lot_for_lot")
        fixed = own("fixed_order_quantity") if self.rule == "fixed_order_quantity" else Fraction(0)
        self.lot = common_multiple(fixed, self.step)
        self.part = self._part(own("maximum_order_quantity"))
        self.up_to = own("order_up_to") if row.get("order_up_to") not in (None, "") else None
        self.period = int(own("period_days"))
        self.order_cost = own("ordering_cost")
        self.day_cost = own("carrying_rate") * own("standard_cost") / 365
        self.ahead = int(own("safety_lead_time_days") + own("inspection_days"))
        self.given_lead = row.get("lead_time_days")
        self.offered_lead = offer.get("lead_time_days")
        hours = {center["work_center"]: number(center["capacity_hours"]) for center in tables.get("work_centers", [])}
        self.routing = [
            (number(step["setup_hours"]), number(step["run_hours_per_unit"]), hours[step["work_center"]])
            for step in tables.get("operations", [])
            if step["item"] == row["item"]
        ]

    def _part(self, maximum: Fraction) -> Fraction | None:
        """The largest order: the largest multiple (of fixed lots: lot) not above the maximum, never below the least."""
        if not maximum:
            return None
        least = max(to_multiple(self.minimum, self.multiple), self.multiple)
        lots_fit = not self.lot % self.multiple and self.lot <= maximum
        unit = self.lot if lots_fit else self.multiple
        return max(floor(maximum / unit) * unit, least)

    def lead(self, quantity: Fraction) -> int:
        if self.given_lead not in (None, ""):
            return int(self.given_lead)
        if self.sourcing != "make":
            return int(number(self.offered_lead))
        return ceil(sum((setup + run * quantity) / hours for setup, run, hours in self.routing))

    def started(self, shortage: Fraction) -> list[Fraction]:
        """Quantities to order for a shortage: yield, lot, minimum, multiple, then split at the maximum."""
        quantity = up(up(shortage, self.step) / self.yield_rate, self.step)
        quantity = to_multiple(max(to_multiple(quantity, self.lot), self.minimum), self.multiple)
        if self.part is None or quantity <= self.part:
            return [quantity]
        full, rest = divmod(quantity, self.part)
        parts = [self.part] * full
        return [*parts, to_multiple(max(rest, self.minimum), self.multiple)] if rest else parts

    def good(self, quantity: Fraction) -> Fraction:
        return floor(quantity * self.yield_rate / self.step) * self.step


class ReferencePlanner:
    """Plans the rows of import tables; see the module."""

    def __init__(self, tables: dict[str, list[dict]], as_of: date, policies: dict):
        self.tables, self.as_of, self.policies = tables, as_of, policies
        self.calendar = Calendar(tables.get("calendar", []))
        self.items = {row["item"]: Item(row, tables) for row in tables["items"]}
        self.on_hand: dict[str, Fraction] = defaultdict(Fraction)
        for row in tables.get("stock", []):
            self.on_hand[row["item"]] += number(row["quantity"])
        self.needs: dict[str, list[Need]] = defaultdict(list)
        self.receipts: dict[str, dict[date, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
        self.planned = 0
        self.outcome = Outcome()

    def plan(self) -> Outcome:
        self._demands()
        self._scheduled_receipts()
        for code in self._parents_first():
            if self._is_phantom(code):
                self._pass_through(code)
            self._plan_item(self.items[code], is_phantom=self._is_phantom(code))
        return self.outcome

    # bills of materials

    def _bill(self, code: str, when: date) -> dict | None:
        """The bill in force on the day with the highest version."""
        text, first, last = when.isoformat(), "0001-01-01", "9999-12-31"
        bills = [row for row in self.tables["boms"] if row["item"] == code]
        bills = [row for row in bills if row.get("effective_from", first) <= text <= row.get("effective_to", last)]
        return max(bills, key=lambda row: int(row.get("version", 1)), default=None)

    def _is_phantom(self, code: str) -> bool:
        bill = self._bill(code, self.as_of)
        return bool(bill) and bill.get("phantom") == "yes"

    def _parents_first(self) -> list[str]:
        made = {row["bom"]: row["item"] for row in self.tables["boms"]}
        lines = [(made[row["bom"]], row["component"]) for row in self.tables["bom_lines"]]

        def depth(code: str) -> int:
            return max((depth(parent) + 1 for parent, part in lines if part == code), default=0)

        return sorted(self.items, key=lambda code: (depth(code), code))

    def _explode(self, bill: dict | None, when: date, quantity: Fraction, *, fixed: bool) -> list[tuple[str, Fraction]]:
        """What an order needs of its components, rounded up by itself; of a phantom the exact fraction."""
        found = []
        for line in self.tables["bom_lines"] if bill else []:
            if (
                line["bom"] != bill["bom"]
                or line.get("issue_method") == "none"
                or line.get("supplied_by") == "customer"
            ):
                continue
            loss = number(line.get("loss_rate"))
            share = 1 + loss if self.policies.get("loss", "multiply") == "multiply" else 1 / (1 - loss)
            need = quantity * number(line["quantity"]) / number(bill.get("output_quantity"), 1) * share
            need += number(line.get("fixed_loss")) if fixed else 0
            if not self._is_phantom(line["component"]):
                need = up(need, self.items[line["component"]].step)
            if need > 0:
                found.append((line["component"], need))
        return found

    # what is asked and what comes

    def _add_need(self, code: str, when: date, priority: int, kind: int, place: int, quantity: Fraction) -> None:
        if quantity > 0:
            self.needs[code].append(Need(max(when, self.as_of), priority, kind, place, quantity))

    def _demands(self) -> None:
        lines = sorted(self.tables.get("sales_order_lines", []), key=lambda row: (row["order"], row["line"]))
        priority = {row["order"]: int(row.get("priority") or LOWEST_PRIORITY) for row in self.tables["sales_orders"]}
        for place, row in enumerate(lines):
            open_quantity = number(row["quantity"]) - number(row.get("shipped_quantity"))
            self._add_need(row["item"], day(row["due_date"]), priority[row["order"]], SALES, place, open_quantity)
        forecasts = sorted(self.tables.get("forecasts", []), key=lambda row: (row["item"], row["date"]))
        for place, (row, left) in enumerate(zip(forecasts, self._unconsumed(forecasts, lines), strict=True)):
            self._add_need(row["item"], day(row["date"]), LOWEST_PRIORITY, FORECAST, place, left)
        works = sorted(self.tables.get("work_orders", []), key=lambda row: row["order"])
        for place, row in enumerate(works):
            done = number(row.get("completed_quantity")) + number(row.get("scrapped_quantity"))
            start, bill = day(row["start_date"]), self._bill(row["item"], day(row["start_date"]))
            left = max(number(row["quantity"]) - done, Fraction(0))
            for part, need in self._explode(bill, start, left, fixed=not done) if left else []:
                self._add_need(part, start, LOWEST_PRIORITY, WORK, place, need)

    def _unconsumed(self, forecasts: list[dict], lines: list[dict]) -> list[Fraction]:
        """Forecasts less what orders take: of their day and nearest earlier ones first, then of nearest later ones."""
        left = [number(row["quantity"]) for row in forecasts]
        back = timedelta(self.policies.get("forecast_backward_days", 30))
        forth = timedelta(self.policies.get("forecast_forward_days", 30))
        for line in sorted(lines, key=lambda row: (row["due_date"], row["order"], row["line"])):
            due, wanted = day(line["due_date"]), number(line["quantity"])
            rows = [(day(row["date"]), place) for place, row in enumerate(forecasts) if row["item"] == line["item"]]
            earlier = sorted((found for found in rows if due - back <= found[0] <= due), reverse=True)
            later = sorted(found for found in rows if due < found[0] <= due + forth)
            for _, place in [*earlier, *later]:
                taken = min(left[place], wanted)
                left[place] -= taken
                wanted -= taken
        return left

    def _scheduled_receipts(self) -> None:
        def comes(code: str, when: str, quantity: Fraction) -> None:
            if quantity > 0:
                self.receipts[code][max(day(when), self.as_of)] += quantity

        for row in self.tables.get("purchase_order_lines", []):
            comes(row["item"], row["due_date"], number(row["quantity"]) - number(row.get("received_quantity")))
        for row in self.tables.get("work_orders", []):
            done = number(row.get("completed_quantity")) + number(row.get("scrapped_quantity"))
            left = max(number(row["quantity"]) - done, Fraction(0))
            comes(row["item"], row["due_date"], self.items[row["item"]].good(left))

    # planning

    def _pass_through(self, code: str) -> None:
        """A phantom's own stock and receipts serve first; the rest of each need becomes needs of its components."""
        kept = []
        stock, taken = max(self.on_hand[code], Fraction(0)), Fraction(0)
        for need in sorted(self.needs[code], key=lambda found: found.place):
            come = sum((quantity for when, quantity in self.receipts[code].items() if when <= need.day), Fraction(0))
            there = stock + come - taken if self.policies.get("phantom_stock", "consume") == "consume" else Fraction(0)
            # stock is counted in millionths, the need may be any fraction
            served = min(there, ceil(need.quantity / MILLIONTH) * MILLIONTH)
            taken += served
            if served > 0:
                kept.append(Need(need.day, need.priority, need.kind, need.number, served))
            rest = need.quantity - served
            if rest > 0:
                for part, needed in self._explode(self._bill(code, need.day), need.day, rest, fixed=True):
                    self.needs[part].append(Need(need.day, need.priority, need.kind, need.number, needed))
        self.needs[code] = kept

    def _plan_item(self, item: Item, *, is_phantom: bool) -> None:
        safety = Fraction(0) if is_phantom else item.safety
        change: dict[date, Fraction] = defaultdict(Fraction)
        gross: dict[date, Fraction] = defaultdict(Fraction)
        for need in self.needs[item.code]:
            gross[need.day] += need.quantity
        receipts = self.receipts[item.code]
        for when in {*gross, *receipts}:
            change[when] = receipts.get(when, Fraction(0)) - gross[when]
        if self.on_hand[item.code] < safety:
            change[self.as_of] += 0
        available, days = self.on_hand[item.code], sorted(change)
        covers = self._covers(item, days, change, safety)
        for place, when in enumerate(days):
            available += change[when]
            received = Fraction(0)
            if safety - available > (MILLIONTH if item.step > MILLIONTH else 0):
                # an order covers the largest shortage until the last day it covers
                running, shortage = available, safety - available
                for later in days[place + 1 : covers[when] + 1]:
                    running += change[later]
                    shortage = max(shortage, safety - running)
                parts = item.started(shortage)
                if not is_phantom and item.up_to is not None and available + item.good(sum(parts)) < item.up_to:
                    parts = item.started(item.up_to - available)
                received = item.good(sum(parts))
                self._order(item, when, parts)
            available += received
            terms = (gross[when], receipts.get(when, Fraction(0)), received, available)
            self.outcome.movements[item.code, when] = terms

    def _covers(self, item: Item, days: list[date], change: dict, safety: Fraction) -> dict[date, int]:
        """For each day the place of the last day that an order placed on it covers."""
        alone = {when: place for place, when in enumerate(days)}
        if item.rule == "period_order_quantity":
            return {
                when: max(
                    place for place, later in enumerate(days)
                    if later >= when and self.calendar.working_days(when, later) < max(item.period, 1)
                ) for when in days
            }  # fmt: skip
        if item.rule == "least_total_cost" and item.order_cost and item.day_cost:
            return alone | self._cheapest(item, days, change, safety)
        return alone

    def _cheapest(self, item: Item, days: list[date], change: dict, safety: Fraction) -> dict[date, int]:
        """All ways to group the net requirements into orders, and of the cheapest the one that groups latest most."""
        needs, available, short = [], self.on_hand[item.code], Fraction(0)
        for place, when in enumerate(days):
            available += change[when]
            if safety - available > short:
                needs.append((place, when, safety - available - short))
                short = safety - available
        best = None
        for cuts in (cut for count in range(len(needs)) for cut in combinations(range(1, len(needs)), count)):
            starts, ends = [0, *cuts], [*cuts, len(needs)]
            cost = len(starts) * item.order_cost
            for start, end in zip(starts, ends, strict=True):
                cost += (
                    sum(quantity * (when - needs[start][1]).days for _, when, quantity in needs[start:end])
                    * item.day_cost
                )
            rank = (cost, starts[::-1])
            best = min(best, (rank, starts, ends)) if best else (rank, starts, ends)
        if not needs:
            return {}
        _, starts, ends = best
        return {needs[place][1]: needs[end - 1][0] for start, end in zip(starts, ends, strict=True)
                for place in range(start, end)}  # fmt: skip

    def _order(self, item: Item, need: date, parts: list[Fraction]) -> None:
        before, total = Fraction(0), Fraction(0)
        urgent = min((found.priority for found in self.needs[item.code] if found.day == need), default=LOWEST_PRIORITY)
        for quantity in parts:
            # each part brings what the running total brings, less what the parts before brought
            total += quantity
            received = item.good(total) - before
            before += received
            due = self.calendar.back(need, item.ahead)
            release = self.calendar.back(due, item.lead(quantity))
            self.outcome.orders.append((item.code, need, due, release, quantity, received))
            start = max(release, self.as_of)
            if item.sourcing != "buy":
                for part, needed in self._explode(self._bill(item.code, start), start, quantity, fixed=True):
                    self._add_need(part, start, urgent, PLANNED, self.planned, needed)
            self.planned += 1
