"""The README is executed: what it shows is what a newcomer sees."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
CI = README.parent / ".ci" / "run"


def _examples() -> list[tuple[str, str]]:
    """Return (command, output) of each `$` line in the README's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return [
        (command, output.rstrip("\n"))
        for block in blocks
        for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    ]


def test_the_readme_shows_what_its_commands_print(tmp_path):
    environment = os.environ | {"QA_INDEX": str(tmp_path / "index"), "COLUMNS": "80", "PYTHONUTF8": "1"}

    shown = _examples()
    printed = [
        subprocess.run(
            [sys.executable, "-m", *shlex.split(command)],
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        ).stdout.rstrip("\n")
        for command, _ in shown
    ]

    assert len(shown) >= 3
    assert [output for _, output in shown] == printed


def test_the_readme_is_short():
    assert len(README.read_text(encoding="utf-8").splitlines()) < 150


def test_continuous_integration_runs_the_command_that_the_readme_gives_for_the_tests():
    commands = re.findall(r"```sh\n(.*)\n```", README.read_text(encoding="utf-8"))

    assert commands[-1].endswith(".venv/bin/pytest")
    assert commands[-1] in CI.read_text(encoding="utf-8").splitlines()
