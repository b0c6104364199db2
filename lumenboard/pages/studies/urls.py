"""Addresses of studies and of joining one."""

from django.urls import path

from lumenboard.pages.studies import joining, people, studies

urlpatterns = [
    path("studies", studies.index),
    path("studies/new", studies.new),
    path("studies/<str:public_id>", studies.study),
    path("studies/<str:public_id>/edit", studies.edit),
    path("studies/<str:public_id>/people", people.members),
    path("studies/<str:public_id>/people/invite", people.invite),
    path("studies/<str:public_id>/people/record", people.history),
    path("studies/<str:public_id>/people/<int:pk>/role", people.change),
    path("studies/<str:public_id>/people/<int:pk>/remove", people.remove),
    path("studies/<str:public_id>/invitations/<int:pk>/revoke", people.revoke),
    path("studies/<str:public_id>/invitations/<int:pk>/mail", people.mail_again),
    path("invitations/<str:secret>", joining.invitation),
    path("invitations/<str:secret>/address", joining.confirm_address),
    path("join/<str:signed>", joining.confirmation),
]
