"""Addresses of the comparison of two models."""

from django.urls import path

from lumenboard.pages.compare import page as compare

urlpatterns = [
    path("compare", compare.pick),
    path("compare/<str:first>/<str:second>", compare.pair),
]
