"""Undo and redo are acts: they give back authors and times, without limit, across restarts, per reader."""

import pytest

from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from tests.records import shown_labels

AF = "164889003"
P, A, U = State.PRESENT, State.ABSENT, State.UNCERTAIN


def said(project) -> tuple:
    (row,) = shown_labels(project)
    return row["state"], row["reader"], row["at_utc"]


def say(project, state, reader, code=AF) -> str:
    return project.labels.set("r1", code, state, reader, step=new_step())


def test_undo_gives_the_label_back_to_its_author_and_time(with_record):
    first = say(with_record, P, "reader 1")
    say(with_record, A, "reader 2")
    with_record.steps.undo("reader 2")
    assert said(with_record) == ("present", "reader 1", first)
    last = with_record.labels.history("r1")[-1]
    assert (last["reader"], last["kind"], last["old_state"], last["state"]) == ("reader 2", "undo", "absent", "present")
    assert with_record.labels.of_reader("r1", "reader 1").states == {AF: P}
    assert with_record.labels.of_reader("r1", "reader 2").states == {}


def test_several_steps_back_and_forth_each_have_their_time(with_record):
    times = [say(with_record, state, "a") for state in (P, A, U)]
    with_record.steps.undo("a")
    assert said(with_record) == ("absent", "a", times[1])
    with_record.steps.undo("a")
    assert said(with_record) == ("present", "a", times[0])
    with_record.steps.redo("a")
    assert said(with_record) == ("absent", "a", times[1])
    with_record.steps.redo("a")
    assert said(with_record) == ("uncertain", "a", times[2])
    assert with_record.steps.redo("a") == []
    with_record.steps.undo("a")
    assert said(with_record) == ("absent", "a", times[1])


def test_a_step_of_many_acts_goes_and_comes_as_one(with_record):
    step = new_step()
    with with_record.atomic():
        with_record.labels.set_many([("r1", AF, P), ("r1", "local:x", A)], "a", step=step)
        with_record.records.set_reading("r1", ReadingState.CONFIRMED, "a", step=step)
    assert len(with_record.steps.undo("a")) == 3
    assert with_record.labels.current("r1") == {}
    assert with_record.records.get("r1").reading == ReadingState.NEW
    with_record.steps.redo("a")
    assert with_record.labels.current("r1") == {AF: P, "local:x": A}
    assert with_record.records.get("r1").reading == ReadingState.CONFIRMED


def test_a_step_goes_and_comes_as_one_though_a_label_was_given_while_it_was_done(with_record):
    """What moves many records does so in parts; whoever labels meanwhile has a step of their own in between."""
    move = new_step()
    with_record.records.set_reading("r1", ReadingState.DEFERRED, "a", step=move)
    say(with_record, P, "a")
    with_record.records.set_reading("r1", ReadingState.EXCLUDED, "a", step=move)
    assert len(with_record.steps.to_undo("a", most=1)) == 1
    assert len(with_record.steps.undo("a")) == 2
    assert with_record.records.get("r1").reading == ReadingState.NEW
    assert with_record.labels.current("r1") == {AF: P}
    assert len(with_record.steps.redo("a")) == 2
    assert with_record.records.get("r1").reading == ReadingState.EXCLUDED
    with_record.steps.undo("a")
    with_record.steps.undo("a")
    assert with_record.labels.current("r1") == {}


def test_the_acts_of_a_step_are_found_without_going_through_all(with_record):
    asked = []
    with_record.steps._database.connection.set_trace_callback(asked.append)
    say(with_record, P, "a")
    with_record.steps.to_undo("a")
    query = next(sql for sql in asked if "AND step = " in sql)
    plan = with_record.steps._database.all(f"EXPLAIN QUERY PLAN {query}")
    assert "acts_of_step" in plan[0]["detail"]


def test_each_reader_undoes_what_is_their_own(with_record):
    say(with_record, P, "reader 1")
    later = say(with_record, A, "reader 2")
    with_record.steps.undo("reader 1")
    assert said(with_record) == ("absent", "reader 2", later)
    assert with_record.steps.undo("reader 1") == []


def test_a_new_word_ends_redo(with_record):
    say(with_record, P, "a")
    with_record.steps.undo("a")
    say(with_record, A, "a")
    assert with_record.steps.redo("a") == []


def test_undo_goes_on_after_a_restart_without_limit(tmp_path, with_record):
    for number in range(60):
        say(with_record, (P, A)[number % 2], "a")
    folder = with_record.folder
    with_record.close()
    with Project.open(folder) as again:
        for _ in range(59):
            again.steps.undo("a")
        assert again.labels.current("r1") == {AF: P}
        again.steps.undo("a")
        assert again.labels.current("r1") == {}
    with Project.open(folder) as again:
        for _ in range(60):
            again.steps.redo("a")
        assert again.labels.current("r1") == {AF: A}


def test_what_no_action_of_the_window_did_is_not_undone(with_record):
    with_record.labels.set("r1", AF, P, "a", kind="header accepted")
    assert with_record.steps.undo("a") == []


def test_what_was_seen_stays_seen_after_undo(with_record):
    with_record.labels.set("r1", AF, P, "a", step=new_step(), prediction_visible=True)
    with_record.steps.undo("a")
    assert with_record.records.seen() == {"r1"}


def test_a_confirmation_that_is_undone_covers_the_opinions_again(with_record):
    with_record.records.set_reading("r1", ReadingState.CONFIRMED, "a", step=new_step())
    assert with_record.records.uncovered() == {"r1"}
    with_record.steps.undo("a")
    assert with_record.records.uncovered() == set()
    assert with_record.records.seen() == {"r1"}


@pytest.mark.parametrize("steps", [1, 2])
def test_a_mark_goes_back_to_its_author_too(with_record, steps):
    marks = with_record.marks
    marks.set("r1", {"t_offset": 372.0}, "reader 1")
    before = marks.all_current()
    for number in range(steps):
        marks.set("r1", {"t_offset": 380.0 + number}, "reader 2", step=new_step())
    for _ in range(steps):
        with_record.steps.undo("reader 2")
    assert marks.all_current() == before


def test_a_panel_of_another_change_stays_when_one_is_undone(with_record):
    settings = with_record.settings
    settings.set("panel", [AF], "a")
    settings.set("panel", [AF, "local:mine"], "a", new_step())
    settings.set("panel", [AF, "local:mine", "local:theirs"], "b")
    with_record.steps.undo("a")
    assert settings.panel() == [AF, "local:theirs"]
