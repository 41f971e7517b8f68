"""Rare work on a project from the window: check, removal, marks, key file, evaluation, repeated training."""

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from cessl_gui.bridge import upkeep
from cessl_gui.core.annotations import Annotation
from cessl_gui.core.errors import ModelMismatch
from cessl_gui.core.task import Task
from cessl_gui.core.types import State
from cessl_gui.ecg.annotation_files import write_annotations
from cessl_gui.store.care.verify import Verdict
from cessl_gui.tasks.evaluation import evaluating, rerunning
from cessl_gui.tasks.export.exporting import export
from cessl_gui.tasks.team import team_key
from cessl_gui.ui.shell.commands.upkeep_acts import CheckDialog, MarksDialog
from cessl_gui.ui.shell.main_rooms.team_key_card import TeamKeyCard
from cessl_gui.ui.training.errands import EvaluateDialog, RerunDialog
from cessl_gui.ui.worklist.removing import RemoveDialog
from tests.ui.conftest import AF


def run(qtbot, session, dialog, button=None):
    """Press its button and wait for the end."""
    with qtbot.waitSignal(session.ended, check_params_cb=lambda kind, _: kind == dialog.kind, timeout=20_000):
        (button or dialog.go).click()


@pytest.fixture
def check(qtbot, session):
    dialog = CheckDialog(session)
    qtbot.addWidget(dialog)
    return dialog


def test_a_whole_project_is_said_to_be_whole(qtbot, session, check):
    session.set_label("r0", AF, State.PRESENT)
    run(qtbot, session, check)
    assert check.said.text().endswith("of 1 computer checked: nothing was altered.")


def test_nothing_is_repaired_where_nothing_is_wrong(qtbot, session, check):
    run(qtbot, session, check)
    assert not check.repair.isEnabled()


@pytest.fixture
def damaged(qtbot, session, check, monkeypatch):
    monkeypatch.setattr(upkeep.verify, "verify", lambda folder, tell: Verdict(3, 1, ["Act 2 was altered."]))
    run(qtbot, session, check)
    return check


def test_each_fault_is_listed(damaged):
    assert damaged.lines.toPlainText() == "Act 2 was altered."


def test_repair_of_a_damaged_project_is_offered_and_asks_first(qtbot, session, damaged):
    with qtbot.waitSignal(session.damaged) as asked:
        damaged.repair.click()
    assert "1 fault found" in asked.args[0].what


def test_a_check_can_be_stopped(qtbot, session, check, monkeypatch):
    def endless(folder, tell):
        while True:
            tell(0.5)

    monkeypatch.setattr(upkeep.verify, "verify", endless)
    check.go.click()
    qtbot.waitUntil(lambda: "50 %" in check.said.text())
    run(qtbot, session, check, check.stop)
    assert check.go.isEnabled()


def test_what_came_of_a_closed_window_is_told(qtbot, session, check):
    with qtbot.waitSignal(check.told, timeout=20_000) as told:
        check.go.click()
    assert told.args == [check.said.text()]


@pytest.fixture
def remove(qtbot, session):
    dialog = RemoveDialog(session, ["r1"])
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_a_button_that_cannot_be_pressed_says_why(check, remove):
    grey = [b for dialog in (check, remove) for b in (dialog.go, dialog.stop) if not b.isEnabled()]
    assert [button.toolTip() for button in (*grey, check.repair)] == [
        "Nothing runs",
        "Tick the box first",
        "Nothing runs",
        "Check first",
    ]


@pytest.mark.parametrize("leave", [lambda dialog: QTest.keyClick(dialog, Qt.Key.Key_Escape), RemoveDialog.close])
def test_who_does_not_want_to_remove_gets_out_of_the_dialog(remove, leave):
    leave(remove)
    assert not remove.isVisible()


def test_nothing_is_removed_before_the_person_is_sure(remove):
    assert not remove.go.isEnabled()


def test_a_removed_recording_is_gone(qtbot, session, remove):
    remove.sure.setChecked(True)
    run(qtbot, session, remove)
    assert "r1" not in session.project.records.ids()


def test_the_project_is_opened_again_once_the_result_is_read(qtbot, session, remove):
    remove.sure.setChecked(True)
    run(qtbot, session, remove)
    assert remove.said.text().startswith("1 recording erased")
    with qtbot.waitSignal(remove.finished_with):
        remove.close()


def test_the_reason_is_kept_on_record(qtbot, session, remove):
    remove.sure.setChecked(True)
    remove.reason.setText("asked by phone")
    run(qtbot, session, remove)
    (row,) = session.project._database.all("SELECT payload FROM acts WHERE kind = 'removal'")
    assert json.loads(row["payload"])["why"] == "asked by phone"


def test_nothing_is_removed_while_a_training_runs(qtbot, session, monkeypatch):
    monkeypatch.setattr(type(session), "busy", property(lambda _: {"train": "train-1"}))
    assert session.upkeep.why_not_now() == "Wait until a training has ended, or cancel it."


def test_the_worklist_offers_removal_of_the_chosen_ecgs(qtbot, window):
    window.show_room("worklist")
    window.worklist.grid.choose(["r1", "r2"])
    entry = next(a for a in window.worklist.grid.menu().actions() if a.text().startswith("Remove"))
    with qtbot.waitSignal(window.worklist.remove_wanted) as wanted:
        entry.trigger()
    assert wanted.args == [["r1", "r2"]]
    next(d for d in window.findChildren(RemoveDialog)).close()


def test_marks_of_a_file_come_in(qtbot, session, tmp_path):
    path = tmp_path / f"{session.info('r1').name}.mark"
    write_annotations(path, (Annotation("b", AF, 1.0, None, ""),), 500.0, session.info("r1").leads)
    dialog = MarksDialog(session)
    qtbot.addWidget(dialog)
    dialog._paths = (path, tmp_path / "nobody.mark")
    dialog.enable()
    run(qtbot, session, dialog)
    assert dialog.said.text() == "1 new mark from 1 file. 1 file left out."
    assert dialog.lines.toPlainText() == "nobody.mark: no ECG of the project has this name"


@pytest.fixture
def key_card(qtbot, session):
    card = TeamKeyCard(session)
    card.kind = "team key"
    qtbot.addWidget(card)
    return card


def test_a_key_file_is_made_and_taken_in(qtbot, session, key_card, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(tmp_path / "team"), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_, **__: ([str(tmp_path / "team.key")], ""))
    run(qtbot, session, key_card, key_card.make)
    assert key_card.said.text().startswith("team.key is written (")
    run(qtbot, session, key_card, key_card.take)
    assert f"The key {team_key.import_key(tmp_path / 'team.key')} is taken in." in key_card.said.text()


def test_a_file_that_is_no_key_is_refused_with_a_sentence(qtbot, session, key_card, tmp_path, monkeypatch):
    (tmp_path / "letter.key").write_text("Dear colleague")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_, **__: ([str(tmp_path / "letter.key")], ""))
    run(qtbot, session, key_card, key_card.take)
    assert "is no key file of a team" in key_card.said.text()


@pytest.fixture
def evaluate(qtbot, session, tmp_path, monkeypatch):
    session.set_label("r1", AF, State.PRESENT)
    export(session.project, tmp_path / "labels.csv", "csv", Task())
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_, **__: ([str(tmp_path / "labels.csv")], ""))
    dialog = EvaluateDialog(session, session.active_model())
    qtbot.addWidget(dialog)
    return dialog


def test_a_version_is_compared_only_once_a_file_is_chosen(evaluate):
    assert not evaluate.go.isEnabled()
    evaluate.file.click()
    assert evaluate.go.isEnabled()


def test_what_a_version_scores_on_a_file_is_listed(qtbot, session, evaluate, monkeypatch):
    score = {"value": 0.9, "low": 0.8, "high": 0.95}
    scores = {"auc": score, "average_precision": score, "f2": score}
    result = {"name": "Base model", "origin": "tiny", "n": 1, "n_patients": 1, "no_ecg": {}, "no_model": {}}
    result |= {"training_records": {"n": 2, "n_patients": 1, "scored": False}, "macro": scores, "macro_over": [AF]}
    result |= {"classes": {}, "compared": {}}
    given = []
    monkeypatch.setattr(evaluating, "evaluate", lambda *a, **k: given.append((a[1], k)) or result)
    evaluate.file.click()
    evaluate.all.setChecked(True)
    run(qtbot, session, evaluate)
    assert given == [({"r1": {AF: 1.0}}, {"with_training_records": True})]
    assert evaluate.said.text() == "Base model (tiny) on 1 ECGs of 1 patients."
    assert "AUC 0.900 [0.800, 0.950]" in evaluate.lines.toPlainText()


def test_a_training_that_cannot_be_repeated_says_why(qtbot, session, monkeypatch):
    def refuse(*_):
        raise ModelMismatch("Base model was not trained here.", "Choose a version that was.")

    monkeypatch.setattr(rerunning, "rerun", refuse)
    dialog = RerunDialog(session, session.active_model())
    qtbot.addWidget(dialog)
    run(qtbot, session, dialog)
    assert dialog.said.text() == "Base model was not trained here. Choose a version that was."


def test_a_repeated_training_says_whether_it_came_out_the_same(qtbot, session, monkeypatch):
    model = session.active_model()
    monkeypatch.setattr(rerunning, "rerun", lambda *_: rerunning.Rerun(model, (), {}))
    dialog = RerunDialog(session, model)
    qtbot.addWidget(dialog)
    run(qtbot, session, dialog)
    assert dialog.said.text() == "Base model: the same, bit for bit."


def test_a_window_shows_its_own_result_alone(qtbot, session, monkeypatch):
    model = session.active_model()
    monkeypatch.setattr(rerunning, "rerun", lambda *_: rerunning.Rerun(model, (), {}))
    first, second = RerunDialog(session, model), RerunDialog(session, model)
    qtbot.addWidget(first)
    qtbot.addWidget(second)
    run(qtbot, session, first)
    assert second.said.text() == ""


@pytest.mark.parametrize(("entry", "kind"), [("file of", EvaluateDialog), ("Repeat", RerunDialog)])
def test_the_menu_of_a_version_opens_it(window, session, entry, kind):
    trained = replace(session.active_model(), id="v1", name="Version 1", status="candidate")
    session.project.models.add(trained, {})
    window.show_room("model")
    window.model_room.shelf.fill("v1")
    menu = window.model_room.shelf.cards["v1"].menu()
    next(action for action in menu.actions() if entry in action.text()).trigger()
    assert window.findChild(kind).isVisible()


@pytest.mark.parametrize(("name", "kind"), [("check", CheckDialog), ("import_marks", MarksDialog)])
def test_the_file_menu_opens_it(window, name, kind):
    window.acts[name].trigger()
    assert window.findChild(kind).isVisible()


def test_the_file_menu_removes_the_open_ecg(window):
    window.open_record("r2")
    window.acts["remove"].trigger()
    assert window.findChild(RemoveDialog).chosen.text() == f"Remove {window._session.info('r2').name}"
    window.findChild(RemoveDialog).close()
