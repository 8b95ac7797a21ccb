"""The addresses of the pages."""

from __future__ import annotations

from django.urls import path

from lvyue.web import views

app_name = "web"

urlpatterns = [
    path("", views.contracts, name="contracts"),
    path("contracts/<slug:contract_id>/", views.contract, name="contract"),
    path("contracts/<slug:contract_id>/terms/<slug:term_id>/", views.term, name="term"),
    path("contracts/<slug:contract_id>/settlement/", views.settlement, name="settlement"),
]
