"""Alembic's environment: runs migrations on the connection or the URL it is given."""

from alembic import context

from models import metadata
from models.database import engine_of
from models.migrating import tables_made_anew


def run(connection) -> None:
    with tables_made_anew(connection):
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with engine_of(context.config.attributes["url"]).connect() as own:
        run(own)
