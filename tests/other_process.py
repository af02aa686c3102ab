"""Work in processes of their own, which run at the same time as others or are killed."""

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.process import BaseProcess

# Each is forked from one process that has loaded what stages need: loading that takes seconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["great_expectations", "tasks.order_release", "tasks.shortage_analysis"])
LONGEST = 200


def start(work: Callable, *given) -> BaseProcess:
    """A process that does the work, a function of a module, with the settings of the test."""
    process = PROCESSES.Process(target=_work, args=(dict(os.environ), work, given))
    process.start()
    return process


def exit_codes(*processes: BaseProcess) -> list[int | None]:
    """How each process ended: 0, what it gave to `os._exit`, minus the signal that killed it; None where it hangs."""
    for process in processes:
        process.join(LONGEST)
    return [process.exitcode for process in processes]


def _work(environment: dict[str, str], work: Callable, given: tuple) -> None:
    os.environ.clear()
    os.environ.update(environment)
    work(*given)
