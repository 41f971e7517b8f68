"""A project and its team's server give each other what each lacks. A sync may break off anywhere.

Each device numbers its acts without gaps, so one number per device says what the other has. What is half done is found
by the same numbers at the next sync: nothing is lost, and nothing is there twice.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, TypeVar

from cessl_gui.core.errors import NotWritten
from cessl_gui.core.files import why
from cessl_gui.core.plural import counted
from cessl_gui.core.task import Task
from cessl_gui.store.exchange.patient_keys import SETTING as SECRET
from cessl_gui.store.exchange.team_address import Address, TeamError
from cessl_gui.store.exchange.team_server import BATCH, TeamServer
from cessl_gui.store.exchange.union import Taken
from cessl_gui.store.log.acts import FIELDS, Act, canonical
from cessl_gui.store.project import Project

T = TypeVar("T")
MOST_ACTS, MOST_RECORDINGS = 50_000_000, 5_000_000
SERVER = "team server"  # a setting: {"url": without a password, "place": up to which its recordings are known here}


@dataclass
class Exchanged:
    """What came of files: sent, and models and signals that came. notes : what was left out, and why, in sentences"""

    sent: int = 0
    models: int = 0
    signals: int = 0
    notes: list[str] = field(default_factory=list)


Also = Callable[[Project, TeamServer, Task], Exchanged]


@dataclass(frozen=True)
class Synced:
    """What a sync did.

    removed : recordings erased here, as others did; joined : those that are found to be another one's
    notes   : sentences about what is left to do
    """

    sent: int = 0
    received: int = 0
    recordings: int = 0
    removed: int = 0
    joined: int = 0
    notes: tuple[str, ...] = ()
    models: int = 0
    signals: int = 0
    files_sent: int = 0

    @property
    def has_come(self) -> bool:
        """Whether anything of others is in the project now that was not before."""
        return bool(self.received or self.recordings or self.models or self.signals)

    @property
    def sentence(self) -> str:
        parts = [f"{counted(self.sent, 'act')} sent", f"{counted(self.received, 'act')} received"]
        more = [
            f"{counted(count, what)} {done}"
            for count, what, done in (
                (self.recordings, "recording", "of others"),
                (self.files_sent, "file", "sent"),
                (self.models, "model", "received"),
                (self.signals, "signal", "received"),
            )
            if count
        ]
        if not (self.sent or self.received or more):
            return "Both sides have the same."
        return f"{', '.join([*parts, *more])}."


def sync(project: Project, address: Address, task: Task, also: Also | None = None) -> Synced:
    """Exchange what was done, and what is known of recordings. Of signals each finds its own copy.

    also   : exchanges files too, see tasks.team.team_sending
    raises : TeamError, ProjectError, NotWritten, Cancelled; what was exchanged by then stays
    """
    project.records.check_writable()
    try:
        with TeamServer(address) as server, server.watched(lambda: task.stop_requested() is not None):
            return _exchange(project, server, address, task, also)
    except TeamError:
        task.check()  # it was the person who ended the wait
        raise
    except OSError as error:
        raise NotWritten(
            f"What comes and goes could not be kept on the way ({why(error)}).",
            f"Free some space where {tempfile.gettempdir()} lies, then sync again; what was exchanged stays.",
        ) from error


def _exchange(project: Project, server: TeamServer, address: Address, task: Task, also: Also | None) -> Synced:
    server.check_version()
    _check_patients(project, server)
    taken = _receive(project, server, address, task)
    exchanged = also(project, server, task) if also else Exchanged()
    sent = _send(project, server, task)
    notes = [*taken.refused, *taken.notes, *exchanged.notes, *_erase(project, server)]
    return Synced(
        sent,
        taken.acts,
        taken.records,
        len(taken.removed),
        len(taken.joined),
        tuple(notes),
        models=exchanged.models,
        signals=exchanged.signals,
        files_sent=exchanged.sent,
    )


def last_server(project: Project) -> str:
    """The address of the server that this project was synced with last; "" without one."""
    return str(project.settings.get(SERVER, {}).get("url", ""))


def _check_patients(project: Project, server: TeamServer) -> None:
    """Patients must have the same keys with all members."""
    own = project.settings.get(SECRET)
    agreed = server.agree("patient_secret", own) if own else ""
    if own and agreed and own != agreed:
        raise TeamError(
            "This project hides its patients by another secret than the team's: nobody would be known again.",
            "Take in the team's key file first (cessl team-key import FILE), then import the recordings into a new"
            " project.",
        )


def _receive(project: Project, server: TeamServer, address: Address, task: Task) -> Taken:
    here = {one.id: one.number for one in project.known()}
    ahead = [one for one in server.known() if one.number > here.get(one.id, 0)]
    total = sum(one.number - here.get(one.id, 0) for one in ahead)
    if total > MOST_ACTS:
        raise TeamError(
            f"The server says that it has {total:,} acts more than this project.",
            "No project has so many: ask who runs it.",
        )
    steps = task.steps("Receiving", total)
    seen = project.settings.get(SERVER, {})
    place = seen["place"] if seen.get("url") == address.url else 0
    place = place if place <= server.last_place() else 0  # the server was made again
    with tempfile.TemporaryFile("w+", encoding="utf-8") as kept:  # the project is not held up by a slow line
        count = 0
        for one in ahead:
            for act in server.acts(one.id, here.get(one.id, 0), one.number):
                task.check()
                _write(kept, act)
                count += 1
                steps.done(count)
        facts = []
        for at, said in server.recordings(place):
            task.check()
            facts.append(said)
            if len(facts) > MOST_RECORDINGS:
                raise TeamError("The server describes recordings without end.", "Ask who runs it.")
            place = at
        if not count and not facts:
            project.settings.set(SERVER, {"url": address.url, "place": place})
            return Taken()
        taking = task.steps("Taking in", count)

        def between(done: int) -> None:
            task.check()
            taking.done(done)

        taken = project.take(ahead, _Kept(kept), facts, between, looking=lambda count: task.check())
    project.settings.set(SERVER, {"url": address.url, "place": place})
    return taken


def _send(project: Project, server: TeamServer, task: Task) -> int:
    _send_recordings(project, server, task)
    known, there = project.known(), server.numbers()
    steps = task.steps("Sending", sum(max(one.number - there.get(one.id, 0), 0) for one in known))
    server.introduce(known)
    count = 0
    for some in _batches(project.give(there)):
        task.check()
        server.put_acts(some)
        count += len(some)
        steps.done(count)
    server.sign_off(known)
    return count


def _send_recordings(project: Project, server: TeamServer, task: Task) -> None:
    for some in _batches(project.facts()):
        task.check()
        of = {hashlib.sha256(canonical(fact).encode()).hexdigest(): fact for fact in some}
        lacking = server.lacking(list(of))
        if lacking:
            server.put_recordings(
                [(digest, of[digest]["contents"], canonical(of[digest])) for digest in sorted(lacking)]
            )


def _erase(project: Project, server: TeamServer) -> list[str]:
    """What was removed here, or by others, is erased on the server too."""
    if not project.has_removed() or not server.keeps_removed():
        return []
    if server.is_lead():
        server.erase_removed()
        return []
    return ["Recordings were removed: the server keeps what was said of them until a lead of the team syncs."]


def _batches(given: Iterable[T]) -> Iterator[list[T]]:
    coming = iter(given)
    while some := list(islice(coming, BATCH)):
        yield some


def _write(file: IO[str], act: Act) -> None:
    *values, hash_ = (getattr(act, name) for name in FIELDS)
    file.write(json.dumps([*values, hash_.hex()]) + "\n")


class _Kept:
    """The acts in a file, as often as they are gone through."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def __iter__(self) -> Iterator[Act]:
        self._file.seek(0)
        for line in self._file:
            *values, hash_ = json.loads(line)
            yield Act(*[*values, bytes.fromhex(hash_)])
