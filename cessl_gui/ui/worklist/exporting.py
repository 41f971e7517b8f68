"""The dialog of everything that can be written out of a project: what, of which ECGs, with or without names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from cessl_gui.core.plural import counted
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.ask_file import ask_folder, ask_new_file
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.widgets import named


@dataclass(frozen=True)
class Kind:
    """One kind of export.

    suffix  : of the file; "" writes a folder
    is_copy : recordings, which can be written without what could name the patient
    """

    title: str
    what: str
    suffix: str = ""
    is_copy: bool = False


TABLE = "A table (CSV)"
KINDS = {
    "csv": Kind(
        "Labels and predictions", f"{TABLE}, a row per ECG and statement; notes, marks and calipers next to it", ".csv"
    ),
    "csv-wide": Kind(
        "Labels, wide", f"{TABLE}, a row per ECG and reader, a column per statement; with the note", ".csv"
    ),
    "json": Kind("Everything that people said", "JSON with the whole history", ".json"),
    "fhir": Kind("FHIR reports", "DiagnosticReport resources (R4, JSON), with notes and marks", ".json"),
    "measurements": Kind(
        "Measurements", f"{TABLE}, a row per ECG and quantity, with the reason where it is doubtful", ".csv"
    ),
    "leads": Kind("Effect of each lead", f"{TABLE}: each prediction without each lead, and from it alone", ".csv"),
    "wfdb-labels": Kind("WFDB recordings with labels", "A folder; the diagnoses are in the headers (#Dx)"),
    "wfdb": Kind("Copies as WFDB", "A folder of recordings", is_copy=True),
    "dicom": Kind("Copies as DICOM", "A folder of 12-lead waveform objects", is_copy=True),
    "edf": Kind("Copies as EDF+", "A folder of recordings", is_copy=True),
    "hdf5": Kind("Copies as HDF5", "A folder of recordings", is_copy=True),
    "csv-signal": Kind("Copies as CSV", "A folder of tables, mV, a column per lead", is_copy=True),
}


@dataclass(frozen=True)
class Wanted:
    """What a person asks for. ids : () is all"""

    kind: str
    out: Path
    ids: tuple[str, ...] = ()
    deidentify: bool = False


OF_FILES, OF_BOTH = (
    "Names of recordings are in it; they may be patients'.",
    "Names of recordings and notes are in it; they may name patients.",
)
NAMES = {"csv": OF_BOTH, "json": OF_BOTH, "measurements": OF_FILES, "leads": OF_FILES}
NAMES |= dict.fromkeys(("csv-wide", "fhir"), "Notes are in it; they may name patients.")
BLIND = "What files and the model say is in it, also of ECGs that you have yet to read blind."
SCROLL_PX, LEAST_PX = 12, 160  # beside the kinds of export, and what is always in sight of them
KEY_FILE = "Which copy is of which ECG is written to a file next to the folder. Keep it apart."


class ExportDialog(QDialog):
    """wanted(Wanted) : a kind and a place were chosen"""

    wanted = Signal(object)

    def __init__(
        self, total: int, chosen: Sequence[str], parent: QWidget | None = None, *, is_blind: bool = False
    ) -> None:
        """total : how many ECGs there are; chosen : ids of those that are chosen in the worklist

        is_blind : the reader has not yet seen what files and the model say of all of them
        """
        super().__init__(parent)
        self.setObjectName("export_dialog")
        self.setWindowTitle("Export")
        self._chosen, self._is_blind = tuple(chosen), is_blind
        self.kinds: dict[str, QRadioButton] = {}
        self._group, self._whose = QButtonGroup(self), QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(_heading("What"))
        column.addWidget(self._build_kinds(), 1)
        column.addSpacing(8)
        column.addWidget(_heading("Of which ECGs"))
        self.all = named(QRadioButton(f"All {counted(total, 'ECG')}"), "export_all", "All ECGs")
        self.only = named(QRadioButton(_the_chosen(len(chosen))), "export_chosen", "The chosen ECGs")
        for button in (self.all, self.only):
            self._whose.addButton(button)
            column.addWidget(button)
        (self.only if chosen else self.all).setChecked(True)
        self.only.setVisible(bool(chosen))
        self.deidentify = named(
            QCheckBox("De-identified: without names, dates moved; a key file next to the folder"),
            "export_deidentify",
            "De-identified copies",
            KEY_FILE,
        )
        self.deidentify.setChecked(True)
        self._was_ticked = False
        column.addSpacing(8)
        column.addWidget(self.deidentify)
        self.note = PlainLabel("", wordWrap=True)
        column.addWidget(self.note)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = named(QPushButton("Choose where…"), "export_go", "Choose where to write it")
        self.go.setProperty("primary", True)
        box.addButton(self.go, QDialogButtonBox.ButtonRole.AcceptRole)
        box.rejected.connect(self.reject)
        self.go.clicked.connect(self._ask)
        column.addWidget(box)
        self._group.buttonClicked.connect(lambda _: self._fit())
        self.kinds["csv"].setChecked(True)
        self._fit()
        self.resize(self.sizeHint().boundedTo(self.screen().availableSize()))  # of itself it takes two thirds at most

    def _build_kinds(self) -> QScrollArea:
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(*4 * (tokens.FOCUS_RING,))  # else the ring is cut off
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for row, (name, kind) in enumerate(KINDS.items()):
            button = named(QRadioButton(kind.title), f"export_{name}", f"{kind.title}: {kind.what}")
            words = PlainLabel(kind.what)
            words.setFont(font(tokens.CAPTION))
            words.setBuddy(button)
            self.kinds[name] = button
            self._group.addButton(button)
            grid.addWidget(button, row, 0)
            grid.addWidget(words, row, 1, Qt.AlignmentFlag.AlignVCenter)
        area = named(QScrollArea(), "export_kinds", "What to export")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.setMinimumSize(inside.sizeHint().width() + SCROLL_PX, LEAST_PX)
        return area

    @property
    def kind(self) -> str:
        return next(name for name, button in self.kinds.items() if button.isChecked())

    def _fit(self) -> None:
        """Say what the chosen kind means for names."""
        kind = KINDS[self.kind]
        if kind.is_copy != self.deidentify.isEnabled():  # a tick says what will be done, and comes back as it was
            was, self._was_ticked = self._was_ticked, self.deidentify.isChecked()
            self.deidentify.setChecked(kind.is_copy and was)
        self.deidentify.setEnabled(kind.is_copy)
        self.deidentify.setToolTip(plain(KEY_FILE if kind.is_copy else "Only copies of recordings are de-identified."))
        hidden = BLIND if self._is_blind and self.kind != "csv-wide" else ""
        self.note.setText(f"{NAMES.get(self.kind, '')} {hidden}".strip())

    def _ask(self) -> None:
        kind = KINDS[self.kind]
        if kind.suffix:
            chosen = ask_new_file(self, kind.title, f"{kind.what} (*{kind.suffix})")
        else:
            chosen = ask_folder(self, f"{kind.title}: choose a folder")
        if chosen is None:
            return
        ids = self._chosen if self.only.isChecked() else ()
        self.wanted.emit(Wanted(self.kind, chosen, ids, kind.is_copy and self.deidentify.isChecked()))
        self.accept()


def _heading(words: str) -> PlainLabel:
    label = PlainLabel(words)
    label.setFont(font(tokens.STRONG))
    return label


def _the_chosen(count: int) -> str:
    return "The chosen ECG" if count == 1 else f"The {count} chosen ECGs"
