"""The panel of the reading: clicks and keys give labels, a search finds statements, and the project is followed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from cessl_gui.bridge.reader.panel import add, remove, set_digit
from cessl_gui.core.types import State
from cessl_gui.ui.reading.panel import NOT_IN_PANEL
from tests.ui.conftest import AF, PANEL, SB, SR
from tests.ui.panels import WPW, click, titles
from tests.ui.panels import panel as panel


def test_a_click_says_it_and_a_second_click_takes_it_back(panel, session, qtbot):
    click(qtbot, panel, SB, State.ABSENT)
    assert session.labels("r0") == {SB: State.ABSENT}
    assert panel.row(SB).buttons[State.ABSENT].isChecked()
    click(qtbot, panel, SB, State.UNCERTAIN)
    assert session.labels("r0") == {SB: State.UNCERTAIN}
    assert [s for s, b in panel.row(SB).buttons.items() if b.isChecked()] == [State.UNCERTAIN]
    click(qtbot, panel, SB, State.UNCERTAIN)
    assert session.labels("r0") == {}
    assert not any(b.isChecked() for b in panel.row(SB).buttons.values())


def test_a_refused_label_leaves_the_buttons_as_they_were(panel, session, qtbot, monkeypatch):
    monkeypatch.setattr(session, "set_label", lambda *a: None)
    click(qtbot, panel, SB, State.PRESENT)
    assert not panel.row(SB).buttons[State.PRESENT].isChecked()


def test_digits_answer_for_the_first_statements(panel, session):
    panel.press_digit(2, State.PRESENT)
    panel.press_digit(3, State.ABSENT)
    assert session.labels("r0") == {PANEL[1].code: State.PRESENT, PANEL[2].code: State.ABSENT}
    panel.press_digit(2, State.PRESENT)
    assert session.labels("r0") == {PANEL[2].code: State.ABSENT}
    assert panel.row(PANEL[1].code).digit == "2"


def test_type_ahead_finds_any_statement_by_real_keys(panel, session, qtbot):
    panel.search.typed.setFocus()
    qtbot.keyClicks(panel.search.typed, "wolff")
    assert panel.search.matches.isVisible()
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Return)
    assert session.labels("r0") == {WPW: State.PRESENT}
    assert panel.row(WPW).isVisible(), "outside the panel it gets a line of its own"
    assert panel.code == WPW
    assert panel.search.typed.text() == ""
    assert not panel.search.matches.isVisible()


def test_type_ahead_moves_with_the_arrows_and_answers_absent_with_shift(panel, session, qtbot):
    qtbot.keyClicks(panel.search.typed, "atrial f")
    second = panel.search.matches.item(1).data(Qt.ItemDataRole.UserRole)
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Down)
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert session.labels("r0") == {second: State.ABSENT}


def test_words_that_no_statement_has_become_one_of_the_project(panel, session, qtbot):
    panel.search.typed.setFocus()
    qtbot.keyClicks(panel.search.typed, "Ganong")
    assert panel.search.matches.item(0).text() == "No such statement. Add “Ganong”  (↓ Enter)"
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Return)
    assert session.labels("r0") == {}, "Enter alone adds nothing"
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Down)
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    own = session.panel()[-1]
    assert session.labels("r0") == {own.code: State.UNCERTAIN}
    assert own.name == "Ganong"
    assert panel.row(own.code).isVisible()
    assert panel.code == own.code
    assert NOT_IN_PANEL not in titles(panel)
    assert "Ganong" in panel.hint.text()
    assert "Ctrl+Z" in panel.hint.text()
    assert panel.hint.isVisible()
    qtbot.keyClicks(panel.search.typed, "ganong")
    assert panel.search.matches.count() == 1, "it is there already"
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Return)
    assert session.labels("r0") == {own.code: State.PRESENT}
    session.undo()
    session.undo()
    assert panel.row(own.code) is None


def test_what_is_found_comes_before_what_could_be_added(panel, qtbot):
    qtbot.keyClicks(panel.search.typed, "wolff")
    assert panel.search.matches.count() == 2
    assert panel.search.matches.currentRow() == 0
    assert panel.search.matches.item(1).text() == "Add “wolff”  (↓ Enter)"
    for typed in ("wo", "wpw"):
        panel.search.typed.setText(typed)
        lines = [panel.search.matches.item(i).text() for i in range(panel.search.matches.count())]
        assert lines
        assert not any("Add" in line for line in lines)


def test_rest_absent_fills_the_panel_only(panel, session, qtbot):
    panel.say(AF, State.PRESENT)
    qtbot.mouseClick(panel.buttons["rest_absent"], Qt.MouseButton.LeftButton)
    assert set(session.labels("r0")) == {s.code for s in PANEL}
    assert panel.row(SB).state == State.ABSENT


def test_the_panel_follows_the_project(panel, session):
    add(session, WPW)
    assert panel.row(WPW) is not None
    remove(session, SR)
    assert panel.row(SR) is None
    assert panel.row(SB).digit == "1"


@pytest.mark.parametrize(
    ("room", "said"),
    [(600, "1 present · 1 uncertain · 1 absent · {} not assessed"), (200, "1 present · 1 uncertain")],
)
def test_how_many_are_answered_is_said_as_far_as_it_fits(panel, room, said):
    panel.footer.resize(panel.footer.note.width() + room, panel.footer.height())
    for code, state in ((AF, State.PRESENT), (SB, State.UNCERTAIN), (SR, State.ABSENT)):
        panel.say(code, state)
    assert panel.footer.summary.text() == said.format(len(PANEL) - 3)
    assert "1 absent" in panel.footer.summary.toolTip()


def test_digits_are_the_projects_choice(panel, session):
    set_digit(session, 1, AF)
    assert panel.row(AF).digit == "1"
    assert panel.row(SR).digit == ""
    panel.press_digit(1, State.PRESENT)
    assert session.labels("r0") == {AF: State.PRESENT}
    set_digit(session, 9, AF)
    panel.press_digit(1, State.PRESENT)
    assert session.labels("r0") == {AF: State.PRESENT}, "a key that was freed answers for nothing"


def test_what_is_known_but_not_shipped_is_added_by_enter(panel, session, qtbot):
    qtbot.keyClicks(panel.search.typed, "hyperkalemia")
    assert panel.search.matches.item(0).text() == "Add “Hyperkalaemia”  (Enter)"
    qtbot.keyClick(panel.search.typed, Qt.Key.Key_Return)
    assert session.labels("r0") == {"local:Hyperkalaemia": State.PRESENT}
    assert session.panel()[-1].name == "Hyperkalaemia"
    session.undo()
    assert session.labels("r0") == {}


def test_keys_that_were_changed_are_shown(panel):
    panel.show_keys({"confirm_next": "Enter", "normal_next": "F2", "exclude": "Del"})
    assert panel.buttons["normal_next"].key == "F2"
    assert panel.buttons["include"].key == "Del"


def test_all_controls_have_accessible_names(panel):
    controls = [c for kind in (QAbstractButton, QLineEdit) for c in panel.findChildren(kind)]
    lacking = [
        c.objectName() for c in controls if c.isVisible() and not (c.accessibleName() or getattr(c, "text", str)())
    ]
    assert not lacking


def test_without_an_ecg_the_buttons_say_why_they_are_grey(panel):
    panel.show_record("")
    assert panel.footer.buttons["rest_absent"].toolTip().endswith("No ECG is open.")
    panel.show_record("r0")
    assert "No ECG" not in panel.footer.buttons["rest_absent"].toolTip()
