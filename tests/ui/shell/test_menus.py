"""The menus offer every act and every choice, each with its keys, and tick what holds."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QMenu

from cessl_gui.bridge import session as session_module
from cessl_gui.ui.shell.commands.keys import REPEATED
from cessl_gui.ui.shell.window import MainWindow
from tests.ui.windows import press


def test_only_keys_that_move_go_on_when_held(window):
    held = {name for name, action in window.menus.actions.items() if action.shortcuts() and action.autoRepeat()}
    assert held == set(REPEATED)


def test_backbone_is_chosen_in_the_menu(session, qtbot, tmp_path, monkeypatch):
    folder = tmp_path / "home" / "cessl-gui" / "backbones"
    monkeypatch.setattr("cessl_gui.tasks.models.modelling.user_data", lambda: folder.parent)
    folder.mkdir(parents=True)
    for suffix in (".safetensors", ".json"):
        (folder / f"ours{suffix}").touch()
    window = MainWindow(session)
    qtbot.addWidget(window)
    actions = {action.data(): action for action in window.menus.choices["backbone"].actions()}
    assert [name for name, action in actions.items() if action.isChecked()] == ["tiny"]
    actions["ours"].trigger()
    assert session.backbone() == "ours"
    assert actions["ours"].isChecked()
    assert not actions["tiny"].isChecked()


def test_what_uncertain_labels_count_for_is_chosen_in_the_menu(window, session, monkeypatch):
    actions = {action.data(): action for action in window.menus.choices["uncertain"].actions()}
    assert [key for key, action in actions.items() if action.isChecked()] == [""]
    handed = []
    monkeypatch.setattr(session_module.training, "train", lambda *given, **more: handed.append(more["uncertain"]))
    monkeypatch.setattr(session, "readiness", lambda: None)
    monkeypatch.setattr(session._runner, "start", lambda kind, work: work(None))
    session.train()
    actions["present"].trigger()
    assert session.uncertain() == "present"
    assert actions["present"].isChecked()
    assert not actions[""].isChecked()
    session.train()
    assert handed == [None, "present"]


def test_keys_page_names_every_shortcut_of_the_menus(window, qtbot):
    press(qtbot, window, Qt.Key.Key_Question)
    assert window.room == "help"
    text = window.rooms.currentWidget().page.toPlainText()
    for word in ("1 … 9", "Enter", "Page down", "Ctrl+Shift+Z", "Normal", "Defer"):
        assert word in text


def test_every_choice_of_the_page_is_reached_by_keys(window, qtbot):
    """By Tab, and in the View menu."""
    view = next(menu for menu in window.menus.whole.findChildren(QMenu) if menu.title() == "&View")
    titles = [action.text().replace("&", "") for action in view.actions()]
    for title in ("Layout", "Speed", "Gain", "Filters", "Size on this screen"):
        assert title in titles
    for chip in window.page.toolbar.findChildren(QAbstractButton):
        if chip.objectName():
            assert chip.focusPolicy() & Qt.FocusPolicy.TabFocus, chip.objectName()
