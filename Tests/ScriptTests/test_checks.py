"""The checks of script/test and the runner of the benchmarks, on trees made for the purpose."""

import json
import subprocess

import pytest

from script_clone import REPOSITORY, write_program


def check(name, tree):
    return subprocess.run([REPOSITORY / "script" / name, tree], capture_output=True, text=True, timeout=30)


def write_source(tree, target, text):
    path = tree / f"Sources/{target}/File.swift"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("target", "line", "allowed"),
    [
        ("Gateway", "import HummingbirdCore", True),
        ("Gateway", "import ManufacturingKPI", False),
        ("TenantWorker", "package import Shared", True),
        ("TenantWorker", "import Foundation", False),
        ("TenantWorker", "@preconcurrency internal import Hummingbird", False),
        ("IPC", "import struct NIOCore.ByteBuffer", True),
        ("IPC", "import struct PostgresClient.Row", False),
        ("Shared", "import Synchronization", True),
        ("Shared", "import Logging", False),
        ("Unheard", "let one = 1", False),
    ],
)
def test_module_edges(tmp_path, target, line, allowed):
    write_source(tmp_path, target, f"{line}\n")
    ended = check("check-edges", tmp_path)
    assert (ended.returncode == 0) == allowed, ended.stderr
    assert allowed or target in ended.stderr


@pytest.mark.parametrize(("line", "allowed"), [("package struct A {}", True), ("public struct A {}", False), ("@frozen public enum B {}", False)])
def test_access_levels(tmp_path, line, allowed):
    write_source(tmp_path, "Shared", f"{line}\n")
    assert (check("check-access", tmp_path).returncode == 0) == allowed


def test_paths_in_documents(tmp_path):
    write_source(tmp_path, "Shared", "")
    readme = tmp_path / "README.md"
    readme.write_text("See `Sources/Shared/File.swift`, run `script/<verb>`, ask `GET /kpis`.\n")
    assert check("check-paths", tmp_path).returncode == 0
    readme.write_text("one\nSee `Sources/Shared/Gone.swift`.\n")
    ended = check("check-paths", tmp_path)
    assert ended.returncode == 1
    assert "README.md:2: names Sources/Shared/Gone.swift" in ended.stderr


def test_benchmarks_are_found_run_and_joined(clone, tmp_path):
    result = {"title": "One", "columns": ["what", "per second"], "rows": [["hop", 12345.5]]}
    benchmarks = clone.root / "Tests/Benchmarks"
    write_program(benchmarks / "bench_one.sh", f"#!/bin/sh\n[ -d \"$CAMET_BENCH_PRODUCTS\" ] && echo '{json.dumps(result)}'\n")
    ended = clone.run("script/bench", "--json", tmp_path / "all.json")
    assert ended.returncode == 0, ended.stderr
    assert "| hop  |     12,346 |" in ended.stdout
    assert ended.stdout.endswith("benchmarks: 1 passed, 0 failed\n")
    assert json.loads((tmp_path / "all.json").read_text())["benchmarks"] == {"one": result}

    write_program(benchmarks / "bench_two.sh", "#!/bin/sh\necho '{}'\n")
    ended = clone.run("script/bench")
    assert ended.returncode == 1
    assert "two: the result has no title" in ended.stderr
    assert clone.run("script/bench", "one").returncode == 0
    assert clone.run("script/bench", "three").returncode == 2


def test_camet_passes_arguments_and_status_on(clone):
    write_program(clone.root / ".build/release/camet", '#!/bin/sh\necho "$CAMET_MIGRATIONS|$CAMET_DATA|$*"\nexit 2\n')
    ended = clone.run("script/camet", "tenant", "list", "--json")
    assert ended.returncode == 2
    assert ended.stdout == f"{clone.root}/Migrations|{clone.root}/.camet|tenant list --json\n"
