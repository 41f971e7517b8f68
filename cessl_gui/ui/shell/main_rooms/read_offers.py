"""What the Read room offers by keys and in the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from cessl_gui.ui.shell.commands.actions import Offer

if TYPE_CHECKING:
    from cessl_gui.ui.shell.main_rooms.read_room import ReadRoom


def offers(room: ReadRoom) -> tuple[Offer, ...]:
    """Each action with its words in the menu."""
    labels, page, key = room.labels, room.page, Qt.Key
    return (
        ("find_statement", "Find a &statement", labels.search.typed.setFocus),
        ("statement_below", "Statement &below", lambda: labels.step_statement(1)),
        ("statement_above", "Statement abo&ve", lambda: labels.step_statement(-1)),
        ("next", "&Next record", lambda: room.records.step(1)),
        ("previous", "&Previous record", lambda: room.records.step(-1)),
        ("confirm_next", "&Confirm and next", labels.confirm_next),
        ("confirm", "Confirm and sta&y", labels.confirm),
        ("reopen", "&Reopen", labels.reopen),
        ("normal_next", "N&ormal and next", labels.normal_next),
        ("rest_absent", "Rest &absent", labels.rest_absent),
        ("defer_next", "&Defer and next", labels.defer_next),
        ("exclude", "E&xclude or include", labels.exclude),
        ("reveal", "&Show prediction", labels.reveal),
        ("note", "No&te and marks", room.remarks.open_note),
        ("evidence", "&Evidence per lead", room.toggle_evidence),
        ("influence", "&Influence on the page", lambda: room.influence.set_on_page(not room.influence.on_page)),
        ("compare", "&Compare with an earlier ECG", page.next_comparing),
        ("measurements", "&Measurements", room.toggle_measurements),
        ("calipers", "Set c&alipers", lambda: room.press_on_page(key.Key_M)),
        ("mark", "Mar&k a beat or stretch", lambda: room.press_on_page(key.Key_L)),
        ("magnify", "Magnif&y", page.moving.press_magnify),
        ("crosshair", "Cross&hair", lambda: room.press_on_page(key.Key_H)),
        ("march_out", "March the caliper o&ut", lambda: room.press_on_page(key.Key_O)),
        ("higher_gain", "Hi&gher gain", lambda: room.press_on_page(key.Key_Plus)),
        ("lower_gain", "&Lower gain", lambda: room.press_on_page(key.Key_Minus)),
        ("save_page", "&Save the page as…", page.ask_and_write),
        ("print_page", "&Print the page…", page.toolbar.print_wanted.emit),
    )
