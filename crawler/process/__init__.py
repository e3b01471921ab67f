"""The processes that run crawls, and their logs."""
