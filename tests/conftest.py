"""Fixtures: real databases, one Prefect server for the whole session, settings that point at a test's own folder."""

import gc
import os
import shutil
import tempfile
from pathlib import Path

# Prefect reads these when it is imported.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("PREFECT_CLIENT_METRICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine

# Two busy cores say nothing about a property, so examples have no deadline; the same examples every time.
hypothesis_settings.register_profile(
    "kitline", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("kitline")


def pytest_sessionfinish():
    """Let the process end quickly.

    Pytest collects garbage five times before it ends. With all that the tests have loaded, that takes longer than the
    five seconds after which xdist interrupts a worker, which shows as a warning. Once is enough to find what leaked.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgresql_server():
    """A PostgreSQL server of this test session, with a template database that has all tables."""
    from benchmarks.installations import postgresql_server

    with postgresql_server() as server:
        _make_tables(server.new("kitline_template"))
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    """A SQLite file with all tables, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "kitline.db"
    _make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture
def own_settings(tmp_path, monkeypatch):
    """Settings whose files lie in the test's own folder; the database is set by `database`."""
    import settings

    monkeypatch.setenv("KITLINE_DATA_DIR", str(tmp_path / "data"))
    for name in ("KITLINE_SMTP_HOST", "KITLINE_POLICIES"):
        monkeypatch.delenv(name, raising=False)
    settings.settings.cache_clear()
    yield settings.settings
    settings.settings.cache_clear()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path, monkeypatch, own_settings) -> Engine:
    """An empty database with all tables, on SQLite and on PostgreSQL; the settings point at it."""
    if request.param == "sqlite":
        yield from _sqlite(request, tmp_path, monkeypatch, own_settings)
    else:
        yield from _postgresql(request, tmp_path, monkeypatch, own_settings)


@pytest.fixture
def sqlite_database(request, tmp_path, monkeypatch, own_settings) -> Engine:
    """An empty SQLite database with all tables; the settings point at it."""
    yield from _sqlite(request, tmp_path, monkeypatch, own_settings)


def _sqlite(request, tmp_path, monkeypatch, own_settings):
    path = tmp_path / "kitline.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    yield from _pointed_at(f"sqlite:///{path}", monkeypatch, own_settings)


def _postgresql(request, tmp_path, monkeypatch, own_settings):
    server = request.getfixturevalue("postgresql_server")
    name = "kitline_" + tempfile.mkdtemp(dir=tmp_path).rsplit("/", 1)[1].lower().replace("-", "_")
    yield from _pointed_at(server.copy("kitline_template", name), monkeypatch, own_settings)
    server.drop(name)


def _pointed_at(url: str, monkeypatch, own_settings):
    from models.database import engine_of
    from models.migrating import ready_engine

    monkeypatch.setenv("KITLINE_DATABASE_URL", url)
    own_settings.cache_clear()
    yield ready_engine(url)
    engine_of(url).dispose()


def _make_tables(url: str) -> None:
    from models.database import engine_of
    from models.migrating import migrate

    migrate(url)
    engine_of(url).dispose()


@pytest.fixture
def kitline(capsys):
    """Runs a command; returns exit code, standard output and standard error."""
    import cli

    def run(*arguments) -> tuple[int, str, str]:
        code = cli.main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture(scope="session")
def prefect():
    """One temporary Prefect server for the whole session, without the heartbeat threads that slow every run."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=180),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


@pytest.fixture
def browser():
    """Debian's Chromium, driven by Playwright."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("the browser tests need chromium: apt-get install chromium")
        pytest.skip("needs a chromium on the path: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    switches = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync"]  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=switches)
        yield browser
        browser.close()
