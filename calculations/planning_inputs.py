"""What planning starts from: demands and receipts of a world as arrays, days counted from 1970-01-01.

Everything is sorted by its natural key, so that the order of input rows does not matter.
"""

from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from calculations.bills_of_materials import BillsOfMaterials, bills_of_materials, component_quantities
from calculations.errors import QuantityOverflow
from calculations.exact import SAFE_PRODUCT, multiply_divide, step_of
from calculations.forecast_consumption import unconsumed_forecast
from calculations.item_supply import firm_orders, usable_stock
from calculations.lot_sizing import lot_parameters
from calculations.netting import LotParameters
from calculations.order_holdings import held_by_orders
from calculations.order_lines import LOWEST_PRIORITY, open_order_lines
from calculations.quantity_limits import named_overflow
from calculations.reserved_stock import net_of_reserved
from calculations.row_parsing import no_refusals
from calculations.safety_stocks import SafetyStocks, safety_stocks
from calculations.supply_sources import BLANK, SupplySources, step_back, step_on, supply_sources
from calculations.working_days import DAY, CalendarTable, WorkingDays

DEMAND_KINDS = ("sales_order", "forecast", "work_order", "subcontract_order", "planned_order")
SALES, FORECAST, WORK, SUBCONTRACT, PLANNED = range(5)
SUPPLY_KINDS = ("stock", "inspection", "purchase_order", "work_order", "subcontract_order", "planned_order")
STOCK, INSPECTION, PURCHASED, MADE, SUBCONTRACTED, SUGGESTED = range(6)


@dataclass(frozen=True)
class Needs:
    """What is asked of items, one row a need. `day` is when it counts, `date` when it was wanted.

    `quantity` ÷ `denominator` is the need in micro-units; the denominator is 1 except on the way through a phantom.
    `kind` and `ref` (a row of `Documents`) name who asks, `line` its line, `bill` the bill that asks; -1 is none.
    """

    item: np.ndarray
    day: np.ndarray
    date: np.ndarray
    quantity: np.ndarray
    denominator: np.ndarray
    priority: np.ndarray
    kind: np.ndarray
    ref: np.ndarray
    line: np.ndarray
    bill: np.ndarray

    def __len__(self) -> int:
        return len(self.item)

    def take(self, rows: np.ndarray, **replaced) -> "Needs":
        """These rows, with some columns replaced."""
        kept = {field.name: getattr(self, field.name)[rows] for field in fields(self) if field.name not in replaced}
        return Needs(**kept, **replaced)


@dataclass(frozen=True)
class Receipts:
    """What open orders bring. `day` is when it counts, `date` when it is due; `order` and `line` name it."""

    item: np.ndarray
    day: np.ndarray
    date: np.ndarray
    quantity: np.ndarray
    kind: np.ndarray
    order: np.ndarray
    line: np.ndarray


# Tables that say how items are planned, not what is asked of them.
MASTERS = ("items", "calendar", "boms", "bom_lines", "supplier_items", "price_breaks", "unit_conversions", "operations",
           "work_centers", "exchange_rates")  # fmt: skip


@dataclass(frozen=True)
class PlanningInputs:
    """A world ready to be planned; items are positions in the sorted `items`. `masters` are the tables of MASTERS that
    it was read from.

    `lots` say how items are ordered from their best offers on as_of. `to_make` are item, remaining quantity, start day
    and number of open work orders and firm suggestions to produce.
    """

    masters: dict[str, pd.DataFrame | None]
    items: pd.DataFrame
    index: pd.Index
    as_of: int
    calendar: WorkingDays
    policies: dict
    bills: BillsOfMaterials
    sources: SupplySources
    lots: LotParameters
    phantom: np.ndarray
    step: np.ndarray
    on_hand: np.ndarray
    safety: SafetyStocks
    needs: Needs
    receipts: Receipts
    to_make: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    documents: dict[int, np.ndarray]
    firm: pd.DataFrame | None
    planned: pd.DataFrame | None
    refused: pd.DataFrame

    @cached_property
    def last_numbers(self) -> dict[str, int]:
        """The highest number used for each item by planned orders that this run does not replace."""
        return _last_numbers(self.planned)

    @cached_property
    def safety_today(self) -> np.ndarray:
        """Safety stock by item on as_of; of phantoms too, whose stock serves its components' parents."""
        own = self.items["safety_stock_micro"].to_numpy(dtype=np.int64)
        every = np.arange(len(own))
        return self.safety.on(every, np.full(len(own), self.as_of), own)

    def offer_for(self, item: np.ndarray, need: np.ndarray, table: CalendarTable) -> np.ndarray:
        """The offer by which bought items are ordered for a day: the lead time of what is bought knows no quantity."""
        one = np.ones(len(item), dtype=np.int64)
        return self.sources.releases(item, one, need, self.as_of, self.calendar, table)[1]

    def lots_of(self, item: np.ndarray, offer: np.ndarray) -> LotParameters:
        """How each of the items is ordered, with the minimum and multiple of the supplier's offer (-1 = none)."""
        return _lots_of(self.items.take(item), self.sources, item, offer)


def _lots_of(items: pd.DataFrame, sources: SupplySources, item: np.ndarray, offer: np.ndarray) -> LotParameters:
    offer = np.where(sources.is_bought[item], offer, BLANK)
    minimum, multiple = np.append(sources.minimum, 0)[offer], np.append(sources.multiple, 0)[offer]
    codes = items["item"].to_numpy(dtype=object)
    return named_overflow(
        lambda rows: lot_parameters(
            items.take(rows) if len(rows) < len(items) else items, minimum[rows], multiple[rows]
        ),
        np.arange(len(items)),
        lambda row: codes[row],
    )


def planning_inputs(world: dict, as_of: date, policies: dict, earlier: PlanningInputs | None = None) -> PlanningInputs:
    """Arrays of everything a plan depends on.

    Args:
        earlier: what was read of another world: what only depends on the same frames is taken from there.
    """
    return _Reader(world, as_of, policies, earlier).read()


def component_needs(
    bills: BillsOfMaterials, phantom: np.ndarray, step: np.ndarray, bill, day, quantity, denominator, fixed
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What orders need of their components, each order's need rounded up by itself; of a phantom the exact fraction.

    Args:
        bill: of each order, -1 = none. day: on which lines must be in force. quantity ÷ denominator: micro-units to
            start. fixed: whether the fixed loss of the order is still to come.
    Returns:
        order row, bill line, quantity and denominator (1 except of phantoms) of each need.
    """
    row, line = bills.lines_of(bill, day)
    component = bills.component[line]
    needed, divisor = line_needs(
        (bills.numerator[line], bills.denominator[line], np.where(fixed[row], bills.fixed[line], 0)),
        phantom[component], step[component], quantity[row], denominator[row],
    )  # fmt: skip
    real = needed > 0
    return row[real], line[real], needed[real], divisor[real]


def line_needs(ratios: tuple, phantom, step, quantity, denominator) -> tuple[np.ndarray, np.ndarray]:
    """What orders need by bill lines whose numerator, denominator and fixed loss are `ratios`, row by row.

    `phantom` and `step` are of the component; see `component_needs`. The quantity is 0 where nothing is needed.
    """
    upper, lower = component_quantities(ratios[0], ratios[1], quantity, denominator)
    rounded = _rounded_up(multiply_divide(upper, 1, lower, "up"), ratios[2], step)
    through = np.flatnonzero(phantom)
    divisor = np.ones(len(rounded), dtype=np.int64)
    divisor[through] = lower[through]
    rounded[through] = upper[through] + ratios[2][through] * lower[through]
    return rounded, divisor


def needed_quantities(quantity, numerator, denominator, fixed, step) -> np.ndarray:
    """What whole quantities need of components that are no phantoms: `line_needs` without its fractions."""
    if float(quantity.max(initial=0)) * float(numerator.max(initial=0)) < SAFE_PRODUCT:
        whole = quantity * numerator
        if (denominator > 1).any():
            whole = -(-whole // denominator)
    else:
        whole = multiply_divide(quantity, numerator, denominator, "up")
    return _rounded_up(whole, fixed, step)


def _rounded_up(whole: np.ndarray, extra: np.ndarray, step: np.ndarray) -> np.ndarray:
    if whole.max(initial=0) > SAFE_PRODUCT:
        raise QuantityOverflow("an order needs more of a component than Kitline can count; use a larger unit")
    return -(-(whole + extra - (step > 1)) // step) * step


def joined(parts: list[Needs]) -> Needs:
    """Several needs as one."""
    return Needs(
        **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Needs)}
    )


def days_of(dates: pd.Series) -> np.ndarray:
    """Days since 1970-01-01."""
    return dates.to_numpy().astype(DAY).astype(np.int64)


def _last_numbers(planned: pd.DataFrame | None) -> dict[str, int]:
    if planned is None or not len(planned):
        return {}
    stays = planned["firm"].astype(bool)
    if "state" in planned:
        stays |= planned["state"] != "suggested"
    last: dict[str, int] = {}
    for number in planned.loc[stays, "number"].tolist():
        item, _, count = number.removeprefix("PLAN-").rpartition("-")
        if number.startswith("PLAN-") and item and count.isdecimal():
            last[item] = max(last.get(item, 0), int(count))
    return last


class _Reader:
    """Reads one world; every method gives one kind of demand or receipt."""

    def __init__(self, world: dict, as_of: date, policies: dict, earlier: PlanningInputs | None):
        self.world, self.date, self.policies = net_of_reserved(world, as_of), as_of, policies
        self.as_of = int(np.datetime64(as_of, "D").astype(np.int64))
        self.masters = {name: world.get(name) for name in MASTERS}
        if earlier is not None and self._is_like(earlier):
            for name in ("items", "index", "calendar", "bills", "sources", "phantom", "step"):
                setattr(self, name, getattr(earlier, name))
        else:
            self._read_masters()
        self.refused: list[pd.DataFrame] = []
        self.documents: dict[int, np.ndarray] = {}

    def _is_like(self, earlier: PlanningInputs) -> bool:
        same = all(self.masters[name] is frame for name, frame in earlier.masters.items())
        return same and earlier.as_of == self.as_of and earlier.policies == self.policies

    def _read_masters(self) -> None:
        self.items = self.world["items"].sort_values("item", kind="stable", ignore_index=True)
        self.index = pd.Index(self.items["item"])
        self.calendar = WorkingDays(self.world["calendar"])
        self.bills = bills_of_materials(self.world, self.index, self.policies)
        self.sources = supply_sources(self.world, self.items)
        self.phantom = self.bills.phantoms(self.as_of)
        self.step = step_of(self.items["decimals"].to_numpy(dtype=np.int64))

    def read(self) -> PlanningInputs:
        planned = self.world.get("planned_orders")
        firm = firm_orders(planned) if planned is not None and len(planned) else None
        self.firm = self._known("planned_orders", firm, ["number"]) if firm is not None else None
        works = self._known("work_orders", self.world["work_orders"], ["order"])
        subcontracts = self._known("subcontract_orders", self.world["subcontract_orders"], ["order"])
        needs = [self._sales(), self._forecasts(), self._work_components(works)]
        needs += [self._subcontract_components(subcontracts), self._firm_components()]
        return PlanningInputs(
            masters=self.masters,
            items=self.items,
            index=self.index,
            as_of=self.as_of,
            calendar=self.calendar,
            policies=self.policies,
            bills=self.bills,
            sources=self.sources,
            lots=self._lots(),
            phantom=self.phantom,
            step=self.step,
            on_hand=self._on_hand(),
            safety=safety_stocks(self.world.get("safety_stocks"), self.index, ~self.phantom),
            needs=joined(needs),
            receipts=self._receipts(works, subcontracts),
            to_make=self._to_make(works),
            documents=self.documents,
            firm=self.firm,
            planned=planned,
            refused=pd.concat(self.refused, ignore_index=True) if self.refused else no_refusals(),
        )

    def _known(self, table: str, rows: pd.DataFrame, sort: list[str], column: str = "item") -> pd.DataFrame:
        position = self.index.get_indexer(rows[column])
        unknown = rows[position < 0]
        if len(unknown):
            value = unknown[column].astype("str")
            message = ("item " + value + " is not in items; add it there or correct the row").to_numpy(dtype=object)
            refusal = {"table": table, "row": np.asarray(unknown.index), "column": column,
                       "value": value.to_numpy(dtype=object), "message": message}  # fmt: skip
            self.refused.append(pd.DataFrame(refusal).astype(no_refusals().dtypes.to_dict()))
        rows = rows.assign(position=position)[position >= 0]
        return rows.sort_values(sort, kind="stable", ignore_index=True)

    def _needs(self, kind: int, item, date_, quantity, *, ref, line=None, denominator=None, priority=None, bill=None):
        count = len(item)

        def column(given, blank: int) -> np.ndarray:
            return np.full(count, blank, dtype=np.int64) if given is None else given

        wanted = np.asarray(quantity) > 0
        needs = Needs(
            item=np.asarray(item, dtype=np.int64),
            day=np.maximum(date_, self.as_of),
            date=np.asarray(date_, dtype=np.int64),
            quantity=np.asarray(quantity, dtype=np.int64),
            denominator=column(denominator, 1),
            priority=column(priority, LOWEST_PRIORITY),
            kind=np.full(count, kind, dtype=np.int64),
            ref=np.asarray(ref, dtype=np.int64),
            line=column(line, BLANK),
            bill=column(bill, BLANK),
        )
        return needs.take(np.flatnonzero(wanted))

    def _sales(self) -> Needs:
        lines, refused = open_order_lines(self.world)
        if len(refused):
            self.refused.append(refused)
        lines = lines.sort_values(["order", "line"], kind="stable", ignore_index=True)
        self.documents[SALES] = lines["order"].to_numpy(dtype=object)
        return self._needs(
            SALES,
            self.index.get_indexer(lines["item"]),
            days_of(lines["due_date"]),
            lines["open_micro"].to_numpy(),
            ref=np.arange(len(lines)),
            line=lines["line"].to_numpy(dtype=np.int64),
            priority=lines["priority"].to_numpy(dtype=np.int64),
        )

    def _forecasts(self) -> Needs:
        forecasts = self._known("forecasts", self.world["forecasts"], ["item", "date", "quantity_micro"])
        text = forecasts["date"].dt.strftime("%Y-%m-%d") if len(forecasts) else forecasts["item"]
        self.documents[FORECAST] = (forecasts["item"] + "/" + text).to_numpy(dtype=object)
        lines = self.world["sales_order_lines"]
        lines = lines[lines["item"].isin(forecasts["item"])].sort_values(["due_date", "order", "line"], kind="stable")
        item, day = forecasts["position"].to_numpy(), days_of(forecasts["date"])
        left = unconsumed_forecast(
            item,
            day,
            forecasts["quantity_micro"].to_numpy(),
            self.index.get_indexer(lines["item"]),
            days_of(lines["due_date"]),
            lines["quantity_micro"].to_numpy(),
            self.policies["forecast_backward_days"],
            self.policies["forecast_forward_days"],
        )
        return self._needs(FORECAST, item, day, left, ref=np.arange(len(forecasts)))

    def _work_components(self, orders: pd.DataFrame) -> Needs:
        done = orders["completed_quantity_micro"] + orders["scrapped_quantity_micro"]
        remaining = (orders["quantity_micro"] - done).to_numpy()
        return self._order_components(
            WORK, orders, "work_order_components", "issued_quantity_micro", days_of(orders["start_date"]), remaining
        )

    def _subcontract_components(self, orders: pd.DataFrame) -> Needs:
        remaining = (orders["quantity_micro"] - orders["received_quantity_micro"]).to_numpy()
        item = orders["position"].to_numpy()
        offer = self.sources.offer_of(item, orders["supplier"].to_numpy(dtype=object), self.as_of)
        lead = np.where(offer >= 0, np.append(self.sources.offer_lead, BLANK)[offer], BLANK)
        lead = np.where(self.sources.lead_days[item] >= 0, self.sources.lead_days[item], np.maximum(lead, 0))
        send = step_back(self.calendar, days_of(orders["due_date"]), lead)
        return self._order_components(
            SUBCONTRACT, orders, "subcontract_order_components", "sent_quantity_micro", send, remaining
        )

    def _order_components(self, kind: int, orders, table: str, used: str, day, remaining) -> Needs:
        """Remaining needs of open orders: their component rows, or else the bill of what is still to make."""
        self.documents[kind] = orders["order"].to_numpy(dtype=object)
        rows = self._known(table, self.world[table], ["order", "item"])
        ref = pd.Index(orders["order"]).get_indexer(rows["order"])
        open_quantity = (rows["quantity_micro"] - rows[used]).to_numpy()
        asked = ref >= 0
        if "issue_method" in rows:
            asked &= (rows["issue_method"] != "none").to_numpy()
        asked &= np.append(remaining, 0)[ref] > 0
        rows, given, open_quantity = rows[asked], ref[asked], open_quantity[asked]
        listed = self._needs(kind, rows["position"].to_numpy(), day[given], open_quantity, ref=given)
        bare = np.flatnonzero((remaining > 0) & ~np.isin(np.arange(len(orders)), ref))
        fresh = remaining[bare] == orders["quantity_micro"].to_numpy()[bare]
        exploded = self._exploded(kind, orders, bare, day[bare], remaining[bare], fresh)
        codes = self.items["item"].to_numpy(dtype=object)[exploded.item]
        held = held_by_orders(self.world["stock"], table, self.documents[kind][exploded.ref], codes)
        left = exploded.quantity - held * exploded.denominator
        asked = np.flatnonzero(left > 0)
        return joined([listed, exploded.take(asked, quantity=left[asked])])

    def _exploded(self, kind: int, orders, rows, day, quantity, fixed) -> Needs:
        bill = self.bills.pick(orders["position"].to_numpy()[rows], day)
        row, line, needed, denominator = component_needs(
            self.bills, self.phantom, self.step, bill, day, quantity, np.ones(len(rows), dtype=np.int64), fixed
        )
        return self._needs(
            kind,
            self.bills.component[line],
            day[row],
            needed,
            ref=rows[row],
            denominator=denominator,
            bill=bill[row],
        )

    def _firm_components(self) -> Needs:
        firm = self.firm if self.firm is not None else self.world["items"].iloc[:0].assign(position=0)
        if self.firm is None:
            self.documents[PLANNED] = np.array([], dtype=object)
            return self._needs(PLANNED, *[np.zeros(0, dtype=np.int64)] * 3, ref=np.zeros(0, dtype=np.int64))
        self.documents[PLANNED] = firm["number"].to_numpy(dtype=object)
        made = np.flatnonzero((firm["kind"] != "purchase").to_numpy())
        quantity = firm["quantity_micro"].to_numpy()[made]
        day = days_of(firm["release_date"])[made]
        return self._exploded(PLANNED, firm, made, day, quantity, np.ones(len(made), dtype=bool))

    def _lots(self) -> LotParameters:
        every = np.arange(len(self.items))
        lots = _lots_of(self.items, self.sources, every, self.sources.offers_on(self.as_of))
        # a phantom is never ordered for itself: its stock serves, the rest passes through
        return replace(lots, safety=np.where(self.phantom, 0, lots.safety),
                       order_up_to=np.where(self.phantom, BLANK, lots.order_up_to))  # fmt: skip

    def _on_hand(self) -> np.ndarray:
        stock = self._known("stock", usable_stock(self.world, self.date, self.policies), ["item"])
        on_hand = np.zeros(len(self.items), dtype=np.int64)
        np.add.at(on_hand, stock["position"].to_numpy(), stock["quantity_micro"].to_numpy())
        return on_hand

    def _receipts(self, works: pd.DataFrame, subcontracts: pd.DataFrame) -> Receipts:
        purchases = self._known("purchase_order_lines", self.world["purchase_order_lines"], ["order", "line"])
        parts = [
            self._receipt(PURCHASED, purchases, purchases["quantity_micro"] - purchases["received_quantity_micro"]),
            self._receipt(MADE, works, self._good_quantity(works)),
            self._receipt(
                SUBCONTRACTED, subcontracts, subcontracts["quantity_micro"] - subcontracts["received_quantity_micro"]
            ),
            self._inspected(),
        ]
        if self.firm is not None:
            firm = self.firm.assign(order=self.firm["number"])
            parts.append(self._receipt(SUGGESTED, firm, firm["receipt_quantity_micro"]))
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        order = np.lexsort((columns["kind"], columns["day"], columns["item"]))
        order = order[columns["quantity"][order] > 0]
        return Receipts(**{name: values[order] for name, values in columns.items()})

    def _receipt(self, kind: int, orders: pd.DataFrame, quantity) -> dict[str, np.ndarray]:
        due = days_of(orders["due_date"])
        line = orders["line"].to_numpy(dtype=np.int64) if "line" in orders else np.full(len(orders), BLANK)
        return {
            "item": orders["position"].to_numpy(dtype=np.int64),
            "day": np.maximum(due, self.as_of),
            "date": due,
            "quantity": np.asarray(quantity, dtype=np.int64),
            "kind": np.full(len(orders), kind, dtype=np.int64),
            "order": orders["order"].to_numpy(dtype=object),
            "line": line.astype(np.int64),
        }

    def _to_make(self, works: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        done = works["completed_quantity_micro"] + works["scrapped_quantity_micro"]
        remaining = np.maximum((works["quantity_micro"] - done).to_numpy(), 0)
        open_ = np.flatnonzero(remaining > 0)
        item, start = works["position"].to_numpy()[open_], days_of(works["start_date"])[open_]
        remaining, order = remaining[open_], works["order"].to_numpy(dtype=object)[open_]
        if self.firm is not None:
            firm = self.firm[(self.firm["kind"] == "production").to_numpy()]
            item = np.append(item, firm["position"].to_numpy())
            remaining = np.append(remaining, firm["quantity_micro"].to_numpy())
            start = np.append(start, days_of(firm["release_date"]))
            order = np.append(order, firm["number"].to_numpy(dtype=object))
        return item, remaining, np.maximum(start, self.as_of), order

    def _good_quantity(self, works: pd.DataFrame) -> np.ndarray:
        position = works["position"].to_numpy()
        done = works["completed_quantity_micro"] + works["scrapped_quantity_micro"]
        remaining = np.maximum((works["quantity_micro"] - done).to_numpy(), 0)
        rate, step = self.items["yield_rate_micro"].to_numpy()[position], self.step[position]
        return multiply_divide(remaining, rate, 10**6, "down") // step * step

    def _inspected(self) -> dict[str, np.ndarray]:
        """Stock that waits for inspection, expected usable after the item's inspection days."""
        stock = self.world["stock"]
        waiting = (stock["status"] == "inspection") & ~stock["warehouse"].isin(self.policies["excluded_warehouses"])
        stock = self._known("stock", stock[waiting], ["item"])
        item, row = np.unique(stock["position"].to_numpy(dtype=np.int64), return_inverse=True)
        quantity = np.zeros(len(item), dtype=np.int64)
        np.add.at(quantity, row, stock["quantity_micro"].to_numpy())
        today = np.full(len(item), self.as_of, dtype=np.int64)
        day = np.maximum(step_on(self.calendar, today, self.sources.inspection_days[item]), self.as_of)
        none = np.full(len(item), "", dtype=object)
        return {"item": item, "day": day, "date": day, "quantity": quantity, "order": none,
                "kind": np.full(len(item), INSPECTION, dtype=np.int64),
                "line": np.full(len(item), BLANK, dtype=np.int64)}  # fmt: skip
