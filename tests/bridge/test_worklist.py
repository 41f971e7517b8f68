"""Which records a list shows and in which order, and what several are moved to at once."""

from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.reader import several, step_words, stepping, undo
from cessl_gui.bridge.reader.opinions import opinions_of
from cessl_gui.bridge.session import Session
from cessl_gui.bridge.worklist import UNASSESSED, UNREAD, Column, Filter, Worklist
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.errors import DiskFull
from cessl_gui.core.measurements import Measurements
from cessl_gui.core.types import HEADER_READER, ReadingState, State
from cessl_gui.store.project import Project
from cessl_gui.tasks import steps_back
from tests.records import record_of
from tests.ui.conftest import AF, SB
from tests.ui.conftest import project as project

COUNT = 6


@pytest.fixture
def session(qapp, project):
    for record_id in ("r3", "r4"):
        project.labels.set(record_id, SB, State.PRESENT, HEADER_READER, kind="header")
    session = Session(project, reader="dr test")
    yield session
    assert session.close()


@pytest.fixture
def worklist(session):
    worklist = Worklist(session)
    worklist.arrange()
    return worklist


def ids(worklist):
    return [worklist.id_at(place) for place in range(len(worklist))]


def shown(worklist, **wanted):
    worklist.filter = Filter(**wanted)
    worklist.arrange()
    return ids(worklist)


def sorted_by(worklist, column, descending=False):
    worklist.sorted_by = column, descending
    worklist.arrange()
    return ids(worklist)


def test_records_are_sorted_by_name_at_first(worklist):
    assert ids(worklist) == [f"r{i}" for i in range(COUNT)]


@pytest.mark.parametrize("text", ["odd", "ODD", "somewhere/odd"])
def test_search_looks_in_the_path(worklist, text):
    assert shown(worklist, text=text) == ["r1", "r3", "r5"]


def test_search_looks_in_the_name(worklist):
    assert shown(worklist, text="ecg 4") == ["r4"]


def test_filter_by_reading_state(worklist, session):
    session.set_reading("r2", ReadingState.DEFERRED)
    assert shown(worklist, states=(ReadingState.DEFERRED,)) == ["r2"]
    assert shown(worklist, states=UNREAD) == ["r0", "r1", "r3", "r4", "r5"]


@pytest.mark.parametrize(("said", "expected"), [("present", ["r1"]), ("absent", ["r2"]), (UNASSESSED, None)])
def test_filter_by_what_was_said_of_a_statement(worklist, session, said, expected):
    session.set_label("r1", AF, State.PRESENT)
    session.set_label("r2", AF, State.ABSENT)
    assert shown(worklist, code=AF, said=said) == (expected or ["r0", "r3", "r4", "r5"])


def test_the_order_stays_until_it_is_asked_for_again(worklist, session):
    assert shown(worklist, states=UNREAD) == [f"r{i}" for i in range(COUNT)]
    session.set_reading("r2", ReadingState.DEFERRED)
    assert ids(worklist) == [f"r{i}" for i in range(COUNT)]
    worklist.arrange()
    assert "r2" not in ids(worklist)


def test_sorts_by_the_probability_of_the_chosen_statement(worklist, session):
    session.set_setting("blind", "off")
    worklist.filter = Filter(code=SB)
    assert sorted_by(worklist, Column.MODEL, descending=True) == [f"r{i}" for i in (5, 4, 3, 2, 1, 0)]


def test_sorts_by_the_likeliest_statement_without_a_choice(worklist, session):
    session.set_setting("blind", "off")
    highest = {f"r{i}": max(session.prediction(f"r{i}").probabilities.values()) for i in range(COUNT)}
    assert sorted_by(worklist, Column.MODEL, descending=True) == sorted(highest, key=lambda i: -highest[i])
    row = session.columns().rows.of("r0")
    assert worklist.likeliest(row) == (AF, 0.95)


@pytest.mark.parametrize("descending", [False, True])
def test_what_is_hidden_has_no_place_in_the_order_by_probability(worklist, session, descending):
    for record_id in ("r4", "r1"):
        session.reveal(record_id)
    worklist.filter = Filter(code=SB)
    first = ["r4", "r1"] if descending else ["r1", "r4"]
    assert sorted_by(worklist, Column.MODEL, descending) == [*first, "r0", "r2", "r3", "r5"]


def test_what_is_hidden_is_sorted_where_the_reader_wants_to_see_it(worklist):
    worklist.filter, worklist.shows_all = Filter(code=SB), True
    assert sorted_by(worklist, Column.MODEL, descending=True)[0] == "r5"


@pytest.mark.parametrize("blind", ["off", "always", "first read"])
def test_the_mask_of_what_is_shown_is_what_the_session_says_record_by_record(worklist, session, blind):
    session.set_setting("blind", blind)
    session.reveal("r4")
    session.set_reading("r1", ReadingState.CONFIRMED)
    assert list(worklist.shown()) == [session.prediction_shown(f"r{i}") for i in range(COUNT)]


def test_disagreements_are_those_that_the_words_of_each_record_name(worklist, session):
    labels = {
        "r0": (AF, State.ABSENT),
        "r1": (AF, State.PRESENT),
        "r2": (SB, State.PRESENT),
        "r3": (AF, State.PRESENT),  # the file states sinus bradycardia, which excludes it
        "r4": (SB, State.PRESENT),
        "r5": (AF, State.ABSENT),
    }
    for record_id, (code, state) in labels.items():
        session.set_label(record_id, code, state)
        session.set_reading(record_id, ReadingState.CONFIRMED)
    opinions = {record_id: opinions_of(session, record_id) for record_id in labels}
    assert opinions["r3"].file_differs == (AF,)
    differing = [i for i, of in opinions.items() if of.model_differs or of.file_differs]
    assert shown(worklist, disagreeing=True) == differing


def test_an_unread_record_never_disagrees(worklist, session):
    session.set_label("r0", AF, State.ABSENT)
    assert shown(worklist, disagreeing=True) == []


def test_records_that_no_model_judges_are_found(worklist, session, qtbot):
    session.project.predictions.write("m1", [], {"r3": "flat"})
    session._predictions._read()
    qtbot.waitUntil(lambda: not session.busy)
    assert shown(worklist, unpredicted=True) == ["r3"]


def test_findings_sort_by_the_alphabet_and_what_nobody_labelled_comes_last(worklist, session):
    session.set_label("r5", AF, State.PRESENT)
    session.set_label("r3", SB, State.UNCERTAIN)
    session.set_label("r1", AF, State.ABSENT)
    assert sorted_by(worklist, Column.FINDING) == ["r5", "r3", "r1", "r0", "r2", "r4"]


def test_dates_and_ages_sort_as_numbers_and_what_is_not_stated_comes_last(qapp, tmp_path):
    facts = {"a": ("2020-05-15 9:00:00", "over 89"), "b": ("2019-01-01", "9"), "c": ("", ""), "d": ("2020-05-15", "70")}
    with Project.open(tmp_path / "dates.cessl") as made:
        for number, (name, (at, age)) in enumerate(facts.items()):
            made.records.add(replace(record_of(number), id=name, name=name, recorded_at=at, age=age))
    session = Session(Project.open(tmp_path / "dates.cessl"), reader="dr test")
    worklist = Worklist(session)
    assert sorted_by(worklist, Column.DATE) == ["b", "d", "a", "c"]
    assert sorted_by(worklist, Column.DATE, descending=True) == ["a", "d", "b", "c"]
    assert sorted_by(worklist, Column.AGE) == ["b", "d", "a", "c"]
    assert session.close()


def test_rate_is_sorted_once_it_is_measured(worklist, session):
    some = [
        Measurements(f"r{i}", values={"rate": 90.0 - i}, doubtful={"rate": "few beats"} if i else {}) for i in (0, 2)
    ]
    session.project.measurements.keep((one, 0) for one in some)
    session.changed.emit(Change(ChangeKind.MEASUREMENTS, ("r0", "r2")))
    assert sorted_by(worklist, Column.RATE)[:2] == ["r2", "r0"]
    assert session.figure_columns().one("rate", 2) == (88.0, True)
    again = session.project.measurements.columns(session.columns().rows, ("rate",))
    assert list(np.flatnonzero(~np.isnan(again.values("rate")))) == [0, 2]


def test_only_chosen_records_are_shown_until_the_filter_is_used_again(worklist):
    worklist.restrict(["r4", "r2"])
    assert ids(worklist) == ["r2", "r4"]
    worklist.clear()
    assert len(worklist) == COUNT


def test_the_next_unread_record_comes_round_to_the_beginning(worklist, session):
    for record_id in ("r1", "r4", "r5"):
        session.set_reading(record_id, ReadingState.CONFIRMED)
    assert worklist.next_unread(0) == 2
    assert worklist.next_unread(3) == 0
    session.set_reading("r0", ReadingState.CONFIRMED)
    session.set_reading("r2", ReadingState.CONFIRMED)
    assert worklist.next_unread(3) is None


def test_a_filter_comes_back_from_what_is_kept_of_it():
    wanted = Filter("text", (ReadingState.DEFERRED,), AF, "present", True, False)
    assert Filter.from_json(wanted.to_json()) == wanted


@pytest.mark.parametrize(
    "kept", [{}, {**Filter().to_json(), "states": ["asleep"]}, {**Filter().to_json(), "states": 3}]
)
def test_what_is_no_filter_is_refused(kept):
    with pytest.raises((KeyError, ValueError, TypeError)):
        Filter.from_json(kept)


@pytest.fixture
def move(session, qtbot):
    """Do something with several records, and wait for what came of it."""

    def carry_out(what, ids):
        with qtbot.waitSignal(session.ended, check_params_cb=lambda kind, _: kind == TaskKind.MOVE) as ended:
            assert what(session, ids)
        return ended.args[1]

    return carry_out


def begun(session, way):
    """Undo or redo what takes its time."""
    return stepping.step(session, way) is None


def test_several_records_are_put_off_together_and_come_back_in_one_step(session, move):
    session.set_reading("r1", ReadingState.CONFIRMED)
    assert list(move(several.defer, ["r0", "r1", "r2"]).result.states) == ["r0", "r2"]
    assert [session.info(f"r{i}").reading for i in range(3)] == ["deferred", "confirmed", "deferred"]
    assert session.can_undo == "2 ECGs deferred"
    undone = move(lambda session, _: begun(session, "undo"), []).result
    assert (undone.sentence, sorted(undone.states)) == ("Undone: 2 ECGs deferred.", ["r0", "r2"])
    assert [session.info(f"r{i}").reading for i in range(3)] == ["new", "confirmed", "new"]
    assert session.can_redo == "2 ECGs deferred"
    move(lambda session, _: begun(session, "redo"), [])
    assert [session.info(f"r{i}").reading for i in range(3)] == ["deferred", "confirmed", "deferred"]


def test_more_records_than_fit_one_transaction_are_one_step(session, move, monkeypatch):
    monkeypatch.setattr(several, "TOGETHER", 2)
    monkeypatch.setattr(steps_back, "TOGETHER", 2)
    move(several.toggle_excluded, [f"r{i}" for i in range(5)])
    for way, state in (("undo", "new"), ("redo", "excluded"), ("undo", "new")):
        move(lambda session, _, way=way: begun(session, way), [])
        assert {session.info(f"r{i}").reading for i in range(5)} == {state}
    assert session.can_undo == ""


def test_very_many_records_of_one_step_are_not_counted_in_words(session, move, monkeypatch):
    monkeypatch.setattr(undo, "MANY", 2)
    monkeypatch.setattr(step_words, "MANY", 2)
    move(several.defer, ["r0", "r1", "r2"])
    assert session.can_undo == "over 2 ECGs deferred"


def test_the_session_itself_undoes_a_step_of_several_records_as_a_whole(session, move):
    move(several.defer, ["r0", "r1"])
    session.undo()
    assert [session.info(f"r{i}").reading for i in range(2)] == ["new", "new"]


def test_what_concerned_one_record_is_undone_at_once(session):
    session.set_reading("r1", ReadingState.DEFERRED)
    assert stepping.step(session, "undo") == ("deferred", "r1")
    assert session.info("r1").reading == ReadingState.NEW


def test_excluded_records_are_included_where_all_are_excluded(session, move):
    some, all_ = ["r0", "r2"], ["r0", "r2", "r3"]
    done = [move(several.toggle_excluded, ids).result for ids in (some, all_, all_)]
    assert [(list(one.states), one.done) for one in done] == [
        (some, "excluded"),
        (["r3"], "excluded"),
        (all_, "included"),
    ]
    assert session.info("r0").reading == ReadingState.NEW


def test_many_that_were_moved_are_read_again(session, move, monkeypatch, qtbot):
    monkeypatch.setattr(several, "MANY", 1)
    with qtbot.waitSignal(session.renewed):
        move(several.defer, ["r0", "r2"])
    assert list(np.flatnonzero(session.columns().is_in(ReadingState.DEFERRED))) == [0, 2]


def test_where_the_disk_is_full_none_of_several_is_moved(session, move, monkeypatch):
    def full(*_args, **_kwargs):
        raise DiskFull("The disk is full.", "Free some space.")

    monkeypatch.setattr(type(session.project.records), "set_reading", full)
    assert move(several.defer, ["r0", "r1"]).message == "The disk is full."
    assert session.info("r0").reading == ReadingState.NEW


def test_records_that_come_are_in_the_list(worklist, session):
    session.project.records.add(replace(record_of(9), name="ECG 2b"))
    session._adopt_records(session._read_records())
    worklist.forget_texts()
    worklist.arrange()
    assert ids(worklist)[3] == "r9"
    assert shown(worklist, unpredicted=True) == ["r9"]
