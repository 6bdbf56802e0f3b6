"""`python -m takevoice` is the `takevoice` command."""

import sys

from takevoice.cli import main

if __name__ == "__main__":
    sys.exit(main())
