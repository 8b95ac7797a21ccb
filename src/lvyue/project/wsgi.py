"""The WSGI door, for granian or any other server: `granian --interface wsgi lvyue.project.wsgi:application`."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lvyue.project.settings")

application = get_wsgi_application()
