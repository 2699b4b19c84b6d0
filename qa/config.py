"""Settings, read once from the environment; flags overrule them in `qa.cli`. Nothing else reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

APP_NAME = "report-qa"
DEFAULT_K = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person set once and for all.

    Attributes:
        index: The folder of the index (`QA_INDEX`).
        model: Name or folder of the embedding model, None for the bundled one (`QA_MODEL`).
        lang: Language of the interface, "zh" or "en"; None to follow the question (`QA_LANG`).
    """

    index: Path
    model: str | None = None
    lang: str | None = None


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from environment variables; an empty one counts as absent."""
    index = environment.get("QA_INDEX")
    lang = environment.get("QA_LANG") or None
    return Settings(
        index=Path(index).expanduser() if index else default_index_folder(),
        model=environment.get("QA_MODEL") or None,
        lang=lang if lang in ("zh", "en") else None,
    )


def default_index_folder() -> Path:
    """Return where this person's index is kept: the operating system's place for application data."""
    from platformdirs import user_data_path

    return user_data_path(APP_NAME, appauthor=False) / "index"
