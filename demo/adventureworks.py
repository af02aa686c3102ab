"""AdventureWorks, Microsoft's sample bicycle maker, through one month: from a foreign export to closed costs.

    python -m demo.adventureworks --data FOLDER [--out FOLDER] [--month 2014-05]

`FOLDER` holds the CSV files of the published sample. They become Kitline import tables (`adventureworks_masters`,
`adventureworks_documents`: also an example of mapping any foreign export), are imported, and the month's flows run
through Prefect (`adventureworks_month`). Everything is written to `--out`: the database, the import tables, margins by
order and by customer, shortfalls of stock. Decisions: `docs/decisions/0010-adventureworks.md`.
"""

import argparse
import os
from pathlib import Path

PREFECT = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "DO_NOT_TRACK": "1",
}


def main(arguments: list[str] | None = None) -> None:
    """Run the month and print where its money went."""
    parser = argparse.ArgumentParser(prog="python -m demo.adventureworks", description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the AdventureWorks CSV files")
    parser.add_argument("--out", type=Path, default=Path("demo-output/adventureworks"), help="folder for the results")
    parser.add_argument("--month", default="2014-05", help="month to run, YYYY-MM")
    given = parser.parse_args(arguments)
    if not given.data.is_dir():
        parser.error(f"{given.data} is no folder; give the one with Product.csv and the other AdventureWorks files")
    point_settings_at(given.out.resolve())

    from demo.adventureworks_masters import read_export
    from demo.adventureworks_month import print_summary, run_month

    print_summary(run_month(read_export(given.data), given.month, given.out.resolve()))


def point_settings_at(out: Path) -> None:
    """A new database in `out` and settings that lead to it; Prefect reads its own when it is imported."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("kitline.db*"):
        old.unlink()
    os.environ["KITLINE_DATABASE_URL"] = f"sqlite:///{out / 'kitline.db'}"
    os.environ["KITLINE_DATA_DIR"] = str(out)
    os.environ["KITLINE_COMPANY"], os.environ["KITLINE_CURRENCY"] = "Adventure Works Cycles", "USD"
    for name, value in PREFECT.items():
        os.environ.setdefault(name, value)


if __name__ == "__main__":
    main()
