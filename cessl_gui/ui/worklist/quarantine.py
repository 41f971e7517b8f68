"""Files that could not be read, each with its reason."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHeaderView, QPushButton, QWidget

from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.ui.parts.ask_file import ask_new_file
from cessl_gui.ui.parts.beside import Beside, beside_table
from cessl_gui.ui.parts.dates import local_words
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import named


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
        self.table = beside_table("quarantine_table", "Files that could not be read", ("File", "Reason", "When"), 1)
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
        self.save = named(QPushButton("Save the list…"), "quarantine_save", "Write the list as CSV")
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
        self.table.model().set([(source, reason, local_words(at_utc)) for source, reason, at_utc in rows])
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
        chosen = ask_new_file(self, "Save the list", "Table (*.csv)", "not_read.csv")
        if chosen is not None:
            self._session.save_quarantine(chosen)

    def _try_again(self) -> None:
        self._import_paths([source for source, *_ in self._session.quarantine()])

    def _on_changed(self, change: Change) -> None:
        if change.kind == ChangeKind.QUARANTINE:
            self.fill()
