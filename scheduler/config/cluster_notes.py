"""What is otherwise where machines share the work, for `check`."""

from scheduler.config.records import Config, SourceAccess

# What asks outlets in a process of its own, on the machine where it is typed.
ASKING_HERE = ("extract", "seeds import", "sources add", "sources discover", "coverage --against")


def cluster_notes(config: Config) -> list[str]:
    """What people should know of a cluster with these settings; nothing where there is none."""
    if not config.cluster.is_set:
        return []
    shown = [source.source.name for source in config.sources if source.access.browser is True]
    special = sum(source.access != SourceAccess() for source in config.sources)
    notes = (
        (f"its workers ask the outlets; from this machine ask {', '.join(ASKING_HERE)} alone", True),
        (f"each worker needs seedwatch[browser] and a Chromium, for {', '.join(shown)}", bool(shown)),
        (
            f"what {special} of the sources need to be asked (cookies, passwords, headers, proxies) goes to its "
            "workers with their jobs: who may read its PostgreSQL can read it",
            special > 0,
        ),
    )
    return [note for note, is_so in notes if is_so]
