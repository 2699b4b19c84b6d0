"""Which documents a question is put to: flags become a test of the manifest's entries."""

from collections.abc import Callable, Sequence
from datetime import date

from index.errors import BadQuestion
from index.store import DocumentEntry


def select_documents(
    *, documents: Sequence[str] = (), since: str | None = None, until: str | None = None, path: str | None = None
) -> Callable[[DocumentEntry], bool] | None:
    """Return the test that a document must pass; None if every document does.

    Args:
        documents: Beginnings of ids, or parts of titles or sources; one must fit.
        since: ISO date; earlier documents, and those without a date, are left out.
        until: ISO date; later documents, and those without a date, are left out.
        path: Beginning of the source or of the file's full path.

    Raises:
        BadQuestion: If a date is not of the form YYYY-MM-DD.
    """
    first, last = _check_date(since, "--since"), _check_date(until, "--until")
    if not (documents or first or last or path):
        return None

    def is_wanted(entry: DocumentEntry) -> bool:
        named = not documents or any(name_fits(entry, name) for name in documents)
        placed = not path or entry.source.startswith(path) or (entry.path or "").startswith(path)
        dated = entry.date is not None if first or last else True
        return named and placed and dated and (first or "") <= (entry.date or "") <= (last or "9999")

    return is_wanted


def name_fits(entry: DocumentEntry, name: str) -> bool:
    """Whether a person who wrote this name may mean the document."""
    return entry.id.startswith(name) or name in entry.title or name in entry.source or name == entry.path


def _check_date(written: str | None, flag: str) -> str | None:
    if written is None:
        return None
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError as error:
        raise BadQuestion(f"{flag} takes a date like 2020-01-06, not {written!r}") from error
