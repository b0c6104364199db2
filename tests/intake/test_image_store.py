"""The bucket is used when it is named, and what is missing for it is named too."""

from importlib.util import find_spec

import pytest

from lumenboard.settings.storages import S3NotInstalled, image_store


def test_without_a_bucket_images_are_on_the_local_disk() -> None:
    assert image_store() == {"BACKEND": "arena.images.handover.HandedOverStorage"}


def test_a_bucket_needs_its_extra_and_gets_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_S3_BUCKET", "pictures")
    monkeypatch.setenv("LUMENBOARD_S3_ENDPOINT", "http://127.0.0.1:9000")
    if find_spec("storages") is None:
        with pytest.raises(S3NotInstalled, match=r"LUMENBOARD_S3_BUCKET .* requirements-s3\.txt"):
            image_store()
        return
    options = image_store()["OPTIONS"]
    assert (options["bucket_name"], options["endpoint_url"], options["file_overwrite"]) == (
        "pictures",
        "http://127.0.0.1:9000",
        True,
    )
