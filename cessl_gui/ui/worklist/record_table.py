"""The records as a table for Qt: which of them pass the filter, in which order, and what the cells say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtGui import QFont

from cessl_gui.core.standing import figure, standing
from cessl_gui.core.types import LEADS_12, ReadingState, RecordInfo, State
from cessl_gui.ui.parts.plain_text import plain

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

NAME, STATE, FINDING, PROBABILITY = range(4)
HEADINGS = ("Record", "Reading", "Finding", "Model")
SHAPES = {
    ReadingState.NEW: "○",
    ReadingState.IN_PROGRESS: "◐",
    ReadingState.DEFERRED: "◇",
    ReadingState.CONFIRMED: "●",
    ReadingState.EXCLUDED: "×",
}
ORDER = {state: i for i, state in enumerate(ReadingState)}
NOT_ASSESSED = "not assessed"
REFUSED = "no ECG"
HIDDEN = "hidden"
LONGEST_NAME = 8  # letters of a statement beside its probability: a long one must not push the number out of sight
MARKS = {State.PRESENT: "", State.UNCERTAIN: "?"}  # after a statement's abbreviation, in the column of findings


class RecordTable(QAbstractTableModel):
    """The records that pass the filter, in the order asked for. Label acts change cells, never the order.

    Where it is that of the probabilities, it changes with new predictions, and where one is hidden again: what is
    hidden has no place in it, and comes last.
    """

    def __init__(self, session: Session, parent=None) -> None:
        super().__init__(parent)
        self._session = session
        self._infos: dict[str, RecordInfo] = {}
        self.ids: list[str] = []
        self._row: dict[str, int] = {}
        self.text = ""
        self.reading: ReadingState | None = None
        self.code = ""
        self.said: str = ""  # a State, NOT_ASSESSED or "" (any), about `code`
        self._sort = (NAME, Qt.SortOrder.AscendingOrder)
        self.kept = ""
        self._top: dict[str, tuple[str, float]] = {}
        self._ranked: set[str] = set()  # records whose place in the list follows from what the model says of them
        self._abbreviations: dict[str, str] = {}
        self.reload()

    # --- filter and order

    def reload(self) -> None:
        """Read all records again."""
        self._top.clear()
        self.read_statements()
        self._infos = {info.id: info for info in self._session.records()}
        self.arrange()

    def read_statements(self) -> None:
        """The project may have other statements of its own now."""
        self._abbreviations = {s.code: s.abbreviation for s in self._session.vocabulary().statements}

    @property
    def total(self) -> int:
        return len(self._infos)

    def arrange(self) -> None:
        """Apply filter and order again."""
        self._order([i for i in self._infos if self.passes(i)])

    def _order(self, ids: list[str]) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        held = [self.ids[i.row()] for i in before]
        column, order = self._sort
        descending = order == Qt.SortOrder.DescendingOrder
        self._set_ids(self._by_probability(ids, descending) if column == PROBABILITY else self._by(ids, descending))
        after = [
            self.index(self._row[i], index.column()) if i in self._row else QModelIndex()
            for i, index in zip(held, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sort = (column, order)
        self._order([i for i in self._infos if i in self._row])

    def keep(self, record_id: str) -> None:
        """Keep the open record in the list though its labels leave the filter; the one kept before goes."""
        left, self.kept = self.kept, record_id
        if left in self._row and left != record_id and not self.passes(left):
            row = self._row[left]
            self.beginRemoveRows(QModelIndex(), row, row)
            self._set_ids(self.ids[:row] + self.ids[row + 1 :])
            self.endRemoveRows()

    def _set_ids(self, ids: list[str]) -> None:
        self.ids = ids
        self._row = {record_id: row for row, record_id in enumerate(ids)}

    def passes(self, record_id: str) -> bool:
        if record_id == self.kept:
            return True
        info = self._infos[record_id]
        if self.text and self.text not in info.name.casefold() and self.text not in info.source.casefold():
            return False
        if self.reading and info.reading != self.reading:
            return False
        if self.code and self.said:
            state = self._session.all_labels().get(record_id, {}).get(self.code)
            return state is None if self.said == NOT_ASSESSED else state == self.said
        return True

    def _by(self, ids: list[str], descending: bool) -> list[str]:
        self._ranked = set()
        return sorted(ids, key=self._key(self._sort[0]), reverse=descending)

    def _by_probability(self, ids: list[str], descending: bool) -> list[str]:
        """ids : in an order that tells nothing, which is that of equal and of unknown probabilities"""
        known = self._probabilities(ids)
        self._ranked = set(known)
        ranked = sorted(known, key=known.__getitem__, reverse=descending)
        return ranked + [i for i in ids if i not in known]

    def _key(self, column: int) -> Callable[[str], object]:
        infos = self._infos
        if column == STATE:
            return lambda i: (ORDER[infos[i].reading], infos[i].name)
        if column == FINDING:  # by what people said: records without labels come last, whatever the model says of them
            labels = self._session.all_labels()
            return lambda i: (not labels.get(i), self._said(i), infos[i].name)
        return lambda i: infos[i].name.casefold()

    def _probabilities(self, ids: list[str]) -> dict[str, float]:
        """What the model says of the chosen statement, or the highest of all, of those records where it may be seen."""
        of, shown, code = self._session.predictions(), self._session.prediction_shown, self.code
        seen = [i for i in ids if i in of and shown(i)]
        probabilities = {i: of[i].probabilities.get(code, -1.0) if code else self._highest(i)[1] for i in seen}
        return {i: p for i, p in probabilities.items() if p >= 0}

    def _probability(self, record_id: str) -> tuple[str, float]:
        """The chosen statement, or the one with the highest probability, and this one's own; -1 where there is none."""
        if not self.code:
            return self._highest(record_id)
        prediction = self._session.predictions().get(record_id)
        return self.code, prediction.probabilities.get(self.code, -1.0) if prediction else -1.0

    def _highest(self, record_id: str) -> tuple[str, float]:
        """The statement with the highest probability; ("", -1.0) without prediction. Kept until predictions change."""
        highest = self._top.get(record_id)
        if highest is None:
            prediction = self._session.predictions().get(record_id)
            p = prediction.probabilities if prediction else {}
            code = max(p, key=p.get, default="")
            highest = self._top[record_id] = (code, p.get(code, -1.0))
        return highest

    # --- what the cells say

    def rowCount(self, parent=QModelIndex()) -> int:  # noqa: B008 Qt's own signature
        return 0 if parent.isValid() else len(self.ids)

    def columnCount(self, parent=QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation, role: int = Qt.ItemDataRole.DisplayRole):
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            if section == PROBABILITY and self.code:
                return f"p {self._abbreviations.get(self.code, self.code)}"
            return HEADINGS[section]
        if role == Qt.ItemDataRole.ToolTipRole and section == PROBABILITY:
            return (
                "What the model says of the chosen statement, or its likeliest: ▮ likely (0.5 or more), ▯ only above "
                "its threshold. Hidden, and last in the order, until you have read the record."
            )
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole):
        if not index.isValid():
            return None
        record_id = self.ids[index.row()]
        info = self._infos[record_id]
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            if column == NAME:
                return info.name
            if column == STATE:
                return f"{SHAPES[info.reading]} {info.reading}"
            if column == FINDING:
                return self._said(record_id)
            return self._model_says(record_id)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            words = self._tooltip(info, column)
            return plain(words) if role == Qt.ItemDataRole.ToolTipRole else words
        if role == Qt.ItemDataRole.TextAlignmentRole and column == PROBABILITY:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.FontRole and column == NAME and info.reading == ReadingState.NEW:
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.UserRole:
            return record_id
        return None

    def _said(self, record_id: str) -> str:
        """What people said is present or uncertain."""
        states = self._session.all_labels().get(record_id, {})
        words = [self._word(code) + MARKS[state] for code, state in states.items() if state in MARKS]
        return ", ".join(words) or ("none present" if states else "")

    def _model_says(self, record_id: str) -> str:
        """A statement with its own probability; "hidden"; "–" if the model does not know it; "" without prediction;
        REFUSED where the record is no ECG that a model can judge."""
        if record_id not in self._session.predictions():
            return REFUSED if self._session.refusal(record_id) else ""
        if not self._session.prediction_shown(record_id):
            return HIDDEN
        code, p = self._probability(record_id)
        if p < 0:
            return "–"
        count = len(self._session.predictions()[record_id].leads)
        few = f" {count}/12" if count < len(LEADS_12) else ""
        mark = standing(p, self._session.thresholds().get(code)).mark
        return f"{mark} {_shortened(self._word(code))} {p:.2f}{few}".strip()

    def _tooltip(self, info: RecordInfo, column: int) -> str:
        if column == FINDING:
            return self._said(info.id) or "nothing said yet"
        if column == PROBABILITY:
            return self._model_in_words(info.id)
        if column == STATE:
            return f"Reading: {info.reading}"
        facts = f"{info.fs_hz:g} Hz, {info.duration_s:.1f} s, {len(info.leads)} leads"
        return f"{info.name}\n{info.source}\n{facts}{', SYNTHETIC' if info.synthetic else ''}"

    def _model_in_words(self, record_id: str) -> str:
        shown, (code, p) = self._model_says(record_id), self._probability(record_id)
        if shown == HIDDEN:
            return "Hidden until you have read this record"
        if shown == REFUSED:
            return f"Not predicted: {self._session.refusal(record_id)}"
        if not shown:
            return "Model: no prediction"
        if p < 0:
            return f"Model: does not know {self._word(code)}" if code else "Model: no prediction"
        threshold = self._session.thresholds().get(code)
        limit = "" if threshold is None else f", {standing(p, threshold)} (threshold {figure(threshold)})"
        return f"Model: {self._word(code)} {figure(p)}{limit}, {self._session.predictions()[record_id].rests_on}"

    def _word(self, code: str) -> str:
        return self._abbreviations.get(code, code)

    # --- changes

    def predictions_changed(self) -> None:
        """Another model may have spoken: an order by probability is its order from now on."""
        self._top.clear()
        if self._sort[0] == PROBABILITY:
            self._order([i for i in self._infos if i in self._row])

    def _hide(self, ids: Iterable[str]) -> None:
        """Where a place in the list would tell what is hidden now, order it again."""
        if any(i in self._ranked and not self._session.prediction_shown(i) for i in ids):
            self._order([i for i in self._infos if i in self._row])

    def row_of(self, record_id: str) -> int | None:
        return self._row.get(record_id)

    def refresh(self, ids: Iterable[str]) -> None:
        """Draw these rows again (all of them if empty); reading states are read from the session again."""
        ids = tuple(ids)
        self._hide(ids or self.ids)
        if not ids:
            if self.ids:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self.ids) - 1, PROBABILITY))
            return
        for record_id in ids:
            if record_id in self._infos:
                self._infos[record_id] = self._session.info(record_id)
            row = self._row.get(record_id)
            if row is not None:
                self.dataChanged.emit(self.index(row, 0), self.index(row, PROBABILITY))


def _shortened(word: str) -> str:
    return word if len(word) <= LONGEST_NAME else f"{word[: LONGEST_NAME - 1]}…"
