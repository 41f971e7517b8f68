"""The strip of twelve leads says what a lead does to a statement's probability."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from cessl_gui.core.types import LEADS_12, PerLead
from cessl_gui.core.vocabulary import vocabulary
from cessl_gui.ui.evidence.lead_strip import LeadStrip
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
    strip.resize(720, strip.sizeHint().height())
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
        width = image.width() / 12
        left = int(LEADS_12.index(lead) * width)
        return {
            image.pixelColor(x, y).name() for x in range(left + 2, int(left + width) - 2) for y in range(image.height())
        }

    assert theme.supports in colors("V1")
    assert theme.opposes not in colors("V1")
    assert theme.opposes in colors("II")
    assert theme.supports not in colors("II")
    assert not {theme.supports, theme.opposes} & colors("V5")


def test_doubtful_leads_are_paler_and_say_why(strip):
    strip.set_theme(HIGH_CONTRAST)
    strip.set_notes({"V1": ("flat",)})
    strip.show_per_lead(per_lead(), AF, vocabulary())
    at = QPoint(int((LEADS_12.index("V1") + 0.5) * strip.width() / 12), 40)
    QApplication.sendEvent(strip, QHelpEvent(QEvent.Type.ToolTip, at, strip.mapToGlobal(at)))
    assert QToolTip.text() == "V1: -25 points when left out, 70% from it alone. Doubtful: flat"
    image = strip.grab().toImage()
    left, right = (int(i * image.width() / 12) for i in (6, 7))
    column = {image.pixelColor(x, y).name() for x in range(left + 2, right - 2) for y in range(image.height())}
    assert HIGH_CONTRAST.supports not in column


def test_it_fits_a_narrow_window(strip):
    strip.show_per_lead(per_lead(), AF, vocabulary())
    strip.resize(strip.minimumSizeHint())
    assert not strip.grab().isNull()
