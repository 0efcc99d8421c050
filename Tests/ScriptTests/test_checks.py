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
        ("Gateway", "import NIOHTTP2", True),
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


def asvs_rows():
    """The rows of the real table: a right one for every requirement, whatever this repository's are answered with."""
    rows = (REPOSITORY / "docs/asvs.md").read_text().splitlines()
    ids = [row.split("|")[1:3] for row in rows if row.startswith("| ") and row.split("|")[1].strip()[0].isdigit()]
    return [f"|{number}|{level}| Something | test | `test_one.py::test_that_holds` |" for number, level in ids]


def check_asvs(tree, rows, other=""):
    for path, text in {
        "docs/asvs.md": "# Table\n\n" + "\n".join(rows) + "\n",
        "docs/other.md": other,
        "Tests/test_one.py": "def test_that_holds():\n    pass\n\n\ndef not_a_test():\n    pass\n",
        "Tests/OneTests.swift": "@Test func isKept() {}\n@Test(arguments: [1])\nfunc isKeptToo(_ one: Int) {}\nfunc helper() {}\n",
    }.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    return check("check-asvs", tree)


def test_a_whole_table_of_requirements(tmp_path):
    ended = check_asvs(tmp_path, asvs_rows(), "See `OneTests.swift::isKept` and `OneTests.swift::isKeptToo`.\n")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "requirements: 253, by test 253, by code 0, do not apply 0, open 0\n"


ROW = "| 1.2.4 | 1 | Something | test | `test_one.py::test_that_holds` |"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROW, None),
        (ROW.replace("`test_one.py::test_that_holds`", "`OneTests.swift::isKeptToo`, both"), None),
        ("| 1.2.4 | 1 | Something | code | `Sources/Shared/`: nothing of it can be tried from outside |", None),
        ("| 1.2.4 | 1 | Something | none | There is no such thing in the product |", None),
        ("| 1.2.4 | 1 | Something | open | It lacks the one thing that is asked for |", None),
        ("", "1.2.4 of level 1 has no row"),
        (ROW + "\n" + ROW, "1.2.4 stands in line 8 too"),
        (ROW.replace("1.2.4", "1.2.40"), "1.2.40 is no requirement of level 1 or 2"),
        (ROW.replace("1.2.4", "1.5.3"), "1.5.3 is no requirement of level 1 or 2"),
        (ROW.replace("| 1 |", "| 2 |"), "1.2.4 is of level 1"),
        (ROW.replace("Something", " "), "1.2.4 has not the five cells"),
        (ROW + " more |", "1.2.4 has not the five cells"),
        (ROW.replace("`test_one.py::test_that_holds`", "as everybody knows and sees"), "1.2.4 names no test"),
        ("| 1.2.4 | 1 | Something | code | Nothing of it can be tried from outside |", "1.2.4 names no place"),
        ("| 1.2.4 | 1 | Something | code | `Sources/Shared/Time/Instant.swift` |", "1.2.4 has no reason why no test fits"),
        ("| 1.2.4 | 1 | Something | none | |", "1.2.4 has no reason"),
        ("| 1.2.4 | 1 | Something | open | later |", "1.2.4 has no reason"),
        ("| 1.2.4 | 1 | Something | done | It lacks nothing that is asked for |", "1.2.4 is answered 'done'"),
        (ROW.replace("that_holds", "that_is_gone"), "names the test test_one.py::test_that_is_gone, which does not exist"),
        (ROW.replace("test_that_holds", "not_a_test"), "names the test test_one.py::not_a_test, which does not exist"),
        (ROW.replace("test_one.py", "test_two.py"), "names the test test_two.py::test_that_holds, which does not exist"),
        (ROW.replace("`test_one.py::test_that_holds`", "`OneTests.swift::helper`"), "names the test OneTests.swift::helper"),
    ],
)
def test_requirements_have_one_row_with_an_answer_that_exists(tmp_path, row, message):
    ended = check_asvs(tmp_path, [row if "| 1.2.4 |" in right else right for right in asvs_rows()])
    assert (ended.returncode == 0) == (message is None), ended.stderr
    assert message is None or message in ended.stderr


@pytest.mark.parametrize(("name", "exists"), [("test_that_holds", True), ("test_that_is_gone", False), ("", False)])
def test_tests_that_a_page_of_docs_names_exist(tmp_path, name, exists):
    ended = check_asvs(tmp_path, asvs_rows(), f"one\nSee `test_one.py::{name}`.\n")
    assert (ended.returncode == 0) == exists
    assert exists or f"docs/other.md:2: names the test test_one.py::{name}, which does not exist" in ended.stderr


def test_benchmarks_are_found_run_and_joined(clone, tmp_path):
    result = {"title": "One", "columns": ["what", "per second"], "rows": [["hop", 12345.5]]}
    benchmarks = clone.root / "Tests/Benchmarks"
    write_program(benchmarks / "bench_one.sh", f"#!/bin/sh\n[ -d \"$CAMET_BENCH_PRODUCTS\" ] && echo '{json.dumps(result)}'\n")
    ended = clone.run("script/bench", "--json", tmp_path / "all.json")
    assert ended.returncode == 0, ended.stderr
    assert "| hop  |     12,346 |" in ended.stdout
    assert ended.stdout.endswith("benchmarks: 1 passed, 0 failed\n")
    assert json.loads((tmp_path / "all.json").read_text())["benchmarks"] == {"one": result}

    # What takes long runs only when it is named.
    write_program(benchmarks / "bench_ingest_growth", f"#!/bin/sh\necho '{json.dumps(result | {'title': 'Long'})}'\n")
    assert clone.run("script/bench").stdout.endswith("benchmarks: 1 passed, 0 failed\n")
    assert "Long" in clone.run("script/bench", "ingest_growth").stdout

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


def test_the_bill_of_materials_names_what_is_built_in(tmp_path):
    (tmp_path / "script/steps").mkdir(parents=True)
    for name in ("assets.sha256", "assets-requirements.txt", "packages.sh"):
        (tmp_path / "script/steps" / name).write_text((REPOSITORY / "script/steps" / name).read_text())
    missing = check("bill-of-materials", tmp_path)
    assert missing.returncode == 1 and "Package.resolved" in missing.stderr
    (tmp_path / "Package.resolved").write_text(json.dumps({"pins": [{
        "identity": "swift-nio", "location": "https://github.com/apple/swift-nio.git",
        "state": {"revision": "0f" * 20, "version": "2.1.0"}}]}))
    ended = check("bill-of-materials", tmp_path)
    assert ended.returncode == 0, ended.stderr
    bill = json.loads(ended.stdout)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    components = {component["name"]: component for component in bill["components"]}
    assert components["swift-nio"]["purl"] == "pkg:swift/github.com/apple/swift-nio@2.1.0"
    assert "0f" * 20 in components["swift-nio"]["externalReferences"][0]["comment"]
    assert len(components["htmx.js"]["hashes"][0]["content"]) == 64
    assert components["postgresql-15"]["version"].startswith("15")
