"""Several readers at one desk: who sits there, where they differ, what was decided, by which reason an ECG came."""

from threading import Event

import pytest

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.models.predictions import ActivePredictions
from cessl_gui.bridge.projects import open_session
from cessl_gui.bridge.queueing import BY_QUEUE, ORDER, WITH_REASONS
from cessl_gui.core.types import Ending, Outcome, ReadingState, State
from cessl_gui.store.log import counting_as
from cessl_gui.store.project import Project
from cessl_gui.tasks.team import syncing
from cessl_gui.tasks.worklist.queue import Next, Reason
from tests.bridge.conftest import AF, PVC, record


@pytest.fixture
def folder(tmp_path):
    """A project in which dr a has read two ECGs of six."""
    with Project.open(tmp_path / "ward.cessl") as project:
        for number in range(6):
            project.records.add(record(number))
        for number in (0, 1):
            project.labels.set(f"r{number}", AF, State.PRESENT, "dr a")
            project.records.set_reading(f"r{number}", ReadingState.CONFIRMED, "dr a")
        project.settings.set("reader", "dr a")
    return tmp_path / "ward.cessl"


@pytest.fixture
def at_desk(qapp, folder, monkeypatch):
    """Open the project as whoever read last; asked again, as whoever was chosen since."""
    monkeypatch.setattr(ActivePredictions, "predict_missing", lambda self: None)
    opened = []

    def sit():
        for session in opened:
            session.close()
        opened[:] = [open_session(folder)]
        return opened[0]

    yield sit
    for session in opened:
        session.close()


@pytest.fixture
def second(at_desk):
    """Dr b reads apart from dr a."""
    at_desk().team.choose_reader("dr b", apart=True)
    return at_desk()


def test_who_read_last_sits_there_again(at_desk):
    assert at_desk().reader == "dr a"


@pytest.mark.parametrize(("typed", "reader"), [("  dr   b ", "dr b"), ("Dr A", "dr a")])
def test_another_reader_is_chosen_by_a_name_spelled_as_it_is_known(at_desk, typed, reader):
    at_desk().team.choose_reader(typed, apart=False)
    assert at_desk().reader == reader


def test_choosing_a_reader_asks_for_the_project_anew(at_desk, qtbot):
    session = at_desk()
    with qtbot.waitSignal(session.team.open_anew):
        session.team.choose_reader("dr b", apart=False)


@pytest.mark.parametrize("name", ["", "   ", "header"])
def test_what_is_no_name_is_refused(at_desk, qtbot, name):
    session = at_desk()
    with qtbot.waitSignal(session.problem):
        session.team.choose_reader(name, apart=False)


def test_readers_are_named(second):
    assert second.team.readers() == ["dr a", "dr b"]


def test_the_second_reader_sees_no_label_of_the_first(second):
    assert second.labels("r0") == {}


def test_the_second_reader_has_all_ecgs_before_him(second):
    assert second.info("r0").reading == ReadingState.NEW


def test_the_second_reader_sees_no_history_of_the_first(second):
    assert second.history("r0") == []


def test_the_first_reader_stays_as_he_was(second, at_desk):
    second.set_label("r0", AF, State.ABSENT)
    second.team.choose_reader("dr a", apart=False)
    assert at_desk().project.readers.labels_of("dr a")["r0"] == {AF: State.PRESENT}


def test_reading_again_is_blind_to_ones_own_first_reading(at_desk):
    at_desk().team.read_again()
    session = at_desk()
    assert (session.reader, session.labels("r0")) == ("dr a (again)", {})


def conflicts_of(session, qtbot):
    with qtbot.waitSignal(session.team.conflicts_ready, timeout=20_000) as answer:
        session.team.request_conflicts()
    return answer.args[0]


def test_who_reads_apart_is_told_of_no_conflict_before_confirming(second, qtbot):
    second.set_label("r0", AF, State.ABSENT)
    assert conflicts_of(second, qtbot) == []


def test_who_reads_apart_is_told_of_a_conflict_once_confirmed(second, qtbot):
    second.set_label("r0", AF, State.ABSENT)
    second.set_reading("r0", ReadingState.CONFIRMED)
    assert [dict(each.said) for each in conflicts_of(second, qtbot)] == [{"dr a": "present", "dr b": "absent"}]


def test_what_was_decided_stands_beside_both_words(second, qtbot):
    second.set_label("r0", AF, State.ABSENT)
    second.set_reading("r0", ReadingState.CONFIRMED)
    second.team.adjudicate("r0", AF, State.UNCERTAIN)
    (conflict,) = conflicts_of(second, qtbot)
    assert (conflict.adjudicated, len(conflict.said)) == (State.UNCERTAIN, 2)


def test_what_was_said_while_readers_were_compared_is_in_the_answer(second, qtbot, monkeypatch):
    for record_id in ("r0", "r1"):
        second.set_label(record_id, AF, State.ABSENT)
        second.set_reading(record_id, ReadingState.CONFIRMED)
    may_end, visible = Event(), type(second.team)._visible

    def slow(project):
        found = visible(project)
        may_end.wait(20)
        return found

    monkeypatch.setattr(type(second.team), "_visible", staticmethod(slow))
    second.team.request_conflicts()
    second.team.adjudicate("r0", AF, State.PRESENT)
    second.team.request_conflicts()
    answers = []
    second.team.conflicts_ready.connect(answers.append)
    with qtbot.waitSignal(second.team.conflicts_ready, timeout=20_000):
        may_end.set()
    assert [[(each.record_id, each.adjudicated) for each in answer] for answer in answers] == [
        [("r1", None), ("r0", State.PRESENT)]
    ]


def test_of_excluded_ecgs_and_of_merged_statements_nothing_is_to_be_decided(at_desk, qtbot):
    session = at_desk()
    labels = session.project.labels
    for code in (AF, PVC):
        labels.set("r0", code, State.PRESENT, "dr a")
        labels.set("r0", code, State.ABSENT, "dr b")
    labels.set("r1", AF, State.ABSENT, "dr b")
    session.project.settings.set("merges", [counting_as.text(PVC, AF)], "dr a")
    assert [(each.record_id, each.code) for each in conflicts_of(session, qtbot)] == [("r0", AF), ("r1", AF)]
    session.project.records.set_reading("r1", ReadingState.EXCLUDED, "dr a")
    assert [each.record_id for each in conflicts_of(session, qtbot)] == ["r0"]


def test_a_decision_can_be_undone(second):
    second.team.adjudicate("r0", AF, State.UNCERTAIN)
    second.undo()
    assert second.project.adjudications.all_current() == {}


def test_numbers_are_made_behind_the_window(at_desk, qtbot):
    session = at_desk()
    with qtbot.waitSignal(session.team.numbers_ready, timeout=20_000) as answer:
        session.team.request_numbers()
    assert (answer.args[0].records, answer.args[0].read) == (6, 2)


# --- the queue -------------------------------------------------------------------------------------------------------


@pytest.fixture
def queued(at_desk, qtbot):
    """Dr a goes by the queue, which is known."""
    session = at_desk()
    session.queue._wait.setInterval(0)
    with qtbot.waitSignal(session.queue.changed, timeout=20_000):
        session.set_setting(ORDER, BY_QUEUE)
    return session


def test_in_order_there_is_no_queue(at_desk):
    assert (at_desk().queue.places, at_desk().queue.next()) == ((), "")


def test_the_queue_has_what_is_unread(queued):
    assert set(queued.queue.places) == {"r2", "r3", "r4", "r5"}


def test_the_next_one_is_the_first_unread(queued):
    first, second = queued.queue.places[:2]
    queued.set_reading(first, ReadingState.CONFIRMED)
    assert queued.queue.next() == second


def test_reasons_are_hidden_unless_asked_for(queued):
    assert queued.queue.reason(queued.queue.places[0]) is None


def test_a_label_keeps_for_which_reason_the_ecg_came(queued):
    first = queued.queue.places[0]
    queued.queue._of[first] = Next(first, Reason.CONTROL)
    queued.set_label(first, AF, State.PRESENT)
    (event,) = queued.history(first)
    assert (event["reason"], event["primed"]) == ("random control", 0)


def test_a_label_given_while_reasons_are_shown_is_primed(queued):
    queued.set_setting(ORDER, WITH_REASONS)
    first = queued.queue.places[0]
    queued.set_label(first, AF, State.PRESENT)
    assert queued.history(first)[0]["primed"] == 1


def test_the_reason_for_which_an_ecg_came_stays_though_the_queue_is_made_anew(queued):
    first = queued.queue.next()
    queued.queue._given[first] = Next(first, Reason.CONTROL)
    queued.queue._of = {}  # a queue that has no place for it any more
    queued.set_label(first, AF, State.PRESENT)
    queued.queue._of = {first: Next(first, Reason.RARE)}
    queued.set_label(first, PVC, State.PRESENT)
    assert [event["reason"] for event in queued.history(first)] == ["random control", "random control"]


@pytest.mark.parametrize("state", [ReadingState.IN_PROGRESS, ReadingState.CONFIRMED])
def test_the_reason_for_which_an_ecg_came_stays_after_a_restart(queued, at_desk, state):
    first = queued.queue.next()
    queued.set_label(first, AF, State.PRESENT)
    (before,) = queued.history(first)
    queued.set_reading(first, state)
    session = at_desk()
    session.queue._of = {first: Next(first, Reason.RARE)}
    session.set_reading(first, ReadingState.IN_PROGRESS)
    session.set_label(first, PVC, State.PRESENT)
    assert [event["reason"] for event in session.history(first)] == [before["reason"]] * 2


def test_an_ecg_that_was_begun_in_order_keeps_no_reason(queued):
    queued.set_setting(ORDER, "in order")
    queued.set_label("r2", AF, State.PRESENT)
    queued.set_setting(ORDER, BY_QUEUE)
    queued.set_label("r2", PVC, State.PRESENT)
    assert {event["reason"] for event in queued.history("r2")} == {""}


def test_a_reason_that_was_seen_primes_labels_after_it_is_hidden_again(queued):
    queued.set_setting(ORDER, WITH_REASONS)
    first = queued.queue.places[0]
    assert queued.queue.reason(first)
    queued.set_setting(ORDER, BY_QUEUE)
    queued.set_label(first, AF, State.PRESENT)
    assert queued.history(first)[0]["primed"] == 1


def test_who_reads_apart_is_told_no_reason(second):
    second.set_setting(ORDER, WITH_REASONS)
    second.queue._of = {"r2": Next("r2", Reason.READERS, "AF")}
    assert second.queue.reason("r2") is None


def test_a_label_given_in_order_has_no_reason(at_desk):
    session = at_desk()
    session.set_label("r2", AF, State.PRESENT)
    assert session.history("r2")[0]["reason"] == ""


# --- what comes by a sync -------------------------------------------------------------------------------------------


@pytest.fixture
def came(at_desk, monkeypatch, qtbot):
    """A session, after a sync that brought a label, a confirmation, a statement of the panel and a recording."""
    session = at_desk()
    session.set_label("r5", AF, State.ABSENT)

    def others(project, address, task, also):
        project.labels.set("r2", AF, State.PRESENT, "dr b")
        project.records.set_reading("r2", ReadingState.CONFIRMED, "dr b")
        project.records.add(record(9))
        project.settings.set("panel", ["local:hers"], "dr b")
        return syncing.Synced(received=3, recordings=1)

    monkeypatch.setattr(syncing, "sync", others)
    with qtbot.waitSignal(session.renewed):
        session.team.sync("postgresql://anna@localhost/ward")
    return session


def test_labels_of_others_are_there_after_a_sync(came):
    assert came.labels("r2") == {AF: State.PRESENT}


def test_own_labels_stay_after_a_sync(came):
    assert came.labels("r5") == {AF: State.ABSENT}


def test_lists_follow_a_sync(came):
    columns = came.columns()
    assert columns.is_in(ReadingState.CONFIRMED)[columns.rows.of("r2")]
    assert columns.names[columns.rows.of("r9")] == came.info("r9").name


def test_what_others_confirmed_is_uncovered_after_a_sync(came):
    assert came.prediction_shown("r2")


def test_the_panel_follows_a_sync(came):
    assert [s.code for s in came.panel()] == ["local:hers"]


def test_a_label_given_while_what_came_is_read_stays(at_desk, qtbot):
    session = at_desk()
    with qtbot.waitSignal(session.renewed):
        session.read_again()
        session.set_label("r4", AF, State.PRESENT)
    assert session.labels("r4") == {AF: State.PRESENT}


def test_a_recording_that_was_removed_is_in_no_list(at_desk, qtbot):
    session = at_desk()
    session.project.remove(["r3"], "dr b", "consent withdrawn")
    with qtbot.waitSignal(session.renewed):
        session.read_again()
    assert "r3" not in [info.id for info in session.records()]
    assert session.columns().count == session.count == 5


@pytest.mark.parametrize("kind", [TaskKind.SYNC, TaskKind.BUNDLE])
def test_a_project_is_opened_anew_where_a_removal_came_before_the_exchange_broke_off(at_desk, kind):
    session, anew = at_desk(), []
    session.team.open_anew.connect(lambda: anew.append(True))
    session.project.remove(["r0"], "dr b", "consent withdrawn")
    session.team.ended(kind, Outcome("job", Ending.CANCELLED))
    assert anew == [True]
