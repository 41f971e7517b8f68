"""The drawer of twelve leads says what a lead does to a statement's probability."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12, PerLead
from cessl_gui.ui.evidence.lead_strip import HEAD, ROW, TITLE, LeadStrip
from cessl_gui.ui.evidence.lead_table import LeadTable
from cessl_gui.ui.parts.tokens import HIGH_CONTRAST, THEMES

AF, LBBB = "164889003", "164909002"


def per_lead() -> PerLead:
    """AF 0.80; without V1 it falls to 0.55, without II it rises to 0.90; from V1 alone 0.70."""
    without = np.full((12, 2), 0.8, np.float32)
    without[LEADS_12.index("V1"), 1], without[LEADS_12.index("II"), 1] = 0.55, 0.90
    alone = np.full((12, 2), 0.5, np.float32)
    alone[LEADS_12.index("V1"), 1] = 0.70
    return PerLead("r", "m", (LBBB, AF), np.array([0.1, 0.8], np.float32), without, alone)


@pytest.fixture
def strip(qtbot):
    strip = LeadStrip()
    qtbot.addWidget(strip)
    strip.resize(280, strip.sizeHint().height())
    strip.show()
    return strip


def test_it_says_change_and_lone_probability_of_the_chosen_statement(strip):
    strip.show_per_lead(per_lead(), AF, vocabulary())
    said = strip.accessibleDescription()
    assert "Atrial fibrillation" in said
    assert "80% from all 12 leads" in said
    assert "V1: -25 points when left out, 70% from it alone" in said
    assert "II: +10 points when left out, 50% from it alone" in said
    assert all(f"{lead}: " in said for lead in LEADS_12)


def test_without_a_result_it_says_what_to_do(strip):
    strip.show_per_lead(None, AF, vocabulary())
    assert "choose a statement" in strip.accessibleDescription()
    strip.show_per_lead(per_lead(), "999", vocabulary())
    assert "V1:" not in strip.accessibleDescription()


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda t: t.name)
def test_a_lead_that_speaks_for_it_is_drawn_apart_from_one_against(strip, theme):
    strip.set_theme(theme)
    strip.show_per_lead(per_lead(), AF, vocabulary())
    image = strip.grab().toImage()

    def colors(lead: str) -> set[str]:
        top = TITLE + HEAD + ROW * LEADS_12.index(lead)
        # The left axis alone: what a lead says by itself is another question.
        change, _ = strip._columns()
        across = range(int(change.left()), int(change.right()))
        return {image.pixelColor(x, y).name() for x in across for y in range(top + 1, top + ROW - 1)}

    assert theme.supports in colors("V1")
    assert theme.opposes not in colors("V1")
    assert theme.opposes in colors("II")
    assert theme.supports not in colors("II")
    assert not {theme.supports, theme.opposes} & colors("V5")


def test_doubtful_leads_are_paler_and_say_why(strip):
    strip.set_theme(HIGH_CONTRAST)
    strip.set_notes({"V1": ("flat",)})
    strip.show_per_lead(per_lead(), AF, vocabulary())
    top = TITLE + HEAD + ROW * LEADS_12.index("V1")
    at = QPoint(60, top + 6)
    QApplication.sendEvent(strip, QHelpEvent(QEvent.Type.ToolTip, at, strip.mapToGlobal(at)))
    assert QToolTip.text() == "V1: -25 points when left out, 70% from it alone. Doubtful: flat"
    image = strip.grab().toImage()
    row = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(top + 1, top + ROW - 1)}
    assert HIGH_CONTRAST.supports not in row


def test_the_scale_is_the_same_for_a_small_and_a_large_change(strip):
    """25 points are half of the half axis, whatever the largest change is."""
    strip.set_theme(HIGH_CONTRAST)
    strip.show_per_lead(per_lead(), AF, vocabulary())
    change, _ = strip._columns()
    image, y = strip.grab().toImage(), TITLE + HEAD + ROW * LEADS_12.index("V1") + ROW // 2
    across = range(int(change.left()), int(change.center().x()))
    filled = sum(image.pixelColor(x, y).name() == HIGH_CONTRAST.supports for x in across)
    assert filled == pytest.approx(change.width() / 4, abs=2)


def test_leads_that_were_left_out_have_no_figures(strip):
    without = replace(per_lead(), left_out=("V1", "V2"))
    strip.show_per_lead(without, AF, vocabulary())
    said = strip.accessibleDescription()
    assert "V1: left out. V2: left out" in said
    assert "80% from 10 of 12 leads (not V1, V2)" in said


def test_all_statements_by_all_leads_stand_in_words_too(qtbot):
    table = LeadTable()
    qtbot.addWidget(table)
    table.show_per_lead(per_lead(), vocabulary())
    said = table.accessibleDescription()
    assert said.startswith("Atrial fibrillation 0.80: I +0, II +10"), "the likeliest first"
    table.show_per_lead(per_lead(), vocabulary(), alone=True)
    assert "V1 0.70" in table.accessibleDescription()
    assert not table.grab().isNull()


def test_it_fits_a_narrow_window(strip):
    strip.show_per_lead(per_lead(), AF, vocabulary())
    strip.resize(strip.minimumSizeHint())
    assert not strip.grab().isNull()
