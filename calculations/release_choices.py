"""What a person decides at release: which planned orders, how much of each, in which parts, of whom, when, the price.

A planned order of which a part is released keeps its number with that part; what is left has a number of its own
(PL-1.2) and the rest of the pegs. So a planned order is released once, and asking for the same again finds it gone.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import MICRO, micro_text, multiply_divide, step_of, to_micro
from calculations.supply_sources import BLANK, SupplySources, step_on, supply_sources
from calculations.working_days import DAY, WorkingDays

CHOICES = {"planned_order": "str", "quantity_micro": "Int64", "supplier": "str", "due_date": "datetime64[s]",
           "unit_price_micro": "Int64"}  # fmt: skip
PIECES = {"source": "str", "number": "str", "quantity_micro": "int64", "receipt_quantity_micro": "int64",
          "rest": "bool", "origin": "str"}  # fmt: skip
ORIGIN = "planned_orders:"


@dataclass(frozen=True)
class Selection:
    """Which planned orders are looked at; an empty list is all."""

    planned_orders: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    suppliers: tuple[str, ...] = ()
    buyers: tuple[str, ...] = ()
    planners: tuple[str, ...] = ()


def choices_of(rows: list[dict]) -> pd.DataFrame:
    """Choices as a typed frame; what a row leaves out stays as planned.

    Args:
        rows: planned_order, and quantity_micro, supplier, due_date, unit_price_micro where they differ. Several rows of
            one planned order split it; a row without quantity takes what the others leave.
    """
    frame = pd.DataFrame([{name: row.get(name) for name in CHOICES} for row in rows], columns=list(CHOICES))
    frame["supplier"] = frame["supplier"].fillna("")
    frame["due_date"] = pd.to_datetime(frame["due_date"])
    return frame.astype(CHOICES)


def released_parts(
    planned: pd.DataFrame, choices: pd.DataFrame | None, world: dict, as_of: date, policies: dict
) -> dict[str, pd.DataFrame]:
    """The planned orders as they are to be released, with what was chosen for them.

    Args:
        planned: planned orders due for release or chosen. choices: as `choices_of` returns them; None changes nothing.
    Returns:
        parts: rows of `planned`, one for each document line they will be part of, with source (the planned order they
            are of), part (1, 2, …), suggested_micro (the whole suggestion) and whole_micro (what the approval limit
            looks at: with what was released of it before).
        pieces: how planned orders of which a part is chosen are divided, the rest (released later) last: source,
            number, quantity_micro, receipt_quantity_micro, rest, origin.
        warnings: planned_order, item, message of limits and dates that a choice does not keep.
        faults: planned_order, message of choices that cannot be followed, with the remedy; none of them is in parts.
    """
    before = planned.get("released_before_micro", 0)
    if "unit_price_micro" not in planned:
        planned = planned.assign(unit_price_micro=pd.array([pd.NA] * len(planned), dtype="Int64"))
    parts = planned.assign(source=planned["number"], part=1, suggested_micro=planned["quantity_micro"],
                           whole_micro=planned["quantity_micro"] + before)  # fmt: skip
    pieces = pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in PIECES.items()})
    found = _Choices(world, as_of, policies)
    if choices is not None and len(choices):
        parts, pieces = found.applied(parts, choices)
    texts = {"warnings": ("planned_order", "item", "message"), "faults": ("planned_order", "message")}
    frames = {name: pd.DataFrame(getattr(found, name), columns=list(columns), dtype="str")
              for name, columns in texts.items()}  # fmt: skip
    return {"parts": parts, "pieces": pieces, **frames}


def piece_number(number: str, origin: str, place: int) -> tuple[str, str]:
    """Number and origin of the piece at a place, counted from 0, of a planned order that is divided.

    The pieces of a piece go on counting, so that all are named after the order that the plan suggested.

    >>> piece_number("PL-7", "items:BOLT", 1), piece_number("PL-7.2", "planned_orders:PL-7", 1)
    (('PL-7.2', 'planned_orders:PL-7'), ('PL-7.3', 'planned_orders:PL-7'))
    """
    root, last = number, 1
    if origin.startswith(ORIGIN) and number.startswith(f"{origin.removeprefix(ORIGIN)}."):
        root = origin.removeprefix(ORIGIN)
        last = int(number.removeprefix(f"{root}."))
    return (number, origin) if place == 0 else (f"{root}.{last + place}", ORIGIN + root)


class _Choices:
    """Follows choices one planned order at a time; a person chooses few."""

    def __init__(self, world: dict, as_of: date, policies: dict):
        self.world, self.policies = world, policies
        self.as_of = pd.Timestamp(as_of)
        self.today = int(np.datetime64(as_of, "D").astype(np.int64))
        self.warnings: list[tuple[str, str, str]] = []
        self.faults: list[tuple[str, str]] = []

    def applied(self, planned: pd.DataFrame, choices: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        self.items = self.world["items"].reset_index(drop=True)
        self.index = pd.Index(self.items["item"])
        self.sources = supply_sources(self.world, self.items)
        rows = dict(zip(planned["number"].tolist(), range(len(planned)), strict=True))
        kept, changed, pieces = np.ones(len(planned), dtype=bool), [], []
        for number, group in choices.groupby("planned_order", sort=False):
            if number not in rows:
                self.faults.append((number, self._elsewhere(number)))
                continue
            place = rows[number]
            kept[place] = False
            order = planned.iloc[place]
            asked = self._asked(order, group)
            if asked is None:
                continue
            divided = self._divided(order, [row["quantity_micro"] for row in asked])
            pieces += divided
            for part, (row, piece) in enumerate(zip(asked, divided, strict=False), start=1):
                changed.append(order.to_dict() | row | {"number": piece["number"], "part": part})
        parts = planned[kept]
        if changed:
            new = pd.DataFrame(changed, columns=planned.columns)
            new.index = [rows[source] for source in new["source"]]
            parts = pd.concat([parts, new.astype(planned.dtypes.to_dict())])
        pieces = pd.DataFrame(pieces, columns=list(PIECES)).astype(PIECES)
        return parts, pieces

    def _elsewhere(self, number: str) -> str:
        known = self.world.get("chosen_before")
        found = known[known["number"] == number] if known is not None else ()
        if not len(found):
            return f"there is no planned order {number}; see them by: kitline export planned_orders"
        row = found.iloc[0]
        became = f" as {row['order']} with {micro_text(row['quantity_micro'])}" if row["order"] else ""
        return f"planned order {number} is {row['state']}{became}; leave it out, or choose what is left of it"

    def _asked(self, order: pd.Series, group: pd.DataFrame) -> list[dict] | None:
        """What is to be released of an order, row by row with all that differs; None where it cannot be."""
        number, suggested = order["number"], int(order["quantity_micro"])
        blank = group["quantity_micro"].isna()
        given = int(group["quantity_micro"].fillna(0).sum())
        faults = []
        if blank.sum() > 1:
            faults.append(f"{number} has several rows without quantity; leave it blank in one of them")
        if (group["quantity_micro"].fillna(1) <= 0).any():
            faults.append(f"{number} is to be released with 0 or less; ask for more than 0, or leave the row out")
        if blank.any() and given >= suggested:
            faults.append(f"{number}: the other rows leave nothing of {micro_text(suggested)} for the one without "
                          "quantity; leave it out")  # fmt: skip
        # the percentage is of the whole suggestion, also when a part of it was released before
        before = int(order.get("released_before_micro", 0))
        most = int(multiply_divide(suggested + before, 100 * MICRO + to_micro(self.policies["over_release_percent"]),
                                   100 * MICRO, "down")) - before  # fmt: skip
        if given > most:
            percent = self.policies["over_release_percent"]
            faults.append(f"{number} suggests {micro_text(suggested)} and {micro_text(given)} are to be released; at "
                          f"most {micro_text(most)} may be (policy over_release_percent is {percent})")  # fmt: skip
        rows = []
        if not faults:
            for choice in group.itertuples(index=False):
                quantity = suggested - given if pd.isna(choice.quantity_micro) else int(choice.quantity_micro)
                row, fault = self._row(order, choice, quantity)
                rows.append(row)
                faults += [fault] if fault else []
        self.faults += [(number, fault) for fault in faults]
        return None if faults else rows

    def _row(self, order: pd.Series, choice, quantity: int) -> tuple[dict, str]:
        """The columns that a choice changes, and why it cannot be followed ("" if it can)."""
        number, item = order["number"], order["item"]
        place = self.index.get_loc(item)
        step = int(step_of(int(self.items["decimals"].iloc[place])))
        if quantity % step:
            return {}, f"{number}: {item} is counted in steps of {micro_text(step)}, not {micro_text(quantity)}"
        row = {"quantity_micro": quantity}
        made = order["kind"] == "production"
        other = bool(choice.supplier) and choice.supplier != order["supplier"]
        if made and (choice.supplier or not pd.isna(choice.unit_price_micro)):
            return {}, f"{number} is made here; only what is bought or subcontracted has a supplier and a price"
        supplier = choice.supplier or order["supplier"]
        offer = BLANK if made or not supplier else self._offer(place, supplier)
        if other and offer == BLANK:
            return {}, self._no_offer(number, place, choice.supplier)
        if other:
            row["supplier"] = supplier
        if offer != BLANK and (other or quantity != order["quantity_micro"]):
            row["unit_price_micro"] = int(self.sources.prices(np.array([offer]), np.array([quantity]))[0])
        if not pd.isna(choice.unit_price_micro):
            row["unit_price_micro"] = int(choice.unit_price_micro)
        fault = self._dated(order, choice, row, offer, place, supplier if other else "")
        if other or quantity != order["quantity_micro"]:
            self._warn_of_limits(order, place, offer, quantity)
        return row, fault

    def _offer(self, place: int, supplier: str) -> int:
        """The supplier's own offer of the item in force today; -1 if he has none."""
        sources = self.sources
        offer = int(sources.offer_of(np.array([place]), np.array([supplier], dtype=object), self.today)[0])
        if offer == BLANK or sources.supplier[offer] != supplier:
            return BLANK
        return offer if sources.valid_from[offer] <= self.today <= sources.valid_to[offer] else BLANK

    def _no_offer(self, number: str, place: int, supplier: str) -> str:
        item = self.items["item"].iloc[place]
        sources: SupplySources = self.sources
        offers = range(int(sources.offer_starts[place]), int(sources.offer_starts[place + 1]))
        others = sorted({sources.supplier[offer] for offer in offers
                         if sources.valid_from[offer] <= self.today <= sources.valid_to[offer]})  # fmt: skip
        choose = f", or choose {' or '.join(others)}" if others else ""
        return f"{number}: {supplier} has no offer of {item} in force; add one to supplier_items{choose}"

    def _dated(self, order: pd.Series, choice, row: dict, offer: int, place: int, other: str) -> str:
        """Put the due date that was chosen, or that another supplier can keep, into the row."""
        number, due = order["number"], choice.due_date
        if not pd.isna(due) and due < self.as_of:
            return f"{number}: due on {due:%Y-%m-%d} is before the release; choose a later day"
        if not pd.isna(due):
            row["due_date"] = due
            row["release_date"] = min(order["release_date"], due)
        if offer == BLANK or not (other or "due_date" in row):
            return ""
        lead = int(self.sources.lead_days[place])
        lead = max(int(self.sources.offer_lead[offer]) if lead == BLANK else lead, 0)
        day = step_on(WorkingDays(self.world["calendar"]), np.array([self.today]), np.array([lead]))[0]
        earliest = pd.Timestamp(np.int64(day).astype(DAY))
        wanted = row.get("due_date", order["due_date"])
        if wanted < earliest:
            if "due_date" not in row:
                row["due_date"] = earliest
            who = other or order["supplier"]
            self._warn(order, f"{who} delivers {lead} working days after the order, on {earliest:%Y-%m-%d} and not on "
                       f"{wanted:%Y-%m-%d}")  # fmt: skip
        return ""

    def _warn_of_limits(self, order: pd.Series, place: int, offer: int, quantity: int) -> None:
        """Say which limits of the item, else of the supplier, a chosen quantity does not keep."""
        item = self.items.iloc[place]
        least = int(item["minimum_order_quantity_micro"]) or int(np.append(self.sources.minimum, 0)[offer])
        step = item["order_multiple_micro"]
        step = int(np.append(self.sources.multiple, 0)[offer]) if pd.isna(step) else int(step)
        most = item["maximum_order_quantity_micro"]
        if quantity < least:
            self._warn(order, f"{micro_text(quantity)} are fewer than the {micro_text(least)} that are ordered at "
                       "least")  # fmt: skip
        if step and quantity % step:
            self._warn(order, f"{micro_text(quantity)} are no multiple of {micro_text(step)}")
        if not pd.isna(most) and quantity > most:
            self._warn(order, f"{micro_text(quantity)} are more than the {micro_text(int(most))} of one order")

    def _warn(self, order: pd.Series, message: str) -> None:
        self.warnings.append((order["number"], order["item"], f"{order['number']} of {order['item']}: {message}"))

    def _divided(self, order: pd.Series, quantities: list[int]) -> list[dict]:
        """The pieces of a planned order: its parts and, last, the rest; their receipts sum to the order's."""
        suggested = int(order["quantity_micro"])
        receipt = int(order.get("receipt_quantity_micro", suggested))
        rate = int(order.get("yield_rate_micro", MICRO))
        step = int(step_of(int(self.items["decimals"].iloc[self.index.get_loc(order["item"])])))
        rest = max(suggested - sum(quantities), 0)
        origin = order.get("origin", "")
        pieces, left = [], receipt
        for place, quantity in enumerate([*quantities, rest] if rest else quantities):
            good = int(multiply_divide(quantity, rate, MICRO, "down")) // step * step
            last = place == len(quantities) - (0 if rest else 1)
            if sum(quantities) <= suggested:
                good = left if last else min(good, left)
            left -= good
            number, cause = piece_number(order["number"], origin, place)
            pieces.append({"source": order["number"], "number": number, "quantity_micro": quantity, "origin": cause,
                           "receipt_quantity_micro": good, "rest": place == len(quantities)})  # fmt: skip
        if rest:
            self._warn_of_rest(order, rest)
        return pieces

    def _warn_of_rest(self, order: pd.Series, rest: int) -> None:
        place = self.index.get_loc(order["item"])
        least = int(self.items["minimum_order_quantity_micro"].iloc[place])
        if rest < least:
            self._warn(order, f"{micro_text(rest)} are left, fewer than the {micro_text(least)} that are ordered at "
                       "least")  # fmt: skip
