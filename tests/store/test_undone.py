"""An undo gives a label, or a mark, back to who gave it; the trail keeps the undo."""

import pytest

from cessl_gui.core.types import State
from cessl_gui.store.project import Project

AF = "164889003"
P, A, U = State.PRESENT, State.ABSENT, State.UNCERTAIN


def said(project) -> tuple:
    (row,) = project.labels.current_with_source()
    return row["state"], row["reader"], row["at_utc"]


@pytest.fixture
def labels(with_record):
    return with_record.labels


def test_the_label_goes_back_to_its_author_and_time(with_record, labels):
    first = labels.set("r1", AF, P, "reader 1")
    labels.set("r1", AF, A, "reader 2")
    labels.set("r1", AF, P, "reader 2", kind="undo")
    assert said(with_record) == ("present", "reader 1", first)
    last = labels.history("r1")[-1]
    assert (last["reader"], last["kind"]) == ("reader 2", "undo")
    assert labels.of_reader("r1", "reader 1").states == {AF: P}
    assert labels.of_reader("r1", "reader 2").states == {}


def test_several_steps_back_and_forth_each_have_their_author(with_record, labels):
    times = [labels.set("r1", AF, state, reader) for state, reader in ((P, "a"), (A, "b"), (U, "c"))]
    labels.set("r1", AF, A, "c", kind="undo")
    assert said(with_record) == ("absent", "b", times[1])
    labels.set("r1", AF, P, "c", kind="undo")
    assert said(with_record) == ("present", "a", times[0])
    labels.set("r1", AF, A, "c", kind="redo")
    assert said(with_record) == ("absent", "b", times[1])
    labels.set("r1", AF, U, "c", kind="redo")
    assert said(with_record) == ("uncertain", "c", times[2])


def test_a_later_word_of_ones_own_is_ones_own(with_record, labels):
    labels.set("r1", AF, P, "reader 1")
    labels.set("r1", AF, A, "reader 2")
    labels.set("r1", AF, P, "reader 2", kind="undo")
    later = labels.set("r1", AF, A, "reader 2")
    assert said(with_record) == ("absent", "reader 2", later)
    assert labels.of_reader("r1", "reader 2").states == {AF: A}


def test_back_to_not_assessed_is_no_label(with_record, labels):
    labels.set("r1", AF, P, "reader 1")
    labels.set("r1", AF, None, "reader 2", kind="undo")
    assert with_record.labels.current_with_source() == []


def test_an_undo_that_does_not_fit_the_trail_is_an_act_of_its_own(with_record, labels):
    labels.set("r1", AF, P, "reader 1")
    labels.set("r1", AF, A, "reader 2")
    when = labels.set("r1", AF, U, "reader 2", kind="undo")
    assert said(with_record) == ("uncertain", "reader 2", when)


def test_after_a_restart_it_is_still_the_first_readers(with_record, labels):
    first = labels.set("r1", AF, P, "reader 1")
    labels.set("r1", AF, A, "reader 2")
    labels.set("r1", AF, P, "reader 2", kind="undo")
    folder = with_record.folder
    with_record.close()
    with Project.open(folder) as again:
        assert said(again) == ("present", "reader 1", first)


def test_a_mark_goes_back_to_its_author_too(with_record):
    marks = with_record.marks
    marks.set("r1", {"t_offset": 372.0}, "reader 1")
    before = marks.all_current()
    marks.set("r1", {"t_offset": 380.0}, "reader 2")
    marks.set("r1", {"t_offset": 372.0}, "reader 2", "undo")
    assert marks.all_current() == before
