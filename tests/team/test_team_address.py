"""Addresses of servers: no password in them, and TLS with a checked certificate unless the server is this computer."""

import builtins

import keyring
import pytest
from keyring.backend import KeyringBackend

from cessl_gui.store.exchange import team_address
from cessl_gui.store.exchange.team_address import TeamError, parse, password, save_password


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.0.0.1:6543", "[::1]", "", "localhost,127.0.0.1:5433", "%2Fvar%2Frun"]
)
def test_a_server_on_this_computer_needs_no_tls(host):
    assert parse(f"postgresql://anna@{host}/ward").is_local


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://anna@db.example/ward",
        "postgresql://anna@localhost,db.example/ward",
        "postgresql://anna@localhost/ward?hostaddr=192.0.2.1",
        "host=db.example user=anna dbname=ward",
    ],
)
def test_any_other_server_must_show_its_certificate(address):
    assert parse(address).parameters["sslmode"] == "verify-full"


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
def test_less_than_a_checked_certificate_is_refused(mode):
    with pytest.raises(TeamError, match="make sure that it is your server"):
        parse(f"postgresql://anna@db.example/ward?sslmode={mode}")


@pytest.mark.parametrize("more", [":secret@db.example/ward", "@db.example/ward?password=secret", "@x/ward?service=y"])
def test_an_address_with_a_password_is_refused(more):
    with pytest.raises(TeamError, match="holds a password") as refused:
        parse(f"postgresql://anna{more}")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["postgresql://db.example/ward", "postgresql://anna@db.example", "ward", "http://x"]
)
def test_what_is_no_address_is_said(address):
    with pytest.raises(TeamError, match="postgresql://NAME@HOST/DATABASE"):
        parse(address)


class Chain(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self):
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, given):
        self.kept[service, username] = given

    def delete_password(self, service, username):
        del self.kept[service, username]


@pytest.fixture
def chain(monkeypatch):
    for name in (team_address.VARIABLE, "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
    before, made = keyring.get_keyring(), Chain()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


ADDRESS = "postgresql://anna@db.example:5433/ward"


def test_a_password_comes_from_the_keyring(chain):
    save_password(parse(ADDRESS), "secret")
    assert password(parse(ADDRESS)) == "secret"


def test_the_keyring_keeps_it_under_the_server_and_the_member(chain):
    save_password(parse(ADDRESS), "secret")
    assert list(chain.kept) == [("cessl-gui team", "anna@db.example:5433/ward")]


def test_the_environment_goes_before_the_keyring(chain, monkeypatch):
    save_password(parse(ADDRESS), "old")
    monkeypatch.setenv(team_address.VARIABLE, "new")
    assert password(parse(ADDRESS)) == "new"


def test_without_a_keyring_there_is_no_password(monkeypatch):
    from keyring.backends import fail

    for name in (team_address.VARIABLE, "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    try:
        assert password(parse(ADDRESS)) is None
    finally:
        keyring.set_keyring(before)


def test_without_its_packages_a_sync_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **more):
        if name.startswith("psycopg"):
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(TeamError, match=r"cessl-gui\[team\]"):
        parse(ADDRESS)
