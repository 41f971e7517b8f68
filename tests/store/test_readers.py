"""Several readers in one project: each says what he says; what was decided stands beside it."""

import pytest

from cessl_gui.core.annotations import Annotation
from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project

AF, PVC = "164889003", "427172004"
BEAT = Annotation("m1", PVC, 1.25, None, "V2")
STRETCH = Annotation("m2", AF, 2.0, 4.5)


@pytest.fixture
def two(with_record) -> Project:
    with_record.labels.set("r1", AF, State.PRESENT, "dr a")
    with_record.labels.set("r1", AF, State.ABSENT, "dr b")
    return with_record


def again(project: Project) -> Project:
    """The same project, closed and opened."""
    project.close()
    return Project.open(project.folder)


def test_readers_are_named(two):
    assert two.readers.names() == ["dr a", "dr b"]


def test_each_reader_keeps_the_own_word(two):
    assert two.readers.by_reader() == {"r1": {"dr a": {AF: State.PRESENT}, "dr b": {AF: State.ABSENT}}}


def test_the_labels_of_one_reader_are_told_apart(two):
    assert two.readers.labels_of("dr a") == {"r1": {AF: State.PRESENT}}


def test_each_reader_has_a_queue_of_the_own(two):
    two.records.set_reading("r1", ReadingState.CONFIRMED, "dr a")
    assert (two.readers.readings_of("dr a"), two.readers.readings_of("dr b")) == ({"r1": "confirmed"}, {})


def test_when_a_reader_confirmed_is_known(two):
    two.records.set_reading("r1", ReadingState.CONFIRMED, "dr a")
    assert list(two.readers.confirmed_at("dr a")) == ["r1"]


def test_a_decision_holds(two):
    two.adjudications.set("r1", AF, State.UNCERTAIN, "dr c")
    assert again(two).adjudications.all_current() == {"r1": {AF: State.UNCERTAIN}}


def test_a_decision_changes_no_readers_word(two):
    before = two.readers.by_reader()
    two.adjudications.set("r1", AF, State.UNCERTAIN, "dr c")
    assert two.readers.by_reader() == before


def test_the_latest_decision_holds(two):
    two.adjudications.set("r1", AF, State.UNCERTAIN, "dr c")
    two.adjudications.set("r1", AF, State.PRESENT, "dr d")
    assert [(row["state"], row["reader"]) for row in two.adjudications.with_source()] == [("present", "dr d")]


def test_a_decision_is_taken_back(two):
    two.adjudications.set("r1", AF, State.UNCERTAIN, "dr c")
    two.adjudications.set("r1", AF, None, "dr c")
    assert two.adjudications.all_current() == {}


def test_a_decision_is_undone(two):
    two.adjudications.set("r1", AF, State.UNCERTAIN, "dr c", step=new_step())
    two.steps.undo("dr c")
    assert two.adjudications.of_record("r1") == {}


def test_marked_beats_and_stretches_are_kept(two):
    two.annotations.set("r1", {"m1": BEAT, "m2": STRETCH}, "dr a")
    assert again(two).annotations.current("r1", "dr a") == (BEAT, STRETCH)


def test_a_mark_is_its_readers(two):
    two.annotations.set("r1", {"m1": BEAT}, "dr a")
    assert two.annotations.current("r1", "dr b") == ()


def test_a_mark_is_removed(two):
    two.annotations.set("r1", {"m1": BEAT}, "dr a")
    two.annotations.set("r1", {"m1": None}, "dr a")
    assert two.annotations.all_current() == []


def test_a_removed_mark_comes_back_by_undo(two):
    two.annotations.set("r1", {"m1": BEAT}, "dr a")
    two.annotations.set("r1", {"m1": None}, "dr a", step=new_step())
    two.steps.undo("dr a")
    assert two.annotations.current("r1", "dr a") == (BEAT,)


@pytest.fixture
def apart(two) -> Project:
    """Dr b reads apart from dr a, who has confirmed the ECG."""
    two.labels.set("r1", PVC, State.PRESENT, "dr a")
    two.marks.set("r1", {"t_offset": 372.0}, "dr a")
    two.notes.set("r1", "surely AF", "dr a")
    two.records.set_reading("r1", ReadingState.CONFIRMED, "dr a")
    two.read_apart("dr b")
    return two


def test_who_reads_apart_sees_the_own_labels_alone(apart):
    assert apart.labels.current("r1") == {AF: State.ABSENT}


def test_who_reads_apart_sees_the_own_labels_alone_in_lists(apart):
    assert apart.labels.all_current() == {"r1": {AF: State.ABSENT}}


def test_who_reads_apart_sees_the_own_labels_alone_in_columns(apart):
    table = apart.labels.table(apart.records.columns().rows)
    assert dict(table) == {"r1": {AF: State.ABSENT}}


def test_who_reads_apart_has_the_ecg_before_him_as_unread(apart):
    assert apart.records.get("r1").reading == ReadingState.NEW


def test_that_another_has_confirmed_uncovers_nothing_for_who_reads_apart(apart):
    assert (apart.records.uncovered(), apart.records.seen()) == (set(), set())


def test_who_reads_apart_sees_no_mark_of_another(apart):
    assert apart.marks.current("r1") == {}


def test_who_reads_apart_sees_no_note_of_another(apart):
    assert apart.notes.of_readers("r1") == {}


def test_what_another_said_is_not_taken_for_the_state_before(apart):
    apart.labels.set("r1", PVC, State.ABSENT, "dr b")
    assert apart.labels.history("r1")[-1]["old_state"] is None


def test_what_was_excluded_is_excluded_for_who_reads_apart_too(apart):
    apart.records.set_reading("r1", ReadingState.EXCLUDED, "dr a")
    assert apart.records.get("r1").reading == ReadingState.EXCLUDED


def test_the_labels_of_all_stay_whole_for_exports(apart):
    assert len(apart.labels.of_all_readers()) == 3


def test_reading_together_again_shows_the_latest_word_of_all(apart):
    apart.read_apart("")
    assert apart.labels.current("r1") == {AF: State.ABSENT, PVC: State.PRESENT}
