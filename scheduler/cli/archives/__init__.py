"""Archives of pages as commands read them."""
