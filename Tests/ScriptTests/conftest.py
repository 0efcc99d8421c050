"""Fixtures of the script tests."""

import subprocess

import pytest

from script_clone import REPOSITORY, temporary_clone


@pytest.fixture(scope="session", autouse=True)
def front_end_files():
    """The real files, fetched once into this repository."""
    steps = REPOSITORY / "script/steps"
    fetch = (
        f"set -euo pipefail; repository={REPOSITORY}; "
        f"source {steps}/report.sh; source {steps}/processes.sh; source {steps}/assets.sh; require_assets"
    )
    subprocess.run(["/bin/bash", "-c", fetch], check=True, timeout=300)


@pytest.fixture
def clone():
    with temporary_clone() as made:
        yield made
