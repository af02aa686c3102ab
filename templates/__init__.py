"""Texts and pages: Jinja2 templates with Kitline's own number, money and date formats.

HTML templates escape what they are given; a variable that is missing is an error, never an empty place.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from calculations.exact import from_micro, minor_unit

FOLDER = Path(__file__).parent
ESCAPED = ("html", "html.j2", "svg.j2")


def render(name: str, **context) -> str:
    """The text of a template in `templates/`, such as "email/shortage.txt.j2".

    Raises:
        jinja2.UndefinedError: the template asks for a variable that was not given.
        jinja2.TemplateNotFound: there is no such template.
    """
    return _environment().get_template(name).render(**context)


@cache
def _environment():
    # imported here, because the command line should not wait for it
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(enabled_extensions=ESCAPED, default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "quantity": quantity,
        "money": money,
        "price": price,
        "day": day,
        "percent": percent,
        "words": words,
        "one_line": one_line,
        "columns": text_table,
    }
    return environment


def quantity(micro: int | None) -> str:
    """Micro-units as decimal text with thousands separators; blank for missing.

    >>> quantity(1_234_500_000), quantity(-7), quantity(None)
    ('1,234.5', '-0.000007', '')
    """
    return "" if _missing(micro) else f"{from_micro(int(micro)):,f}"


def money(micro: int | None, currency: str = "") -> str:
    """Micro-units as an amount in minor units, with thousands separators and the currency.

    >>> money(1_234_505_000, "EUR"), money(-5_000)
    ('1,234.51 EUR', '-0.01')
    """
    if _missing(micro):
        return ""
    amount = from_micro(int(minor_unit(int(micro))))
    return f"{amount:,.2f} {currency}".strip()


def price(micro: int | None) -> str:
    """A price of one unit, exact, with two decimals at least; blank for missing.

    >>> price(1_234_500_000), price(400), price(None)
    ('1,234.50', '0.0004', '')
    """
    if _missing(micro):
        return ""
    whole, _, fraction = quantity(micro).partition(".")
    return f"{whole}.{fraction.ljust(2, '0')}"


def day(value: date | None) -> str:
    """A date as people write it; blank for missing.

    >>> day(date(2026, 1, 5))
    '5 Jan 2026'
    """
    if _missing(value):
        return ""
    value = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{value.day} {value:%b %Y}"


def percent(fraction_micro: int | None) -> str:
    """A fraction in micro-units as a percentage with at most one decimal; blank for missing.

    >>> percent(125_000), percent(1_000_000)
    ('12.5 %', '100 %')
    """
    if _missing(fraction_micro):
        return ""
    rounded = (Decimal(int(fraction_micro)) / 10_000).quantize(Decimal("0.1"))
    return f"{rounded.normalize():f} %" if rounded else "0 %"


def words(name: str) -> str:
    """A column or kind as words.

    >>> words("past_due_release")
    'past due release'
    """
    return name.removesuffix("_micro").replace("_", " ")


def one_line(text: str) -> str:
    r"""Text that is safe in a subject or an address: no line breaks or other control characters.

    >>> one_line("Short: BOLT\r\nBcc: everybody@example.com")
    'Short: BOLT Bcc: everybody@example.com'
    """
    return re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", str(text)).strip()


def text_table(rows: Iterable[Mapping], columns: Iterable[str]) -> str:
    """Rows as plain text in aligned columns, for mails read without HTML.

    >>> print(text_table([{"item": "BOLT", "short": "12"}, {"item": "DESK-OAK", "short": "1"}], ["item", "short"]))
    item      short
    --------  -----
    BOLT      12
    DESK-OAK  1
    """
    columns = list(columns)
    lines = [[words(name) for name in columns]]
    lines += [[one_line(_cell(row.get(name))) for name in columns] for row in rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _cell(value) -> str:
    return "" if _missing(value) else str(value)


def _missing(value) -> bool:
    """None, NaN, NaT and NA, without needing pandas."""
    if value is None:
        return True
    if isinstance(value, (int, str, datetime, date)) and not hasattr(value, "_value"):
        return False
    return bool(value != value) if type(value).__name__ != "NAType" else True
