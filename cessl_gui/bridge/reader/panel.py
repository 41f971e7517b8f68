"""The panel of a project: which statements it has, in which order and words, and which key answers for which."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cessl_gui.core.errors import CesslError
from cessl_gui.core.files import atomic_write
from cessl_gui.core.statements.vocabulary import OWN, Wording, own_statement
from cessl_gui.core.statements.wordings import as_list, is_code, kept_wordings
from cessl_gui.store.log import counting_as

if TYPE_CHECKING:
    from cessl_gui.bridge.reader.reading import Reading
    from cessl_gui.store.tables.settings import Settings

DIGITS = 9
FORMAT = "cessl-gui panel 1"
LARGEST_BYTES, MOST = 1 << 20, 1000  # of a panel's file; of its statements


def digits(session: Reading) -> tuple[str, ...]:
    """The codes that the keys 1 to 9 answer for, "" for a key without: chosen, else the first of the panel."""
    codes = [statement.code for statement in session.panel()]
    chosen = [code if code in codes else "" for code in session.project.settings.digits(session.reader)]
    return tuple(chosen or codes)[:DIGITS]


def as_seen(session: Reading) -> tuple[object, ...]:
    """All that a change of the panel can change: statements, keys, words, merges."""
    lists = [session.setting(key, []) for key in ("statements", counting_as.SETTING)]
    return session.panel(), digits(session), wordings(session), *lists


def set_digit(session: Reading, digit: int, code: str) -> None:
    """Give a statement of the panel the key 1 to 9; it leaves the key that it had, and "" frees the key."""
    before = [*digits(session), *[""] * DIGITS][:DIGITS]
    codes = ["" if code and taken == code else taken for taken in before]
    codes[digit - 1] = code
    if codes != before:
        session.change_panel(lambda settings, reader, step: settings.set_digits(codes, before, reader, step))


def move(session: Reading, code: str, by: int) -> None:
    """Move a statement of the panel up (-1) or down (1) within its group."""
    group = next(s.group for s in session.panel() if s.code == code)
    members = [s.code for s in session.panel() if s.group == group]
    at = members.index(code)
    other = members[min(max(0, at + by), len(members) - 1)]
    codes = session.project.settings.panel()
    one, two = codes.index(code), codes.index(other)
    codes[one], codes[two] = codes[two], codes[one]
    if one != two:
        session.change_panel(lambda settings, reader, step: settings.set("panel", codes, reader, step, moved=code))


def add(session: Reading, code: str) -> None:
    """Add a statement to the panel."""
    codes = session.project.settings.panel()
    if code not in codes:
        session.change_panel(lambda settings, reader, step: settings.set("panel", [*codes, code], reader, step))


def remove(session: Reading, code: str) -> None:
    """Take a statement off the panel; its labels stay."""
    codes = [one for one in session.project.settings.panel() if one != code]
    session.change_panel(lambda settings, reader, step: settings.set("panel", codes, reader, step))


def add_own(session: Reading, words: str) -> str:
    """Add a statement to the panel by its words: one that there is, or a new one of the project.

    returns : its code; "" where the words make no statement
    """
    known = session.vocabulary().find(own_statement(words).name)
    code = known.code if known else own_statement(words).code
    if code == OWN:
        return ""
    if known:
        add(session, code)
        return code

    def change(settings: Settings, reader: str, step: str) -> None:
        settings.set("statements", [*settings.get("statements", []), code], reader, step)
        settings.set("panel", [*settings.panel(), code], reader, step)

    session.change_panel(change)
    return code


def wordings(session: Reading) -> tuple[Wording, ...]:
    """How the project words statements; what is no wording is passed over."""
    return tuple(one for one in kept_wordings(session.project.settings.wordings()) if one != Wording(one.code))


def word(session: Reading, code: str, **changed: Any) -> None:
    """Word a statement another way. changed : name, group, typed or codes, as of Wording

    raises : CesslError for the name of another statement
    """
    name = str(changed.get("name", "")).casefold()
    other = next(
        (s for s in session.vocabulary().statements if name and s.code != code and s.name.casefold() == name), None
    )
    if other is not None:
        raise CesslError(f"{other.name} is another statement.", "Give this one a name of its own.")
    session.change_panel(lambda settings, reader, step: _word(settings, code, changed, reader, step))


def _word(settings: Settings, code: str, changed: Mapping[str, Any], reader: str, step: str) -> None:
    for of, value in changed.items():
        settings.word(code, of, list(value) if isinstance(value, tuple) else value, reader, step)


def save_panel(session: Reading, path: Path) -> None:
    """Write the panel, its keys and words as a file for other projects. raises : CesslError"""
    panel = {
        "format": FORMAT,
        "panel": [statement.code for statement in session.panel()],
        "digits": list(digits(session)),
        "wordings": [asdict(wording) for wording in wordings(session)],
    }
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(panel, indent=1, ensure_ascii=False), encoding="utf-8")


def load_panel(session: Reading, path: Path) -> None:
    """Take the panel, the keys and the words of a file. Labels stay, those of statements off the panel too.

    raises : CesslError, with nothing changed
    """
    panel = _read(path)
    codes = [code for code in as_list(panel.get("panel")) if is_code(code)][:MOST]
    if not codes:
        raise CesslError(f"{path.name} names no statement.", "Choose a file that was saved as a panel.")
    known = session.vocabulary()
    own = [code for code in codes if code.startswith(OWN) and known.find(code) is None]
    words = {one.code: one for one in kept_wordings(as_list(panel.get("wordings"))[:MOST])}
    before, keys = digits(session), [code if code in codes else "" for code in as_list(panel.get("digits"))[:DIGITS]]
    worded = {**{one.code: Wording(one.code) for one in wordings(session)}, **words}

    def change(settings: Settings, reader: str, step: str) -> None:
        if own:
            settings.set("statements", [*settings.get("statements", []), *own], reader, step)
        settings.set("panel", list(dict.fromkeys(codes)), reader, step)
        for code, wording in worded.items():
            _word(settings, code, {of: value for of, value in asdict(wording).items() if of != "code"}, reader, step)
        settings.set_digits(keys, list(before), reader, step)

    session.change_panel(change)


def _read(path: Path) -> dict[str, Any]:
    todo = "Choose a file that was saved as a panel."
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise CesslError(f"{path.name} is too large to be a panel.", todo)
        panel = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CesslError(f"{path.name} cannot be read as a panel: {error}.", todo) from error
    if not isinstance(panel, dict) or panel.get("format") != FORMAT:
        raise CesslError(f"{path.name} is no panel of this program.", todo)
    return panel
