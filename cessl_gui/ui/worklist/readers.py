"""Who reads: another reader sits down, apart from the others or with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QWidget

from cessl_gui.core.reading.people import is_again
from cessl_gui.ui.parts.beside import Beside
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ABOUT_APART = (
    "A second reading: labels, marks, notes and the queue of other readers stay hidden. "
    "Where readers differ is listed once you have confirmed an ECG."
)


class ReadersDialog(Beside):
    """Choose who reads from now on; the project is opened again for that reader."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent, "readers", "Readers", QSize(480, 260))
        self._session = session
        self.now = PlainLabel(wordWrap=True)
        self.name = named(QComboBox(editable=True), "reader_name", "Who reads")
        self.apart = named(QCheckBox("Read apart from the others"), "reader_apart", "Read apart from the others")
        self.about = PlainLabel(ABOUT_APART, wordWrap=True)
        self.sit = named(QPushButton("Read under this name"), "reader_sit", "Read under this name")
        self.again = named(
            QPushButton("Read my ECGs again"),
            "reader_again",
            "Read ECGs of your own once more, blind to your first reading",
            "ECGs that you confirmed a day or more ago, in random order. Numbers show how far you agree with yourself.",
        )
        for widget in (self.now, self.name, self.apart, self.about):
            self.column.addWidget(widget)
        self.column.addStretch()
        self.add_close(self.again, self.sit)
        self.sit.clicked.connect(self._sit)
        self.again.clicked.connect(session.team.read_again)
        session.team.open_anew.connect(self.close)
        self.fill()

    def fill(self) -> None:
        reader, apart = self._session.reader, bool(self._session.project.apart)
        self.now.setText(f"{reader} reads now{', apart from the others' if apart else ''}.")
        self.name.clear()
        self.name.addItems(self._session.team.readers())
        self.name.setCurrentText(reader)
        self.apart.setChecked(apart)
        self.again.setEnabled(not is_again(reader))

    def _sit(self) -> None:
        self._session.team.choose_reader(self.name.currentText(), self.apart.isChecked())
