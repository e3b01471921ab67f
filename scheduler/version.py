"""The version of seedwatch. Pure."""

VERSION = "0.1.0"
