"""The addresses: each face brings its own."""

from __future__ import annotations

from django.urls import include, path

from lvyue.project.health import health
from lvyue.project.metrics import metrics

handler400 = "lvyue.project.requests.unreadable"
handler500 = "lvyue.project.requests.failed"

urlpatterns = [
    path("health", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("api/v1/", include("lvyue.api.urls")),
    path("", include("lvyue.web.urls")),
]
