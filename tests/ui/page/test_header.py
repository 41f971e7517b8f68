"""The line above the page: names, figures, what is doubtful, and what a blind reader is not told."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QLayout

from cessl_gui.core.measurements import Measurements
from cessl_gui.ui.page.bars.figures import SLOTS, doubt_hints, value_words
from cessl_gui.ui.page.bars.header import Header, about_words
from cessl_gui.ui.page.layout.person import age_words, sex_words
from cessl_gui.ui.parts.dates import moment_words
from cessl_gui.ui.parts.tokens import THEMES
from tests.records import make_record

NO_P = "No P wave that keeps its shape and its distance from the QRS complex."
FIBRILLATION = "QT: without a P wave and with unequal intervals, as in fibrillation, the end of T is not sure."
AF = Measurements(
    "r1",
    {
        "rate": 116.2,
        "rr_shortest": 390.0,
        "rr_longest": 688.0,
        "qrs": 96.0,
        "qt": 284.0,
        "qtc_fridericia": 353.9,
        "qrs_axis": 81.0,
        "t_axis": -67.0,
    },
    missing={"pr": NO_P, "p_axis": NO_P},
    doubtful={"qt": FIBRILLATION, "qtc_fridericia": FIBRILLATION},
)
RECORD = make_record(
    np.zeros((12, 100), np.float32), id="r1", name="A0150", age="85", sex="F", recorded_at="2020-02-05 11:39:00"
)
SLOT = {slot.name: slot for slot in SLOTS}


@pytest.fixture
def header(qtbot) -> Header:
    header = Header()
    qtbot.addWidget(header)
    header.layout().setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # as in a page, which may be narrower
    header.resize(958, 36)
    header.show()
    header.show_record(RECORD)
    return header


@pytest.mark.parametrize(
    ("name", "blind", "words"),
    [
        ("rate", True, "116"),
        ("rr", True, "390–688"),
        ("qrs", True, "96"),
        ("qt", True, "284 / 354"),
        ("pr", True, "–"),
        ("pr", False, "no P"),
        ("axes", True, "– 81° −67°"),
        ("axes", False, "none 81° −67°"),
    ],
)
def test_figures_in_words(name, blind, words):
    assert value_words(SLOT[name], AF, blind) == words


def test_without_measurements_there_are_dashes():
    assert [value_words(slot, None, True) for slot in SLOTS] == ["–", "–", "–", "–", "– / –", "– – –"]


def test_an_absent_p_wave_has_no_comment_while_the_reading_is_blind(header):
    header.show_measurements(AF, blind=True)
    view = header.figures["pr"]
    assert view.toolTip() == ""
    assert "P wave" not in view.accessibleName() + view.accessibleDescription()


def test_once_it_is_read_the_reason_is_in_the_tooltip(header):
    header.show_measurements(AF, blind=False)
    assert header.figures["pr"].toolTip() == NO_P


def test_the_formula_of_qtc_is_named(header):
    assert "Fridericia" in header.figures["qt"].toolTip()


def test_a_doubtful_figure_is_marked(header):
    header.show_measurements(AF, blind=True)
    assert [name for name, view in header.figures.items() if view.doubtful] == ["qt"]


@pytest.mark.parametrize("blind", [True, False])
def test_the_reason_of_a_doubt_names_no_rhythm_to_a_blind_reader(header, blind):
    header.show_measurements(AF, blind)
    told = header.figures["qt"].toolTip() + str(doubt_hints(AF, blind))
    assert ("fibrillation" in told) != blind


def test_two_doubts_of_one_figure_are_one_hint_with_both_reasons():
    why, more = "QT: the end of the T wave is not sure.", "QT: the T wave may run into the next P wave."
    doubtful = {"qt": why, "qtc_fridericia": more, "rate": "Rate: not sure."}
    hints = doubt_hints(replace(AF, doubtful=doubtful), blind=False)
    assert hints == [("QT end doubtful at this rate", f"{more} {why}"), ("Rate doubtful", "Rate: not sure.")]


def test_figures_in_sight_are_reported(header, qtbot):
    with qtbot.waitSignal(header.seen) as seen:
        header.show_measurements(AF, blind=True)
    assert seen.args == ["r1"]


def test_dashes_alone_are_not_reported_as_seen(header, qtbot):
    with qtbot.assertNotEmitted(header.seen):
        header.show_measurements(Measurements("r1", missing={"rate": "No heart beats."}), blind=True)


def test_each_figure_keeps_its_place_whatever_the_record(header):
    places = {name: view.geometry() for name, view in header.figures.items()}
    header.show_measurements(AF, blind=False)
    header.show_record(replace(RECORD, name="a name that is much longer than the other", age="", sex=""))
    assert {name: view.geometry() for name, view in header.figures.items()} == places


def test_the_range_of_rr_is_for_wide_windows(header):
    header.set_wide(False)
    assert header.figures["rr"].isHidden()


def test_about_the_patient():
    assert about_words(RECORD) == "85 y · female · 5 Feb 2020 11:39"


@pytest.mark.parametrize(("age", "words"), [("85", "85 y"), ("300", "over 89 y"), ("", ""), ("6 months", "6 months")])
def test_ages(age, words):
    assert age_words(age) == words


@pytest.mark.parametrize(("sex", "words"), [("F", "female"), ("Male", "male"), ("", ""), ("unknown", "unknown")])
def test_sexes(sex, words):
    assert sex_words(sex) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [("2020-02-05 11:39:00", "5 Feb 2020 11:39"), ("2020-02-05", "5 Feb 2020"), ("12:30", "12:30"), ("", "")],
)
def test_dates(at, words):
    assert moment_words(at) == words


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda t: t.name)
def test_it_is_drawn_in_each_theme(header, theme):
    header.set_theme(theme)
    header.show_measurements(AF, blind=False)
    assert header.grab().toImage().pixelColor(3, 3).name() == theme.surface


def shown(header, width):
    """Names of the figures that are whole in sight in a header of this width."""
    header.set_wide(False)
    header.resize(width, 36)
    header.layout().activate()
    views = [view for view in header.figures.values() if not view.isHidden()]
    assert all(view.width() >= view.sizeHint().width() for view in views)
    assert header.who.width() >= header.who.LEAST
    return [view.slot.name for view in views]


@pytest.mark.parametrize("width", [620, 502])
def test_where_text_is_large_all_figures_stand_below_their_captions(header, width):
    """502: text of 150 % in a window of 1366 px."""
    in_line = header.figures["axes"].sizeHint().width()
    assert shown(header, width) == ["rate", "pr", "qrs", "qt", "axes"]
    assert header.figures["axes"].sizeHint().width() < in_line


def test_where_that_is_not_enough_the_axes_give_way_first(header):
    assert shown(header, 400) == ["rate", "pr", "qrs", "qt"]


def test_all_figures_come_back_with_the_room_for_them(header):
    header.resize(400, 36)
    header.resize(958, 36)
    assert not any(view.isHidden() for view in header.figures.values() if not view.slot.wide)
