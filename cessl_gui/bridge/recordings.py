"""Recordings in memory for the window: quick ones are read at once, the others in the background."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from cessl_gui.bridge.background.latest_request import Kept, LatestRequest
from cessl_gui.bridge.background.runner import Runner
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.errors import CesslError
from cessl_gui.core.measurements import Measurements
from cessl_gui.core.types import Outcome, Record, RecordInfo
from cessl_gui.ecg import scipy_later
from cessl_gui.ecg.hints import LOOKED_AT_S, Hint, hints
from cessl_gui.ecg.quality import lead_notes
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings import importing, measuring

log = logging.getLogger(__name__)

Key = tuple[str, int]  # of a record, and how often its file was corrected: see store.tables.identity
KEPT_BYTES = 128 << 20  # 500 ECGs of 12 x 5000 samples; a Holter of 24 h alone takes more, and is kept alone


class Opened(NamedTuple):
    """A recording, what is doubtful about each lead (lead -> words), and about all of it, as ecg.hints says it."""

    record: Record
    notes: dict[str, tuple[str, ...]]
    hints: tuple[Hint, ...]


def read(project: Project, record_id: str, came: Callable[[Record], None] = lambda record: None) -> Opened:
    """From the waveform cache, else from the source. raises : UnreadableRecording

    came : gets a short recording before the first one's doubts are looked for, which takes SciPy and thereby a second
    """
    record = importing.read_waveform(project, record_id)
    if not scipy_later.is_loaded() and record.duration_s <= LOOKED_AT_S:
        came(record)
    scipy_later.load()  # with what the page draws: not in the window's thread
    notes = lead_notes(record)
    return Opened(record, notes, tuple(hints(record, notes)))  # here: finding them takes longer than drawing the page


def _read_ahead(project: Project, record_id: str) -> tuple[Opened, Measurements | None] | None:
    """A recording, and its measurements where they had to be made; None where it cannot be read."""
    try:
        opened = read(project, record_id)
    except CesslError:  # said when it is opened
        return None
    try:
        is_missing = not project.reading_only and project.measurements.get(record_id) is None
        return opened, measuring.measured(project, record_id) if is_missing else None
    except Exception:  # it is measured again, and this said, when it is opened
        log.warning("not measured ahead", exc_info=True)
        return opened, None


class Recordings(QObject):
    """came(Record) : the recording that was requested can be looked at; what is doubtful of it is not known yet
    ready(record_id) : the recording that was requested last is in memory now
    ahead(record_id, made) : a prefetched one is; with its measurements where they were made only now, else None
    """

    came = Signal(object)
    ready = Signal(str)
    ahead = Signal(str, object)

    def __init__(self, project: Project, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project, self._runner = project, runner
        self._revisions: dict[str, int] = {}  # asked for many times at each key
        self._opened: Kept[Key, Opened] = Kept(KEPT_BYTES, size=lambda opened: opened.record.signal_mv.nbytes)
        self._request = LatestRequest(
            runner,
            TaskKind.OPEN,
            lambda key, task: read(project, key[0], self.came.emit),
            lambda opened: self.ready.emit(opened.record.id),
            self._opened,
        )
        self._prefetched: Key | None = None  # what is being read ahead
        self._wanted: RecordInfo | None = None  # to be prefetched once the one before is there
        runner.ended.connect(self._on_ended)

    def get(self, record_id: str) -> Opened:
        """A recording now, however long it takes. raises : UnreadableRecording"""
        key = self._key(record_id)
        if key not in self._opened:
            self._opened[key] = read(self._project, record_id)
        return self._opened[key]

    def _key(self, record_id: str) -> Key:
        if record_id not in self._revisions:
            self._revisions[record_id] = self._project.measurements.revision(record_id)
        return record_id, self._revisions[record_id]

    def corrected(self) -> None:
        """Files of records may have been corrected: what is in memory of earlier revisions is not shown any more."""
        self._revisions.clear()

    def device_statements(self, record_id: str) -> tuple[str, ...]:
        """What its electrocardiograph stated; nothing of a recording that is not in memory."""
        key = self._key(record_id)
        return self._opened[key].record.device_statements if key in self._opened else ()

    def request(self, info: RecordInfo) -> bool:
        """Ask for a recording; `ready` answers the last request. True where that was at once, because it is quick.

        One that cannot be read ends the task as failed, with the reason.
        """
        if self._is_quick(info):
            try:
                self.get(info.id)
            except CesslError as error:
                log.info("%s is read again in the background: %s", info.name, error)
        return self._request.ask(self._key(info.id))

    def prefetch(self, info: RecordInfo) -> None:
        """Read a recording into memory in the background, if it is a usual one, and measure it; `ahead` answers."""
        key = self._key(info.id)
        if key in self._opened:
            self.ahead.emit(info.id, None)
        elif TaskKind.PREFETCH in self._runner.busy:
            self._wanted = info
        elif self._is_quick(info):
            self._prefetched = key
            self._runner.start(TaskKind.PREFETCH, lambda task: _read_ahead(self._project, info.id))

    def _is_quick(self, info: RecordInfo) -> bool:
        # Without a cache file the source is read again, which loads whole libraries the first time, as SciPy does.
        return scipy_later.is_loaded() and info.is_short and self._project.waveforms.path(info.id).is_file()

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if kind == TaskKind.OPEN:
            self._request.ended(outcome)
        elif kind == TaskKind.PREFETCH:
            if outcome.result is not None and self._prefetched is not None:
                opened, made = outcome.result
                self._opened[self._prefetched] = opened
                self.ahead.emit(opened.record.id, made)
            wanted, self._wanted = self._wanted, None
            if wanted is not None:
                self.prefetch(wanted)
