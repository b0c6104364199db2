"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from lumenboard.api.routes import api
from lumenboard.pages.analytics import page as analytics
from lumenboard.pages.operator import second_factor
from lumenboard.pages.playground import page as playground
from lumenboard.pages.site import handbook, images
from lumenboard.pages.status import metrics, readiness

urlpatterns = [
    # first, for votes come most often
    path("", include("lumenboard.pages.site.vote_urls")),
    path("health/ready", readiness.ready),
    path("metrics", metrics.metrics),
    path("analytics", analytics.analytics),
    path("analytics/compare", analytics.compare),
    path("account/second-factor", second_factor.second_factor),
    path("", include("lumenboard.pages.account.urls")),
    path("", include("lumenboard.pages.studies.urls")),
    path("playground", playground.playground),
    path("playground/code", playground.code),
    path("playground/send", playground.send),
    path("docs", handbook.index),
    path("docs/screenshots/<str:name>", handbook.picture),
    path("docs/<path:slug>", handbook.chapter),
    path("images/<str:sha256>", images.image),
    path("images/<str:sha256>/<str:size>", images.image),
    path("", include("lumenboard.pages.site.urls")),
    path("", include("lumenboard.pages.models.urls")),
    path("", include("lumenboard.pages.compare.urls")),
    path("", include("lumenboard.pages.operator.urls")),
    path("", include("lumenboard.pages.embed.urls")),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]
handler400 = "lumenboard.pages.errors.bad_request"
handler403 = "lumenboard.pages.errors.permission_denied"
handler404 = "lumenboard.pages.errors.not_found"
handler500 = "lumenboard.pages.errors.server_error"
