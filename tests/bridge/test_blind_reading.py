"""Blind reading: predictions and the file's diagnoses are hidden, and what was in sight is kept with each label."""

import pytest

from cessl_gui.bridge.session import Session
from cessl_gui.core.types import ReadingState, State
from tests.bridge.conftest import AF, PVC


def test_blind_first_hides_the_prediction_until_the_reading_is_confirmed(session):
    assert not session.prediction_shown("r0")
    session.set_label("r0", AF, State.PRESENT)
    assert not session.prediction_shown("r0")
    session.set_reading("r0", ReadingState.CONFIRMED)
    assert session.prediction_shown("r0")
    assert not session.prediction_shown("r1")


def test_a_revealed_prediction_is_remembered_and_stored_with_later_labels(session):
    session.set_label("r0", AF, State.PRESENT)
    session.reveal("r0")
    session.set_label("r0", PVC, State.ABSENT)
    assert session.prediction_shown("r0")
    label_set = session.project.labels.of_reader("r0", "dr test")
    assert label_set.prediction_visible, "the last label was given with the prediction in sight"
    assert "r0" in session.project.records.seen()


def test_always_blind_hides_again_when_a_case_is_reopened_and_off_never_hides(session):
    session.set_setting("blind", "always")
    session.reveal("r0")
    assert not session.prediction_shown("r0")
    session.set_reading("r0", ReadingState.CONFIRMED)
    assert session.prediction_shown("r0")
    session.set_reading("r0", ReadingState.IN_PROGRESS)
    assert not session.prediction_shown("r0")
    session.set_setting("blind", "off")
    assert session.prediction_shown("r0")


@pytest.mark.parametrize("blind", ["first read", "always"])
@pytest.mark.parametrize("reopen", ["reopen", "undo", "in a later run"])
def test_a_label_given_after_a_confirmed_reading_is_never_kept_as_blind(session, blind, reopen):
    session.set_setting("blind", blind)
    session.set_label("r0", AF, State.ABSENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    if reopen == "undo":
        session.undo()
    else:
        session.set_reading("r0", ReadingState.IN_PROGRESS)
    if reopen == "in a later run":
        session = Session(session.project, reader="dr test")
    assert session.prediction_shown("r0") == (blind == "first read" and reopen != "undo")
    session.set_label("r0", AF, State.PRESENT)
    assert [event["prediction_visible"] for event in session.project.labels.history("r0")] == [0, 1]
    session.set_label("r1", AF, State.PRESENT)
    assert [event["prediction_visible"] for event in session.project.labels.history("r1")] == [0]


def test_undo_of_a_confirmation_hides_again_and_redo_shows(session):
    session.set_label("r0", AF, State.ABSENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    session.undo()
    assert not session.prediction_shown("r0")
    assert not Session(session.project, reader="dr test").prediction_shown("r0"), "in a later run neither"
    session.redo()
    assert session.prediction_shown("r0")
    session.undo()
    session.set_label("r0", AF, State.PRESENT)
    assert session.project.labels.history("r0")[-1]["prediction_visible"] == 1


def test_undo_of_a_second_confirmation_leaves_what_the_first_uncovered(session):
    session.set_label("r0", AF, State.ABSENT)
    for reading in (ReadingState.CONFIRMED, ReadingState.IN_PROGRESS, ReadingState.CONFIRMED):
        session.set_reading("r0", reading)
    for _ in range(2):  # the second confirmation, the reopening
        session.undo()
        assert session.prediction_shown("r0")
    session.undo()
    assert not session.prediction_shown("r0")


def test_undo_of_a_confirmation_hides_nothing_that_was_asked_for(session):
    session.reveal("r0")
    session.set_label("r0", AF, State.ABSENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    session.undo()
    assert session.prediction_shown("r0")


def test_the_files_diagnosis_is_hidden_with_the_prediction_and_its_sight_is_kept(session):
    session.project.labels.set("r0", AF, State.PRESENT, "header", kind="header")
    assert session.header_labels("r0") == {}
    session.set_label("r0", AF, State.ABSENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    assert session.header_labels("r0") == {AF: State.PRESENT}
    session.undo()
    assert session.header_labels("r0") == {}
    session.set_label("r0", AF, State.PRESENT)
    given = [e["file_visible"] for e in session.project.labels.history("r0") if e["reader"] == "dr test"]
    assert given == [0, 1]
    session.set_label("r1", AF, State.PRESENT)
    assert session.project.labels.history("r1")[-1]["file_visible"] == 0


def test_a_file_without_a_diagnosis_had_none_in_sight(session):
    session.reveal("r0")
    session.set_label("r0", AF, State.PRESENT)
    assert session.project.labels.history("r0")[-1]["file_visible"] == 0


def test_labels_of_earlier_versions_were_given_beside_the_files_diagnosis(session):
    session.project.labels.set("r0", AF, State.PRESENT, "header", kind="header")
    session.project.labels.set("r0", PVC, State.ABSENT, "dr test")  # as they wrote it: nothing is said of the file
    again = Session(session.project, reader="dr test")
    again.set_label("r0", AF, State.ABSENT)
    assert [e["file_visible"] for e in again.project.labels.history("r0")] == [None, None, 1]


def test_what_was_opened_while_nothing_was_hidden_counts_as_seen(session):
    session.set_setting("blind", "off")
    session.note_opened("r0")
    session.set_setting("blind", "always")
    session.set_label("r0", AF, State.PRESENT)
    session.set_label("r1", AF, State.PRESENT)
    visible = [session.project.labels.history(i)[-1]["prediction_visible"] for i in ("r0", "r1")]
    assert visible == [1, 0]


def test_what_was_seen_while_nothing_was_hidden_is_known_in_a_later_run(session):
    session.set_setting("blind", "off")
    session.note_opened("r0")
    session.set_setting("blind", "first read")
    again = Session(session.project, reader="dr test")
    assert again.prediction_shown("r0")
    assert not again.prediction_shown("r1")
    for record_id in ("r0", "r1"):
        again.set_label(record_id, AF, State.PRESENT)
    visible = [again.project.labels.history(i)[-1]["prediction_visible"] for i in ("r0", "r1")]
    assert visible == [1, 0]


def test_always_blind_refuses_to_show_with_a_sentence_and_keeps_nothing(session):
    said = []
    session.problem.connect(lambda what, todo, details: said.append(what))
    session.set_setting("blind", "always")
    session.reveal("r0")
    assert said == ["Predictions stay hidden until the reading is confirmed."]
    session.set_setting("blind", "first read")
    assert not session.prediction_shown("r0")
    assert session.project.records.seen() == set()


@pytest.mark.parametrize("how", ["opened", "in a list"])
def test_what_another_uncovered_and_this_reader_saw_is_known_when_reading_apart(session, how):
    session.project.records.set_reading("r0", ReadingState.CONFIRMED, "another")
    seeing = Session(session.project, reader="dr test")
    if how == "opened":
        seeing.note_opened("r0")
    else:
        seeing.note_primed(["r0"])
    session.project.read_apart("dr test")
    apart = Session(session.project, reader="dr test")
    assert not apart.prediction_shown("r0")
    for record_id in ("r0", "r1"):
        apart.set_label(record_id, AF, State.PRESENT)
    visible = [session.project.labels.history(i)[-1]["prediction_visible"] for i in ("r0", "r1")]
    assert visible == [1, 0]
