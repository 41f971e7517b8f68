"""What an import would read, shown before it: facts, warnings and the first page; what a file does not say is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.errors import CesslError
from cessl_gui.core.plural import counted
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import Ending, Outcome, Record
from cessl_gui.ecg.readers.given import parse
from cessl_gui.ui.page.page import EcgPage
from cessl_gui.ui.parts.beside import Beside
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session


class PreviewDialog(Beside):
    """Shows the first recording of files or folders; Import takes them all in, read as they are shown."""

    def __init__(self, session: Session, paths: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent, "preview", "Preview", QSize(980, 680))
        self._session, self._paths, self._job, self._read_by = session, list(paths), "", ""
        self.facts = named(PlainLabel(wordWrap=True), "preview_facts", "What the first recording holds")
        self.facts.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.page = EcgPage()
        self.said = named(QLineEdit(), "preview_said", "What the files do not say", "e.g. fs=500 unit=uV leads=I,II,V1")
        self.said.setPlaceholderText("What the files do not say: fs=500 unit=uV leads=I,II,V1")
        self.again = named(QPushButton("Show again"), "preview_again", "Read the recording by what is said here")
        self.import_ = named(QPushButton("Import"), "preview_import", "Import all of these recordings")
        row = QHBoxLayout()
        row.addWidget(self.said, 1)
        row.addWidget(self.again)
        self.column.addWidget(self.facts)
        self.column.addWidget(self.page, 1)
        self.column.addLayout(row)
        self.add_close(self.import_)
        self.again.clicked.connect(self.look)
        self.again.setDefault(True)  # what Enter does
        self.said.textChanged.connect(lambda: self.import_.setEnabled(False))  # until that reading was shown
        self.import_.clicked.connect(self._import)
        session.ended.connect(self._on_ended)
        self.look()

    @Slot()
    def look(self) -> None:
        """Read in the background what is chosen, by what is said."""
        self.import_.setEnabled(False)
        self._read_by = self.said.text()
        try:
            given = parse(self.said.text().split())
        except CesslError as error:
            self.facts.setText(str(error))
            return
        self.facts.setText("Reading…")
        self._job = self._session.preview(self._paths, given)

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if kind == TaskKind.PREVIEW and not self._job:  # what was asked for meanwhile
            QTimer.singleShot(0, self, self.look)
        if kind != TaskKind.PREVIEW or outcome.job_id != self._job or outcome.ending != Ending.FINISHED:
            return
        shown = outcome.result
        parts = [counted(shown.count, "recording")] + [counted(shown.archives, "archive")] * bool(shown.archives)
        over = ", ".join(f"{n} {suffix or 'bare'}" for suffix, n in sorted(shown.passed_over.items()))
        lines = [", ".join(parts) + (f"; no recordings: {over}" if over else "")]
        lines += facts(shown.record) if shown.record else [shown.problem] * bool(shown.problem)
        self.facts.setText("\n".join(lines))
        self.page.set_record(shown.record)
        self.page.setVisible(shown.record is not None)
        # What would be a guess is said by the person: an import asks for it.
        is_certain = shown.record is None or not shown.record.guesses
        is_current = self.said.text() == self._read_by
        self.import_.setEnabled(bool(shown.count or shown.archives) and is_certain and is_current)

    def _import(self) -> None:
        if self._session.import_paths(self._paths, parse(self.said.text().split())):
            self.close()


def facts(record: Record) -> list[str]:
    """What a recording holds, in lines."""
    labels = ", ".join(vocabulary()[word].name for word in record.statements) or "none"
    lines = [
        f"{record.name}: {record.format}, {len(record.leads)} leads ({' '.join(record.leads)}), {record.fs_hz:g} Hz, "
        f"{record.duration_s:g} s, shown in mV",
        f"Diagnoses in the file: {labels}",
    ]
    lines += [f"Not stated: {guess}" for guess in record.guesses]
    return lines + [f"! {warning}" for warning in record.warnings]
