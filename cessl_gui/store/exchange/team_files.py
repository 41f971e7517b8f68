"""Files on a team's server: adopted models and signals, in parts, so that what broke off goes on where it was."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from cessl_gui.store.exchange.team_address import TeamError
from cessl_gui.store.exchange.team_server import BATCH, TeamServer

PART = 1 << 20  # bytes
MOST_BYTES = 256 << 20  # of one file
MODEL, SIGNAL = "model", "signal"


class TeamFile(NamedTuple):
    """digest: SHA-256 of its bytes; of: a version's id, or the content of a recording"""

    digest: str
    kind: str
    of: str
    size: int


class Unlike(ValueError):
    """A file is not what its digest says."""


class TeamFiles:
    """What members sent as files to a server. Every part is a transaction."""

    def __init__(self, server: TeamServer) -> None:
        self._server = server

    def whole(self, kind: str, of: Sequence[str]) -> list[TeamFile]:
        """The files of these versions or recordings that are there from their first to their last part."""
        found: list[TeamFile] = []
        for begin in range(0, len(of), BATCH):
            rows = self._server.rows(
                "SELECT digest, kind, of, size FROM cessl.whole_files WHERE kind = %s AND of = ANY (%s)"
                " ORDER BY digest LIMIT %s",
                (kind, list(of[begin : begin + BATCH]), 4 * BATCH),
            )
            found += [TeamFile(*row) for row in rows if _is_sound(*row)]
        return found

    def put(self, file: TeamFile, content: IO[bytes], between: Callable[[int], None] = lambda count: None) -> None:
        """Send what is lacking of a file.

        content : its bytes, from where it can be sought
        between : hears after each part how many bytes are there; what was sent stays if it raises
        """
        with self._server.transaction() as db:
            db.execute(
                "INSERT INTO cessl.files (digest, kind, of, size) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", file
            )
        there = {row[0] for row in self._server.rows("SELECT number FROM cessl.parts WHERE digest = %s", file[:1])}
        for number in range(-(-file.size // PART)):
            if number not in there:
                content.seek(number * PART)
                with self._server.transaction() as db:
                    db.execute(
                        "INSERT INTO cessl.parts VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                        (file.digest, number, content.read(PART)),
                    )
            between(min((number + 1) * PART, file.size))

    def fetch(self, file: TeamFile, to: Path, between: Callable[[int], None] = lambda count: None) -> None:
        """Bring a file here; what `to` holds of it already, from an earlier time, is not fetched again.

        raises : Unlike where it is another than its digest says (nothing is kept), TeamError, OSError
        """
        with to.open("ab") as out:
            here = out.tell() // PART  # the last one may have broken off
            out.truncate(here * PART)
            for number in range(here, -(-file.size // PART)):
                part = self._server.rows(
                    "SELECT content FROM cessl.parts WHERE digest = %s AND number = %s", (file.digest, number)
                )
                if not part or not _is_part(part[0][0], min(PART, file.size - number * PART)):
                    raise TeamError("A file of the team's server lacks a part.", "Sync again.")
                out.write(part[0][0])
                out.flush()
                between(min((number + 1) * PART, file.size))
        with to.open("rb") as written:
            if hashlib.file_digest(written, "sha256").hexdigest() != file.digest:
                written.close()
                to.unlink()
                raise Unlike(file.digest)


def _is_sound(digest: object, kind: object, of: object, size: object) -> bool:
    """The digest names a file here, whatever server gave it."""
    texts = isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest) and isinstance(of, str)
    return bool(texts) and kind in (MODEL, SIGNAL) and isinstance(size, int) and 0 < size <= MOST_BYTES


def _is_part(content: object, size: int) -> bool:
    return isinstance(content, bytes) and len(content) == size
