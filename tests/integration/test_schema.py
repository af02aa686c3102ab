"""The tables that migrations make are the tables that the models declare."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from models import metadata
from models.database import create_tables
from models.migrating import current_revision, newest_revision


def test_migrated_tables_equal_the_declared_ones(database):
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_migrated_checks_and_keys_equal_the_created_ones(sqlite_database, tmp_path):
    created = create_tables_in(tmp_path / "created.db")
    for name in metadata.tables:
        assert details(sqlite_database, name) == details(created, name), name


def test_a_migrated_database_says_its_revision(database):
    assert current_revision(database) == newest_revision()


def create_tables_in(path):
    engine = create_engine(f"sqlite:///{path}")
    create_tables(engine)
    return engine


def details(engine, name):
    """Checks, unique keys, indexes and foreign keys, which autogenerate does not compare."""
    found = inspect(engine)
    return {
        "checks": sorted((row["name"], row["sqltext"]) for row in found.get_check_constraints(name)),
        "unique": sorted(str(row["column_names"]) for row in found.get_unique_constraints(name)),
        "indexes": sorted((row["name"], str(row["column_names"])) for row in found.get_indexes(name)),
        "foreign": sorted(
            (str(row["constrained_columns"]), row["referred_table"]) for row in found.get_foreign_keys(name)
        ),
        "key": found.get_pk_constraint(name)["constrained_columns"],
    }
