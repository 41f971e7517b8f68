"""What a project's readers chose: panel, own statements, their keys and words, blind reading and more."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.statements.wordings import WORDINGS, kept_wordings
from cessl_gui.store.log import acts
from cessl_gui.store.log.applying import DIGITS, WORDING
from cessl_gui.store.log.state import LOGGED_SETTINGS
from cessl_gui.store.sqlite.database import Database


class Settings:
    """Values by key. What readers agree on among them, panel and own statements, is kept as acts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: tuple[int, dict[str, str]] = (-1, {})  # all of them, after so many commits

    def get(self, key: str, default: Any = None) -> Any:
        value = self._values().get(key)
        return default if value is None else json.loads(value)

    def _values(self) -> dict[str, str]:
        """Key -> JSON. The window asks dozens of times at each key: they are read once after each commit."""
        commits, values = self._kept
        is_apart = self._database.connection.in_transaction  # of its own, or that of an earlier moment
        if is_apart or commits != self._database.commits:
            commits = self._database.commits
            values = {row["key"]: row["value"] for row in self._database.all("SELECT key, value FROM settings")}
            if not is_apart:
                self._kept = commits, values
        return values

    def set(self, key: str, value: Any, reader: str = "", step: str = "", *, moved: str = "") -> None:
        """Choose. On disk when this returns.

        step  : under which a choice that is an act is undone; "": it is not undone by a reader's undo
        moved : the one of a list that got another place
        """
        with self._database.atomic() as db:
            if key in LOGGED_SETTINGS:
                old = self.panel() if key == "panel" else self.get(key, [])
                payload = {"key": key, "old": old, "new": value} | ({"moved": moved} if moved else {})
                acts.append(self._database, "setting", "", reader, payload, step=step)
            else:
                db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, json.dumps(value)))

    def digits(self, reader: str) -> list[str]:
        """The codes that a reader's keys 1 to 9 answer for, "" for none; empty where nobody has chosen."""
        return self.get(f"{DIGITS} {reader}", self.get(DIGITS, []))  # before version 15 a project had one choice

    def set_digits(self, codes: list[str], before: list[str], reader: str, step: str = "") -> None:
        """Choose them. On disk when this returns. before : what the keys answered for; step : as of `set`"""
        payload = {"old": before, "new": codes}
        acts.append(self._database, DIGITS, "", reader, payload, step=step)

    def wordings(self) -> list[dict[str, Any]]:
        """How the project words statements, as it is kept: what core.statements.wordings reads."""
        before = self.get(WORDINGS, [])  # chosen before version 15
        found = {one["code"]: one for one in before if isinstance(one, dict) and isinstance(one.get("code"), str)}
        for key, value in self._values().items():
            if key.startswith(f"{WORDING} "):
                code = key.removeprefix(f"{WORDING} ")
                found[code] = {**found.get(code, {}), **json.loads(value), "code": code}
        return list(found.values())

    def meant(self, words: Iterable[str]) -> dict[str, str]:
        """Word of a header -> code: as shipped, else by the statements, names and words of the project; none where
        there is no meaning."""
        codes = {word: statement.code for word in words if (statement := vocabulary().find(word))}
        if others := [word for word in words if word not in codes]:
            worded = kept_wordings(self.wordings())
            known = vocabulary(tuple(self.get("statements", [])), worded)
            typed = {" ".join(word.casefold().split()): one.code for one in worded for word in one.typed}
            found = {word: known.find(word) for word in others}
            codes |= {word: statement.code for word, statement in found.items() if statement}
            codes |= {word: typed[key] for word in others if (key := " ".join(word.casefold().split())) in typed}
        return codes

    def word(self, code: str, of: str, value: Any, reader: str, step: str = "") -> None:
        """Choose one of the words for a statement; nothing where it is as it was. On disk when this returns.

        of   : name, group, typed or codes, see core.statements.vocabulary.Wording
        step : as of `set`
        """
        none: Any = "" if of in ("name", "group") else []
        old = next((one.get(of, none) for one in self.wordings() if one["code"] == code), none)
        if old != value:
            payload = {"code": code, "of": of, "old": old, "new": value}
            acts.append(self._database, WORDING, "", reader, payload, step=step)

    def choices(self, key: str) -> list[acts.Act]:
        """The acts that chose something readers agree on, and hold, in their order."""
        rows = self._database.all(
            "SELECT * FROM acts WHERE record = '' AND kind = 'setting' AND takes_back = ''"
            " AND id NOT IN (SELECT act FROM taken_back) ORDER BY id"
        )
        return [act for act in acts.acts(rows) if act.content.get("key") == key]

    def panel(self) -> list[str]:
        """The codes of the statements that the readers undertake to assess, in panel order."""
        return self.get("panel", [s.code for s in vocabulary().panel])
