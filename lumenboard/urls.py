"""Every address of the site."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from lumenboard.api import api
from lumenboard.pages import health, images

urlpatterns = [
    path("health", health.health),
    path("images/<str:sha256>", images.image),
    path("images/<str:sha256>/<str:size>", images.image),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]
# interim while parts land
for part in ("lumenboard.pages.model_urls", "lumenboard.pages.board_urls"):
    if find_spec(part):
        urlpatterns.append(path("", include(part)))
