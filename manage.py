#!/usr/bin/env python3
"""Command line of lumenboard: the stack itself (`run`, `demo`) and every Django command."""

import sys

from lumenboard.embedded.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
