"""The Help room: the manual, the keys, the tour, what the program is, a report of a problem."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QPushButton, QVBoxLayout, QWidget

from cessl_gui import RESEARCH_USE_ONLY, __version__
from cessl_gui.core.errors import CesslError
from cessl_gui.core.files import atomic_write, why
from cessl_gui.core.paths import manual, resource
from cessl_gui.core.problem_report import problem_report
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.ask_file import ask_new_file
from cessl_gui.ui.parts.manual_page import ManualPage
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.shell.main_rooms.rooms import ABOUT, KEYS

LIST_WIDTH = 220
PAGES = {  # file -> title
    "manual.md": "The main job",
    "import.md": "Importing recordings",
    "formats.md": "File formats",
    "export.md": "Exporting",
    "team.md": "Several readers, and a team",
    "pretraining.md": "Making a backbone",
    "learning.md": "What learning brings",
    "benchmarks.md": "Measured figures",
}
LICENCES = {"fonts/OFL.txt": "The typeface Inter", "icons/LICENSE": "The icons (Phosphor)"}


class HelpRoom(QWidget):
    """tour_wanted;  said(text) : a sentence for the person, as where a report was written"""

    tour_wanted = Signal()
    said = Signal(str)

    def __init__(self, keys: Callable[[], Iterable[tuple[str, str]]], counts: Callable[[], dict]) -> None:
        """keys : of all actions, with what they do. counts : the open project in numbers, for a report"""
        super().__init__()
        named(self, "help_room", "Help")
        self._keys, self._counts = keys, counts
        title = PlainLabel("Help")
        title.setFont(font(tokens.PAGE_TITLE))
        self.list = named(QListWidget(), "help_pages", "Pages of the manual")
        self.list.setFixedWidth(LIST_WIDTH)
        self.page = ManualPage(self)
        self.page.page_wanted.connect(self.show_page)
        self.tour = named(QPushButton("Take the tour"), "help_tour", "A tour of two minutes")
        self.report = named(QPushButton("Save a problem report…"), "help_report", "Write what helps to find a fault")
        self.tour.clicked.connect(self.tour_wanted)
        self.report.clicked.connect(self._ask_report)
        side = QVBoxLayout()
        for part in (title, self.list, self.tour, self.report):
            side.addWidget(part)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(16)
        row.addLayout(side)
        row.addWidget(self.page, 1)
        self._names = [name for name in PAGES if _is_there(name)]
        for name in self._names:
            self.list.addItem(PAGES[name])
        self.list.addItems([KEYS, ABOUT])
        for row in range(self.list.count()):
            self.list.item(row).setSizeHint(QSize(0, tokens.TARGET))
        self.list.currentRowChanged.connect(self._show_row)
        self.list.setCurrentRow(0)

    def show_page(self, name: str) -> None:
        """Show a page of the manual by its file, or KEYS, or ABOUT."""
        names = [*self._names, KEYS, ABOUT]
        if name in names:
            self.list.setCurrentRow(names.index(name))

    def _show_row(self, row: int) -> None:
        if row < len(self._names):
            self.page.show_page(self._names[row])
        elif row == len(self._names):
            lines = [f"| {_cell(key)} | {_cell(what)} |" for key, what in self._keys()]
            self.page.show_text("\n".join(["# Keys", "", "| Key | What it does |", "| --- | --- |", *lines]))
        else:
            self.page.show_text(_about())

    def _ask_report(self) -> None:
        path = ask_new_file(self, "Save a problem report", "Text (*.txt)", "cessl-gui-report.txt")
        if path:
            self.said.emit(write_report(path, self._counts()))


def write_report(path: Path, counts: dict) -> str:
    """Write a problem report; returns the sentence that says so, or why it could not be written."""
    try:
        with atomic_write(path) as unfinished:
            unfinished.write_text(problem_report(counts), encoding="utf-8")
    except (OSError, CesslError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        return f"The report could not be written: {reason}."
    return "The report is written. It names no file, no patient and no reader; read it before you send it."


def _is_there(name: str) -> bool:
    try:
        return manual(name).is_file()
    except FileNotFoundError:
        return False


def _cell(text: str) -> str:
    """A word in a table of Markdown, letter by letter."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]()#+-.!|<>~&" else letter for letter in text)


def _about() -> str:
    parts = [
        f"# cessl-gui {__version__}",
        f"**{RESEARCH_USE_ONLY}**",
        "Label ECGs, fine-tune a model on your labels by CE-SSL (arXiv 2406.14377), read its predictions by lead.",
        "Nothing leaves this computer unless you ask for it, as by Sync or an export.",
        "The program is under the MIT licence. It contains these works of others:",
    ]
    for name, what in LICENCES.items():
        text = resource(name).read_text(encoding="utf-8")
        parts += [f"## {what}", "\n".join(f"    {line}" for line in text.splitlines())]
    return "\n\n".join(parts)
