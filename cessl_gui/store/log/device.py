"""This computer as a writer of acts: its key, and the last act of each device, kept outside the project.

The key signs the head of the chain at each commit. What is kept outside, each second and at closing, shows at the next
opening that acts at the end are missing or that a chain was made again. A project that was copied, moved or put back
goes on under a new device id: no two different acts ever have one number.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import secrets
import sqlite3
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cessl_gui.core.files import create
from cessl_gui.core.paths import user_data

if TYPE_CHECKING:  # 14 MB that the start page does not need: loaded with the first project
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

log = logging.getLogger(__name__)

KEY, HEADS = "device-key", "heads"
TAKEN_OVER = "00"  # begins the ids of devices that stand for events of before the log, and of no others
KEPT_EVERY_S = 1.0  # a file that takes another's place costs a click some ms
LONGEST = 1 << 20  # bytes of a file of heads


class Device:
    """Signs what is added to one open project.

    warning : a sentence where no key can be kept, or where acts that were kept in mind are not in the project
    """

    def __init__(self, folder: Path) -> None:
        self.warning = ""
        self._folder = str(folder)
        self._key: Ed25519PrivateKey | None = None
        self._public = self._nonce = self._id = ""
        self._acted = False
        self._kept_at = 0.0
        self._to_keep = False

    def open(self, db: sqlite3.Connection) -> None:
        """Find the key, made where there is none, and the chain of this project to go on with."""
        self._key = private_key()
        self._public = self._key.public_key().public_bytes_raw().hex() if self._key else ""
        if not self._key:
            self.warning = f"Acts are not signed: no key can be kept in {user_data()}."
        for (device,) in db.execute("SELECT id FROM devices WHERE key = ? AND key <> ''", (self._public,)).fetchall():
            kept = kept_outside(device)
            if kept.get("folder") != self._folder:
                continue
            gone = missing(db, kept["heads"])
            if not gone:
                self._id = device
            elif not kept.get("accepted"):
                self.warning = f"{gone[0]} Copies of earlier days lie in backups; cessl verify says more."
        while not self._id or self._id.startswith(TAKEN_OVER):
            self._nonce = secrets.token_hex(8)
            self._id = device_id(self._public, self._nonce)

    def begin(self, db: sqlite3.Connection) -> str:
        """The id under which this computer acts; it is in the project from the first act on."""
        if self._nonce:
            now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            row = (self._id, self._public, self._nonce, platform.node()[:100], now, 0)
            db.execute("INSERT OR IGNORE INTO devices VALUES (?, ?, ?, ?, ?, ?)", row)
        return self._id

    def has_acted(self) -> None:
        self._acted = True

    def seal(self, db: sqlite3.Connection) -> bool:
        """Sign the last act, if any was added in this transaction, which is about to be committed."""
        acted, self._acted = self._acted, False
        if acted:
            self.sign(db, self._id)
        return acted

    def sign(self, db: sqlite3.Connection, device: str) -> None:
        """Sign the last act of a device: of this one, or of one whose events were taken over here."""
        last = db.execute("SELECT number, hash FROM acts WHERE device = ? ORDER BY number DESC LIMIT 1", (device,))
        row = last.fetchone()
        if row:
            signature = self._key.sign(message(device, row[0], row[1])) if self._key else b""
            db.execute(
                "INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?, ?)", (device, row[0], row[1], self._public, signature)
            )

    def forget(self) -> None:
        """The transaction was undone."""
        self._acted = False

    def keep_outside(self, db: sqlite3.Connection, at_once: bool = False) -> None:
        """Keep the heads of all devices outside the project; where that cannot be, the log file has the reason.

        at_once : now, if anything is to be kept; else at most once in KEPT_EVERY_S
        """
        self._to_keep = self._to_keep or not at_once
        if not self._to_keep or (not at_once and time.monotonic() - self._kept_at < KEPT_EVERY_S):
            return
        self._to_keep, self._kept_at = False, time.monotonic()
        heads = {row[0]: [row[1], row[2].hex()] for row in db.execute("SELECT device, number, hash FROM heads")}
        try:
            _write(self._id, {"folder": self._folder, "heads": heads})
        except OSError:
            log.warning("heads are not kept outside the project", exc_info=True)


def private_key() -> Ed25519PrivateKey | None:
    """The key of this computer, made where there is none; None where none can be kept."""
    try:
        return _private_key()
    except (OSError, ValueError):
        log.warning("no device key", exc_info=True)
        return None


def public_key() -> str:
    """The public half of it; "" where this computer has none yet."""
    key = private_key() if (user_data() / KEY).exists() else None
    return key.public_key().public_bytes_raw().hex() if key else ""


def device_id(public: str, nonce: str) -> str:
    return hashlib.sha256(f"{public} {nonce}".encode()).hexdigest()[:16]


def message(device: str, number: int, hash_: bytes) -> bytes:
    """What a signature of a head is of."""
    return f"cessl-gui head 1\n{device}\n{number}\n{hash_.hex()}".encode()


def is_signed(public: str, signature: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def missing(db: sqlite3.Connection, heads: dict[str, list]) -> list[str]:
    """What was kept in mind of devices and is not in the project, in sentences."""
    words = []
    for device, (number, hash_) in heads.items():
        row = db.execute("SELECT hash FROM acts WHERE device = ? AND number = ?", (device, number)).fetchone()
        if row is None:
            last = db.execute("SELECT MAX(number) FROM acts WHERE device = ?", (device,)).fetchone()[0] or 0
            words.append(f"The last {number - last} acts of device {device} are missing ({last} of {number} are here).")
        elif row[0].hex() != hash_:
            words.append(f"Act {number} of device {device} is not the one that this computer keeps in mind.")
    return words


def kept_outside(device: str) -> dict[str, Any]:
    """What is kept outside the project of a device of this computer; empty where nothing is, or nothing readable."""
    path = _path(device)
    try:
        if path.stat().st_size > LONGEST:
            return {}
        kept = json.loads(path.read_text(encoding="utf-8"))
        heads = {str(one): [int(number), str(hash_)] for one, (number, hash_) in kept["heads"].items()}
        return {"folder": str(kept["folder"]), "heads": heads, "accepted": bool(kept.get("accepted"))}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def kept_of_folder(folder: Path) -> list[dict[str, Any]]:
    """What is kept outside of all devices that have acted in a project at this place."""
    kept = [kept_outside(path.stem) for path in sorted((user_data() / HEADS).glob("*.json"))]
    return [one for one in kept if one.get("folder") == str(folder)]


def accept(folder: Path) -> None:
    """A person knows that acts are missing from the project at this place: an earlier copy was put back."""
    for path in (user_data() / HEADS).glob("*.json"):
        kept = kept_outside(path.stem)
        if kept.get("folder") == str(folder):
            with suppress(OSError):
                _write(path.stem, {**kept, "accepted": True})


def forget_place(folder: Path) -> None:
    """The program knows that no project lies at this place: one that comes there is not taken for an earlier one."""
    for path in (user_data() / HEADS).glob("*.json"):
        if kept_outside(path.stem).get("folder") == str(folder):
            path.unlink(missing_ok=True)


def moved(folder: Path, to: Path) -> None:
    """The program has moved a project: it goes on at its new place under its devices."""
    for path in (user_data() / HEADS).glob("*.json"):
        kept = kept_outside(path.stem)
        if kept.get("folder") == str(folder):
            with suppress(OSError):
                _write(path.stem, {**kept, "folder": str(to)})


def _path(device: str) -> Path:
    return user_data() / HEADS / f"{device}.json"


def _write(device: str, content: dict[str, Any]) -> None:
    path = _path(device)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        unfinished.write_text(json.dumps(content), encoding="utf-8")
        os.replace(unfinished, path)  # noqa: PTH105
    finally:
        with suppress(OSError):
            unfinished.unlink()


def _private_key() -> Ed25519PrivateKey:
    """raises : OSError, ValueError for a file that holds none"""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = user_data() / KEY
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except FileNotFoundError:
        key = Ed25519PrivateKey.generate()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f".{uuid.uuid4().hex}.tmp")
        with create(unfinished, 0o600) as file:
            file.write(key.private_bytes_raw().hex().encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        return key
