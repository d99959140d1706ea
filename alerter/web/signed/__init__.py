"""Values that we sign and give away: links in messages, logins, forms."""
