"""Who may sign in: a file of hashes beside the database."""

import json
from pathlib import Path

import pytest

from scheduler.judging.accounts import add_account, file_of, is_right, read_accounts, remove_account
from storage.errors import ConfigError
from tests.support.samples import NOW


@pytest.fixture
def file(tmp_path):
    return file_of(tmp_path / "watch.db")


def test_password_is_known_again_and_stands_nowhere(file):
    add_account(file, "anna", "correct horse", NOW)

    account = read_accounts(file)["anna"]

    assert is_right(account, "correct horse")
    assert not is_right(account, "correct horsf")
    assert not is_right(None, "correct horse")
    assert "correct" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_token_is_made_and_shown_once(file):
    token = add_account(file, "robot", None, NOW)

    assert token.startswith("robot.")
    assert len(token) > 40
    assert is_right(read_accounts(file)["robot"], token)
    assert token.partition(".")[2] not in file.read_text()


def test_second_time_changes_the_secret_and_no_other_account(file):
    add_account(file, "anna", "correct horse", NOW)
    add_account(file, "ben", "battery staple", NOW)
    add_account(file, "anna", "another horse", NOW)

    accounts = read_accounts(file)

    assert sorted(accounts) == ["anna", "ben"]
    assert is_right(accounts["anna"], "another horse")
    assert not is_right(accounts["anna"], "correct horse")


def test_removed_reader_is_gone(file):
    add_account(file, "anna", "correct horse", NOW)

    remove_account(file, "anna")

    assert read_accounts(file) == {}
    with pytest.raises(ConfigError, match="no reader 'anna'"):
        remove_account(file, "anna")


@pytest.mark.parametrize("name", ["root", "", "Anna", "a b", "-a", "a" * 41, "../x", "a.b"])
def test_odd_names_are_refused(file, name):
    with pytest.raises(ConfigError, match="is not allowed"):
        add_account(file, name, "correct horse", NOW)

    assert not file.exists()


@pytest.mark.parametrize("secret", ["", "short", "x" * 1_001])
def test_short_and_endless_passwords_are_refused(file, secret):
    with pytest.raises(ConfigError, match="a password has at least 10 characters"):
        add_account(file, "anna", secret, NOW)


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"readers": [{"name": "a"}]}), "\x00"])
def test_file_of_something_else_is_told(file, text):
    file.write_text(text)

    with pytest.raises(ConfigError, match="holds no accounts"):
        read_accounts(file)


def test_file_that_cannot_be_read_or_written_is_told(tmp_path):
    (tmp_path / "folder").mkdir()

    with pytest.raises(ConfigError, match="cannot be read"):
        read_accounts(tmp_path / "folder")
    with pytest.raises(ConfigError, match="cannot be written"):
        add_account(Path(tmp_path / "none" / "x.json"), "anna", "correct horse", NOW)
