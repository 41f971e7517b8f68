"""Windows beside the main one: none of them blocks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHeaderView,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cessl_gui import RESEARCH_USE_ONLY, __version__
from cessl_gui.core.types import Change, ModelInfo
from cessl_gui.ui.plain_text import PlainLabel, plain
from cessl_gui.ui.result_card import ResultCard
from cessl_gui.ui.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session


class Beside(QDialog):
    """A window that leaves the main one usable; Escape closes it."""

    def __init__(self, parent: QWidget | None, name: str, title: str, size: QSize) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setModal(False)
        self.resize(size)
        self.column = QVBoxLayout(self)

    def add_close(self, *buttons: QPushButton) -> None:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        for button in buttons:
            box.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        box.rejected.connect(self.close)
        self.column.addWidget(box)


class Rows(QAbstractTableModel):
    """Rows of text, whole in their tooltips. Thousands are set at once: the view asks for those that it shows."""

    def __init__(self, headings: Iterable[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._headings, self._rows = tuple(headings), []

    def set(self, rows: list[tuple[str, ...]]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent and parent.isValid() else len(self._headings)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        text = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(text)
        return text if role == Qt.ItemDataRole.DisplayRole else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole):
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        return super().headerData(section, orientation, role)


def _table(name: str, accessible: str, headings: Iterable[str], stretch: int) -> QTableView:
    table = named(QTableView(), name, accessible)
    table.setModel(Rows(headings, table))
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setWordWrap(False)
    table.setShowGrid(False)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setResizeContentsPrecision(0)  # by the rows in sight
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return table


class QuarantineDialog(Beside):
    """Files that could not be read, each with its reason; they can be tried again."""

    def __init__(
        self,
        session,
        import_paths: Callable[[list[str]], None],
        preview_paths: Callable[[list[str]], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, "quarantine", "Files that could not be read", QSize(820, 420))
        self._session, self._import_paths, self._preview_paths = session, import_paths, preview_paths
        self.text = PlainLabel(wordWrap=True)
        self.table = _table("quarantine_table", "Files that could not be read", ("File", "Reason", "When (UTC)"), 1)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.table.setColumnWidth(0, 260)
        self.column.addWidget(self.text)
        self.column.addWidget(self.table, 1)
        self.whole = named(PlainLabel(wordWrap=True), "quarantine_reason", "The chosen file and the whole reason")
        self.whole.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.column.addWidget(self.whole)
        self.table.selectionModel().currentRowChanged.connect(self._say_whole)
        self.again = named(QPushButton("Try again"), "quarantine_again", "Try to read these files again")
        self.again.clicked.connect(self._try_again)
        self.look = named(QPushButton("Preview"), "quarantine_preview", "Look at the chosen file")
        self.look.clicked.connect(self._look)
        self.save = named(QPushButton("Save the list ..."), "quarantine_save", "Write the list as CSV")
        self.save.clicked.connect(self._save)
        self.add_close(self.look, self.again, self.save)
        session.changed.connect(self._on_changed)
        self.fill()

    def fill(self) -> None:
        rows = self._session.quarantine()
        self.text.setText(
            f"{len(rows)} file{'s' * (len(rows) != 1)} could not be read; the others of the import are in the project."
            if rows
            else "All files that were imported could be read."
        )
        self.table.model().set(rows)
        self.table.selectRow(0)
        self._say_whole()
        for button in (self.again, self.look, self.save):
            button.setEnabled(bool(rows))

    def _say_whole(self, *_) -> None:
        """The chosen row without ellipses."""
        source, reason = (self.table.currentIndex().siblingAtColumn(column).data() or "" for column in (0, 1))
        self.whole.setText(f"{source}\n{reason}" if source else "")

    def _look(self) -> None:
        source = self.table.currentIndex().siblingAtColumn(0).data()
        if source:
            self._preview_paths([source])

    def _save(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the list", "not_read.csv", "CSV (*.csv)")
        if chosen:
            self._session.save_quarantine(Path(chosen))

    def _try_again(self) -> None:
        self._import_paths([source for source, *_ in self._session.quarantine()])

    def _on_changed(self, change: Change) -> None:
        if change.kind == "quarantine":
            self.fill()


class ModelsDialog(Beside):
    """The shelf of model versions: where each came from, what it showed, which one is active."""

    def __init__(
        self, session: Session, show_result: Callable[[ModelInfo], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, "models", "Model versions", QSize(900, 420))
        self._session, self._show_result = session, show_result
        self.table = _table(
            "models_table", "Model versions", ("Name", "State", "Made from", "Result on test patients", "Made"), 2
        )
        for column, width in ((0, 160), (3, 260)):
            self.table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            self.table.setColumnWidth(column, width)
        self.note = PlainLabel(
            "Versions never change; one is active. Making another one active predicts all records again."
        )
        self.note.setWordWrap(True)
        self.activate = named(QPushButton("Make active"), "model_activate", "Make the chosen version active")
        self.look = named(QPushButton("Before and after"), "model_look", "Show before and after of the chosen version")
        self.column.addWidget(self.note)
        self.column.addWidget(self.table, 1)
        self.add_close(self.activate, self.look)
        self.activate.clicked.connect(self._activate)
        self.look.clicked.connect(self._look)
        self.table.selectionModel().selectionChanged.connect(self._chosen)
        self._models: list[ModelInfo] = []
        session.changed.connect(self._on_changed)
        self.fill()

    def fill(self) -> None:
        active, chosen = self._session.active_model(), self.chosen
        self._models = list(reversed(self._session.models()))
        rows = []
        for m in self._models:
            state = "● active" if active and m.id == active.id else m.status
            rows.append(
                (
                    m.name,
                    state,
                    m.origin,
                    m.verdict,
                    m.created_utc[:16].replace("T", " "),
                )
            )
        self.table.model().set(rows)
        for row, model in enumerate(self._models):
            if chosen and model.id == chosen.id:
                self.table.selectRow(row)
        self._chosen()

    @property
    def chosen(self) -> ModelInfo | None:
        row = self.table.currentIndex().row()
        return self._models[row] if 0 <= row < len(self._models) else None

    def _chosen(self) -> None:
        model, active = self.chosen, self._session.active_model()
        is_active = bool(model and active and model.id == active.id)
        self.activate.setEnabled(model is not None and not is_active and model.status != "discarded")
        self.activate.setToolTip("This version is active" if is_active else "")
        self.look.setEnabled(bool(model and model.summary))

    def _activate(self) -> None:
        if self.chosen is None:
            return
        # A candidate becomes active by adoption, so that the decision is on record.
        act = self._session.adopt if self.chosen.status == "candidate" else self._session.activate
        act(self.chosen.id)

    def _look(self) -> None:
        if self.chosen:
            self._show_result(self.chosen)

    def _on_changed(self, change: Change) -> None:
        if change.kind == "models":
            self.fill()


class ResultDialog(Beside):
    """Holds the before and after card."""

    def __init__(
        self, session: Session, open_record: Callable[[str, str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, "result", "Before and after", QSize(900, 620))
        self._session = session
        self.card = ResultCard()
        self.card.opened.connect(open_record)
        self.card.decided.connect(self._decided)
        self.column.addWidget(self.card)
        self._model: ModelInfo | None = None
        session.changed.connect(self._on_changed)

    def show_model(self, model: ModelInfo) -> None:
        self._model = model
        self._fill(model)
        self.show()
        self.raise_()

    def _on_changed(self, change: Change) -> None:
        """What is read meanwhile is no longer hidden, and what is hidden again must go."""
        if change.kind in ("reading", "predictions", "settings") and self._model is not None and self.isVisible():
            self._fill(self._model)

    def _fill(self, model: ModelInfo) -> None:
        session = self._session
        names = {info.id: info.name for info in session.records()}
        hidden = {record_id for record_id in names if not session.prediction_shown(record_id)}
        self.setWindowTitle(f"Before and after: {model.name}")
        self.card.show_model(model, session.thresholds(), names, session.vocabulary(), hidden)

    def _decided(self, model_id: str, adopt: bool) -> None:
        (self._session.adopt if adopt else self._session.discard)(model_id)
        self.close()


class KeysDialog(Beside):
    """All keys on one page."""

    def __init__(self, keys: Iterable[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent, "keys", "Keys", QSize(640, 560))
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(16)
        for row, (key, what) in enumerate(keys):
            cap = PlainLabel(key)
            cap.setStyleSheet("border: 1px solid palette(mid); border-radius: 3px; padding: 1px 6px;")
            grid.addWidget(cap, row, 0)
            grid.addWidget(PlainLabel(what, wordWrap=True), row, 1)
        grid.setRowStretch(grid.rowCount(), 1)
        scroll = named(QScrollArea(), "keys_list", "Keys")
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        self.column.addWidget(scroll)
        self.add_close()


class AboutDialog(Beside):
    """What the program is, and what it is not for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, "about", "About cessl-gui", QSize(520, 280))
        name = f"cessl-gui {__version__}"
        for text in (
            name,
            RESEARCH_USE_ONLY,
            "Label ECGs, fine-tune a model on your labels by CE-SSL (arXiv 2406.14377), read its predictions by lead.",
            "Nothing leaves this computer: the program opens no network connection. MIT licence.",
        ):
            label = PlainLabel(text, wordWrap=True)
            font = label.font()
            font.setBold(text in (name, RESEARCH_USE_ONLY))
            label.setFont(font)
            self.column.addWidget(label)
        self.column.addStretch(1)
        self.add_close()


class DetailsDialog(Beside):
    """The technical details of a problem, to be copied for whoever maintains the program."""

    def __init__(self, what: str, details: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, "details", "Details", QSize(760, 420))
        self.column.addWidget(PlainLabel(what, wordWrap=True))
        text = named(QPlainTextEdit(details), "details_text", "Details")
        text.setReadOnly(True)
        self.column.addWidget(text)
        self.add_close()
