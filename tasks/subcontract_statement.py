"""The statement of a subcontractor for a period, as rows and as a page to print and sign."""

from datetime import date
from pathlib import Path
from urllib.parse import quote

from calculations import policies as policy_rules
from calculations.errors import KitlineError
from calculations.exact import micro_text
from calculations.subcontract_statement import subcontract_statement
from models import subcontracting
from models.database import reading
from models.migrating import ready_engine
from settings import settings
from tasks.presentation import readable_rows
from tasks.report import replace_page
from tasks.subcontract_tracking import UnknownSubcontract, with_hands
from templates import render


class ImpossiblePeriod(KitlineError):
    """A period that ends before it begins."""

    kind = "impossible_period"


def state_account(supplier: str, since: date, until: date, page: bool = True) -> dict:
    """What a subcontractor had, got, used up, gave back and has of ours, and his fees, in a period.

    Args:
        since, until: first and last day. page: write the printable page too; an older one is replaced at once.
    Returns:
        supplier, name, since, until, currency, materials, material_orders, orders (readable rows), fee_due,
        claimable_amount, sentences and `page` (path, "" where none was written).
    Raises:
        UnknownSubcontract, ImpossiblePeriod; ReportNotWritten when the folder of pages is not writable.
    """
    if until < since:
        raise ImpossiblePeriod(f"the period ends on {until}, before it begins on {since}; swap the two days")
    with reading(ready_engine(settings().database_url)) as connection:
        world = subcontracting.subcontract_documents(connection)
        names = dict(zip(world["suppliers"]["supplier"], world["suppliers"]["name"], strict=True))
        if supplier not in names:
            raise UnknownSubcontract(f"there is no supplier {supplier}; correct the code")
        world["inspections"] = subcontracting.subcontract_inspections(connection, since, until)
        moves = with_hands(connection, subcontracting.subcontract_moves(connection, since, until))
        costs = subcontracting.subcontract_unit_costs(connection, world["items"])
    # the last day rules, so that a statement asked for later says the same
    decimals = policy_rules.resolve(settings().policies, until)["currency_decimals"]
    frames = subcontract_statement(world, moves, costs, supplier, decimals)
    items = dict(zip(world["items"]["item"], world["items"]["unit"], strict=True))
    frames["materials"].insert(1, "unit", frames["materials"]["item"].map(items).astype("str"))
    totals = {
        "fee_due_micro": int(frames["orders"]["fee_due_micro"].sum()),
        "claimable_amount_micro": int(frames["materials"]["claimable_amount_micro"].sum()),
    }
    written = _write_page(supplier, names[supplier], since, until, frames, totals) if page else None
    told = {name.removesuffix("_micro"): micro_text(amount) for name, amount in totals.items()}
    account = {
        "supplier": supplier,
        "name": names[supplier],
        "since": since.isoformat(),
        "until": until.isoformat(),
        "currency": settings().currency,
        **told,
        **{name: readable_rows(frame) for name, frame in frames.items()},
        "page": str(written or ""),
    }
    return {"sentences": [{"sentence": text} for text in _sentences(account)], **account}


def _write_page(supplier: str, name: str, since: date, until: date, frames: dict, totals: dict) -> Path:
    html = render(
        "statement/statement.html.j2", company=settings().company, supplier=supplier, supplier_name=name, since=since,
        until=until, currency=settings().currency, totals=totals,
        **{table: frame.astype(object).where(frame.notna(), None).to_dict("records")
           for table, frame in frames.items()},
    )  # fmt: skip
    # a code may hold what a file's name may not
    path = settings().report_dir / f"statement-{quote(supplier, safe='')}-{since}-{until}.html"
    replace_page(path, html)
    return path


def _sentences(account: dict) -> list[str]:
    whom = f"{account['name']} ({account['supplier']}), {account['since']} to {account['until']}"
    if not account["materials"] and not account["orders"]:
        return [f"{whom}: nothing was there and nothing happened."]
    said = [
        f"{whom}: fees of {account['fee_due']} {account['currency']} for what was delivered.",
        *(
            f"{row['item']}: {row['opening']} + {row['sent']} sent − {row['consumed']} used up − {row['returned']} "
            f"returned {'+ ' + row['adjusted'] + ' adjusted ' if row['adjusted'] != '0' else ''}= {row['closing']} "
            f"{row['unit']} at the end."
            for row in account["materials"]
        ),
    ]
    if account["claimable_amount"] != "0":
        said.append(f"To be claimed: material worth {account['claimable_amount']} {account['currency']}.")
    return said
