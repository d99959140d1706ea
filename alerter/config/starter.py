"""The text of a first configuration, for `alerter init`: it works as it is and explains itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from string import Template

_TEXT = Template("""\
#:schema ./alerter.schema.json
# What alerter watches. `alerter check` says what is wrong with it, `alerter plan` what will go out when.
# Other *.toml files in this folder are read as well; deadlines in them add up.

timezone = "UTC"                    # the zone dates are in: an IANA name such as "Europe/Madrid"

[service]
# base_url = "https://deadlines.example.com"        # what links in messages start with
# token    = { env = "ALERTER_PAGE_TOKEN" }         # opens pages and API from elsewhere than this machine
# ops      = ["ops"]                                # channels that hear about trouble of the alerter itself

[defaults]                          # any key that a deadline may have
leads     = ["30d", "7d", "1d", "0"]
notify_at = 09:00:00                # when notices by days go out, for deadlines without a time
due_time  = 23:59:00                # when such a deadline falls due

# [calendars.us]                    # business days; "weekdays" is built in
# holidays = "US"

[channels.screen]                   # messages on standard output
type = "console"

# [channels.desk]
# type  = "slack"
# url   = { env = "SLACK_WEBHOOK_URL" }             # secrets come from the environment or a file
# quiet = { from = 22:00:00, until = 07:00:00, days = ["sat", "sun"] }

# [channels.legal]
# type = "email"
# to   = ["legal@example.com"]
# from = "Deadlines <deadlines@example.com>"
# smtp = { host = "smtp.example.com", port = 587, username = "alerter", password = { file = "/run/secrets/smtp" } }

# [[route]]                         # who hears of what; without routes every channel hears of everything
# match    = { tags = ["contracts"], severity = "high" }
# channels = ["desk", "legal"]

[[digest]]                          # a regular overview
name     = "monday"
cron     = "30 8 * * mon"
horizon  = "14d"
channels = ["screen"]

[[deadline]]
id    = "contract-renewal"          # never change it: the ledger knows the deadline by it
title = "Give notice on the office lease, or it renews for a year"
due   = $lease
tags  = ["contracts"]
note  = "In writing, by registered mail."
owner = "office"

[[deadline]]
id       = "grant-application"
title    = "Grant application closes"
due      = ${grant}T17:00:00
timezone = "Europe/Brussels"        # a local time there, whatever the clocks do
severity = "high"
leads    = ["30d", "7d", "3bd", "1d @ 08:30", "2h", "0", "+1d"]

[[deadline]]
id    = "grant-report"
title = "Interim report of the grant"
after = { id = "grant-application", offset = "6mo" }    # follows when that one moves

[[deadline]]
id     = "quarterly-review"
title  = "Quarterly review of this list"
due    = $review
repeat = "FREQ=MONTHLY;INTERVAL=3"
roll   = "next"                     # a closed day: the next open one
""")


def starter(now: datetime) -> str:
    """A commented configuration whose dates all lie well after `now`."""
    day = now.date()
    first = (day.replace(day=1) + timedelta(days=125)).replace(day=15)
    return _TEXT.substitute(
        lease=(day + timedelta(days=60)).isoformat(),
        grant=(day + timedelta(days=90)).isoformat(),
        review=first.isoformat(),
    )
