"""What script/server and its steps refuse before they start anything."""

import os
import subprocess

import pytest


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--port", "65536"], "--port takes a number from 0 to 65535"),
        (["--port", "http"], "--port takes a number"),
        (["--days=0"], "--days takes a number from 1"),
        (["--data"], "--data takes a value"),
        (["--full"], "unknown option --full"),
    ],
)
def test_wrong_usage_ends_with_two(clone, options, message):
    ended = clone.run("script/server", *options)
    assert ended.returncode == 2
    assert message in ended.stderr


def test_help_is_on_stdout(clone):
    ended = clone.run("script/server", "--help")
    assert ended.returncode == 0
    assert ended.stdout.startswith("usage: script/server")


def test_folder_with_other_files_is_refused(clone, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    ended = clone.run("script/server", "--data", tmp_path)
    assert ended.returncode == 1
    assert "holds other files" in ended.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def only_these_on_path(clone, *programs):
    """An environment whose PATH holds the named programs alone."""
    folder = clone.root / "few"
    folder.mkdir(exist_ok=True)
    for program in programs:
        (folder / program).symlink_to(f"/usr/bin/{program}")
    return dict(clone.environment, PATH=str(folder))


def test_missing_packages_without_root_and_sudo_name_the_packages(clone):
    call = "require_packages bash camet-no-such-package"
    steps = f"source {clone.root}/script/steps/report.sh; source {clone.root}/script/steps/packages.sh; "
    nobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] if os.geteuid() == 0 else []
    ended = subprocess.run(
        [*nobody, "/bin/bash", "-c", "set -euo pipefail; " + steps + call],
        env=only_these_on_path(clone, "apt-get", "dpkg-query", "id"),
        capture_output=True, text=True, timeout=30,
    )
    assert ended.returncode == 1
    assert "neither root nor may you use sudo" in ended.stderr
    assert "apt-get install camet-no-such-package" in ended.stderr


def test_present_packages_ask_for_nothing(clone):
    ended = clone.shell("require_packages bash coreutils", only_these_on_path(clone, "apt-get", "dpkg-query"))
    assert (ended.returncode, ended.stderr) == (0, "")


def test_machine_without_apt_is_refused(clone):
    ended = clone.shell("require_packages bash", only_these_on_path(clone, "id"))
    assert ended.returncode == 1
    assert "needs Debian 12" in ended.stderr


@pytest.mark.parametrize(("version", "accepted"), [("6.3", True), ("6.10.2", True), ("7.0", True), ("6.2.4", False), ("", False)])
def test_swift_version(clone, version, accepted):
    (clone.root / "bin/swift").write_text(f"#!/bin/sh\necho 'Swift version {version} (x)'\n")
    ended = clone.shell("require_swift")
    assert (ended.returncode == 0) == accepted, ended.stderr
    assert accepted or "Swift 6.3 or newer is needed" in ended.stderr


@pytest.mark.parametrize(("free", "accepted"), [(2_000_000, True), (900_000, False)])
def test_full_disk_is_named_up_front(clone, free, accepted):
    ended = clone.shell(f"df() {{ printf 'Avail\\n{free}\\n'; }}; require_free_space /tmp")
    assert (ended.returncode == 0) == accepted
    assert accepted or "is full: 878 MB are free and 1024 MB are needed" in ended.stderr


def test_full_disk_hidden_in_a_log_is_named(clone, tmp_path):
    log = tmp_path / "log"
    log.write_text("FATAL: could not write lock file: No space left on device\n")
    ended = clone.shell(f"fail_with_log 'PostgreSQL did not start' {log}")
    assert ended.returncode == 1
    assert "the disk is full" in ended.stderr


def test_asset_with_another_hash_is_not_whole(clone):
    whole = clone.shell("require_assets")
    assert whole.returncode == 0, whole.stderr
    copy = clone.root / "assets-copy"
    clone.shell(f"cp -rL {clone.root}/.assets {copy}; rm -rf {clone.root}/.assets; mv {copy} {clone.root}/.assets")
    assert clone.shell("assets_are_whole").returncode == 0
    with (clone.root / ".assets/htmx.js").open("a") as file:
        file.write("alert(1)")
    assert clone.shell("assets_are_whole").returncode != 0


def test_lines_that_somebody_added_to_the_configuration_stay(clone, tmp_path):
    (tmp_path / "camet.conf").write_text("CAMET_PORT=1\nCAMET_LOG_LEVEL=debug\n")
    ended = clone.shell(
        f"data={tmp_path} run_folder={tmp_path}/run postgres_sockets=/s programs=/p gateway_assets=/a; write_configuration 8123"
    )
    assert ended.returncode == 0, ended.stderr
    lines = (tmp_path / "camet.conf").read_text().splitlines()
    assert "CAMET_LOG_LEVEL=debug" in lines and "CAMET_PORT=8123" in lines and "CAMET_PORT=1" not in lines
