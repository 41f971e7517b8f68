"""Commands of a reading team: its server, its key, the sync of a project."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from cessl_gui.cli.output import USAGE, AddCommand, Meter, open_project, say
from cessl_gui.core.task import Task


def add_commands(command: AddCommand) -> None:
    sub = command("sync", sync, "exchange what was done with a team's server")
    sub.add_argument("project", type=Path)
    sub.add_argument("server", metavar="postgresql://NAME@HOST/DATABASE", nargs="?", help="default: the last one")
    sub.add_argument("--save-password", action="store_true", help="ask for the password and keep it in the keyring")
    sub.add_argument("--models", action="store_true", help="also the adopted models of all members")
    sub.add_argument("--signals", action="store_true", help="also the signals of recordings")
    sub = command("team-server", team_server, "make or upgrade the tables of a team's server")
    sub.add_argument("server", metavar="postgresql://OWNER@HOST/DATABASE")
    sub = command("team-key", team_key, "the file by which patients have the same keys with all members")
    sub.add_argument("do", choices=("export", "import"))
    sub.add_argument("file", type=Path)


def sync(args: argparse.Namespace) -> int:
    from cessl_gui.store.exchange.team_address import parse, save_password
    from cessl_gui.tasks.team import syncing, team_sending

    with open_project(args.project) as project:
        url = args.server or syncing.last_server(project)
        if not url:
            print("cessl sync: name the server: postgresql://NAME@HOST/DATABASE", file=sys.stderr)
            return USAGE
        address = parse(url)
        if args.save_password:
            save_password(address, getpass.getpass(f"Password of {address.name}: "))
        with Meter() as meter:
            files = [kind for kind, wanted in (("model", args.models), ("signal", args.signals)) if wanted]
            result = syncing.sync(project, address, Task(meter), team_sending.of(files))
    row = {"server": address.name, "sent": result.sent, "received": result.received, "notes": list(result.notes)}
    row |= {"files_sent": result.files_sent, "models": result.models, "signals": result.signals}
    say(args, row, " ".join((result.sentence, *result.notes)))
    return 0


def team_server(args: argparse.Namespace) -> int:
    from cessl_gui.store.exchange.team_address import parse
    from cessl_gui.store.exchange.team_server import TeamServer

    address = parse(args.server)
    with TeamServer(address) as server:
        ran = server.upgrade()
    words = f"The tables of {address.name} are up to date."
    say(args, {"server": address.name, "scripts": ran}, words)
    return 0


def team_key(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.team import team_key as key

    fingerprint = key.export_key(args.file) if args.do == "export" else key.import_key(args.file)
    done = "written: hand it to the team by another way than the data" if args.do == "export" else "taken in"
    say(args, {"file": str(args.file), "fingerprint": fingerprint}, f"{args.file} ({fingerprint}) {done}.")
    return 0
