"""A project's numbers, as data."""

import numpy as np
import pytest

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.training.evidence import ENOUGH
from cessl_gui.core.types import Prediction, ReadingState, State
from cessl_gui.learn.judging.metrics import supported
from cessl_gui.store.project import Project
from cessl_gui.tasks.evaluation.numbers import (
    balance,
    between_readers,
    pace,
    project_numbers,
    with_file,
    with_model,
)
from tests.records import make_record, noise_mv

AF, PVC = "164889003", "427172004"
PRESENT, ABSENT, UNCERTAIN = State.PRESENT, State.ABSENT, State.UNCERTAIN

LABELS = {
    "r1": {AF: PRESENT},
    "r2": {AF: PRESENT, PVC: ABSENT},
    "r3": {AF: ABSENT},
    "r4": {AF: UNCERTAIN},
    "r5": {PVC: PRESENT},
    "r6": {},
}
GROUPS = {"r1": "p1", "r2": "p1", "r3": "p1", "r4": "p4", "r5": "p5"}


@pytest.fixture(scope="module")
def af():
    return balance(LABELS, GROUPS, (AF, PVC))[0]


def test_labels_of_excluded_ecgs_are_in_no_number(tmp_path):
    with Project.open(tmp_path / "ward.cessl") as project:
        for number in (1, 2):
            project.records.add(make_record(noise_mv(number), number))
            project.labels.set(f"r{number}", AF, PRESENT, "dr a")
            project.labels.set(f"r{number}", AF, PRESENT, "dr b")
        project.adjudications.set("r2", AF, PRESENT, "dr a")
        project.records.set_reading("r2", ReadingState.EXCLUDED, "dr a")
        found = project_numbers(project, "dr a", Task())
    counted = {row.code: row.present for row in found.balance}[AF], found.between["dr a", "dr b"][AF].n, found.sentence
    assert counted == (1, 1, "Labels: 1 agreed by two or more readers.")


def test_the_balance_counts_ecgs(af):
    assert (af.present, af.absent, af.uncertain) == (2, 1, 1)


def test_not_assessed_is_counted_among_ecgs_with_labels_alone(af):
    assert af.not_assessed == 1


def test_patients_count_once_and_as_both_where_they_have_it_in_one_ecg_and_not_in_another(af):
    assert (af.patients_present, af.patients_absent) == (1, 1)


def test_what_is_missing_until_a_verdict_is_counted_in_patients(af):
    assert (af.more_present, af.more_absent) == (ENOUGH - 1, ENOUGH - 1)


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_missing_exactly_where_the_evidence_gives_a_verdict(seed):
    chance = np.random.default_rng(seed)
    n = int(chance.integers(8, 40))
    said = chance.choice([PRESENT, ABSENT, UNCERTAIN], n, p=(0.4, 0.5, 0.1))
    groups = {f"r{i}": f"p{chance.integers(0, max(8, n // 2))}" for i in range(n)}
    (row,) = balance({f"r{i}": {AF: state} for i, state in enumerate(said)}, groups, (AF,))
    targets = np.array([[{PRESENT: 1.0, ABSENT: 0.0, UNCERTAIN: np.nan}[state]] for state in said])
    (tells,) = supported(targets, [groups[f"r{i}"] for i in range(n)])
    assert (row.more_present == row.more_absent == 0) == tells


def test_nothing_is_missing_where_there_is_enough():
    labels = {f"r{i}": {AF: PRESENT if i % 2 else ABSENT} for i in range(2 * ENOUGH)}
    (row,) = balance(labels, {}, (AF,))
    assert (row.more_present, row.more_absent) == (0, 0)


def predicted(**p: float) -> dict[str, Prediction]:
    return {record_id: Prediction(record_id, "m1", {AF: value}) for record_id, value in p.items()}


def test_the_model_agrees_where_it_lies_on_the_readers_side_of_its_threshold():
    found = with_model(LABELS, predicted(r1=0.4, r3=0.2), {AF: 0.3}, (), GROUPS)
    assert (found[AF].n, found[AF].n_equal) == (2, 2)


def test_ecgs_of_patients_that_the_model_learned_from_show_no_agreement():
    assert with_model(LABELS, predicted(r1=0.4, r3=0.2), {AF: 0.3}, {"p1"}, GROUPS) == {}


def test_what_a_file_does_not_name_is_absent_where_others_name_it():
    header = {"r1": {AF: PRESENT}, "r3": {PVC: PRESENT}}
    assert with_file(LABELS, header, GROUPS)[AF].n_equal == 2


def test_a_file_that_names_nothing_says_nothing():
    assert with_file(LABELS, {"r1": {AF: PRESENT}, "r3": {}}, GROUPS)[AF].n == 1


def test_a_file_that_may_mean_a_statement_by_a_wider_word_does_not_deny_it():
    wider = vocabulary().find("Ventricular ectopics").code
    header = {"r1": {wider: PRESENT}, "r2": {PVC: PRESENT}}
    assert with_file({"r1": {PVC: PRESENT}}, header, {}) == {}


def test_files_of_one_folder_say_nothing_of_what_only_those_of_another_name():
    header = {"r1": {AF: PRESENT}, "r3": {PVC: PRESENT}}
    assert with_file(LABELS, header, GROUPS, {"r1": "/a", "r3": "/b"})[AF].n == 1


def test_what_model_and_file_say_of_an_ecg_that_is_still_hidden_is_in_no_number(tmp_path):
    with Project.open(tmp_path / "ward.cessl") as project:
        for number in (1, 2):
            project.records.add(make_record(noise_mv(number), number))
            project.labels.set(f"r{number}", AF, PRESENT, "header")
            project.labels.set(f"r{number}", AF, PRESENT, "dr a")
        found = project_numbers(project, "dr a", Task(), lambda record_id: record_id == "r1")
    assert (found.with_file[AF].n, found.hidden) == (1, 1)


def test_who_reads_apart_is_told_of_the_own_labels_alone(tmp_path):
    with Project.open(tmp_path / "ward.cessl") as project:
        project.records.add(make_record(noise_mv(1), 1))
        project.labels.set("r1", AF, ABSENT, "dr a")
        project.labels.set("r1", PVC, PRESENT, "dr a")
        project.labels.set("r1", AF, PRESENT, "dr b")
        project.adjudications.set("r1", AF, ABSENT, "dr a")
        project.read_apart("dr b")
        found = project_numbers(project, "dr b", Task())
    counted = {row.code: (row.present, row.absent) for row in found.balance}
    assert (counted[AF], counted[PVC], found.sentence) == ((1, 0), (0, 0), "Labels: 1 of one reader.")


def test_readers_are_compared_two_by_two():
    both = {"r1": {"dr a": {AF: PRESENT}, "dr b": {AF: ABSENT}, "dr c": {PVC: ABSENT}}}
    assert set(between_readers(both, {})) == {("dr a", "dr b")}


def test_who_reads_once_more_is_compared_with_the_own_first_reading_alone():
    said = {"r1": {"dr a": {AF: PRESENT}, "dr a (again)": {AF: ABSENT}, "dr b": {AF: PRESENT}}}
    assert set(between_readers(said, {})) == {("dr a", "dr a (again)"), ("dr a", "dr b")}


def moves(*at: str, reader: str = "dr a", state: str = "confirmed", kind: str = "set") -> dict:
    return {
        f"r{i}": [{"state": state, "reader": reader, "at_utc": f"2026-11-2{when}Z", "kind": kind}]
        for i, when in enumerate(at)
    }


def test_the_pace_is_the_median_between_confirmations():
    (row,) = pace(moves("4T10:00:00", "4T10:00:10", "4T10:00:40", "4T10:01:00"))
    assert (row.confirmed, row.seconds) == (4, 20)


def test_a_break_is_no_reading():
    (row,) = pace(moves("4T10:00:00", "4T10:00:10", "4T12:00:00"))
    assert row.seconds == 10


def test_days_come_newest_first():
    assert [row.day for row in pace(moves("4T10:00:00", "5T10:00:10"))] == ["2026-11-25", "2026-11-24"]


def test_an_undo_confirms_nothing():
    assert pace(moves("4T10:00:00", kind="undo")) == ()


def several(*done: tuple[str, str], reader: str = "dr a") -> dict:
    """Moves of one ECG: state and kind, a minute apart."""
    return {
        "r1": [
            {"state": state, "reader": reader, "at_utc": f"2026-11-24T10:0{i}:00Z", "kind": kind}
            for i, (state, kind) in enumerate(done)
        ]
    }


def test_an_ecg_that_was_reopened_and_confirmed_again_counts_once():
    (row,) = pace(several(("confirmed", "set"), ("in progress", "set"), ("confirmed", "set")))
    assert row.confirmed == 1


def test_a_confirmation_that_was_undone_does_not_count():
    assert pace(several(("confirmed", "set"), ("in progress", "undo"))) == ()


def test_a_confirmation_that_was_redone_counts():
    (row,) = pace(several(("confirmed", "set"), ("in progress", "undo"), ("confirmed", "redo")))
    assert row.confirmed == 1


def test_the_undo_of_a_reopening_leaves_the_confirmation():
    (row,) = pace(several(("confirmed", "set"), ("in progress", "set"), ("confirmed", "undo")))
    assert row.confirmed == 1


def test_deferring_is_no_confirmation():
    assert pace(moves("4T10:00:00", state="deferred")) == ()
