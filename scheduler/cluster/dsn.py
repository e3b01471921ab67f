"""Where the cluster's PostgreSQL is, by the settings or by the environment alone. I/O edge."""

from collections.abc import Mapping
from pathlib import Path

from scheduler.config.settings import ClusterConfig
from storage.errors import ConfigError

# Of a machine that has no settings file.
VARIABLE = "SEEDWATCH_DSN"


def dsn_of(cluster: ClusterConfig, environment: Mapping[str, str]) -> str:
    """The DSN that the settings name.

    Raises:
        ConfigError: they name none, or it is not where they say.
    """
    if cluster.dsn:
        return cluster.dsn
    if cluster.dsn_file:
        return _first_line(Path(cluster.dsn_file))
    if cluster.dsn_env:
        return _of_variable(cluster.dsn_env, environment)
    raise ConfigError('no cluster is set: say where its PostgreSQL is by [cluster] dsn_env = "SEEDWATCH_DSN"')


def worker_dsn(environment: Mapping[str, str]) -> str:
    """The DSN of a worker that has no settings; raises ConfigError if the environment has none."""
    return _of_variable(VARIABLE, environment)


def _of_variable(name: str, environment: Mapping[str, str]) -> str:
    dsn = environment.get(name, "").strip()
    if not dsn:
        raise ConfigError(
            f"the variable {name}, which should hold the cluster's DSN, is not set", key="cluster.dsn_env"
        )
    return dsn


def _first_line(file: Path) -> str:
    try:
        line = file.read_text("utf-8").partition("\n")[0].strip()
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"the cluster's DSN cannot be read: {error}", file=file, key="cluster.dsn_file"
        ) from error
    if not line:
        raise ConfigError("its first line should be the cluster's DSN", file=file, key="cluster.dsn_file")
    return line
