"""Names, causes and people that are markup, script, template or formula: shown as they were given, and inert."""

import itertools
from datetime import datetime, timedelta, timezone

import pytest

from running_system import PASSWORD, PlantData

NAMES = [
    "<script>window.ran = 1</script>", "\"><img src=x onerror=window.ran=1>", "</script><svg/onload=window.ran=1>",
    "{{constructor.constructor('window.ran=1')()}}", "${window.ran=1}", "javascript:window.ran=1", "=1+1",
]
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def hostile(system):
    """A company whose every name is one of those."""
    tenant = system.make_tenant("hostile-pages")
    manager = tenant.client("MANAGER")
    now = datetime.now(timezone.utc)
    for name in NAMES:
        plant = PlantData(manager, code=f"H{next(NUMBERS)}", shift=("00:00", "00:00"))
        for path, body in (
            (f"plants/{plant.plant}", {"plant_code": f"{name} p", "plant_name": name, "timezone": "UTC"}),
            (f"production-lines/{plant.line}", {
                "plant_id": plant.plant, "line_code": f"{name} l", "line_name": name,
                "downtime_threshold_seconds": 60}),
            (f"products/{plant.product}", {"product_code": f"{name} c", "product_name": name, "weight_kg": 1}),
        ):
            answer = manager.put(f"/api/v1/{path}", body)
            assert answer.status_code == 200, answer.text
        manager.make("line-groups", group_name=name, line_ids=[plant.line])
        rows = [{"line_id": plant.line, "area_id": plant.areas["output"], "product_id": plant.product,
                 "detected_at": (now - timedelta(seconds=age)).isoformat()} for age in (400, 300, 20, 10)]
        answer = tenant.client("key:ingest").post("/api/v1/detections", {"detections": rows})
        assert answer.status_code == 200, answer.text
        stop = {"line_id": plant.line, "start": (now - timedelta(seconds=200)).isoformat(),
                "end": (now - timedelta(seconds=100)).isoformat(), "reason": name}
        assert manager.post("/api/v1/downtimes", stop).status_code == 201
    made = tenant.client("ADMIN").post("/api/v1/users", {
        "username": NAMES[0], "email": "hostile@example.com", "role": "VIEWER", "password": PASSWORD})
    assert made.status_code == 201, made.text
    return tenant


@pytest.mark.parametrize("path", ["/?period=today", "/?period=today&tab=oee", "/account", "/downtimes?period=today"])
def test_no_name_runs_and_each_is_shown_as_it_is(open_browser, hostile, path):
    browser = open_browser()
    browser.sign_in(NAMES[0], PASSWORD, path)
    browser.shown("main")
    if "downtimes" in path:
        browser.shown("#stops-pareto")
    elif "tab" not in path and "account" not in path:
        browser.shown(".tile-total .figure")
        # All lines, groups and plants are offered by their names.
        shown = browser.script(
            "return [...document.querySelectorAll('option')].map(one => one.textContent).join('\\n')")
        assert {name for name in NAMES if name not in shown} == set()
    # Menus and charts, where they draw texts of their own.
    browser.script("for (const one of document.querySelectorAll('details')) one.open = true")
    assert browser.script("return window.ran") is None
    made = "document.querySelectorAll('main script:not([type]), main img, main svg[onload]')"
    assert browser.script(f"return {made}.length") == 0
    assert NAMES[0] in browser.script("return document.body.textContent")
    browser.check_quiet()
