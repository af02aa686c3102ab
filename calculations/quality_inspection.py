"""Inspection as the gate in front of stock: readings judged against the plan, decisions, what becomes of rejects."""

from collections import defaultdict
from dataclasses import dataclass, replace

import pandas as pd

from calculations.exact import MICRO, micro_text
from calculations.sampling import NoSuchPlan, sample_plan
from calculations.stock_ledger import NO_LINE, Cause, Refused

DISPOSITION_KINDS = {"return": "supplier_return", "scrap": "scrap", "rework": "rework"}


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One row of an inspection plan; both limits None: an attribute, whose good reading is 0."""

    name: str
    lower: int | None
    upper: int | None
    sampling: str
    sample_size: int | None
    aql: int | None
    level: str

    def passes(self, value: int) -> bool:
        """Whether one reading, in micro-units, is good; the limits themselves are good.

        >>> Characteristic("coat (µm)", 60_000_000, 120_000_000, "all", None, None, "").passes(60_000_000)
        True
        """
        if self.lower is None and self.upper is None:
            return value == 0
        return (self.lower is None or value >= self.lower) and (self.upper is None or value <= self.upper)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the readings say of one characteristic; `acceptable` units may be accepted on its account."""

    characteristic: str
    required: int
    readings: int
    nonconforming: int
    verdict: str


def judge(characteristic: Characteristic, readings: list[tuple[int, int]], lot_size: int) -> Judgement:
    """What the readings of a lot say of one characteristic: pass, fail or missing.

    Args:
        readings: (sample, value in micro-units); several readings of one sample must all be good.
        lot_size: whole units inspected.
    Fewer samples than the plan requires are missing, unless those that were read already fail it: a missing reading is
    never a pass.

    >>> limits = Characteristic("gap", 2_000_000, 4_000_000, "fixed", 2, None, "")
    >>> judge(limits, [(1, 3_000_000), (2, 5_000_000)], 10).verdict, judge(limits, [], 10).verdict
    ('fail', 'missing')
    """
    plan = sample_plan(characteristic.sampling, lot_size, characteristic.sample_size, characteristic.aql,
                       characteristic.level)  # fmt: skip
    samples = {sample for sample, _ in readings}
    bad = {sample for sample, value in readings if not characteristic.passes(value)}
    allowed = 0 if characteristic.sampling != "aql" else plan.acceptance_number
    if len(bad) > allowed:
        verdict = "fail"
    elif len(samples) < plan.sample_size:
        verdict = "missing"
    else:
        verdict = "pass"
    return Judgement(characteristic.name, plan.sample_size, len(samples), len(bad), verdict)


def post_inspection(engine, fact: dict, cause: Cause) -> None:
    """A decision on units that wait: accepted and concession become usable, rejected leave the way they are told."""
    inspected, accepted, concession, rejected = (
        fact[f"{name}_quantity_micro"] for name in ("inspected", "accepted", "concession", "rejected")
    )
    _check_sum(inspected, accepted, concession, rejected)
    disposition = fact["disposition"]
    if rejected and disposition not in DISPOSITION_KINDS:
        raise Refused("disposition", disposition, f"{micro_text(rejected)} are rejected in {fact['event']}: say "
                      "rework, return or scrap")  # fmt: skip
    item, holder = _what_waits(engine, fact, cause, inspected)
    _check_readings(engine, fact, item, accepted, rejected)
    if rejected and disposition == "return" and not _supplier_of(engine, cause.order):
        raise Refused("disposition", "return", f"{cause.order} came from no supplier; choose rework or scrap")
    decided = replace(cause, kind="inspection", order=holder, line=cause.line if holder else NO_LINE)
    if accepted + concession:
        for warehouse, lot, line, part in engine.ledger.release(decided, "inspection", item, accepted + concession,
                                                                fact["lot"], wanted_line=decided.line):  # fmt: skip
            engine.ledger.move(decided, item, warehouse, lot, "available", part, line=line)
    if rejected:
        _reject(engine, fact, replace(decided, kind=DISPOSITION_KINDS[disposition]), item, rejected, cause.order)


def _check_sum(inspected: int, accepted: int, concession: int, rejected: int) -> None:
    for name, quantity in (("accepted", accepted), ("concession", concession), ("rejected", rejected)):
        if quantity < 0:
            raise Refused(f"{name}_quantity", micro_text(quantity), f"{name}_quantity cannot be negative; correct it")
    if inspected <= 0:
        raise Refused("inspected_quantity", micro_text(inspected), "inspected_quantity must be more than 0; correct it")
    if accepted + concession + rejected != inspected:
        raise Refused(
            "inspected_quantity", micro_text(inspected),
            f"accepted {micro_text(accepted)} + concession {micro_text(concession)} + rejected {micro_text(rejected)}"
            f" = {micro_text(accepted + concession + rejected)}, not the inspected {micro_text(inspected)}; mend them",
        )  # fmt: skip


def _what_waits(engine, fact: dict, cause: Cause, inspected: int) -> tuple[str, str]:
    """The item decided on and the document that holds it ("" for stock that waited before the first fact)."""
    found = []
    items = _items_of(engine, cause.order)
    for holder in (cause.order, ""):
        for item in items:
            line = cause.line if holder else NO_LINE
            waiting = sum(engine.ledger.held_places("inspection", holder, item, fact["lot"], line).values())
            if waiting:
                found.append((waiting, item, holder))
    enough = [row for row in found if row[0] >= inspected]
    if len({item for _, item, holder in found if holder}) > 1:
        raise Refused("line", "", f"several items of {cause.order} wait for inspection; give the line")
    if not enough:
        waiting = found[0][0] if found else 0
        what = f"{cause.order}{f' line {cause.line}' if cause.line != NO_LINE else ''}"
        lot = f" of lot {fact['lot']}" if fact["lot"] else ""
        raise Refused(
            "inspected_quantity", micro_text(inspected),
            f"{micro_text(waiting)}{lot} of {what} wait for inspection, {micro_text(inspected - waiting)} fewer than "
            "inspected; correct the quantity, or record the receipt or completion that is missing",
            may_wait=True,
        )  # fmt: skip
    return enough[0][1], enough[0][2]


def _items_of(engine, order: str) -> list[str]:
    documents = engine.documents
    if order in documents.purchases:
        return sorted({line.item for line in documents.purchases[order].lines.values()})
    for orders in (documents.works, documents.subcontracts):
        if order in orders:
            return [orders[order].item]
    if order in documents.sales_by_order:
        return sorted({line.item for line in documents.sales_by_order[order]})
    raise Refused(
        "order", order, f"there is no open order {order}; correct the number, or open the order if it is closed"
    )


def _supplier_of(engine, order: str) -> bool:
    return order in engine.documents.purchases or order in engine.documents.subcontracts


def _check_readings(engine, fact: dict, item: str, accepted: int, rejected: int) -> None:
    """Record what the readings say, and refuse to accept units that they do not let pass."""
    plan = engine.plans.get((item, fact["stage"]), ())
    by_characteristic = engine.readings.get(fact["event"], {})
    units = max(-(-fact["inspected_quantity_micro"] // MICRO), 1)
    faults = []
    for characteristic in plan:
        try:
            verdict = judge(characteristic, by_characteristic.get(characteristic.name, []), units)
        except NoSuchPlan as error:
            raise Refused("event", fact["event"], str(error)) from error
        engine.judgements.append((fact["event"], item, characteristic.name, verdict.required, verdict.readings,
                                  verdict.nonconforming, verdict.verdict))  # fmt: skip
        if not accepted or verdict.verdict == "pass":
            continue
        sorted_out = characteristic.sampling == "all" and verdict.readings >= verdict.required
        if sorted_out and accepted <= fact["inspected_quantity_micro"] - verdict.nonconforming * MICRO:
            continue
        if verdict.verdict == "missing":
            faults.append(f"{characteristic.name}: {verdict.readings} of {verdict.required} readings are there")
        else:
            faults.append(f"{characteristic.name}: {verdict.nonconforming} of {verdict.readings} readings fail")
    if faults:
        raise Refused("accepted_quantity", micro_text(accepted),
                      f"{micro_text(accepted)} of {item} cannot be accepted in {fact['event']}: {'; '.join(faults)}; "
                      "add the readings, or decide concession or rejection")  # fmt: skip


def _reject(engine, fact: dict, cause: Cause, item: str, rejected: int, order: str) -> None:
    gone = engine.ledger.release(cause, "inspection", item, rejected, fact["lot"], wanted_line=cause.line)
    if cause.kind == "rework":
        engine.rework_orders.append((fact["event"], order, item, rejected, fact["date"], fact["reason"]))
    if cause.kind != "supplier_return" or not cause.order:
        return
    documents = engine.documents
    if order in documents.purchases:
        lines = documents.purchases[order].lines
        for _, _, line, part in gone:
            line = line if line in lines else cause.line
            if line in lines:
                lines[line].received = max(lines[line].received - part, 0)
        documents.touched["purchase_orders", order] = None
    else:
        documents.subcontracts[order].good = max(documents.subcontracts[order].good - rejected, 0)
        documents.touched["subcontract_orders", order] = None


def plans_by_item(plans: pd.DataFrame) -> dict[tuple[str, str], tuple[Characteristic, ...]]:
    """The characteristics of each (item, stage), in the order of the table."""
    found: dict[tuple[str, str], list[Characteristic]] = defaultdict(list)
    blank = {name: plans[name].astype("Int64").astype(object).where(plans[name].notna(), None).tolist()
             for name in ("lower_micro", "upper_micro", "sample_size", "aql_micro")}  # fmt: skip
    for item, stage, name, lower, upper, sampling, size, aql, level in zip(
        plans["item"], plans["stage"], plans["characteristic"], blank["lower_micro"], blank["upper_micro"],
        plans["sampling"], blank["sample_size"], blank["aql_micro"], plans["level"], strict=True,
    ):  # fmt: skip
        found[item, stage].append(Characteristic(name, lower, upper, sampling, size, aql, level or "II"))
    return {key: tuple(rows) for key, rows in found.items()}


def readings_by_event(readings: pd.DataFrame) -> dict[str, dict[str, list[tuple[int, int]]]]:
    """(sample, value in micro-units) by event and characteristic."""
    found: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for event, name, sample, value in zip(readings["event"].tolist(), readings["characteristic"].tolist(),
                                          readings["sample"].tolist(), readings["value_micro"].tolist(),
                                          strict=True):  # fmt: skip
        found[event][name].append((sample, value))
    return found
