"""Addresses of models and providers, and the index for programs."""

from django.urls import path

from lumenboard.pages.models import listing, llms, providers
from lumenboard.pages.models import page as models

MODEL = "models/<str:creator>/<str:slug>"
SUB_PAGES = [page for page in models.PAGES if page not in {"overview", "providers"}]

urlpatterns = [
    path("models", listing.model_list),
    path(MODEL, models.model_page),
    path(f"{MODEL}/llms.txt", models.model_llms),
    path(f"{MODEL}/providers", models.model_providers),
    *(path(f"{MODEL}/{page}", models.model_page, {"page": page}) for page in SUB_PAGES),
    path("providers", providers.provider_list),
    path("providers/<str:slug>", providers.provider_page),
    path("llms.txt", llms.site_index),
]
