"""Every tile of the dashboard in a real browser: its figures are the API's, its place the layout's, and it comes when it is near."""

import csv
import io
import re

import pytest

from small_plant import DAY, SmallPlant

API = "/api/v1"
VIEW = f"/?period=custom&from={DAY}&to={DAY}"
TABS = {"produccion": VIEW, "oee": f"{VIEW.replace('/?', '/?tab=oee&')}"}
LOOKS = [(1440, False, "es"), (1440, True, "en"), (390, False, "en"), (390, True, "es")]


@pytest.fixture(scope="module")
def plant(system):
    return SmallPlant(system.make_tenant("tiles"))


@pytest.fixture(scope="module")
def company(plant):
    return plant.tenant


@pytest.fixture
def seen(open_browser, company):
    """A browser that is signed in and shows a tab with every tile loaded."""

    def show(tab: str = "produccion", who: str = "MANAGER", **look):
        browser = open_browser(**look)
        browser.open_as(company.user(who), TABS[tab])
        browser.shown(f"#panel-{tab}[aria-busy=false]")
        if look.get("language") == "en":
            # The person's own language goes before the browser's, and what is chosen on the page before both.
            browser.driver.add_cookie({"name": "camet_language", "value": "en"})
            browser.open(TABS[tab])
            browser.shown(f"#panel-{tab}[aria-busy=false]")
            assert browser.script("return document.documentElement.lang") == "en"
        browser.load_tiles()
        return browser

    return show


def text(browser, widget: str) -> str:
    return browser.script(f"return document.querySelector('#tile-{widget}').innerText").replace("\xa0", " ")


def spanish(number: float, digits: int = 0) -> str:
    return f"{number:,.{digits}f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def percent(ratio: float) -> str:
    return f"{spanish(ratio * 100, 1)} %"


def length(seconds: float) -> str:
    """As Localisation.duration writes it, from an hour up to two days."""
    minutes = round(seconds / 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes // 60} h {minutes % 60:02} min"


def table(browser, widget: str) -> list[list[str]]:
    """The rows of a chart's table, once it is opened."""
    browser.script(f"document.querySelector('#tile-{widget}-table').open = true")
    return browser.until(lambda: browser.script(f"""
        return [...document.querySelectorAll("#tile-{widget}-table tr")]
            .map((row) => [...row.cells].map((cell) => cell.innerText.trim().replaceAll("\\u00a0", " ")));
    """), f"the table of {widget} stays empty")


def test_every_tile_of_production_shows_the_figures_of_the_api(seen, plant):
    data = plant.tiles("MANAGER")
    browser = seen()

    def shows(widget: str, *parts: str) -> None:
        told = text(browser, widget)
        assert [part for part in parts if part not in told] == [], f"{widget}: {told}"

    total = data["KpiTotalProduction"]
    shows("KpiTotalProduction", spanish(total["value"]), spanish(total["good"]), spanish(total["scrap"]))
    shows("KpiTotalWeight", spanish(data["KpiTotalWeight"]["value"], 1), spanish(data["KpiTotalWeight"]["units"]))
    shows("KpiWeightEfficiency", percent(data["KpiWeightEfficiency"]["value"]))
    downtime = data["KpiTotalDowntime"]
    shows("KpiTotalDowntime", length(downtime["downtime_seconds"]), str(downtime["value"]))
    for item in data["ProductDistributionChart"]["items"]:
        shows("ProductDistributionChart", item["name"], spanish(item["units"]), percent(item["share"]))
        shows("ProductRanking", item["name"], spanish(item["units"]), percent(item["share"]))
    for item in data["AreaDetectionChart"]["items"]:
        shows("AreaDetectionChart", item["name"], spanish(item["detections"]), percent(item["share"]))
    flow = data["EntryOutputCompareChart"]["totals"]
    shows("EntryOutputCompareChart", spanish(flow["input"]), spanish(flow["output"]), percent(flow["scrap_share"]))
    summary = data["MetricsSummary"]
    shows("MetricsSummary", spanish(summary["total_production"]), spanish(summary["total_detections"]),
          length(summary["planned_seconds"]), length(summary["downtime_seconds"]))
    hours = data["HourByHour"]["hours"]
    assert len(browser.driver.find_elements("css selector", "#tile-HourByHour tbody tr")) == len(hours)
    shows("HourByHour", *[spanish(hour["actual"]) for hour in hours])
    events = data["EventFeed"]["items"]
    shown = browser.script("return [...document.querySelectorAll('#tile-EventFeed .event time')].map((one) => one.dateTime)")
    assert shown == [event["at"] for event in events] and len(events) == 20
    rows = table(browser, "ProductionTimeChart")
    assert [row[-1] for row in rows[1:]] == [spanish(count) for count in data["ProductionTimeChart"]["total"]]
    rows = table(browser, "EntryOutputCompareChart")
    assert [row[1] for row in rows[1:]] == [spanish(count) for count in data["EntryOutputCompareChart"]["input"]]
    browser.check_quiet()


def test_every_tile_of_oee_shows_the_figures_of_the_api(seen, plant):
    data = plant.tiles("MANAGER")
    browser = seen("oee")
    for widget in ("KpiAvailability", "KpiPerformance", "KpiQuality", "KpiOee"):
        assert spanish(data[widget]["value"] * 100, 1) in text(browser, widget), widget
    rows = table(browser, "OeeTrendChart")
    for row, bucket in zip(rows[1:], data["OeeTrendChart"]["buckets"], strict=True):
        assert row[1:5] == [percent(bucket[name]) for name in ("oee", "availability", "performance", "quality")]
        assert row[7] == spanish(bucket["stops"])
    rows = table(browser, "LossWaterfall")[1:]
    steps = data["LossWaterfall"]["steps"]
    read = [float(row[2].split(" ")[0].replace(".", "").replace(",", ".")) for row in rows]
    assert read[::2] == pytest.approx([step["hours"] for step in steps[::2]], abs=0.005)
    # What is read adds up to the hundredth.
    for place in range(1, len(read) - 1, 2):
        assert round(read[place - 1] - read[place], 2) == read[place + 1], rows
    pareto = data["DowntimePareto"]
    assert length(pareto["downtime_seconds"]) in text(browser, "DowntimePareto")
    rows = table(browser, "DowntimePareto")[1:]
    assert [row[3] for row in rows] == [length(entry["downtime_seconds"]) for entry in pareto["incidents"]]
    rows = table(browser, "ScatterChart")[1:]
    assert len(rows) == len(data["ScatterChart"]["start"]) > 0
    assert {row[1] for row in rows} == {"D1", "D2"}
    table_rows = browser.driver.find_elements("css selector", "#tile-DowntimeTable tbody tr")
    assert len(table_rows) == len(data["DowntimeTable"]["items"])
    browser.check_quiet()


def test_a_point_of_the_scatter_and_a_row_lead_to_their_stop(seen):
    browser = seen("oee")
    link = browser.script("return document.querySelector('#tile-DowntimeTable tbody a').href")
    table(browser, "ScatterChart")
    assert link in browser.script("return [...document.querySelectorAll('#tile-ScatterChart a')].map((one) => one.href)")
    browser.driver.get(link)
    browser.shown("#stop")
    assert "/downtimes" in browser.driver.current_url


# How much of a chart has one of the colours of its terms.
COLOURED = """
    const canvas = document.querySelector("#tile-OeeTrendChart canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) count += data[at] === 47 && data[at + 1] === 111 && data[at + 2] === 237;
    return count / (canvas.width * canvas.height);
"""


@pytest.mark.parametrize("width,dark,language", LOOKS)
def test_a_trend_of_one_bucket_is_bars_and_of_several_lines(open_browser, plant, company, width, dark, language):
    browser = open_browser(width=width, dark=dark, language=language)
    browser.open_as(company.user("MANAGER"), TABS["oee"])
    browser.shown("#panel-oee[aria-busy=false]")
    browser.load_tiles()
    assert len(table(browser, "OeeTrendChart")) == 2
    browser.script("document.querySelector('#tile-OeeTrendChart').scrollIntoView()")
    bar = browser.script(COLOURED)
    assert bar > 0.005
    browser.picture(f"trend-one-{width}-{'dark' if dark else 'light'}")
    browser.open(f"/?tab=oee&period=custom&from={DAY[:8]}01&to={DAY}")
    browser.shown("#panel-oee[aria-busy=false]")
    browser.load_tiles()
    assert len(table(browser, "OeeTrendChart")) == 5
    assert 0 < browser.script(COLOURED) < bar / 3
    browser.check_quiet()


def filed(browser, widget: str) -> list[dict[str, str]]:
    """The rows of a tile's file, by the names of its columns."""
    content = browser.driver.execute_async_script("""
        const [widget, done] = arguments;
        import(`${document.documentElement.dataset.assets}/tile_file.js`)
            .then(({ text }) => done(text(document.getElementById(`tile-${widget}`))));
    """, widget)
    return list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline=""), strict=True))


def test_files_of_tables_have_the_values_behind_what_is_read(seen, plant):
    data = plant.tiles("MANAGER")
    browser = seen()

    def number(text: str) -> float | None:
        return float(text) if text else None

    items, rows = data["ProductRanking"]["items"], filed(browser, "ProductRanking")
    assert len(rows) == len(items) > 1
    for row, item in zip(rows, items):
        place, name, units, share, weight, change = row.values()
        assert (place, name) == (str(item["rank"]), item["name"])
        assert (number(units), number(share), number(weight)) == (item["units"], item["share"], item["weight_kg"])
        trend = item.get("trend")
        assert number(change) == (trend["difference"] / trend["previous"] if trend and trend["previous"] else None)
    hours, rows = data["HourByHour"]["hours"], filed(browser, "HourByHour")
    assert len(rows) == len(hours) + 1
    assert any(hour["difference"] < 0 for hour in hours if hour["planned_seconds"]), "no minus is tried"
    for row, hour in zip(rows, hours):
        time, target, actual, difference, loss, seconds = row.values()
        assert re.fullmatch(r"\d\d:\d\d–\d\d:\d\d", time)
        assert number(actual) == hour["actual"]
        if hour["planned_seconds"]:
            assert (number(target), number(difference)) == (hour["target"], hour["difference"])
        largest = hour["largest_loss"]
        assert number(seconds) == (largest["seconds"] if largest else None)
        assert bool(loss) == bool(largest) and not re.search(r"\d", loss.split(":")[-1])
    browser.check_quiet()


def test_a_bucket_of_the_trend_leads_to_its_stops(seen):
    browser = seen("oee")
    assert table(browser, "OeeTrendChart")
    browser.script("document.querySelector('#tile-OeeTrendChart').scrollIntoView()")
    browser.script("""
        const box = document.querySelector("#tile-OeeTrendChart canvas");
        const { left, top, width, height } = box.getBoundingClientRect();
        for (const type of ["mousemove", "mousedown", "mouseup", "click"]) {
            box.dispatchEvent(new MouseEvent(type, {
                bubbles: true, clientX: left + width / 2, clientY: top + height / 2, view: window }));
        }
    """)
    browser.until(lambda: "/downtimes" in browser.driver.current_url, "the click leads nowhere")
    assert f"from={DAY}" in browser.driver.current_url


def asked(browser) -> list[list[str]]:
    """The tiles of each request for tiles since the last call."""
    found = [re.search(r"widget_ids=([^&]*)", address) for address in browser.requests() if "/dashboard/tiles" in address]
    return [one[1].split(",") for one in found if one]


def test_tiles_are_asked_for_when_they_are_near_and_nothing_jumps(open_browser, company):
    browser = open_browser(height=900, records=True)
    browser.open_as(company.user("MANAGER"), TABS["produccion"])
    browser.shown("#panel-produccion[aria-busy=false]")
    browser.shown("#tile-KpiTotalProduction .figure")
    first = {widget for widgets in asked(browser) for widget in widgets}
    assert {"KpiTotalProduction", "KpiTotalWeight", "ProductionTimeChart"} <= first and "EventFeed" not in first
    assert browser.find("#tile-EventFeed").get_attribute("data-waiting") is not None
    heights = browser.script(
        "return Object.fromEntries([...document.querySelectorAll('#panel-produccion .tile')].map((one) => [one.id, one.offsetTop]))")
    browser.script("document.querySelector('#tile-EventFeed').scrollIntoView()")
    browser.shown("#tile-EventFeed .event")
    later = {widget for widgets in asked(browser) for widget in widgets}
    assert "EventFeed" in later and not later & first, "what was there is asked for again"
    # What was in sight stands where it stood.
    assert browser.script("return document.querySelector('#tile-ProductionTimeChart').offsetTop") \
        == heights["tile-ProductionTimeChart"]
    # The control: a refresh asks again for what is near, and for nothing else.
    browser.script("dispatchEvent(new Event('online'))")
    again = browser.until(lambda: asked(browser), "nothing is asked for again")[-1]
    assert "EventFeed" in again and "KpiTotalProduction" not in again
    browser.check_quiet()


def test_nothing_shifts_while_the_page_loads(open_browser, company):
    browser = open_browser()
    browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
        window.shifted = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
    """})
    browser.open_as(company.user("MANAGER"), TABS["produccion"])
    for tab, path in TABS.items():
        browser.open(path)
        browser.shown(f"#panel-{tab}[aria-busy=false]")
        browser.until(lambda: browser.script("return document.fonts.status") == "loaded", "the fonts do not come")
        assert browser.script("return window.shifted") <= 0.02, tab


def test_another_view_leaves_no_figure_of_the_one_before(seen, plant):
    browser = seen()
    before = text(browser, "EventFeed")
    browser.script(f"""
        const select = document.querySelector("[name=line_id]");
        select.value = "{plant.second.line}";
        select.dispatchEvent(new Event("change", {{ bubbles: true }}));
    """)
    browser.until(lambda: "120" in text(browser, "KpiTotalProduction"), "the total stays")
    told = browser.script("return document.querySelector('#tile-EventFeed').hasAttribute('data-waiting')")
    assert told and before not in text(browser, "EventFeed")
    browser.load_tiles()
    assert "D1" not in text(browser, "EventFeed") and "D2" in text(browser, "EventFeed")
    browser.check_quiet()


def test_a_layout_of_a_role_is_the_page(open_browser, company):
    manager = company.client("MANAGER")
    made = manager.make("layouts", role="VIEWER", filters=["DateRangeFilter"], widgets=[
        {"widget_id": "EventFeed", "tab": "produccion", "width": 1},
        {"widget_id": "ProductRanking", "tab": "produccion", "width": 3},
        {"widget_id": "KpiOee", "tab": "produccion", "width": 2}])
    try:
        browser = open_browser()
        browser.open_as(company.user("VIEWER"), TABS["produccion"])
        browser.shown("#tile-ProductRanking tbody tr")
        tiles = browser.script("""
            const panel = document.querySelector("#panel-produccion");
            const column = (panel.clientWidth - 3 * 16) / 4;
            return [...panel.querySelectorAll(":scope > [data-widget]")].map((one) =>
                [one.dataset.widget, Math.round((one.offsetWidth + 16) / (column + 16)), one.offsetTop]);
        """)
        assert [tile[:2] for tile in tiles] == [["EventFeed", 1], ["ProductRanking", 3], ["KpiOee", 2]]
        assert tiles[0][2] == tiles[1][2] < tiles[2][2]
        browser.find('.tabs [data-tab="oee"]').click()
        assert "Pida a un responsable" in browser.shown("#tiles-none-oee").text
        browser.check_quiet()
    finally:
        assert manager.delete(f"{API}/layouts/{made['layout_id']}").status_code == 204


@pytest.mark.parametrize("width,dark,language", LOOKS)
@pytest.mark.parametrize("tab", list(TABS))
def test_every_tile_fits_in_each_look(seen, tab, width, dark, language):
    browser = seen(tab, width=width, dark=dark, language=language)
    wide, window = browser.script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window, "the page scrolls sideways"
    cut = browser.script(f"""
        return [...document.querySelectorAll("#panel-{tab} .tile")].filter((tile) => tile.scrollWidth > tile.clientWidth + 1
            || [...tile.querySelectorAll(".figure")].some((one) => one.scrollWidth > one.clientWidth + 1)).map((one) => one.id);
    """)
    assert cut == [], "something is wider than its tile"
    assert not browser.driver.find_elements("css selector", ".tile-failure")
    unnamed = browser.script("""
        return [...document.querySelectorAll("[role=img]")].filter((one) =>
            !one.getAttribute("aria-label") && !document.getElementById(one.getAttribute("aria-labelledby"))).length;
    """)
    assert unnamed == 0
    height = browser.script("return document.documentElement.scrollHeight")
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": min(height, 9000), "deviceScaleFactor": 1, "mobile": width < 600})
    browser.load_tiles()
    browser.picture(f"tiles-{tab}-{width}-{'dark' if dark else 'light'}-{language}")
    browser.check_quiet()


def test_the_chart_library_comes_only_with_a_chart(open_browser, company):
    manager = company.client("MANAGER")
    made = manager.make("layouts", role="OPERATOR", filters=["DateRangeFilter"], widgets=[
        {"widget_id": "KpiTotalProduction", "tab": "produccion", "width": 1},
        {"widget_id": "ProductionTimeChart", "tab": "oee", "width": 4}])
    try:
        browser = open_browser(records=True)
        browser.open_as(company.user("OPERATOR"), TABS["produccion"])
        browser.shown("#tile-KpiTotalProduction .figure")
        assert not any("echarts" in address for address in browser.requests())
        browser.find('.tabs [data-tab="oee"]').click()
        browser.until(lambda: browser.script("return document.querySelector('[data-chart] canvas')"), "no chart is drawn")
        assert any("echarts" in address for address in browser.requests())
        browser.check_quiet()
    finally:
        assert manager.delete(f"{API}/layouts/{made['layout_id']}").status_code == 204
