"""The addresses: each face brings its own."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("lvyue.api.urls")),
    path("", include("lvyue.web.urls")),
]
