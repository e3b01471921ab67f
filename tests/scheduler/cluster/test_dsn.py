"""Where the DSN is: the settings say it one way of three, a worker without settings has it in its environment."""

import pytest

from scheduler.cluster.dsn import dsn_of, worker_dsn
from scheduler.config.load import load_config
from scheduler.config.settings import ClusterConfig
from storage.errors import ConfigError

DSN = "postgresql://seedwatch:secret@db.example.org/seedwatch"


@pytest.mark.parametrize("dsn", [DSN, "postgres://db/x", "host=db.example.org dbname=seedwatch"])
def test_a_dsn_may_stand_in_the_settings_and_is_never_shown(tmp_path, dsn):
    (tmp_path / "seedwatch.toml").write_text(f'[cluster]\ndsn = "{dsn}"\n')

    config = load_config(tmp_path / "seedwatch.toml")

    assert config.cluster.is_set
    assert dsn_of(config.cluster, {}) == dsn
    assert dsn not in repr(config)


def test_a_file_is_sought_beside_the_settings(tmp_path):
    (tmp_path / "seedwatch.toml").write_text('[cluster]\ndsn_file = "dsn"\n')
    cluster = load_config(tmp_path / "seedwatch.toml").cluster
    with pytest.raises(ConfigError, match="cannot be read"):
        dsn_of(cluster, {})

    (tmp_path / "dsn").write_text("\n")
    with pytest.raises(ConfigError, match="first line"):
        dsn_of(cluster, {})

    (tmp_path / "dsn").write_text(f"{DSN}\n# of the desk\n")
    assert dsn_of(cluster, {}) == DSN


def test_a_variable_is_asked_when_the_dsn_is_needed():
    assert dsn_of(ClusterConfig(dsn_env="DESK_DSN"), {"DESK_DSN": f" {DSN} "}) == DSN
    with pytest.raises(ConfigError, match=r"DESK_DSN.*is not set"):
        dsn_of(ClusterConfig(dsn_env="DESK_DSN"), {"DESK_DSN": ""})


def test_without_any_it_is_said_what_to_set():
    assert not ClusterConfig().is_set
    with pytest.raises(ConfigError, match="dsn_env"):
        dsn_of(ClusterConfig(), {})
    with pytest.raises(ConfigError, match="SEEDWATCH_DSN"):
        worker_dsn({})
    assert worker_dsn({"SEEDWATCH_DSN": DSN}) == DSN
