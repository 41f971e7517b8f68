"""A project's acts as one signed file, for a colleague without a server: gzip of a line of JSON for each thing.

First the head: what it is and how many lines of each kind follow. Last the signature, over all bytes before it. The
signature is checked before anything is taken in; lines and their number are bounded before they are read.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from cessl_gui.core.errors import NotWritten, ProjectError
from cessl_gui.core.files import atomic_write, why
from cessl_gui.core.paths import user_data
from cessl_gui.store.exchange.given import UNFIT, act_of, known_of
from cessl_gui.store.exchange.union import Taken
from cessl_gui.store.log import device
from cessl_gui.store.log.acts import Act, canonical
from cessl_gui.store.project import Project

FORMAT = "cessl bundle 1"
LONGEST_LINE = 1 << 20  # bytes
MOST_LINES, MOST_DEVICES = 50_000_000, 10_000
REPORTED_EVERY, SEEN_EVERY = 5_000, 1 << 20  # lines; bytes, of which notes, and a bomb, have many

Progress = Callable[[float], None]


def write(project: Project, out: Path, progress: Progress = lambda share: None) -> int:
    """Write all acts of a project, and what its catalogue says of the records, but no signals and no places.

    It holds what there is at one moment: people may go on meanwhile.
    progress : hears the share that is done
    returns  : the number of acts
    raises   : NotWritten where something else stands there, or it cannot be written
    """
    if out.exists() and not _is_bundle(out):
        raise NotWritten(f"{out} is there already and is no bundle.", "Choose another name.")
    key = device.private_key()
    if key is None:
        raise NotWritten(f"No key can be kept in {user_data()}, to sign it with.", "Check its permissions.")
    with project.moment(), atomic_write(out) as unfinished, gzip.open(unfinished, "wb", compresslevel=6) as file:
        devices = project.known()
        acts, records = sum(one.number for one in devices), project.records.count()
        digest, total, lines, unseen = hashlib.sha256(), max(records + acts, 1), 0, 0

        def line(kind: str, values: Any) -> None:
            nonlocal lines, unseen
            data = canonical([kind, values]).encode() + b"\n"
            digest.update(data)
            file.write(data)
            lines, unseen = lines + 1, unseen + len(data)
            if lines % REPORTED_EVERY == 0 or unseen > SEEN_EVERY:
                unseen = 0
                progress(min(lines / total, 1.0))

        line("head", {"format": FORMAT, "devices": len(devices), "records": records, "acts": acts})
        for one in devices:
            line("device", [*one[:7], one.hash.hex(), one.signed_by, one.signature.hex()])
        for record in project.facts():
            line("record", record)
        for act in project.give({}):
            line("act", _values(act))
        signature = key.sign(_signed(digest.digest()))
        file.write(canonical(["signature", [device.public_key(), signature.hex()]]).encode() + b"\n")
    return acts


def merge(project: Project, path: Path, progress: Progress = lambda share: None) -> Taken:
    """Take in the bundle of another project. What cannot be taken in is said, and stops nothing else.

    progress : hears the share that is done
    raises   : ProjectError for a file that is no bundle, or not as it was written
    """
    if path.exists() and not path.is_file():
        raise ProjectError(f"{path.name} is not a file.", "Choose a bundle.")
    try:
        counts = _checked(path, lambda share: progress(0.3 * share))
        with gzip.open(path, "rb") as file:
            lines = _lines(file)
            next(lines)
            devices = [known_of(values) for values in _of("device", lines, counts["devices"])]
        total, described = max(counts["acts"], 1), _Part(path, counts, "record", lambda values: values)
        acts = _Part(path, counts, "act", act_of)
        return project.take(
            devices,
            acts,
            described,
            lambda count: progress(0.6 + 0.4 * count / total),
            looking=lambda count: progress(0.3 + 0.3 * count / total),
        )
    except (OSError, EOFError, zlib.error) as error:
        reason = why(error) if isinstance(error, OSError) and error.errno else "it ends too early or is damaged"
        raise ProjectError(f"{path.name} cannot be read ({reason}).", "Ask for the bundle again.") from error
    except UNFIT as error:
        raise _no_bundle(path) from error


def _checked(path: Path, progress: Progress) -> dict[str, int]:
    """The head of a bundle, whose signature is that of its key. raises : ProjectError, ValueError and its kin"""
    with gzip.open(path, "rb") as file:
        raw = file.readline(LONGEST_LINE)
        kind, head = json.loads(raw)
        counts = {name: int(head[name]) for name in ("devices", "records", "acts")}
        total = sum(counts.values())
        is_bounded = min(counts.values()) >= 0 and total <= MOST_LINES and counts["devices"] <= MOST_DEVICES
        if kind != "head" or head["format"] != FORMAT or not is_bounded:
            raise _no_bundle(path)
        digest, unseen = hashlib.sha256(raw), 0
        for count in range(total):
            raw = file.readline(LONGEST_LINE)
            if not raw.endswith(b"\n"):
                raise _no_bundle(path)
            digest.update(raw)
            unseen += len(raw)
            if count % REPORTED_EVERY == 0 or unseen > SEEN_EVERY:
                unseen = 0
                progress(count / max(total, 1))
        kind, (public, signature) = json.loads(file.readline(LONGEST_LINE))
        if kind != "signature" or not device.is_signed(public, bytes.fromhex(signature), _signed(digest.digest())):
            raise ProjectError(f"{path.name} was altered after it was written.", "Ask for the bundle again.")
        if file.read(1):
            raise _no_bundle(path)
    return counts


def _is_bundle(path: Path) -> bool:
    if not path.is_file():  # reading a pipe would wait for ever
        return False
    try:
        with gzip.open(path, "rb") as file:
            return FORMAT.encode() in file.readline(1000)
    except (OSError, EOFError, zlib.error):
        return False


def _lines(file: gzip.GzipFile) -> Iterator[tuple[str, Any]]:
    while raw := file.readline(LONGEST_LINE):
        kind, values = json.loads(raw)
        yield kind, values


def _of(wanted: str, lines: Iterator[tuple[str, Any]], count: int) -> Iterator[Any]:
    for _ in range(count):
        kind, values = next(lines)
        if kind != wanted:
            raise ValueError(kind)
        yield values


class _Part:
    """The records, or the acts, of a bundle, as often as they are gone through: never all of them in memory."""

    def __init__(self, path: Path, counts: dict[str, int], kind: str, made: Callable[[Any], Any]) -> None:
        self._path, self._counts, self._kind, self._made = path, counts, kind, made

    def __iter__(self) -> Iterator[Any]:
        before = 1 + self._counts["devices"] + (self._counts["records"] if self._kind == "act" else 0)
        with gzip.open(self._path, "rb") as file:
            for _ in range(before):
                file.readline(LONGEST_LINE)
            lines = _lines(file)
            for values in _of(self._kind, lines, self._counts[f"{self._kind}s"]):
                yield self._made(values)


def _values(act: Act) -> list[Any]:
    values = [getattr(act, one.name) for one in fields(act)]
    return [*values[:-1], act.hash.hex()]


def _signed(digest: bytes) -> bytes:
    return b"cessl-gui bundle 1\n" + digest


def _no_bundle(path: Path) -> ProjectError:
    return ProjectError(f"{path.name} is no bundle of this program.", "Ask for one that `cessl bundle` has written.")
