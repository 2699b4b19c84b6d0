"""Reading in a process of its own what a library in C reads: PDF, DOCX and HTML.

Such a library can crash, hang or take all memory on a hostile file, and no Python code can stop it. The process has
no more than the bytes of one file, a limit on memory and a deadline; what comes back is JSON, never a pickle. It stays
for the next file, and is replaced when it dies. This module knows no format.
"""

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import IO, Any

from index.readers.limits import MIB, Limits
from index.readers.types import Heading, PhysicalPage, PrintedLine, RawText, Refused

LENGTH_BYTES = 8  # a frame is its length, big-endian, and that many bytes
REPLY_BYTES = 1024 * MIB  # the longest reply that is believed: 40 million characters with their places are 600 MiB
SAFE_PATH = ("-P",)  # nothing is imported from the folder that we happen to be in
PACKAGE_ROOT = Path(__file__).resolve().parents[2]


def read_safely(format_name: str, data: bytes, limits: Limits) -> list[RawText]:
    """Read a file's bytes in the reading process.

    Raises:
        Refused: If the reader refuses them, crashes, or takes too much time or memory.
    """
    reply = _process_of(os.getpid()).ask(format_name, data, limits)
    if "refused" in reply:
        raise Refused(reply["refused"])
    return [raw_text_from(fields) for fields in reply["documents"]]


def read_rectangles_safely(
    format_name: str, data: bytes, limits: Limits, rectangles: Sequence[Sequence[float]]
) -> list[str]:
    """Read the characters in each rectangle of a PDF in the reading process: see `pdf.read_rectangles`.

    Raises:
        Refused: If the reader refuses the file, crashes, or takes too much time or memory.
    """
    reply = _process_of(os.getpid()).ask(format_name, data, limits, rectangles=rectangles)
    if "refused" in reply:
        raise Refused(reply["refused"])
    texts: list[str] = reply["texts"]
    return texts


def raw_text_from(fields: dict[str, Any]) -> RawText:
    """Build a raw text from what `asdict` made of it and JSON carried."""
    return RawText(
        **fields
        | {
            "pages": tuple(PhysicalPage(**page) for page in fields["pages"]),
            "lines": tuple(PrintedLine(**line | {"edges": tuple(line["edges"])}) for line in fields["lines"]),
            "headings": tuple(Heading(**heading) for heading in fields["headings"]),
            "removed": tuple((start, end) for start, end in fields["removed"]),
            "warnings": tuple(fields["warnings"]),
        }
    )


def write_frame(stream: IO[bytes], payload: bytes) -> None:
    """Write one message."""
    stream.write(len(payload).to_bytes(LENGTH_BYTES, "big"))
    stream.write(payload)
    stream.flush()


def read_frame(stream: IO[bytes], *, most_bytes: int = REPLY_BYTES) -> bytes:
    """Read one message.

    Raises:
        EOFError: If the stream ends before it, or it claims to be longer than `most_bytes`.
    """
    length = int.from_bytes(_read_exactly(stream, LENGTH_BYTES), "big")
    if length > most_bytes:
        raise EOFError(f"a message of {length} bytes")
    return _read_exactly(stream, length)


def _read_exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


class ReadingProcess:
    """A process that reads one file at a time, started when first asked and again after it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(
        self, format_name: str, data: bytes, limits: Limits, *, rectangles: Sequence[Sequence[float]] | None = None
    ) -> dict[str, Any]:
        """Return the reply, or a refusal if there is none in time."""
        request = {"format": format_name, "limits": asdict(limits), "rectangles": rectangles}
        with self._lock:
            process = self._running()
            is_late = threading.Event()

            def stop() -> None:
                is_late.set()
                process.kill()

            deadline = threading.Timer(limits.wall_seconds, stop)
            deadline.start()
            try:
                reply: dict[str, Any] = json.loads(self._exchange(process, request, data))
            except (EOFError, OSError, ValueError):
                self.close()
                return {"refused": _reason(format_name, limits, is_late=is_late.is_set() or _ran_out_of_time(process))}
            except BaseException:  # Ctrl-C: the reply would be taken for that of the next file
                self.close()
                raise
            finally:
                deadline.cancel()
            if is_late.is_set():  # the reply came as the deadline passed
                self.close()
            return reply

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            for stream in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):  # what was left to write has no reader any more
                    if stream:
                        stream.close()
            self._process.wait()
            self._process = None

    @staticmethod
    def _exchange(process: subprocess.Popen[bytes], request: dict[str, Any], data: bytes) -> bytes:
        if process.stdin is None or process.stdout is None:
            raise EOFError
        write_frame(process.stdin, json.dumps(request).encode())
        write_frame(process.stdin, data)
        return read_frame(process.stdout)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            search_path = os.pathsep.join([str(PACKAGE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
            try:
                self._process = subprocess.Popen(
                    [sys.executable, *SAFE_PATH, "-m", "index.readers.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=os.environ | {"PYTHONPATH": search_path},
                )
            except OSError as error:
                raise Refused(f"no process could be started to read it ({error}); try again") from error
        return self._process


def _ran_out_of_time(process: subprocess.Popen[bytes]) -> bool:
    """Whether the system ended a process for the processor time that it took; Windows has no such signal."""
    return process.returncode == -getattr(signal, "SIGXCPU", 0) != 0


def _reason(format_name: str, limits: Limits, *, is_late: bool) -> str:
    if is_late:
        return f"reading it as {format_name} takes longer than {limits.seconds:g} seconds; split it or save it anew"
    return f"the {format_name} reader broke down on it, so it is damaged or made to harm; save it anew or leave it out"


@cache
def _process_of(_process_id: int) -> ReadingProcess:
    """Return the one reading process of this process: a fork gets its own, for two cannot share its pipes."""
    process = ReadingProcess()
    atexit.register(process.close)
    return process
