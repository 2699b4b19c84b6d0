"""The process that reads PDF, DOCX and HTML: `python -m index.readers.worker`, bytes in, JSON out.

It answers one file after another until its input ends. Started by `safe` and by nothing else.
"""

import json
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from math import ceil
from typing import TYPE_CHECKING, Any

from index.readers.docx import read_docx
from index.readers.html import read_html
from index.readers.limits import Limits
from index.readers.pdf import read_pdf, read_rectangles
from index.readers.safe import read_frame, write_frame
from index.readers.types import RawText, Refused

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FORBIDDEN_EVENTS = {  # https://docs.python.org/3/library/audit_events.html
    *("socket.__new__", "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname"),
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.spawn"),
}
READ: dict[str, Callable[[bytes, Limits], list[RawText]]] = {"PDF": read_pdf, "DOCX": read_docx, "HTML": read_html}


def main() -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks; this one ends with its input
    replies = sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints must not get between the replies
    sys.addaudithook(forbid)
    while True:
        try:
            request = json.loads(read_frame(sys.stdin.buffer))
            data = read_frame(sys.stdin.buffer)
        except EOFError:
            return
        limits = Limits(**request["limits"])
        _limit_resources(limits)
        reply = reply_to(request["format"], data, limits, rectangles=request["rectangles"])
        write_frame(replies, json.dumps(reply, default=_fields_of).encode())


def forbid(event: str, _arguments: object) -> None:
    """Refuse what no reader has a reason to do: to open a connection or to start a program.

    Raises:
        PermissionError: Always, for such an event.
    """
    if event in FORBIDDEN_EVENTS:
        raise PermissionError(f"a reader may not do this: {event}")


def reply_to(
    format_name: str, data: bytes, limits: Limits, *, rectangles: Sequence[Sequence[float]] | None = None
) -> dict[str, Any]:
    """Return the documents of a file, or the text in some rectangles of a PDF, or why there is none.

    Nothing is raised, so that the next file is read.
    """
    try:
        if rectangles is not None:
            return {"texts": read_rectangles(data, limits, rectangles)}
        return {"documents": READ[format_name](data, limits)}
    except Refused as refusal:
        return {"refused": str(refusal)}
    except MemoryError:
        return {"refused": f"reading it takes more than {limits.memory_bytes >> 20:,} MiB of memory; split it"}
    except ImportError as error:
        return {"refused": f"the {format_name} reader lacks a library ({error}); install this program again"}
    except Exception as error:  # noqa: BLE001 -- whatever a library raises on a damaged file
        what = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        return {"refused": f"it is damaged in a way the {format_name} reader does not know ({what}); save it anew"}


def _fields_of(value: "DataclassInstance") -> dict[str, Any]:
    """Return what a dataclass holds, as it is: `asdict` would copy millions of numbers."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _limit_resources(limits: Limits) -> None:
    """Bound memory and processor time, where the system can, and write no files, core dumps included."""
    try:
        import resource
    except ImportError:
        return
    spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    for name, bound in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, ceil(spent + limits.seconds)),  # ends it even if who asked was killed
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(name)[1]
        resource.setrlimit(name, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))


if __name__ == "__main__":
    main()
