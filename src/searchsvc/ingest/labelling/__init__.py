"""A page's markup, or a dump of its text, becomes lines with what is known of each: where it stands, what it says."""
