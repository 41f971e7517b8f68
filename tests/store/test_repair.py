"""What is damaged, from which copy it is mended, what would be lost; and then it is."""

import os
import shutil

import pytest

from benchmarks.attack.tampering import HARMS, harmed, made
from cessl_gui.core.errors import ProjectDamaged, ProjectError
from cessl_gui.core.types import State
from cessl_gui.store.care import repair
from cessl_gui.store.care.verify import verify
from cessl_gui.store.project import Project
from tests.store.desks import whole

AF = "164889003"


@pytest.fixture
def folder(tmp_path):
    """A project of two devices, with a copy of it as it is."""
    made(tmp_path / "ward.cessl")
    for copy in (tmp_path / "ward.cessl" / "backups").iterdir():
        copy.unlink()
    Project.open(tmp_path / "ward.cessl").close()
    return tmp_path / "ward.cessl"


def test_of_a_sound_project_nothing_is_done(folder):
    plan = repair.plan(folder)
    assert plan.words == "Nothing is damaged."
    assert repair.repair(folder, plan) == ["Nothing is damaged."]


@pytest.mark.parametrize("harm", ["a label changed", "no panel", "an undo forgotten", "a reading removed", "a removal"])
def test_where_the_log_is_whole_today_is_made_anew_and_nothing_is_lost(folder, harm):
    with Project.open(folder) as project:
        before = whole(project)
    harmed(folder, HARMS[harm])
    plan = repair.plan(folder)
    assert plan.copy is None
    assert "nothing is lost" in plan.words
    repair.repair(folder, plan)
    assert verify(folder).wrong == []
    with Project.open(folder) as project:
        assert whole(project) == before


def test_where_the_log_was_altered_a_copy_takes_its_place(folder):
    harmed(folder, HARMS["reader of one in the middle"])
    plan = repair.plan(folder)
    assert plan.copy.name.startswith("daily-")
    assert "it has every act" in plan.words
    repair.repair(folder, plan)
    assert verify(folder).wrong == []
    assert list(folder.glob("damaged-*.sqlite")), "the damaged one is kept"


def test_later_acts_of_a_damaged_database_are_added_to_the_copy(folder):
    with Project.open(folder) as project:
        project.labels.set("r1", "local:later", State.PRESENT, "ann")
        before = project.labels.all_current()
    harmed(folder, HARMS["reader of an early act"])  # of the other device: this one's chain is whole
    plan = repair.plan(folder)
    assert plan.newer == 1
    assert "1 act less" in plan.words
    assert "1 later act could be added to it." in repair.repair(folder, plan)
    with Project.open(folder) as project:
        assert project.labels.all_current() == before
    assert verify(folder).wrong == []


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM records WHERE id = 'r2'",
        "UPDATE records SET fs_hz = 0 WHERE id = 'r2'",
        "UPDATE readings SET reading = 'x'",
        "UPDATE model_states SET status = 'x'",
    ],
)
def test_what_keeps_a_project_from_opening_is_named_and_a_copy_with_all_acts_takes_its_place(folder, harm):
    with Project.open(folder) as project:
        project.labels.set("r1", "local:later", State.PRESENT, "ann")
        before = whole(project)
    harmed(folder, lambda db: db.execute(harm))
    with pytest.raises(ProjectDamaged) as refused:  # so that the window offers a repair
        Project.open(folder)
    assert refused.value.copies
    assert repair.plan(folder).newer == 1
    repair.repair(folder, repair.plan(folder))
    assert verify(folder).wrong == []
    with Project.open(folder) as project:
        assert whole(project) == before


@pytest.mark.parametrize("harm", ["zeros", "half", "gone"])
def test_a_database_that_cannot_be_read_is_mended_too(folder, harm):
    path = folder / "project.sqlite"
    with Project.open(folder) as project:
        before = whole(project)
    if harm == "gone":
        path.unlink()
    else:
        size = path.stat().st_size
        path.write_bytes(bytes(size) if harm == "zeros" else path.read_bytes()[: size // 2])
    plan = repair.plan(folder)
    assert plan.damage
    assert plan.copy
    repair.repair(folder, plan)
    with Project.open(folder) as project:
        assert whole(project) == before
        assert project.warnings == ()


def test_a_damaged_copy_is_passed_over(folder):
    good = next((folder / "backups").glob("daily-*.sqlite"))
    bad = good.with_name("daily-2999-01-01.sqlite")
    shutil.copy(good, bad)
    bad.write_bytes(bad.read_bytes()[:10_000])
    os.utime(bad)
    harmed(folder, HARMS["five in the middle removed"])
    assert repair.plan(folder).copy == good


def test_without_a_sound_copy_nothing_is_done(folder):
    harmed(folder, HARMS["all removed"])
    for copy in (folder / "backups").iterdir():
        copy.unlink()
    plan = repair.plan(folder)
    assert "no sound copy" in plan.words
    with pytest.raises(ProjectError, match="no sound copy"):
        repair.repair(folder, plan)


def test_what_is_no_project_is_not_repaired(tmp_path):
    with pytest.raises(ProjectError, match="no project"):
        repair.plan(tmp_path)


def test_a_repair_that_ends_early_leaves_the_damage_in_sight_or_every_later_act_there(folder, monkeypatch):
    with Project.open(folder) as project:
        project.labels.set("r2", AF, State.PRESENT, "late")
    harmed(folder, HARMS["reader of an early act"])

    def killed(*given):
        raise KeyboardInterrupt

    for where in ("_added", "restore"):
        with monkeypatch.context() as early:
            early.setattr(repair, where, killed)
            with pytest.raises(KeyboardInterrupt):
                repair.repair(folder, repair.plan(folder))
        assert repair.plan(folder).damage, "the damaged one is still in its place"
    repair.repair(folder, repair.plan(folder))
    assert not list((folder / "backups").glob(".*"))
