"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from crmseg.common.rest.whole_bodies import WholeBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmseg.settings")
application = WholeBodies(get_wsgi_application())
