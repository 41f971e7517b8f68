"""What an open project holds, as the window asks for it: records, signals, labels in columns, models, predictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from cessl_gui.bridge.background.away import Away
from cessl_gui.bridge.background.opening import AT_ONCE, Opening, Part, looked_through
from cessl_gui.bridge.background.runner import Runner
from cessl_gui.bridge.measuring import ActiveMeasurements
from cessl_gui.bridge.models import to_learn
from cessl_gui.bridge.models.predictions import ActivePredictions
from cessl_gui.bridge.reader import sight
from cessl_gui.bridge.reader.reading import Reading
from cessl_gui.bridge.recordings import Recordings
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.errors import CesslError, ProjectDamaged
from cessl_gui.core.measurements import Figure, Measurements, without_rhythm
from cessl_gui.core.reading.earlier import earlier_of, earlier_ones
from cessl_gui.core.types import ModelInfo, ModelStatus, Prediction, ReadingState, Record, RecordInfo, State
from cessl_gui.ecg.hints import Hint
from cessl_gui.store.columns.figure_columns import FigureColumns
from cessl_gui.store.columns.label_table import LabelTable
from cessl_gui.store.columns.prediction_table import PredictionTable
from cessl_gui.store.columns.record_columns import RecordColumns
from cessl_gui.store.project import Project
from cessl_gui.tasks.patients import project_groups

FIGURES = ("rate", "qtc_fridericia")  # that lists show
# After a sync, beside records, labels and measurements.
RENEWED = tuple(map(ChangeKind, ("settings", "reading", "marks", "calipers", "annotations", "undo")))


class OpenProject(Reading):
    """Reads a project at once where it is small, and behind the window where it is large.

    record_ready(str)          answer to request_record: record() has it now without waiting; record_ahead: to prefetch
    record_came(Record)        the same can be looked at already; what is doubtful of it is still being found out
    per_lead_ready, lead_check_ready, per_window_ready, measurements_ready   answers to the requests of these names
    opened()                   a large project has been read to its end behind the window
    damaged(ProjectDamaged)    damage was found, behind the window of a large project or at a commit
    renewed()                  what others did, which came by a sync, has been read
    """

    record_ready, record_ahead = Signal(str), Signal(str)
    record_came, damaged = Signal(object), Signal(object)
    per_lead_ready = Signal(object)
    lead_check_ready = Signal(object)
    per_window_ready = Signal(object)
    measurements_ready = Signal(object)
    opened, renewed = Signal(), Signal()

    def __init__(self, project: Project, reader: str = "", parent: QObject | None = None) -> None:
        super().__init__(project, reader, parent)
        self._runner = Runner(self)
        self._recordings = Recordings(project, self._runner, self)
        self._recordings.ready.connect(self.record_ready)
        self._recordings.came.connect(self.record_came)
        self._away = Away(project, self._runner, self)
        self._away.problem.connect(self.problem)
        self._recordings.ready.connect(self._away.opened)
        self._predictions = ActivePredictions(project, self._runner, self._away, self)
        for answer in ("changed", "per_lead_ready", "lead_check_ready", "per_window_ready"):
            getattr(self._predictions, answer).connect(getattr(self, answer))
        self._measurements = ActiveMeasurements(project, self._runner, self._away, self)
        self._measurements.ready.connect(self.measurements_ready)
        self._measurements.changed.connect(self.changed)
        self._recordings.ahead.connect(self._measurements.came_ahead)
        self._recordings.ahead.connect(lambda record_id, _: self.record_ahead.emit(record_id))
        self._headers = LabelTable(self._infos.rows, project.labels.header)
        self._figures = FigureColumns(self._infos.rows, FIGURES)
        self.changed.connect(self._follow)
        self._edited: set[str] = set()  # records, since all labels began to be read
        self._opening = Opening(self._runner, self)
        self._opening.finished.connect(self.opened)

    def _begin_opening(self) -> None:
        parts = [Part("records", lambda task: self._read_records(), self._adopt_first), *self._parts()]
        if self.project.records.count() <= AT_ONCE:
            self._opening.at_once(parts)
            self._predictions.read_now(self._infos.rows)
            self._say_of_opening(self.project.examine())
        else:
            examine = Part("looking for damage", lambda task: looked_through(self.project), self._say_of_opening)
            QTimer.singleShot(0, self, lambda: self._opening.behind([*parts, examine]))  # once the window is there

    # --- opening --------------------------------------------------------------------------------------------------

    @property
    def is_opening(self) -> bool:
        """Whether a large project is still being read behind the window."""
        return not self._opening.is_done

    def read_again(self) -> None:
        """Others have done something that is in the project now: read it behind the window, which can be used."""
        self._infos.expect()
        self._sight.expect()
        self._edited.clear()
        merges = Part("merged statements", lambda task: self.project.bring_in_merges(), lambda concerned: None)
        records = Part("records", lambda task: self._read_records(), self._adopt_records)
        self._opening.behind([merges, records, *self._parts(), Part("models", lambda task: None, self._adopt_rest)])

    def _adopt_rest(self, _nothing: None) -> None:
        self._predictions.renew()
        self.blind = str(self.setting("blind", self.blind))
        for kind in RENEWED:
            self.changed.emit(Change(kind))
        self.renewed.emit()

    def _parts(self) -> list[Part]:
        project, rows = self.project, self._infos.rows
        return [
            Part("what was in sight", lambda task: sight.read(project, rows), self._sight.adopt),
            Part("files' diagnoses", lambda task: project.labels.header_table(rows), self._headers.adopt),
            Part("labels", lambda task: project.labels.table(rows), self._adopt_labels),
            Part("measurements", lambda task: project.measurements.columns(rows, FIGURES), self._adopt_figures),
            Part("patients", lambda task: self._read_groups(), self._adopt_groups),
        ]

    def _read_records(self) -> tuple[RecordColumns, list[RecordInfo]]:
        """Columns of all records, and the whole information of each where they are few."""
        records = self.project.records
        return records.columns(self._infos.rows), records.all() if records.count() <= AT_ONCE else []

    def _adopt_first(self, read: tuple[RecordColumns, list[RecordInfo]]) -> None:
        self._adopt_records(read)  # in the order of import: what is read of them by their ids comes after
        if self.project.records.count() > AT_ONCE:
            self._predictions.read_behind(self._infos.rows)

    def _adopt_records(self, read: tuple[RecordColumns, list[RecordInfo]]) -> None:
        columns, infos = read
        self._infos.adopt(columns)
        self._infos.prepare(infos)
        self.changed.emit(Change(ChangeKind.RECORDS))

    def _adopt_labels(self, table: LabelTable) -> None:
        self._labels.adopt(table)
        for record_id in self._edited:
            self._labels[record_id] = self.project.labels.current(record_id)
        self.changed.emit(Change(ChangeKind.LABELS))

    def _adopt_figures(self, figures: FigureColumns) -> None:
        self._figures = figures
        self.changed.emit(Change(ChangeKind.MEASUREMENTS))

    @Slot(object)
    def _follow(self, change: Change) -> None:
        if change.kind == ChangeKind.LABELS:
            self._edited.update(change.ids)
        elif change.kind == ChangeKind.RECORDS:
            self._recordings.corrected()
            self._predictions.corrected()
        elif change.kind == ChangeKind.MEASUREMENTS:
            for record_id in change.ids:
                measured = self.measurements(record_id)
                if measured is not None:
                    self._figures.put(measured)

    def _read_groups(self) -> np.ndarray:
        """A number for each record's group, of those that stay together in a split."""
        return to_learn.numbered(project_groups(self.project), self._infos.rows)

    def _adopt_groups(self, numbers: np.ndarray) -> None:
        self._group_numbers = numbers

    def _say_of_opening(self, sentences: Sequence[str] | ProjectDamaged) -> None:
        if isinstance(sentences, ProjectDamaged):
            self.damaged.emit(sentences)
        elif sentences:
            self.problem.emit(" ".join(sentences), "", "")

    # --- recordings -------------------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self._infos) if self._infos.is_whole else self.project.records.count()

    def columns(self) -> RecordColumns:
        """What lists show of all records; empty while a large project is being read."""
        return self._infos.columns

    def label_table(self) -> LabelTable:
        """The current labels of all records in columns, to be read alone."""
        return self._labels

    def header_table(self) -> LabelTable:
        """What all source files say, in columns: hidden where prediction_shown() says so, and to be read alone."""
        return self._headers

    def prediction_table(self) -> PredictionTable:
        """The active model's predictions in columns, hidden where prediction_shown() says so, and to be read alone."""
        return self._predictions.of

    def figure_columns(self) -> FigureColumns:
        """Rate and QTc of all records that were measured, in columns."""
        return self._figures

    def uncovered(self) -> np.ndarray:
        """bool by row: of which records the opinions are no longer hidden, as the setting "first read" has it."""
        return self._sight.uncovered()

    def note_primed(self, ids: Iterable[str]) -> None:
        """A list showed opinions that blind reading hides: later labels of these records carry that they were seen."""
        new = [record_id for record_id in dict.fromkeys(ids) if not self._sight.is_kept(record_id, self.reader)]
        if new:
            self._committed(lambda: self._sight.prime(new, self.reader))

    def first_unread(self) -> str:
        """The first record to read, by name; where all are read, the first that was imported; "" without records."""
        unread = self.project.records.first_unread()
        return unread or next(iter(self._infos), "")

    def request_record(self, record_id: str) -> bool:
        """Ask for a recording with its signal; record_ready answers. True if it did at once."""
        return self._recordings.request(self._infos[record_id])

    def prefetch(self, record_id: str) -> None:
        """Read a recording that will probably be opened next, so that it is there at once."""
        self._recordings.prefetch(self._infos[record_id])

    def record(self, record_id: str) -> Record | None:
        """The recording with its signal, from memory or read now; None, with a problem reported, if lost.

        A long one takes long to read: the window asks by request_record first.
        """
        try:
            return self._recordings.get(record_id).record
        except CesslError as error:
            self._report(error)
            return None

    def earlier_ones(self, record_id: str) -> list[RecordInfo]:
        """The ECGs of the same patient before this one that can be compared with it, the last one first."""
        if not self._infos.is_whole:
            return []
        return earlier_ones(self._infos[record_id], self._of_same_patient(record_id))

    def _of_same_patient(self, record_id: str) -> list[RecordInfo]:
        return [self._infos[i] for i in self._infos.columns.of_patient(record_id)]

    def earlier(self, record_id: str, chosen: str = "") -> tuple[Record | None, dict[str, tuple[str, ...]], str]:
        """The ECG of the same patient before this one: recording, its lead notes, and what is to be said of it.

        Without an earlier one the sentence says why. chosen : id of the one that is meant; "": the last one before
        """
        if not self._infos.is_whole:
            return None, {}, "The project is still being read: earlier ECGs are found in a moment."
        other, note = earlier_of(self._infos[record_id], self._of_same_patient(record_id), chosen)
        if other is None:
            return None, {}, note
        record = self.record(other.id)
        if record is None:
            return None, {}, f"The earlier recording, {other.name}, cannot be read any more."
        return record, self.lead_notes(other.id), note

    def lead_notes(self, record_id: str) -> dict[str, tuple[str, ...]]:
        """What is doubtful about each lead of a recording that can be read, in words, e.g. {"V1": ("flat",)}."""
        return self._recordings.get(record_id).notes

    def hints(self, record_id: str) -> tuple[Hint, ...]:
        """What is doubtful about a recording that can be read, the most serious first."""
        return self._recordings.get(record_id).hints

    def uncertain(self) -> str | None:
        """What a training takes an uncertain statement for, "present" or "absent"; None: it is left out."""
        chosen = self.setting("uncertain")
        return chosen if chosen in (State.PRESENT, State.ABSENT) else None

    def _takes_part(self) -> np.ndarray:
        """bool (records,): whose labels a training takes."""
        columns = self._infos.columns
        takes_part = columns.here & ~columns.is_in(ReadingState.EXCLUDED)
        refused = [self._infos.rows.of(record_id) for record_id in self._predictions.refused]
        takes_part[[row for row in refused if row is not None and row < len(takes_part)]] = False
        return takes_part

    def counts_to_learn(self) -> tuple[int, int]:
        """How many ECGs a training learns labels of, and of how many patients."""
        if self.is_opening:
            return 0, 0
        left_out = None if self.uncertain() else State.UNCERTAIN
        return to_learn.totals(self._labels, self._takes_part(), self._group_numbers, left_out)

    def device_statements(self, record_id: str) -> tuple[str, ...]:
        """What the electrocardiograph of an opened recording stated, line by line. Nothing while it is hidden."""
        return self._recordings.device_statements(record_id) if self.prediction_shown(record_id) else ()

    # --- models and predictions ----------------------------------------------------------------------------------

    def active_model(self) -> ModelInfo | None:
        return self._predictions.model

    def models(self) -> list[ModelInfo]:
        return self.project.models.all()

    def candidate(self) -> ModelInfo | None:
        """The newest model that was trained and is neither used nor discarded yet."""
        waiting = [m for m in self.models() if m.status == ModelStatus.CANDIDATE]
        return waiting[-1] if waiting else None

    def prediction(self, record_id: str) -> Prediction | None:
        return self._predictions.get(record_id)

    def predictions(self) -> Mapping[str, Prediction]:
        """Record id -> the active model's prediction. A view: it cannot be written to."""
        return MappingProxyType(self._predictions.of)

    def refusal(self, record_id: str) -> str:
        """Why the active model does not judge this record, in a few words; "" where it does or has not met it yet."""
        reason = self._predictions.refused.get(record_id, "")
        return reason if self.prediction_shown(record_id) else without_rhythm(reason)

    def thresholds(self) -> dict[str, float]:
        return self._predictions.model.thresholds if self._predictions.model else {}

    def request_per_lead(self, record_id: str, left_out: Sequence[str] = ()) -> None:
        """Ask for the influence of each lead; answered by per_lead_ready, at once when known.

        left_out : leads that take no part in it, as if they were missing; what is kept of the record stays as it is
        """
        self._predictions.ask_per_lead(record_id, left_out)

    def request_lead_check(self, record_id: str) -> None:
        """Ask how much the influence per lead is that of random weights too; answered by lead_check_ready."""
        self._predictions.ask_lead_check(record_id)

    def request_per_window(self, record_id: str) -> None:
        """Ask for the influence of each time window; answered by per_window_ready. "" cancels the last request."""
        self._predictions.ask_per_window(record_id)

    def request_measurements(self, record_id: str, with_beat: bool = True) -> None:
        """Ask for the measurements of a record; measurements_ready answers at once with what is kept, else once they
        are made.

        with_beat : where what is kept has no median beat, a second answer brings it
        """
        self._measurements.request(record_id, with_beat)

    def measurements(self, record_id: str) -> Measurements | None:
        """What is kept of a record's measurements, at once and without the median beat; None where nothing is."""
        return self._measurements.of(record_id)

    def figures(self, names: Sequence[str]) -> Mapping[str, Mapping[str, Figure]]:
        """Record id -> quantity -> figure, of all records measured so far. names : of core.measurements.QUANTITIES"""
        return self.project.measurements.figures(names)
