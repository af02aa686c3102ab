"""What a release would do, for people to look at: documents, why they are merged so, whom they serve, the amounts."""

import pandas as pd

from calculations.exact import MICRO, micro_text, multiply_divide

SHOWN = 3
SERIES = {"purchase": "purchase order", "production": "work order", "subcontract": "subcontract order"}


def release_preview(frames: dict[str, pd.DataFrame], world: dict, policies: dict, plant_currency: str) -> dict:
    """Documents, lines and totals of a release.

    Args:
        frames: as `merge_planned_orders` returns them, with document numbers in `merged`.
        world: as read for the release; `customers_of` (order, customer) names customers where it is there.
    Returns:
        documents: kind, order, supplier, item, lines, quantity_micro, due_date, amount_micro, currency,
            plant_amount_micro, rule.
        lines: kind, order, line, item, quantity_micro, unit, due_date, unit_price_micro, amount_micro, currency, rule,
            serves.
        planned_orders: kind, order, line, planned_order, quantity_micro, suggested_micro, due_date, serves.
        totals: kind, documents, lines, planned_orders, plant_amount_micro, currency.
        rests: planned_order, number, quantity_micro that stay suggested.
    """
    merged = frames["merged"]
    merged = merged.assign(serves=served_by(merged["source"].tolist(), world.get("pegs"), world.get("customers_of")))
    units = world["items"].set_index("item")["unit"]
    merged = merged.assign(stocking_unit=merged["item"].map(units))
    merged = merged.assign(rule=_rules(merged, policies))
    merged["currency"] = merged["currency"].where(merged["currency"] != "", plant_currency)
    lines = _lines(merged, frames)
    pieces = frames["pieces"]
    rests = pieces.loc[pieces["rest"], ["source", "number", "quantity_micro"]]
    return {
        "documents": _documents(lines, merged),
        "lines": lines.drop(columns=["supplier", "plant_amount_micro"]),
        "planned_orders": _sources(merged),
        "totals": _totals(lines, merged, plant_currency),
        "rests": rests.rename(columns={"source": "planned_order"}).reset_index(drop=True),
    }


def _lines(merged: pd.DataFrame, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    grouped = merged.groupby(["kind", "order", "line"], sort=False)
    lines = grouped.agg(
        supplier=("supplier", "first"),
        item=("item", "first"),
        quantity_micro=("quantity_micro", "sum"),
        unit=("stocking_unit", "first"),
        unit_price_micro=("unit_price_micro", "first"),
        currency=("currency", "first"),
        plant_amount_micro=("amount_micro", "sum"),
        rule=("rule", "first"),
    ).reset_index()
    lines["serves"] = [_listed(list(dict.fromkeys(name for names in group for name in names)))
                       for _, group in grouped["serves"]]  # fmt: skip
    price = lines["unit_price_micro"].fillna(0).to_numpy(dtype="int64")
    amount = multiply_divide(lines["quantity_micro"].to_numpy(), price, MICRO)
    lines["amount_micro"] = pd.Series(amount, dtype="Int64").mask(lines["unit_price_micro"].isna())
    due = [frames["purchase_order_lines"][["order", "line", "due_date"]]]
    due += [frames[name][["order", "due_date"]].assign(line=10) for name in ("work_orders", "subcontract_orders")]
    return lines.merge(pd.concat(due, ignore_index=True), on=["order", "line"], how="left")[
        ["kind", "order", "line", "supplier", "item", "quantity_micro", "unit", "due_date", "unit_price_micro",
         "amount_micro", "currency", "plant_amount_micro", "rule", "serves"]
    ]  # fmt: skip


def _documents(lines: pd.DataFrame, merged: pd.DataFrame) -> pd.DataFrame:
    grouped = lines.groupby(["kind", "order"], sort=False)
    frame = grouped.agg(
        supplier=("supplier", "first"),
        item=("item", lambda items: ", ".join(dict.fromkeys(items))),
        lines=("line", "size"),
        quantity_micro=("quantity_micro", "sum"),
        due_date=("due_date", "min"),
        amount_micro=("amount_micro", lambda amounts: amounts.fillna(0).sum()),
        currency=("currency", lambda names: ", ".join(dict.fromkeys(names))),
        plant_amount_micro=("plant_amount_micro", "sum"),
    ).reset_index()
    count = merged.groupby(["kind", "order"], sort=False)["number"].size()
    frame.insert(4, "planned_orders", [int(count[key]) for key in zip(frame["kind"], frame["order"], strict=True)])
    several = frame["lines"] > 1
    frame["quantity_micro"] = frame["quantity_micro"].astype("Int64").mask(several)
    # amounts of different currencies have no sum
    frame["amount_micro"] = frame["amount_micro"].astype("Int64").mask(frame["currency"].str.contains(", "))
    return frame


def _sources(merged: pd.DataFrame) -> pd.DataFrame:
    columns = ["kind", "order", "line", "number", "item", "quantity_micro", "suggested_micro", "release_date",
               "due_date"]  # fmt: skip
    frame = merged[columns].rename(columns={"number": "planned_order"})
    frame = frame.assign(serves=[_listed(names) for names in merged["serves"]])
    return frame.sort_values(["kind", "order", "line", "planned_order"], ignore_index=True)


def _totals(lines: pd.DataFrame, merged: pd.DataFrame, currency: str) -> pd.DataFrame:
    rows = []
    for kind, name in SERIES.items():
        mine = lines[lines["kind"] == kind]
        rows.append((f"{name}s", mine["order"].nunique(), len(mine), int((merged["kind"] == kind).sum()),
                     int(mine["plant_amount_micro"].sum()), currency))  # fmt: skip
    rows.append(("in all", *(sum(row[place] for row in rows) for place in (1, 2, 3, 4)), currency))
    return pd.DataFrame(rows, columns=["kind", "documents", "lines", "planned_orders", "amount_micro", "currency"])


def _rules(merged: pd.DataFrame, policies: dict) -> list[str]:
    """Why a planned order stands where it does: what it has in common with the others on its line."""
    days = policies["merge_window_days"]
    first = merged.groupby(["kind", "order"])["due_date"].transform("min")
    texts = []
    for row, begins in zip(merged.itertuples(index=False), first.tolist(), strict=True):
        window = f"due within {days} working days from {begins:%Y-%m-%d}" if days else f"due on {begins:%Y-%m-%d}"
        purpose = "for orders" if row.bound else "for stock"
        if policies[f"merge_{row.kind}"] == "none":
            texts.append(f"each planned order by itself (merge_{row.kind} is none)")
            continue
        price = "no price" if pd.isna(row.unit_price_micro) else f"price {micro_text(row.unit_price_micro)}"
        texts.append({
            "purchase": f"supplier {row.supplier}, {window}; line: item {row.item}, unit "
                        f"{row.unit or row.stocking_unit}, {price}, {purpose}",
            "production": f"item {row.item}, bill {row.bill}, {purpose}, {window}",
            "subcontract": f"supplier {row.supplier}, item {row.item}, {purpose}, whatever the date",
        }[row.kind] + (f"; part {row.part} of {row.source}" if row.part > 1 else ""))  # fmt: skip
    return texts


def served_by(numbers: list[str], pegs: pd.DataFrame | None, customers: pd.DataFrame | None) -> list[list[str]]:
    """Whom each planned order serves in the end through whatever levels, earliest first: "SO-1/10 Customer"."""
    if pegs is None or pegs.empty:
        return [[] for _ in numbers]
    names = {} if customers is None else dict(zip(customers["order"], customers["customer"], strict=True))
    if "supply_kind" in pegs:
        pegs = pegs[pegs["supply_kind"] == "planned_order"]
    lines = pegs["line"] if "line" in pegs else pd.Series(pd.NA, index=pegs.index)
    dates = pegs["date"] if "date" in pegs else pd.Series(pd.Timestamp(0), index=pegs.index)
    above: dict[str, list[tuple]] = {}
    for supply, kind, demand, line, date in zip(
        pegs["supply"].tolist(), pegs["demand_kind"].tolist(), pegs["demand"].tolist(), lines.tolist(), dates.tolist(),
        strict=True,
    ):  # fmt: skip
        place = demand if pd.isna(line) else f"{demand}/{line}"
        text = f"{place} {names.get(demand, '')}".strip() if kind == "sales_order" else _demand(kind, place)
        above.setdefault(supply, []).append((kind == "planned_order", demand, date, text))
    known: dict[str, list[tuple]] = {}
    return [[text for _, text in _ends(number, above, known)] for number in numbers]


def _ends(number: str, above: dict, known: dict) -> list[tuple]:
    """The first few that an order serves, earliest first; every order is looked at once, parents before their parts."""
    waiting, open_orders = [number], set()
    while waiting:
        order = waiting[-1]
        if order in known:
            waiting.pop()
            continue
        parents = [demand for planned, demand, *_ in above.get(order, ()) if planned]
        pending = [demand for demand in parents if demand not in known and demand not in open_orders]
        if pending and order not in open_orders:
            open_orders.add(order)
            waiting += pending
            continue
        found = {end for parent in parents for end in known.get(parent, ())}
        found |= {(date, text) for planned, _, date, text in above.get(order, ()) if not planned}
        # one more than is shown tells that there are more
        known[order] = sorted(found)[: SHOWN + 1]
        waiting.pop()
    return known[number]


def _demand(kind: str, place: str) -> str:
    return f"{kind.replace('_', ' ')} {place}" if kind != "safety_stock" else "safety stock"


def _listed(names: list[str]) -> str:
    return (", ".join(names[:SHOWN]) or "stock") + (" and more" if len(names) > SHOWN else "")
