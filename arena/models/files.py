"""Image files on their way between data directories, and which directory is the site's own."""

import uuid

from django.db import models
from django.db.models import Q


class ImageHome(models.Model):
    """The data directory whose files the site serves, known by a mark that lies in it. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    mark = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_image_home")]

    def __str__(self) -> str:
        return str(self.mark)


class FileInTransit(models.Model):
    """A file that a worker wrote into another data directory; it leaves the table once it lies at home."""

    name = models.CharField(max_length=200, primary_key=True)
    content = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "files in transit"

    def __str__(self) -> str:
        return self.name
