"""Undo remembers acts and what they replaced."""

from cessl_gui.bridge.undo import Act, History
from cessl_gui.core.types import Caliper, ReadingState, State


def act(words="AF present"):
    reading = (ReadingState.NEW, ReadingState.IN_PROGRESS)
    return Act("r1", (("164889003", None, State.PRESENT),), reading, words)


def test_the_reverse_of_an_act_restores_what_it_replaced():
    assert act().reverse.labels == (("164889003", State.PRESENT, None),)
    assert act().reverse.reading == (ReadingState.IN_PROGRESS, ReadingState.NEW)
    assert act().reverse.reverse == act()


def test_marks_are_taken_back_too():
    moved = Act("r1", (), None, "t offset", (("t_offset", None, 372.0),))
    assert moved.reverse.marks == (("t_offset", 372.0, None),)
    assert moved.reverse.reverse == moved


def test_calipers_are_taken_back_too():
    first, then = Caliper("a", "II", 0.8, 1.6, 0.0, 0.0), Caliper("a", "II", 0.8, 1.7, 0.0, 0.0)
    moved = Act("r1", (), None, "caliper", calipers=(("a", first, then),))
    assert moved.reverse.calipers == (("a", then, first),)
    assert moved.reverse.reverse == moved


def test_statements_of_the_project_are_taken_back_too():
    added = Act("r1", (), None, "new statement", statements=(("local:Brugada", False, True),))
    assert added.reverse.statements == (("local:Brugada", True, False),)
    assert added.reverse.reverse == added


def test_undo_and_redo_walk_back_and_forth_and_a_new_act_ends_redo():
    history = History()
    assert history.next_undo() is None
    first, second = act("first"), act("second")
    history.did(first)
    history.did(second)
    assert (history.undo_words, history.redo_words) == ("second", "")
    assert history.next_undo() == second.reverse
    history.undone()
    assert (history.undo_words, history.redo_words) == ("first", "second")
    assert history.next_redo() == second
    history.redone()
    assert history.undo_words == "second"
    history.undone()
    history.did(act("third"))
    assert history.redo_words == ""


def test_an_undo_that_was_not_committed_changes_nothing():
    history = History()
    history.did(act())
    history.next_undo()
    assert history.undo_words == "AF present"
