"""The blocks of text that a page shows, and the chance of each that it is the article's."""
