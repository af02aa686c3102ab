"""What a stage shows in the Prefect UI: a summary, its tables, its gates, and progress on long work."""

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from settings import settings

# The UI gets slow on larger tables; the database and the report have all rows.
ROWS_SHOWN = 1_000
MARKS = {True: "✓ holds", False: "✗ not met"}


def publish_stage(summary: Mapping) -> list[UUID]:
    """Publish a stage's summary, tables and gate results as artifacts of the flow run; returns their ids.

    Args:
        summary: run, stage, as_of, counts, tables (rows as dicts by title), not_shown (rows left out
            by title), gates (gate results), notes (sentences, if any).
    """
    from prefect.artifacts import create_markdown_artifact, create_table_artifact

    stage = artifact_key(summary["stage"])
    published = [create_markdown_artifact(_overview(summary), key=stage, description=f"What {summary['run']} did")]
    for title, rows in summary["tables"].items():
        shown, note = _shown(rows, summary["not_shown"].get(title, 0))
        if shown:
            published.append(
                create_table_artifact(shown, key=artifact_key(f"{stage}-{title}"), description=note or title)
            )
    if summary["gates"]:
        rows = [_gate_row(result) for result in summary["gates"]]
        published.append(create_table_artifact(rows, key=f"{stage}-gates", description="What the gates found"))
    return published


def publish_answer(name: str, title: str, answer: Mapping[str, Sequence[Mapping]]) -> list[UUID]:
    """Publish an answer: its sentences and summary as Markdown, every other table with rows as a table.

    Args:
        name: begins the artifacts' keys. answer: rows by table, with `sentences` (sentence) and, where two plans are
            compared, `summary` (measure, base, branch, difference), of a tree `outline` (level, words; level 0 is a
            heading).
    """
    from prefect.artifacts import create_markdown_artifact

    lines = [f"## {_escaped(title)}", "", *(f"- {_escaped(row['sentence'])}" for row in answer["sentences"]), ""]
    if "summary" in answer:
        lines += ["| | as it is | what if | difference |", "|---|---:|---:|---:|"]
        lines += [f"| {_escaped(row['measure'])} | {row['base']} | {row['branch']} | {row['difference']} |"
                  for row in answer["summary"]]  # fmt: skip
    lines += _outline(answer.get("outline", ()))
    lines += ["", "Nothing was written; this is the only trace of the question."]
    published = [create_markdown_artifact("\n".join(lines), key=artifact_key(name), description=title)]
    tables = {table: rows for table, rows in answer.items() if table not in ("sentences", "summary", "outline")}
    return published + _publish_tables(name, tables)


def _outline(rows: Sequence[Mapping]) -> list[str]:
    """Rows by level as nested Markdown lists under their headings; what is too much for the UI is only counted."""
    lines = []
    for row in rows[:ROWS_SHOWN]:
        words = _escaped(row["words"])
        lines += [f"{'  ' * (row['level'] - 1)}- {words}"] if row["level"] else ["", f"**{words}**", ""]
    left_out = len(rows) - ROWS_SHOWN
    return [*lines, "", f"… and {left_out:,} more rows."] if left_out > 0 else lines


def publish_rows(
    name: str, title: str, tables: Mapping[str, Sequence[Mapping]], notes: Sequence[str] = ()
) -> list[UUID]:
    """Publish an answer that wrote nothing: sentences as Markdown, every table with rows as a table.

    Args:
        name: begins the artifacts' keys. tables: rows by title.
    """
    from prefect.artifacts import create_markdown_artifact

    lines = [f"## {_escaped(title)}", "", *(f"- {_escaped(note)}" for note in notes)]
    published = [create_markdown_artifact("\n".join(lines), key=artifact_key(name), description=title)]
    return published + _publish_tables(name, tables)


def _publish_tables(name: str, tables: Mapping[str, Sequence[Mapping]]) -> list[UUID]:
    from prefect.artifacts import create_table_artifact

    published = []
    for table, rows in tables.items():
        if rows:
            shown, note = _shown(rows, 0)
            words = note or table.replace("_", " ").capitalize()
            key = artifact_key(f"{name}-{table}")
            published.append(create_table_artifact(shown, key=key, description=words))
    return published


class Progress:
    """A progress bar in the UI for long work: `with Progress("Reading files", 12) as step: … step()`."""

    def __init__(self, description: str, steps: int):
        self.description, self.steps, self.done, self.artifact = description, max(steps, 1), 0, None

    def __enter__(self) -> "Progress":
        from prefect.artifacts import create_progress_artifact

        self.artifact = create_progress_artifact(
            0.0, key=artifact_key(f"progress-{self.description}"), description=self.description
        )
        return self

    def __call__(self, description: str | None = None) -> None:
        """One more step is done."""
        from prefect.artifacts import update_progress_artifact

        self.done = min(self.done + 1, self.steps)
        update_progress_artifact(self.artifact, 100 * self.done / self.steps, description=description)

    def __exit__(self, failed, *_) -> None:
        if failed is None and self.done < self.steps:
            self.done = self.steps - 1
            self()


def artifact_key(name: str) -> str:
    """A name as Prefect takes it for a key: small letters, digits and dashes.

    >>> artifact_key("material_planning: Shortages")
    'material-planning-shortages'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "artifact"


def _shown(rows: Sequence[Mapping], left_out: int) -> tuple[list[dict], str]:
    shown = [{name: _cell(cell) for name, cell in row.items()} for row in rows[:ROWS_SHOWN]]
    left_out += len(rows) - len(shown)
    note = f"The first {len(shown):,} of {len(shown) + left_out:,} rows; the report and the tables have all of them."
    return shown, note if left_out else ""


def _cell(value):
    """A cell that the UI can show: numbers that are exact stay text."""
    if value is None:
        return ""
    return value if isinstance(value, (bool, int, str)) else str(value)


def _gate_row(result: Mapping) -> dict:
    return {
        "result": MARKS[bool(result["success"])],
        "severity": result["severity"],
        "gate": result["gate"],
        "frame": result["frame"],
        "expectation": result["expectation"],
        "failing": int(result["failing"]),
        "rows": int(result["rows"]),
        "keys": ", ".join(str(key) for key in result["keys"]),
    }


def _overview(summary: Mapping) -> str:
    """The run in a few lines of Markdown."""
    not_met = [result for result in summary["gates"] if not result["success"]]
    lines = [f"## {_title(summary['stage'])} as of {summary['as_of']}", "", f"Run **{summary['run']}**", ""]
    if summary["counts"]:
        lines += ["| | |", "|---|---:|"]
        lines += [f"| {_escaped(name.replace('_', ' '))} | {value:,} |" for name, value in summary["counts"].items()]
    else:
        lines.append("Nothing to do.")
    lines += [line for note in summary.get("notes", ()) for line in ("", _escaped(note))]
    lines += ["", f"{len(summary['gates'])} expectations looked at, {len(not_met)} not met."]
    lines += [
        f"- **{result['severity']}** {_escaped(result['frame'])}: {_escaped(result['expectation'])} "
        f"({result['failing']:,} of {result['rows']:,} rows)"
        for result in not_met
    ]
    lines += ["", f"Whole picture: `{settings().report_dir / 'index.html'}`"]
    return "\n".join(lines)


def _title(stage: str) -> str:
    return stage.replace("_", " ").capitalize()


def _escaped(text: str) -> str:
    """Text that Markdown neither reads as markup nor as the end of a table cell."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", str(text)).replace("\n", " ")
