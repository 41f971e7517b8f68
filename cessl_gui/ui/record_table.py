"""The records as a table for Qt: which of them pass the filter, in which order, and what the cells say."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtGui import QFont

from cessl_gui.core.types import ReadingState, RecordInfo, State
from cessl_gui.ui.plain_text import plain

NAME, STATE, FINDING, PROBABILITY = range(4)
HEADINGS = ("Record", "Reading", "Finding", "Prob.")
SHAPES = {
    ReadingState.NEW: "○",
    ReadingState.IN_PROGRESS: "◐",
    ReadingState.DEFERRED: "◇",
    ReadingState.CONFIRMED: "●",
    ReadingState.EXCLUDED: "×",
}
ORDER = {state: i for i, state in enumerate(ReadingState)}
NOT_ASSESSED = "not assessed"
MARKS = {State.PRESENT: "", State.UNCERTAIN: "?"}  # after a statement's abbreviation, in the column of findings


class RecordTable(QAbstractTableModel):
    """The records that pass the filter, in the order asked for. Label acts change cells, never the order; new
    predictions do, where it is that of the probabilities."""

    def __init__(self, session, parent=None) -> None:
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
        self._abbreviations: dict[str, str] = {}
        self.reload()

    # --- filter and order

    def reload(self) -> None:
        """Read all records anew."""
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
        """Apply filter and order anew."""
        self._order([i for i in self._infos if self.passes(i)])

    def _order(self, ids: list[str]) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        held = [self.ids[i.row()] for i in before]
        column, order = self._sort
        self._set_ids(sorted(ids, key=self._key(column), reverse=order == Qt.SortOrder.DescendingOrder))
        after = [
            self.index(self._row[i], index.column()) if i in self._row else QModelIndex()
            for i, index in zip(held, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sort = (column, order)
        self._order(self.ids)

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

    def _key(self, column: int) -> Callable[[str], object]:
        infos = self._infos
        if column == STATE:
            return lambda i: (ORDER[infos[i].reading], infos[i].name)
        if column == FINDING:  # by what people said: records without labels come last, whatever the model says of them
            labels = self._session.all_labels()
            return lambda i: (not labels.get(i), self._said(i), infos[i].name)
        if column == PROBABILITY:
            return self._probabilities(self.code).__getitem__
        return lambda i: infos[i].name.casefold()

    def _probabilities(self, code: str) -> dict[str, float]:
        """Of all records; -1 where there is no prediction. code : "" for the highest of all statements"""
        if not code:
            return {i: self._highest(i)[1] for i in self._infos}
        known = {i: p.probabilities.get(code, -1.0) for i, p in self._session.predictions().items()}
        return dict.fromkeys(self._infos, -1.0) | known

    def _highest(self, record_id: str) -> tuple[str, float]:
        """The statement with the highest probability; ("", -1.0) without prediction. Kept until predictions change."""
        found = self._top.get(record_id)
        if found is None:
            prediction = self._session.predictions().get(record_id)
            p = prediction.probabilities if prediction else {}
            code = max(p, key=p.get, default="")
            found = self._top[record_id] = (code, p.get(code, -1.0))
        return found

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
                "Probability of the chosen statement, or the highest of all; hidden until the record has been read. "
                "Sorting by it lets the order tell what the model thinks."
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
                return self._finding(record_id)
            return self._probability(record_id)
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

    def _finding(self, record_id: str) -> str:
        """What a person said is present; where nobody has spoken and the reader may see it, the model's highest."""
        said = self._said(record_id)
        if said:
            return said
        code, _ = self._highest(record_id)
        return f"model: {self._word(code)}" if code and self._session.prediction_shown(record_id) else ""

    def _said(self, record_id: str) -> str:
        states = self._session.all_labels().get(record_id, {})
        words = [self._word(code) + MARKS[state] for code, state in states.items() if state in MARKS]
        return ", ".join(words) or ("none present" if states else "")

    def _probability(self, record_id: str) -> str:
        prediction = self._session.predictions().get(record_id)
        if prediction is None:
            return ""
        p = prediction.probabilities.get(self.code, -1.0) if self.code else self._highest(record_id)[1]
        if p < 0:
            return "–"
        return f"{p:.2f}" if self._session.prediction_shown(record_id) else "hidden"

    def _tooltip(self, info: RecordInfo, column: int) -> str:
        if column == FINDING:
            return self._finding(info.id) or "nothing said yet"
        if column == PROBABILITY:
            shown = self._probability(info.id)
            return (
                "Hidden until you have read this record" if shown == "hidden" else f"Model: {shown or 'no prediction'}"
            )
        if column == STATE:
            return f"Reading: {info.reading}"
        facts = f"{info.fs_hz:g} Hz, {info.duration_s:.1f} s, {len(info.leads)} leads"
        return f"{info.name}\n{info.source}\n{facts}{', SYNTHETIC' if info.synthetic else ''}"

    def _word(self, code: str) -> str:
        return self._abbreviations.get(code, code)

    # --- changes

    def predictions_changed(self) -> None:
        """Another model may have spoken: an order by probability is its order from now on."""
        self._top.clear()
        if self._sort[0] == PROBABILITY:
            self._order(self.ids)

    def row_of(self, record_id: str) -> int | None:
        return self._row.get(record_id)

    def refresh(self, ids: Iterable[str]) -> None:
        """Draw these rows anew (all of them if empty); reading states are read from the session again."""
        ids = tuple(ids)
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
