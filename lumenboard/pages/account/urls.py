"""Addresses of logging in and of one's own account."""

from django.urls import path

from lumenboard.pages.account import account, log_in

urlpatterns = [
    path("log-in", log_in.log_in_page),
    path("log-in/link", log_in.send_link),
    path("log-in/openid", log_in.openid),
    path("log-in/openid/done", log_in.openid_done),
    path("log-in/<str:number>/<str:token>", log_in.one_time_link),
    path("log-out", log_in.log_out),
    path("account", account.account),
    path("account/data", account.data),
    path("account/erase", account.erase),
]
