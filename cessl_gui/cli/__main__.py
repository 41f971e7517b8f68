import sys

from cessl_gui.cli import main

sys.exit(main())
