"""Words of strangers are shown letter by letter: no label, tooltip or box reads them as HTML."""

import ast
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QMessageBox,
    QWidget,
)

from cessl_gui.core.types import State
from cessl_gui.ui.parts import plain_text
from cessl_gui.ui.parts.details import DetailsDialog
from cessl_gui.ui.parts.plain_text import LONGEST, PlainLabel, ask, literal, plain, plain_box, warn
from tests.records import record_of

UI = Path(plain_text.__file__).parents[1]
HOSTILE = (
    "<img src=file:///etc/passwd>",
    "<a href=file:///etc/passwd>ECG 7</a>",
    "<h1>Normal</h1>",
    "R&amp;D",
    "&lt;b&gt;",
    "<!-- hidden -->7",
    "a < b & c > d",
    "two\nlines <br> of  it",
)


def read_as_qt_would(text: str) -> str:
    """What a reader sees of a text that Qt may take for HTML."""
    if "<" not in text and "&" not in text:
        return text
    document = QTextDocument()
    document.setHtml(text)
    return document.toPlainText()


# --- the source ------------------------------------------------------------------------------------------------------

MADE_HERE_ONLY = {"QLabel", "QErrorMessage", "QInputDialog", "QTextBrowser", "QWhatsThis"}
ASKS = {"getText": 2, "getItem": 2, "getInt": 2, "getDouble": 2, "getMultiLineText": 2}  # of QInputDialog: its label
STATIC_BOXES = {"about", "critical", "information", "question", "warning"}
TIPS = {"setToolTip": 0, "setWhatsThis": 0, "showText": 1, "setLabelText": 0}
MARKUP = {"setHtml", "insertHtml", "appendHtml", "setOpenExternalLinks", "openUrl", "setInformativeText", "setMarkdown"}


def is_our_own(argument: ast.expr) -> bool:
    """Words that the source itself holds, or that went through plain()."""
    if isinstance(argument, ast.Call):  # a tooltip was looked at where it was set
        return ast.unparse(argument.func) == "plain" or ast.unparse(argument) == "self.toolTip()"
    if isinstance(argument, ast.IfExp):
        return is_our_own(argument.body) and is_our_own(argument.orelse)
    return isinstance(argument, ast.Constant)


def faults(source: str) -> list[str]:
    """Calls by which text may be read as HTML, with their lines."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        of = getattr(getattr(node.func, "value", None), "id", "")
        places = ASKS if of == "QInputDialog" else TIPS
        told = node.args[places[name]] if name in places and len(node.args) > places[name] else None
        if (
            name in MADE_HERE_ONLY | MARKUP
            or (of in MADE_HERE_ONLY and not (of == "QInputDialog" and name in ASKS))
            or (name == "QMessageBox")
            or (of == "QMessageBox" and name in STATIC_BOXES)
            or (told is not None and not is_our_own(told))
            or (name == "QProgressDialog" and not is_our_own(node.args[0]))
            or (name == "setTextFormat" and "PlainText" not in ast.unparse(node))
        ):
            found.append(f"line {node.lineno}: {ast.unparse(node)[:90]}")
    return found


@pytest.mark.parametrize("path", sorted(UI.rglob("*.py")), ids=lambda path: path.relative_to(UI).as_posix())
def test_labels_tooltips_and_boxes_come_from_one_place(path):
    if path.name not in ("plain_text.py", "manual_page.py"):  # that one shows our own files alone
        assert faults(path.read_text(encoding="utf-8")) == [], "use ui/parts/plain_text.py"


@pytest.mark.parametrize(
    "line",
    [
        "x = QLabel(name)",
        "x.setToolTip(name)",
        "x.setToolTip(f'{name}')",
        "x.setWhatsThis(name)",
        "QToolTip.showText(at, name, self)",
        "QMessageBox.warning(self, 'a', name)",
        "b = QMessageBox(self)",
        "QInputDialog.getText(self, 'a', name)",
        "QProgressDialog(name, 'Cancel', 0, 0)",
        "x.setTextFormat(Qt.TextFormat.RichText)",
        "x.setToolTip('a' if y else name)",
    ],
)
def test_the_test_above_finds(line):
    assert len(faults(line)) == 1


# --- the helper ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", HOSTILE)
def test_a_tooltip_shows_what_is_written(qapp, words):
    assert read_as_qt_would(plain(words)) == words


def test_ordinary_words_stay_as_they_are_and_endless_ones_end():
    assert plain("Page layout, columns (B)") == "Page layout, columns (B)"
    assert len(plain("x" * 1_000_000)) < LONGEST + 10


def test_an_ampersand_on_a_button_is_an_ampersand():
    assert literal("R&D") == "R&&D"


@pytest.mark.parametrize("words", HOSTILE)
def test_labels_and_boxes_show_what_is_written(qtbot, words):
    label = PlainLabel(words)
    made = plain_box(None, QMessageBox.Icon.Warning, words, words)
    for widget in (label, made):
        qtbot.addWidget(widget)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert made.textFormat() == Qt.TextFormat.PlainText
    assert made.text() == words


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No])
def test_a_question_is_answered_and_a_warning_is_shown_in_plain_text(qapp, monkeypatch, answer):
    shown = []

    def answered(box):
        shown.append((box.textFormat(), box.text()))
        return answer

    monkeypatch.setattr(QMessageBox, "exec", answered)
    assert ask(None, "Save", HOSTILE[0]) == (answer == QMessageBox.StandardButton.Yes)
    warn(None, "Not saved", HOSTILE[1])
    assert shown == [(Qt.TextFormat.PlainText, HOSTILE[0]), (Qt.TextFormat.PlainText, HOSTILE[1])]


# --- the window ------------------------------------------------------------------------------------------------------


def tips_of_view(view: QAbstractItemView) -> list[str]:
    """The tooltips of the first cells of a list or a table, and of its headings."""
    model, found = view.model(), []
    for row, column in product(range(20), range(10)):
        found.append(model.index(row, column).data(Qt.ItemDataRole.ToolTipRole))
        found.append(model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole))
    return [tip for tip in found if tip]


def tips(window: QWidget) -> list[str]:
    """All tooltips and the like of a window and what belongs to it, as Qt is given them."""
    found = []
    for widget in (window, *window.findChildren(QWidget)):
        found += [widget.toolTip(), widget.whatsThis()]
        for action in widget.actions():
            found += [action.toolTip(), action.whatsThis()]
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            found += tips_of_view(widget)
    return [tip for tip in found if tip]


def labels(window: QWidget) -> list[QLabel]:
    return window.findChildren(QLabel)


def read_as_html(window: QWidget) -> list[str]:
    """Each text of a window that Qt reads as HTML, and shows otherwise than it is written."""
    found = [tip for tip in tips(window) if any(words in tip for words in HOSTILE[:4])]
    return found + [each.text() for each in labels(window) if each.textFormat() != Qt.TextFormat.PlainText]


def seen(window: QWidget) -> str:
    """All words of a window, as a reader sees them."""
    words = [read_as_qt_would(tip) for tip in tips(window)] + [each.text() for each in labels(window)]
    return "\n".join([*words, *(button.text().replace("&&", "&") for button in window.findChildren(QAbstractButton))])


@pytest.fixture(params=HOSTILE[:4])
def hostile(request, project):
    """A project whose records, files, reasons, header, own statement and model have a hostile name."""
    name = request.param
    for number in (6, 7):
        record = record_of(number, statements=(name,))
        record = replace(record, name=name, source=f"/somewhere/{name}/{number}.hea", warnings=(f"Odd header: {name}",))
        project.records.add(record)
        project.waveforms.write(record)
    project.quarantine.add(f"/somewhere/{name}.hea", f"The header says {name}.")
    project.models.add(replace(project.models.active(), id="m2", name=name, origin=name, status="candidate"), {})
    return name


def test_no_widget_of_the_window_reads_names_as_html(hostile, window, session, qtbot):
    window.records.chosen.emit("r6")
    qtbot.waitUntil(lambda: window.page.sheet.record is not None and window.page.sheet.record.id == "r6")
    assert session.add_statement("r6", hostile, State.PRESENT)
    window.labels.search.typed.setText(hostile)
    window.toasts.say(f"Not read: {hostile}", hostile)
    DetailsDialog(hostile, hostile, window)
    window.files.show_quarantine()
    session.shelf.set_note("m2", hostile)
    window.show_room("model")
    window.model_room.choose("m2")
    QApplication.processEvents()
    assert read_as_html(window) == []
    assert seen(window).count(hostile) > 10


def test_the_walk_over_the_window_finds_a_label_and_a_tooltip(window):
    QLabel(HOSTILE[0], window)
    window.labels.setToolTip(HOSTILE[1])
    assert set(read_as_html(window)) == set(HOSTILE[:2])
