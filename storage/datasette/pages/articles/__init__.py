"""An article, its versions and its kept page; what outlets edited or removed."""
