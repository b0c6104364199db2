"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from lumenboard.api import api
from lumenboard.pages import (
    analytics,
    analytics_compare,
    handbook,
    images,
    metrics,
    playground,
    readiness,
    second_factor,
)

urlpatterns = [
    # first, for votes come most often
    path("", include("lumenboard.pages.vote_urls")),
    path("health/ready", readiness.ready),
    path("metrics", metrics.metrics),
    path("analytics", analytics.analytics),
    path("analytics/compare", analytics_compare.compare),
    path("account/second-factor", second_factor.second_factor),
    path("playground", playground.playground),
    path("playground/code", playground.code),
    path("playground/send", playground.send),
    path("docs", handbook.index),
    path("docs/screenshots/<str:name>", handbook.picture),
    path("docs/<path:slug>", handbook.chapter),
    path("images/<str:sha256>", images.image),
    path("images/<str:sha256>/<str:size>", images.image),
    path("", include("lumenboard.pages.board_urls")),
    path("", include("lumenboard.pages.model_urls")),
    path("", include("lumenboard.pages.compare_urls")),
    path("", include("lumenboard.pages.ops_urls")),
    path("", include("lumenboard.pages.embed_urls")),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]
handler400 = "lumenboard.pages.errors.bad_request"
handler403 = "lumenboard.pages.errors.permission_denied"
handler404 = "lumenboard.pages.errors.not_found"
handler500 = "lumenboard.pages.errors.server_error"
