"""Colours: legible, and told apart without red against green; the shipped font and icons."""

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QFontInfo, QFontMetricsF, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLineEdit,
    QRadioButton,
    QSpinBox,
    QStyle,
    QStyleOptionSpinBox,
    QVBoxLayout,
    QWidget,
)

from cessl_gui.core.paths import resource
from cessl_gui.core.types import State
from cessl_gui.ui.parts import icons, theme, tokens
from cessl_gui.ui.parts.focus_ring import FocusRing

ALL_THEMES = pytest.mark.parametrize("colours", tokens.THEMES.values(), ids=lambda t: t.name)
TEXTS = ("text", "muted", "accent", "warning", "present", "absent", "uncertain")
GROUNDS = ("window", "surface", "raised", "sunk", "accent_wash", "warning_wash")


def luminance(color: str) -> float:
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in QColor(color).getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@ALL_THEMES
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
def test_text_is_legible_on_every_ground(colours, text, ground):
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= 4.5


@ALL_THEMES
@pytest.mark.parametrize(("text", "least"), [("trace", 12), ("ink", 7), ("muted", 4.5), ("note", 4.5)])
def test_traces_and_text_are_legible_on_the_page(colours, text, least):
    assert contrast(getattr(colours, text), colours.page) >= least


@ALL_THEMES
def test_the_primary_button_is_legible(colours):
    assert contrast(colours.on_fill, colours.fill) >= 4.5


@ALL_THEMES
@pytest.mark.parametrize("outline", ["unset", "focus"])
def test_outlines_of_controls_are_seen(colours, outline):
    assert contrast(getattr(colours, outline), colours.surface) >= 3


@ALL_THEMES
@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton])
def test_a_box_to_tick_is_seen_and_its_tick_told(qtbot, colours, kind):
    box = kind("words")
    qtbot.addWidget(box)
    box.setStyleSheet(theme.stylesheet(colours))
    box.resize(box.sizeHint())
    bare = box.grab().toImage()
    middle = bare.height() // 2
    across = [bare.pixelColor(x, middle).name() for x in range(8)]
    assert max(contrast(color, colours.surface) for color in across) >= 3
    box.setChecked(True)
    ticked = box.grab().toImage()
    assert contrast(ticked.pixelColor(3, middle).name(), colours.surface) >= 3
    assert across[7] == colours.surface


@ALL_THEMES
def test_the_grid_stands_behind_the_trace(colours):
    fine, coarse = contrast(colours.grid_fine, colours.page), contrast(colours.grid_coarse, colours.page)
    assert 1.05 < fine < coarse < contrast(colours.trace, colours.page) / 3


@ALL_THEMES
@pytest.mark.parametrize(("one", "other"), [("supports", "opposes"), ("present", "uncertain")])
def test_opposites_differ_in_blue_not_in_red_and_green_alone(colours, one, other):
    difference = QColor(getattr(colours, one)).blue() - QColor(getattr(colours, other)).blue()
    assert abs(difference) > 60


def test_each_state_has_a_mark_of_its_own():
    assert set(tokens.STATE_MARK) == set(State)
    assert len(set(tokens.STATE_MARK.values())) == 3


@pytest.mark.parametrize(
    ("saved", "means"),
    [("paper", "light"), ("contrast", "high_contrast"), ("dark", "dark"), ("system", "system"), ("mauve", "system")],
)
def test_themes_saved_by_earlier_versions_are_known(saved, means):
    assert theme.choice(saved) == means


@pytest.mark.parametrize(("width", "records", "panel"), [(1366, 64, 280), (1707, 176, 349), (1920, 176, 403)])
def test_the_columns_are_those_of_the_design(width, records, panel):
    layout = tokens.layout(width)
    assert (layout.records, layout.panel) == (records, panel)


@pytest.mark.parametrize(("width", "panel"), [(900, 280), (2560, 403)])
def test_the_panel_neither_shrinks_nor_grows_without_end(width, panel):
    assert tokens.layout(width).panel == panel


@pytest.fixture
def undressed(qapp: QApplication):
    before, dressed_as = (qapp.palette(), qapp.styleSheet(), qapp.font()), qapp.property("theme")
    yield qapp
    qapp.setPalette(before[0])
    qapp.setStyleSheet(before[1])
    qapp.setFont(before[2])
    qapp.setProperty("theme", dressed_as)


def test_apply_dresses_the_program(undressed):
    theme.apply(undressed, tokens.DARK)
    assert undressed.palette().color(QPalette.ColorRole.Window) == QColor(tokens.DARK.window)
    assert tokens.DARK.accent in undressed.styleSheet()


def test_another_theme_does_not_set_the_style_again(undressed, monkeypatch):
    theme.dress("light")
    again = []
    monkeypatch.setattr(QApplication, "setStyle", again.append)
    theme.dress("dark")
    theme.dress("light")
    assert again == []


def test_the_shipped_font_is_used(qapp):
    assert QFontInfo(theme.font(tokens.BODY)).family() == "Inter"


def test_digits_are_equally_wide(qapp):
    metrics = QFontMetricsF(theme.font(tokens.VALUE))
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("8888")


def test_an_icon_has_the_colour_asked_for(qapp):
    image = icons.pixmap("circle", "#1b5eab", 32).toImage()
    drawn = {
        image.pixelColor(x, y).name() for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() == 255
    }
    assert drawn == {"#1b5eab"}


@pytest.fixture
def two_boxes(qapp, qtbot):
    theme.dress("light")
    whole = QWidget()
    column = QVBoxLayout(whole)
    boxes = QLineEdit(), QLineEdit()
    for box in boxes:
        column.addWidget(box)
    qtbot.addWidget(whole)
    with qtbot.waitExposed(whole):
        whole.show()
        whole.activateWindow()
    yield boxes


def test_one_ring_follows_the_keyboard(qapp, two_boxes):
    for box in two_boxes:
        box.setFocus()
        assert qapp.findChild(FocusRing).frame.widget() is box


def test_the_ring_is_drawn_in_the_accent(qapp, two_boxes):
    box = two_boxes[0]
    box.setFocus()
    frame = qapp.findChild(FocusRing).frame
    middle = frame.grab().toImage().pixelColor(0, frame.height() // 2)
    assert middle == QColor(tokens.LIGHT.focus)


def test_the_ring_of_what_fills_its_window_is_whole(two_boxes):
    whole = two_boxes[0].window()
    whole.layout().setContentsMargins(0, 0, 0, 0)
    two_boxes[1].hide()
    two_boxes[0].setFixedHeight(whole.height())
    two_boxes[0].setFocus()
    QApplication.processEvents()
    picture = whole.grab().toImage()
    across, down = picture.width() - 1, picture.height() - 1
    edges = ((0, down // 2), (across, down // 2), (across // 2, 0), (across // 2, down))
    assert {picture.pixelColor(*edge).name() for edge in edges} == {tokens.LIGHT.focus}


def test_every_shipped_icon_is_used():
    source = "".join(path.read_text("utf-8") for path in Path(theme.__file__).parents[2].rglob("*.py"))
    names = {path.stem for path in resource("icons").glob("*.svg")}
    assert {name for name in names if name.removesuffix("-fill") not in source} == set()


@ALL_THEMES
def test_the_arrows_of_a_box_for_numbers_are_seen(qtbot, undressed, colours):
    theme.apply(undressed, colours)
    box = QSpinBox()
    qtbot.addWidget(box)
    box.show()
    option = QStyleOptionSpinBox()
    box.initStyleOption(option)
    up = QStyle.SubControl.SC_SpinBoxUp
    place = box.style().subControlRect(QStyle.ComplexControl.CC_SpinBox, option, up, box)
    middle = box.grab(place.adjusted(3, 1, -3, -2)).toImage()  # without its frame
    colours_there = {middle.pixelColor(x, y).name() for x in range(middle.width()) for y in range(middle.height())}
    assert max(contrast(one, colours.surface) for one in colours_there) >= 3
