"""Single sampling plans for inspection by attributes, as ISO 2859-1:1999 (GB/T 2828.1-2012) tabulates them.

The master tables are regular: sample sizes and acceptance quality limits climb in equal steps, so the acceptance number
depends only on code letter + limit, counted in steps, and the tables are a few diagonals. What the diagonals leave free
are the arrows: use the first plan above or below, with that plan's own sample size.

Source: ISO 2859-1:1999 tables 1, 2-A, 2-B and 2-C, compared cell by cell with a transcription of GB/T 2828.1-2012
(identical to ISO 2859-1:1999), pages 15–17, arrows resolved; the 1999 edition closed the gap between the acceptance and
the rejection number of reduced inspection that MIL-STD-105E and ANSI/ASQ Z1.4 have.
"""

from dataclasses import dataclass
from functools import cache

LETTERS = "ABCDEFGHJKLMNPQRS"
LEVELS = ("S-1", "S-2", "S-3", "S-4", "I", "II", "III")
# Table 1: the largest lot of each row and its code letters at levels S-1, S-2, S-3, S-4, I, II, III.
CODE_LETTERS = (
    (8, "AAAAAAB"),
    (15, "AAAAABC"),
    (25, "AABBBCD"),
    (50, "ABBCCDE"),
    (90, "BBCCCEF"),
    (150, "BBCDDFG"),
    (280, "BCDEEGH"),
    (500, "BCDEFHJ"),
    (1_200, "CCEFGJK"),
    (3_200, "CDEGHKL"),
    (10_000, "CDFGJLM"),
    (35_000, "CDFHKMN"),
    (150_000, "DEGJLNP"),
    (500_000, "DEGJMPQ"),
    (None, "DEHKNQR"),
)
# Percent nonconforming up to 10, nonconformities per hundred units above; micro-units.
LIMITS = (
    10_000, 15_000, 25_000, 40_000, 65_000, 100_000, 150_000, 250_000, 400_000, 650_000, 1_000_000, 1_500_000,
    2_500_000, 4_000_000, 6_500_000, 10_000_000, 15_000_000, 25_000_000, 40_000_000, 65_000_000, 100_000_000,
    150_000_000, 250_000_000, 400_000_000, 650_000_000, 1_000_000_000,
)  # fmt: skip
FULL_SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1_250, 2_000, 3_150)
REDUCED_SIZES = (2, 2, 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800)
LAST_SMALL_LETTER = LETTERS.index("E")


@dataclass(frozen=True)
class MasterTable:
    """A master table: acceptance numbers by diagonal (letter + limit, in steps), and its exceptions.

    `beyond` are diagonals that only the letters up to E have; `upward` is the diagonal whose arrow points up.
    """

    name: str
    sizes: tuple[int, ...]
    diagonals: dict[int, int]
    beyond: dict[int, int]
    upward: int | None
    own_rows: dict[int, dict[int, int]]


def _from(start: int, *numbers: int) -> dict[int, int]:
    return dict(enumerate(numbers, start))


TABLES = {
    "normal": MasterTable(
        "2-A", FULL_SIZES[:16], {14: 0, **_from(17, 1, 2, 3, 5, 7, 10, 14, 21)}, {25: 30, 26: 44}, 15, {}
    ),
    # letter S exists for one limit only, 0.025
    "tightened": MasterTable(
        "2-B", FULL_SIZES, {15: 0, **_from(18, 1, 2, 3, 5, 8, 12, 18)}, {25: 27, 26: 41}, None, {16: {2: 1}}
    ),
    # with letters A and B the sample cannot shrink further, so their numbers are those of normal inspection
    "reduced": MasterTable(
        "2-C", REDUCED_SIZES, {14: 0, **_from(18, 1, 2, 3, 5, 6, 8, 10)}, {25: 14, 26: 21}, 15,
        {
            0: {14: 0, **_from(17, 1, 2, 3, 5, 7, 10, 14, 21, 30)},
            1: {13: 0, **_from(17, 1, 2, 3, 5, 7, 10, 14, 21, 30)},
        },
    ),
}  # fmt: skip


def code_letter(lot_size: int, level: str) -> str:
    """The sample size code letter of table 1.

    >>> code_letter(1_000, "II"), code_letter(1_000, "S-2"), code_letter(1_000_000, "III")
    ('J', 'C', 'R')
    """
    column = LEVELS.index(level)
    return next(letters[column] for largest, letters in CODE_LETTERS if largest is None or lot_size <= largest)


@cache
def master_plan(severity: str, letter: str, limit_micro: int) -> tuple[str, int, int]:
    """Code letter, sample size and acceptance number where the arrows of the master table lead.

    >>> master_plan("normal", "J", 1_000_000), master_plan("reduced", "K", 1_000_000)
    (('J', 80, 2), ('K', 50, 2))
    >>> master_plan("normal", "C", 6_500_000), master_plan("tightened", "R", 25_000)
    (('D', 8, 1), ('S', 3150, 1))
    """
    table, row, column = TABLES[severity], LETTERS.index(letter), LIMITS.index(limit_micro)
    number = _number(table, row, column)
    if number is None:
        above = [step for step in range(row - 1, -1, -1) if _number(table, step, column) is not None]
        below = [step for step in range(row + 1, len(table.sizes)) if _number(table, step, column) is not None]
        goes_up = row + column > 18 or row + column == table.upward
        row = (above or below)[0] if goes_up or not below else below[0]
        number = _number(table, row, column)
    return LETTERS[row], table.sizes[row], number


def _number(table: MasterTable, row: int, column: int) -> int | None:
    if row in table.own_rows:
        return table.own_rows[row].get(column)
    if row <= LAST_SMALL_LETTER and row + column in table.beyond:
        return table.beyond[row + column]
    return table.diagonals.get(row + column)
