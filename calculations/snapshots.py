"""What a run saw, small enough to keep; and a digest of what it made of it."""

import io
import zipfile
from hashlib import sha256

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

# A fixed moment: the same frames are the same bytes, whenever they are packed.
MOMENT = (1980, 1, 1, 0, 0, 0)


def packed(frames: dict[str, pd.DataFrame]) -> bytes:
    """Frames as a zip archive of Arrow files, each compressed with zstandard; any Arrow reader opens them.

    >>> unpacked(packed({"items": pd.DataFrame({"item": ["BOLT"]})}))["items"]["item"].tolist()
    ['BOLT']
    """
    options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", 1))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as files:
        for name, frame in frames.items():
            table = pa.Table.from_pandas(frame)
            content = pa.BufferOutputStream()
            with pa.ipc.new_file(content, table.schema, options=options) as writer:
                writer.write_table(table)
            files.writestr(zipfile.ZipInfo(f"{name}.arrow", MOMENT), content.getvalue())
    return archive.getvalue()


def unpacked(content: bytes) -> dict[str, pd.DataFrame]:
    """The frames of `packed`, with their types and row labels."""
    frames = {}
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        for name in files.namelist():
            with pa.ipc.open_file(files.read(name)) as reader:
                frames[name.removesuffix(".arrow")] = reader.read_all().to_pandas()
    return frames


def digests(frames: dict[str, pd.DataFrame]) -> dict[str, dict]:
    """For each frame its rows and the digest of every cell, name and type, in their order.

    >>> one = pd.DataFrame({"item": ["BOLT"], "quantity_micro": [5]})
    >>> digests({"one": one}) == digests({"one": one.copy()}), digests({"one": one})["one"]["rows"]
    (True, 1)
    """
    return {name: {"rows": len(frame), "digest": _digest(frame)} for name, frame in frames.items()}


def digest_of(results: dict[str, dict]) -> str:
    """One digest of all frames' digests."""
    listed = repr([(name, results[name]["rows"], results[name]["digest"]) for name in sorted(results)])
    return sha256(listed.encode()).hexdigest()[:16]


def _digest(frame: pd.DataFrame) -> str:
    total = sha256()
    for name, column in frame.items():
        total.update(f"{name}:{_kind(column)};".encode())
        for part in _parts(column):
            total.update(part)
    return total.hexdigest()[:32]


def _kind(column: pd.Series) -> str:
    return "text" if _is_text(column) else str(column.dtype)


def _is_text(column: pd.Series) -> bool:
    return column.dtype == object or isinstance(column.dtype, (pd.StringDtype, pd.CategoricalDtype))


def _parts(column: pd.Series):
    """A column's cells as bytes that are the same however they lie in memory."""
    if _is_text(column):
        yield from _text_parts(column)
        return
    missing = column.isna().to_numpy()
    if missing.any():
        yield np.packbits(missing).tobytes()
    if column.dtype.name == "Int64":
        yield column.to_numpy(dtype=np.int64, na_value=0).tobytes()
    else:
        yield np.ascontiguousarray(column.to_numpy()).tobytes()


def _text_parts(column: pd.Series):
    array = pa.array(column, type=pa.large_string(), from_pandas=True)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    array = pc.fill_null(array, "")
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1] if len(array) else None
    if ends is None:
        return
    yield np.diff(ends).tobytes()
    if data is not None:
        yield memoryview(data)[ends[0] : ends[-1]]
