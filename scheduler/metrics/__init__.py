"""Figures for Prometheus, and the event loop's delay."""
