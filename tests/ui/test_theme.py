"""Colours: legible, and told apart without red against green."""

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from cessl_gui.core.types import State
from cessl_gui.ui.parts import theme as themes


def luminance(color: str) -> float:
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in QColor(color).getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", themes.THEMES.values(), ids=lambda t: t.name)
def test_text_and_traces_are_legible(theme):
    assert contrast(theme.trace, theme.page) >= 12
    assert contrast(theme.ink, theme.page) >= 7
    for text, ground in (("faint_ink", "page"), ("note", "page"), ("text", "surface"), ("muted", "surface")):
        assert contrast(getattr(theme, text), getattr(theme, ground)) >= 4.5, (text, ground)
    assert contrast(theme.muted, theme.window) >= 4.5
    assert contrast(theme.on_accent, theme.accent) >= 4.5
    for state in State:
        assert contrast(theme.state(state).name(), theme.surface) >= 4.5


@pytest.mark.parametrize("theme", themes.THEMES.values(), ids=lambda t: t.name)
def test_the_grid_stands_behind_the_trace(theme):
    fine, coarse = contrast(theme.grid_fine, theme.page), contrast(theme.grid_coarse, theme.page)
    assert 1.05 < fine < coarse < contrast(theme.trace, theme.page) / 3


@pytest.mark.parametrize("theme", themes.THEMES.values(), ids=lambda t: t.name)
def test_opposites_differ_in_blue_not_in_red_and_green_alone(theme):
    for one, other in (("supports", "opposes"), ("present", "uncertain")):
        difference = QColor(getattr(theme, one)).blue() - QColor(getattr(theme, other)).blue()
        assert abs(difference) > 60


def test_each_state_has_a_mark_of_its_own():
    assert set(themes.STATE_MARK) == set(State)
    assert len(set(themes.STATE_MARK.values())) == 3


def test_apply_dresses_the_program(qapp: QApplication):
    before = qapp.palette(), qapp.styleSheet(), qapp.font()
    try:
        themes.apply(qapp, themes.DARK)
        assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(themes.DARK.window)
        assert themes.DARK.accent in qapp.styleSheet()
    finally:
        qapp.setPalette(before[0])
        qapp.setStyleSheet(before[1])
        qapp.setFont(before[2])
