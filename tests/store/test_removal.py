"""Consent withdrawn: the data go, the bare acts stay in a whole chain, and the removal reaches the others."""

import sqlite3

import pytest

from cessl_gui.core.errors import Cancelled, ProjectError
from cessl_gui.core.types import State
from cessl_gui.store.care import removal
from cessl_gui.store.care.verify import verify
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from tests.store.desks import AF, merge
from tests.store.projects import record

NAME = "Erika Mustermann"


@pytest.fixture
def labelled(tmp_path):
    """An open project of two labelled records, the first with a telling name."""
    with Project.open(tmp_path / "ward.cessl") as project:
        for number in (1, 2):
            one = record(number)
            vars(one)["name"] = NAME if number == 1 else "ECG 2"
            project.records.add(one)
            project.waveforms.write(one)
            project.labels.set(one.id, AF, State.PRESENT, "ann")
            project.notes.set(one.id, f"a note on {one.name}", "ann")
        yield project


def test_the_data_are_erased_and_the_acts_stay(labelled):
    assert labelled.remove(["r1"], "ann", "consent withdrawn") == ["r1"]
    assert labelled.records.ids() == ["r2"]
    assert labelled.labels.all_current() == {"r2": {AF: State.PRESENT}}
    assert not labelled.waveforms.path("r1").exists()
    acts = labelled._database.all("SELECT kind, payload, reader FROM acts WHERE record = 'r1' ORDER BY number")
    assert [(row["kind"], row["payload"] is None, row["reader"]) for row in acts] == [
        ("label", True, "ann"),
        ("note", True, "ann"),
        ("removal", False, "ann"),
    ]
    assert verify(labelled.folder).wrong == []


def test_nothing_of_it_is_left_in_any_file_of_the_project(labelled):
    folder = labelled.folder
    labelled.close()
    with Project.open(folder) as again:  # its daily copy holds the name
        copy = next((folder / "backups").glob("daily-*.sqlite"))
        copy.unlink()
    with Project.open(folder) as again:
        assert NAME.encode() in next((folder / "backups").glob("daily-*.sqlite")).read_bytes()
        again.remove(["r1"], "ann", "consent withdrawn")
    holding = [path.name for path in folder.rglob("*") if path.is_file() and NAME.encode() in path.read_bytes()]
    assert holding == []
    assert list((folder / "backups").glob("daily-*.sqlite"))


def test_a_removed_recording_does_not_come_back(labelled):
    labelled.remove(["r1"], "ann", "consent withdrawn")
    with pytest.raises(ProjectError, match=r"cannot come back. It was removed on 20.*consent withdrawn"):
        labelled.records.add(record(1))
    assert labelled.records.add(record(2)) is False


def test_a_removal_reaches_the_others_and_what_they_add_later(labelled, tmp_path):
    with Project.open(tmp_path / "other.cessl") as other:
        merge(labelled, other)
        labelled.remove(["r1"], "ann", "consent withdrawn")
        other.labels.set("r1", AF, State.ABSENT, "bob")
        other.waveforms.write(record(1))
        taken = merge(labelled, other)
        assert taken.removed == ["r1"]
        assert other.records.ids() == ["r2"]
        assert not other.waveforms.path("r1").exists()
        merge(other, labelled)
        for project in (labelled, other):
            rows = project._database.all("SELECT payload FROM acts WHERE record = 'r1' AND kind = 'label'")
            assert [row["payload"] for row in rows] == [None, None]
            assert verify(project.folder).wrong == []


def test_an_act_is_erased_only_where_its_recording_is_removed(labelled):
    with pytest.raises(sqlite3.IntegrityError, match="never changed"), labelled.atomic() as db:
        db.execute("UPDATE acts SET payload = NULL, salt = '', digest = ?", ("0" * 64,))


def test_a_record_that_is_not_there_cannot_be_removed(labelled):
    with pytest.raises(ProjectError, match="no recording r9"):
        labelled.remove(["r1", "r9"], "ann", "consent withdrawn")
    assert labelled.records.ids() == ["r1", "r2"]


def test_undo_after_a_removal_passes_over_what_is_gone(labelled):
    labelled.labels.set("r1", AF, State.ABSENT, "ann", step=new_step())
    labelled.remove(["r1"], "ann", "consent withdrawn")
    labelled.steps.undo("ann")
    assert labelled.records.ids() == ["r2"]
    assert verify(labelled.folder).wrong == []


@pytest.mark.parametrize("heard_by", ["one who has both forms", "one who has none yet"])
def test_a_removal_reaches_who_has_met_the_recording_with_another_header(tmp_path, heard_by):
    first, corrected = record(1), record(1)
    vars(corrected).update(id="r1-corrected", sha256="c" * 64)
    with Project.open(tmp_path / "one.cessl") as one, Project.open(tmp_path / "two.cessl") as two:
        for form in (first, corrected):
            two.records.add(form)
        assert two.records.ids() == ["r1"], "a revision"
        two.notes.set("r1", NAME, "ann")
        one.records.add(corrected)
        one.remove(["r1-corrected"], "bob", "consent withdrawn")
        assert merge(one, two).removed == ["r1"]
        assert two.records.ids() == []
        with Project.open(tmp_path / "three.cessl") as three:
            hearers = [one] if heard_by == "one who has both forms" else [three]
            for hearer in hearers:
                merge(two, hearer)
                assert NAME not in repr(list(hearer.history.all()))
                assert "removed" in hearer.records.identity.why_removed(first)
        for project in (one, two):
            assert verify(project.folder).wrong == []
        assert NAME not in repr(list(two.history.all()))


def test_a_damaged_database_that_a_repair_kept_goes_too(labelled):
    kept = labelled.folder / "damaged-2026-11-28-120000.sqlite"
    for name in (kept.name, f"{kept.name}-wal"):
        kept.with_name(name).write_text(NAME, encoding="utf-8")
    labelled.remove(["r1"], "ann", "consent withdrawn")
    assert list(labelled.folder.glob("damaged-*")) == []


class Killed(BaseException):
    """The program ended here, as far as it can be told from inside."""


def kept(folder) -> list[str]:
    """Files of the project that still say whose ECG it was, or hold its signal."""
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and (NAME.encode() in path.read_bytes() or path.name == "r1.h5")
    ]


@pytest.fixture
def withdrawn(labelled, tmp_path):
    """What another desk, which knew the same ECGs, has given since the first one was removed there."""
    labelled.close()
    with Project.open(labelled.folder) as here, Project.open(tmp_path / "other.cessl") as other:
        merge(here, other)
        other.remove(["r1"], "bob", "consent withdrawn")
        yield here, other


def test_who_cancels_a_merge_after_a_removal_came_keeps_nothing_of_the_recording(withdrawn):
    here, other = withdrawn

    def cancel(count: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        here.take(other.known(), list(other.give({})), [], cancel)
    assert kept(here.folder) == []


def test_what_a_kill_left_of_a_removed_recording_goes_at_the_next_opening(withdrawn, monkeypatch):
    here, other = withdrawn

    def killed(project: Project) -> None:
        raise Killed

    with monkeypatch.context() as broken, pytest.raises(Killed):
        broken.setattr(Project, "_forget", killed)
        merge(other, here)
    here.close()
    with Project.open(here.folder):
        pass
    assert kept(here.folder) == []


def test_nothing_is_left_to_be_forgotten_after_a_removal(labelled):
    labelled.remove(["r1"], "ann", "consent withdrawn")
    assert removal.to_forget(labelled._database.connection) == {}
