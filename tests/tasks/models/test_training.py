"""What a fine-tuning of a project looks at before it trains."""

from types import SimpleNamespace

import pytest

from cessl_gui.core.errors import Cancelled, TooFewLabels
from cessl_gui.core.statements.vocabulary import own_statement
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import ReadingState, State
from cessl_gui.learn.trainer import labelled_of
from cessl_gui.tasks.export import exporting
from cessl_gui.tasks.models import inputs, training
from cessl_gui.tasks.models.sensitivities import SENSITIVITIES
from cessl_gui.tasks.recordings import importing

AF = "164889003"


@pytest.fixture
def looked_at(project, ward, monkeypatch) -> list[str]:
    """Six ECGs in the project whose signals are no longer cached; which of them are read."""
    importing.import_paths(project, [ward], Task())
    read, found = inputs.read_waveform, []
    for info in project.records.all():
        project.waveforms.path(info.id).unlink()
    monkeypatch.setattr(inputs, "read_waveform", lambda *given: found.append(given[1]) or read(*given))
    return found


def some_labels(project, count: int) -> training.Labels:
    return {info.id: {"164889003": State.PRESENT} for info in project.records.all()[:count]}


def test_where_the_labels_are_too_few_no_unlabelled_ecg_is_looked_at(project, looked_at):
    seen, labels = [], some_labels(project, 2)
    with pytest.raises(TooFewLabels):
        training.train(project, Task(seen.append), labels=labels)
    assert sorted(looked_at) == sorted(labels)
    assert [(p.phase, p.message) for p in seen] == [("Reading ECGs", f"{i} of 2") for i in range(2)]


def test_cancel_is_answered_before_the_next_recording_is_looked_at(project, looked_at):
    stop, labels = (lambda: Stop.CANCEL if len(looked_at) == 4 else None), some_labels(project, 6)
    with pytest.raises(Cancelled):
        training.train(project, Task(stop_requested=stop), labels=labels)
    assert len(looked_at) == 4


@pytest.mark.parametrize(("uncertain", "count"), [(None, 2), (State.ABSENT, 3)])
def test_the_origin_counts_the_patients_whose_labels_were_learned(project, ward, uncertain, count):
    importing.import_paths(project, [ward], Task())
    a, b, c = (info.id for info in project.records.all()[:3])
    labels = {
        a: {"164889003": State.PRESENT, "59118001": State.PRESENT},  # RBBB: too few, not trained
        b: {"164889003": State.ABSENT},
        c: {"164889003": State.UNCERTAIN},
    }
    job = training.training_job(project, labels, "tiny", uncertain=uncertain)
    meta = {"statements": ["164889003"], "n_labelled": 3, "n_unlabelled": 1}
    words = f"backbone tiny + 3 labelled ECGs of {count} patients (1 statement) + 1 unlabelled ECG"
    assert training._origin("tiny", job, meta) == words


def test_a_statement_in_own_words_is_trained_and_exported_like_any_other(project, ward):
    importing.import_paths(project, [ward], Task())
    own = own_statement("Ganong pattern").code
    for number, info in enumerate(project.records.all()):
        project.labels.set(info.id, own, State.PRESENT if number % 2 else State.ABSENT, "dr test")
    labelled, codes, skipped = labelled_of(training.training_job(project, project.labels.all_current(), "tiny"))
    assert codes == (own,)
    assert not skipped
    assert sorted(labelled.y[:, 0]) == [0, 0, 0, 1, 1, 1]
    rows = [row for row in exporting.label_rows(project) if row["code"] == own]
    assert [row["statement"] for row in rows] == ["Ganong pattern"] * 6


def test_what_is_learned_is_what_readers_agree_on_and_what_was_decided(project, ward, monkeypatch):
    importing.import_paths(project, [ward], Task())
    a, b, c = (info.id for info in project.records.all()[:3])
    for record_id in (a, b, c):
        project.labels.set(record_id, AF, State.PRESENT, "dr a")
        project.labels.set(record_id, AF, State.PRESENT if record_id == a else State.ABSENT, "dr b")
    project.adjudications.set(b, AF, State.UNCERTAIN, "dr c")
    learned = []
    made = training.training_job
    monkeypatch.setattr(training, "training_job", lambda *given, **how: learned.append(given[1]) or made(*given, **how))
    with pytest.raises(TooFewLabels):
        training.train(project, Task())
    assert learned == [{a: {AF: State.PRESENT}, b: {AF: State.UNCERTAIN}}]


def test_where_labels_are_too_few_it_is_said_which_ones_no_training_learns_from(project, ward):
    importing.import_paths(project, [ward], Task())
    for number, info in enumerate(project.records.all()):
        for reader in ("dr a", "dr b"):
            state = State.PRESENT if (number % 2 == 0) == (reader == "dr a") else State.ABSENT
            project.labels.set(info.id, AF, state, reader)
    with pytest.raises(TooFewLabels) as caught:
        training.train(project, Task())
    assert caught.value.todo == (
        "6 labels were left out because readers differ: decide them, or name the reader whose word holds."
    )
    project.records.set_reading(info.id, ReadingState.EXCLUDED, "dr a")
    with pytest.raises(TooFewLabels) as caught:
        training.train(project, Task(), chosen="dr a")
    assert caught.value.what == "Mark one statement absent in 1 more (of different patients) to train."
    assert caught.value.todo == "1 labelled ECG is excluded."


def info(record_id: str, folder: str) -> SimpleNamespace:
    return SimpleNamespace(id=record_id, source=f"/{folder}/{record_id}.hea")


def test_unlabelled_ecgs_come_from_the_folders_of_the_labelled_ones(monkeypatch):
    monkeypatch.setattr(training, "FEWEST_ALIKE", 2)
    infos = {i: info(i, folder) for i, folder in zip("abcdef", ["ward"] * 4 + ["phone"] * 2, strict=True)}
    assert training._alike(infos, {"a"}) == ("b", "c", "d")
    assert training._alike(infos, {"a", "e"}) == ("b", "c", "d", "f")


def test_where_these_are_too_few_all_unlabelled_ecgs_are_taken():
    infos = {i: info(i, folder) for i, folder in zip("abc", ["ward", "ward", "phone"], strict=True)}
    assert training._alike(infos, {"a"}) == ("b", "c")


def test_a_sensitivity_that_is_set_reaches_the_training(project, ward):
    importing.import_paths(project, [ward], Task())
    project.settings.set(SENSITIVITIES, {"164889003": 0.95})
    job = training.training_job(project, some_labels(project, 2), "tiny", sensitivity={"426783006": 0.9})
    assert job.sensitivity == {"164889003": 0.95, "426783006": 0.9}
