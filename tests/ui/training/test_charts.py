"""The charts of the Model room: in the theme's colours, in words beside, nothing to be moved by mistake."""

import threading
from types import SimpleNamespace

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget

from cessl_gui.core.training.evidence import CurvePoint, Figure, Scores
from cessl_gui.core.training.plan import Counted
from cessl_gui.ecg import scipy_later
from cessl_gui.ui.parts.tokens import BODY, DARK, LIGHT, THEMES
from cessl_gui.ui.shell.main_rooms import loading
from cessl_gui.ui.training.cards import Card
from cessl_gui.ui.training.charts import CalibrationChart, CurveChart, RankChart
from cessl_gui.ui.training.phases import in_two
from cessl_gui.ui.training.training_tab import LabelBars

POINTS = ((10, 0.52), (20, 0.61), (30, 0.58))
SCORES = Scores(curve=(CurvePoint(0.2, Figure(0.1, 0.0, 0.3), 9), CurvePoint(0.8, Figure(0.9, 0.7, 1.0), 8)))


def curve() -> CurveChart:
    chart = CurveChart(150)
    chart.show_curve(POINTS)
    return chart


def ranks() -> RankChart:
    chart = RankChart(150)
    chart.show_ranks((0, 4, 16))
    return chart


def calibration() -> CalibrationChart:
    chart = CalibrationChart()
    chart.show_models({"Base": SCORES, "Mine": SCORES})
    return chart


CHARTS = pytest.mark.parametrize("make", [curve, ranks, calibration])


def drawn(qtbot, chart, theme=LIGHT):
    """Its colours as it looks in a theme."""
    qtbot.addWidget(chart)
    chart.set_theme(theme)
    chart.setStyleSheet(f"background: {theme.surface}")
    chart.resize(420, 300)
    with qtbot.waitExposed(chart):
        chart.show()
    QApplication.processEvents()
    image = chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)[:, : image.width()]
    return {QColor(int(rgb)).name() for rgb in np.unique(pixels)}


def test_the_card_shows_through_a_chart(qtbot):
    """Its own ground would be the window's, a grey field in a white card."""
    card = Card()
    chart = curve()
    card.column.addWidget(chart)
    qtbot.addWidget(card)
    card.setStyleSheet('QFrame[card="true"] { background: #ff0000; }')
    card.resize(420, 300)
    with qtbot.waitExposed(card):
        card.show()
    QApplication.processEvents()
    assert (
        card.grab().toImage().pixelColor(chart.geometry().center().x(), chart.geometry().top() + 3).name() == "#ff0000"
    )


def texts(chart) -> list[str]:
    """What is written in it; it is drawn only in sight."""
    chart.show()
    QApplication.processEvents()
    return [item.textItem.toPlainText() for item in chart.plotItem.items if isinstance(item, pg.TextItem)]


@pytest.mark.parametrize(("steps", "named"), [((0, 10, 20), "0 10 20"), ((10, 20, 30), "0 10 20 30"), ((7,), "0 7")])
def test_the_numbers_below_a_curve_are_steps_of_it(qtbot, monkeypatch, steps, named):
    said = []
    chart = CurveChart(150)
    monkeypatch.setattr(chart, "show_axes", lambda left, below: said.extend(words for _, words in below))
    chart.show_curve([(step, 0.5) for step in steps])
    drawn(qtbot, chart)
    assert " ".join(said[: len(said) // said.count("0")]) == named


@pytest.mark.parametrize(
    ("room", "lines"),
    [(900, ["Trying CE-SSL on the folds"]), (110, ["Trying CE-SSL on", "the folds"]), (40, ["Trying", "CE-SSL …"])],
)
def test_a_phase_has_two_lines_where_one_is_too_short(qtbot, room, lines):
    assert in_two("Trying CE-SSL on the folds", room, BODY) == lines


@CHARTS
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_it_is_drawn_in_the_colours_of_the_theme(qtbot, make, theme):
    assert QColor(theme.accent).name() in drawn(qtbot, make(), theme)


@CHARTS
def test_another_theme_leaves_nothing_of_the_one_before(qtbot, make):
    chart = make()
    drawn(qtbot, chart, LIGHT)
    assert QColor(LIGHT.accent).name() not in drawn(qtbot, chart, DARK)


@CHARTS
def test_it_is_made_once_it_is_in_sight(qtbot, make):
    chart = make()
    qtbot.addWidget(chart)
    chart.set_theme(DARK)
    assert "plot" not in vars(chart)
    with qtbot.waitExposed(chart):
        chart.show()
    qtbot.waitUntil(lambda: "plot" in vars(chart))


@CHARTS
def test_the_mouse_moves_nothing_in_it(qtbot, make):
    chart = make()
    qtbot.addWidget(chart)
    assert chart.plot.viewport().testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    assert not chart.plotItem.vb.menuEnabled()
    assert chart.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_the_curve_is_told_in_words(qtbot):
    chart = curve()
    qtbot.addWidget(chart)
    assert chart.accessibleDescription() == "3 checks, kept: step 20 with 0.610"
    assert texts(chart) == ["kept: step 20"]


def test_what_came_before_is_gone_once_there_are_other_points(qtbot):
    chart = curve()
    qtbot.addWidget(chart)
    chart.show_curve(POINTS, best="best so far")
    assert texts(chart) == ["best so far: step 20"]


def test_ranks_are_told_in_words(qtbot):
    chart = ranks()
    qtbot.addWidget(chart)
    assert chart.accessibleDescription() == "2 of 3 layers adapted; ranks 0, 4, 16"
    assert "first layer, kept as it is" in texts(chart)


def test_the_name_of_a_model_is_shown_as_it_is_written(qtbot):
    chart = CalibrationChart()
    qtbot.addWidget(chart)
    chart.show_models({"<b>Mine</b>": SCORES})
    assert texts(chart) == ["<b>Mine</b>"]


def test_calibration_is_square_so_that_its_numbers_stand_at_its_edge(qtbot):
    card = Card("Calibration")
    card.column.addWidget(calibration(), 1)
    qtbot.addWidget(card)
    card.resize(400, 900)
    card.show()
    assert card.findChild(CalibrationChart).height() <= 400


def test_calibration_is_told_in_words(qtbot):
    chart = calibration()
    qtbot.addWidget(chart)
    assert chart.accessibleDescription().startswith("Base: 0.20 said, 0.10")


# --- they are loaded before the room is opened


@pytest.fixture
def loads(qapp, monkeypatch):
    """A window's loading, of which the threads that it loads in are noted."""
    scipy_later.load()
    done = threading.Event()
    threads = []

    def load(name):
        threads.append((name, threading.current_thread()))
        done.set()

    monkeypatch.setattr(loading, "import_module", load)
    owner, session = QWidget(), SimpleNamespace(busy={})
    ahead = loading.LoadsAhead(session, owner)
    ahead.threads, ahead.done, ahead.session, ahead.owner = threads, done, session, owner
    return ahead


def test_they_are_loaded_outside_the_windows_thread(loads):
    loads._load_if_quiet()
    assert loads.done.wait(10)
    assert [name for name, _ in loads.threads] == list(loading.ROOMS)
    assert loads.threads[0][1] is not threading.main_thread()


def test_nothing_is_loaded_while_a_task_may_load_libraries(loads):
    loads.session.busy = {"predict": "predict-1"}
    loads._load_if_quiet()
    assert loads.threads == []


def test_scipy_is_loaded_in_a_thread_while_a_project_is_chosen(qapp, monkeypatch):
    done, threads = threading.Event(), []
    monkeypatch.setattr(scipy_later, "load", lambda: (threads.append(threading.current_thread()), done.set()))
    loading.load_scipy()
    assert done.wait(10)
    assert threads[0] is not threading.main_thread()


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((2, 20, 2, 20, 1), "1 more to learn it"),
        ((20, 1, 20, 1, 0, 2), "2 more without it to learn it"),
        ((1, 0, 1, 0, 2, 3), "2 more, 3 without it to learn it"),
        ((20, 6, 20, 6), "2 more without it for a verdict"),
        ((20, 20, 20, 20), "enough"),
    ],
)
def test_bars_say_which_patients_are_missing(qapp, counts, words):
    bars = LabelBars()
    assert bars._words(Counted("164889003", *counts)) == words
