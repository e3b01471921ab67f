"""What other machines are told of how hosts are asked: all that stands in files here."""

from crawler.downloader.access import plan_from_text
from scheduler.config.access import access_text
from scheduler.config.load import load_config

SETTINGS = """
[[source]]
name = "herald"
feeds = ["https://herald.example/rss"]
cookies_file = "{}"
"""


def plan(folder, name, *, with_files):
    (folder / "seedwatch.toml").write_text(SETTINGS.format(name))
    return plan_from_text(access_text(load_config(folder / "seedwatch.toml"), {}, with_files=with_files))


def test_cookies_go_to_machines_that_do_not_have_their_file(tmp_path):
    (tmp_path / "cookies.txt").write_text("a secret")

    assert plan(tmp_path, "cookies.txt", with_files=True).hosts[0].cookies == "a secret"
    assert plan(tmp_path, "cookies.txt", with_files=False).hosts[0].cookies == ""
    assert plan(tmp_path, "gone.txt", with_files=True).hosts[0].cookies == ""
    assert "a secret" not in repr(plan(tmp_path, "cookies.txt", with_files=True))
