"""Undo remembers edits and what they replaced."""

import pytest

from cessl_gui.bridge.undo import (
    CaliperChange,
    Edit,
    History,
    LabelChange,
    MarkChange,
    ReadingChange,
    StatementChange,
    caliper_edit,
    mark_edit,
)
from cessl_gui.core.types import Caliper, ReadingState, State

FIRST, THEN = Caliper("a", "II", 0.8, 1.6, 0.0, 0.0), Caliper("a", "II", 0.8, 1.7, 0.0, 0.0)


def edit(text="AF present"):
    label = LabelChange("164889003", None, State.PRESENT)
    return Edit("r1", (label, ReadingChange(ReadingState.NEW, ReadingState.IN_PROGRESS)), text)


def test_the_reverse_of_an_edit_restores_what_it_replaced():
    assert edit().reversed().changes == (
        LabelChange("164889003", State.PRESENT, None),
        ReadingChange(ReadingState.IN_PROGRESS, ReadingState.NEW),
    )
    assert edit().reversed().reversed() == edit()


@pytest.mark.parametrize(
    ("change", "reverse"),
    [
        (MarkChange("t_offset", None, 372.0), MarkChange("t_offset", 372.0, None)),
        (CaliperChange("a", FIRST, THEN), CaliperChange("a", THEN, FIRST)),
        (StatementChange("local:Ganong", False, True), StatementChange("local:Ganong", True, False)),
    ],
)
def test_every_kind_of_change_is_undone(change, reverse):
    assert Edit("r1", (change,), "").reversed().changes == (reverse,)
    assert Edit("r1", (reverse,), "").reversed().changes == (change,)


def test_views_hear_once_of_each_kind_of_change_and_of_new_statements_first():
    labels = (LabelChange("a", None, State.ABSENT), LabelChange("local:b", None, State.PRESENT))
    assert Edit("r1", (*labels, StatementChange("local:b", False, True)), "").kinds == ["settings", "labels"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (CaliperChange("a", None, FIRST), "caliper in II set"),
        (CaliperChange("a", FIRST, THEN), "caliper in II moved"),
        (CaliperChange("a", FIRST, None), "caliper in II removed"),
    ],
)
def test_an_edit_of_a_caliper_is_named_for_the_undo_menu(change, text):
    assert caliper_edit("r1", change).text == text


def test_an_edit_of_a_mark_is_named_for_the_undo_menu():
    assert mark_edit("r1", MarkChange("t_offset", None, 372.0)).text == "t offset 372 ms"
    assert mark_edit("r1", MarkChange("t_offset", 372.0, None)).text == "t offset as measured"


def test_undo_and_redo_walk_back_and_forth_and_a_new_edit_ends_redo():
    history = History()
    assert history.next_undo() is None
    first, second = edit("first"), edit("second")
    history.add(first)
    history.add(second)
    assert (history.undo_text, history.redo_text) == ("second", "")
    assert history.next_undo() == second.reversed()
    history.undone()
    assert (history.undo_text, history.redo_text) == ("first", "second")
    assert history.next_redo() == second
    history.redone()
    assert history.undo_text == "second"
    history.undone()
    history.add(edit("third"))
    assert history.redo_text == ""


def test_an_undo_that_was_not_committed_changes_nothing():
    history = History()
    history.add(edit())
    history.next_undo()
    assert history.undo_text == "AF present"
