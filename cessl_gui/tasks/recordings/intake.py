"""What was read of recordings, taken into a project batch by batch: cached and catalogued, or quarantined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.plural import counted
from cessl_gui.core.scratch import asked
from cessl_gui.core.task import Task
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers import archives, printable
from cessl_gui.ecg.readers.given import Given
from cessl_gui.ecg.readers.members import holder
from cessl_gui.store.project import Project
from cessl_gui.store.tables.identity import Met
from cessl_gui.tasks import patients
from cessl_gui.tasks.recordings import import_answers, stamps

NAMED_KINDS = 8  # of files that are no recordings
BATCH = 16  # records in one transaction: the window's own writes never wait longer than that takes


@dataclass
class ImportResult:
    """What an import did.

    ids       : every record that was named: new, known, or revised, as its header was corrected
    notes     : sentences about patients and possible duplicates among them
    cancelled : it was ended before its end
    moved     : records whose source was gone and has been found at another place
    passed_over : file extension -> how many files of the folders are no recordings
    """

    added: int = 0
    known: int = 0
    revised: int = 0
    moved: int = 0
    quarantined: list[tuple[str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cancelled: bool = False
    passed_over: dict[str, int] = field(default_factory=dict)

    @property
    def passed_over_words(self) -> str:
        """What the folders hold beside recordings, most frequent first: "12 .pdf files, 1 file without extension"."""
        kinds = sorted(self.passed_over.items(), key=lambda kind: (-kind[1], kind[0]))
        named = [counted(n, f"{kind} file") if kind else f"{counted(n, 'file')} without extension" for kind, n in kinds]
        rest = sum(n for _, n in kinds[NAMED_KINDS:])
        return ", ".join(named[:NAMED_KINDS] + ([f"{counted(rest, 'file')} of other kinds"] if rest else []))


class Intake:
    """Takes recordings in. One that is there and looks as it did is not read again."""

    def __init__(self, project: Project, result: ImportResult, task: Task) -> None:
        """task : asked many times a second whether to end the import"""
        self._project, self._result, self._task = project, result, task
        self._identity = project.records.identity
        self._quarantined = {source for source, *_ in project.quarantine.all()}
        self._nobody = set(project.settings.get(patients.SETTING, []))
        self.doubtful: dict[str, set[str]] = {}  # patients whose id may stand for nobody -> those before and after
        self.corrected: set[str] = set()  # those found to be nobody of whom a header was corrected
        self._unspelled = set(self._identity.unspelled())
        self._said = import_answers.finder(project)
        self._stamps: dict[str, str] = {}

    def take(self, found: Sequence[tuple[Path, Path]], archive: Path | None = None) -> None:
        """Take in recordings: where each lies now, and the path by which it is known.

        archive : from which they have been unpacked
        raises  : Cancelled; what was read before it is kept
        """
        from cessl_gui.tasks.recordings.reading_ahead import read_all  # with all that starts processes

        result, shown = self._result, dict(found)
        wanted = [(path, self._said(source)) for path, source in found if not self._is_known(source)]
        given_of = dict(wanted)
        done = len(found) - len(wanted)
        steps = self._task.steps("Importing", len(found), done)
        read: list[tuple[Record, tuple[str, Met]]] = []
        try:
            for answer in read_all(wanted, self._task.check):
                source, done = shown[answer.path], done + 1
                if answer.record:
                    record = self._named(answer.record, source, archive, given_of[answer.path])
                    if cached := self._cached(record, answer.cached):
                        read.append(cached)
                else:
                    self.refuse([(printable(source), answer.reason)])
                if len(read) == BATCH:
                    self._keep(read)
                    read.clear()
                unread, rate = len(result.quarantined), f", {steps.rate(done):,.0f} a second"
                steps.done(done, f"{result.added:,} new" + (f", {unread:,} not readable" if unread else "") + rate)
        except Cancelled:
            self._keep(read)
            raise
        self._keep(read)
        steps.done(len(found), f"{result.added:,} new")

    def refuse(self, refused: Iterable[tuple[str, str]]) -> None:
        """Put (source, reason) on the quarantine list."""
        some = list(refused)
        with self._project.atomic():
            for source, reason in some:
                self._project.quarantine.add(source, reason)
        self._result.quarantined += some

    def mend(self, source: str) -> None:
        """Take a file that was read off that list."""
        for named in self._quarantined & {source, holder(source)}:
            self._project.quarantine.remove(named)

    def _is_known(self, path: Path) -> bool:
        self._task.check()
        source = printable(path)
        record_id, stamp = self._identity.stamp(source)
        is_known = (
            stamps.holds(stamp, self._said(path))
            and record_id not in self._unspelled
            and self._quarantined.isdisjoint((source, holder(source)))
            and self._project.waveforms.path(record_id).exists()
        )
        if is_known:
            self._result.known += 1
            self._result.ids.append(record_id)
        return is_known

    def _named(self, record: Record, source: Path, archive: Path | None, given: Given | None) -> Record:
        """The record under the path and the patient's key by which the project knows it."""
        patient = self._patient(record)
        bare = self._project.patients.key(record.patient_bare) if patient else ""
        changes: dict[str, Any] = {"patient": patient, "patient_bare": bare if bare != patient else ""}
        if patient and patient not in self._nobody:  # of nobody see _keep
            changes["warnings"] = (*record.warnings, *self._doubts(record, patient, bare))
        if archive:
            changes |= {"source": str(source), "files": (str(archive),)}
        named = replace(record, **changes)
        if "signal_sha256" in vars(record):  # computed where it was read
            vars(named)["signal_sha256"] = record.signal_sha256
        self._stamps[named.source] = stamps.of(named, given)
        return named

    def _doubts(self, record: Record, patient: str, bare: str) -> Iterator[str]:
        """What is to be said of how its patient's id is written."""
        if patient != self._project.patients.key(record.patient):
            yield patients.ALIKE
        if self._resembles(bare, patient):
            yield patients.MAYBE
        if record.patient_next is not None:
            self.doubtful.setdefault(patient, set()).update(map(self._project.patients.key, record.patient_next))

    def _patient(self, record: Record) -> str:
        """The key of its patient: the one that the project has under this spelling of the id, else under another.

        One that was found to be nobody comes before all.
        """
        key = self._project.patients.key(record.patient)
        if key in self._patients or not key:
            return key
        keys = [key, *map(self._project.patients.key, record.patient_alike)]
        if nobody := next((other for other in keys if other in self._nobody), ""):
            return nobody
        patient = next((other for other in keys if other in self._patients), key)
        self._patients.add(patient)
        return patient

    def _resembles(self, bare: str, patient: str) -> bool:
        """Whether another patient of the project has this bare spelling, too."""
        if not bare:
            return False
        others = self._resembling.setdefault(bare, [])
        if patient not in others:
            others.append(patient)
        return len({*others, *({bare} & self._patients)}) > 1

    @cached_property
    def _resembling(self) -> dict[str, list[str]]:
        return self._identity.resembling()

    @cached_property
    def _patients(self) -> set[str]:
        return set(self._project.records.patients().values())

    def _cached(self, record: Record, content: bytes) -> tuple[Record, tuple[str, Met]] | None:
        """Cache the signal of a record, which is let go of: what is to be catalogued, and whose it is.

        content : the file of the cache where that is made already
        returns : None, and refuses it, where it was removed from this project
        """
        record_id, met = whose = self._identity.whose(record)
        if met == Met.REMOVED:
            self.refuse([(record.source, self._identity.why_removed(record))])
            return None
        if met == Met.REVISED or not self._project.waveforms.path(record_id).exists():
            with asked(self._task.check):
                self._project.waveforms.write(record, record_id, content)
        from cessl_gui.tasks.recordings.reading_ahead import without_signal  # as in `take`

        return without_signal(record, record.signal_mv.shape, record.signal_sha256), whose

    def _keep(self, read: Sequence[tuple[Record, tuple[str, Met]]]) -> None:
        """Catalogue a batch in one transaction: records whose signals are cached, and whose each is."""
        result, identity = self._result, self._identity
        with self._project.atomic():
            some = [(record, self._stamps.pop(record.source, "")) for record, _ in read]
            taken = identity.take_in_all(some, [whose for _, whose in read])
            for patient in self._nobody & {record.patient for record, _ in read}:
                identity.unname(patient, patients.EARLIER)
            for (record, _), (record_id, met) in zip(read, taken, strict=True):
                result.added += met == Met.NEW
                result.known += met == Met.KNOWN
                result.revised += met == Met.REVISED
                result.ids.append(record_id)
                if record.patient_bare or met == Met.REVISED or record_id in self._unspelled:
                    identity.spell(record_id, record.patient_bare)
                if met == Met.REVISED:
                    self.corrected |= self._nobody & {record.patient}
                if met == Met.KNOWN:
                    self._follow(record_id, record.source)
                self.mend(record.source)

    def _follow(self, record_id: str, source: str) -> None:
        """The place where a record was found again becomes its own, where nothing lies at that any more."""
        (now, *_), *_ = self._project.records.source_row(record_id)
        if now != source and not archives.exists(Path(now)):
            self._identity.move(record_id, source)
            self._result.moved += 1
