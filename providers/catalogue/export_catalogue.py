"""Export the catalogue, or some of its models, as one TOML file each; importing them again changes nothing."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from providers.catalogue.checks import check_sheet
from providers.catalogue.errors import DocumentError, SheetError
from providers.catalogue.files import write_toml
from providers.catalogue.naming import repaired_sheets
from providers.catalogue.rows import read_sheets


def export_catalogue(directory: Path, slugs: Sequence[str] | None = None) -> tuple[Path, ...]:
    """Write `<slug>.toml` per model and return the files. A slug without a model writes nothing at all."""
    sheets = read_sheets(slugs)
    if missing := [slug for slug in slugs or () if slug not in sheets]:
        raise DocumentError(f"no model has the slug {missing[0]!r}; nothing was written")
    texts = {}
    # names that came past every form, by SQL or a shell, must not keep a site from being moved
    for sheet in repaired_sheets(sheets.values()):
        try:
            texts[sheet.slug] = write_toml(check_sheet(sheet))
        except SheetError as error:
            raise SheetError(error.problems, f"model {sheet.slug}") from None
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return tuple(_write(directory / f"{slug}.toml", text) for slug, text in texts.items())
    except OSError as error:
        raise DocumentError(f"{directory}: cannot be written ({error.strerror})") from None


def _write(path: Path, text: str) -> Path:
    """Never leave half a file behind."""
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as stream:
        stream.write(text.encode())
    Path(stream.name).chmod(0o666 & ~_umask())
    Path(stream.name).replace(path)
    return path


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
