"""The trees of lot tracing in words."""

from collections import defaultdict
from decimal import Decimal

ORIGINS = {"opening": "there from the start", "found": "found by a count or an adjustment"}
GONE = {"scrap": "scrapped", "supplier_return": "sent back to the supplier", "adjustment": "written off"}
LYING = {"available": "available in", "blocked": "blocked in", "inspection": "in inspection in",
         "in_production": "on the floor of", "at_subcontractor": "at the subcontractor for",
         "reserved": "reserved in"}  # fmt: skip
TITLES = {"backward": "Went into it", "forward": "It went into", "sources": "Bought, or there from the start",
          "shipments": "At customers", "places": "Where it is"}  # fmt: skip
NOT_SPLIT = ("Each lot that an order took may be in everything it made: the quantities are what was taken and made, "
             "not what is in one unit.")  # fmt: skip


def lot_name(item: str, lot: str) -> str:
    """A lot as people call it."""
    return f"{item} lot {lot}" if lot else f"{item} without a lot"


def outline(answer: dict[str, list[dict]]) -> list[dict]:
    """An answer of `lots_now` as headings (level 0) and rows below them: level, words."""
    told = []
    for way in ("backward", "forward"):
        if answer.get(way):
            told.append({"level": 0, "words": TITLES[way]})
            told += [{"level": row["level"], "words": row_words(row, way)} for row in answer[way]]
    for name, words in (("sources", source_words), ("shipments", shipment_words), ("places", place_words)):
        if answer.get(name):
            told.append({"level": 0, "words": TITLES[name]})
            told += [{"level": 1, "words": words(row)} for row in answer[name]]
    return told


def row_words(row: dict, way: str) -> str:
    """One row of a tree."""
    words = (_forward if way == "forward" else _backward)(row)
    return words + _possible(row) + (" (told above)" if row["told_above"] else "")


def _forward(row: dict) -> str:
    if row["kind"] == "lot":
        how = " came back" if row["above"] == "sale" else ""
        return _dated(f"{_quantity(row)} {lot_name(row['item'], row['lot'])}{how}", row)
    if row["kind"] == "sale":
        return _dated(f"{row['quantity']} shipped on {row['order']}/{row['line']} to {row['party']}", row)
    return _dated(f"{row['quantity']} taken by {_order(row)}{_used(row)}", row)


def _backward(row: dict) -> str:
    if row["kind"] == "lot":
        return _dated(f"{_quantity(row)} {lot_name(row['item'], row['lot'])}{_used(row)}", row)
    if row["kind"] == "receipt":
        return _dated(f"{row['quantity']} received on {_lines(row)} from {row['party']}", row)
    if row["kind"] == "sale":
        return _dated(f"{row['quantity']} came back on {row['order']}/{row['line']} from {row['party']}", row)
    if row["kind"] in ORIGINS:
        return f"{row['quantity']} {ORIGINS[row['kind']]}"
    return _dated(f"{row['quantity']} made by {_order(row)}", row)


def _used(row: dict) -> str:
    return "" if row["used"] in (None, row["quantity"]) else f", {row['used']} of them used up"


def _lines(row: dict) -> str:
    return f"{row['order']}/{row['line']}" if row["count"] == 1 else f"{row['count']} purchase lines"


def _order(row: dict) -> str:
    return f"subcontract order {row['order']} at {row['party']}" if row["party"] else f"work order {row['order']}"


def _quantity(row: dict) -> str:
    return f"{row['quantity']} {row['unit']}".strip()


def _dated(words: str, row: dict) -> str:
    first, last = row["first_date"], row["last_date"]
    if not last:
        return words
    return f"{words}, {last}" if first == last else f"{words}, {first or 'from the start'} to {last}"


def place_words(row: dict) -> str:
    """What is left of a lot, or gone, in one place."""
    quantity = _quantity(row)
    if row["place"] in GONE:
        found = row["place"] == "adjustment" and row["quantity"].startswith("-")
        said = f"{quantity.removeprefix('-')} found" if found else f"{quantity} {GONE[row['place']]}"
    else:
        where = row["order"] if row["place"] in ("in_production", "at_subcontractor") else row["warehouse"]
        of_order = f" for {row['order']}" if row["place"] in ("inspection", "reserved") and row["order"] else ""
        said = f"{quantity} {LYING[row['place']]} {where}{of_order}"
    return f"{lot_name(row['item'], row['lot'])}: {said}{_possible(row)}"


def shipment_words(row: dict) -> str:
    """What a customer got, or sent back."""
    quantity = f"{row['quantity'].removeprefix('-')} {row['unit']}".strip()
    verb = "came back from" if row["quantity"].startswith("-") else "to"
    where = f"{row['order']}/{row['line']}, {row['event']}"
    return f"{row['date']} {quantity} {lot_name(row['item'], row['lot'])} {verb} {row['customer_name']} ({where})" + (
        _possible(row)
    )


def source_words(row: dict) -> str:
    """Where a lot came from in the first place."""
    what = f"{lot_name(row['item'], row['lot'])}: {_quantity(row)}"
    if row["kind"] != "receipt":
        return f"{what} {ORIGINS[row['kind']]}{_possible(row)}"
    return _dated(f"{what} from {row['party']}, {_lines(row)}", row) + _possible(row)


def _possible(row: dict) -> str:
    return " (possible)" if row["known"] == "possible" else ""


def summed_up(name: str, answer: dict[str, list[dict]], made: bool, direction: str) -> list[str]:
    """What was found in a few sentences, and what cannot be known."""
    told = []
    if "backward" in answer:
        told.append(_came_from(name, answer["backward"], answer["sources"]))
    if "forward" in answer and (made or answer["forward"] or direction == "forward"):
        told.append(_went_to(name, answer["forward"], answer["shipments"]))
    rows = [row for way in ("backward", "forward") for row in answer.get(way, ())]
    if any(row["kind"] == "production" for row in rows):
        told.append(NOT_SPLIT)
    pools = sorted({row["item"] for row in rows if row["kind"] == "lot" and not row["lot"]})
    if pools:
        shown = ", ".join(pools[:5]) + (f" and {len(pools) - 5} more" if len(pools) > 5 else "")
        told.append(f"Kept without lots: {shown}; what was there on the day may be in it, so what is behind is marked "
                    "possible.")  # fmt: skip
    return told


def _came_from(name: str, tree: list[dict], sources: list[dict]) -> str:
    if not tree:
        return f"Nothing is known to have gone into {name}."
    lots = {(row["item"], row["lot"]) for row in tree if row["kind"] == "lot" and row["lot"]}
    parties = sorted({row["party"] for row in sources if row["party"]})
    orders = {row["order"] for row in tree if row["kind"] == "production"}
    if not lots and not orders:
        others = [ORIGINS[kind] for kind in sorted({row["kind"] for row in sources} & set(ORIGINS))]
        return f"{name} came from {_named(parties)}." if parties else f"{name} was {' or '.join(others)}."
    of = f" of {_named(parties)}" if parties else ""
    return f"Into {name} went {_counted(len(lots), 'lot')}{of}, over {_counted(len(orders), 'order')}."


def _went_to(name: str, tree: list[dict], shipments: list[dict]) -> str:
    if not tree and not shipments:
        return f"Nothing was made of {name}, and nobody got any."
    orders = {row["order"] for row in tree if row["kind"] == "production"}
    got: dict[str, Decimal] = defaultdict(Decimal)
    for row in shipments:
        got[row["customer_name"]] += Decimal(row["quantity"])
    events = {row["event"] for row in shipments if not row["quantity"].startswith("-")}
    kept = sorted(customer for customer, quantity in got.items() if quantity > 0)
    have = f"{_counted(len(kept), 'customer')} {'has' if len(kept) == 1 else 'have'} some of it"
    whom = f"{have}, from {_counted(len(events), 'shipment')}: {_named(kept)}" if kept else "no customer has any of it"
    return f"{name} went into {_counted(len(orders), 'order')}; {whom}."


def _named(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
