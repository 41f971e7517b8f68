"""Opinions of model and file come only with a confirmed reading; the next record is the next that nobody has read."""

from cessl_gui.bridge.opinions import disagreements, last_read, opinions_of, was_read_blind
from cessl_gui.core.types import HEADER_READER, ReadingState, State
from tests.bridge.conftest import AF, PVC

CONFIRMED = ReadingState.CONFIRMED


def read(session, record_id, **labels):
    for code, state in labels.items():
        session.set_label(record_id, {"AF": AF, "PVC": PVC}[code], state)
    session.set_reading(record_id, CONFIRMED)


def test_nothing_is_told_before_the_reading_is_confirmed(session):
    session.set_label("r0", AF, State.ABSENT)
    assert opinions_of(session, "r0") is None
    assert disagreements(session) == {}
    assert last_read(session, "r0") == ""


def test_nothing_is_told_where_the_prediction_was_revealed_but_nothing_confirmed(session):
    session.set_label("r0", AF, State.ABSENT)
    session.reveal("r0")
    assert disagreements(session, ["r0"]) == {}


def test_what_was_confirmed_is_answered(session):
    session.project.labels.set("r0", AF, State.PRESENT, HEADER_READER, kind="header")
    read(session, "r0", AF=State.PRESENT)
    assert last_read(session, "r0") == "ECG 0 · You: AF · Model: AF 0.90 · File: AF"


def test_disagreements_gather_with_model_and_file(session):
    session.project.labels.set("r1", PVC, State.PRESENT, HEADER_READER, kind="header")
    read(session, "r0", AF=State.ABSENT)  # the model: 0.9
    read(session, "r1", AF=State.PRESENT, PVC=State.ABSENT)  # the file: PVC
    read(session, "r2", AF=State.PRESENT, PVC=State.UNCERTAIN)
    assert disagreements(session) == {"r0": (AF,), "r1": (PVC,)}
    assert disagreements(session, ["r1", "r2"]) == {"r1": (PVC,)}


def test_a_reopened_record_leaves_the_list(session):
    read(session, "r0", AF=State.ABSENT)
    session.set_reading("r0", ReadingState.IN_PROGRESS)
    assert disagreements(session) == {}


def test_a_reading_is_blind_until_something_was_in_sight(session):
    read(session, "r0", AF=State.PRESENT)
    assert was_read_blind(session, "r0")
    session.set_reading("r0", ReadingState.IN_PROGRESS)
    session.set_label("r0", AF, State.ABSENT)
    assert not was_read_blind(session, "r0")


def test_what_nobody_labelled_was_not_read_blind(session):
    assert not was_read_blind(session, "r0")
