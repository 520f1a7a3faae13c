"""What editors decided: kept in SQLite, found again for today's texts, and turned into redirects."""
