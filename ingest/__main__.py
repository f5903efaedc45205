"""`python -m ingest FOLDER`: the same as `policybot ingest FOLDER`."""

import typer

from policybot.cli import ingest

if __name__ == "__main__":
    typer.run(ingest)
