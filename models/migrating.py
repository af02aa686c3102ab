"""Bringing a database to the tables this version of Kitline needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect

from calculations.errors import KitlineError
from models.database import engine_of

SCRIPTS = Path(__file__).resolve().parents[1] / "migrations"


class DatabaseBehind(KitlineError):
    """The database was made by another version of Kitline."""

    kind = "database_behind"


class BrokenReferences(KitlineError):
    """A migration would leave rows that refer to nothing."""

    kind = "broken_references"


def configuration(url: str):
    """Alembic's configuration for a database URL, without an ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["url"] = url
    return config


@contextmanager
def tables_made_anew(connection: Connection) -> Iterator[None]:
    """Commit what is done inside; on SQLite a table that others refer to may be made anew there.

    SQLite changes a column or a check only by making the table anew, and would refuse to drop the old one while rows
    refer to it. So references are not enforced meanwhile, and are looked at before anything is kept.

    Raises:
        BrokenReferences: rows refer to rows that are not there any more; nothing is kept.
    """
    if connection.dialect.name != "sqlite":
        yield
        connection.commit()
        return
    # outside a transaction, where SQLite listens to it
    driver = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken:
            raise BrokenReferences(f"rows of {broken[0]} refer to rows of {broken[2]} that are not there; report it")
        connection.commit()
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade the database to a revision; makes the tables where there are none."""
    from alembic import command

    config = configuration(url)
    with engine_of(url).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def newest_revision() -> str:
    """The revision this version of Kitline needs."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(SCRIPTS)).get_current_head()


def current_revision(engine: Engine) -> str | None:
    """The database's revision, None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


@cache
def ready_engine(url: str) -> Engine:
    """The engine of a database that has this version's tables; an empty database gets them.

    Raises:
        DatabaseBehind: the database has another revision; `kitline migrate` upgrades it.
    """
    engine = engine_of(url)
    found = current_revision(engine)
    if found is None:
        migrate(url)
    elif found != newest_revision():
        raise DatabaseBehind(
            f"the database is at revision {found}, this version needs {newest_revision()}; back it up and run "
            "`kitline migrate`"
        )
    return engine
