"""Recordings in memory for the window: quick ones are read at once, the others in the background."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from cessl_gui.bridge.runner import Runner
from cessl_gui.core.errors import CesslError
from cessl_gui.core.types import Ending, Outcome, Record, RecordInfo
from cessl_gui.ecg.quality import lead_notes
from cessl_gui.store.project import Project
from cessl_gui.tasks import importing

log = logging.getLogger(__name__)

KIND = "open"  # of the background task
KEPT_BYTES = 128 << 20  # 500 ECGs of 12 x 5000 samples; a Holter of 24 h alone takes more, and is kept alone
QUICK_BYTES = 8 << 20  # read in some milliseconds from the cache: 12 leads of 5 minutes at 500 Hz


class Opened(NamedTuple):
    """A recording, and what is doubtful about each lead (lead -> words)."""

    record: Record
    notes: dict[str, tuple[str, ...]]


def read(project: Project, record_id: str) -> Opened:
    """From the waveform cache, else from the source. raises : UnreadableRecording"""
    record = importing.read_waveform(project, record_id)
    return Opened(record, lead_notes(record))


def is_short(info: RecordInfo) -> bool:
    """Whether reading it from the cache takes some milliseconds."""
    return 4 * info.samples * len(info.leads) <= QUICK_BYTES


class Recordings(QObject):
    """ready(record_id) : what was wanted last is in memory now"""

    ready = Signal(str)

    def __init__(self, project: Project, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project, self._runner = project, runner
        self._opened: OrderedDict[str, Opened] = OrderedDict()
        self._wanted = self._reading = ""
        runner.ended.connect(self._on_ended)

    def get(self, record_id: str) -> Opened:
        """A recording now, however long it takes. raises : UnreadableRecording"""
        if record_id not in self._opened:
            self._keep(record_id, read(self._project, record_id))
        self._opened.move_to_end(record_id)
        return self._opened[record_id]

    def want(self, info: RecordInfo) -> None:
        """Ask for a recording; `ready` answers, at once where that is quick. Only the last one asked for is answered.

        One that cannot be read ends the task of kind "open" as failed, with the reason.
        """
        self._wanted = info.id
        if info.id in self._opened or self._is_quick(info):
            try:
                self.get(info.id)
                self.ready.emit(info.id)
                return
            except CesslError as error:
                log.info("%s is read again in the background: %s", info.name, error)
        if KIND not in self._runner.busy:
            self._reading = info.id
            self._runner.start(KIND, lambda report, stop: read(self._project, info.id))

    def _is_quick(self, info: RecordInfo) -> bool:
        # Without a cache file the source is read again, which loads whole libraries the first time.
        return is_short(info) and self._project.waveforms.path(info.id).is_file()

    def _keep(self, record_id: str, opened: Opened) -> None:
        self._opened[record_id] = opened
        while len(self._opened) > 1 and sum(o.record.signal_mv.nbytes for o in self._opened.values()) > KEPT_BYTES:
            self._opened.popitem(last=False)

    @Slot(str, object)
    def _on_ended(self, kind: str, outcome: Outcome) -> None:
        if kind != KIND:
            return
        if outcome.ending == Ending.FINISHED:
            self._keep(self._reading, outcome.result)
        if self._wanted != self._reading:  # the reader has moved on meanwhile
            self.want(self._project.records.get(self._wanted))
        elif outcome.ending == Ending.FINISHED:
            self.ready.emit(self._reading)
