"""What a project's readers chose: panel, own statements, blind reading and more."""

from __future__ import annotations

import json
from typing import Any

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.store.log import acts
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

    def set(self, key: str, value: Any, reader: str = "", step: str = "") -> None:
        """Choose. On disk when this returns.

        step : under which a choice that is an act is undone; "": it is not undone by a reader's undo
        """
        with self._database.atomic() as db:
            if key in LOGGED_SETTINGS:
                old = self.panel() if key == "panel" else self.get(key, [])
                payload = {"key": key, "old": old, "new": value}
                acts.append(self._database, "setting", "", reader, payload, step=step)
            else:
                db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, json.dumps(value)))

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
