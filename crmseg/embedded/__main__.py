"""`python -m crmseg.embedded`: run an instance."""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from crmseg.embedded import command
from crmseg.embedded.postgres import ServerFailed

if __name__ == "__main__":
    parser = ArgumentParser("dev.py up", description="Run an instance: its servers, web, workers and beat.")
    command.add_arguments(parser)
    try:
        command.run(**vars(parser.parse_args()))
    except ServerFailed as error:
        sys.exit(str(error))
