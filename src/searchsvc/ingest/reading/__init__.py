"""What a labelled page says: its headline, its article's lines, date, category and body. Each part only looks."""
