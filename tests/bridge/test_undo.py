"""Edits are called by what they did, in the menu of undo; no undo changes what another has closed."""

from itertools import pairwise

import numpy as np
import pytest

from cessl_gui.bridge.reader.step_words import words
from cessl_gui.bridge.reader.undo import (
    CaliperChange,
    Edit,
    LabelChange,
    MarkChange,
    ReadingChange,
    Stamp,
    StatementChange,
    refreshed,
)
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12, Caliper, ReadingState, Record, State
from cessl_gui.store.log.steps import new_step

AF = "164889003"
FIRST, THEN = Caliper("a", "II", 0.8, 1.6, 0.0, 0.0), Caliper("a", "II", 0.8, 1.7, 0.0, 0.0)
MARCHED = Caliper("a", "II", 0.8, 1.6, 0.0, 0.0, marched=True)
BEGIN = ReadingChange(ReadingState.NEW, ReadingState.IN_PROGRESS)


def test_views_hear_once_of_each_kind_of_change_and_of_new_statements_first():
    labels = (LabelChange("a", None, State.ABSENT), LabelChange("local:b", None, State.PRESENT))
    assert Edit("r1", (*labels, StatementChange("local:b", False, True))).kinds == ["settings", "labels"]


@pytest.mark.parametrize(
    ("changes", "kind", "text", "kinds"),
    [
        ((LabelChange(AF, None, State.PRESENT), BEGIN), "set", "AF present", ["labels", "reading"]),
        ((LabelChange(AF, None, None),), "set", "AF not assessed", ["labels"]),
        ((LabelChange(AF, None, State.ABSENT),), "rest absent", "rest absent", ["labels"]),
        ((LabelChange(AF, None, State.ABSENT),), "normal", "normal", ["labels"]),
        (
            (StatementChange("local:b", False, True), LabelChange("local:b", None, State.PRESENT)),
            "set",
            "new statement b",
            ["settings", "labels"],
        ),
        ((ReadingChange(ReadingState.NEW, ReadingState.CONFIRMED),), "set", "confirmed", ["reading"]),
        ((CaliperChange("a", None, FIRST),), "set", "caliper in II set", ["calipers"]),
        ((MarkChange("t_offset", None, 372.0),), "set", "t offset 372 ms", ["marks"]),
        ((MarkChange("t_offset", 372.0, None),), "set", "t offset as measured", ["marks"]),
    ],
)
def test_a_step_is_called_by_what_it_did(project, changes, kind, text, kinds):
    project.records.add(Record("r1", "ECG 1", "/x/1", "1" * 64, np.zeros((12, 10), np.float32), 500.0, LEADS_12))
    Edit("r1", changes).write(project, Stamp("a", kind, step=new_step()))
    acts = project.steps.to_undo("a")
    assert words(acts, vocabulary()) == text
    assert refreshed(acts) == kinds


def test_calipers_are_called_by_how_they_changed(project):
    project.records.add(Record("r1", "ECG 1", "/x/1", "1" * 64, np.zeros((12, 10), np.float32), 500.0, LEADS_12))
    said = []
    for before, after in ((None, FIRST), (FIRST, THEN), (THEN, FIRST), (FIRST, MARCHED), (MARCHED, None)):
        Edit("r1", (CaliperChange("a", before, after),)).write(project, Stamp("a", "set", step=new_step()))
        said.append(words(project.steps.to_undo("a"), vocabulary()).removeprefix("caliper in II "))
    assert said == ["set", "moved", "moved", "marched out", "removed"]


def test_a_confirmed_reading_that_goes_on_is_called_reopened(project):
    project.records.add(Record("r1", "ECG 1", "/x/1", "1" * 64, np.zeros((12, 10), np.float32), 500.0, LEADS_12))
    for before, after in pairwise((ReadingState.NEW, ReadingState.CONFIRMED, ReadingState.IN_PROGRESS)):
        Edit("r1", (ReadingChange(before, after),)).write(project, Stamp("a", "set", step=new_step()))
    assert words(project.steps.to_undo("a"), vocabulary()) == "reopened"


def test_no_step_has_no_words():
    assert words([], vocabulary()) == ""


def test_undo_and_redo_change_no_label_of_a_reading_that_another_has_closed(session):
    session.set_label("r0", AF, State.PRESENT)
    close = session.project.records.set_reading
    for state, hint in ((ReadingState.CONFIRMED, "Reopen"), (ReadingState.EXCLUDED, "Include")):
        close("r0", state, "another", step=new_step())
        said = []
        session.problem.connect(lambda what, todo, details, said=said: said.append(todo))
        assert session.undo() is None
        assert hint in said[0]
        assert session.project.labels.current("r0") == {AF: State.PRESENT}
    close("r0", ReadingState.IN_PROGRESS, "another")
    assert session.undo() == "r0"
    close("r0", ReadingState.CONFIRMED, "another")
    assert session.redo() is None
    assert session.project.labels.current("r0") == {}


def test_the_own_confirmation_with_its_labels_is_undone_and_redone(session):
    assert session.normal("r0")
    assert session.undo() == "r0"
    assert session.project.labels.current("r0") == {}
    assert session.redo() == "r0"
    assert session.project.records.get("r0").reading == ReadingState.CONFIRMED
