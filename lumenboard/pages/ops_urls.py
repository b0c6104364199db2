"""Addresses of the operator's side and of suggesting a prompt."""

from django.urls import path, re_path

from lumenboard.pages import ops, ops_decisions, ops_spending, suggest

urlpatterns = [
    path("suggest", suggest.suggest),
    path("suggest/thanks", suggest.thanks),
    path("ops", ops.overview),
    path("ops/exclusions", ops.exclusions),
    path("ops/gates", ops.gates),
    path("ops/spending", ops_spending.spending),
    path("ops/competitions", ops.competitions),
    path("ops/reports", ops.reports),
    path("ops/suggestions", ops.suggestions),
    path("ops/flags/<int:pk>/exclude", ops_decisions.exclude),
    path("ops/flags/<int:pk>/dismiss", ops_decisions.dismiss),
    path("ops/exclusions/<int:pk>/restore", ops_decisions.restore),
    path("ops/reports/<int:pk>/settle", ops_decisions.settle),
    path("ops/reports/<int:pk>/retire/<str:side>", ops_decisions.retire),
    path("ops/suggestions/<int:pk>/accept", ops_decisions.accept),
    path("ops/suggestions/<int:pk>/decline", ops_decisions.decline),
    path("ops/spending/<int:pk>/charged", ops_spending.charged),
    path("ops/spending/<int:pk>/not-charged", ops_spending.not_charged),
    re_path(r"^ops/spending/site/(?P<to>pause|resume)$", ops_spending.switch_site),
    re_path(r"^ops/spending/providers/(?P<pk>[0-9]+)/(?P<to>pause|resume)$", ops_spending.switch_provider),
    path("ops/spending/providers/<int:pk>/test", ops_spending.test_connection),
]
