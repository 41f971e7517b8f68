"""Commands of a reading team: its server, its key."""

from __future__ import annotations

import argparse
from pathlib import Path

from cessl_gui.cli.output import AddCommand, say


def add_commands(command: AddCommand) -> None:
    sub = command("team-server", team_server, "make or upgrade the tables of a team's server")
    sub.add_argument("server", metavar="postgresql://OWNER@HOST/DATABASE")
    sub = command("team-key", team_key, "the file by which patients have the same keys with all members")
    sub.add_argument("do", choices=("export", "import"))
    sub.add_argument("file", type=Path)


def team_server(args: argparse.Namespace) -> int:
    from cessl_gui.store.team_address import parse
    from cessl_gui.store.team_server import TeamServer

    address = parse(args.server)
    with TeamServer(address) as server:
        ran = server.upgrade()
    words = f"The tables of {address.name} are up to date."
    say(args, {"server": address.name, "scripts": ran}, words)
    return 0


def team_key(args: argparse.Namespace) -> int:
    from cessl_gui.tasks import team_key as key

    fingerprint = key.export_key(args.file) if args.do == "export" else key.import_key(args.file)
    done = "written: hand it to the team by another way than the data" if args.do == "export" else "taken in"
    say(args, {"file": str(args.file), "fingerprint": fingerprint}, f"{args.file} ({fingerprint}) {done}.")
    return 0
