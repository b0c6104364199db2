"""Where image files are stored: a directory of ours, or a bucket that speaks S3. One entry of Django's STORAGES."""

from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from lumenboard.settings import environment as env


class S3NotInstalled(ImproperlyConfigured):
    """A bucket is configured and the packages that speak to it are missing."""


def image_store() -> dict[str, Any]:
    """The bucket of LUMENBOARD_S3_BUCKET; without one, the media directory.

    Raises S3NotInstalled when there is a bucket and what it needs is missing.
    """
    bucket = env.text(
        "LUMENBOARD_S3_BUCKET", "", "Bucket for images; needs requirements-s3.txt.", shown="none: local disk"
    )
    options = {
        "endpoint_url": env.text("LUMENBOARD_S3_ENDPOINT", "", "Address of the S3 service.", shown="Amazon's") or None,
        "region_name": env.text("LUMENBOARD_S3_REGION", "", "Region of the bucket.", shown="none") or None,
        "access_key": env.text("LUMENBOARD_S3_ACCESS_KEY", "", "Access key id.", shown="boto3's own search") or None,
        "secret_key": env.text("LUMENBOARD_S3_SECRET_KEY", "", "Secret key.", shown="boto3's own search") or None,
    }
    if not bucket:
        return {"BACKEND": "arena.images.handover.HandedOverStorage"}
    if not (find_spec("storages") and find_spec("boto3")):
        raise S3NotInstalled(
            "LUMENBOARD_S3_BUCKET is set, but django-storages and boto3 are not installed: "
            "install what requirements-s3.txt pins, or unset the variable"
        )
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"bucket_name": bucket, **FIXED, **options}}


FIXED = {
    # Names are hashes of contents: the same name is the same file.
    "file_overwrite": True,
    "default_acl": None,
    "object_parameters": {"CacheControl": "public, max-age=31536000, immutable"},
}
