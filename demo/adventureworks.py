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

from demo.run import fresh_folder, prepare_environment, quiet_prefect


def main(arguments: list[str] | None = None) -> None:
    """Run the month and print where its money went."""
    parser = argparse.ArgumentParser(prog="python -m demo.adventureworks", description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the AdventureWorks CSV files")
    parser.add_argument("--out", type=Path, default=Path("kitline-data/adventureworks"), help="folder for the results")
    parser.add_argument("--month", default="2014-05", help="month to run, YYYY-MM")
    given = parser.parse_args(arguments)
    if not (given.data / "Product.csv").is_file():
        parser.error(f"{given.data} holds no Product.csv; give the folder with the AdventureWorks CSV files")
    out = fresh_folder(given.out)
    prepare_environment(out)
    os.environ |= {"KITLINE_COMPANY": "Adventure Works Cycles", "KITLINE_CURRENCY": "USD"}
    # only now: Prefect and the settings read the environment when they are imported
    from demo.adventureworks_masters import read_export
    from demo.adventureworks_month import run_month
    from demo.adventureworks_summary import print_summary, progress

    with progress() as tell, quiet_prefect():
        result = run_month(read_export(given.data), given.month, out, tell)
    print_summary(result)


if __name__ == "__main__":
    main()
