"""A server that lies: what it gives is refused in a sentence or left out, the own acts stay, and the rest comes."""

import re
import time

import psycopg
import pytest

from cessl_gui.core.errors import Cancelled, CesslError
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.exchange import team_server
from cessl_gui.store.exchange.team_address import TeamError
from cessl_gui.tasks.team import syncing
from cessl_gui.tasks.team.syncing import sync
from tests.team.test_syncing import AF, PVC, said

ENDLESS = "generate_series(1, 10000) AS a, generate_series(1, 10000) AS b"
REFUSED = {  # what the owner of the database does -> what ben, who syncs next, is told
    "an act is altered": (
        "UPDATE cessl.acts SET reader = 'dr evil' WHERE number = 3",
        "Act 3 of device .* was altered: the acts of this device were left out",
    ),
    "a payload is altered": (
        "UPDATE cessl.acts SET payload = replace(payload, 'present', 'absent')",
        "was altered: the acts of this device were left out",
    ),
    "an act is missing": (
        "ALTER TABLE cessl.acts DISABLE TRIGGER ALL; DELETE FROM cessl.acts WHERE number = 3",
        "Acts 3 to 3 of device .* are lacking: the later ones wait",
    ),
    "acts are doubled": (
        "ALTER TABLE cessl.acts RENAME TO acts_;"
        " CREATE VIEW cessl.acts AS SELECT * FROM cessl.acts_ UNION ALL SELECT * FROM cessl.acts_ WHERE number = 2",
        "two different acts of number 2",
    ),
    "two acts are exchanged": (
        "UPDATE cessl.acts SET payload = CASE number WHEN 2 THEN (SELECT payload FROM cessl.acts WHERE number = 3)"
        " WHEN 3 THEN (SELECT payload FROM cessl.acts WHERE number = 2) ELSE payload END",
        "was altered: the acts of this device were left out",
    ),
    "the signature is another": (
        "UPDATE cessl.heads SET signature = decode(repeat('00', 64), 'hex')",
        "is not signed with its key",
    ),
    "the key is another": ("UPDATE cessl.devices SET key = repeat('ab', 32)", "is not what it says it is"),
    "payloads are gone": (
        "UPDATE cessl.acts SET digest = encode(sha256(convert_to(salt || ' ' || payload, 'UTF8')), 'hex'),"
        " payload = NULL, salt = '' WHERE kind = 'label'",
        "say nothing any more, and nobody has removed",
    ),
    "a recording is nonsense": (
        "UPDATE cessl.recordings SET facts = '{\"id\": 7}'",
        "described by values that no project has left out",
    ),
}
STOPPED = {  # what it does -> what the sync that it stops says
    "devices without end": (
        f"ALTER TABLE cessl.devices RENAME TO devices_; CREATE VIEW cessl.devices AS SELECT d.id, d.key, d.nonce,"
        f" d.name, d.since_utc, d.from_version FROM cessl.devices_ AS d, {ENDLESS}",
        "gives what no project of a team has",
    ),
    "acts without end": ("UPDATE cessl.heads SET number = 1000000000000", "1,000,000,000,000 acts more"),
    "facts that are no JSON": ("UPDATE cessl.recordings SET facts = '{'", "gives what no project of a team has"),
    "numbers that are words": (
        "ALTER TABLE cessl.acts RENAME TO acts_; CREATE VIEW cessl.acts AS SELECT id, device, number, reader, at_utc,"
        " kind, how, record, step, takes_back, 'yes' AS prediction_visible, file_visible, measurements_visible,"
        " payload, salt, digest, hash FROM cessl.acts_",
        "gives what no project of a team has",
    ),
    "a version that is none": ("UPDATE cessl.team SET value = 'x' WHERE key = 'version'", "gives what no project"),
    "a newer version": ("UPDATE cessl.team SET value = '99' WHERE key = 'version'", "is of a newer version"),
}


@pytest.fixture
def told(desk, ward, cluster):
    """Anna has said some things, and the server has them; ben has said something too. A function that lets it lie."""
    for number in range(4):
        desk("anna").labels.set(f"r{number % 3}", (AF, PVC)[number % 2], State.PRESENT, "dr anna")
    sync(desk("anna"), ward("anna"), Task())
    desk("ben").labels.set("r0", PVC, State.ABSENT, "dr ben")

    def lie(sql: str) -> None:
        with psycopg.connect(**ward("owner").parameters, password=cluster.password, autocommit=True) as db:
            db.execute(sql)
            for table in ("acts", "devices", "recordings"):
                db.execute(f"GRANT SELECT ON cessl.{table} TO cessl_reader")

    return lie


@pytest.mark.parametrize("lie, words", REFUSED.values(), ids=REFUSED)
def test_what_is_not_as_it_was_signed_is_named_and_left_out(desk, ward, told, monkeypatch, lie, words):
    monkeypatch.setattr(syncing, "_send", lambda *given: 0)  # some of these tables take nothing any more
    told(lie)
    assert re.search(words, " ".join(sync(desk("ben"), ward("ben"), Task()).notes))


@pytest.mark.parametrize("lie", [one for one, _ in (*REFUSED.values(), *STOPPED.values())], ids=[*REFUSED, *STOPPED])
def test_no_lie_changes_what_was_said_here(desk, ward, told, monkeypatch, lie):
    monkeypatch.setattr(team_server, "MOST_ROWS", 2000)
    told(lie)
    before = [one for one in said(desk("ben")) if one[3] == "dr ben"]
    try:
        sync(desk("ben"), ward("ben"), Task())
    except CesslError as error:
        assert error.what.endswith(".")
    desk("ben").close()
    assert [w for w in verify(desk("ben").folder).wrong if "broke off" not in w] == []
    with type(desk("ben")).open(desk("ben").folder) as again:
        assert [one for one in said(again) if one[3] == "dr ben"] == before


@pytest.mark.parametrize("lie, words", STOPPED.values(), ids=STOPPED)
def test_what_has_no_end_or_no_sense_ends_in_a_sentence(desk, ward, told, monkeypatch, lie, words):
    monkeypatch.setattr(team_server, "MOST_ROWS", 2000)
    told(lie)
    with pytest.raises(TeamError, match=words):
        sync(desk("ben"), ward("ben"), Task())


def test_a_server_that_does_not_answer_is_left_at_once_by_who_cancels(desk, ward, told):
    told(
        "ALTER TABLE cessl.heads RENAME TO heads_; CREATE VIEW cessl.heads AS"
        " SELECT h.* FROM cessl.heads_ AS h, pg_sleep(600)"
    )
    told("GRANT SELECT ON cessl.heads TO cessl_reader")
    began = time.monotonic()
    with pytest.raises(Cancelled):
        sync(
            desk("ben"), ward("ben"), Task(stop_requested=lambda: Stop.CANCEL if time.monotonic() - began > 1 else None)
        )
    assert time.monotonic() - began < 30


def test_a_server_that_answers_nothing_for_long_is_said(desk, ward, told, monkeypatch):
    monkeypatch.setattr(team_server, "ANSWER_S", 0.5)
    told(
        "ALTER TABLE cessl.heads RENAME TO heads_; CREATE VIEW cessl.heads AS"
        " SELECT h.* FROM cessl.heads_ AS h, pg_sleep(600)"
    )
    told("GRANT SELECT ON cessl.heads TO cessl_reader")
    with pytest.raises(TeamError, match="does not answer"):
        sync(desk("ben"), ward("ben"), Task())
