"""The words of a file of labels that mean nothing to us, and what a person says that they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cessl_gui.bridge.reader import panel
from cessl_gui.core.types import State
from cessl_gui.ui.parts.beside import beside_table
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.reading.search_box import SearchBox

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

HEADINGS = ("Word in the file", "Rows", "A word for", "Means")
STATEMENT, STATE = "a statement", "a state"
MEANINGS: dict[str, State | None] = {
    "Present": State.PRESENT,
    "Absent": State.ABSENT,
    "Uncertain": State.UNCERTAIN,
    "Not assessed": None,
}
ABOUT = (
    "Choose a word, then find the statement that it means, or press a state. "
    "A word without a meaning is left out; the report lists its rows."
)


class LabelWords(QWidget):
    """changed() : a word has got a meaning, or lost it"""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.words: dict[str, str] = {}  # word -> code
        self.states: dict[str, State | None] = {}
        self._rows: list[tuple[str, str]] = []  # (word, STATEMENT or STATE) of the table
        self.table = beside_table("label_words", "Words of the file and what they mean", HEADINGS, 0)
        self.search = SearchBox(session, self, "what the chosen word means")
        self.search.typed.setPlaceholderText("Find the statement that it means")
        self.search.layout().setContentsMargins(0, 0, 0, 0)
        about = PlainLabel(ABOUT, wordWrap=True)
        row = QHBoxLayout()
        self.buttons: dict[str, QPushButton] = {}
        for text in MEANINGS:
            button = named(QPushButton(text), f"label_word_{text.split()[0].lower()}", f"The chosen word means {text}")
            button.clicked.connect(lambda _=False, text=text: self._mean(MEANINGS[text]))
            self.buttons[text] = button
            row.addWidget(button)
        self.clear = named(QPushButton("No meaning"), "label_word_clear", "The chosen word has no meaning here")
        self.clear.clicked.connect(self._forget)
        row.addWidget(self.clear)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addWidget(about)
        column.addWidget(self.search)
        column.addLayout(row)
        column.addWidget(self.table, 1)
        self.search.answered.connect(lambda code, _: self._mean_statement(code))
        self.search.added.connect(lambda words, _: self._add_statement(words))
        self.search.left.connect(self.table.setFocus)
        self.table.selectionModel().currentRowChanged.connect(self._enable)
        self._enable()

    def start(self) -> None:
        """Another file: nothing has been said of its words."""
        self.words, self.states = {}, {}

    def show_words(self, statements: Mapping[str, int], states: Mapping[str, int]) -> None:
        """Show these unknown words, with in how many rows each stands, below those that have got a meaning."""
        chosen = self._chosen()
        known = self._session.vocabulary()
        given = [(word, STATEMENT, "", known[code].name) for word, code in self.words.items()]
        for word, state in self.states.items():
            given.append((word, STATE, "", next(text for text, meant in MEANINGS.items() if meant == state)))
        new = [(word, STATEMENT, f"{n:,}", "") for word, n in statements.items() if word not in self.words]
        new += [(word, STATE, f"{n:,}", "") for word, n in states.items() if word not in self.states]
        lines = [*new, *given]
        self._rows = [(word, kind) for word, kind, _, _ in lines]
        self.table.model().set([(word, count, kind, meant) for word, kind, count, meant in lines])
        if self._rows:
            self.table.selectRow(self._rows.index(chosen) if chosen in self._rows else 0)
        self._enable()

    def count_unknown(self) -> int:
        """How many words still have no meaning."""
        return sum(word not in (self.words if kind == STATEMENT else self.states) for word, kind in self._rows)

    def _chosen(self) -> tuple[str, str]:
        at = self.table.currentIndex().row()
        return self._rows[at] if 0 <= at < len(self._rows) else ("", "")

    @Slot()
    def _enable(self, *_) -> None:
        word, kind = self._chosen()
        self.search.setEnabled(kind == STATEMENT)
        for button in self.buttons.values():
            button.setEnabled(kind == STATE)
        self.clear.setEnabled(word in self.words or word in self.states)

    def _mean_statement(self, code: str) -> None:
        word, kind = self._chosen()
        if kind == STATEMENT:
            self.words[word] = code
            self.changed.emit()

    def _add_statement(self, words: str) -> None:
        """The chosen word means a new statement of the project."""
        code = panel.add_own(self._session, words)
        if code:
            self._mean_statement(code)

    def _mean(self, state: State | None) -> None:
        word, kind = self._chosen()
        if kind == STATE:
            self.states[word] = state
            self.changed.emit()

    @Slot()
    def _forget(self) -> None:
        word, kind = self._chosen()
        (self.words if kind == STATEMENT else self.states).pop(word, None)
        self.changed.emit()
