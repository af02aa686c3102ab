"""What the shop floor and the painter do in a day: take material, work, report good and scrapped units and hours."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import ceil

import numpy as np

from calculations.exact import MICRO
from demo.fact_sheet import FactSheet, Luck
from demo.plant import Plant, Shelves, World

SCRAP_CHANCE = {"WELDED": 0.025, "WHEEL-": 0.01}
SCRAP_REASONS = {"WELDED": "weld porosity at the head tube", "WHEEL-": "rim out of true"}
# A day's luck in production and at the painter: working days late, and how often.
DELAYS = ((0, 1, 2), (0.80, 0.14, 0.06))
PAINTER_DELAYS = ((0, 1, 2, 4), (0.62, 0.18, 0.12, 0.08))


@dataclass
class Job:
    """A work or subcontract order on the floor: how many sets were taken, and what is in work until when."""

    order: str
    item: str
    quantity: int
    due_date: date
    start_date: date
    needs: dict[str, int]
    backflushed: dict[str, int]
    taken: int = 0
    reported: int = 0
    batches: list[tuple[date, int]] = field(default_factory=list)

    def need(self, component: str, units: int, step: int) -> int:
        """Micro-units of a component for the first `units` units, rounded up to the component's step."""
        total = self.needs.get(component) or self.backflushed.get(component, 0)
        return ceil(Fraction(total * units, self.quantity) / step) * step

    def sets_possible(self, shelves: Shelves, plant: Plant) -> int:
        """Whole further units for which every component lies on the shelf."""
        possible = self.quantity - self.taken
        for component in self.needs:
            step = plant.step(component)
            while possible and plant.pick(component, self.further(component, possible, step), shelves) is None:
                possible -= 1
        return possible

    def further(self, component: str, units: int, step: int) -> int:
        return self.need(component, self.taken + units, step) - self.need(component, self.taken, step)


def jobs_of(world: World, plant: Plant, kind: str) -> dict[str, Job]:
    """The open orders of a world as jobs; kind is work or subcontract."""
    components = world[f"{kind}_order_components"]
    methods = components["issue_method"] if "issue_method" in components else [""] * len(components)
    handed_over = components["issued_quantity_micro" if kind == "work" else "sent_quantity_micro"]
    orders = world[f"{kind}_orders"]
    item_of = dict(zip(orders["order"], orders["item"], strict=True))
    needs: dict[str, dict[str, dict[str, tuple[int, int]]]] = {}
    rows = zip(components["order"], components["item"], components["quantity_micro"], handed_over, methods, strict=True)
    for order, item, quantity, handed, method in rows:
        if order in item_of:
            method = method or plant.issue_method.get((item_of[order], item), "issue")
            needs.setdefault(order, {}).setdefault(method, {})[item] = (int(quantity), int(handed))
    return {row["order"]: _job(row, needs.get(row["order"], {}), plant) for row in orders.to_dict("records")}


def _job(row: dict, needs: dict, plant: Plant) -> Job:
    """An order as it comes to the floor; what was handed over before, as for rework, is in work from the start."""
    due = row["due_date"].date()
    start = row["start_date"].date() if "start_date" in row else plant.before(due, plant.painting_days[row["item"]] + 2)
    quantity, issued = int(row["quantity_micro"]) // MICRO, needs.get("issue", {})
    reported = sum(int(row.get(f"{name}_quantity_micro", 0)) for name in ("completed", "scrapped", "received")) // MICRO
    taken = min((handed * quantity // planned for planned, handed in issued.values() if planned), default=0)
    return Job(
        order=row["order"],
        item=row["item"],
        quantity=quantity,
        due_date=due,
        start_date=start,
        needs={item: planned for item, (planned, _) in issued.items()},
        backflushed={item: planned for item, (planned, _) in needs.get("backflush", {}).items()},
        taken=max(taken, reported),
        reported=reported,
        batches=[(start, taken - reported)] if taken > reported else [],
    )


@dataclass
class ShopFloor:
    """Carries the jobs from day to day."""

    plant: Plant
    luck: Luck
    work: dict[str, Job] = field(default_factory=dict)
    painting: dict[str, Job] = field(default_factory=dict)

    def see_orders(self, world: World) -> None:
        """Take newly released orders over; orders no longer open are forgotten unless something is in work."""
        for jobs, kind in ((self.work, "work"), (self.painting, "subcontract")):
            seen = jobs_of(world, self.plant, kind)
            for order in [order for order in jobs if order not in seen and not jobs[order].batches]:
                del jobs[order]
            for order, job in seen.items():
                # the storekeeper may have picked for it meanwhile
                if order not in jobs or job.taken > jobs[order].taken:
                    jobs[order] = job

    def start_jobs(self, day: date, shelves: Shelves, sheet: FactSheet) -> None:
        """Take material for jobs whose day has come, the earliest due first; a part of a job when it presses."""
        for job in _by_due_date(self.work):
            # what is planned for one day is started in the morning and there for the next morning
            days = self.plant.lead_days(job.item) - 1
            self._start(job, day, days, DELAYS, shelves, sheet)
        for job in _by_due_date(self.painting):
            self._start(job, day, self.plant.painting_days[job.item], PAINTER_DELAYS, shelves, sheet)

    def _start(self, job: Job, day: date, days: int, delays, shelves: Shelves, sheet: FactSheet) -> None:
        if job.taken >= job.quantity or day < job.start_date:
            return
        units = job.sets_possible(shelves, self.plant)
        whole = job.taken + units == job.quantity
        if not units or not (whole or day > job.start_date):
            return
        for component in job.needs:
            quantity = job.further(component, units, self.plant.step(component))
            for item, part in self.plant.pick(component, quantity, shelves):
                shelves.take(item, part)
                sheet.add("issues", day, order=job.order, item=item, quantity_micro=part, warehouse="MAIN")
        luck = self.luck.of("start", job.order, job.taken)
        late = int(luck.choice(delays[0], p=delays[1]))
        job.batches.append((self.plant.after(day, days + late), units))
        job.taken += units

    def report_completions(self, day: date, shelves: Shelves, sheet: FactSheet) -> list[tuple[Job, int]]:
        """Report what is done today, as far as the work centers have hours; returns good units by job."""
        hours = dict(self.plant.capacity_hours)
        done = []
        for job in _by_due_date(self.work):
            ready = sum(units for until, units in job.batches if until <= day)
            units = min(ready, self._units_with_material(job, shelves), self._units_with_hours(job, hours))
            if units:
                done.append((job, self._report(job, units, day, shelves, hours, sheet)))
        return done

    def _report(self, job: Job, units: int, day: date, shelves: Shelves, hours: dict, sheet: FactSheet) -> int:
        for component in job.backflushed:
            step = self.plant.step(component)
            before, after = job.need(component, job.reported, step), job.need(component, job.reported + units, step)
            shelves.take(component, after - before)
        luck = self.luck.of("report", job.order, job.reported)
        family = job.item[:6]
        scrapped = int(luck.binomial(units, SCRAP_CHANCE.get(family, 0.0)))
        sheet.add(
            "completions",
            day,
            order=job.order,
            quantity_micro=(units - scrapped) * MICRO,
            scrapped_quantity_micro=scrapped * MICRO,
            scrap_reason=SCRAP_REASONS[family] if scrapped else "",
            # what is spoiled is spoiled where the work begins
            operation="10" if scrapped and job.item in self.plant.operations else None,
        )
        for number, (work_center, setup, run) in enumerate(self.plant.operations.get(job.item, []), start=1):
            planned = (setup if not job.reported else 0) + run * units
            hours[work_center] -= planned
            worked = _quarters(planned * luck.uniform(0.94, 1.16))
            sheet.add("time_entries", day, order=job.order, work_center=work_center, labor_hours=worked,
                      machine_hours=worked, operation=number * 10,
                      quantity_micro=(units - scrapped) * MICRO or None)  # fmt: skip
        job.reported += units
        job.batches = _without(job.batches, units, day)
        return units - scrapped

    def _units_with_hours(self, job: Job, hours: dict[str, float]) -> int:
        limits = []
        for work_center, setup, run in self.plant.operations.get(job.item, []):
            left = hours[work_center] - (0 if job.reported else setup)
            limits.append(int(left / run) if run else job.quantity)
        return max(0, min(limits, default=job.quantity))

    def _units_with_material(self, job: Job, shelves: Shelves) -> int:
        units = job.quantity - job.reported
        for component in job.backflushed:
            step = self.plant.step(component)
            used = job.need(component, job.reported, step)
            while units and job.need(component, job.reported + units, step) - used > shelves.free(component):
                units -= 1
        return units

    def painted_frames(self, day: date, sheet: FactSheet) -> list[tuple[Job, int]]:
        """Frames the painter brings today, now and then one short; returns units by job."""
        brought = []
        for job in _by_due_date(self.painting):
            ready = sum(units for until, units in job.batches if until <= day)
            if not ready:
                continue
            luck = self.luck.of("painted", job.order, job.reported)
            short = 1 if ready > 4 and luck.random() < 0.12 else 0
            units = ready - short
            sheet.add("receipts", day, order=job.order, quantity_micro=units * MICRO, warehouse="MAIN")
            job.reported += units
            job.batches = _without(job.batches, units, day)
            job.batches = [(self.plant.after(day, 3) if until <= day else until, left) for until, left in job.batches]
            brought.append((job, units))
        return brought


def _by_due_date(jobs: dict[str, Job]) -> list[Job]:
    return sorted(jobs.values(), key=lambda job: (job.due_date, job.order))


def _without(batches: list[tuple[date, int]], units: int, day: date) -> list[tuple[date, int]]:
    """The batches after `units` of those that are ready were reported, the oldest first."""
    left = []
    for until, size in sorted(batches):
        gone = min(size, units) if until <= day else 0
        units -= gone
        if size > gone:
            left.append((until, size - gone))
    return left


def _quarters(hours: float) -> float:
    """Hours as people write them down, in quarters, never nothing."""
    return max(0.25, float(np.round(hours * 4) / 4))
