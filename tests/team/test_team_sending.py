"""Adopted models and signals travel with a team where somebody chose so; what is not as it was sent is left out."""

import hashlib
import json
import re
import zlib

import numpy as np
import psycopg
import pytest

from cessl_gui.core.errors import Cancelled, UnreadableRecording
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.training.results import Comparison, TrainingSummary
from cessl_gui.core.types import ModelInfo
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.store.care.verify import verify
from cessl_gui.store.exchange import team_files
from cessl_gui.store.exchange.team_files import MODEL, SIGNAL, TeamFiles
from cessl_gui.store.project import Project
from cessl_gui.tasks.models.modelling import base_model
from cessl_gui.tasks.recordings.importing import import_paths, read_waveform
from cessl_gui.tasks.team import team_sending
from cessl_gui.tasks.team.syncing import sync
from cessl_gui.tasks.team.team_sending import of
from tests.adapters import untrained_adapter
from tests.records import make_record, noise_mv

CODES = ("164889003", "426783006")


@pytest.fixture(scope="module")
def adapter() -> dict[str, bytes]:
    return untrained_adapter(CODES)


def adopt(project: Project, adapter: dict[str, bytes], name: str = "v7") -> ModelInfo:
    """A version that was trained here, and adopted."""
    from cessl_gui.tasks.models.modelling import predictor

    base = base_model(project)
    statements = tuple(dict.fromkeys(CODES + predictor(project, base).statements))
    model = ModelInfo(
        name, f"Version {name}", base.backbone, base.backbone_sha256, statements, dict.fromkeys(CODES, 0.5), "labels",
        "candidate", "2026-11-01T10:00:00Z", TrainingSummary(Comparison(verdict="?"), parent=base.id),
    )  # fmt: skip
    job = json.dumps({"patients": {}, "labels": {}}).encode()
    project.models.add(model, {**adapter, "job.json": job})
    project.models.adopt(name, "dr anna")
    return model


def with_signal(project: Project, number: int = 7, samples: int = 5000):
    """A recording that this desk alone has, with its signal."""
    record = make_record(noise_mv(number, samples), number, device={"rate": 61.0}, device_statements=("NORMAL ECG",))
    project.records.add(record)
    project.waveforms.write(record)
    return record


def shelf(project: Project) -> dict[str, str]:
    return {model.id: str(model.status) for model in project.models.all()}


def altered(ward, cluster, sql: str) -> None:
    """What the owner of the database does to it."""
    with psycopg.connect(**ward("owner").parameters, password=cluster.password, autocommit=True) as db:
        db.execute(sql)


# --- models


@pytest.fixture
def given(desk, ward, adapter):
    """Anna has adopted a version and given it to the team."""
    adopt(desk("anna"), adapter)
    sync(desk("anna"), ward("anna"), Task(), of([MODEL]))


def test_an_adopted_model_reaches_who_chose_so(desk, ward, given):
    assert sync(desk("ben"), ward("ben"), Task(), of([MODEL])).models == 1
    assert shelf(desk("ben"))["v7"] == "adopted"


def test_a_model_that_came_is_the_one_that_was_sent(desk, ward, given, adapter):
    sync(desk("ben"), ward("ben"), Task(), of([MODEL]))
    kept = desk("ben").models.check_files("v7") / "adapter.safetensors"
    assert kept.read_bytes() == adapter["adapter.safetensors"]


def test_a_model_does_not_come_to_who_did_not_choose_so(desk, ward, given):
    sync(desk("ben"), ward("ben"), Task())
    assert "v7" not in shelf(desk("ben"))


def test_a_model_is_not_sent_by_who_did_not_choose_so(desk, ward, adapter):
    adopt(desk("anna"), adapter)
    sync(desk("anna"), ward("anna"), Task())
    assert sync(desk("ben"), ward("ben"), Task(), of([MODEL])).models == 0


def test_the_model_adopted_last_predicts_on_every_desk(desk, ward, given):
    base_model(desk("ben"))
    sync(desk("ben"), ward("ben"), Task(), of([MODEL]))
    assert desk("ben").models.active().id == "v7"


def test_a_desk_that_begins_later_changes_no_choice_of_others(desk, ward, given):
    base_model(desk("ben"))  # which every new project does
    for name in ("ben", "anna"):
        sync(desk(name), ward(name), Task())
    assert desk("anna").models.active().id == "v7"


def test_a_model_is_sent_once(desk, ward, given):
    assert sync(desk("anna"), ward("anna"), Task(), of([MODEL])).files_sent == 0


def test_who_received_a_model_does_not_send_it_again(desk, ward, given):
    sync(desk("ben"), ward("ben"), Task(), of([MODEL]))
    assert sync(desk("ben"), ward("ben"), Task(), of([MODEL])).files_sent == 0


def test_a_project_is_sound_after_a_model_came(desk, ward, given):
    sync(desk("ben"), ward("ben"), Task(), of([MODEL]))
    desk("ben").close()
    assert verify(desk("ben").folder).wrong == []


def test_a_model_that_the_server_altered_is_left_out_and_said(desk, ward, cluster, given):
    altered(ward, cluster, "UPDATE cessl.parts SET content = set_byte(content, 40, 255 - get_byte(content, 40))")
    done = sync(desk("ben"), ward("ben"), Task(), of([MODEL]))
    assert (done.models, done.notes) == (0, ("The server gave a model that is not as it was sent; left out.",))


def test_a_model_that_nobody_named_in_the_log_is_not_taken(desk, ward, cluster, given):
    other = b"another version"
    digest = hashlib.sha256(other).hexdigest()
    altered(ward, cluster, "DELETE FROM cessl.files")
    altered(ward, cluster, f"INSERT INTO cessl.files VALUES ('{digest}', 'model', 'v7', {len(other)})")
    altered(ward, cluster, f"INSERT INTO cessl.parts VALUES ('{digest}', 0, '{other.decode()}')")
    assert sync(desk("ben"), ward("ben"), Task(), of([MODEL])).models == 0


# --- signals


def test_a_signal_reaches_who_does_not_have_the_file(desk, ward):
    record = with_signal(desk("anna"))
    sync(desk("anna"), ward("anna"), Task(), of([SIGNAL]))
    assert sync(desk("ben"), ward("ben"), Task(), of([SIGNAL])).signals == 1
    np.testing.assert_array_equal(read_waveform(desk("ben"), "r7").signal_mv, record.signal_mv)


def test_what_the_machine_said_comes_with_the_signal(desk, ward):
    with_signal(desk("anna"))
    for name in ("anna", "ben"):
        sync(desk(name), ward(name), Task(), of([SIGNAL]))
    came = read_waveform(desk("ben"), "r7")
    assert (dict(came.device), came.device_statements) == ({"rate": 61.0}, ("NORMAL ECG",))


@pytest.mark.parametrize("sends, asks", [((SIGNAL,), ()), ((), (SIGNAL,))])
def test_a_signal_travels_only_where_both_chose_so(desk, ward, sends, asks):
    with_signal(desk("anna"))
    sync(desk("anna"), ward("anna"), Task(), of(sends))
    sync(desk("ben"), ward("ben"), Task(), of(asks))
    with pytest.raises(UnreadableRecording):
        read_waveform(desk("ben"), "r7")


def test_a_second_sync_sends_no_signal_again(desk, ward):
    with_signal(desk("anna"))
    sync(desk("anna"), ward("anna"), Task(), of([SIGNAL]))
    assert sync(desk("anna"), ward("anna"), Task(), of([SIGNAL])).sentence == "Both sides have the same."


def test_a_signal_that_the_server_altered_is_left_out_and_said(desk, ward, cluster):
    with_signal(desk("anna"))
    sync(desk("anna"), ward("anna"), Task(), of([SIGNAL]))
    altered(ward, cluster, "UPDATE cessl.parts SET content = set_byte(content, 99, 255 - get_byte(content, 99))")
    done = sync(desk("ben"), ward("ben"), Task(), of([SIGNAL]))
    assert (done.signals, done.notes) == (0, ("The server gave a signal that is not as it was sent; left out.",))


@pytest.mark.parametrize("values", [np.zeros((12, 5000), "<f4").tobytes(), b"", bytes(9 << 20)])
def test_another_signal_than_the_catalogue_says_is_left_out_and_said(desk, ward, cluster, values):
    with_signal(desk("anna"))
    sync(desk("anna"), ward("anna"), Task())
    content = zlib.compress(b'{"device": {}, "statements": []}\n' + values)
    digest = hashlib.sha256(content).hexdigest()
    altered(ward, cluster, f"INSERT INTO cessl.files VALUES ('{digest}', 'signal', 'r7', {len(content)})")
    altered(ward, cluster, f"INSERT INTO cessl.parts VALUES ('{digest}', 0, '\\x{content.hex()}')")
    done = sync(desk("ben"), ward("ben"), Task(), of([SIGNAL]))
    assert done.notes == ("On the server a signal is not what the catalogue says; left out.",)


def test_no_file_of_a_lying_server_lands_outside_the_project(desk, ward, cluster):
    with_signal(desk("anna"))
    sync(desk("anna"), ward("anna"), Task())
    evil = "'../../evil' AS digest, 'signal' AS kind, 'r7' AS of, 9 AS size"
    altered(ward, cluster, "DROP VIEW cessl.whole_files")
    altered(ward, cluster, f"CREATE VIEW cessl.whole_files AS SELECT {evil}")
    altered(ward, cluster, "GRANT SELECT ON cessl.whole_files TO cessl_reader")
    sync(desk("ben"), ward("ben"), Task(), of([SIGNAL]))
    assert not list(desk("ben").folder.parent.rglob("evil*"))


# --- what breaks off


def stopped_after(monkeypatch, doing: str, parts: int) -> Task:
    """A task that is cancelled when so many parts have gone."""
    count, do = [0], getattr(TeamFiles, doing)

    def counted(self, file, content, between):
        def tell(size: int) -> None:
            count[0] += 1
            between(size)

        do(self, file, content, tell)

    monkeypatch.setattr(TeamFiles, doing, counted)
    return Task(stop_requested=lambda: Stop.CANCEL if count[0] >= parts else None)


@pytest.fixture
def long(desk):
    """Anna has a recording whose signal takes five parts."""
    return with_signal(desk("anna"), samples=100_000)


def test_what_was_sent_of_a_file_is_not_sent_again(desk, ward, cluster, long, monkeypatch):
    with monkeypatch.context() as broken, pytest.raises(Cancelled):
        sync(desk("anna"), ward("anna"), stopped_after(broken, "put", 2), of([SIGNAL]))
    altered(ward, cluster, "UPDATE cessl.files SET pushed_at = '2020-01-01'")
    altered(ward, cluster, "CREATE TABLE first AS SELECT number, xmin::text AS by FROM cessl.parts")
    sync(desk("anna"), ward("anna"), Task(), of([SIGNAL]))
    with psycopg.connect(**ward("owner").parameters, password=cluster.password) as db:
        same = db.execute("SELECT count(*) FROM first JOIN cessl.parts AS p USING (number) WHERE by = p.xmin::text")
        assert same.fetchone() == (2,)


def test_what_is_there_in_part_is_given_to_nobody(desk, ward, long, monkeypatch):
    with monkeypatch.context() as broken, pytest.raises(Cancelled):
        sync(desk("anna"), ward("anna"), stopped_after(broken, "put", 2), of([SIGNAL]))
    assert sync(desk("ben"), ward("ben"), Task(), of([SIGNAL])).signals == 0


def test_what_came_of_a_file_is_not_fetched_again(desk, ward, long, monkeypatch):
    sync(desk("anna"), ward("anna"), Task(), of([SIGNAL]))
    with monkeypatch.context() as broken, pytest.raises(Cancelled):
        sync(desk("ben"), ward("ben"), stopped_after(broken, "fetch", 2), of([SIGNAL]))
    (kept,) = desk("ben").folder.glob("received/*.part")
    before = kept.stat().st_size
    again = stopped_after(monkeypatch, "fetch", 4)  # three are lacking
    assert (before, sync(desk("ben"), ward("ben"), again, of([SIGNAL])).signals) == (2 * team_files.PART, 1)


def test_a_signal_that_came_in_two_syncs_is_whole(desk, ward, long, monkeypatch):
    sync(desk("anna"), ward("anna"), Task(), of([SIGNAL]))
    with monkeypatch.context() as broken, pytest.raises(Cancelled):
        sync(desk("ben"), ward("ben"), stopped_after(broken, "fetch", 2), of([SIGNAL]))
    sync(desk("ben"), ward("ben"), Task(), of([SIGNAL]))
    np.testing.assert_array_equal(read_waveform(desk("ben"), "r7").signal_mv, long.signal_mv)


def test_a_signal_that_is_too_long_stays_and_is_said(desk, ward, long, monkeypatch):
    monkeypatch.setattr(team_sending, "MOST_BYTES", 2 << 20)
    done = sync(desk("anna"), ward("anna"), Task(), of([SIGNAL]))
    assert done.notes == ("1 signal above 2 MB stayed here.",)


# --- a header that is corrected


def test_the_signal_of_a_corrected_header_reaches_who_had_the_one_before(desk, ward, tmp_path):
    header = write_wfdb(synthetic_record("sinus rhythm", 5), tmp_path, "ecg", []).with_suffix(".hea")
    for text in (header.read_text(), re.sub(r" 1000(\(-?\d+\))?/mV", r" 500\1/mV", header.read_text())):
        header.write_text(text)
        (record_id,) = import_paths(desk("anna"), [tmp_path / "ecg.hea"], Task()).ids
        sync(desk("anna"), ward("anna"), Task(), of([SIGNAL]))
        sync(desk("ben"), ward("ben"), Task(), of([SIGNAL]))
    signals = [desk(name).waveforms.read(record_id).signal_mv for name in ("anna", "ben")]
    assert np.array_equal(*signals)


# --- removal


def test_the_signal_of_a_removed_recording_goes_from_the_server(desk, ward, cluster):
    with_signal(desk("anna"))
    sync(desk("anna"), ward("anna"), Task(), of([SIGNAL]))
    sync(desk("ben"), ward("ben"), Task(), of([SIGNAL]))
    desk("ben").remove(["r7"], "dr ben", "consent withdrawn")
    sync(desk("ben"), ward("ben"), Task())
    with psycopg.connect(**ward("owner").parameters, password=cluster.password) as db:
        assert db.execute("SELECT count(*) FROM cessl.parts").fetchone() == (0,)


def test_of_a_removed_recording_nothing_that_came_in_part_stays(desk, ward, long, monkeypatch):
    sync(desk("anna"), ward("anna"), Task(), of([SIGNAL]))
    with monkeypatch.context() as broken, pytest.raises(Cancelled):
        sync(desk("ben"), ward("ben"), stopped_after(broken, "fetch", 2), of([SIGNAL]))
    desk("ben").remove(["r7"], "dr ben", "consent withdrawn")
    assert not list(desk("ben").folder.glob("received/*"))
