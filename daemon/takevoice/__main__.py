"""`python -m takevoice` is the `takevoice` command."""

import sys

from takevoice.cli import main

sys.exit(main())
