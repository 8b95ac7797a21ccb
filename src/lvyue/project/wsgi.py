"""The WSGI door, for granian or any other server: `granian --interface wsgi lvyue.project.wsgi:application`."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lvyue.project.settings")

application = get_wsgi_application()

# Every address is read before the first visitor comes, who would otherwise wait for seconds.
get_resolver().url_patterns  # noqa: B018  reading it is what does it

if settings.WORKER == "thread":
    from lvyue.jobs.worker import start_embedded  # not before Django is set up

    start_embedded()
