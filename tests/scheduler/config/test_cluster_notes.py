"""What `check` says of a cluster: what asks from here all the same, and what workers need."""

import pytest

from scheduler.config.cluster_notes import ASKING_HERE, cluster_notes
from scheduler.config.load import load_config
from tests.support.command_docs import commands

CLUSTER = '[cluster]\ndsn = "postgresql://db/x"\n'
SOURCE = '[[source]]\nname = "herald"\nhome = "https://herald.example/"\n'


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (SOURCE, []),
        (CLUSTER, ["its workers ask the outlets"]),
        (CLUSTER + SOURCE, ["its workers ask the outlets"]),
        (
            f"{CLUSTER}{SOURCE}browser = true\n",
            [
                "its workers ask",
                "each worker needs seedwatch[browser] and a Chromium, for herald",
                "what 1 of the so",
            ],
        ),
        (
            f'{CLUSTER}{SOURCE}headers = ["X-Key: secret"]\n',
            ["its workers ask the outlets", "what 1 of the sources"],
        ),
    ],
)
def test_what_is_otherwise_in_a_cluster_is_told(tmp_path, settings, said):
    (tmp_path / "seedwatch.toml").write_text(settings)

    notes = cluster_notes(load_config(tmp_path / "seedwatch.toml"))

    assert [note[: len(start)] for note, start in zip(notes, said, strict=True)] == said


def test_what_asks_from_here_are_commands_of_ours():
    assert {name.split(" --")[0] for name in ASKING_HERE} <= set(commands())
