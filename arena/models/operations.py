"""The pages under `/ops`: the permission to see them, which belongs to no table, and their forms that act once."""

from django.db import models

SEE_OPERATIONS = "arena.see_operations"


class Operations(models.Model):
    """Without rows; it carries the permission, so that groups and users can be given it at `/admin`."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = (("see_operations", "Can see the pages of operations"),)
        verbose_name_plural = "operations"


class SentForm(models.Model):
    """A form that was sent and what it made: sent again, it leads there."""

    token = models.UUIDField(primary_key=True)
    url = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.url
