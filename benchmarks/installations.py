"""A new installation in a folder of its own: settings that lead to an empty SQLite file, and back again after."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine


@contextmanager
def new_installation(folder: Path) -> Iterator[Engine]:
    """Point this process at an empty database in `folder`; the environment is put back at the end."""
    from models.database import engine_of
    from models.migrating import ready_engine
    from settings import settings

    before = dict(os.environ)
    url = f"sqlite:///{folder / 'kitline.db'}"
    os.environ.update(KITLINE_DATABASE_URL=url, KITLINE_DATA_DIR=str(folder))
    settings.cache_clear()
    try:
        yield ready_engine(url)
    finally:
        engine_of(url).dispose()
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()
