"""Changes of the panel are steps of the reader: undone, redone, also after a restart, and called by what they did."""

from threading import Event

import numpy as np
import pytest

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.reader import panel, stepping
from cessl_gui.bridge.session import Session
from cessl_gui.core.types import State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.log import acts
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from cessl_gui.tasks.labels import label_import, taking_labels
from cessl_gui.tasks.labels.label_columns import guess
from cessl_gui.tasks.labels.label_tables import read_table
from tests.bridge.conftest import AF, PVC

SB = "426177001"
OWN = "local:Ganong pattern"

CHANGES = {
    "AF moved to digit 2": lambda session: panel.set_digit(session, 2, AF),
    "digit 1 freed": lambda session: panel.set_digit(session, 1, ""),
    "SB moved in the panel": lambda session: panel.move(session, SB, -1),
    "AF removed from the panel": lambda session: panel.remove(session, AF),
    "WPW added to the panel": lambda session: panel.add(session, "74390002"),
    "Ganong pattern added to the panel": lambda session: panel.add_own(session, "Ganong pattern"),
    "statement called VHF": lambda session: panel.word(session, AF, name="VHF"),
    "AF in the group other": lambda session: panel.word(session, AF, group="other"),
    "other words that find AF": lambda session: panel.word(session, AF, typed=("Flimmern",)),
    "codes of AF in other systems": lambda session: panel.word(session, AF, codes=("AHA 50",)),
}


def whole(session):
    return session.panel(), panel.digits(session), panel.wordings(session)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_undone_and_redone_and_called_by_what_it_did(session, name):
    before = whole(session)
    CHANGES[name](session)
    after = whole(session)
    assert after != before
    assert session.can_undo == name
    assert session.undo() == ""
    assert whole(session) == before
    assert session.can_redo == name
    session.redo()
    assert whole(session) == after


def test_all_of_them_are_undone_one_by_one_after_a_restart(session, tmp_path):
    kept = []
    for change in CHANGES.values():
        kept.append(whole(session))
        change(session)
    folder = session.project.folder
    assert session.close()
    again = Session(Project.open(folder), "dr test")
    for before in reversed(kept):
        again.undo()
        assert whole(again) == before
    assert again.can_undo == ""
    assert verify(folder).wrong == []
    assert again.close()


def test_the_panel_of_a_file_is_one_step(session, tmp_path):
    panel.word(session, PVC, name="Extrasystole")
    panel.set_digit(session, 5, PVC)
    panel.save_panel(session, tmp_path / "ward.panel.json")
    panel.word(session, PVC, name="")
    panel.remove(session, PVC)
    before = whole(session)
    panel.load_panel(session, tmp_path / "ward.panel.json")
    assert session.can_undo == "panel taken from a file"
    session.undo()
    assert whole(session) == before


def test_a_panel_that_is_in_use_already_is_no_step(session, tmp_path):
    session.set_label("r0", AF, State.PRESENT)
    panel.word(session, PVC, name="Extrasystole")
    panel.save_panel(session, tmp_path / "ward.panel.json")
    session.undo()
    session.redo()
    panel.load_panel(session, tmp_path / "ward.panel.json")
    assert session.can_undo == "statement called Extrasystole"


def test_what_another_reader_has_chosen_too_stays_at_an_undo_and_that_is_said(session):
    before = session.project.settings.panel()
    panel.add(session, "74390002")
    said = {"key": "panel", "old": before, "new": [*before, "74390002"]}
    acts.append(session.project._database, "setting", "", "dr b", said)  # as on a computer that did not know of it
    before_undo = whole(session)
    assert "others have chosen the same" in stepping.step(session, "undo").done
    assert whole(session) == before_undo


def test_labels_and_changes_of_the_panel_are_undone_in_their_order(session):
    session.set_label("r0", AF, State.PRESENT)
    panel.remove(session, AF)
    session.set_label("r0", PVC, State.ABSENT)
    assert [session.undo() for _ in range(3)] == ["r0", "", "r0"]
    assert session.labels("r0") == {}
    assert AF in [statement.code for statement in session.panel()]


def test_undo_takes_back_what_the_reader_changed_and_leaves_what_others_did(session):
    settings = session.project.settings
    before = settings.panel()
    panel.move(session, SB, -1)
    panel.word(session, AF, name="VHF")
    settings.set("panel", [*settings.panel(), OWN], "dr b")
    settings.word(AF, "group", "other", "dr b")
    session.undo()
    session.undo()
    assert settings.panel() == [*before, OWN]
    assert (session.vocabulary()[AF].name, session.vocabulary()[AF].group) == ("Atrial fibrillation", "other")


def test_keys_are_each_readers_own(session):
    settings = session.project.settings
    before = panel.digits(session)
    settings.set_digits([PVC], [], "dr b")
    assert panel.digits(session) == before
    assert settings.digits("dr b") == [PVC]


def test_what_a_project_chose_before_they_were_acts_is_kept_and_comes_back(session):
    session.set_setting("digits", [PVC, AF])
    session.set_setting("wordings", [{"code": AF, "name": "VHF", "group": "", "typed": [], "codes": []}])
    panel.set_digit(session, 1, AF)
    panel.word(session, AF, group="other")
    assert panel.digits(session)[:2] == (AF, "")
    assert (session.vocabulary()[AF].name, session.vocabulary()[AF].group) == ("VHF", "other")
    session.undo()
    session.undo()
    assert panel.digits(session) == (PVC, AF)
    assert (session.vocabulary()[AF].name, session.vocabulary()[AF].group) == ("VHF", "rhythm")


def merge(session, qtbot, code, into):
    with qtbot.waitSignal(session.label_files.ended):
        session.label_files.merge(code, into)


def step(session, qtbot, way):
    """What takes its time, to its end."""
    with (
        qtbot.waitSignal(session.renewed),
        qtbot.waitSignal(session.ended, check_params_cb=lambda kind, _: kind == TaskKind.MOVE) as ended,
    ):
        assert stepping.step(session, way) is None
    return ended.args[1]


def test_a_merge_is_undone_and_redone_behind_the_window(session, qtbot):
    session.set_label("r0", PVC, State.PRESENT)
    before = whole(session)
    merge(session, qtbot, PVC, AF)
    assert session.labels("r0") == {PVC: State.PRESENT, AF: State.PRESENT}
    assert session.can_undo == "PVC merged into AF"
    assert step(session, qtbot, "undo").result.sentence == "Undone: PVC merged into AF."
    assert session.labels("r0") == {PVC: State.PRESENT}
    assert whole(session) == before
    step(session, qtbot, "redo")
    assert session.labels("r0") == {PVC: State.PRESENT, AF: State.PRESENT}
    assert PVC not in session.project.settings.panel()


def test_a_merge_that_another_made_too_holds_on_and_that_is_said(session, qtbot):
    settings = session.project.settings
    merge(session, qtbot, PVC, AF)
    mine = settings.get("merges")
    session.project.steps.undo("dr test")
    settings.set("merges", mine, "dr b")
    session.project.steps.redo("dr test")
    said = step(session, qtbot, "undo").result.sentence
    assert said == (
        "Undone: PVC merged into AF. Another reader has merged them too, so they stay merged: "
        "Statements > Merge into another > Take apart ends it for all."
    )


def test_merged_statements_that_were_taken_apart_are_merged_again_by_redo(session, qtbot):
    merge(session, qtbot, PVC, AF)
    with qtbot.waitSignal(session.label_files.ended):
        session.label_files.take_apart(PVC)
    assert session.can_redo == "PVC merged into AF"
    step(session, qtbot, "redo")
    assert [one.code for one in session.label_files.merges()] == [PVC]


def test_lists_of_many_readers_in_any_order_follow_from_the_log(session):
    rng = np.random.default_rng(7)
    settings = session.project.settings
    for number in range(40):
        reader = f"dr {number % 3}"
        codes = settings.panel()
        if number % 4 == 3:
            session.project.steps.undo(reader)
        else:
            at = int(rng.integers(len(codes) - 1))
            codes[at], codes[at + 1] = codes[at + 1], codes[at]
            settings.set("panel", codes, reader, new_step())
    assert len(settings.panel()) == len(set(settings.panel()))
    assert verify(session.project.folder).wrong == []


def test_an_import_has_its_count_in_its_name_and_is_undone_behind_the_window(session, qtbot, tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("record,code,state,reader\nr0,AF,present,dr b\nr1,AF,absent,dr b\n")
    table = read_table(path)
    seen = label_import.preview(session.project, table, guess(table), "dr test")
    with qtbot.waitSignal(session.label_files.ended):
        session.label_files.take_in(seen, False, path.name)
    assert session.can_undo == "2 labels taken in"
    assert step(session, qtbot, "undo").result.sentence == "Undone: 2 labels taken in."
    assert session.labels("r0") == {}
    assert session.can_redo == "2 labels taken in"


def test_an_import_is_not_undone_before_its_end(session, qtbot, tmp_path, monkeypatch):
    path = tmp_path / "labels.csv"
    path.write_text("record,code,state\nr0,AF,present\nr1,AF,absent\nr2,AF,absent\n")
    table = read_table(path)
    seen = label_import.preview(session.project, table, guess(table), "dr test")
    begun, go_on = Event(), Event()

    def chunks(labels, size):
        yield labels[:2]
        begun.set()
        assert go_on.wait(10)
        yield labels[2:]

    monkeypatch.setattr(taking_labels, "chunks", chunks)
    with qtbot.waitSignal(session.label_files.ended):
        session.label_files.take_in(seen, False, path.name)
        assert begun.wait(10)
        with qtbot.waitSignal(session.problem) as said:
            stepping.step(session, "undo")
        go_on.set()
    assert said.args[0] == "The import still runs."
    assert step(session, qtbot, "undo").result.sentence == "Undone: 3 labels taken in."
