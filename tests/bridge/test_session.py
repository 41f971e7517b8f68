"""The one door: acts are committed before views hear of them, undo compensates, a closed reading stays as it is."""

from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.bridge.reader import panel
from cessl_gui.bridge.session import Session
from cessl_gui.core.errors import ProjectDamaged, ProjectError
from cessl_gui.core.statements.contradictions import SINUS_RHYTHM
from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState, State
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.tasks.models import training
from tests.bridge.conftest import AF, PVC, record


def events(session, record_id="r0"):
    return session.project.labels.history(record_id)


def test_a_label_is_in_the_store_when_the_call_returns_and_views_are_told(session, qtbot):
    changes, saved = [], []
    session.changed.connect(changes.append)
    session.saved.connect(saved.append)
    session.set_label("r0", AF, State.PRESENT)
    assert session.project.labels.current("r0") == {AF: State.PRESENT}
    assert session.labels("r0") == {AF: State.PRESENT}
    assert {(c.kind, c.ids) for c in changes} >= {("labels", ("r0",)), ("reading", ("r0",))}
    assert len(saved) == 1
    assert session.info("r0").reading == ReadingState.IN_PROGRESS


def test_a_failed_commit_changes_nothing_and_is_said(session, monkeypatch):
    said = []
    session.problem.connect(lambda what, todo, details: said.append((what, todo)))

    def disk_full(*args, **kwargs):
        raise ProjectError("The disk is full.", "Free some space and give the label again.")

    monkeypatch.setattr(type(session.project.labels), "set_many", disk_full)
    session.set_label("r0", AF, State.PRESENT)
    assert session.labels("r0") == {}
    assert session.info("r0").reading == ReadingState.NEW
    assert said == [("The disk is full.", "Free some space and give the label again.")]
    assert session.can_undo == ""


def test_damage_that_a_commit_meets_is_offered_to_be_mended_once(session, monkeypatch):
    found = []
    session.damaged.connect(found.append)

    def damaged(*args, **kwargs):
        raise ProjectDamaged("The project's database is damaged.", "Take a copy.")

    monkeypatch.setattr(type(session.project.labels), "set_many", damaged)
    session.set_label("r0", AF, State.PRESENT)
    session.set_label("r0", PVC, State.PRESENT)
    assert [error.what for error in found] == ["The project's database is damaged."]


def test_no_label_is_called_saved_once_the_project_has_been_deleted(session):
    said, saved, folder = [], [], session.project.folder
    session.problem.connect(lambda what, todo, details: said.append(what))
    session.saved.connect(saved.append)
    assert session.set_label("r0", AF, State.PRESENT)
    away = folder.rename(folder.with_name("away"))
    assert not session.set_label("r0", PVC, State.PRESENT)
    assert session.labels("r0") == {AF: State.PRESENT}
    assert saved[0]
    assert saved[1:] == [""]
    assert said == [f"The project is no longer at {folder}: nothing more can be saved."]
    away.rename(folder)
    assert session.set_label("r0", PVC, State.PRESENT)
    assert saved[2]


def test_each_act_says_whether_it_was_committed(session, monkeypatch):
    acts = (
        lambda: session.set_label("r0", AF, State.ABSENT),
        lambda: session.set_reading("r0", ReadingState.DEFERRED),
        lambda: session.normal("r0"),
        lambda: session.rest_absent("r1"),
    )

    def disk_full(*args, **kwargs):
        raise ProjectError("The disk is full.", "Free some space.")

    with monkeypatch.context() as full:
        full.setattr(type(session.project.labels), "set_many", disk_full)
        full.setattr(type(session.project.records), "set_reading", disk_full)
        assert [act() for act in acts] == [False] * 4
    assert session.labels("r0") == {}
    assert session.info("r0").reading == ReadingState.NEW
    assert [act() for act in acts] == [True] * 4
    assert [act() for act in acts] == [True, False, True, True], "so, already; a confirmed one is not deferred"


def test_undo_and_redo_go_back_over_all_acts_and_keep_the_trail(session):
    session.set_label("r0", AF, State.PRESENT)
    session.set_label("r0", AF, State.UNCERTAIN)
    session.set_label("r1", PVC, State.ABSENT)
    assert session.undo() == "r1"
    assert session.undo() == "r0"
    assert session.labels("r0") == {AF: State.PRESENT}
    assert session.undo() == "r0"
    assert session.labels("r0") == {} == session.project.labels.current("r0")
    assert session.info("r0").reading == ReadingState.NEW
    assert session.undo() is None
    for _ in range(3):
        assert session.redo()
    assert session.labels("r0") == {AF: State.UNCERTAIN}
    assert session.labels("r1") == {PVC: State.ABSENT}
    assert len(events(session)) == 6, "set, set, undo, undo, redo, redo: nothing is ever erased"


def test_rest_absent_is_explicit_and_spares_what_was_said(session):
    session.set_label("r0", AF, State.PRESENT)
    session.rest_absent("r0")
    labels = session.labels("r0")
    assert labels[AF] == State.PRESENT
    assert {s.code for s in session.panel()} == set(labels)
    assert all(state == State.ABSENT for code, state in labels.items() if code != AF)
    session.undo()
    assert session.labels("r0") == {AF: State.PRESENT}, "one act, one undo"


def test_normal_is_one_act(session):
    session.normal("r0")
    assert session.labels("r0")[SINUS_RHYTHM] == State.PRESENT
    assert session.labels("r0")[AF] == State.ABSENT
    assert session.info("r0").reading == ReadingState.CONFIRMED
    session.undo()
    assert session.labels("r0") == {}
    assert session.info("r0").reading == ReadingState.NEW


@pytest.mark.parametrize(
    ("code", "state", "words"),
    [
        (AF, State.PRESENT, "AF present"),
        (AF, State.UNCERTAIN, "AF uncertain"),
        (SINUS_RHYTHM, State.ABSENT, "SR absent"),
    ],
)
def test_what_speaks_against_normal_is_never_overwritten_by_it(session, code, state, words):
    session.set_label("r0", PVC, State.ABSENT)
    assert session.why_not_normal("r0") is None
    session.set_label("r0", code, state)
    assert session.why_not_normal("r0") == words
    assert not session.normal("r0")
    assert session.labels("r0") == {PVC: State.ABSENT, code: state}
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    session.set_label("r0", code, State.PRESENT if code == SINUS_RHYTHM else State.ABSENT)
    assert session.normal("r0")
    assert session.info("r0").reading == ReadingState.CONFIRMED


def test_a_statement_in_own_words_is_one_act_and_kept_with_the_project(session):
    before = session.panel()
    assert session.add_statement("r0", "Ganong pattern", State.PRESENT)
    own = session.panel()[-1]
    assert own.name == "Ganong pattern"
    assert session.panel()[:-1] == before
    assert session.labels("r0") == {own.code: State.PRESENT} == session.project.labels.current("r0")
    assert session.can_undo == "new statement Ganong pattern"
    assert session.add_statement("r1", "ganong pattern", State.ABSENT), "it is there: only the label is new"
    assert session.labels("r1") == {own.code: State.ABSENT}
    assert len(session.panel()) == len(before) + 1
    again = Session(session.project, reader="dr test")
    assert again.panel()[-1] == own
    assert again.vocabulary().search("gano") == [own]
    panel.remove(again, own.code)
    assert again.vocabulary().find("Ganong pattern") == own, "off the panel, it is still found"
    for _ in range(2):
        session.undo()
    session.project.settings.set("panel", [*session.project.settings.panel(), "74390002"], "another")
    session.undo()
    assert session.labels("r0") == {}
    assert session.vocabulary().find("Ganong pattern") is None
    assert [s for s in session.panel() if s.code != "74390002"] == list(before)
    assert len(session.panel()) == len(before) + 1
    session.redo()
    assert session.labels("r0") == {own.code: State.PRESENT}
    assert session.vocabulary().find("Ganong pattern") == own
    assert own in session.panel()


def test_a_statement_that_could_not_be_stored_leaves_nothing(session, monkeypatch):
    before = session.panel()

    def disk_full(*args, **kwargs):
        raise ProjectError("The disk is full.", "Free some space.")

    monkeypatch.setattr(type(session.project.labels), "set_many", disk_full)
    assert not session.add_statement("r0", "Ganong pattern", State.PRESENT)
    assert session.panel() == before
    assert session.vocabulary().find("Ganong pattern") is None
    assert not session.add_statement("r0", " , ", State.PRESENT)


LOCKED = (ReadingState.CONFIRMED, ReadingState.EXCLUDED)


@pytest.mark.parametrize("closed", LOCKED)
def test_a_closed_reading_is_changed_by_nothing_but_its_own_way_out(session, closed):
    session.set_label("r0", AF, State.ABSENT)
    session.set_reading("r0", closed)
    before = (session.project.labels.history("r0"), session.project.records.reading_events(), session.panel())
    other = ReadingState.EXCLUDED if closed == ReadingState.CONFIRMED else ReadingState.CONFIRMED
    acts = (
        lambda: session.set_label("r0", AF, State.PRESENT),
        lambda: session.set_label("r0", AF, None),
        lambda: session.set_label("r0", PVC, State.PRESENT),
        lambda: session.add_statement("r0", "Ganong", State.PRESENT),
        lambda: session.rest_absent("r0"),
        lambda: session.normal("r0"),
        lambda: session.set_reading("r0", ReadingState.DEFERRED),
        lambda: session.set_reading("r0", ReadingState.NEW),
        lambda: session.set_reading("r0", other),
    )
    assert [act() for act in acts] == [False] * len(acts)
    assert (session.project.labels.history("r0"), session.project.records.reading_events(), session.panel()) == before
    assert session.why_closed("r0")
    reopened = session.set_reading("r0", ReadingState.IN_PROGRESS)
    assert reopened or session.include("r0")
    assert session.why_closed("r0") == ""
    assert session.set_label("r0", AF, State.PRESENT)


def test_undo_of_an_edit_goes_through_the_confirmation_that_came_after_it(session):
    session.set_label("r0", AF, State.ABSENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    session.undo()
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    assert session.labels("r0") == {AF: State.ABSENT}
    session.undo()
    assert session.labels("r0") == {}
    assert session.info("r0").reading == ReadingState.NEW
    session.redo()
    session.redo()
    assert session.info("r0").reading == ReadingState.CONFIRMED


@pytest.mark.parametrize(
    ("present", "words"),
    [((AF, "426783006"), "SR and AF"), (("39732003", "47665007"), "LAD and RAD"), ((AF, PVC), ""), ((AF,), "")],
)
def test_statements_that_exclude_each_other_are_named(session, present, words):
    for code in present:
        session.set_label("r0", code, State.PRESENT)
    assert session.contradictions("r0") == words


def test_what_is_absent_or_uncertain_excludes_nothing(session):
    session.set_label("r0", AF, State.PRESENT)
    session.set_label("r0", "426783006", State.ABSENT)
    session.set_label("r0", "426177001", State.UNCERTAIN)
    assert session.contradictions("r0") == ""


def test_the_earlier_ecg_of_a_patient_comes_with_its_signal_and_notes(session):
    for name, day in (("a", "06"), ("b", "07")):
        one = replace(record(7), id=name, name=name, patient="p", recorded_at=f"2020-05-{day} 10:00:00")
        session.project.records.add(one)
        session.project.waveforms.write(one)
    session._adopt_records(session._read_records())
    before, notes, words = session.earlier("b")
    assert before is session.record("a")
    assert notes == session.lead_notes("a")
    assert words == ""
    assert session.earlier("a")[0] is None
    assert "no earlier" in session.earlier("a")[2]
    again = Session(session.project, reader="dr test")
    session.project.waveforms.path("a").unlink()
    assert again.earlier("b") == (None, {}, "The earlier recording, a, cannot be read any more.")


def test_training_without_labels_says_what_is_missing(session):
    said = []
    session.problem.connect(lambda what, todo, details: said.append(what))
    session.train()
    assert session.busy == {}
    assert said == [session.readiness()]
    assert said[0].endswith((".", "!"))


def test_training_starts_from_the_chosen_backbone(session, monkeypatch):
    asked = []
    monkeypatch.setattr(session, "readiness", lambda: None)
    monkeypatch.setattr(training, "train", lambda *a, backbone, **k: asked.append(backbone))
    monkeypatch.setattr(session._runner, "start", lambda kind, work: work(Task()))
    assert "tiny" in session.backbones()
    assert session.backbone() == "tiny"
    session.train()
    session.set_setting("backbone", "ours")
    session.train()
    assert asked == ["tiny", "ours"]


def test_a_training_learns_what_holds_when_the_button_is_pressed(session, monkeypatch):
    work, learned = [], []
    monkeypatch.setattr(session, "readiness", lambda: None)
    monkeypatch.setattr(session._runner, "start", lambda kind, task: work.append(task))
    monkeypatch.setattr(training, "fit", lambda project, job, *a, **k: learned.append(job.labels) or 1 / 0)
    monkeypatch.setattr(training, "_enough", lambda project, job, *others: job)  # the records are of noise
    session.set_label("r0", AF, State.PRESENT)
    session.train()
    session.set_label("r0", AF, State.ABSENT)
    session.set_label("r1", AF, State.PRESENT)
    with pytest.raises(ZeroDivisionError):
        work[0](Task())
    assert learned == [{"r0": {AF: "present"}}]


def test_a_record_comes_back_whole_from_the_cache(session):
    assert np.array_equal(session.record("r1").signal_mv, record(1).signal_mv)
    assert session.record("r1") is session.record("r1")


def test_a_lost_recording_is_said_and_stops_nothing(session):
    said = []
    session.problem.connect(lambda what, todo, details: said.append((what, todo)))
    for file in session.project.folder.rglob("r2*.h5"):
        file.unlink()
    assert session.record("r2") is None
    assert said
    assert all(said[0])
    assert session.record("r0") is not None


def test_an_import_adds_records_and_leaves_what_the_reader_did_meanwhile(session, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(session, "predict_missing", lambda: None)
    write_wfdb(synthetic_record("sinus rhythm", 5), tmp_path, "new", [])
    session.import_paths([tmp_path])
    session.set_label("r0", AF, State.PRESENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    with qtbot.waitSignal(session.ended, timeout=20_000, check_params_cb=lambda kind, _: kind == "import") as ended:
        pass
    assert ended.args[1].result.added == 1
    assert len(session.records()) == 4
    assert session.info("r0").reading == ReadingState.CONFIRMED
    assert session.labels("r0") == {AF: State.PRESENT}
