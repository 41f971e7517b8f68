"""The worklist as a table for Qt: what its cells say, of the rows in sight alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt, QTimer, Signal, Slot

from cessl_gui.bridge.reader.opinions import opinions_of
from cessl_gui.bridge.worklist import FIGURES, Column, Filter, Worklist, folder_of
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.reading.standing import figure, standing
from cessl_gui.core.types import LEADS_12, ReadingState
from cessl_gui.ui.parts.dates import day_words
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.worklist.columns import (
    COLUMNS,
    HIDDEN,
    MARKS,
    NONE,
    NUMBERS,
    OFFSET,
    REFUSED,
    TIPS,
    column_at,
    heading,
    spoken,
    years_words,
)

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

# After these an opinion may be shown that was hidden, or hidden again.
OF_OPINIONS = (ChangeKind.READING, ChangeKind.PREDICTIONS, ChangeKind.LABELS)


class Said(NamedTuple):
    """What the model says in one row. cut_off : None where it has none; few : on how many of 12 leads it rests"""

    statement: str
    p: float
    cut_off: float | None
    few: str


class WorklistTable(QAbstractTableModel):
    """The records of the list, in its order. Cells follow what is labelled; order and count stay until renew().

    arranged : the rows are others, or in another order
    stale    : something has changed that renew() would show
    opinions_shown(ids) : hidden opinions were drawn, by the reader's choice; once for all that are drawn together
    """

    arranged = Signal()
    stale = Signal()
    opinions_shown = Signal(object)

    def __init__(self, session: Session, parent=None) -> None:
        super().__init__(parent)
        self._session = session
        self.list = Worklist(session)
        self._may_show = np.zeros(0, bool)
        self._words: dict[str, str] = {}
        self._drawn: set[str] = set()
        self._telling = QTimer(self, singleShot=True, interval=0)
        self._telling.timeout.connect(self._tell_drawn)
        session.changed.connect(self._on_changed)
        self._read_words()
        self.renew()

    # --- order and filter ----------------------------------------------------------------------------------------

    def renew(self) -> None:
        """Filter and sort again."""
        self._reset(self.list.arrange)

    def show_filter(self, wanted: Filter) -> None:
        self.list.filter = wanted
        self._reset(lambda: self.list.restrict(None))

    def restrict(self, ids: list[str] | None) -> None:
        """Show these records alone; None shows what the filter shows."""
        self._reset(lambda: self.list.restrict(ids))

    def sort_by(self, column: Column, descending: bool) -> None:
        self.list.sorted_by = column, descending
        self._reset(self.list.arrange)

    def show_all_opinions(self, on: bool) -> None:
        """Show what blind reading hides, or hide it again."""
        self.list.shows_all = on
        self._reset(self.list.arrange)

    def _reset(self, arrange) -> None:
        self.beginResetModel()
        arrange()
        self._may_show = self.list.may_show()
        self.endResetModel()
        self.arranged.emit()

    @property
    def ids(self) -> list[str]:
        """Of all records shown, in order."""
        return [self.list.id_at(place) for place in range(len(self.list))]

    def id_at(self, place: int) -> str:
        return self.list.id_at(place)

    def row_of(self, record_id: str) -> int | None:
        return self.list.place_of(record_id)

    # --- what the cells say --------------------------------------------------------------------------------------

    def rowCount(self, parent=QModelIndex()) -> int:  # noqa: B008 Qt's own signature
        return 0 if parent.isValid() else len(self.list)

    def columnCount(self, parent=QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else OFFSET + len(COLUMNS)

    def headerData(self, section: int, orientation, role: int = Qt.ItemDataRole.DisplayRole):
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = column_at(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return heading(column, self.list.sorted_by) if column else ""
        if role == Qt.ItemDataRole.ToolTipRole and column in TIPS:
            return TIPS[column]
        if role == Qt.ItemDataRole.TextAlignmentRole and column in NUMBERS:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole):
        if not index.isValid():
            return None
        column, row = column_at(index.column()), int(self.list.order[index.row()])
        if role == Qt.ItemDataRole.UserRole:
            return self.list.id_at(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(row, column) if column else ""
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            words = self._in_full(row, column) if column else f"Choose {self.text(row, Column.RECORD)}"
            return plain(words) if role == Qt.ItemDataRole.ToolTipRole else words
        return None

    def reading(self, row: int) -> ReadingState:
        return tuple(ReadingState)[self._session.columns().reading[row]]

    def text(self, row: int, column: Column) -> str:
        """What a cell says. row : of the session's columns"""
        columns = self._session.columns()
        match column:
            case Column.RECORD:
                return columns.names[row]
            case Column.REASON:
                place = self._session.queue.reason(self._id(row))
                return f"{place.reason} {place.detail}".strip() if place else NONE
            case Column.STATE:
                return str(self.reading(row))
            case Column.FINDING:
                return self.finding(row) or NONE
            case Column.MODEL:
                said = self.said(row)
                return said if isinstance(said, str) else f"{said.statement} {said.p:.2f}{said.few}"
            case Column.DISAGREEMENT:
                return self._disagreement(row)
            case Column.AGE:
                return years_words(columns.ages[row])
            case Column.SEX:
                return columns.sexes[row][:1].upper()
            case Column.DATE:
                return day_words(columns.moments[row])
            case Column.SOURCE:
                return folder_of(columns.sources[row])
        value, is_doubtful = self._session.figure_columns().one(FIGURES[column], row)
        return "" if np.isnan(value) else f"{value:.0f}{'?' * is_doubtful}"

    def finding(self, row: int) -> str:
        """What people said is present or uncertain; "" on records that nobody has begun to read."""
        if self.reading(row) == ReadingState.NEW:
            return ""
        states = self._session.labels(self._id(row))
        words = [self._word(code) + MARKS[state] for code, state in states.items() if state in MARKS]
        return ", ".join(words) or ("none present" if states else "")

    def said(self, row: int) -> Said | str:
        """What the model says of a record, or why nothing is shown."""
        record_id = self._id(row)
        if self._session.refusal(record_id):
            return REFUSED
        code, p = self.list.likeliest(row)
        if not code:
            return ""
        if not self._shows(row, record_id):
            return HIDDEN
        prediction = self._session.prediction(record_id)
        if np.isnan(p) or prediction is None:
            return NONE
        few = len(prediction.leads)
        cut_off = self._session.thresholds().get(code)
        return Said(self._word(code), p, cut_off, f" {few}/12" if few < len(LEADS_12) else "")

    def _shows(self, row: int, record_id: str) -> bool:
        """Whether the opinions on a record are shown; where that is by choice, it is noted."""
        if row < len(self._may_show) and self._may_show[row]:
            if self.list.shows_all and not self._session.prediction_shown(record_id):
                self._drawn.add(record_id)
                self._telling.start()
            return True
        return self._session.prediction_shown(record_id)

    @Slot()
    def _tell_drawn(self) -> None:
        drawn, self._drawn = self._drawn, set()
        self.opinions_shown.emit(drawn)

    def _disagreement(self, row: int) -> str:
        if self.reading(row) != ReadingState.CONFIRMED:
            return NONE
        opinions = opinions_of(self._session, self._id(row))
        if opinions is None:
            return NONE
        sides = (("model", opinions.model_differs), ("file", opinions.file_differs))
        words = [f"{side} {', '.join(map(self._word, codes))}" for side, codes in sides if codes]
        return "; ".join(words) or NONE

    def _in_full(self, row: int, column: Column) -> str:
        columns = self._session.columns()
        if column == Column.RECORD:
            info = self._session.info(self._id(row))
            facts = f"{info.fs_hz:g} Hz, {info.duration_s:.1f} s, {len(info.leads)} leads"
            note = "\nwith a note" if self.list.has_note(row) else ""
            return f"{info.name}\n{info.source}\n{facts}{', SYNTHETIC' if info.synthetic else ''}{note}"
        if column == Column.SOURCE:
            return columns.sources[row]
        if column == Column.MODEL:
            return self._model_in_full(row)
        return spoken(column, self.text(row, column))

    def _model_in_full(self, row: int) -> str:
        said, record_id = self.said(row), self._id(row)
        if said == HIDDEN:
            return "Hidden until you have read this ECG"
        if said == REFUSED:
            return f"Not predicted: {self._session.refusal(record_id)}"
        if not isinstance(said, Said):
            return "Model: no prediction" if not said else "Model: does not know the chosen statement"
        cut = said.cut_off
        limit = "" if cut is None else f", {standing(said.p, cut)} (cut-off {figure(cut)})"
        prediction = self._session.prediction(record_id)
        return f"Model: {said.statement} {figure(said.p)}{limit}, {prediction.rests_on if prediction else ''}"

    def _id(self, row: int) -> str:
        return self._session.columns().rows.ids[row]

    def _word(self, code: str) -> str:
        return self._words.get(code, code)

    # --- changes -------------------------------------------------------------------------------------------------

    def _on_changed(self, change: Change) -> None:
        if change.kind == ChangeKind.RECORDS:
            self.list.forget_texts()
            self.renew()
        elif change.kind == ChangeKind.SETTINGS:
            self._read_words()
            self._hide_again()
            self.draw_again(())
        elif change.kind in (*OF_OPINIONS, ChangeKind.MEASUREMENTS, ChangeKind.NOTES, ChangeKind.QUEUE):
            if change.kind in OF_OPINIONS:
                self._hide_again(change.ids)
            self.draw_again(change.ids)
            self.stale.emit()

    def _hide_again(self, ids: tuple[str, ...] = ()) -> None:
        """Where a place in the list would tell what is hidden by now, order it again. ids : () is all records"""
        before = self._may_show
        for record_id in ids:
            self.list.follow(record_id)
        if not ids:
            self.list.forget_opinions()
        self._may_show = self.list.may_show()
        hidden = len(before) == len(self._may_show) and (before & ~self._may_show).any()
        tells = self.list.sorted_by[0] in (Column.MODEL, Column.DISAGREEMENT) or self.list.filter.disagreeing
        if hidden and tells:
            self.renew()

    def draw_again(self, ids: tuple[str, ...] = ()) -> None:
        """The cells of these records say something else; () is all."""
        last = OFFSET + len(COLUMNS) - 1
        if not ids and len(self.list):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.list) - 1, last))
        for record_id in ids:
            place = self.row_of(record_id)
            if place is not None:
                self.dataChanged.emit(self.index(place, 0), self.index(place, last))

    def _read_words(self) -> None:
        self._words = {s.code: s.abbreviation for s in self._session.vocabulary().statements}
