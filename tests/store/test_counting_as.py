"""A merge of statements goes through many records some at a time: others act between, and kills do no harm."""

import time

import pytest

from cessl_gui.core.types import State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.log import counting_as
from cessl_gui.store.project import Project
from cessl_gui.tasks.merging_statements import merge, take_apart
from tests.records import make_record

AF, OWN = "164889003", "local:Vorhofflimmern"


@pytest.fixture
def ward(tmp_path, monkeypatch):
    """30 records with a label each, taken 4 at a time as if they were many."""
    monkeypatch.setattr(counting_as, "AT_ONCE", 5)
    monkeypatch.setattr(counting_as, "TOGETHER", 4)
    with Project.open(tmp_path / "ward.cessl") as project:
        for number in range(30):
            project.records.add(make_record([[0.0] * 10] * 12, number))
        project.labels.set_many([(f"r{number}", OWN, State.PRESENT) for number in range(30)], "dr a")
        yield project


class Killed(BaseException):
    """The program ends here."""


def killed_after(share: float):
    def tell(done: float) -> None:
        if done >= share:
            raise Killed

    return tell


def opened_again(project: Project) -> Project:
    project.close()
    return Project.open(project.folder)


def test_all_labels_count_in_the_end(ward):
    assert merge(ward, OWN, AF, "dr a") == 30


def test_who_labels_meanwhile_goes_between(ward):
    said = []

    def label(share: float) -> None:
        if not said:
            said.append(ward.labels.set("r29", OWN, State.UNCERTAIN, "dr b"))

    merge(ward, OWN, AF, "dr a", label)
    assert ward.labels.of_reader("r29", "dr b").states[AF] == State.UNCERTAIN


def test_no_transaction_takes_more_than_some_records(ward, monkeypatch):
    spans, bring_up = [], counting_as._bring_up
    monkeypatch.setattr(
        counting_as, "_bring_up", lambda db, pairs, span=None: spans.append(span) or bring_up(db, pairs, span)
    )
    merge(ward, OWN, AF, "dr a")
    assert (len(spans), None in spans) == (8, False)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_what_a_kill_broke_off_goes_on_at_the_next_opening(ward, share):
    with pytest.raises(Killed):
        merge(ward, OWN, AF, "dr a", killed_after(share))
    with opened_again(ward) as again:
        assert len(again.labels.under(AF)) == 30


def test_what_a_kill_broke_off_is_named_by_verify(ward):
    with pytest.raises(Killed):
        merge(ward, OWN, AF, "dr a", killed_after(0.5))
    ward.close()
    assert verify(ward.folder).wrong == [
        "Not all labels follow a merge of statements yet: open the project, which goes on with it."
    ]


def test_a_project_is_sound_once_it_went_on(ward):
    with pytest.raises(Killed):
        merge(ward, OWN, AF, "dr a", killed_after(0.5))
    opened_again(ward).close()
    assert verify(ward.folder).wrong == []


def test_taken_apart_before_it_was_done_nothing_counts(ward):
    with pytest.raises(Killed):
        merge(ward, OWN, AF, "dr a", killed_after(0.5))
    take_apart(ward, OWN, "dr a")
    assert ward.labels.under(AF) == []


def test_another_merge_in_the_middle_is_done_too(ward):
    ward.labels.set_many([(f"r{number}", "local:y", State.ABSENT) for number in range(30)], "dr b")
    said = []

    def other(share: float) -> None:
        if not said:
            said.append(share)
            merge(ward, "local:y", "427172004", "dr a")

    merge(ward, OWN, AF, "dr a", other)
    assert (len(ward.labels.under(AF)), len(ward.labels.under("427172004"))) == (30, 30)


def test_a_merge_that_came_from_others_counts_here(ward, tmp_path):
    with Project.open(tmp_path / "other.cessl") as other:
        merge(other, OWN, AF, "dr b")
        ward.take(other.known(), list(other.give({})), [])
    assert len(ward.labels.under(AF)) == 30


def test_what_a_merge_writes_is_in_the_database_before_the_next_label(ward):
    said = []
    ward._database.connection.set_trace_callback(said.append)
    merge(ward, OWN, AF, "dr a")
    ward._database.connection.set_trace_callback(None)
    said = said[said.index(next(one for one in said if one.startswith("DELETE FROM labels"))) :]
    ends = [one for one in said if one == "COMMIT" or "wal_checkpoint" in one]
    assert ends[:2] == ["COMMIT", "PRAGMA wal_checkpoint(PASSIVE)"]


def test_a_note_of_what_is_to_be_done_that_cannot_be_read_does_no_harm(ward):
    merge(ward, OWN, AF, "dr a")
    ward.settings.set(counting_as.TO_BRING_IN, 7)
    with opened_again(ward) as again:
        assert len(again.labels.under(AF)) == 30


def test_an_older_word_that_comes_before_a_merge_is_taken_apart_everywhere_stands(ward, tmp_path):
    with Project.open(tmp_path / "other.cessl") as other:
        other.take(ward.known(), list(ward.give({})), list(ward.facts()))
        other.labels.set("r1", AF, State.ABSENT, "dr a")
        time.sleep(0.01)  # acts are in the order of their milliseconds
        ward.labels.set("r1", OWN, State.UNCERTAIN, "dr a")
        merge(ward, OWN, AF, "dr a")
        ward.settings.set(counting_as.SETTING, [], "dr a")
        assert counting_as.to_bring_in(ward._database.connection), "not all labels follow it yet"
        ward.take(other.known(), list(other.give({one.id: one.number for one in ward.known()})))
    assert ward.labels.of_reader("r1", "dr a").states == {OWN: State.UNCERTAIN, AF: State.ABSENT}
    assert verify(ward.folder).wrong == []
