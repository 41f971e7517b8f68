"""Opinions of model and file come only with a confirmed reading, or where they were asked for."""

from dataclasses import replace

from cessl_gui.bridge.reader.opinions import last_read, opinions_of, others_opinions, was_read_blind
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
    assert others_opinions(session, "r0") is None
    assert last_read(session, "r0") == ""


def test_nothing_is_told_where_the_prediction_was_revealed_but_nothing_confirmed(session):
    session.set_label("r0", AF, State.ABSENT)
    session.reveal("r0")
    assert opinions_of(session, "r0") is None
    assert others_opinions(session, "r0").you == {}


def test_what_was_confirmed_is_answered(session):
    session.project.labels.set("r0", AF, State.PRESENT, HEADER_READER, kind="header")
    read(session, "r0", AF=State.PRESENT)
    assert last_read(session, "r0") == "ECG 0 · You: AF · Model: AF 0.90 · File: AF"


def test_a_reopened_record_tells_nothing_of_the_reader(session):
    read(session, "r0", AF=State.ABSENT)
    assert opinions_of(session, "r0").model_differs == (AF,)
    session.set_reading("r0", ReadingState.IN_PROGRESS)
    assert opinions_of(session, "r0") is None


def test_a_reading_is_blind_until_something_was_in_sight(session):
    read(session, "r0", AF=State.PRESENT)
    assert was_read_blind(session, "r0")
    session.set_reading("r0", ReadingState.IN_PROGRESS)
    session.set_label("r0", AF, State.ABSENT)
    assert not was_read_blind(session, "r0")


def test_what_nobody_labelled_was_not_read_blind(session):
    assert not was_read_blind(session, "r0")


def test_a_long_name_leaves_room_for_what_was_said(session):
    named = replace(session.info("r0"), name="the second recording of that night, copied 7")
    session._infos["r0"] = named
    read(session, "r0", AF=State.PRESENT)
    session._infos["r0"] = replace(named, reading=CONFIRMED)
    assert last_read(session, "r0").startswith("…of that night, copied 7 · You: AF")
