"""Thousands of marks, as a file of beats brings them, are read behind the window."""

import pytest

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.reader import page_marks
from cessl_gui.core.annotations import Annotation
from cessl_gui.store.tables.annotations import IMPORTED

PVC, MANY = "427172004", 600


def marks(count: int, name: str = "beat") -> dict[str, Annotation]:
    return {
        f"{name} {number:04d}": Annotation(f"{name} {number:04d}", PVC, number / 10, None, "")
        for number in range(count)
    }


@pytest.fixture
def many(session):
    session.blind = "off"
    session.project.annotations.set("r1", marks(MANY), session.reader, IMPORTED)
    return session


def waited(qtbot, session) -> page_marks.ShownMarks:
    with qtbot.waitSignal(session.page_marks.ready, timeout=20_000):
        session.page_marks.of("r1")
    return session.page_marks.of("r1")


def test_few_marks_are_there_at_once(session):
    session.project.annotations.set("r1", marks(3), session.reader)
    assert len(session.page_marks.of("r1")) == 3


def test_many_marks_are_not_read_in_the_windows_thread(many):
    assert (len(many.page_marks.of("r1")), TaskKind.MARKS in many.busy) == (0, True)


def test_many_marks_are_all_there_once_they_are_ready(qtbot, many):
    assert len(waited(qtbot, many)) == MANY


def test_they_are_read_once(qtbot, many):
    waited(qtbot, many)
    assert TaskKind.MARKS not in many.busy


def test_a_mark_that_is_added_to_many_comes(qtbot, many):
    waited(qtbot, many)
    with qtbot.waitSignal(many.page_marks.ready, timeout=20_000):
        many.page_marks.add("r1", Annotation("", "", 5.0, None, ""), PVC)
        many.page_marks.of("r1")
    assert len(many.page_marks.of("r1")) == MANY + 1


def test_one_of_many_that_is_removed_goes(qtbot, many):
    waited(qtbot, many)
    with qtbot.waitSignal(many.page_marks.ready, timeout=20_000):
        many.page_marks.remove("r1", "beat 0007")
        many.page_marks.of("r1")
    assert "beat 0007" not in {one.mark.id for one in many.page_marks.of("r1")}


def test_those_of_before_stay_until_the_new_ones_come(qtbot, many):
    waited(qtbot, many)
    many.page_marks.remove("r1", "beat 0007")
    assert len(many.page_marks.of("r1")) == MANY


def test_what_blind_reading_hides_is_not_shown_of_many_either(qtbot, many, monkeypatch):
    monkeypatch.setattr(type(many), "prediction_shown", lambda session, record_id: False)
    assert len(waited(qtbot, many)) == 0


def test_a_report_has_all_of_many(many):
    assert len(many.page_marks.now("r1")) == MANY
