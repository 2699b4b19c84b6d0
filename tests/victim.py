"""Adds files to an index in processes of their own, which may be killed, be denied the disk or be denied the network.

Run by test_kill.py and its neighbours, never imported by them:

    victim.py add INDEX FILE…           add; the error that a person would see goes to standard error, exit code 2
    victim.py each INDEX FILE…          add one after another, in one process
    victim.py limit BYTES INDEX FILE…   add, where no file may grow beyond so many bytes
    victim.py steps EVERY INDEX FILE…   copy INDEX to INDEX-1, INDEX-2 …; add to each, killed at another step
"""

import os
import resource
import shutil
import signal
import sys
from itertools import count
from pathlib import Path

from conftest import WordEncoder

from index.build import add_files
from index.errors import AssistantError

STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.scandir", "os.listdir"}


os.fsync = lambda descriptor: None  # what a killed process has written stays written; only a power cut needs more


def add(index: Path, files: list[Path]) -> int:
    try:
        add_files([(path, path.name) for path in files], WordEncoder(), index)
    except AssistantError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def die_at(step: int, index: Path) -> None:
    """Let this process be killed when it touches a file of the index for the n-th time."""
    passed = count(1)

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event in STEPS and str(index) in str(arguments[0]) and next(passed) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def add_killed(index: Path, files: list[Path], step: int) -> bool:
    """Whether the process was killed before it was done."""
    child = os.fork()
    if child == 0:
        die_at(step, index)
        os._exit(add(index, files))
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def main(mode: str, *rest: str) -> int:
    if mode == "limit":
        limit = int(rest[0])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        rest = rest[1:]
    every, rest = (int(rest[0]), rest[1:]) if mode == "steps" else (1, rest)
    index, files = Path(rest[0]), [Path(name) for name in rest[1:]]
    if mode == "each":
        return max(add(index, [file]) for file in files)
    if mode != "steps":
        return add(index, files)
    for number in count(1):
        copied = index.with_name(f"{index.name}-{number}")
        shutil.copytree(index, copied)
        if not add_killed(copied, files, number * every):
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
