"""What in a plan needs a person: each exception with its remedy, the days and the money at risk."""

from dataclasses import replace

import numpy as np
import pandas as pd

from calculations.exception_ranking import PLAN, Found, ranked_exceptions
from calculations.exception_texts import Texts, chosen, dates, more_components, quantities, written
from calculations.money_at_risk import MoneyAtRisk
from calculations.overloads import overload_texts, overloads, planned_load, supply_of_orders
from calculations.planning_inputs import (
    FORECAST,
    INSPECTION,
    MADE,
    PLANNED,
    SALES,
    SUBCONTRACT,
    SUGGESTED,
    WORK,
    Needs,
    days_of,
)
from calculations.planning_results import Pegging
from calculations.receipt_actions import receipt_actions
from calculations.supply_sources import BLANK, step_on
from calculations.working_days import DAY


def exception_frames(plan, frames: dict[str, pd.DataFrame], pegging: Pegging, world: dict) -> dict[str, pd.DataFrame]:
    """What people must decide on, and the load it was judged by.

    Args:
        plan: a `material_planning.Plan`; frames: its planned_orders; pegging: its pegs; world: what it was made from.
    Returns:
        exceptions and quiet: see `exception_ranking.ranked_exceptions`. `days` are the working days after the earlier
        up to the later of two dates: how late a line or release is, how overdue a receipt, how far to move one, how
        much later an overload finds room. `value_micro` is money of the plant: the open sales value of a line (of an
        overload: of the lines that wait), of receipts and suggestions price or standard cost × quantity.
        load: see `work_center_load`. overload_orders: see `overloads.overloads`.
    """
    suggested = _rows_of_suggestions(plan, frames["planned_orders"])
    load, numbers = planned_load(plan, frames["planned_orders"]["number"], suggested)
    over = overloads(plan, pegging, load, numbers)
    case = _Case(plan, pegging, frames["planned_orders"], suggested, world)
    found = [
        case.past_due_releases(),
        case.firm_past_due_releases(),
        case.past_due_demands(),
        case.past_due_components(),
        case.overdue_receipts(),
        *case.moved_receipts(),
        case.below_safety_stock(),
        *case.missing_sources(),
        case.late_orders(),
        case.overloads(load, over),
    ]
    exceptions, quiet = ranked_exceptions(found, plan.inputs.items["item"], plan.inputs.policies)
    return {"exceptions": exceptions, "quiet": quiet, "load": load.weeks, "overload_orders": over.orders}


def _rows_of_suggestions(plan, planned: pd.DataFrame) -> np.ndarray:
    """The row of `planned_orders` of each of this run's suggestions, in the order of `plan.orders`."""
    row = np.empty(len(plan.orders.item), dtype=np.int64)
    row[np.argsort(plan.orders.item, kind="stable")] = np.flatnonzero(~planned["firm"].to_numpy(dtype=bool))
    return row


class _Case:
    """One plan, looked at for one kind of exception after the other."""

    def __init__(self, plan, pegging: Pegging, planned: pd.DataFrame, suggested: np.ndarray, world: dict):
        self.plan, self.pegging, self.numbers, self.suggested = plan, pegging, planned["number"], suggested
        self.money = MoneyAtRisk(plan, planned, suggested, world)
        self.today = plan.inputs.as_of
        # the day on which each suggestion could be usable if it were released today
        days = np.maximum(plan.orders.schedule.lead, 0) + plan.inputs.sources.inspection_days[plan.orders.item]
        self.soonest = step_on(plan.inputs.calendar, np.full(len(days), self.today, dtype=np.int64), days)

    def past_due_releases(self) -> Found:
        orders = self.plan.orders
        late = np.flatnonzero(orders.schedule.release < self.today)
        release, need, quantity = orders.schedule.release[late], orders.need[late], orders.quantity[late]
        return self._past_due_release(
            orders.item[late], self._numbers(late), release, need,
            self.soonest[late], quantity, self.money.of_suggestions(late),
        )  # fmt: skip

    def firm_past_due_releases(self) -> Found:
        """Firm and approved orders are released by people: nobody did."""
        firm = self.plan.inputs.firm
        late = (
            np.zeros(0, dtype=np.int64) if firm is None else np.flatnonzero(days_of(firm["release_date"]) < self.today)
        )
        if not len(late):
            return self._past_due_release(*[np.zeros(0, dtype=np.int64)] * 7)
        rows = firm.iloc[late]
        item, quantity = rows["position"].to_numpy(dtype=np.int64), rows["quantity_micro"].to_numpy(dtype=np.int64)
        release, due = days_of(rows["release_date"]), days_of(rows["due_date"])
        ahead = self.plan.inputs.calendar.between(release.astype(DAY), np.maximum(due, release).astype(DAY))
        days = ahead + self.plan.inputs.sources.inspection_days[item]
        soonest = step_on(self.plan.inputs.calendar, np.full(len(late), self.today), days)
        return self._past_due_release(item, rows["number"].to_numpy(dtype=object), release, days_of(rows["need_date"]),
                                      soonest, quantity, self.money.of_items(item, quantity))  # fmt: skip

    def _past_due_release(self, item, number, release, need, soonest, quantity, value) -> Found:
        text = Texts("should have been released on ", dates(release), " for ", dates(need),
                      "; released today it comes on ", dates(soonest),
                      ": shorten the lead time or tell who waits")  # fmt: skip
        return self._found("past_due_release", item, number, soonest, quantity, self._late(release), value, text)

    def past_due_demands(self) -> Found:
        """Lines and forecasts that were wanted before today."""
        needs = self.pegging.needs
        needs = needs.take(np.flatnonzero((needs.date < self.today) & np.isin(needs.kind, (SALES, FORECAST))))
        advice = ["deliver, or agree a new date", "correct the forecast if it has lapsed"]
        text = Texts(quantities(needs.quantity), " were wanted on ", dates(needs.date), "; planned for today: ",
                      chosen(advice, (needs.kind == FORECAST).astype(int)))  # fmt: skip
        return self._found("past_due_demand", needs.item, self._documents(needs), needs.date, needs.quantity,
                           self._late(needs.date), self.money.of_needs(needs), text, needs.line)  # fmt: skip

    def past_due_components(self) -> Found:
        """Open orders whose components should have gone to them before today, once an order: its dearest component.

        Of suggested and firm parents their own past release is reported.
        """
        needs = self.pegging.needs
        needs = needs.take(np.flatnonzero((needs.date < self.today) & np.isin(needs.kind, (WORK, SUBCONTRACT))))
        value = self.money.of_needs(needs)
        dearest = np.lexsort((needs.item, -value, needs.ref, needs.kind))
        order = needs.kind[dearest] * (int(needs.ref.max(initial=0)) + 1) + needs.ref[dearest]
        first = np.flatnonzero(np.diff(order, prepend=-1))
        count = np.diff(np.append(first, len(order)))
        total = np.zeros(len(first), dtype=np.int64)
        np.add.at(total, np.repeat(np.arange(len(first)), count), np.maximum(value[dearest], 0))
        rows = needs.take(dearest[first])
        total[value[dearest[first]] == BLANK] = BLANK
        ways = ["issued", "sent"]
        text = Texts(quantities(rows.quantity), " ", lambda at: self._codes(rows.item[at]),
                      lambda at: written(count[at] - 1, more_components), " were to be ",
                      chosen(ways, (rows.kind == SUBCONTRACT).astype(int)), " on ", dates(rows.date),
                      "; planned for today: do it, or move the order")  # fmt: skip
        found = self._found("past_due_demand", rows.item, self._documents(rows), rows.date, rows.quantity,
                            self._late(rows.date), total, text, rows.line)  # fmt: skip
        return replace(found, group=PLAN)

    def overdue_receipts(self) -> Found:
        """Overdue documents with what should become of them; nothing else is said about them."""
        receipts, actions = self.plan.inputs.receipts, self._actions
        late = np.flatnonzero(receipts.date < self.today)
        late = late[receipts.kind[late] != SUGGESTED]
        day, spare, quantity = actions.day[late], actions.spare[late], receipts.quantity[late]
        what = np.select([spare == quantity, spare > 0, day > self.today], [0, 1, 2], 3)
        advice = ["nothing needs them: cancel them", "reduce them by ", "first needed on ",
                  "ask for a date and correct it"]  # fmt: skip

        def detail(rows: np.ndarray) -> np.ndarray:
            number, when = quantities(spare)(rows), dates(day)(rows) + ": agree that date"
            return np.select([what[rows] == 1, what[rows] == 2], [number, when], "")

        text = Texts(quantities(quantity), " were due on ", dates(receipts.date[late]),
                       " and are counted as coming today: ", chosen(advice, what), detail)  # fmt: skip
        return self._found("overdue_receipt", receipts.item[late], receipts.order[late], receipts.date[late], quantity,
                           self._late(receipts.date[late]), self.money.of_receipts(late, quantity), text,
                           receipts.line[late])  # fmt: skip

    def moved_receipts(self) -> list[Found]:
        """Expedite, defer and cancel, with the quantity that each is about."""
        receipts, actions = self.plan.inputs.receipts, self._actions
        open_ = (receipts.kind != INSPECTION) & (receipts.date >= self.today)
        needed = (actions.day != BLANK) & (actions.spare < receipts.quantity)
        early = np.flatnonzero(open_ & needed & (actions.early > 0))
        later = np.flatnonzero(open_ & needed & (actions.day > receipts.day))
        spare = np.flatnonzero(open_ & (actions.spare > 0))
        return [self._expedite(early), self._defer(later), self._cancel(spare)]

    def _expedite(self, rows: np.ndarray) -> Found:
        receipts, actions = self.plan.inputs.receipts, self._actions
        day, quantity, due = actions.day[rows], actions.early[rows], receipts.date[rows]
        whole = quantity == receipts.quantity[rows]
        safety = actions.safety[rows] & (self.plan.safety_today[receipts.item[rows]] > 0)

        def part(at: np.ndarray) -> np.ndarray:
            return np.where(whole[at], "", quantities(quantity)(at) + " of them ")

        reason = chosen(["", " for the safety stock"], safety.astype(int))
        text = Texts("due on ", dates(due), ", ", part, "needed on ", dates(day), reason, ": ",
                       self._ask(rows, "earlier"), ", else the plan orders anew")  # fmt: skip
        return self._moved("expedite", rows, day, quantity, self._between(day, receipts.day[rows]), text)

    def _defer(self, rows: np.ndarray) -> Found:
        receipts, day = self.plan.inputs.receipts, self._actions.day[rows]
        text = Texts("due on ", dates(receipts.date[rows]), ", first needed on ", dates(day), ": ",
                       self._ask(rows, "later"))  # fmt: skip
        quantity = receipts.quantity[rows] - self._actions.spare[rows]
        return self._moved("defer", rows, day, quantity, self._between(receipts.day[rows], day), text)

    def _cancel(self, rows: np.ndarray) -> Found:
        receipts, spare = self.plan.inputs.receipts, self._actions.spare[rows]
        quantity = receipts.quantity[rows]

        def need(at: np.ndarray) -> np.ndarray:
            some = "only " + quantities(quantity - spare)(at) + " of " + quantities(quantity)(at)
            some = some + " are needed: reduce it by " + quantities(spare)(at)
            return np.where(spare[at] < quantity[at], some, "nothing needs it: cancel it")

        text = Texts("due on ", dates(receipts.date[rows]), ", ", need)
        blank = np.full(len(rows), BLANK, dtype=np.int64)
        return self._moved("cancel", rows, receipts.date[rows], spare, blank, text)

    def _moved(self, kind: str, rows, day, quantity, days, text) -> Found:
        receipts = self.plan.inputs.receipts
        return self._found(kind, receipts.item[rows], receipts.order[rows], day, quantity, days,
                           self.money.of_receipts(rows, quantity), text, receipts.line[rows])  # fmt: skip

    def _ask(self, rows: np.ndarray, when: str):
        kind = self.plan.inputs.receipts.kind[rows]
        ways = [f"ask for it {when}", f"make it {when}", f"move it {when}"]
        return chosen(ways, np.select([kind == MADE, kind == SUGGESTED], [1, 2], 0))

    def below_safety_stock(self) -> Found:
        inputs, safety = self.plan.inputs, self.plan.safety_today
        low = np.flatnonzero(inputs.on_hand < safety)
        missing = (safety - inputs.on_hand)[low]
        text = Texts(quantities(inputs.on_hand[low]), " usable on hand, ", quantities(safety[low]),
                       " wanted in stock: expedite what is on order, or lower the safety stock")  # fmt: skip
        blank = np.full(len(low), BLANK, dtype=np.int64)
        return self._found("below_safety_stock", low, np.full(len(low), "", dtype=object),
                           np.full(len(low), self.today), missing, blank, self.money.of_items(low, missing),
                           text)  # fmt: skip

    def missing_sources(self) -> list[Found]:
        """Items ordered without bill, supplier or lead time, once an item: its first order and all it orders."""
        orders, bills = self.plan.orders, self.plan.inputs.bills
        kind, start = self.plan.inputs.sources.kind[orders.item], np.maximum(orders.schedule.release, self.today)
        cases = {
            "no_bom": (
                (kind != "buy") & ((orders.bill == BLANK) | bills.are_empty(orders.bill, start)),
                "is made without a bill of materials with lines in force: add one",
            ),
            "no_supplier": (
                (kind != "make") & (orders.schedule.offer == BLANK),
                "has no supplier in force: add a row to supplier_items",
            ),
            "no_lead_time": (orders.schedule.lead == BLANK, "has no lead time and is planned with 0 days: enter one"),
        }
        return [
            self._missing_source(name, np.flatnonzero(missing), advice) for name, (missing, advice) in cases.items()
        ]

    def _missing_source(self, name: str, rows: np.ndarray, advice: str) -> Found:
        orders, codes = self.plan.orders, self.plan.inputs.items["item"]
        item, first = np.unique(orders.item[rows], return_index=True)
        total = np.zeros(len(codes), dtype=np.int64)
        np.add.at(total, orders.item[rows], orders.quantity[rows])
        at = rows[first]
        blank = np.full(len(item), BLANK, dtype=np.int64)
        text = Texts("item ", lambda at: self._codes(item[at]), " ", advice)
        return self._found(name, item, self._numbers(at),
                           orders.schedule.release[at], total[item], blank, self.money.of_items(item, total[item]),
                           text)  # fmt: skip

    def late_orders(self) -> Found:
        """Sales order lines whose supply cannot be there in time, following every peg from parts to the order."""
        pegging, needs = self.pegging, self.pegging.needs
        usable, cause = self._usable_days()
        expected = np.full(len(needs), self.today, dtype=np.int64)
        np.maximum.at(expected, pegging.demand, usable[pegging.supply])
        waits = np.full(len(needs), BLANK, dtype=np.int64)
        last = np.flatnonzero(usable[pegging.supply] == expected[pegging.demand])
        waits[pegging.demand[last]] = cause[pegging.supply[last]]
        late = np.flatnonzero((needs.kind == SALES) & (expected > needs.day))
        # a phantom's components each serve the line: one exception for the latest of them
        late = late[np.lexsort((-expected[late], needs.ref[late]))]
        late = late[np.unique(needs.ref[late], return_index=True)[1]]
        rows, expected, waits = needs.take(late), expected[late], waits[late]
        text = Texts("wanted on ", dates(rows.date), ", can be there on ", dates(expected), ": it waits for ",
                      lambda at: self._supplies(waits[at]), "; expedite that, or promise the later date")  # fmt: skip
        return self._found("late_order", rows.item, self._documents(rows), expected, rows.quantity,
                           self._between(rows.date, expected), self.money.of_needs(rows), text, rows.line)  # fmt: skip

    def _usable_days(self) -> tuple[np.ndarray, np.ndarray]:
        """The day on which each supply can be there at the earliest, parts before what is made from them; and which
        supply decides that: itself, or the slowest part of its parts."""
        plan, pegging, needs = self.plan, self.pegging, self.pegging.needs
        inputs, orders = plan.inputs, plan.orders
        usable = np.full(len(pegging.supply_item), self.today, dtype=np.int64)
        received = np.flatnonzero((pegging.supply_ref != BLANK) & ~pegging.planned)
        usable[received] = inputs.receipts.day[pegging.supply_ref[received]]
        row_of_order = supply_of_orders(plan, pegging)
        usable[row_of_order] = np.maximum(orders.need, self.soonest)
        cause = np.arange(len(usable))
        firm = len(inputs.documents[PLANNED])
        fed = np.flatnonzero((needs.kind[pegging.demand] == PLANNED) & (needs.ref[pegging.demand] >= firm))
        parent = needs.ref[pegging.demand[fed]] - firm
        due_parts = needs.day[pegging.demand[fed]]
        level = plan.codes[pegging.supply_item[pegging.supply[fed]]]
        days = np.maximum(orders.schedule.lead, 0) + inputs.sources.inspection_days[orders.item]
        for code in range(int(plan.codes.max(initial=0)), 0, -1):
            at = np.flatnonzero(level == code)
            part = pegging.supply[fed[at]]
            slow = np.flatnonzero(usable[part] > due_parts[at])
            held = parent[at[slow]]
            again, row = step_on(inputs.calendar, usable[part[slow]], days[held]), row_of_order[held]
            slower = again > usable[row]
            np.maximum.at(usable, row, again)
            decides = np.flatnonzero(slower & (again == usable[row]))
            cause[row[decides]] = cause[part[slow[decides]]]
        return usable, cause

    def _supplies(self, row: np.ndarray) -> np.ndarray:
        """Item and number of supplies (rows of `pegging.supply_*`), as people say it."""
        pegging, receipts = self.pegging, self.plan.inputs.receipts
        code = self._codes(pegging.supply_item[row])
        ref, planned = pegging.supply_ref[row], pegging.planned[row]
        number = np.full(len(row), "stock", dtype=object)
        number[planned] = self._numbers(ref[planned])
        received = np.flatnonzero(~planned & (ref != BLANK))
        number[received] = receipts.order[ref[received]]
        return code + np.where(number == "", " in inspection", " of " + number)

    def overloads(self, load, over) -> Found:
        weeks, needs = load.weeks.iloc[over.rows], self.pegging.needs
        found = weeks["room_week"].notna().to_numpy()
        week = weeks["week"].to_numpy().astype(DAY).astype(np.int64)
        room = np.where(found, weeks["room_week"].to_numpy().astype(DAY).astype(np.int64), week)
        days = np.where(found, self.plan.inputs.calendar.between(week.astype(DAY), room.astype(DAY)), BLANK)
        worth = self.money.of_needs(needs.take(over.lines))
        value, priced = np.zeros(len(week), dtype=np.int64), np.zeros(len(week), dtype=np.int64)
        np.add.at(value, over.waits, np.maximum(worth, 0))
        np.add.at(priced, over.waits, np.where(worth == BLANK, 0, 1))
        waited = np.bincount(over.waits, minlength=len(week))
        value[(waited > 0) & (priced == 0)] = BLANK
        texts = overload_texts(self.plan, self.pegging, load, over, days)
        return self._found("overload", np.full(len(week), BLANK), weeks["work_center"].to_numpy(object), week,
                           weeks["overload_micro"].to_numpy(), days, value,
                           lambda rows: [texts[row] for row in rows])  # fmt: skip

    def _codes(self, item: np.ndarray) -> np.ndarray:
        return self.plan.inputs.items["item"].to_numpy(dtype=object)[item]

    def _numbers(self, row: np.ndarray) -> np.ndarray:
        """Numbers of suggestions: rows of `plan.orders`."""
        return self.numbers.take(self.suggested[row]).to_numpy(dtype=object)

    @property
    def _actions(self):
        if "actions" not in self.__dict__:
            self.actions = receipt_actions(self.plan)
        return self.actions

    def _documents(self, needs: Needs) -> np.ndarray:
        names = np.full(len(needs), "", dtype=object)
        for kind in np.unique(needs.kind).tolist():
            rows = np.flatnonzero(needs.kind == kind)
            names[rows] = self.plan.inputs.documents[kind][needs.ref[rows]]
        return names

    def _between(self, earlier: np.ndarray, later: np.ndarray) -> np.ndarray:
        """Working days after the earlier day up to the later one."""
        days = self.plan.inputs.calendar.between((earlier + 1).astype(DAY), (later + 1).astype(DAY))
        return np.maximum(days, 0)

    def _late(self, day: np.ndarray) -> np.ndarray:
        return self._between(day, np.full(len(day), self.today))

    def _found(self, kind: str, item, order, day, quantity, days, value, message, line=None) -> Found:
        line = np.full(len(item), BLANK, dtype=np.int64) if line is None else line
        return Found(kind, item, order, line, day, quantity, days, value, message)
