"""The Celery application; tasks live in each app's tasks module."""

import os

from celery import Celery

from lumenboard.broker_faults import report_closed_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumenboard.settings")

report_closed_connections()
app = Celery("lumenboard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
