"""The base model is made once, whoever asks first."""

import threading

import pytest

from cessl_gui.store.tables.models import Models
from cessl_gui.tasks.models import modelling


def test_threads_that_race_for_the_base_model_get_the_same_one(project, monkeypatch):
    count, found, failed = 6, [], []
    start = threading.Barrier(count)
    seen = threading.Semaphore(0)
    read = Models.all

    def slow_read(models):
        rows = read(models)
        seen.release()
        threading.Event().wait(0.05)  # long enough for the others to read the same
        return rows

    def ask():
        start.wait()
        try:
            found.append(modelling.active_model(project).id)
        except Exception as error:
            failed.append(error)

    modelling.load_backbone()
    monkeypatch.setattr(Models, "all", slow_read)
    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(found) == count
    assert len(set(found)) == 1
    assert len(read(project.models)) == 1
    assert project.models.active().id == found[0]


def test_a_base_model_that_was_made_and_not_made_active_becomes_active(project):
    backbone = modelling.load_backbone()
    model_id = f"base-{backbone.name}-{backbone.sha256[:8]}"
    modelling._add_base(project, model_id, backbone)  # as after a crash between the two
    assert project.models.active() is None
    assert modelling.active_model(project).id == model_id


def test_a_crash_while_the_base_model_is_made_leaves_room_for_the_next_try(project, monkeypatch):
    def full(*given):
        raise OSError("no space")

    with monkeypatch.context() as now:
        now.setattr(Models, "add", full)
        with pytest.raises(OSError, match="no space"):
            modelling.base_model(project)
    assert modelling.base_model(project).status == "base"


def test_versions_can_be_listed_while_another_is_added(project, monkeypatch):
    modelling.base_model(project)
    read, added = Models._statuses, []

    def then_add(models):
        found = read(models)
        if not added:
            added.append(True)
            with project.atomic() as db:
                db.execute(
                    "INSERT INTO models SELECT 'later', name, backbone, backbone_sha256, statements, thresholds,"
                    " origin, metrics, files, created_utc FROM models"
                )
                models._act("later", "base")
        return found

    monkeypatch.setattr(Models, "_statuses", then_add)
    assert [model.status for model in project.models.all()] == ["base"]
    assert len(project.models.all()) == 2
