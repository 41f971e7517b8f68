"""Digits mean the same on every keyboard, and a held key acts once."""

from itertools import product

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication

from cessl_gui.core.types import State
from cessl_gui.ui.page.tools.calipers import Point
from cessl_gui.ui.shell.commands.key_presses import digit_answer
from tests.ui.conftest import PANEL
from tests.ui.windows import ALT, CTRL, NONE, SHIFT, press


def test_digits_answer_and_take_back(window, session, qtbot):
    assert window.labels.record_id == "r0"
    press(qtbot, window, Qt.Key.Key_2)
    press(qtbot, window, Qt.Key.Key_3, SHIFT)
    press(qtbot, window, Qt.Key.Key_4, ALT)
    codes = [s.code for s in PANEL]
    assert session.labels("r0") == {codes[1]: State.PRESENT, codes[2]: State.ABSENT, codes[3]: State.UNCERTAIN}
    press(qtbot, window, Qt.Key.Key_2)
    assert codes[1] not in session.labels("r0")
    assert window.status.saved.text().startswith("Saved ")


SEVEN = 16  # the XKB keycode of the key that types 7 on a US keyboard


TYPED_BY_SEVEN = {  # layout: what that key types alone and with Shift
    "us": ("7", "&"),
    "de": ("7", "/"),
    "fr": ("è", "7"),
    "ch": ("7", "/"),
}


def press_place(place, text, modifiers=NONE, autorep=False, ms=0):
    """Press a key as a keyboard does, by place and by what it types; returns whether shortcuts go without it."""
    override = key_event(QEvent.Type.ShortcutOverride, place, text, modifiers, autorep, ms)
    override.ignore()
    QApplication.sendEvent(QApplication.focusWidget(), override)
    pressed = key_event(QEvent.Type.KeyPress, place, text, modifiers, autorep, ms)
    QApplication.sendEvent(QApplication.focusWidget(), pressed)
    return override.isAccepted()


def let_go(place, text, ms):
    QApplication.sendEvent(QApplication.focusWidget(), key_event(QEvent.Type.KeyRelease, place, text, NONE, False, ms))


def key_event(kind, place, text, modifiers, autorep, ms):
    event = QKeyEvent(kind, QKeySequence(text)[0].key(), modifiers, place, 0, 0, text, autorep)
    event.setTimestamp(ms)
    return event


def test_a_digit_key_means_the_same_on_every_keyboard(window, session):
    code = PANEL[6].code
    parts = (window.read.records.view, window.page.canvas, window.labels.buttons["confirm_next"])
    for (layout, (alone, shifted)), part in product(TYPED_BY_SEVEN.items(), parts):
        part.setFocus()
        assert press_place(SEVEN, alone), layout
        assert session.labels("r0") == {code: State.PRESENT}, layout
        assert press_place(SEVEN, alone, ALT), layout
        assert session.labels("r0") == {code: State.UNCERTAIN}, layout
        # A slash finds a statement, by its shortcut.
        assert press_place(SEVEN, shifted, SHIFT) == (shifted != "/"), layout
        assert session.labels("r0") == {code: State.UNCERTAIN if shifted == "/" else State.ABSENT}, layout
        session.set_label("r0", code, None)
    assert window.labels.record_id == "r0"


def test_a_held_digit_answers_once_and_its_repeats_reach_no_list(window, session, monkeypatch):
    searched = []
    window.show_room("worklist")
    monkeypatch.setattr(window.worklist.grid, "keyboardSearch", searched.append)
    window.worklist.grid.setFocus()
    window._presses.digit_pressed.disconnect()
    window._presses.digit_pressed.connect(window.labels.press_digit)
    press_place(SEVEN, "7")
    for _ in range(3):
        assert press_place(SEVEN, "7", autorep=True)
    assert session.labels("r0") == {PANEL[6].code: State.PRESENT}
    assert searched == []
    press_place(0, "q")
    assert searched == ["q"], "other keys go where they went"


def test_a_held_key_that_qt_takes_for_pressed_anew_does_nothing(window, session):
    """X11 sends a repeat as a release and a press of one moment; Qt does not always see that."""
    letter_n = 57
    press_place(SEVEN, "7", ms=1000)
    let_go(SEVEN, "7", ms=1660)
    assert press_place(SEVEN, "7", ms=1660)
    assert session.labels("r0") == {PANEL[6].code: State.PRESENT}
    let_go(SEVEN, "7", ms=1700)
    press_place(SEVEN, "7", ms=1800)
    assert session.labels("r0") == {}, "let go and pressed again"
    let_go(letter_n, "n", ms=2000)
    assert press_place(letter_n, "n", ms=2000), "no shortcut hears of it"
    assert not press_place(letter_n, "n", ms=2100)


def test_digits_in_a_text_box_are_typed(window, session):
    window.labels.search.typed.setFocus()
    press_place(SEVEN, "7")
    press_place(SEVEN, "è")
    press_place(SEVEN, "&", SHIFT)
    press_place(SEVEN, "7", ALT)
    assert window.labels.search.typed.text() == "7è&7"
    assert session.labels("r0") == {}


@pytest.mark.parametrize(
    ("platform", "places", "virtual"),
    [
        ("xcb", range(10, 19), [0] * 9),
        ("wayland", range(10, 19), [0] * 9),
        ("windows", range(2, 11), range(0x31, 0x3A)),
        ("cocoa", [1] * 9, (18, 19, 20, 21, 23, 22, 26, 28, 25)),
    ],
)
def test_the_number_row_of_each_platform(qapp, platform, places, virtual):
    for digit, (place, key) in enumerate(zip(places, virtual, strict=True), 1):
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Eacute, SHIFT, place, key, 0, "É")
        assert digit_answer(event, platform) == (digit, State.ABSENT)


def test_other_keys_are_no_digits(qapp):
    def answer(key, modifiers=NONE, place=0, text=""):
        return digit_answer(QKeyEvent(QEvent.Type.KeyPress, key, modifiers, place, 0, 0, text))

    assert answer(Qt.Key.Key_7, Qt.KeyboardModifier.KeypadModifier, 79, "7") == (7, State.PRESENT)
    assert answer(Qt.Key.Key_Home, Qt.KeyboardModifier.KeypadModifier, 79) is None
    assert answer(Qt.Key.Key_0, NONE, 19, "0") is None
    assert answer(Qt.Key.Key_7, CTRL, SEVEN, "7") is None
    assert answer(Qt.Key.Key_N, NONE, SEVEN, "n") is None, "places named otherwise, as by XQuartz"


@pytest.fixture
def focused(window):
    """The keyboard in each part of the window, one after the other: their names, for a test that fails."""
    places = {
        "records": window.read.records.view,
        "page": window.page.canvas,
        "statements": window.labels.row(window.labels.code).buttons[State.PRESENT],
        "buttons": window.labels.buttons["confirm_next"],
    }

    def each():
        for name, place in places.items():
            place.setFocus()
            yield name

    return each


def test_m_measures_and_ends_measuring_wherever_the_focus_is(focused, window, qtbot):
    for place in focused():
        for measuring in (True, False):
            press(qtbot, window, Qt.Key.Key_M)
            assert window.page.canvas.is_measuring == measuring, place


def test_h_shows_and_hides_the_crosshair_wherever_the_focus_is(focused, window, qtbot):
    for place in focused():
        for there in (True, False):
            press(qtbot, window, Qt.Key.Key_H)
            assert (window.page.canvas.crosshair is not None) == there, place


def test_o_marches_the_caliper_out_wherever_the_focus_is(focused, window, qtbot):
    calipers = window.page.canvas.calipers
    for place in focused():
        calipers.begin(Point("II", 2.0, 0.0))
        calipers.move_to(Point("II", 2.9, 0.0))
        calipers.let_go()
        assert not calipers.shown[-1].marched, place
        press(qtbot, window, Qt.Key.Key_O)
        assert calipers.shown[-1].marched, place


def test_the_gain_changes_wherever_the_focus_is(focused, window, qtbot):
    plus, minus = Qt.Key.Key_Plus, Qt.Key.Key_Minus
    for place in focused():
        for key, gain in ((plus, 20.0), (minus, 10.0), (minus, 5.0), (plus, 10.0)):
            press(qtbot, window, key)
            assert window.page.sheet.gain_mm_per_mv == gain, place


def test_the_reading_keys_work_wherever_the_focus_is(focused, window, session, qtbot):
    for place in focused():
        press(qtbot, window, Qt.Key.Key_A)
        assert session.labels("r0")[PANEL[0].code] == State.ABSENT, place
        session.set_label("r0", PANEL[0].code, None)


def test_alt_alone_opens_the_menu(window, qtbot):
    focus = QApplication.focusWidget()
    qtbot.keyPress(focus, Qt.Key.Key_Alt)
    qtbot.keyRelease(focus, Qt.Key.Key_Alt)
    assert window.menus.whole.isVisible()
    window.menus.whole.close()


def test_alt_with_a_digit_opens_no_menu(window, qtbot):
    focus = QApplication.focusWidget()
    qtbot.keyPress(focus, Qt.Key.Key_Alt)
    qtbot.keyClick(focus, Qt.Key.Key_4, ALT)
    qtbot.keyRelease(focus, Qt.Key.Key_Alt)
    assert not window.menus.whole.isVisible()
