"""Newsletters: folders of a mailbox, and their mails into entries."""
