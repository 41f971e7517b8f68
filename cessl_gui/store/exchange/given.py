"""Acts and devices as others give them, of which nothing is known: each value is of its kind, or they are none."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from cessl_gui.store.exchange.union import Known
from cessl_gui.store.log.acts import Act

# What a stranger's values can raise where they are read and where the database takes them.
UNFIT = (ValueError, LookupError, TypeError, ArithmeticError, RuntimeError, StopIteration, sqlite3.IntegrityError)
_SIGHT = ("prediction_visible", "file_visible", "measurements_visible")


def act_of(values: Sequence[Any]) -> Act:
    """The act of these values, in the order of its fields; its hash is bytes, or hexadecimal.

    raises : one of UNFIT for what is no act
    """
    named = dict(zip((one.name for one in fields(Act)), values, strict=True))
    sight = {name: named.pop(name) for name in _SIGHT}
    number, payload, hash_ = named.pop("number"), named.pop("payload"), _bytes(named.pop("hash"))
    if (
        not all(isinstance(one, str) and "\0" not in one for one in named.values())
        or type(number) is not int
        or any(one not in (0, 1, None) for one in sight.values())
        or not isinstance(payload, str | None)
    ):
        raise ValueError("no act")
    return Act(**named, **sight, number=number, payload=payload, hash=hash_)


def known_of(values: Sequence[Any]) -> Known:
    """The device of these values; hash and signature are bytes, or hexadecimal.

    raises : one of UNFIT for what is no device
    """
    known = Known._make([*values[:7], _bytes(values[7]), values[8], _bytes(values[9])])
    texts, numbers = [*known[:5], known.signed_by], known[5:7]
    if not all(isinstance(one, str) for one in texts) or any(type(one) is not int for one in numbers):
        raise ValueError("no device")
    return known


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(value) if isinstance(value, str) else bytes(memoryview(value))
