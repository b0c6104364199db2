"""Who may see the pages under `/ops`: a permission that belongs to no table."""

from django.db import models

SEE_OPERATIONS = "arena.see_operations"


class Operations(models.Model):
    """Without rows; it carries the permission, so that groups and users can be given it at `/admin`."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = (("see_operations", "Can see the pages of operations"),)
        verbose_name_plural = "operations"
