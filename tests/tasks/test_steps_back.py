"""What an import brought is one step of who imported: undone and redone as a whole, whosever labels it brought."""

import numpy as np
import pytest

from cessl_gui.core.annotations import Annotation
from cessl_gui.core.errors import Cancelled
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import LEADS_12, ReadingState, Record, State
from cessl_gui.ecg.annotation_files import write_annotations
from cessl_gui.store.care.verify import verify
from cessl_gui.store.exchange.bundle import merge, write
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from cessl_gui.store.tables.readers import APART
from cessl_gui.tasks import steps_back
from cessl_gui.tasks.export.annotating import import_marks
from cessl_gui.tasks.labels.label_columns import guess
from cessl_gui.tasks.labels.label_import import preview
from cessl_gui.tasks.labels.label_tables import read_table
from cessl_gui.tasks.labels.taking_labels import last_taken, take_back, take_in
from cessl_gui.tasks.steps_back import step_back

AF, PVC = "164889003", "427172004"
ME = "dr test"
TABLE = "record,code,state,reader\nr1,AF,present,dr a\nr2,AF,absent,dr a\nr2,PVC,present,dr test\nr3,AF,present,dr b\n"


@pytest.fixture
def ward(project) -> Project:
    silence = np.zeros((12, 5000), np.float32)
    for number in (1, 2, 3):
        name = f"r{number}"
        project.records.add(Record(name, name, f"/x/{name}.hea", name * 32, silence, 500.0, LEADS_12))
    project.labels.set("r1", AF, State.UNCERTAIN, "dr a", step=new_step())
    return project


@pytest.fixture
def bring(ward, tmp_path):
    def brought(reader=ME):
        path = tmp_path / "labels.csv"
        path.write_text(TABLE, encoding="utf-8")
        table = read_table(path)
        seen = preview(ward, table, guess(table), reader)
        return take_in(ward, seen, replace=True, reader=reader, file="labels.csv")

    return brought


@pytest.fixture
def marks(tmp_path):
    folder = tmp_path / "marks"
    folder.mkdir()
    paths = []
    for name in ("r1", "r2"):
        some = [Annotation(f"{name}{at}", AF, float(at), None, "") for at in range(1, 4)]
        write_annotations(folder / f"{name}.mark", some, 500.0, LEADS_12)
        paths.append(folder / f"{name}.mark")
    return paths


def said(project):
    return project.labels.all_current()


def test_labels_of_a_file_are_undone_and_redone_in_one_step(ward, bring):
    before = said(ward)
    assert bring().count == 4
    after = said(ward)
    (act,) = ward.steps.to_undo(ME)
    assert (act.kind, act.content["count"], act.content["what"]) == ("import", 4, "label")
    assert step_back(ward, ME, "undo").count == 4
    assert said(ward) == before
    assert step_back(ward, ME, "redo").count == 4
    assert said(ward) == after


def test_the_step_is_there_after_a_restart(ward, bring):
    before, folder = said(ward), ward.folder
    bring()
    ward.close()
    with Project.open(folder) as again:
        again.steps.undo(ME)
        assert said(again) == before
        assert verify(folder).wrong == []


def test_it_is_no_step_of_the_readers_whose_labels_came(ward, bring):
    bring()
    assert ward.steps.undo("dr b") == []
    ward.steps.undo("dr a")  # what dr a had said with the own hand, long before
    assert ward.labels.of_reader("r1", "dr a").states == {AF: State.PRESENT}


def test_labels_of_readings_that_were_closed_since_stay(ward, bring):
    bring()
    ward.records.set_reading("r2", ReadingState.CONFIRMED, "dr b")
    back = step_back(ward, ME, "undo")
    assert (back.count, back.left) == (2, 2)
    assert ward.labels.of_reader("r2", ME).states == {PVC: State.PRESENT}
    assert ward.steps.to_undo(ME) == []


def test_which_ecgs_kept_their_labels_at_an_undo_is_said(ward, bring):
    bring()
    ward.records.set_reading("r2", ReadingState.CONFIRMED, "dr b")
    words = step_back(ward, ME, "undo").left_words(ward, "undo")
    assert words.startswith(
        f" 2 labels of confirmed or excluded readings left as they are: {ward.records.get('r2').name}."
    )


@pytest.mark.parametrize("first", [step_back, lambda ward, me, way: take_back(ward, me)])
def test_labels_that_an_undo_left_can_be_undone_once_their_reading_is_open_again(ward, bring, first):
    before = said(ward)
    bring()
    after = said(ward)
    ward.records.set_reading("r2", ReadingState.CONFIRMED, "dr b")
    first(ward, ME, "undo")
    assert last_taken(ward) is None
    ward.records.set_reading("r2", ReadingState.IN_PROGRESS, "dr b")
    assert last_taken(ward)["file"] == "labels.csv"
    assert take_back(ward, ME).count == 2
    assert said(ward) == before
    assert last_taken(ward) is None
    step_back(ward, ME, "redo")
    assert said(ward) == after
    assert len(ward.steps.to_undo(ME)) == 1
    assert verify(ward.folder).wrong == []


def test_what_was_broken_off_goes_on_at_the_next_undo(ward, bring, monkeypatch):
    monkeypatch.setattr(steps_back, "BROUGHT_TOGETHER", 1)
    before = said(ward)
    bring()
    asked = iter([None, None, Stop.CANCEL])
    with pytest.raises(Cancelled):
        step_back(ward, ME, "undo", Task(stop_requested=lambda: next(asked)))
    assert len(ward.steps.to_undo(ME)) == 1
    assert step_back(ward, ME, "undo").count == 2
    assert said(ward) == before


def test_the_import_dialogs_button_and_undo_are_one_thing(ward, bring):
    before = said(ward)
    bring()
    step_back(ward, ME, "undo")
    assert last_taken(ward) is None
    step_back(ward, ME, "redo")
    assert last_taken(ward)["file"] == "labels.csv"
    assert take_back(ward, ME).count == 4
    assert said(ward) == before
    assert ward.steps.to_undo(ME) == []
    step_back(ward, ME, "redo")
    assert ward.labels.of_reader("r3", "dr b").states == {AF: State.PRESENT}


def test_marks_of_several_files_are_one_step(ward, marks):
    mine = Annotation("mine", PVC, 0.5, None, "")
    ward.annotations.set("r1", {"mine": mine}, ME, step=new_step())
    assert import_marks(ward, marks, ME).marks == 6
    assert ward.steps.to_undo(ME)[-1].content["count"] == 6
    ward.steps.undo(ME)
    assert [mark.id for mark in ward.annotations.of_record("r1")] == ["mine"]
    assert ward.annotations.of_record("r2") == ()
    ward.steps.redo(ME)
    assert len(ward.annotations.of_record("r1")) == 4
    assert len(ward.annotations.of_record("r2")) == 3


def test_steps_before_an_import_are_undone_after_it(ward, bring, marks):
    ward.labels.set("r3", PVC, State.PRESENT, ME, step=new_step())
    bring()
    import_marks(ward, marks, ME)
    for _ in range(3):
        step_back(ward, ME, "undo")
    assert said(ward) == {"r1": {AF: State.UNCERTAIN}}
    for _ in range(3):
        step_back(ward, ME, "redo")
    assert len(ward.annotations.of_record("r2")) == 3
    assert ward.labels.of_reader("r3", ME).states == {PVC: State.PRESENT}


def test_what_was_removed_since_is_neither_undone_nor_redone(ward, bring):
    bring()
    ward.remove(["r1"], ME, "consent withdrawn")
    assert step_back(ward, ME, "undo").count == 3
    assert said(ward) == {}
    assert step_back(ward, ME, "redo").count == 3
    assert verify(ward.folder).wrong == []


def test_what_was_removed_between_undo_and_redo_does_not_come_back(ward, bring):
    bring()
    step_back(ward, ME, "undo")
    ward.remove(["r1"], ME, "consent withdrawn")
    assert step_back(ward, ME, "redo").count == 3
    assert verify(ward.folder).wrong == []


def test_an_import_that_was_redone_in_part_is_undone_next(ward, bring, monkeypatch):
    monkeypatch.setattr(steps_back, "BROUGHT_TOGETHER", 1)
    before = said(ward)
    bring()
    after = said(ward)
    step_back(ward, ME, "undo")
    asked = iter([None, None, None, Stop.CANCEL])
    with pytest.raises(Cancelled):
        step_back(ward, ME, "redo", Task(stop_requested=lambda: next(asked)))
    assert said(ward) not in (before, after)
    assert step_back(ward, ME, "undo").count == 2
    assert said(ward) == before
    step_back(ward, ME, "redo")
    assert said(ward) == after


def test_labels_of_who_reads_apart_go_though_others_have_confirmed(ward, bring):
    ward.settings.set(APART, ["dr b"])
    bring()
    ward.records.set_reading("r3", ReadingState.CONFIRMED, ME)
    assert step_back(ward, ME, "undo").left == 0


def test_a_reading_that_its_reader_confirmed_apart_keeps_its_labels(ward, bring):
    ward.settings.set(APART, ["dr b"])
    bring()
    ward.records.set_reading("r3", ReadingState.CONFIRMED, "dr b")
    ward.records.set_reading("r3", ReadingState.IN_PROGRESS, ME)
    assert take_back(ward, ME).left == 1
    assert ward.labels.of_reader("r3", "dr b").states == {AF: State.PRESENT}


def test_who_undoes_an_import_has_not_seen_what_the_files_say(ward, bring):
    bring()
    step_back(ward, ME, "undo")
    assert ward.records.file_seen("r3", ME) == set()


def test_what_two_computers_have_undone_comes_back_with_one_redo(ward, bring, tmp_path):
    bring()
    after = said(ward)
    write(ward, tmp_path / "one.cessl-bundle")
    with Project.open(tmp_path / "other.cessl") as other:
        merge(other, tmp_path / "one.cessl-bundle")
        for each in (ward, other):
            step_back(each, ME, "undo")
        write(other, tmp_path / "other.cessl-bundle")
    merge(ward, tmp_path / "other.cessl-bundle")
    step_back(ward, ME, "redo")
    assert said(ward) == after
    assert last_taken(ward)["file"] == "labels.csv"
    assert len(ward.steps.to_undo(ME)) == 1
