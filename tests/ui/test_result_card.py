"""The before and after card: what the figures allow is said, no more; the current model stays by default."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from cessl_gui.core.results import TrainingSummary
from cessl_gui.core.types import ModelInfo
from cessl_gui.core.vocabulary import vocabulary
from cessl_gui.ui.training.result_card import ResultCard, change_words
from tests.ui.conftest import AF, SB

METRICS = {
    "n": 4,
    "n_patients": 3,
    "per_class": {
        AF: {"n_positive": 2, "n_negative": 2, "auc_before": 0.6, "auc_after": 0.9, "interval": [0.05, 0.5]},
        SB: {"n_positive": 1, "n_negative": 3, "auc_before": 0.5, "auc_after": 0.7, "interval": [None, None]},
    },
    "macro_auc_before": 0.55,
    "macro_auc_after": 0.8,
    "difference": 0.25,
    "interval": [-0.1, 0.5],
    "better": None,
    "verdict": "No difference that 4 held-out ECGs of 3 patients can show.",
    "unknown_before": [SB],
    "holdout": {
        "r0": {AF: [1, 0.2, 0.9], SB: [0, 0.5, 0.1]},
        "r1": {AF: [0, 0.3, 0.8]},
        "r2": {AF: [1, 0.9, 0.95]},
    },
}


def summary(**changes) -> TrainingSummary:
    return TrainingSummary.from_json(METRICS | changes)


def model(**changes):
    origin, thresholds = "backbone tiny + 9 labels", {AF: 0.5, SB: 0.5}
    return ModelInfo(
        "v1", "Version 1", "tiny", "0" * 64, (AF, SB), thresholds, origin, "candidate", "2026", summary(**changes)
    )


@pytest.fixture
def card(qtbot):
    widget = ResultCard()
    qtbot.addWidget(widget)
    widget.resize(900, 620)
    widget.show()
    return widget


def show(card, model):
    card.show_model(model, {AF: 0.5}, {"r0": "ECG zero", "r1": "ECG one"}, vocabulary())


def row(card, number):
    return [card.table.item(number, c).text() for c in range(card.table.columnCount())]


def test_figures_counts_and_intervals_are_shown(card):
    show(card, model())
    assert card.verdict.text() == METRICS["verdict"]
    assert "4 ECGs of 3 patients" in card.basis.text()
    assert row(card, 0)[3:] == ["0.550", "0.800", "+0.25  (-0.10 to +0.50)", "no difference shown"]
    assert row(card, 1) == ["AF  Atrial fibrillation", "2", "2", "0.600", "0.900", "+0.30  (+0.05 to +0.50)", "better"]
    assert row(card, 2)[3:] == ["not known", "0.700", "", "no comparison"]


def test_nothing_is_claimed_without_an_interval():
    assert change_words(0.5, 0.9, [None, None]) == ("+0.40", "too few to say")
    assert change_words(0.5, 0.9, [-0.1, 0.6])[1] == "no difference shown"
    assert change_words(0.9, 0.5, [-0.6, -0.1])[1] == "worse"
    assert change_words(None, 0.5, None) == ("", "no comparison")


def test_a_click_on_a_changed_ecg_opens_it(card, qtbot):
    show(card, model())
    assert card.right_title.text() == "ECGs now right: 1  (answers: 2)"
    item = card.wrong.item(0)
    assert "ECG one" in item.text()
    assert "AF absent: 0.30 → 0.80" in item.text()
    with qtbot.waitSignal(card.opened) as opened:
        place = card.wrong.visualItemRect(item).center()
        qtbot.mouseClick(card.wrong.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened.args == ["r1", AF]


@pytest.mark.parametrize(("better", "adopts"), [(None, False), (False, False), (True, True)])
def test_enter_keeps_the_current_model_unless_the_interval_says_better(card, qtbot, better, adopts):
    show(card, model(better=better))
    assert (card.adopt.isDefault(), card.keep.isDefault()) == (adopts, not adopts)
    with qtbot.waitSignal(card.decided) as decided:
        qtbot.mouseClick(card.adopt if adopts else card.keep, Qt.MouseButton.LeftButton)
    assert decided.args == ["v1", adopts]


def test_a_version_decided_upon_offers_nothing_more(card):
    show(card, replace(model(), status="adopted"))
    assert not card.adopt.isVisible()
    assert not card.keep.isVisible()


def test_a_model_without_comparison_says_so(card):
    show(card, replace(model(), summary=None, status="base"))
    assert "not compared" in card.verdict.text()
    assert card.table.rowCount() == 0


def test_what_must_not_be_seen_yet_is_counted_and_not_named(card):
    card.show_model(model(), {AF: 0.5}, {"r0": "ECG zero", "r1": "ECG one"}, vocabulary(), hidden={"r0"})
    lines = [card.right.item(i).text() for i in range(card.right.count())]
    assert lines == ["1 more, hidden until you have read them"]
    assert "0.88" not in card.wrong.item(0).text()
    assert card.wrong.item(0).text().startswith("ECG one")
    assert card.right_title.text() == "ECGs now right: 1  (answers: 2)"
