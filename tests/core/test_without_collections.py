"""Large libraries are imported without collections of garbage, and stay out of later ones."""

import subprocess
import sys

CODE = """
import gc, sys
from cessl_gui.core import without_collections
sys.path.insert(0, sys.argv[1])
without_collections.load("large")
import large
print(large.collects, gc.isenabled(), gc.get_freeze_count() > 1000)
"""


def test_an_import_collects_nothing_and_what_it_made_is_left_out_of_later_collections(tmp_path):
    (tmp_path / "large.py").write_text("import gc\ncollects = gc.isenabled()\nmade = [[] for _ in range(1000)]\n")
    said = subprocess.run([sys.executable, "-c", CODE, tmp_path], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "True", "True"]
