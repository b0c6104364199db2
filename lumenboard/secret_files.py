"""Settings out of files: NAME_FILE names a file whose contents become NAME, as containers and systemd hand secrets on.

Read once per process, before anything else looks at the environment. No framework: the launcher starts with it.
"""

import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Final

# Ours alone: what other programs call …_FILE stays as it is.
OURS: Final = re.compile(
    r"(LUMENBOARD_\w+|DATABASE_URL|BROKER_URL|FAL_KEY|REPLICATE_API_TOKEN|DASHSCOPE_API_KEY|OPENAI_API_KEY)_FILE"
)


class SecretFileUnusable(Exception):
    """A NAME_FILE that cannot be taken; the message names it and says why."""


def read_secret_files(environ: MutableMapping[str, str]) -> None:
    """Each NAME_FILE becomes NAME, its contents without white space at the ends. Raises SecretFileUnusable."""
    for name in [name for name in environ if OURS.fullmatch(name)]:
        path, target = environ[name].strip(), name.removesuffix("_FILE")
        if path:
            environ[target] = _contents(name, path, environ.get(target, "").strip())
        del environ[name]


def _contents(name: str, path: str, already: str) -> str:
    if already:
        raise SecretFileUnusable(f"{name} and {name.removesuffix('_FILE')} are both set; set one of them")
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SecretFileUnusable(f"{name}={path!r} cannot be read: {reason}") from None
    if not text or "\0" in text:
        raise SecretFileUnusable(
            f"{name}={path!r} is not usable: the file {'holds a zero byte' if text else 'is empty'}"
        )
    return text
