"""Layouts as tables: each lead in its place, each second shown."""

import pytest

from cessl_gui.core.types import LEADS_12
from cessl_gui.ui.page.layout.layouts import LAYOUTS, Layout


def places(name: str) -> dict:
    return {(c.row, c.column): c.lead for c in LAYOUTS[name].cells(10)}


def test_three_by_four_reads_down_the_columns():
    assert places("3x4") == {
        (0, 0): "I", (1, 0): "II", (2, 0): "III",
        (0, 1): "aVR", (1, 1): "aVL", (2, 1): "aVF",
        (0, 2): "V1", (1, 2): "V2", (2, 2): "V3",
        (0, 3): "V4", (1, 3): "V5", (2, 3): "V6",
    }  # fmt: skip
    assert places("3x4+1") == places("3x4") | {(3, 0): "II"}
    assert places("3x4+3") == places("3x4") | {(3, 0): "II", (4, 0): "V1", (5, 0): "V5"}


def test_six_by_two_and_twelve_by_one():
    assert [places("6x2")[row, 0] for row in range(6)] == ["I", "II", "III", "aVR", "aVL", "aVF"]
    assert [places("6x2")[row, 1] for row in range(6)] == ["V1", "V2", "V3", "V4", "V5", "V6"]
    assert [places("12x1")[row, 0] for row in range(12)] == list(LEADS_12)


def test_cabrera_goes_round_the_heart_with_avr_turned():
    assert [places("cabrera")[row, 0] for row in range(6)] == ["aVL", "I", "-aVR", "II", "aVF", "III"]
    turned = next(c for c in LAYOUTS["cabrera"].cells(10) if c.row == 2 and c.column == 0)
    assert (turned.source, turned.sign) == ("aVR", -1)


@pytest.mark.parametrize("name", ["3x4", "3x4+1", "3x4+3", "6x2", "12x1", "cabrera"])
def test_every_layout_shows_each_lead_once_beside_its_rhythm_leads(name):
    layout = LAYOUTS[name]
    upper = [c.source for c in layout.cells(10) if c.row < layout.rows() - len(layout.rhythm)]
    assert sorted(upper) == sorted(LEADS_12)


def test_consecutive_columns_follow_each_other_and_simultaneous_ones_do_not():
    consecutive = {c.column: (c.t0_s, c.duration_s) for c in LAYOUTS["3x4"].cells(10)}
    assert consecutive == {0: (0, 2.5), 1: (2.5, 2.5), 2: (5, 2.5), 3: (7.5, 2.5)}
    assert {c.t0_s for c in LAYOUTS["3x4"].cells(10, simultaneous=True)} == {0}
    rhythm = [c for c in LAYOUTS["3x4+1"].cells(10, simultaneous=True) if c.row == 3]
    assert [(c.t0_s, c.duration_s) for c in rhythm] == [(0, 10)]


def test_rhythm_lead_is_chosen():
    assert places("3x4+1")[3, 0] == "II"
    layout = LAYOUTS["3x4+1"].with_rhythm("V1")
    assert [c.lead for c in layout.cells(10) if c.row == 3] == ["V1"]
    assert LAYOUTS["3x4+3"].with_rhythm("V5").rhythm == ("V5", "V1")
    assert LAYOUTS["12x1"].with_rhythm("V1") is LAYOUTS["12x1"]


def test_one_lead_runs_on_from_row_to_row():
    cells = LAYOUTS["1"].cells(10, duration_s=35)
    assert [(c.lead, c.row, c.t0_s) for c in cells] == [("II", 0, 0), ("II", 1, 10), ("II", 2, 20), ("II", 3, 30)]
    assert len(LAYOUTS["1"].cells(10, duration_s=86400)) == 6
    assert len(LAYOUTS["1"].cells(10, duration_s=0)) == 1


@pytest.mark.parametrize("leads", [("II",), ("I", "II"), ("MLII", "V1", "V5"), LEADS_12[:6]])
def test_recordings_with_few_leads_are_shown_as_what_they_are(leads):
    for name in ("3x4+1", "12x1", "cabrera"):
        layout = LAYOUTS[name].for_leads(leads)
        assert [c.lead for c in layout.cells(10)] == list(leads)
        assert {c.duration_s for c in layout.cells(10)} == {10}


def test_leads_beyond_the_twelve_run_below():
    layout = LAYOUTS["3x4+1"].for_leads((*LEADS_12, "V7", "V8", "V9"))
    assert [(c.lead, c.row) for c in layout.cells(10) if c.row > 2] == [("II", 3), ("V7", 4), ("V8", 5), ("V9", 6)]


def test_a_missing_lead_keeps_its_place_and_a_missing_rhythm_lead_is_replaced():
    leads = tuple(lead for lead in LEADS_12 if lead not in ("II", "V3"))
    layout = LAYOUTS["3x4+1"].for_leads(leads)
    assert {(c.row, c.column): c.lead for c in layout.cells(10)}[2, 2] == "V3"
    assert layout.rhythm == ("I",)


def test_one_lead_layout_takes_a_lead_that_is_there():
    assert LAYOUTS["1"].for_leads(("V1", "V5")).rhythm == ("V1",)
    assert LAYOUTS["1"].for_leads(LEADS_12).rhythm == ("II",)


def test_titles_say_the_rhythm_lead():
    assert LAYOUTS["3x4+1"].with_rhythm("V1").short_title == "3 × 4 + V1"
    assert LAYOUTS["12x1"].short_title == "12 × 1"
    assert isinstance(LAYOUTS["1"], Layout)
    assert LAYOUTS["1"].short_title == "II"
