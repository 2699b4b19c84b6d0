"""What is embedded before a passage's own words: the document and the headings that it stands under.

Thirty reports say the same sentence with other numbers; which province and which year stands in the title.
"""

from index.types import Document, Passage


def context_of(document: Document, passage: Passage) -> str:
    """Return the title, the occasion and the headings of a passage, a line each, but for headings it begins with."""
    parts = [document.title]
    occasion = document.metadata.occasion
    if occasion and occasion not in document.title:
        parts.append(occasion)
    parts += [title for title in passage.section if not passage.text.startswith(title)]
    return "\n".join(parts) + "\n"
