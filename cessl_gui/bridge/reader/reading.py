"""What readers see and enter in an open project: records, labels, the reading queue, undo. Without model or tasks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QObject, Signal

from cessl_gui.bridge.collection import Collection
from cessl_gui.bridge.reader import stepping
from cessl_gui.bridge.reader.panel import as_seen, wordings
from cessl_gui.bridge.reader.sight import ALWAYS, FIRST_READ, Sight
from cessl_gui.bridge.reader.step_words import words
from cessl_gui.bridge.reader.undo import (
    CLOSED,
    CaliperChange,
    Edit,
    EditChange,
    LabelChange,
    MarkChange,
    ReadingChange,
    Stamp,
    StatementChange,
    before_exclusion,
    concerned,
)
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.errors import CesslError, DiskFull
from cessl_gui.core.reading.people import login_name
from cessl_gui.core.statements.contradictions import SINUS_RHYTHM, against_normal, contradictions
from cessl_gui.core.statements.vocabulary import Statement, Vocabulary, grouped, own_statement, vocabulary
from cessl_gui.core.types import Caliper, Prediction, ReadingState, RecordInfo, State
from cessl_gui.store.columns.label_table import LabelTable
from cessl_gui.store.log.acts import Sight as Sighted
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from cessl_gui.store.tables.settings import Settings

log = logging.getLogger(__name__)

NOTHING: Mapping[str, State] = MappingProxyType({})


class _NothingChanged(Exception):
    """A change of the panel that is none: it is rolled back."""


class Reading(QObject):
    """The part of a session that a reader works on. Each edit is committed before memory and views follow.

    changed(Change)            after each committed change; each view refreshes only what concerns it
    saved(str)                 "14:03:22", the moment the last edit was committed; "": it was refused, see disk_is_full
    problem(str, str, str)     what happened, what to do, details
    """

    changed = Signal(object)
    saved = Signal(str)
    problem = Signal(str, str, str)

    def __init__(self, project: Project, reader: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self.reader = reader or login_name()
        self.disk_is_full = False  # when the last edit that was refused was
        # Filled by whoever knows whether there is a thread for it; what is asked before is read record by record.
        self._infos = Collection(project.records)
        # The labels of a record are replaced and never changed: who holds them holds a snapshot.
        self._labels = LabelTable(self._infos.rows, project.labels.current)
        self._sight = Sight(project, self._infos.rows)
        self._why_next: Callable[[str], tuple[str, bool]] = lambda record_id: ("", False)  # the queue's reason; shown?
        self.blind = str(self.setting("blind", FIRST_READ))  # the setting, at hand: lists ask record by record

    # --- what is there -------------------------------------------------------------------------------------------

    @property
    def project_name(self) -> str:
        return Path(self.project.folder).stem

    def records(self) -> list[RecordInfo]:
        """All of them: of a large project lists read columns() instead."""
        return list(self._infos.values())

    def info(self, record_id: str) -> RecordInfo:
        return self._infos[record_id]

    def prediction(self, record_id: str) -> Prediction | None:
        """The active model's; None where there is none, as here, where no model is known."""
        return None

    def labels(self, record_id: str) -> dict[str, State]:
        """The current labels people gave; a code that is not there is not assessed."""
        return dict(self._labels.get(record_id, NOTHING))

    def header_labels(self, record_id: str) -> dict[str, State]:
        """The source file's own diagnoses (#Dx), apart from what people say. Nothing while they are hidden."""
        return self.project.labels.header(record_id) if self.prediction_shown(record_id) else {}

    def history(self, record_id: str) -> list:
        return [e for e in self.project.labels.history(record_id) if self.project.apart in ("", e["reader"])]

    def vocabulary(self) -> Vocabulary:
        """The shipped statements and those of the project's own, as the project words them."""
        return vocabulary(tuple(self.setting("statements", [])), wordings(self))

    def panel(self) -> tuple[Statement, ...]:
        """The statements this project's readers undertake to assess, by group as they are read."""
        groups = grouped(map(self.vocabulary().__getitem__, self.project.settings.panel()))
        return tuple(statement for _, members in groups for statement in members)

    def setting(self, key: str, default: Any = None) -> Any:
        return self.project.settings.get(key, default)

    def quarantine(self) -> list:
        return self.project.quarantine.all()

    def reader_marks(self, record_id: str) -> dict[str, float]:
        """The marks a reader has set on the median beat, in ms from its R peak."""
        return self.project.marks.current(record_id)

    def calipers(self, record_id: str) -> tuple[Caliper, ...]:
        """The calipers this reader has set on a record, in the order of their setting."""
        return self.project.calipers.current(record_id, self.reader)

    # --- blind reading -------------------------------------------------------------------------------------------

    def prediction_shown(self, record_id: str) -> bool:
        """Whether the reader may see the opinions of the model and of the file about this record now; see Sight."""
        return self._sight.is_shown(record_id, self.blind, lambda: self._infos[record_id].reading)

    def has_seen(self, record_id: str) -> bool:
        """Whether they may have been seen, now or earlier."""
        return self._sight.has_seen(record_id)

    def note_opened(self, record_id: str) -> None:
        """The reader opens a record. Where nothing is hidden, opened is seen: for good, as if revealed."""
        in_sight = not self.project.reading_only and self.prediction_shown(record_id)
        if in_sight and not self._sight.is_kept(record_id, self.reader):
            self._committed(lambda: self._sight.note_opened(record_id, self.reader, self.blind))

    def note_measurements_shown(self, record_id: str) -> None:
        """Measured figures of this record are in sight: labels from now on carry that they were."""
        self._sight.note_measurements(record_id)

    def reveal(self, record_id: str) -> None:
        """Show these opinions before the reading is confirmed; later labels carry that they were visible."""
        if self.blind == ALWAYS:
            what = "Predictions stay hidden until the reading is confirmed."
            self.problem.emit(what, "Confirm it, or change Reading > Blind reading.", "")
            return
        shown = self.prediction_shown(record_id)
        if not shown and self._committed(lambda: self._sight.reveal(record_id, self.reader)):
            self.changed.emit(Change(ChangeKind.PREDICTIONS, (record_id,)))

    # --- what a reader does --------------------------------------------------------------------------------------
    # What labels or moves a record returns whether the project now says so: False if the commit was refused, and where
    # the reading is closed.

    def why_closed(self, record_id: str) -> str:
        """Why the reading of a record cannot be changed, and what to do; "" where it can."""
        return CLOSED.get(self._infos[record_id].reading, "")

    def set_label(self, record_id: str, code: str, state: State | None) -> bool:
        """Label one statement: present, absent, uncertain, or (None) not assessed. Committed on return."""
        before = self.labels(record_id).get(code)
        if before == state:
            return True
        return self._read(record_id, [LabelChange(code, before, state)])

    def add_statement(self, record_id: str, words: str, state: State) -> bool:
        """Label a record with a new statement of this project, which joins its panel: one edit."""
        new = own_statement(words)
        known = self.vocabulary().find(new.name)
        if known or not new.name:
            return known is not None and self.set_label(record_id, known.code, state)
        label = LabelChange(new.code, self.labels(record_id).get(new.code), state)
        return self._read(record_id, [StatementChange(new.code, False, True), label])

    def rest_absent(self, record_id: str) -> bool:
        """Label every statement of the panel that is not assessed yet as absent: never a default, always asked for."""
        return self._read(record_id, self._rest_of_panel(self.labels(record_id)), kind="rest absent")

    def why_not_normal(self, record_id: str) -> str | None:
        """The labels that contradict "normal", as text; None if there are none."""
        return against_normal(self.labels(record_id), self.vocabulary()) or None

    def contradictions(self, record_id: str) -> str:
        """The statements labelled present that exclude each other, as text; "" without any."""
        return contradictions(self.labels(record_id), self.vocabulary())

    def normal(self, record_id: str) -> bool:
        """Sinus rhythm present, the rest of the panel absent, confirmed: one edit. Refused where why_not_normal()."""
        if self.why_not_normal(record_id):
            return False
        labels = self.labels(record_id)
        changes = [] if SINUS_RHYTHM in labels else [LabelChange(SINUS_RHYTHM, None, State.PRESENT)]
        changes += self._rest_of_panel(labels | {SINUS_RHYTHM: State.PRESENT})
        return self._read(record_id, changes, ReadingState.CONFIRMED, kind="normal")

    def set_reading(self, record_id: str, state: ReadingState) -> bool:
        """Move a record in the reading queue: in progress (which reopens it), deferred, confirmed, excluded."""
        return self._read(record_id, [], state)

    def include(self, record_id: str) -> bool:
        """Undo an exclusion: the record stands where it stood before."""
        return self._read(record_id, [], before_exclusion(self.project, record_id))

    def toggle_excluded(self, record_id: str) -> bool:
        """Exclude a record for its quality, or include an excluded one."""
        if self._infos[record_id].reading == ReadingState.EXCLUDED:
            return self.include(record_id)
        return self.set_reading(record_id, ReadingState.EXCLUDED)

    def set_mark(self, record_id: str, mark: str, ms: float | None) -> None:
        """Set a mark of the median beat, in ms from its R peak; None goes back to ours. Committed on return."""
        before = self.reader_marks(record_id).get(mark)
        if before != ms:
            self.carry_out(Edit(record_id, (MarkChange(mark, before, ms),)))

    def set_caliper(self, record_id: str, caliper_id: str, caliper: Caliper | None) -> None:
        """Set or move a caliper of this reader; None removes it. Committed on return."""
        before = next((c for c in self.calipers(record_id) if c.id == caliper_id), None)
        if before != caliper:
            self.carry_out(Edit(record_id, (CaliperChange(caliper_id, before, caliper),)))

    def _is_allowed(self, record_id: str, changes: Sequence[EditChange], moved_to: ReadingState | None) -> bool:
        """A confirmed reading changes only once it is reopened, an excluded one once it is included."""
        now = self._infos[record_id].reading
        ways_out = {ReadingState.CONFIRMED: ReadingState.IN_PROGRESS}
        if now == ReadingState.EXCLUDED:
            ways_out[now] = before_exclusion(self.project, record_id)
        return now not in ways_out or (not changes and moved_to in (now, ways_out[now]))

    def _rest_of_panel(self, labels: Mapping[str, State]) -> list[LabelChange]:
        return [LabelChange(s.code, None, State.ABSENT) for s in self.panel() if s.code not in labels]

    def _read(
        self,
        record_id: str,
        changes: Sequence[StatementChange | LabelChange],
        moved_to: ReadingState | None = None,
        kind: str = "set",
    ) -> bool:
        """Carry out an edit of labels, of the place in the queue, or both. A first label begins the reading."""
        if not self._is_allowed(record_id, changes, moved_to):
            return False
        before = self._infos[record_id].reading
        if moved_to is None and changes and before == ReadingState.NEW:
            moved_to = ReadingState.IN_PROGRESS
        moved = [ReadingChange(before, moved_to)] if moved_to and moved_to != before else []
        edit = Edit(record_id, (*changes, *moved))
        return self.carry_out(edit, kind) if edit.changes else True

    def carry_out(self, edit: Edit, kind: str = "set") -> bool:
        """Commit an edit in one transaction; only then do memory and views follow. False where it was refused."""
        stamp = Stamp(self.reader, kind, *self._in_sight(edit.record_id), new_step(), *self._why_next(edit.record_id))
        if not self._committed(lambda: edit.write(self.project, stamp)):
            return False
        self._labels[edit.record_id] = self.project.labels.current(edit.record_id)
        self._announce(edit.record_id, edit.kinds)
        return True

    def _in_sight(self, record_id: str) -> Sighted:
        """What the reader sees, or has seen, of the opinions of model and file about a record."""
        shown = self.prediction_shown(record_id)
        return Sighted(
            (shown or self._sight.has_seen(record_id)) and self.prediction(record_id) is not None,
            (shown or self._sight.has_seen_file(record_id)) and self.project.file_speaks(record_id),
            self._sight.has_seen_measurements(record_id),
        )

    def _announce(self, record_id: str, kinds: Sequence[ChangeKind]) -> None:
        """What has been committed of a record: memory follows, and views hear of it."""
        if ChangeKind.READING in kinds:
            standing = self.project.records.standing(record_id)[0]
            self._infos[record_id] = replace(self._infos[record_id], reading=standing)
            self._sight.moved(self._infos[record_id])
        for kind in kinds:
            self.changed.emit(Change(kind, () if kind == ChangeKind.SETTINGS else (record_id,)))
        self.changed.emit(Change(ChangeKind.UNDO))

    @property
    def can_undo(self) -> str:
        """What Undo would undo, as text; "" if there is nothing."""
        return words(concerned(self.project, self.reader, "undo"), self.vocabulary())

    @property
    def can_redo(self) -> str:
        return words(concerned(self.project, self.reader, "redo"), self.vocabulary())

    def undo(self) -> str | None:
        """Take back the latest action of this reader, also of an earlier day; see stepping.at_once."""
        return stepping.at_once(self, stepping.UNDO)

    def redo(self) -> str | None:
        """Bring back what was undone last; see stepping.at_once."""
        return stepping.at_once(self, stepping.REDO)

    # --- the project ---------------------------------------------------------------------------------------------

    def set_setting(self, key: str, value: object) -> None:
        if self._committed(lambda: self.project.settings.set(key, value, self.reader)):
            self.blind = str(self.setting("blind", FIRST_READ))
            self.changed.emit(Change(ChangeKind.SETTINGS))

    def change_panel(self, change: Callable[[Settings, str, str], object]) -> bool:
        """Change the panel, its keys or words in one step; what changes nothing is no step. False where it was refused.

        change : gets the settings, this reader, and the step's name
        """
        settings, step = self.project.settings, new_step()

        def commit() -> None:
            before = as_seen(self)
            with self.project.atomic():
                change(settings, self.reader, step)
                if as_seen(self) == before:
                    raise _NothingChanged

        try:
            is_done = self._committed(commit)
        except _NothingChanged:
            return True
        if is_done:
            for kind in (ChangeKind.SETTINGS, ChangeKind.UNDO):
                self.changed.emit(Change(kind))
            return True
        return False

    def _committed(self, commit: Callable[[], object]) -> bool:
        """Run one store transaction; on failure report it in a sentence and leave memory as it was."""
        try:
            commit()
        except CesslError as error:
            self.disk_is_full = isinstance(error, DiskFull)
            self.saved.emit("")
            self._report(error)
            return False
        self.saved.emit(datetime.now().strftime("%H:%M:%S"))
        return True

    def _report(self, error: CesslError) -> None:
        log.warning("%s", error, exc_info=True)
        self.problem.emit(error.what, error.todo, "")
