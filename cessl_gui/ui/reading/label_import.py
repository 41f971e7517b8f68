"""Labels of other programs: a file, what its columns and words mean, what would come, and what would not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QTabWidget,
    QWidget,
)

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.label_files import Asked, Looked
from cessl_gui.core.plural import counted
from cessl_gui.core.types import Progress
from cessl_gui.ui.parts.ask_file import ask_files, ask_new_file
from cessl_gui.ui.parts.beside import Beside, Rows, beside_table
from cessl_gui.ui.parts.dates import local_words
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.reading.label_words import LabelWords

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

KINDS = "Labels (*.csv *.tsv *.txt *.json);;All files (*)"
COLUMNS = {"record": "ECG", "code": "Statement", "state": "State", "certainty": "Certainty", "reader": "Reader"}
NONE = "–"
SHOWN = 200  # rows of the file, and of what did not match
UNMATCHED = ("Line", "ECG", "Statement", "State", "Reader", "Why not")
STAYS = "Labels of confirmed and excluded readings stay as they are."


class LabelsDialog(Beside):
    """taken(words) : an import, or taking one back, has ended"""

    taken = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent, "labels_import", "Import labels", QSize(900, 640))
        self._session, self._files = session, session.label_files
        self._path: Path | None = None
        self._looked: Looked | None = None
        self._just_done = ""
        self._build_head()
        self.said = named(PlainLabel(STAYS, wordWrap=True), "labels_said", "What the file would bring")
        self.tabs = named(QTabWidget(), "labels_tabs", "The file, its words, and what did not match")
        self.rows = beside_table("labels_rows", "The first rows of the file", ("File",), 0)
        self.words = LabelWords(session)
        self.unmatched = beside_table("labels_unmatched", "What is not taken in", UNMATCHED, 5)
        for part, title in ((self.rows, "First rows"), (self.words, "Words"), (self.unmatched, "Not matched")):
            self.tabs.addTab(part, title)
        self.replace = named(
            QCheckBox("Replace labels that differ"),
            "labels_replace",
            "Replace labels that differ",
            "What was said before stays in the history.",
        )
        for part in (self.said, self.tabs, self.replace):
            self.column.addWidget(part, int(part is self.tabs))
        self._build_buttons()
        self._files.looked.connect(self._show)
        self._files.ended.connect(self._on_ended)
        session.progress.connect(self._on_progress)
        self.words.changed.connect(self._look)
        self.replace.toggled.connect(lambda _: self._enable())
        self._enable()

    def _build_head(self) -> None:
        self.choose = named(QPushButton("Choose a file…"), "labels_choose", "Choose a file of labels")
        self.choose.clicked.connect(self.ask)
        self.file = PlainLabel("CSV, or JSON and FHIR as this program writes them")
        first = QHBoxLayout()
        first.addWidget(self.choose)
        first.addWidget(self.file, 1)
        self.boxes: dict[str, QComboBox] = {}
        self._chosen: set[str] = set()  # by a person: also that no column does
        row = QHBoxLayout()
        for what, title in COLUMNS.items():
            box = named(QComboBox(), f"labels_column_{what}", f"Which column holds: {title}")
            box.activated.connect(lambda _, what=what: self._chosen.add(what))
            box.activated.connect(self._look)
            self.boxes[what] = box
            self._put_beside(row, title, box)
        self.reader = named(
            QComboBox(editable=True), "labels_reader", "Whose labels they are, where the file does not say"
        )
        self.reader.addItems(self._session.team.readers())
        self.reader.setCurrentText(self._session.reader)
        self.reader.activated.connect(self._look)
        self.reader.lineEdit().editingFinished.connect(self._look)
        self._put_beside(row, "Reader if not stated", self.reader)
        self.column.addLayout(first)
        self.column.addLayout(row)

    @staticmethod
    def _put_beside(row: QHBoxLayout, title: str, box: QComboBox) -> None:
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.addRow(title, box)
        row.addLayout(form, 1)

    def _build_buttons(self) -> None:
        self.back = named(QPushButton("Undo the last import"), "labels_back", "Undo the last import")
        self.report = named(QPushButton("Save what did not match…"), "labels_report", "Write what did not match as CSV")
        self.stop = named(QPushButton("Stop"), "labels_stop", "Stop; what has been written can be undone")
        self.go = named(QPushButton("Take in"), "labels_go", "Take these labels in")
        self.go.setProperty("primary", True)
        self.add_close(self.back, self.report, self.stop, self.go)
        self.back.clicked.connect(self._take_back)
        self.report.clicked.connect(self._save_report)
        self.stop.clicked.connect(self._files.stop)
        self.go.clicked.connect(self._take_in)

    # --- looking ---------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for a file and look at it."""
        for path in ask_files(self, "Import labels", KINDS)[:1]:
            self.open_file(path)

    def open_file(self, path: Path) -> None:
        """Look at a file; nothing is written."""
        self._path, self._looked = path, None
        self.file.setText(path.name)
        self.words.start()
        self._chosen.clear()
        for box in self.boxes.values():
            box.clear()
        self._look(anew=True)

    @Slot()
    def _look(self, *_, anew: bool = False) -> None:
        if self._path is None:
            return
        columns = {what: self.boxes[what].currentData() for what in self._chosen}
        reader = " ".join(self.reader.currentText().split()) or self._session.reader
        asked = Asked(self._path, reader, columns, dict(self.words.words), dict(self.words.states))
        if not anew and self._looked is not None and self._looked.asked == asked:
            return
        self.said.setText(f"{self._just_done} Looking at the file…".strip())
        self._looked = None
        self._enable()
        self._files.look(asked, anew)

    @Slot(object)
    def _show(self, looked: Looked) -> None:
        if looked.asked.path != self._path:
            return
        self._looked = looked
        if looked.table is not None and not self.boxes["record"].count():
            self._show_file(looked)
        seen = looked.preview
        if seen is not None:
            self._choose_columns(seen.columns)
            self.words.show_words(seen.statements, seen.states)
            self.unmatched.model().set(
                [(f"{x.line:,}", x.record, x.statement, x.state, x.reader, x.reason) for x in seen.unmatched[:SHOWN]]
            )
        words = looked.problem if seen is None else f"{seen.sentence} {STAYS}"
        self._say(f"{self._just_done} {words}".strip())
        self._just_done = ""
        count = len(seen.unmatched) if seen else 0
        first = f" (the first {SHOWN} here, all in the file that you save)" if count > SHOWN else ""
        self.tabs.setTabText(1, f"Words ({unknown} unknown)" if (unknown := self.words.count_unknown()) else "Words")
        self.tabs.setTabText(2, f"Not matched ({count:,}{first})" if count else "Not matched")

    def _show_file(self, looked: Looked) -> None:
        columns = looked.table.columns
        model = Rows(columns, self.rows)
        model.set([tuple(row.get(c, "") for c in columns) for _, row in looked.table.rows[:SHOWN]])
        self.rows.setModel(model)
        for box in self.boxes.values():
            box.addItem(NONE, "")
            for column in columns:
                box.addItem(column, column)

    def _choose_columns(self, columns) -> None:
        """Show which columns hold what; with a column per statement there is none for the statement and the state."""
        for what, box in self.boxes.items():
            box.setCurrentIndex(max(0, box.findData(getattr(columns, what))))

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self._enable()

    def _enable(self) -> None:
        seen = self._looked.preview if self._looked else None
        is_taking, last = self._files.is_taking, self._files.last_taken()
        is_fixed = is_taking or bool(self._session.project.reading_only)
        some = len(seen.new) + len(seen.differing) * self.replace.isChecked() if seen else 0
        self.go.setEnabled(bool(some) and not is_fixed)
        self.replace.setEnabled(bool(seen and seen.differing) and not is_taking)
        self.report.setEnabled(bool(seen and seen.unmatched))
        self.stop.setEnabled(is_taking)
        self.back.setEnabled(last is not None and not is_fixed)
        if last is not None:
            what = f"{last['file']}, {local_words(last['at_utc'])}: {counted(last['count'], 'label')}"
            self.back.setToolTip(plain(what))

    # --- writing -----------------------------------------------------------------------------------------------------

    @Slot()
    def _take_in(self) -> None:
        self._files.take_in(self._looked.preview, self.replace.isChecked(), self._path.name)
        self._say("Taking in labels…")

    @Slot()
    def _take_back(self) -> None:
        self._files.take_back()
        self._say("Taking labels back…")

    @Slot()
    def _save_report(self) -> None:
        out = ask_new_file(self, "Write what did not match to", "Table (*.csv)", f"{self._path.stem}-not-matched.csv")
        if out is not None and self._files.save_report(self._looked.preview, out):
            self._say(f"Written: {out}.")

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if progress.job_id == self._session.busy.get(TaskKind.TAKE_LABELS) and progress.fraction is not None:
            self.said.setText(f"{progress.phase}: {100 * progress.fraction:.0f} %")

    @Slot()
    def _on_ended(self) -> None:
        words = self._files.last
        self.taken.emit(words)
        self._looked = None
        self._say(words)
        self.replace.setChecked(False)
        self._just_done = words
        self._look()
