"""A statement merged into another: old labels count as the other, nothing is lost, and it can be taken apart."""

import csv

import numpy as np
import pytest

from cessl_gui.core.errors import CesslError
from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12, ReadingState, Record, State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.log import counting_as
from cessl_gui.store.log.act_contents import unfit
from cessl_gui.store.log.acts import Act, canonical
from cessl_gui.store.log.state import OF_RECORDS
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from cessl_gui.store.sqlite.taking_over import replay
from cessl_gui.tasks.consensus import project_consensus
from cessl_gui.tasks.export.exporting import export
from cessl_gui.tasks.merging_statements import merge, merges, take_apart
from cessl_gui.tasks.models.training import training_job

OURS, AF, SR = "local:Vorhofflimmern", "164889003", "426783006"
SILENCE = np.zeros((12, 10), np.float32)


@pytest.fixture
def ward(project):
    """Two readers have said OURS of r1; dr a has said something else of AF in r2, and confirmed r1."""
    for number in (1, 2):
        name = f"r{number}"
        project.records.add(Record(name, name, f"/x/{name}.hea", name * 32, SILENCE, 500.0, LEADS_12))
    project.settings.set("statements", [OURS])
    project.settings.set("panel", [SR, OURS])
    project.labels.set("r1", OURS, State.PRESENT, "dr a", prediction_visible=True)
    project.labels.set("r1", OURS, State.UNCERTAIN, "dr b")
    project.labels.set_many([("r2", OURS, State.PRESENT), ("r2", AF, State.ABSENT)], "dr a")
    project.records.set_reading("r1", ReadingState.CONFIRMED, "dr a")
    return project


def test_old_labels_count_as_the_other_statement_each_as_its_readers(ward):
    merge(ward, OURS, AF, "dr a")
    said = {name: ward.labels.of_reader("r1", name).states[AF] for name in ("dr a", "dr b")}
    assert said == {"dr a": State.PRESENT, "dr b": State.UNCERTAIN}


def test_what_a_reader_said_of_the_other_statement_itself_stands(ward):
    merge(ward, OURS, AF, "dr a")
    assert ward.labels.of_reader("r2", "dr a").states[AF] == State.ABSENT


def test_what_was_taken_back_of_the_other_statement_is_not_said_again(ward):
    ward.labels.set("r2", AF, None, "dr a")
    merge(ward, OURS, AF, "dr a")
    assert AF not in ward.labels.of_reader("r2", "dr a").states


def test_what_was_in_sight_goes_with_the_label(ward):
    merge(ward, OURS, AF, "dr a")
    (row,) = (row for row in ward.labels.under(AF) if row["reader"] == "dr a" and row["record_id"] == "r1")
    assert row["prediction_visible"] == 1


def test_the_panel_offers_the_other_statement_in_its_place(ward):
    merge(ward, OURS, AF, "dr a")
    assert ward.settings.panel() == [SR, AF]


def test_taken_apart_all_is_as_it_was(ward):
    before = ward.labels.all_current(), ward.settings.panel(), ward.settings.get("statements")
    merge(ward, OURS, AF, "dr a")
    take_apart(ward, OURS, "dr a")
    assert (ward.labels.all_current(), ward.settings.panel(), ward.settings.get("statements")) == before


def test_what_was_said_after_the_merge_stays_when_it_is_taken_apart(ward):
    merge(ward, OURS, AF, "dr a")
    ward.labels.set("r1", AF, State.ABSENT, "dr b")
    take_apart(ward, OURS, "dr a")
    assert ward.labels.of_reader("r1", "dr b").states[AF] == State.ABSENT


def test_an_export_says_both(ward, tmp_path):
    merge(ward, OURS, AF, "dr a")
    export(ward, tmp_path / "out.csv", "csv", Task())
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        codes = {row["code"] for row in csv.DictReader(file) if row["record"] == "r1" and row["reader"] == "dr b"}
    assert codes == {OURS, AF}


@pytest.mark.parametrize(
    ("of_af", "merged_too", "holds"),
    [
        ((), "", State.ABSENT),
        (("labels", State.PRESENT), "", State.PRESENT),  # said of the other itself by both: one by what counts as it
        (("adjudications", State.PRESENT), "", State.PRESENT),
        ((), SR, None),  # which may be present where the first is not
    ],
)
def test_what_was_decided_is_decided_on_the_other_statement(ward, of_af, merged_too, holds):
    ward.adjudications.set("r1", OURS, State.ABSENT, "dr c")
    if of_af:
        getattr(ward, of_af[0]).set("r1", AF, of_af[1], "dr b")
    merge(ward, OURS, AF, "dr a")
    if merged_too:
        merge(ward, merged_too, AF, "dr a")
    assert project_consensus(ward).labels["r1"].get(AF) == holds


def test_a_training_learns_the_other_statement_alone(ward):
    merge(ward, OURS, AF, "dr a")
    assert training_job(ward, ward.labels.all_current(), "tiny").statements == (AF,)


@pytest.mark.parametrize(("code", "into"), [(AF, AF), (OURS, SR), (SR, OURS)])
def test_what_is_merged_already_or_with_itself_is_refused(ward, code, into):
    merge(ward, OURS, AF, "dr a")
    with pytest.raises(CesslError):
        merge(ward, code, into, "dr a")


def test_labels_given_later_count_too(ward):
    merge(ward, OURS, AF, "dr a")
    ward.labels.set("r2", OURS, State.UNCERTAIN, "dr b")
    assert ward.labels.of_reader("r2", "dr b").states[AF] == State.UNCERTAIN


def test_a_label_that_is_taken_back_counts_no_longer(ward):
    step = new_step()
    ward.labels.set("r2", OURS, State.PRESENT, "dr b", step=step)
    merge(ward, OURS, AF, "dr a")
    ward.steps.undo("dr b")
    assert AF not in ward.labels.of_reader("r2", "dr b").states


def test_the_log_says_who_merged(ward):
    merge(ward, OURS, AF, "dr a")
    assert [act.reader for act in ward.settings.choices("merges")] == ["dr a"]


def test_what_counts_follows_from_the_log(ward):
    merge(ward, OURS, AF, "dr a")
    assert verify(ward.folder).wrong == []


def test_a_repair_makes_what_counts_anew(ward):
    merge(ward, OURS, AF, "dr a")
    before = ward.labels.of_all_readers()
    with ward.atomic() as db:
        for table in ("taken_back", *OF_RECORDS, "model_states", "removed"):
            db.execute(f"DELETE FROM {table}")
        db.execute("DELETE FROM settings WHERE key = 'merges'")
        replay(db, db)
    assert ward.labels.of_all_readers() == before


FLIMMERN = "local:Flimmern"


@pytest.mark.parametrize(
    ("ours", "flimmern", "counts"),
    [("present", "absent", "present"), ("absent", "uncertain", "uncertain"), ("uncertain", "present", "present")],
)
def test_of_two_merged_statements_what_was_found_counts_whenever_it_was_said(ward, ours, flimmern, counts):
    ward.labels.set("r1", OURS, State(ours), "dr a")
    ward.labels.set("r1", FLIMMERN, State(flimmern), "dr a")
    for code in (OURS, FLIMMERN):
        merge(ward, code, AF, "dr a")
    assert ward.labels.of_reader("r1", "dr a").states[AF] == State(counts)


def test_a_project_of_before_is_brought_up_at_its_next_opening(tmp_path):
    folder = tmp_path / "before.cessl"
    with Project.open(folder) as project:
        project.records.add(Record("r1", "r1", "/x/r1.hea", "r1" * 32, SILENCE, 500.0, LEADS_12))
        project.labels.set("r1", OURS, State.PRESENT, "dr a")
        project.labels.set("r1", FLIMMERN, State.ABSENT, "dr a")
        for code in (OURS, FLIMMERN):
            merge(project, code, AF, "dr a")
        with project.atomic() as db:  # as version 13 had it: the latest word
            act = "(SELECT act FROM labels WHERE code = 'local:Flimmern')"
            db.execute(f"UPDATE labels SET state = 'absent', act = {act} WHERE code = {AF}")
            db.execute("DROP TABLE patient_spellings")
            db.execute("PRAGMA user_version = 13")
    with Project.open(folder) as project:
        assert project.labels.of_reader("r1", "dr a").states[AF] == State.PRESENT
    assert verify(folder).wrong == []


def test_what_was_to_be_brought_in_still_is_after_an_upgrade(tmp_path):
    folder = tmp_path / "before.cessl"
    with Project.open(folder) as project:
        project.records.add(Record("r1", "r1", "/x/r1.hea", "r1" * 32, SILENCE, 500.0, LEADS_12))
        project.labels.set("r1", OURS, State.PRESENT, "dr a")
        merge(project, OURS, AF, "dr a")
        take_apart(project, OURS, "dr a")
        merge(project, FLIMMERN, SR, "dr a")
        with project.atomic() as db:  # killed before the label that came by the merge was gone
            db.execute(f"INSERT INTO labels SELECT record_id, {AF}, reader, state, act, shown FROM labels")
            project.settings.set(counting_as.TO_BRING_IN, [[OURS, AF]])
            db.execute("DROP TABLE patient_spellings")
            db.execute("PRAGMA user_version = 13")
    with Project.open(folder) as project:
        assert AF not in project.labels.of_reader("r1", "dr a").states
    assert verify(folder).wrong == []


@pytest.fixture
def colleague(ward, tmp_path):
    """Has met all of the ward's acts, on another computer."""
    with Project.open(tmp_path / "colleague.cessl") as other:
        give(ward, other)
        yield other


def give(source, into):
    here = {one.id: one.number for one in into.known()}
    into.take(source.known(), list(source.give(here)), list(source.facts()))


def exchange(one, other):
    for source, into in ((one, other), (other, one)):
        give(source, into)


def labels(project):
    return [(row["record_id"], row["code"], row["reader"], row["state"]) for row in project.labels.of_all_readers()]


def test_a_merge_reaches_colleagues_with_the_labels_that_count(ward, colleague):
    merge(ward, OURS, AF, "dr a")
    exchange(ward, colleague)
    assert (labels(colleague), merges(colleague)) == (labels(ward), merges(ward))


def test_labels_that_come_later_from_a_colleague_count(ward, colleague):
    merge(ward, OURS, AF, "dr a")
    colleague.labels.set("r2", OURS, State.UNCERTAIN, "dr b")
    exchange(ward, colleague)
    said = {labels_of.of_reader("r2", "dr b").states[AF] for labels_of in (ward.labels, colleague.labels)}
    assert said == {State.UNCERTAIN}


def test_what_a_colleague_said_of_the_other_statement_before_the_merge_stands(ward, colleague):
    colleague.labels.set("r1", AF, State.ABSENT, "dr b")
    merge(ward, OURS, AF, "dr a")
    exchange(ward, colleague)
    said = {labels_of.of_reader("r1", "dr b").states[AF] for labels_of in (ward.labels, colleague.labels)}
    assert said == {State.ABSENT}


def test_a_colleague_can_take_apart_what_both_have_merged(ward, colleague):
    before = labels(ward)
    for project in (ward, colleague):
        merge(project, OURS, AF, "dr a")
    exchange(ward, colleague)
    take_apart(colleague, OURS, "dr b")
    exchange(colleague, ward)
    assert (labels(ward), labels(colleague), merges(ward)) == (before, before, [])


def test_statements_merged_into_each_other_by_two_count_as_each_other(ward, colleague):
    merge(ward, OURS, AF, "dr a")
    merge(colleague, AF, OURS, "dr b")
    exchange(ward, colleague)
    assert (labels(ward), verify(ward.folder).wrong) == (labels(colleague), [])


def test_all_that_changed_by_a_merge_elsewhere_is_told(ward, colleague):
    merge(ward, OURS, AF, "dr a")
    taken = colleague.take(ward.known(), list(ward.give({one.id: one.number for one in colleague.known()})), [])
    assert taken.changed == {"r1", "r2"}


@pytest.mark.parametrize("bad", ["AF", '["a"]', '["a", ""]', '["a", 1]', '["a", "b\\u0000"]', '["a",  "b"]', "[["])
def test_what_is_no_merge_is_no_act(bad):
    said = canonical({"key": "merges", "old": [], "new": [bad]})
    act = Act("", "", 1, "", "", "setting", "set", "", "", "", None, None, None, said, "", "", b"")
    assert unfit(act)
