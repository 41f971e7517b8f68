"""A set of records that takes long to read: until it is there, each record is asked for on its own."""

from __future__ import annotations

from collections.abc import Callable


class Known:
    """Of which records something holds.

    ask : whether it holds of one record; called while the whole set is not there
    """

    def __init__(self, ask: Callable[[str], bool]) -> None:
        self._ask = ask
        self._all: set[str] | None = None
        self._asked: dict[str, bool] = {}
        self._changed: dict[str, bool] = {}  # here, since the whole set began to be read
        self._since: dict[str, bool] = {}

    def __contains__(self, record_id: str) -> bool:
        if record_id in self._changed:
            return self._changed[record_id]
        if self._all is not None:
            return record_id in self._all
        if record_id not in self._asked:
            self._asked[record_id] = self._ask(record_id)
        return self._asked[record_id]

    def put(self, record_id: str, holds: bool) -> None:
        """Whether it holds from now on."""
        self._changed[record_id] = self._since[record_id] = holds

    def expect(self) -> None:
        """The whole set is about to be read again: what is set from now on is newer."""
        self._since = {}

    def adopt(self, all_of_them: set[str]) -> None:
        """Take the whole set, read elsewhere; what was set here since then stays."""
        self._all, self._changed = all_of_them, dict(self._since)
        self._asked.clear()

    def everything(self) -> set[str]:
        """All records of which it holds, as far as they are known."""
        holds = {record_id for record_id, yes in {**self._asked, **self._changed}.items() if yes}
        return ((self._all or set()) | holds) - {record_id for record_id, yes in self._changed.items() if not yes}
