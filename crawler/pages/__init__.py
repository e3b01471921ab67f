"""A page into an article: text, headline, date, authors, walls."""
