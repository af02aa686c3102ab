"""Alembic's environment: runs migrations on the connection or the URL it is given."""

from alembic import context

from models import metadata
from models.database import engine_of


def run(connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
    given.commit()
else:
    with engine_of(context.config.attributes["url"]).connect() as own:
        run(own)
        own.commit()
