"""The command line in a process of its own: what only a process shows."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ZH = "全年共征集提案多少件？"
NO_SOCKETS = """
import socket, sys
def refuse(*arguments, **options):
    raise AssertionError("a socket was opened")
socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse
sys.argv = ["qa", "ask", "--json", sys.argv[1]]
from qa.cli import main
try:
    main()
finally:
    heavy = {"torch", "transformers", "sentence_transformers", "scipy", "sklearn", "huggingface_hub"}
    sys.stderr.write(" ".join(sorted(heavy & sys.modules.keys())))
"""


@pytest.fixture
def environment(report_index, tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QA_", "NO_COLOR", "FORCE_"))}
    return kept | {"QA_INDEX": str(report_index), "PYTHONPATH": str(ROOT), "COLUMNS": "80", "HOME": str(tmp_path)}


@pytest.fixture
def qa(environment, tmp_path):
    """Run `qa` in a process of its own, in another folder; return what it left."""

    def run(*arguments, **options):
        command = [sys.executable, "-m", "qa", *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False, **options
        )

    return run


def test_results_go_to_standard_output_and_all_else_to_standard_error(qa, tmp_path):
    run = qa("ask", "--json", "--index", tmp_path / "new", ZH)

    assert run.returncode == 0
    assert json.loads(run.stdout)["question"] == ZH
    assert [line[:6] for line in run.stderr.splitlines()] == ["正在为报告建", "已建立索引：", "注意：《中国"]


def test_a_batch_is_read_from_standard_input(qa):
    run = qa("ask", "--batch", "-", "--json", input=f'{{"question": "{ZH}"}}\n\nHow many proposals?\n')

    assert run.returncode == 0
    assert [json.loads(line)["question"] for line in run.stdout.splitlines()] == [ZH, "How many proposals?"]


@pytest.mark.parametrize(
    ("arguments", "code"), [(["ask", ""], 2), (["show", "x"], 2), (["nonsense"], 2), (["list"], 0), (["--help"], 0)]
)
def test_the_exit_code_says_what_happened(qa, arguments, code):
    run = qa(*arguments)

    assert run.returncode == code
    assert (run.stdout == "") == (code == 2)
    assert (run.stderr == "") == (code == 0)
    assert "Traceback" not in run.stderr


def test_neither_torch_is_imported_nor_a_socket_opened_to_answer(environment, tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", NO_SOCKETS, ZH],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["hits"]
    assert run.stderr.splitlines()[1:] == []


def test_a_pipe_is_no_terminal_even_with_colour_in_the_environment(qa, environment):
    environment |= {"TERM": "xterm-256color", "CLICOLOR": "1"}

    assert "\x1b" not in qa("ask", ZH).stdout


def test_a_terminal_that_knows_no_chinese_gets_codes_and_no_traceback(environment, tmp_path):
    command = [sys.executable, "-m", "qa", "ask", "-k", "1", ZH]
    ascii_only = environment | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}

    run = subprocess.run(command, cwd=tmp_path, env=ascii_only, capture_output=True, check=False)

    assert run.returncode == 0
    assert b"\\u63d0\\u6848379" in run.stdout


def test_a_reader_who_has_seen_enough_is_no_error(environment, tmp_path):
    questions = tmp_path / "questions.txt"
    questions.write_text(f"{ZH}\n" * 200, encoding="utf-8")
    command = [sys.executable, "-m", "qa", "ask", "--json", "--batch", str(questions)]

    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        first = process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        process.wait(timeout=120)

    assert json.loads(first)["question"] == ZH
    assert process.returncode == 0
    assert b"Traceback" not in errors
    assert b"BrokenPipe" not in errors


@pytest.mark.parametrize("command", [["chat"], ["ask", "--batch", "-", "--json"]])
def test_ctrl_c_ends_with_130_and_without_a_traceback(environment, tmp_path, command):
    with subprocess.Popen(
        [sys.executable, "-m", "qa", *command],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdin.write(f"{ZH}\n".encode())
        process.stdin.flush()
        process.stdout.readline()  # it has answered, and waits for the next question
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read()
        process.wait(timeout=120)

    assert process.returncode == 130
    assert b"Traceback" not in errors


def test_the_default_index_is_made_where_the_system_keeps_data(environment, tmp_path):
    del environment["QA_INDEX"]
    environment["XDG_DATA_HOME"] = str(tmp_path / "data")

    run = subprocess.run(
        [sys.executable, "-m", "qa", "list"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert run.returncode == 0
    assert list((tmp_path / "data").rglob("manifest.json")) or sys.platform != "linux"
