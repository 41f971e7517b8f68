"""Words of files, folders and people on labels, tooltips and boxes: shown letter by letter, never read as markup.

Qt takes any text that looks like HTML for HTML: a file's name could hide words, show other ones, load pictures or offer
links to files. So labels, tooltips and boxes come from here; tests/ui/parts/test_plain_text.py finds those that do not.
"""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

LONGEST = 2000  # characters of a tooltip: what is longer covers the screen


def plain(text: str) -> str:
    """The text for a place where Qt guesses whether it is HTML, such as a tooltip: shown as it is written."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} ..."
    if "<" in text or "&" in text:
        return f'<p style="white-space:pre-wrap">{html.escape(text)}</p>'
    return text


def literal(text: str) -> str:
    """The text for a button or a menu, where a single & would underline the next letter."""
    return text.replace("&", "&&")


class PlainLabel(QLabel):
    """A label that shows its text as it is written."""

    def __init__(self, text: str = "", parent: QWidget | None = None, **properties) -> None:
        super().__init__(parent, **properties)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


def plain_box(parent: QWidget | None, icon: QMessageBox.Icon, title: str, text: str) -> QMessageBox:
    """A box that shows its text as it is written; without buttons of its own Qt gives it OK."""
    made = QMessageBox(icon, title, "", QMessageBox.StandardButton.NoButton, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    return made


def warn(parent: QWidget | None, title: str, text: str) -> None:
    """Say what is wrong, and wait until it is read."""
    plain_box(parent, QMessageBox.Icon.Warning, title, text).exec()


def ask(parent: QWidget | None, title: str, question: str) -> bool:
    """Whether the answer is yes; closing the box is no."""
    asked = plain_box(parent, QMessageBox.Icon.Question, title, question)
    asked.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No)
    asked.setDefaultButton(QMessageBox.StandardButton.No)
    return asked.exec() == QMessageBox.StandardButton.Yes
