"""Nothing on the default path opens a socket."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
GUARD = """
import sys

def forbid(event, arguments):
    if event.startswith("socket."):
        raise SystemExit(f"a socket: {event} {arguments}")

sys.addaudithook(forbid)
from qa.cli import main
sys.argv = ["qa", *sys.argv[1:]]
main()
"""


def qa(folder: Path, *arguments: str, code: str = GUARD) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | {"QA_INDEX": str(folder), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_asking_adding_and_removing_open_no_socket(tmp_path):
    (tmp_path / "a.html").write_text("<html><body><p>全市共有学校三十所。</p></body></html>", encoding="utf-8")
    folder = tmp_path / "index"

    for arguments in (
        ("ask", "全年共征集提案多少件？"),
        ("add", str(tmp_path / "a.html")),
        ("ask", "--json", "How many schools are there?"),
        ("list",),
        ("doctor",),
        ("remove", "a.html"),
    ):
        done = qa(folder, *arguments)
        # The doctor exits with 1 where the project is run from its folder and not installed.
        assert done.returncode in ((0, 1) if arguments == ("doctor",) else (0,)), (arguments, done.stderr)
        assert "a socket" not in done.stderr


def test_the_guard_sees_a_socket(tmp_path):
    done = qa(tmp_path, code=GUARD.replace("main()", "import socket; socket.socket()"))

    assert (done.returncode, "a socket: socket.__new__" in done.stderr) == (1, True)
