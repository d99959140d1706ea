"""The real daemon with short leases: `hasty.py COMMAND ARGUMENTS` runs our command in this process."""

from __future__ import annotations

import sys
from datetime import timedelta
from functools import partial

from alerter import app
from alerter.cli import main
from alerter.engine.delivery.dispatch import Dispatcher

LEASE_SECONDS = 6.0

if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    vars(app)["Dispatcher"] = partial(Dispatcher, lease_for=timedelta(seconds=LEASE_SECONDS))
    main()
