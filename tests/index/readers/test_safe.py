"""The reading process: what happens in it stays in it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from index.readers import Heading, Limits, PhysicalPage, PrintedLine, RawText
from index.readers.safe import ReadingProcess, raw_text_from
from index.readers.worker import READ, _fields_of, reply_to

HTML = "<p>正文在这里</p>".encode()


@pytest.fixture
def process():
    process = ReadingProcess()
    yield process
    process.close()


def pid_of(process):
    return process._process.pid


def ask(process, data=HTML, **limits):
    return process.ask("HTML", data, Limits(**limits))


def test_one_process_reads_file_after_file(process):
    first = ask(process)["documents"][0]["text"]
    pid = pid_of(process)

    assert (first, ask(process)["documents"][0]["text"], pid_of(process)) == ("正文在这里\n", "正文在这里\n", pid)


def test_a_process_that_was_killed_is_replaced(process):
    ask(process)
    os.kill(pid_of(process), signal.SIGKILL)
    process._process.wait()

    assert ask(process)["documents"][0]["text"] == "正文在这里\n"


def test_a_process_that_dies_over_a_file_refuses_that_file_only(process):
    ask(process)
    victim = pid_of(process)
    os.kill(victim, signal.SIGSTOP)
    killer = threading.Timer(0.2, os.kill, (victim, signal.SIGKILL))
    killer.start()

    assert "the HTML reader broke down on it" in ask(process)["refused"]
    assert ask(process)["documents"][0]["text"] == "正文在这里\n"


def test_a_file_that_takes_too_long_is_refused_in_time(process):
    ask(process)
    os.kill(pid_of(process), signal.SIGSTOP)
    start = time.monotonic()

    assert "takes longer than 120 seconds" in ask(process, wall_seconds=0.3)["refused"]
    assert time.monotonic() - start < 3
    assert ask(process)["documents"][0]["text"] == "正文在这里\n"


def test_a_file_that_takes_too_much_processor_time_is_refused(process):
    ask(process)

    assert "takes longer than 0.5 seconds" in ask(process, HTML * 500_000, seconds=0.5)["refused"]
    assert ask(process)["documents"][0]["text"] == "正文在这里\n"


def test_a_file_that_takes_too_much_memory_is_refused(process):
    page = b"<p>" + b"<b>x</b>" * 2_000_000

    assert "takes more than 256 MiB of memory; split it" in ask(process, page, memory_bytes=256 << 20)["refused"]
    assert ask(process)["documents"][0]["text"] == "正文在这里\n"


def test_what_a_reader_does_not_expect_is_a_refusal(process):
    assert (
        "damaged in a way the HTML reader does not know"
        in process.ask("HTML", HTML, Limits(text_bytes="not a number"))["refused"]
    )


def test_a_library_that_is_missing_is_not_blamed_on_the_file(monkeypatch):
    def read_without_library(data, limits):
        raise ModuleNotFoundError("No module named 'trafilatura'")

    monkeypatch.setitem(READ, "HTML", read_without_library)

    assert reply_to("HTML", HTML, Limits()) == {
        "refused": "the HTML reader lacks a library (No module named 'trafilatura'); install this program again"
    }


def test_the_process_ends_with_the_one_that_asks():
    program = (
        f"import sys; sys.path.insert(0, {str(Path.cwd())!r})\n"
        "from index.readers.safe import ReadingProcess\n"
        "from index.readers import DEFAULT_LIMITS\n"
        "process = ReadingProcess(); process.ask('HTML', b'<p>text', DEFAULT_LIMITS)\n"
        "print(process._process.pid, flush=True); import os; os._exit(0)"
    )
    pid = int(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)

    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            break
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


def test_nothing_is_imported_from_the_working_folder(process, tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('hijacked')", encoding="utf-8")
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "__init__.py").write_text("raise SystemExit('hijacked')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert ask(process)["documents"][0]["text"] == "正文在这里\n"


def test_a_raw_text_comes_back_from_json_as_it_was():
    raw = RawText(
        "一二\n",
        title="题",
        pages=(PhysicalPage(0, 3, 3, 7),),
        lines=(PrintedLine(0, 2, 0, 1.5, 2.5, (0.1, 0.2, 0.3)),),
        headings=(Heading(1, 0, 1),),
        removed=((2, 3),),
        lines_are_wrapped=True,
        warnings=("page 2 damaged",),
    )

    assert raw_text_from(json.loads(json.dumps(raw, default=_fields_of))) == raw


@pytest.mark.parametrize(
    "attempt",
    ["import socket; socket.socket()", "import os; os.system('true')", "import subprocess; subprocess.run('ls')"],
)
def test_the_reading_process_may_open_no_socket_and_start_no_program(attempt):
    program = (
        f"import sys; sys.path.insert(0, {str(Path.cwd())!r})\n"
        f"from index.readers.worker import forbid; sys.addaudithook(forbid)\n{attempt}"
    )

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert "PermissionError: a reader may not do this" in result.stderr
