"""Signs of life: when a task of some queue last ran."""

from django.db import models


class Heartbeat(models.Model):
    """One queue of the broker; `at` is moved by a task that beat sends there each half minute."""

    queue = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.queue} at {self.at:%Y-%m-%d %H:%M:%S}"
