"""What a team's server lets its members do, and what it refuses."""

import hashlib
from dataclasses import replace

import pytest

from cessl_gui.store.exchange.team_address import TeamError
from cessl_gui.store.exchange.team_server import TeamServer
from cessl_gui.store.exchange.union import Known
from cessl_gui.store.log.acts import Act


def act(number: int, **other) -> Act:
    made = Act(
        *(
            f"a{number:04d}",
            "d1",
            number,
            "dr a",
            "2026",
            "label",
            "set",
            "r1",
            "",
            "",
            None,
            None,
            None,
            "{}",
            "s",
            "",
        ),
        hashlib.sha256(str(number).encode()).digest(),
    )
    return replace(made, **other)


def known(number: int, hash_: bytes = b"") -> Known:
    return Known("d1", "", "n", "desk", "2026", 0, number, hash_ or act(number).hash, "", b"")


@pytest.fixture
def server(ward):
    """As a reader, with a device that has sent three acts."""
    with TeamServer(ward("anna")) as opened:
        opened.introduce([known(3)])
        opened.put_acts([act(1), act(2), act(3)])
        yield opened


def test_acts_come_back_as_they_were_sent(server):
    assert list(server.acts("d1", 0, 3)) == [act(1), act(2), act(3)]


def test_only_what_comes_after_is_given(server):
    assert list(server.acts("d1", 2, 3)) == [act(3)]


def test_what_is_sent_twice_is_there_once(server):
    server.put_acts([act(2), act(3), act(4)])
    assert [each.number for each in server.acts("d1", 0, 9)] == [1, 2, 3, 4]


def test_a_gap_is_refused(server):
    with pytest.raises(TeamError, match="gap after 3"):
        server.put_acts([act(5)])


def test_another_act_under_the_same_number_is_refused(server):
    with pytest.raises(TeamError, match="is another one") as refused:
        server.put_acts([act(2, hash=b"x" * 32, id="other")])
    assert "cessl verify" in refused.value.todo


def test_a_batch_is_taken_whole_or_not_at_all(server):
    with pytest.raises(TeamError):
        server.put_acts([act(4), act(6)])
    assert server.numbers() == {"d1": 3}


@pytest.mark.parametrize("member", ["anna", "ben"])
@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE cessl.acts SET reader = 'x'",
        "DELETE FROM cessl.acts",
        "TRUNCATE cessl.acts",
        "ALTER TABLE cessl.acts DISABLE TRIGGER ALL",
        "UPDATE cessl.heads SET number = 9",
        "DROP SCHEMA cessl CASCADE",
    ],
)
def test_no_member_can_change_what_is_there(server, ward, cluster, member, harm):
    import psycopg

    with (
        psycopg.connect(**ward(member).parameters, password=cluster.password) as db,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        db.execute(harm)


def test_who_is_no_member_sees_nothing(server, ward):
    with TeamServer(ward("stranger")) as other, pytest.raises(TeamError, match="does not let you"):
        other.numbers()


def test_who_sent_an_act_is_kept_by_the_server(server, ward, cluster):
    import psycopg

    with psycopg.connect(**ward("ben").parameters, password=cluster.password) as db:
        assert db.execute("SELECT DISTINCT pushed_by FROM cessl.acts").fetchall() == [("anna",)]


def test_a_head_is_of_an_act_that_is_there(server):
    server.sign_off([known(9, b"x" * 32)])
    assert server.known() == []


def test_a_head_goes_forward_only(server):
    for number in (3, 2):
        server.sign_off([known(number)])
    assert server.known() == [known(3)]


REMOVAL = '{"contents":["r1"],"why":"consent withdrawn"}'


def test_what_a_removal_names_is_erased_by_a_lead(server, ward):
    server.put_acts([act(4, kind="removal", payload=REMOVAL)])
    with TeamServer(ward("ben")) as lead:
        assert lead.erase_removed() == 3


def test_an_erased_payload_leaves_its_digest(server, ward):
    server.put_acts([act(4, kind="removal", payload=REMOVAL)])
    with TeamServer(ward("ben")) as lead:
        lead.erase_removed()
    first = next(server.acts("d1", 0, 3))
    assert (first.payload, first.digest) == (None, hashlib.sha256(b"s {}").hexdigest())


def test_a_reader_erases_nothing(server):
    with pytest.raises(TeamError, match="does not let you"):
        server.erase_removed()


def test_a_team_agrees_once(server, ward):
    with TeamServer(ward("ben")) as lead:
        assert [lead.agree("patient_secret", value) for value in ("one", "two")] == ["one", "one"]


def test_a_reader_agrees_on_nothing_for_the_team(server):
    assert server.agree("patient_secret", "one") == ""


def test_tables_are_made_once(ward):
    with TeamServer(ward("owner")) as owner:
        assert owner.upgrade() == 0


def test_a_server_without_tables_is_said(cluster, ward):
    from cessl_gui.store.exchange.team_address import parse

    with (
        TeamServer(parse(cluster.url("owner", cluster.database()))) as owner,
        pytest.raises(TeamError, match="are missing or of an earlier"),
    ):
        owner.check_version()


def test_a_newer_server_is_said(ward, cluster):
    cluster.sql("UPDATE cessl.team SET value = '99'", database=ward().parameters["dbname"])
    with TeamServer(ward()) as reader, pytest.raises(TeamError, match="newer version"):
        reader.check_version()


def test_a_wrong_password_is_said(ward, monkeypatch):
    monkeypatch.setenv("CESSL_TEAM_PASSWORD", "wrong")
    with pytest.raises(TeamError, match="password authentication failed") as refused:
        TeamServer(ward())
    assert "your password" in refused.value.todo


def test_recordings_are_given_in_the_order_in_which_they_came(server):
    server.put_recordings([("a" * 64, ["r1"], "{}"), ("b" * 64, ["r2"], '{"id": 1}')])
    places = list(server.recordings(0))
    assert ([said for _, said in places], list(server.recordings(places[0][0]))) == ([{}, {"id": 1}], places[1:])


def test_recordings_that_are_lacking_are_named(server):
    server.put_recordings([("a" * 64, ["r1"], "{}")])
    assert server.lacking(["a" * 64, "c" * 64]) == {"c" * 64}


def test_what_is_known_of_a_removed_recording_goes(server, ward):
    server.put_recordings([("a" * 64, ["r1", "r9"], "{}")])
    server.put_acts([act(4, kind="removal", payload=REMOVAL)])
    with TeamServer(ward("ben")) as lead:
        lead.erase_removed()
    assert list(server.recordings(0)) == []
