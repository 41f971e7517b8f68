"""Windows beside the main one: who reads, where readers differ, the numbers."""

import pytest

from cessl_gui.bridge.session import Session
from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.exchange import team_address
from cessl_gui.store.project import Project
from cessl_gui.tasks.team import syncing, team_sending
from cessl_gui.ui.worklist.conflicts import ConflictsDialog
from cessl_gui.ui.worklist.numbers import NumbersDialog
from cessl_gui.ui.worklist.readers import ReadersDialog
from cessl_gui.ui.worklist.sync import SyncDialog
from tests.ui.conftest import AF, SR


@pytest.fixture
def two(session):
    """Dr test and dr b have read ECG 1, and differ on AF."""
    for reader, state in (("dr test", State.PRESENT), ("dr b", State.ABSENT)):
        session.project.labels.set_many([("r1", AF, state), ("r1", SR, State.PRESENT)], reader)
        session.project.records.set_reading("r1", ReadingState.CONFIRMED, reader)
    return session


def shown(qtbot, dialog, answer):
    with qtbot.waitSignal(answer, timeout=20_000):
        made = dialog()
    qtbot.addWidget(made)
    return made


def cells(table, row: int = 0) -> list[str]:
    model = table.model()
    return [model.data(model.index(row, column)) for column in range(model.columnCount())]


def test_where_readers_differ_is_listed(qtbot, two):
    dialog = shown(qtbot, lambda: ConflictsDialog(two), two.team.conflicts_ready)
    assert cells(dialog.table) == ["ECG 1", "Atrial fibrillation", "dr b: absent, dr test: present", ""]


def test_what_is_decided_is_shown(qtbot, two):
    dialog = shown(qtbot, lambda: ConflictsDialog(two), two.team.conflicts_ready)
    with qtbot.waitSignal(two.team.conflicts_ready, timeout=20_000):
        dialog.decide[State.UNCERTAIN].click()
    assert cells(dialog.table)[-1] == "uncertain"


def test_the_chosen_ecg_is_opened_at_its_statement(qtbot, two):
    dialog = shown(qtbot, lambda: ConflictsDialog(two), two.team.conflicts_ready)
    with qtbot.waitSignal(dialog.opened) as opened:
        dialog.look.click()
    assert opened.args == ["r1", AF]


def test_without_a_conflict_nothing_can_be_decided(qtbot, session):
    dialog = shown(qtbot, lambda: ConflictsDialog(session), session.team.conflicts_ready)
    assert not any(button.isEnabled() for button in (dialog.look, *dialog.decide.values()))


def test_another_reader_sits_down(qtbot, session):
    dialog = ReadersDialog(session)
    qtbot.addWidget(dialog)
    dialog.name.setCurrentText("dr new")
    dialog.apart.setChecked(True)
    with qtbot.waitSignal(session.team.open_anew):
        dialog.sit.click()
    assert session.setting("readers apart") == ["dr new"]


def test_the_balance_says_what_a_verdict_lacks(qtbot, two):
    dialog = shown(qtbot, lambda: NumbersDialog(two), two.team.numbers_ready)
    assert cells(dialog.balance)[2:] == ["1", "0", "0", "0", "7 with it, 8 without it"]


def test_the_agreement_of_two_readers_is_listed(qtbot, two):
    dialog = shown(qtbot, lambda: NumbersDialog(two), two.team.numbers_ready)
    rows = [cells(dialog.agreement, row)[:4] for row in range(dialog.agreement.model().rowCount())]
    assert ["dr b, dr test", "Atrial fibrillation", "1", "0 %"] in rows


def test_what_is_left_out_as_it_is_still_hidden_is_counted(qtbot, two):
    two.project.labels.set("r2", AF, State.PRESENT, "dr test")  # not confirmed: what model and file say is hidden
    dialog = shown(qtbot, lambda: NumbersDialog(two), two.team.numbers_ready)
    assert dialog.text.text().endswith("Not compared with model and file: 1 labelled, of which these are still hidden.")


@pytest.fixture
def sync(qtbot, session):
    dialog = SyncDialog(session)
    qtbot.addWidget(dialog)
    return dialog


def ended(qtbot, session, dialog):
    with qtbot.waitSignal(session.ended, check_params_cb=lambda kind, outcome: kind == "sync", timeout=20_000):
        dialog.go.click()


def test_a_sync_that_fails_says_what_is_wrong_and_what_to_do(qtbot, session, sync):
    sync.address.setText("ward")
    ended(qtbot, session, sync)
    assert sync.said.text().endswith("Write it as postgresql://NAME@HOST/DATABASE.")


def test_a_sync_says_what_it_did(qtbot, session, sync, monkeypatch):
    monkeypatch.setattr(syncing, "sync", lambda *given: syncing.Synced(12, 3))
    sync.address.setText("postgresql://anna@localhost/ward")
    ended(qtbot, session, sync)
    assert sync.said.text() == "12 acts sent, 3 acts received."


def test_what_came_is_shown_at_once(qtbot, session, sync, monkeypatch):
    monkeypatch.setattr(syncing, "sync", lambda *given: syncing.Synced(0, 3))
    sync.address.setText("postgresql://anna@localhost/ward")
    with qtbot.waitSignal(session.renewed):
        ended(qtbot, session, sync)


def test_where_recordings_were_removed_the_project_is_opened_anew(qtbot, session, sync, monkeypatch):
    monkeypatch.setattr(syncing, "sync", lambda *given: syncing.Synced(0, 3, removed=1))
    sync.address.setText("postgresql://anna@localhost/ward")
    with qtbot.waitSignal(session.team.open_anew):
        ended(qtbot, session, sync)


def test_models_and_signals_stay_here_unless_somebody_chooses_so(sync):
    assert not any(box.isChecked() for box in sync.files.values())


def test_what_was_chosen_to_go_along_goes_and_is_kept(qtbot, session, sync, monkeypatch):
    asked = []
    monkeypatch.setattr(team_sending, "of", asked.append)
    monkeypatch.setattr(syncing, "sync", lambda *given: syncing.Synced())
    sync.address.setText("postgresql://anna@localhost/ward")
    sync.files["model"].setChecked(True)
    ended(qtbot, session, sync)
    assert (asked, session.team.sent_along()) == ([["model"]], ("model",))


def test_the_dialog_shows_what_was_chosen_before(qtbot, session):
    session.set_setting("team sends", ["signal"])
    again = SyncDialog(session)
    qtbot.addWidget(again)
    assert {kind: box.isChecked() for kind, box in again.files.items()} == {"model": False, "signal": True}


def test_a_model_that_came_is_on_the_shelf_at_once(qtbot, session, sync, monkeypatch):
    monkeypatch.setattr(syncing, "sync", lambda *given: syncing.Synced(models=1))
    sync.address.setText("postgresql://anna@localhost/ward")
    with qtbot.waitSignal(session.renewed, timeout=20_000):
        ended(qtbot, session, sync)


def test_the_password_goes_to_the_keyring_alone(qtbot, session, sync, monkeypatch):
    kept = []
    monkeypatch.setattr(team_address, "save_password", lambda address, given: kept.append((address.name, given)))
    monkeypatch.setattr(syncing, "sync", lambda *given: syncing.Synced())
    sync.address.setText("postgresql://anna@localhost/ward")
    sync.password.setText("secret")
    ended(qtbot, session, sync)
    assert (kept, sync.password.text()) == ([("anna@localhost/ward", "secret")], "")


def test_a_bundle_goes_from_one_project_to_another(qtbot, two, tmp_path, monkeypatch):
    with qtbot.waitSignal(two.ended, timeout=20_000, check_params_cb=lambda kind, _: kind == "export"):
        two.team.write_bundle(tmp_path / "ward.bundle")
    other = Session(Project.open(tmp_path / "other.cessl"), "dr c")
    with qtbot.waitSignals([other.team.merged, other.renewed], timeout=20_000):
        other.team.merge_bundle(tmp_path / "ward.bundle")
    said = other.project.readers.labels_of("dr b")
    qtbot.waitUntil(lambda: not other.busy, timeout=20_000)
    assert other.close()
    assert said["r1"][AF] == State.ABSENT


def test_a_second_bundle_at_once_is_refused_and_not_passed_over(qtbot, two, tmp_path):
    with qtbot.waitSignal(two.ended, timeout=20_000, check_params_cb=lambda kind, _: kind == "export"):
        two.team.write_bundle(tmp_path / "ward.bundle")
    said = []
    two.problem.connect(lambda what, *_: said.append(what))
    with qtbot.waitSignal(two.renewed, timeout=20_000):
        two.team.merge_bundle(tmp_path / "ward.bundle")
        two.team.merge_bundle(tmp_path / "ward.bundle")
    assert said == ["Another bundle is being taken in."]


def test_each_plot_has_a_row_for_each_of_its_table(qtbot, two):
    dialog = shown(qtbot, lambda: NumbersDialog(two), two.team.numbers_ready)
    tables = ((dialog.balance, dialog.bars), (dialog.agreement, dialog.kappas), (dialog.pace, dialog.days))
    assert [table.model().rowCount() for table, _ in tables] == [len(plot.shares) for _, plot in tables]
