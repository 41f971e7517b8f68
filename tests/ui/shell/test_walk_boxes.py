"""The boxes and dialogs over the window: nothing is cut off, hard to read or nameless, in any theme."""

from contextlib import contextmanager

import pytest
from PySide6.QtCore import QPoint, QRect, QSize

from cessl_gui.core.annotations import Annotation
from cessl_gui.ui.parts.details import DetailsDialog
from cessl_gui.ui.parts.tokens import THEMES
from cessl_gui.ui.reading.label_import import LabelsDialog
from cessl_gui.ui.reading.merging import MergeDialog
from cessl_gui.ui.shell.commands.upkeep_acts import CheckDialog, MarksDialog
from cessl_gui.ui.training.errands import EvaluateDialog, RerunDialog
from cessl_gui.ui.worklist.conflicts import ConflictsDialog
from cessl_gui.ui.worklist.exporting import ExportDialog
from cessl_gui.ui.worklist.numbers import NumbersDialog
from cessl_gui.ui.worklist.preview import PreviewDialog
from cessl_gui.ui.worklist.quarantine import QuarantineDialog
from cessl_gui.ui.worklist.readers import ReadersDialog
from cessl_gui.ui.worklist.removing import RemoveDialog
from cessl_gui.ui.worklist.sync import SyncDialog
from tests.ui import walk
from tests.ui.conftest import AF
from tests.ui.shell.test_desk import LARGER_TEXT, at_rest, settle
from tests.ui.shell.test_desk import desk as desk
from tests.ui.windows import gone

LONG = "The header names 12 signals, and the data file has room for 8 of them; it was cut while it was copied. " * 3


def merging(session, desk):
    dialog = MergeDialog(session, desk)
    dialog.show_for(AF)
    return dialog


def remove(session, desk):
    dialog = RemoveDialog(session, ["r5"], desk)  # a long name
    dialog.setModal(False)
    return dialog


def done(dialog):
    """As after its work."""
    dialog.said.setText(LONG)
    dialog.lines.setPlainText(LONG)
    dialog.lines.show()
    return dialog


DIALOGS = {
    "export": lambda s, d: ExportDialog(50, ["r1"], d),
    "import labels": lambda s, d: LabelsDialog(s, d),
    "preview": lambda s, d: PreviewDialog(s, [], d),
    "merge statements": merging,
    "readers": lambda s, d: ReadersDialog(s, d),
    "where readers differ": lambda s, d: ConflictsDialog(s, d),
    "numbers": lambda s, d: NumbersDialog(s, d),
    "sync": lambda s, d: SyncDialog(s, d),
    "unreadable files": lambda s, d: QuarantineDialog(s, lambda paths: None, lambda paths: None, d),
    "details": lambda s, d: DetailsDialog(LONG, "Traceback", d),
    "check": lambda s, d: done(CheckDialog(s, d)),
    "marks": lambda s, d: MarksDialog(s, d),
    "remove": remove,
    "evaluate": lambda s, d: done(EvaluateDialog(s, s.active_model(), d)),
    "rerun": lambda s, d: RerunDialog(s, s.active_model(), d),
}


@contextmanager
def shown(desk, name):
    made = DIALOGS[name](desk._session, desk)
    made.show()
    settle()
    at_rest(desk)
    yield made
    made.close()
    gone(made)


@pytest.fixture(params=DIALOGS)
def dialog(desk, request):
    with shown(desk, request.param) as made:
        yield made


def test_a_dialog_shows_its_texts_whole_nothing_overlaps_and_every_control_has_a_name(dialog):
    assert walk.cut_off(dialog) == []
    assert walk.overlapping(dialog) == []
    assert walk.nameless(dialog) == []


@pytest.mark.parametrize("size", LARGER_TEXT.values(), ids=LARGER_TEXT)
def test_a_dialog_fits_the_screen_where_text_is_larger(dialog, size):
    """Smaller than its window, as it would be where the window system keeps it on the screen."""
    dialog.resize(dialog.size().boundedTo(QSize(*size)))
    settle()
    assert QSize(*size).expandedTo(dialog.size()) == QSize(*size)
    assert walk.cut_off(dialog) == []
    assert walk.overlapping(dialog) == []


@pytest.mark.parametrize("theme", THEMES)
def test_every_dialog_is_legible(desk, theme):
    desk.set_theme(theme)
    faults = {}
    for name in DIALOGS:
        with shown(desk, name) as dialog:
            faults[name] = walk.illegible(dialog)
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.fixture(params=["note", "mark chooser"])
def box(desk, request):
    """A box that lies over a part of the window."""
    desk.set_theme("light")
    desk.show_room("read")
    desk.read.open_record("r1")
    settle()
    at_rest(desk)
    remarks = desk.read.remarks
    if request.param == "note":
        desk._session.notes.write("r1", "Compare with the ECG of last year. " * 5)
        desk._session.page_marks.add("r1", Annotation("", "", 1.2, 3.4, "V1"), AF)
        remarks.open_note()
    else:
        over = QRect(QPoint(), desk.read.size())
        remarks.chooser.ask("r1", Annotation("", "", 1.2, 3.4, "V1"), QRect(200, 200, 40, 40), over)
    settle()
    yield desk
    remarks.box.close_box()
    remarks.chooser.leave()
    desk.set_theme("light")


def test_a_box_over_the_window_shows_its_texts_whole_and_every_control_has_a_name(box):
    assert walk.cut_off(box) == []
    assert walk.nameless(box) == []


def test_a_box_over_the_window_is_legible(box):
    faults = {}
    for theme in THEMES:
        box.set_theme(theme)
        settle()
        faults[theme] = walk.illegible(box)
    assert faults == {theme: [] for theme in THEMES}
