"""A large project is read behind the window: what is asked before that comes record by record, and nothing is lost."""

import numpy as np
import pytest

from cessl_gui.bridge import open_project
from cessl_gui.bridge.background.known import Known
from cessl_gui.bridge.models.to_learn import counts, numbered, totals
from cessl_gui.bridge.session import Session
from cessl_gui.core.types import ReadingState, State
from cessl_gui.learn import readiness
from cessl_gui.store.columns.label_table import LabelTable
from cessl_gui.store.columns.rows import Rows
from tests.ui.conftest import AF, MODEL_CODES, SB
from tests.ui.conftest import project as project


@pytest.fixture
def opening(qapp, project, monkeypatch):
    """A session on a project that counts as large, before anything behind the window has been read."""
    project.labels.set("r1", AF, State.PRESENT, "a", prediction_visible=True)
    project.records.set_reading("r0", ReadingState.CONFIRMED, "a")
    monkeypatch.setattr(open_project, "AT_ONCE", 0)
    session = Session(project, reader="dr test")
    yield session
    assert session.close()


def done(session, qtbot):
    qtbot.waitUntil(lambda: not session.is_opening and not session.busy, timeout=20_000)


def test_a_record_is_there_before_the_project_is_read(opening):
    assert opening.is_opening
    assert opening.first_unread() == "r1"
    assert opening.info("r1").name == "ECG 1"


def test_labels_and_predictions_are_there_before_the_project_is_read(opening):
    assert opening.labels("r1") == {AF: State.PRESENT}
    assert opening.prediction("r1").probabilities[SB] == pytest.approx(0.1)


def test_what_was_in_sight_is_known_before_the_project_is_read(opening):
    assert opening.prediction_shown("r0")
    assert not opening.prediction_shown("r1")
    assert opening.has_seen("r1")


def test_edits_made_while_the_project_is_read_stay(opening, qtbot):
    opening.set_label("r2", AF, State.ABSENT)
    opening.set_reading("r2", ReadingState.CONFIRMED)
    opening.set_label("r1", AF, None)
    done(opening, qtbot)
    assert {i: opening.labels(i) for i in ("r0", "r1", "r2")} == {"r0": {}, "r1": {}, "r2": {AF: State.ABSENT}}
    columns = opening.columns()  # its rows come in the order in which anything was known of them first
    assert {columns.rows.ids[i] for i in np.flatnonzero(columns.is_in(ReadingState.CONFIRMED))} == {"r0", "r2"}
    assert opening.prediction_shown("r2")


def test_each_record_keeps_its_name_and_state_whatever_is_known_of_first(opening, qtbot):
    """What is read of records by their ids, and what is done meanwhile, comes in another order than their import."""
    opening.set_reading("r3", ReadingState.DEFERRED)
    opening.set_reading("r2", ReadingState.CONFIRMED)
    done(opening, qtbot)
    columns, ids = opening.columns(), opening.columns().rows.ids
    assert {i: columns.names[row] for row, i in enumerate(ids)} == {i: opening.info(i).name for i in ids}
    assert {i: columns.is_in(opening.info(i).reading)[row] for row, i in enumerate(ids)} == dict.fromkeys(ids, True)


def test_training_waits_until_the_project_is_read(opening, qtbot):
    assert opening.readiness() == "The project is still being read."
    done(opening, qtbot)
    assert opening.readiness().startswith("Mark one statement")


def test_what_is_read_behind_is_what_is_read_at_once(opening, project, qtbot):
    done(opening, qtbot)
    assert dict(opening.predictions()) == dict(project.predictions.all("m1"))
    assert [info.id for info in opening.records()] == project.records.ids()
    assert opening.count == project.records.count()


def test_damage_found_behind_the_window_is_said(opening, project, qtbot, monkeypatch):
    said = []
    opening.problem.connect(lambda what, todo, details: said.append(what))
    monkeypatch.setattr(type(project), "examine", lambda self: ("Settings were mended.",))
    done(opening, qtbot)
    assert said == ["Settings were mended."]


def test_a_set_that_is_not_read_yet_asks_for_each_record_once():
    asked = []
    known = Known(Rows("ab"), lambda record_id: asked.append(record_id) or record_id == "a")
    assert ["a" in known, "a" in known, "b" in known] == [True, True, False]
    assert asked == ["a", "b"]


def test_a_set_keeps_what_was_set_while_it_was_read():
    rows = Rows("abcd")
    known = Known(rows, lambda record_id: False)
    known.put("a", True)
    known.put("b", False)
    known.adopt(rows.mask(["b", "c", "removed"]))
    rows.add("new")
    assert known.everything().tolist() == [True, False, True, False, False]
    assert [record_id in known for record_id in (*rows.ids, "removed")] == [True, False, True, False, False, False]


def test_counting_in_columns_is_counting_label_by_label():
    rng = np.random.default_rng(0)
    rows = Rows(f"r{i}" for i in range(60))
    patients = {f"r{i}": f"p{i % 23}" for i in range(60)}
    labels = {
        record_id: {code: list(State)[rng.integers(3)] for code in MODEL_CODES if rng.random() < 0.6}
        for record_id in rows.ids
    }
    table = LabelTable(rows)
    table.adopt(LabelTable(rows))
    for record_id, states in labels.items():
        table[record_id] = states
    takes_part = rng.random(60) < 0.8
    taken = {i: states for i, states in labels.items() if takes_part[rows.of(i)]}
    groups = numbered(patients, rows)
    assert counts(table, takes_part, groups) == readiness.counts(taken, patients)
    with_labels = [i for i, states in taken.items() if any(s != State.UNCERTAIN for s in states.values())]
    expected = len(with_labels), len({patients[i] for i in with_labels})
    assert totals(table, takes_part, groups, State.UNCERTAIN) == expected
