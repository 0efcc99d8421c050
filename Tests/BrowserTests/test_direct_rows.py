"""Rows that another program writes with SQL come up on a page that is open."""

import re
from datetime import datetime, timezone

import pytest

from database_key import DatabaseKey, run_shell

# Loosely, for the machine's sake: the promise is 2 s, the usual time some hundred milliseconds.
PATIENCE = 2 * 5
TOTAL = ".tile-total .figure"


@pytest.fixture
def writer(factory):
    with DatabaseKey(factory.tenant, "database-writer", "Page") as key:
        yield key


def test_the_printed_line_and_a_copy_come_up_on_the_open_page(open_browser, factory, writer):
    browser = open_browser()
    browser.open_as(factory.tenant.user("MANAGER"), "/?period=today")
    browser.shown(TOTAL)
    browser.until(lambda: browser.find("#live").get_attribute("data-state") == "live", "the stream is not live")

    def total() -> int:
        return int("".join(re.findall(r"[0-9]", browser.text(TOTAL).split("\n")[0])))

    def comes(rows: int, command: str) -> None:
        before = total()
        done = run_shell(command)
        assert done.returncode == 0, done.stderr
        browser.until(lambda: total() == before + rows, f"{command}: the total stays {before}", PATIENCE)

    insert = next(text for text in writer.made["examples"] if "INSERT" in text)
    comes(1, insert)
    line, area, product = factory.plant.line, factory.plant.areas["output"], factory.plant.product
    now = datetime.now(timezone.utc).isoformat()
    comes(3, f"printf '{now},{area},{product}\\n%.0s' 1 2 3 | psql '{writer.connection}' "
             f"-c '\\copy detection_line_{line} (detected_at, area_id, product_id) FROM STDIN CSV'")
    browser.check_quiet()
