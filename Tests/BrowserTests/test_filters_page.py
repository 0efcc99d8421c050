"""The filters of the dashboard: what is offered, what is chosen, its address, and what each does to the tiles."""

import csv
import io
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from small_plant import DAY, SmallPlant
from test_accessibility import violations

DATES = f"period=custom&from={DAY}&to={DAY}"
VIEW = f"/?{DATES}"
CAUSE = "Correa rota"


@pytest.fixture(scope="module")
def plant(system):
    """Two lines, of which one stop has a cause."""
    made = SmallPlant(system.make_tenant("filtered"))
    stop = made.tiles(line_id=made.first.line)["DowntimeTable"]["items"][-1]
    answer = made.tenant.client("MANAGER").post("/api/v1/downtimes/justify", {
        "line_id": made.first.line, "start": stop["start"], "end": stop["end"], "reason": CAUSE})
    assert answer.status_code in (200, 201), answer.text
    return made


@pytest.fixture
def page(open_browser, plant):
    """A browser that is signed in and shows the tiles of a view."""

    def open_page(path: str = VIEW, language: str = "es", **look):
        browser = open_browser(language=language, **look)
        browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
            window.asked = [];
            const open = XMLHttpRequest.prototype.open;
            XMLHttpRequest.prototype.open = function (method, address, ...rest) {
                window.asked.push(String(address));
                return open.call(this, method, address, ...rest);
            };
        """})
        browser.open_as(plant.tenant.user("MANAGER"), path)
        browser.shown(".panel[aria-busy=false]")
        if language != "es":
            browser.driver.add_cookie({"name": "camet_language", "value": language})
            browser.open(path)
            browser.shown(".panel[aria-busy=false]")
        return browser

    return open_page


def query(browser) -> str:
    """What the address says beside the period."""
    return browser.script("return location.search").removeprefix(f"?{DATES}").removeprefix("&")


def choose(browser, name: str, value) -> None:
    """Chooses in a filter as a person's change does, wherever it is."""
    browser.driver.execute_script("""
        const [name, value] = arguments;
        const field = [...document.querySelectorAll(`#filters [name="${name}"]`)]
            .find((one) => one.type !== "checkbox" || one.value === value);
        if (field.type === "checkbox") field.click();
        else {
            field.value = value;
            field.dispatchEvent(new Event("change", { bubbles: true }));
        }
    """, name, str(value))


def chips(browser) -> list[str]:
    return [chip.split("\n")[0] for chip in browser.script(
        "return [...document.querySelectorAll('#chips .chip')].map((one) => one.firstElementChild?.textContent ?? one.innerText)")]


def click_chip(browser, text: str) -> None:
    """As a mouse does: pressed where it stands, and let go there."""
    browser.driver.find_elements("css selector", "#chips .chip")[chips(browser).index(text)].click()


def offered(browser, name: str) -> list[str]:
    return browser.script(f"""
        return [...document.querySelectorAll('#filters [name="{name}"]')].filter((one) => !one.disabled)
            .map((one) => one.closest("label").textContent.trim());
    """)


def text(browser, widget: str) -> str:
    return browser.script(f"return document.querySelector('#tile-{widget}')?.innerText ?? ''").replace("\xa0", " ")


def says(browser, widget: str, part: str, seconds: float = 20) -> None:
    browser.until(lambda: part in text(browser, widget), f"{widget} does not say {part}", seconds)


def answered(browser) -> None:
    browser.until(lambda: browser.script(
        "return document.querySelector('.panel:not([hidden])').getAttribute('aria-busy') === 'false'"), "it is still asked for")


def load_tiles(browser) -> None:
    """Every tile of the view that was chosen last."""
    answered(browser)
    browser.load_tiles()


def drawn(browser) -> list[dict]:
    """The series of the chart of production, as they are drawn."""
    browser.until(lambda: browser.script("return !!document.querySelector('#tile-ProductionTimeChart canvas')"), "no chart")
    return browser.driver.execute_async_script("""
        const done = arguments[0];
        const box = document.querySelector("#tile-ProductionTimeChart [data-chart]");
        import(`${document.documentElement.dataset.assets}/echarts/index.js`).then(({ echarts }) =>
            done(echarts.getInstanceByDom(box).getOption().series.map((one) => ({
                type: one.type, stack: one.stack ?? null, smooth: Boolean(one.smooth), step: one.step || null,
                area: Boolean(one.areaStyle), stops: one.markArea?.data.length ?? 0,
                peaks: (one.markPoint?.data ?? []).map((point) => point.coord),
            }))));
    """)


def table(browser, widget: str) -> list[str]:
    """The rows of a chart's table, once it is open."""
    browser.script(f"document.querySelector('#tile-{widget}-table').open = true")
    browser.until(lambda: browser.script(f"return !!document.querySelector('#tile-{widget}-table .scroll > *')"), "it stays empty")
    return browser.script(f"return [...document.querySelectorAll('#tile-{widget}-table tbody tr')].map((row) => row.innerText)")


def filed(browser, widget: str) -> list[list[str]]:
    content = browser.driver.execute_async_script("""
        const [widget, done] = arguments;
        import(`${document.documentElement.dataset.assets}/tile_file.js`)
            .then(({ text }) => done(text(document.getElementById(`tile-${widget}`))));
    """, widget)
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""), strict=True))


def file_name(browser, widget: str) -> str:
    return browser.driver.execute_async_script("""
        const [widget, done] = arguments;
        import(`${document.documentElement.dataset.assets}/tile_file.js`)
            .then(({ name }) => done(name(document.getElementById(`tile-${widget}`))));
    """, widget)


def test_areas_are_offered_of_the_line_that_is_chosen_and_dropped_with_it(page, plant):
    browser = page()
    first, second = plant.first, plant.second
    assert offered(browser, "area_ids") == []
    assert not browser.find("#filter-areas").is_displayed()
    choose(browser, "line_id", first.line)
    assert offered(browser, "area_ids") == ["input of D1", "output of D1"]
    assert browser.find("#filter-areas").is_displayed()
    choose(browser, "area_ids", first.areas["input"])
    assert query(browser) == f"line_id={first.line}&area_ids={first.areas['input']}"
    assert chips(browser)[:2] == ["Línea: D1 · Line D1", "Área: input of D1"]
    says(browser, "KpiTotalProduction", "1.080")
    choose(browser, "line_id", second.line)
    assert query(browser) == f"line_id={second.line}" and offered(browser, "area_ids") == ["output of D2"]
    assert chips(browser) == ["Línea: D2 · Line D2"]
    says(browser, "KpiTotalProduction", "120")
    # A plant that the line is not of takes the line away, and with it its areas.
    choose(browser, "area_ids", second.areas["output"])
    choose(browser, "plant_id", first.plant)
    assert query(browser) == f"plant_id={first.plant}" and not browser.find("#filter-areas").is_displayed()
    browser.driver.back()
    browser.until(lambda: chips(browser)[:2] == ["Línea: D2 · Line D2", "Área: output of D2"], "going back loses the area")
    browser.check_quiet()


@pytest.mark.parametrize("language,names", [
    ("es", ["Producto: Light · light", "Umbral de parada (s): 4000", "Ocultar las paradas", "Resaltar los picos",
            "Curva de producción: Escalonada", "Buscar en las tablas: d1"]),
    ("en", ["Product: Light · light", "Stop threshold (s): 4000", "Hide stops", "Highlight peaks",
            "Production curve: Stepped", "Search in tables: d1"]),
])
def test_what_is_chosen_is_the_address_and_is_named(page, plant, language, names):
    browser = page(language=language)
    whole = [("product_ids", plant.light), ("downtime_threshold", 4000), ("show_downtime", "false"),
             ("highlight_peaks", "true"), ("curve_type", "stepped"), ("search", "d1")]
    for name, value in whole:
        choose(browser, name, value)
    address = "&".join(f"{name}={value}" for name, value in whole)
    assert query(browser) == address
    assert chips(browser)[:-1] == names
    says(browser, "KpiTotalProduction", "300")
    load_tiles(browser)
    shown = ("KpiTotalProduction", "KpiTotalWeight", "KpiTotalDowntime", "ProductionTimeChart")
    told = [text(browser, widget) for widget in shown]
    # A copied link shows the same.
    browser.open(f"{VIEW}&{address}")
    says(browser, "KpiTotalProduction", "300")
    load_tiles(browser)
    assert query(browser) == address and chips(browser)[:-1] == names
    assert [text(browser, widget) for widget in shown] == told
    assert browser.find("#filter-more .filter-count").text == "5"
    # Each takes itself away with one click, also while something is written that becomes a chip before it.
    click_chip(browser, names[1])
    left = [item for item in whole if item[0] != "downtime_threshold"]
    assert query(browser) == urlencode(left) and chips(browser)[:-1] == [names[0], *names[2:]]
    browser.find("#filter-more > summary").click()
    browser.shown("[name=downtime_threshold]").send_keys("5000")
    click_chip(browser, names[4])
    written = names[1].replace("4000", "5000")
    left = [item for item in whole if item[0] != "curve_type"]
    assert query(browser) == urlencode(left).replace("4000", "5000")
    assert chips(browser)[:-1] == [names[0], written, names[2], names[3], names[5]]
    # One button takes all of them.
    browser.find("#chips .chip-clear").click()
    assert query(browser) == "" and chips(browser) == []
    says(browser, "KpiTotalProduction", "1.150" if language == "es" else "1,150")
    browser.driver.back()
    browser.until(lambda: chips(browser)[:-1] == [names[0], written, names[2], names[3], names[5]],
                  "going back does not bring them back")
    browser.check_quiet()


def test_a_change_is_one_request_for_tiles(page, plant):
    browser = page()
    answered(browser)
    for name, value, total in (("product_ids", plant.light, "300"), ("product_ids", plant.heavy, "1.030")):
        browser.script("window.asked = []")
        choose(browser, name, value)
        says(browser, "KpiTotalProduction", total)
        answered(browser)
        asked = [address for address in browser.script("return window.asked") if "/dashboard/" in address]
        assert len([one for one in asked if f"product_ids={value}" in one]) == len(asked) == 1, asked
    browser.check_quiet()


def test_a_threshold_out_of_its_bounds_is_not_asked_for(page):
    browser = page()
    browser.script("window.asked = []")
    choose(browser, "downtime_threshold", 0)
    assert query(browser) == "" and browser.script("return window.asked") == []
    assert not browser.script("return document.querySelector('[name=downtime_threshold]').checkValidity()")
    field = browser.find("[name=downtime_threshold]")
    said = "return !document.getElementById('threshold-fault').hidden"
    assert field.get_attribute("aria-invalid") == "true" and browser.script(said)
    choose(browser, "downtime_threshold", "0090")
    assert field.get_attribute("aria-invalid") is None and not browser.script(said)
    assert query(browser) == "downtime_threshold=90"
    # The control: one within them is, once.
    browser.until(lambda: browser.script("return window.asked.length") > 0, "nothing is asked for")
    answered(browser)
    asked = [address for address in browser.script("return window.asked") if "/dashboard/tiles" in address]
    assert len(asked) == 1 and "downtime_threshold=90" in asked[0], asked
    browser.check_quiet()


def test_stops_peaks_and_curves_are_drawn_as_chosen(page, plant):
    browser = page(f"{VIEW}&line_id={plant.first.line}")
    series = drawn(browser)
    assert [one["type"] for one in series] == ["bar", "bar"] and series[0]["stops"] == 2
    assert all(one["peaks"] == [] for one in series)
    assert len(browser.driver.find_elements("css selector", "#tile-ProductionTimeChart .mark")) == 2
    choose(browser, "show_downtime", "false")
    browser.until(lambda: drawn(browser)[0]["stops"] == 0, "the stops stay")
    assert not browser.driver.find_elements("css selector", "#tile-ProductionTimeChart .mark")
    choose(browser, "highlight_peaks", "true")
    browser.until(lambda: drawn(browser)[-1]["peaks"] == [[6.5, 360], [7.5, 360]], "the peaks are not marked")
    assert "360 en 2 picos, el primero: " in text(browser, "ProductionTimeChart")
    expected = {
        "smooth": {"smooth": True, "step": None, "stack": None, "area": False},
        "linear": {"smooth": False, "step": None, "stack": None, "area": False},
        "stepped": {"smooth": False, "step": "middle", "stack": None, "area": False},
        "stacked": {"smooth": False, "step": None, "stack": "units", "area": True},
    }
    for curve, look in expected.items():
        choose(browser, "curve_type", curve)
        browser.until(lambda: all(one["type"] == "line" and look.items() <= one.items() for one in drawn(browser)),
                      f"{curve}: {drawn(browser)}")
        browser.script("document.querySelector('#tile-ProductionTimeChart').scrollIntoView()")
        browser.picture(f"filters-curve-{curve}")
    choose(browser, "curve_type", "")
    browser.until(lambda: drawn(browser)[0]["type"] == "bar", "the curve stays")
    browser.check_quiet()


def test_a_threshold_is_that_of_the_figures_and_of_their_explanation(page, plant):
    browser = page(f"{VIEW}&line_id={plant.first.line}")
    says(browser, "KpiTotalDowntime", "5 h")
    choose(browser, "downtime_threshold", 4000)
    says(browser, "KpiTotalDowntime", "4 h")
    browser.find("#tile-KpiTotalDowntime .tile-menu > summary").click()
    browser.shown("#tile-KpiTotalDowntime .tile-menu a").click()
    browser.shown("#explain .explanation")
    assert "240,2 min" in browser.find("#explain").text.replace("\xa0", " ")
    browser.check_quiet()


def test_a_product_narrows_what_a_figure_is_told_to_be_made_of(page, plant):
    browser = page(f"{VIEW}&product_ids={plant.light}")
    says(browser, "KpiTotalProduction", "300")
    browser.find("#tile-KpiTotalProduction .tile-menu > summary").click()
    browser.shown("#tile-KpiTotalProduction .tile-menu a").click()
    told = browser.shown("#explain .explanation").text
    assert "Solo lo elegido en los filtros" in told
    assert browser.find("#explain .sum-result strong").text == "300"
    browser.check_quiet()


def test_the_oee_says_that_products_do_not_change_it(page, plant):
    browser = page(f"/?tab=oee&{DATES}")
    browser.shown("#tile-KpiOee .figure")
    before = browser.text("#tile-KpiOee .figure")
    assert "Sin filtrar" not in text(browser, "KpiOee")
    choose(browser, "product_ids", plant.light)
    says(browser, "KpiOee", "Sin filtrar por producto ni área")
    assert browser.text("#tile-KpiOee .figure") == before
    browser.check_quiet()


@pytest.mark.parametrize("language,none", [("es", "Nada coincide con «zzz»."), ("en", "Nothing matches “zzz”.")])
def test_a_search_leaves_the_rows_it_is_in(page, plant, language, none):
    browser = page(f"/?tab=oee&{DATES}", language)
    browser.load_tiles()
    rows = "#tile-DowntimeTable tbody tr"
    assert len(browser.driver.find_elements("css selector", rows)) == 3
    assert len(table(browser, "ScatterChart")) == 3
    box = browser.script("""
        document.querySelector("#filter-more").open = true;
        return document.querySelector("[name=search]");
    """)
    box.send_keys("CORREA")
    browser.until(lambda: "search=CORREA" in query(browser), "what is written is not the address")
    load_tiles(browser)
    browser.until(lambda: len(browser.driver.find_elements("css selector", rows)) == 1, "all rows stay")
    assert CAUSE in text(browser, "DowntimeTable")
    assert [CAUSE in row for row in table(browser, "ScatterChart")] == [True]
    # Files have what is shown.
    assert [CAUSE in " ".join(row) for row in filed(browser, "DowntimeTable")] == [False, True]
    assert [CAUSE in " ".join(row) for row in filed(browser, "ScatterChart")] == [False, True]
    searched = [file_name(browser, widget) for widget in ("DowntimeTable", "ScatterChart")]
    assert all(name.endswith("_CORREA.csv") for name in searched)
    choose(browser, "search", "zzz")
    load_tiles(browser)
    says(browser, "DowntimeTable", none)
    assert table(browser, "ScatterChart") == [] and none in text(browser, "ScatterChart")
    choose(browser, "search", "")
    load_tiles(browser)
    browser.until(lambda: len(browser.driver.find_elements("css selector", rows)) == 3, "the rows do not come back")
    assert [f"{file_name(browser, widget).removesuffix('.csv')}_CORREA.csv"
            for widget in ("DowntimeTable", "ScatterChart")] == searched
    browser.check_quiet()


def test_a_search_is_in_products_and_events_and_stays_with_a_refresh(page, plant):
    browser = page(f"{VIEW}&search=light")
    browser.load_tiles()
    rows = "#tile-ProductRanking tbody tr"
    assert len(browser.driver.find_elements("css selector", rows)) == 1
    events = browser.driver.find_elements("css selector", "#tile-EventFeed .event")
    assert len(events) == 20 and all("Light" in event.get_attribute("textContent") for event in events)
    # What takes the place of a tile that no answer gave is the refreshed one.
    browser.script("""
        const tile = document.querySelector("#tile-ProductRanking");
        const other = tile.cloneNode(true);
        other.dataset.other = "";
        other.querySelector("tbody").replaceChildren();
        tile.replaceWith(other);
        other.querySelector("[data-tile-do=refresh]").click();
    """)
    browser.until(lambda: browser.driver.find_elements("css selector", "#tile-ProductRanking:not([data-other]) tbody"),
                  "the tile is not refreshed")
    assert len(browser.driver.find_elements("css selector", rows)) == 1
    # The control: without what is searched for there are more.
    choose(browser, "search", "")
    browser.until(lambda: len(browser.driver.find_elements("css selector", rows)) == 3, "the search stays")
    # What the page searches itself it compares as the server does.
    cases = json.loads(Path(__file__).with_name("searched_texts.json").read_text())
    found = browser.driver.execute_async_script("""
        const [cases, done] = arguments;
        import(`${document.documentElement.dataset.assets}/searched.js`).then(({ matching }) =>
            done(cases.map(({ search, text }) => matching([[{ text }]], search).length === 1)));
    """, cases)
    assert cases and [case for case, is_found in zip(cases, found, strict=True) if case["isFound"] != is_found] == []
    browser.check_quiet()


def test_products_are_chosen_with_the_keyboard(page, plant):
    browser = page()
    summary = browser.find(".choices > summary[aria-labelledby^=filter-products]")
    assert summary.text == "Todos los productos"
    summary.send_keys(Keys.ENTER)
    first = browser.shown("[name=product_ids]")
    first.send_keys(Keys.SPACE)
    browser.until(lambda: "product_ids=" in query(browser), "the box is not chosen")
    name = offered(browser, "product_ids")[0]
    assert summary.text == name and chips(browser) == [f"Producto: {name}"]
    first.send_keys(Keys.ESCAPE)
    assert not first.is_displayed()
    assert browser.script("return document.activeElement.matches('.choices > summary')")
    more = browser.find("#filter-more > summary")
    more.send_keys(Keys.ENTER)
    browser.shown("[name=search]").send_keys("light", Keys.ENTER)
    browser.until(lambda: "search=light" in query(browser), "Enter does not search")
    # A chip that is taken away leaves the focus to the next one, the last to the filters.
    browser.find("#chips .chip").send_keys(Keys.ENTER)
    browser.until(lambda: chips(browser) == ["Buscar en las tablas: light"], "the chip stays")
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    browser.until(lambda: chips(browser) == [], "the focus is lost")
    assert browser.script("return document.activeElement.name") == "line_id"
    browser.check_quiet()


def test_the_form_works_without_scripts(open_browser, plant):
    browser = open_browser()
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.open_as(plant.tenant.user("MANAGER"), f"{VIEW}&line_id={plant.first.line}")
    browser.until(lambda: "/login" not in browser.driver.current_url, "not signed in")
    for part in ("areas", "products"):
        browser.find(f".choices > summary[aria-labelledby^=filter-{part}]").click()
        if part == "areas":
            browser.shown(f'[name=area_ids][value="{plant.first.areas["input"]}"]').click()
            browser.find(f".choices > summary[aria-labelledby^=filter-{part}]").click()
        else:
            browser.shown(f'[name=product_ids][value="{plant.light}"]').click()
            browser.shown(f'[name=product_ids][value="{plant.heavy}"]').click()
            browser.find(f".choices > summary[aria-labelledby^=filter-{part}]").click()
    Select(browser.find("[name=compare]")).select_by_value("week")
    browser.find("#filters button[type=submit]").click()
    browser.until(lambda: "product_ids" in browser.driver.current_url, "the form is not sent")
    for part in (f"area_ids={plant.first.areas['input']}", f"product_ids={plant.light}", f"product_ids={plant.heavy}", "compare=week"):
        assert part in browser.driver.current_url
    assert browser.find(f'[name=product_ids][value="{plant.light}"]').get_attribute("checked")
    assert browser.find(f'[name=area_ids][value="{plant.first.areas["input"]}"]').get_attribute("checked")


@pytest.mark.parametrize("dark,language,width", [(False, "es", 1440), (True, "en", 1440), (False, "en", 390), (True, "es", 390)])
def test_the_filters_are_for_everybody_and_fit(page, plant, dark, language, width):
    look = f"{width}-{'dark' if dark else 'light'}"
    browser = page(f"{VIEW}&line_id={plant.first.line}&product_ids={plant.light}&product_ids={plant.heavy}&highlight_peaks=true",
                   language, dark=dark, width=width)
    fold = browser.find("[data-fold]")
    assert fold.is_displayed() == (width == 390)
    if width == 390:
        assert not browser.find("[name=line_id]").is_displayed() and fold.get_attribute("aria-expanded") == "false"
        assert fold.find_element("css selector", ".filter-count").text == "4"
        browser.picture(f"filters-folded-{look}")
        fold.click()
        assert browser.find("[name=line_id]").is_displayed() and fold.get_attribute("aria-expanded") == "true"
    for part, opened in (("products", ".choices > summary[aria-labelledby^=filter-products]"), ("more", "#filter-more > summary")):
        browser.find(opened).click()
        browser.picture(f"filters-{part}-{look}")
        assert violations(browser, "#filters") == []
        wide, window = browser.script("return [document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= window, "the page scrolls sideways"
        browser.find(opened).click()
    browser.check_quiet()
