"""Shifts, the calendar and the planned time that a form shows before it is saved."""

import itertools
import re
from datetime import date, datetime, timedelta, timezone

import pytest

from administration import Administrator, faults, text_of
from master_data import API
from running_system import PlantData

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("planned")


@pytest.fixture(scope="module")
def plant(company):
    """A line planned 06:00–14:00 from Monday to Friday since ever, with a unit long ago."""
    made = PlantData(company.client("MANAGER"), code="PLN1")
    answer = company.client("key:ingest").post(f"{API}/detections", {"detections": [made.detection("2026-03-02T12:00:00Z")]})
    assert answer.status_code == 200
    return made


@pytest.fixture(scope="module")
def api(company):
    return company.client("ADMIN")


@pytest.fixture(scope="module")
def admin(system, company, plant):
    return Administrator(system, company.user("ADMIN"))


def totals(page) -> list[str]:
    """The planned time of each day of the week that is drawn, and what changes of it."""
    return [re.sub(r"<[^>]+>|\s+", " ", text).strip() for text in re.findall(
        r'class="plan-total">(.*?)</span>\s*</li>', page.text, re.S)]


def test_a_shift_shows_the_week_it_makes(admin, plant):
    page = admin.get(f"/admin/shifts/{plant.shift}")
    assert totals(page) == ["8 h"] * 5 + ["0 h"] * 2
    assert "PLN1" in page.text


def test_the_week_follows_what_is_typed_and_nothing_is_stored(admin, api, plant):
    before = api.read(f"{API}/shifts/{plant.shift}")
    path = f"/admin/shifts/{plant.shift}"
    form = admin.form(path)
    answer = admin.submit(f"{path}/check", form=form, days=["1", "2", "3", "4", "5", "6"], end_time="15:00")
    assert faults(answer) == {}
    assert [text.split()[:2] for text in totals(answer)] == [["9", "h"]] * 6 + [["0", "h"]]
    assert "+1 h" in totals(answer)[0] and "+9 h" in totals(answer)[5]
    # A break is no planned time.
    answer = admin.submit(
        f"{path}/check", form=form, break_name=["Comida"], break_start=["10:00"], break_end=["10:30"])
    assert totals(answer)[0].startswith("7 h 30 min") and "−30" not in totals(answer)[5]
    # One outside the shift is told, and the week stays as it was.
    answer = admin.submit(
        f"{path}/check", form=form, break_name=["Comida"], break_start=["20:00"], break_end=["20:30"])
    assert set(faults(answer)) == {"breaks"} and "Descanso 1" in faults(answer)["breaks"]
    assert 'id="plan"' not in answer.text
    assert api.read(f"{API}/shifts/{plant.shift}") == before


def test_it_says_how_many_past_days_a_change_moves(admin, api, plant):
    path = f"/admin/shifts/{plant.shift}"
    form = admin.form(path)
    today = datetime.now(timezone(timedelta(hours=-3))).date()
    first = date(2026, 3, 2)
    # Every working day since the first unit, but today, loses an hour when the past moves too.
    working = sum(1 for number in range((today - first).days) if (first + timedelta(days=number)).weekday() < 5)
    answer = admin.submit(f"{path}/check", form=form, end_time="13:00")
    assert f"Cambian {working} días pasados." in text_of(answer), "beside the choice"
    assert "No cambia ningún día pasado." in text_of(answer), "from today on"
    answer = admin.submit(f"{path}/check", form=form, end_time="13:00", effective="before")
    assert text_of(answer).count(f"Cambian {working} días pasados.") == 2
    saturday = admin.submit(f"{path}/check", form=form, days=["1", "2", "3", "4", "5", "6"], effective="before")
    saturdays = sum(1 for number in range((today - first).days) if (first + timedelta(days=number)).weekday() == 5)
    assert f"Cambian {saturdays} días pasados." in text_of(saturday)


def test_a_holiday_takes_its_day_from_the_plan_and_the_figures_agree(admin, api, plant):
    monday = date(2099, 6, 1)
    assert monday.weekday() == 0
    form = admin.form("/admin/calendar/new")
    given = {"name": "Feriado", "kind": "closed", "plant_id": str(plant.plant), "start_date": "2099-06-02"}
    answer = admin.submit("/admin/calendar/new/check", form=form, **given)
    assert faults(answer) == {}
    assert [text.split()[0] for text in totals(answer)] == ["8", "0", "8", "8", "8", "0", "0"]
    assert "−8 h" in totals(answer)[1]
    assert admin.submit("/admin/calendar/new", form=form, **given).status_code == 303
    made = next(item for item in api.read(f"{API}/calendar-exceptions")["items"] if item["name"] == "Feriado")
    assert (made["start"], made["end"]) == ("2099-06-02T03:00:00Z", "2099-06-03T03:00:00Z")
    # Its form says it as it was said, and its deletion gives the day back.
    fields = dict(admin.form(f"/admin/calendar/{made['calendar_exception_id']}"))
    assert (fields["start_date"], fields["end_date"], fields["start_time"], fields["end_time"]) == (
        "2099-06-02", "2099-06-02", "", "")
    page = admin.get(f"/admin/calendar/{made['calendar_exception_id']}/delete")
    assert "+8 h" in totals(page)[1]


def test_a_past_holiday_moves_the_figures_by_as_much_as_it_said(admin, api, plant):
    """2026-03-03 was a Tuesday with eight planned hours."""
    question = f"{API}/kpis?from=2026-03-03&to=2026-03-03&line_id={plant.line}"
    assert api.read(question)["total"]["planned_seconds"] == 8 * 3600
    form = admin.form("/admin/calendar/new")
    given = {"name": "Pasado", "kind": "closed", "plant_id": str(plant.plant), "start_date": "2026-03-03",
             "start_time": "10:00", "end_time": "12:00"}
    assert "Cambia 1 día pasado." in text_of(admin.submit("/admin/calendar/new/check", form=form, **given))
    assert api.read(question)["total"]["planned_seconds"] == 8 * 3600
    assert admin.submit("/admin/calendar/new", form=form, **given).status_code == 303
    assert api.read(question)["total"]["planned_seconds"] == 6 * 3600


def test_an_end_before_its_start_is_told_at_the_times(admin, plant):
    answer = admin.submit(
        "/admin/calendar/new", name="N", kind="extra", plant_id=str(plant.plant), start_date="2099-06-02",
        start_time="10:00", end_time="09:00")
    assert answer.status_code == 422 and set(faults(answer)) == {"start"}
    assert 'value="09:00"' in answer.text
    missing = admin.submit("/admin/calendar/new", name="N", kind="extra", plant_id=str(plant.plant))
    assert missing.status_code == 422 and set(faults(missing)) == {"start"}
