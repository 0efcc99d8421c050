"""The documentation of the API in a browser."""

import pytest


SIZES = [(390, 844), (1440, 900)]


@pytest.mark.parametrize("width,height", SIZES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_fits_and_is_quiet(open_browser, factory, width, height, dark):
    browser = open_browser(width=width, height=height, dark=dark, language="en")
    browser.open_as(factory.tenant.user("VIEWER"), "/api/docs")
    browser.shown("#readKpis")
    assert browser.script("return document.documentElement.scrollWidth <= window.innerWidth")
    for place in ("#readKpis", "#schema-Problem"):
        browser.script(f"document.querySelector('{place}').scrollIntoView()")
        browser.picture(f"documentation-{width}-{'dark' if dark else 'light'}-{place[1:]}")
    browser.check_quiet()


def test_the_index_leads_to_operations_and_types_to_schemas(open_browser, factory):
    browser = open_browser(language="en")
    browser.open_as(factory.tenant.user("VIEWER"), "/api/docs")
    browser.shown(".docs-index a[href='#listStops']").click()
    browser.until(lambda: browser.script("return location.hash") == "#listStops", "the index leads nowhere")
    browser.find("#listStops a[href='#schema-Stops']").click()
    browser.until(
        lambda: browser.script(
            "const box = document.querySelector('#schema-Stops').getBoundingClientRect();"
            "return box.top >= 0 && box.top < innerHeight"),
        "the schema is not shown")
    browser.check_quiet()
