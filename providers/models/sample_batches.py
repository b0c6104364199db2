"""Batches of samples that came from outside, so that the same one is taken once."""

from django.db import models
from django.db.models import Q

from providers.models.gateway import ApiKey


class SampleBatch(models.Model):
    """A file, identified by the digest of its rows; or what a key sent under one idempotency key."""

    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=255, blank=True)
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, null=True, blank=True, related_name="sample_batches")
    idempotency_key = models.CharField(max_length=255, blank=True)
    samples = models.PositiveBigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "sample batches"
        constraints = [
            models.UniqueConstraint(fields=["digest"], condition=Q(key__isnull=True), name="one_batch_per_file"),
            models.UniqueConstraint(
                fields=["key", "idempotency_key"], condition=Q(key__isnull=False), name="one_batch_per_idempotency_key"
            ),
            models.CheckConstraint(
                condition=Q(key__isnull=True, idempotency_key="") | (Q(key__isnull=False) & ~Q(idempotency_key="")),
                name="batch_of_a_key_has_an_idempotency_key",
            ),
            models.CheckConstraint(condition=Q(samples__gt=0), name="batch_holds_a_sample"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.idempotency_key}: {self.samples} samples"
