"""What HDF5 objects hold, read only once it is known how much memory that takes.

The HDF5 library allocates what a text of variable length announces, up to 4 GB, before it looks whether that is there;
and its interface does not tell that length. So it is looked up in the file itself, by the published format.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from cessl_gui.core.errors import UnreadableRecording

LARGEST_TEXT = 1 << 20  # bytes of one attribute
LARGEST_HEADER = 1 << 22  # bytes of an object's header
MOST_BLOCKS = 200
ATTRIBUTE, CONTINUED = 0x0C, 0x10
SHARED = 0x02  # flag of a message that lies elsewhere
REFERENCE = struct.Struct("<IQI")  # to a text of variable length: bytes, heap, place in the heap


def attributes(path: Path, found, wanted: Callable[[str], bool]) -> dict[str, object]:
    """The attributes of an HDF5 file, group or dataset whose names are wanted.

    One whose length cannot be told without reading it is left out.
    raises : UnreadableRecording for one that announces more than any text needs
    """
    import h5py
    from h5py import h5a, h5t

    plain = h5t.TypeIntegerID | h5t.TypeFloatID | h5t.TypeStringID | h5t.TypeEnumID  # the last one is yes or no
    read, stored = {}, None
    for place in range(h5a.get_num_attrs(found.id)):
        attribute = h5a.open(found.id, index=place)
        name, kind = attribute.name.decode("utf-8", "replace"), attribute.get_type()
        if not wanted(name) or not isinstance(kind, plain):
            continue
        size = attribute.get_storage_size()
        if isinstance(kind, h5t.TypeStringID) and kind.is_variable_str():
            stored = _stored(path, found) if stored is None else stored
            if attribute.name not in stored:
                continue
            size = announced(stored[attribute.name])
        check_text(path, name, size)
        if not isinstance(value := found.attrs[name], h5py.Empty):
            read[name] = value
    return read


def check_text(path: Path, name: str, size: int) -> None:
    """raises : UnreadableRecording for a text of so many bytes"""
    if size > LARGEST_TEXT:
        raise UnreadableRecording(
            f"{path.name} is damaged HDF5: its text {name[:40]} announces {size:,} bytes.", "Copy or save it again."
        )


def check_stored(path: Path, dataset) -> None:
    """raises : UnreadableRecording for a dataset that announces more than the file holds, which would read as zeros"""
    held = dataset.id.get_storage_size()
    if not held or (dataset.chunks is None and held < dataset.nbytes):
        raise UnreadableRecording(
            f"{path.name} announces {dataset.nbytes:,} bytes of samples and holds {held:,}.", "Copy or save it again."
        )
    offset = dataset.id.get_offset()
    if offset is not None and offset + held > path.stat().st_size:
        raise UnreadableRecording(
            f"{path.name} is cut off: its {held:,} bytes of samples end beyond it.", "Copy or save it again."
        )


class Texts:
    """A dataset of texts of variable length, in one piece: each is read only if it is no longer than a text can be."""

    def __init__(self, path: Path, name: str, dataset) -> None:
        self._path, self._name, self._dataset = path, name, dataset
        self.dtype, self.ndim, self.size, self.shape = dataset.dtype, dataset.ndim, dataset.size, dataset.shape

    def __getitem__(self, place):
        """place : () for all, or a slice of the only axis"""
        first, last = (0, self.size) if place == () else place.indices(self.size)[:2]
        with self._path.open("rb") as file:
            file.seek(self._dataset.id.get_offset() + first * REFERENCE.size)
            references = file.read((last - first) * REFERENCE.size)
        check_text(self._path, self._name, announced(references))
        return self._dataset[place]


def announced(references: bytes) -> int:
    """Bytes of the texts to which these references lead."""
    whole = len(references) // REFERENCE.size * REFERENCE.size
    return sum(length for length, *_ in REFERENCE.iter_unpack(references[:whole]))


def _stored(path: Path, found) -> dict[bytes, bytes]:
    """Name -> data of the attributes in an object's own header, as they lie in the file."""
    from h5py import h5o

    base = found.file.userblock_size
    if found.file.id.get_create_plist().get_sizes() != (8, 8):  # bytes of addresses and lengths
        return {}
    with path.open("rb") as file:
        try:
            bodies = [body for kind, body in _messages(file, base, h5o.get_info(found.id).addr) if kind == ATTRIBUTE]
            return dict(map(_attribute, bodies))
        except (struct.error, IndexError, ValueError):
            return {}


def _messages(file: BinaryIO, base: int, address: int) -> Iterator[tuple[int, bytes]]:
    """Kind and body of each message of an object's header, of its first or its second version."""
    file.seek(base + address)
    start = file.read(64)
    if start[:4] == b"OHDR":
        flags = start[5]
        head = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        blocks = [(address + head + width, int.from_bytes(start[head : head + width], "little"))]
        layout, before = struct.Struct("<BHB" + ("H" if flags & 4 else "")), 0
    else:
        blocks, layout, before = [(address + 16, struct.unpack_from("<I", start, 8)[0])], struct.Struct("<HHB3x"), None
    for place, length in _each(blocks):
        file.seek(base + place)
        block = file.read(min(length, LARGEST_HEADER))
        at = 4 if block[:4] == b"OCHK" and before is not None else 0
        while at + layout.size <= len(block):
            kind, size, flags = layout.unpack_from(block, at)[:3]
            body = block[at + layout.size : at + layout.size + size]
            at += layout.size + size
            if kind == CONTINUED:
                blocks.append(struct.unpack_from("<QQ", body))
            elif not flags & SHARED:
                yield kind, body


def _each(blocks: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Blocks of a header, of which each may name more."""
    for place in range(MOST_BLOCKS):
        if place < len(blocks):
            yield blocks[place]


def _attribute(body: bytes) -> tuple[bytes, bytes]:
    """Name and data of an attribute's message."""
    version = body[0]
    sizes = struct.unpack_from("<HHH", body, 2)
    at = 9 if version == 3 else 8
    lengths = [-(-size // 8) * 8 for size in sizes] if version == 1 else sizes
    return body[at : at + sizes[0]].split(b"\0")[0], body[at + sum(lengths) :]
