"""Projects of a team sync over a real server: whatever breaks off, nothing is lost and nothing is there twice."""

import errno
import json
import os
import random
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cessl_gui import cli
from cessl_gui.core.errors import Cancelled, DiskFull, NotWritten
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.exchange import union
from cessl_gui.store.exchange.team_address import TeamError
from cessl_gui.store.exchange.team_server import TeamServer
from cessl_gui.store.log import act_ids
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from cessl_gui.tasks.team import syncing
from cessl_gui.tasks.team.syncing import last_server, sync
from tests.records import make_record, noise_mv

AF, PVC = "164889003", "427172004"


def said(project: Project) -> list[tuple]:
    """All that readers say, and what was decided."""
    rows = [*project.labels.of_all_readers(), *project.adjudications.with_source()]
    return sorted((row["record_id"], row["code"], row["state"], row["reader"], row["at_utc"]) for row in rows)


def test_what_one_reader_said_reaches_the_other(desk, ward):
    desk("anna").labels.set("r0", AF, State.PRESENT, "dr anna")
    sync(desk("anna"), ward("anna"), Task())
    sync(desk("ben"), ward("ben"), Task())
    assert said(desk("ben")) == said(desk("anna"))


def test_two_readers_who_differ_are_both_kept(desk, ward):
    desk("anna").labels.set("r0", AF, State.PRESENT, "dr anna")
    desk("ben").labels.set("r0", AF, State.ABSENT, "dr ben")
    for name in ("anna", "ben", "anna"):
        sync(desk(name), ward(name), Task())
    assert desk("anna").readers.by_reader()["r0"] == {"dr anna": {AF: State.PRESENT}, "dr ben": {AF: State.ABSENT}}


def test_a_second_sync_has_nothing_to_do(desk, ward):
    desk("anna").labels.set("r0", AF, State.PRESENT, "dr anna")
    sync(desk("anna"), ward("anna"), Task())
    assert sync(desk("anna"), ward("anna"), Task()).sentence == "Both sides have the same."


def test_a_recording_that_only_others_have_is_listed(desk, ward):
    desk("anna").records.add(make_record(noise_mv(7), 7))
    sync(desk("anna"), ward("anna"), Task())
    sync(desk("ben"), ward("ben"), Task())
    assert desk("ben").records.of_content("r7") == "r7"


def test_no_path_is_sent(desk, ward, cluster):
    import psycopg

    sync(desk("anna"), ward("anna"), Task())
    with psycopg.connect(**ward("ben").parameters, password=cluster.password) as db:
        facts = [row[0] for row in db.execute("SELECT facts FROM cessl.recordings")]
    assert not [text for text in facts if desk("anna").records.get("r0").source in text]


def test_a_project_keeps_no_password(desk, ward, cluster):
    sync(desk("anna"), ward("anna"), Task())
    desk("anna").close()
    files = [path for path in desk("anna").folder.rglob("*") if path.is_file()]
    assert not [path for path in files if cluster.password.encode() in path.read_bytes()]


def test_a_removal_reaches_the_others(desk, ward):
    desk("anna").labels.set("r0", AF, State.PRESENT, "dr anna")
    for name in ("anna", "ben"):
        sync(desk(name), ward(name), Task())
    desk("ben").remove(["r0"], "dr ben", "consent withdrawn")
    for name in ("ben", "anna"):
        sync(desk(name), ward(name), Task())
    assert desk("anna").records.of_content("r0") == ""


def test_what_a_lead_removed_is_erased_on_the_server(desk, ward, cluster):
    import psycopg

    desk("anna").labels.set("r0", AF, State.PRESENT, "dr anna")
    sync(desk("anna"), ward("anna"), Task())
    sync(desk("ben"), ward("ben"), Task())
    desk("ben").remove(["r0"], "dr ben", "consent withdrawn")
    sync(desk("ben"), ward("ben"), Task())
    with psycopg.connect(**ward("ben").parameters, password=cluster.password) as db:
        kept = db.execute("SELECT count(*) FROM cessl.acts WHERE kind = 'label' AND payload IS NOT NULL").fetchone()
    assert kept == (0,)


def test_who_joins_after_a_removal_gets_a_whole_chain(desk, ward):
    anna = desk("anna")
    anna.labels.set("r0", AF, State.PRESENT, "dr anna")
    anna.labels.set("r1", AF, State.PRESENT, "dr anna")
    sync(anna, ward("anna"), Task())
    sync(desk("ben"), ward("ben"), Task())
    desk("ben").remove(["r0"], "dr ben", "consent withdrawn")
    sync(desk("ben"), ward("ben"), Task())
    joined = sync(desk("carl"), ward("anna"), Task())
    assert (joined.notes, desk("carl").labels.current("r1")) == ((), {AF: State.PRESENT})


def test_a_reader_is_told_that_a_lead_must_sync_after_a_removal(desk, ward):
    desk("anna").labels.set("r0", AF, State.PRESENT, "dr anna")
    sync(desk("anna"), ward("anna"), Task())
    desk("anna").remove(["r0"], "dr anna", "consent withdrawn")
    assert "until a lead" in sync(desk("anna"), ward("anna"), Task()).notes[0]


def test_another_secret_of_patients_is_refused(desk, ward):
    for name, fingerprint in (("ben", "aaaaaa"), ("anna", "bbbbbb")):
        desk(name).settings.set("patient_secret", fingerprint)
    sync(desk("ben"), ward("ben"), Task())
    with pytest.raises(TeamError, match="another secret"):
        sync(desk("anna"), ward("anna"), Task())


def test_a_sync_can_be_cancelled(desk, ward):
    desk("anna").labels.set("r0", AF, State.PRESENT, "dr anna")
    with pytest.raises(Cancelled):
        sync(desk("anna"), ward("anna"), Task(stop_requested=lambda: Stop.CANCEL))


def test_what_was_sent_without_its_signature_is_seen_by_nobody(desk, ward, monkeypatch):
    desk("anna").labels.set("r0", AF, State.PRESENT, "dr anna")
    with monkeypatch.context() as broken:
        broken.setattr(TeamServer, "sign_off", lambda self, known: None)
        sync(desk("anna"), ward("anna"), Task())
    assert sync(desk("ben"), ward("ben"), Task()).received == 0


def test_what_was_sent_without_its_signature_is_seen_after_the_next_sync(desk, ward, monkeypatch):
    desk("anna").labels.set("r0", AF, State.PRESENT, "dr anna")
    with monkeypatch.context() as broken:
        broken.setattr(TeamServer, "sign_off", lambda self, known: None)
        sync(desk("anna"), ward("anna"), Task())
    sync(desk("anna"), ward("anna"), Task())
    sync(desk("ben"), ward("ben"), Task())
    assert said(desk("ben")) == said(desk("anna"))


def test_a_project_remembers_its_server(desk, ward):
    sync(desk("anna"), ward("anna"), Task())
    assert last_server(desk("anna")) == ward("anna").url


def test_the_command_syncs_and_says_what_it_did(desk, ward, capsys):
    desk("anna").labels.set("r0", AF, State.PRESENT, "dr anna")
    folder = desk("anna").folder
    desk("anna").close()
    cli.main(["team-server", ward("owner").url])
    assert cli.main(["sync", str(folder), ward("anna").url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["sent"] == 1


def test_the_command_without_a_server_says_how_to_name_one(desk, capsys):
    folder = desk("anna").folder
    desk("anna").close()
    assert cli.main(["sync", str(folder)]) == 2


# --- the server breaks off -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [1, 4, 9])
def test_a_server_that_is_killed_in_the_middle_loses_nothing_and_doubles_nothing(desk, ward, cluster, monkeypatch, at):
    monkeypatch.setattr("cessl_gui.tasks.team.syncing.BATCH", 5)
    for number in range(40):
        desk("anna").labels.set(f"r{number % 3}", AF, (*State,)[number % 3], "dr anna")
    desk("ben").labels.set("r0", PVC, State.PRESENT, "dr ben")
    sync(desk("ben"), ward("ben"), Task())
    calls, put = [], TeamServer.put_acts

    def put_then_kill(self, acts):
        calls.append(len(acts))
        if len(calls) == at:  # with the first part of a batch on its way
            threading.Timer(random.Random(at).random() / 200, cluster.kill).start()
        put(self, acts)

    with monkeypatch.context() as broken:
        broken.setattr(TeamServer, "put_acts", put_then_kill)
        broken.setattr(TeamServer, "sign_off", lambda self, known: cluster.kill())
        try:
            sync(desk("anna"), ward("anna"), Task())
        except TeamError as error:
            assert "sync again" in error.todo
        finally:
            for timer in [each for each in threading.enumerate() if isinstance(each, threading.Timer)]:
                timer.join()
            cluster.kill()
            cluster.start()
    for name in ("anna", "ben", "anna"):
        sync(desk(name), ward(name), Task())
    assert said(desk("ben")) == said(desk("anna"))


# --- this computer ---------------------------------------------------------------------------------------------------


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_on_the_way_is_said(desk, ward, monkeypatch):
    desk("anna").labels.set("r0", AF, State.PRESENT, "dr anna")
    sync(desk("anna"), ward("anna"), Task())
    monkeypatch.setattr(syncing, "_write", full)
    with pytest.raises(NotWritten, match="No space left on device"):
        sync(desk("ben"), ward("ben"), Task())


def test_after_a_full_disk_the_next_sync_brings_all(desk, ward, monkeypatch):
    desk("anna").labels.set("r0", AF, State.PRESENT, "dr anna")
    sync(desk("anna"), ward("anna"), Task())
    with monkeypatch.context() as broken, pytest.raises(NotWritten):
        broken.setattr(syncing, "_write", full)
        sync(desk("ben"), ward("ben"), Task())
    sync(desk("ben"), ward("ben"), Task())
    assert said(desk("ben")) == said(desk("anna"))


def test_after_a_disk_that_was_full_in_the_middle_of_a_sync_the_next_one_brings_all(desk, ward, monkeypatch):
    monkeypatch.setattr(union, "TOGETHER", 50)
    desk("anna").labels.set_many([("r0", f"local:{i}", State.PRESENT) for i in range(2000)], "dr anna")
    sync(desk("anna"), ward("anna"), Task())
    db = desk("ben")._database.connection
    db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0] + 60}")
    with pytest.raises(DiskFull, match="The disk is full"):
        sync(desk("ben"), ward("ben"), Task())
    assert 0 < desk("ben").history.count() < 2000
    db.execute("PRAGMA max_page_count = 1000000")
    sync(desk("ben"), ward("ben"), Task())
    assert said(desk("ben")) == said(desk("anna"))
    assert verify(desk("ben").folder).wrong == []


def test_a_clock_that_went_back_an_hour_between_two_syncs_changes_no_order(desk, ward, monkeypatch):
    desk("anna").labels.set("r0", AF, State.PRESENT, "dr anna")
    sync(desk("anna"), ward("anna"), Task())
    monkeypatch.setattr(act_ids, "now_utc", lambda: "2020-01-01T00:00:00.000Z")
    desk("anna").labels.set("r0", AF, State.ABSENT, "dr anna")
    for name in ("anna", "ben"):
        sync(desk(name), ward(name), Task())
    assert desk("ben").labels.current("r0") == {AF: State.ABSENT}


def test_labels_that_are_given_during_a_sync_are_kept_and_go_with_the_next(desk, ward, monkeypatch):
    anna, put = desk("anna"), TeamServer.put_acts
    anna.labels.set("r0", AF, State.PRESENT, "dr anna")

    def label_meanwhile(self, acts):
        anna.labels.set("r1", PVC, State.PRESENT, "dr anna")
        put(self, acts)

    with monkeypatch.context() as busy:
        busy.setattr(TeamServer, "put_acts", label_meanwhile)
        sync(anna, ward("anna"), Task())
    for name in ("anna", "ben"):
        sync(desk(name), ward(name), Task())
    assert said(desk("ben")) == said(anna)


# --- any order -----------------------------------------------------------------------------------------------------

PEOPLE = ("anna", "ben", "carl")
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("label"), st.sampled_from(PEOPLE), st.integers(0, 8)),
        st.tuples(st.sampled_from(["confirm", "decide", "undo", "sync"]), st.sampled_from(PEOPLE), st.integers(0, 8)),
    ),
    min_size=4,
    max_size=20,
)


def do(project: Project, what: str, person: str, number: int) -> None:
    record_id, step = f"r{number % 3}", new_step()
    if what == "label":
        project.labels.set(record_id, (AF, PVC)[number % 2], [*State, None][number % 4], f"dr {person}", step=step)
    elif what == "confirm":
        project.records.set_reading(record_id, ReadingState.CONFIRMED, f"dr {person}", step=step)
    elif what == "decide":
        project.adjudications.set(record_id, AF, (*State,)[number % 3], f"dr {person}", step)
    else:
        project.steps.undo(f"dr {person}")


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=DEEDS)
def test_all_end_the_same_whatever_the_order(cluster, tmp_path_factory, deeds):
    from cessl_gui.store.exchange import team_address

    folder, name = tmp_path_factory.mktemp("team"), cluster.database()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(team_address.VARIABLE, cluster.password)
        with TeamServer(team_address.parse(cluster.url("owner", name))) as server:
            server.upgrade()
        address = team_address.parse(cluster.url("anna", name))
        projects = {}
        for person in PEOPLE:
            patch.setenv("XDG_DATA_HOME", str(folder / person))
            projects[person] = Project.open(folder / person / "ward.cessl")
            for number in range(3):
                projects[person].records.add(make_record(noise_mv(number), number))
        try:
            for what, person, number in deeds:
                patch.setenv("XDG_DATA_HOME", str(folder / person))
                if what == "sync":
                    sync(projects[person], address, Task())
                else:
                    do(projects[person], what, person, number)
            for person in (*PEOPLE, *PEOPLE):
                patch.setenv("XDG_DATA_HOME", str(folder / person))
                sync(projects[person], address, Task())
            ends = [said(project) for project in projects.values()]
            assert ends[0] == ends[1] == ends[2]
        finally:
            for project in projects.values():
                project.close()
