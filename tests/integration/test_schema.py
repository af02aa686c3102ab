"""The tables that migrations make are the tables that the models declare."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, insert, inspect
from sqlalchemy.exc import IntegrityError

from models import metadata
from models.database import create_tables
from models.migrating import configuration, current_revision, newest_revision
from stage_database import import_rows, stored_rows
from table_maker import AS_OF, TABLES


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


def test_a_database_with_rows_comes_to_this_version_from_the_first_and_loses_none(database, tmp_path):
    import_rows(tmp_path, TABLES, AS_OF)
    kept = ("customers", "items", "bom_lines", "suppliers", "sales_orders", "sales_order_lines", "stock_moves")
    before = {name: stored_rows(database, name) for name in kept}
    assert all(before.values())
    config = configuration(database.url.render_as_string(hide_password=False))
    command.downgrade(config, "0001")
    assert current_revision(database) == "0001"
    command.upgrade(config, "head")
    assert {name: stored_rows(database, name) for name in kept} == before
    with database.connect() as connection, pytest.raises(IntegrityError):
        # references are enforced again
        connection.execute(insert(metadata.tables["sales_orders"]).values(
            order="SO-X", customer="NOBODY", order_date=AS_OF, currency="", state="approved"))  # fmt: skip


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
