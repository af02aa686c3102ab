"""What a benchmark gives back, and how a program's time and memory are taken from outside."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@dataclass(frozen=True)
class Figure:
    """One measured figure; `limit` is the largest value allowed, None where a figure is only shown."""

    name: str
    value: float | None
    unit: str
    limit: float | None = None
    skipped: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the value is within the limit; None when there is nothing to judge.

        >>> Figure("help", 0.3, "s", 0.5).holds, Figure("help", None, "s", 0.5, skipped="no data").holds
        (True, None)
        """
        return None if self.value is None or self.limit is None else self.value <= self.limit

    def as_row(self) -> dict:
        """The row of `benchmarks/latest.json`."""
        row = asdict(self) | {"holds": self.holds}
        return row if self.skipped else {key: row[key] for key in ("name", "value", "unit", "limit", "holds")}


@dataclass(frozen=True)
class Benchmark:
    """A group of figures measured together; `needs` are files without which it is skipped."""

    run: Callable[[], Iterable[Figure]]
    limits: tuple[Figure, ...]
    needs: tuple[Path, ...] = ()

    def figures(self) -> list[Figure]:
        """The measured figures, or the same figures as skipped with the missing file named."""
        missing = [path for path in self.needs if not path.exists()]
        if missing:
            reason = f"{missing[0].relative_to(ROOT.parent)} is missing beside the checkout"
            return [Figure(figure.name, None, figure.unit, figure.limit, reason) for figure in self.limits]
        measured = {figure.name: figure for figure in self.run()}
        return list(measured.values())


@dataclass(frozen=True)
class Usage:
    """Wall seconds and peak resident bytes of a finished program, with what it printed."""

    seconds: float
    peak_bytes: int
    output: str


def program(*arguments: str, environment: dict[str, str] | None = None, folder: Path = ROOT) -> Usage:
    """Run a program to its end and take its time and memory.

    Raises:
        RuntimeError: it ended with an error; the message holds the end of what it printed.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        arguments,
        cwd=folder,
        env=os.environ | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = process.stdout.read()
    _, status, resources = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}:\n{output[-3000:]}")
    per_unit = 1 if sys.platform == "darwin" else 1024
    return Usage(seconds, resources.ru_maxrss * per_unit, output)


def peak_bytes() -> int:
    """The most memory this process itself took so far.

    What the operating system tells a parent also counts the parent's own memory before the start, and children's.
    """
    status = Path("/proc/self/status")
    if status.exists():
        kilobytes = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(kilobytes) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def best_of(runs: int, work: Callable[[], object]) -> float:
    """The shortest wall time of several runs, in seconds: the one least disturbed by others."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
