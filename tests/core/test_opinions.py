"""Where reader, model and file agree and differ: silence is no denial, and small figures are no findings."""

import pytest

from cessl_gui.core.reading.opinions import Opinions, in_words
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import State

SR, AF, PVC, LBBB = "426783006", "164889003", "427172004", "733534002"
PRESENT, ABSENT, UNCERTAIN = State.PRESENT, State.ABSENT, State.UNCERTAIN
CUT_OFFS = {SR: 0.4, AF: 0.5, PVC: 0.1}


@pytest.mark.parametrize(
    ("state", "p", "differs"),
    [
        (PRESENT, 0.07, True),
        (PRESENT, 0.3, False),  # above its cut-off alone: the model says nothing
        (PRESENT, 0.9, False),
        (ABSENT, 0.9, True),
        (ABSENT, 0.3, False),
        (ABSENT, 0.01, False),
        (UNCERTAIN, 0.9, False),
        (UNCERTAIN, 0.01, False),
    ],
)
def test_when_the_model_differs(state, p, differs):
    opinions = Opinions({PVC: state}, {PVC: p}, {PVC: 0.1})
    assert (opinions.model_differs == (PVC,)) is differs


def test_a_statement_that_the_model_does_not_know_is_no_disagreement():
    assert Opinions({LBBB: PRESENT}, {AF: 0.0}, CUT_OFFS).model_differs == ()


def test_without_a_prediction_the_model_does_not_differ():
    assert Opinions({AF: PRESENT}).model_differs == ()


def test_what_is_not_assessed_differs_from_nobody():
    opinions = Opinions({}, {AF: 0.99}, CUT_OFFS, {AF: PRESENT})
    assert opinions.model_differs == opinions.file_differs == ()


@pytest.mark.parametrize(
    ("you", "file", "differ"),
    [
        ({AF: ABSENT}, {AF: PRESENT}, (AF,)),
        ({AF: PRESENT}, {SR: PRESENT}, (AF,)),  # they exclude each other
        ({AF: PRESENT}, {PVC: PRESENT}, ()),  # what a file does not mention is no denial
        ({AF: PRESENT}, {AF: PRESENT}, ()),
        ({AF: PRESENT, SR: ABSENT}, {SR: PRESENT}, (AF, SR)),
        ({AF: UNCERTAIN}, {SR: PRESENT}, ()),
        ({AF: PRESENT}, {}, ()),
    ],
)
def test_when_the_file_differs(you, file, differ):
    assert Opinions(you, file=file).file_differs == differ


def test_all_agree_where_all_three_say_so():
    opinions = Opinions({AF: PRESENT, PVC: PRESENT}, {AF: 0.97, PVC: 0.95}, CUT_OFFS, {AF: PRESENT})
    assert opinions.agreed == (AF,)


def test_opinions_in_words():
    opinions = Opinions({AF: PRESENT, PVC: UNCERTAIN, SR: ABSENT}, {PVC: 0.8, AF: 0.966}, CUT_OFFS, {AF: PRESENT})
    assert in_words(opinions, vocabulary()) == {"You": "AF · PVC uncertain", "Model": "AF 0.97, PVC 0.80", "File": "AF"}


def test_who_says_nothing_is_left_out():
    assert in_words(Opinions({SR: ABSENT}), vocabulary()) == {"You": "nothing present"}


def test_a_model_that_finds_nothing_likely_says_so():
    assert in_words(Opinions({}, {AF: 0.2}), vocabulary())["Model"] == "nothing likely"


def test_what_the_electrocardiograph_wrote_stands_for_a_file_without_diagnoses():
    assert in_words(Opinions({}), vocabulary(), ("Normal ECG", "Low voltage"))["File"] == "Normal ECG / Low voltage"
