"""Master data through the API: made, read, replaced, dated and deleted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from master_data import API, DATED, ID_FIELDS, NEVER, bodies, faults, listed, post, without_versions
from running_system import PlantData, check_problem, eventually


@pytest.mark.parametrize("resource", ID_FIELDS)
def test_an_object_is_made_read_replaced_and_deleted(manager, unused, resource):
    body, changed = bodies(resource, unused, manager)
    made = manager.post(f"{API}/{resource}", body)
    assert made.status_code == 201, made.text
    number = made.json()[ID_FIELDS[resource]]
    path = f"{API}/{resource}/{number}"
    assert made.headers["Location"] == path
    first = manager.get(path)
    assert first.json() == made.json() == listed(manager, resource)[number]
    assert first.json().items() >= body.items()
    assert first.headers["ETag"] == made.headers["ETag"]
    assert first.headers["ETag"].startswith('"')

    answer = manager.put(path, changed)
    assert answer.status_code == 200, answer.text
    assert answer.json().items() >= changed.items()
    assert answer.json() == manager.read(path) == listed(manager, resource)[number]
    assert answer.headers["ETag"] == manager.get(path).headers["ETag"] != made.headers["ETag"]
    again = manager.put(path, changed)
    assert (again.json(), again.headers["ETag"]) == (answer.json(), answer.headers["ETag"])
    # What a body leaves out goes back to its default: the object is replaced, not patched.
    back = manager.put(path, body)
    assert (back.json(), back.headers["ETag"]) == (made.json(), made.headers["ETag"])

    gone = manager.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert number not in listed(manager, resource)
    for refused in (manager.get(path), manager.put(path, body), manager.delete(path)):
        check_problem(refused, 404, "not_found")
    # The name is free again.
    assert manager.post(f"{API}/{resource}", body).status_code == 201


@pytest.mark.parametrize("resource", ID_FIELDS)
def test_a_change_may_demand_the_object_as_it_was_read(manager, unused, resource):
    body, changed = bodies(resource, unused, manager)
    made = manager.post(f"{API}/{resource}", body)
    path = f"{API}/{resource}/{made.json()[ID_FIELDS[resource]]}"
    old = made.headers["ETag"]
    new = manager.put(path, changed, headers={"If-Match": old}).headers["ETag"]
    assert new != old
    for failing in (old, f"W/{new}", '"never"', "", "no tag"):
        check_problem(manager.put(path, body, headers={"If-Match": failing}), 412, "precondition_failed")
        check_problem(manager.delete(path, headers={"If-Match": failing}), 412, "precondition_failed")
    assert manager.get(path).headers["ETag"] == new
    assert manager.put(path, changed, headers={"If-Match": f'{old}, "x", {new}'}).status_code == 200
    assert manager.put(path, changed, headers={"If-Match": "*"}).status_code == 200
    assert manager.get(path, headers={"If-None-Match": new}).status_code == 304
    check_problem(manager.delete(f"{API}/{resource}/{NEVER}", headers={"If-Match": "*"}), 404, "not_found")
    check_problem(manager.put(f"{API}/{resource}/{NEVER}", body, headers={"If-Match": old}), 404, "not_found")
    assert manager.delete(path, headers={"If-Match": new}).status_code == 204


def test_of_two_changes_of_the_same_state_one_succeeds(manager, unused):
    body, changed = bodies("products", unused, manager)
    made = manager.post(f"{API}/products", body)
    path = f"{API}/products/{made.json()['product_id']}"
    variants = [changed | {"product_name": f"Variant {number}"} for number in range(8)]

    def put(variant):
        return manager.put(path, variant, headers={"If-Match": made.headers["ETag"]})

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(put, variants))
    assert statuses == [200] + [412] * 7


@pytest.mark.parametrize("resource", [name for name in ID_FIELDS if name not in ("shifts", "calendar-exceptions")])
def test_a_name_is_taken_once(manager, unused, resource):
    body, _ = bodies(resource, unused, manager)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: manager.post(f"{API}/{resource}", body), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            problem = check_problem(answer, 409, "already_exists")
            assert [error["param"] in body for error in problem["errors"]] == [True]
    other, _ = bodies(resource, unused, manager)
    number = manager.make(resource, **other)[ID_FIELDS[resource]]
    check_problem(manager.put(f"{API}/{resource}/{number}", body), 409, "already_exists")
    assert manager.put(f"{API}/{resource}/{number}", other).status_code == 200


class TestVersions:
    """The versions of what a figure depends on over time."""

    #: A field of a version and three values of it.
    FIELDS = {
        "production-lines": ("rate_per_minute", (1.0, 2.0, 3.0, 4.0)),
        "products": ("weight_kg", (1.0, 2.0, 3.0, 4.0)),
        "ideal-rates": ("rate_per_minute", (1.0, 2.0, 3.0, 4.0)),
        "shifts": ("start_time", ("01:00", "02:00", "03:00", "04:00")),
    }

    @pytest.mark.parametrize("resource", DATED)
    def test_a_version_is_added_replaced_inserted_and_corrected(self, manager, unused, resource):
        body, _ = bodies(resource, unused, manager)
        field, (first, second, third, fourth) = self.FIELDS[resource]
        if resource == "shifts":
            body["breaks"] = []
        made = manager.make(resource, **body | {field: first})
        path = f"{API}/{resource}/{made[ID_FIELDS[resource]]}"

        def versions(answer):
            assert answer.status_code == 200, answer.text
            return [(version["valid_from"], version[field]) for version in answer.json()["versions"]]

        def put(value, **more):
            return manager.put(path, body | {field: value} | more)

        assert [(version["valid_from"], version[field]) for version in made["versions"]] == [(None, first)]
        # A local date is its 00:00 in the plant's zone; products have none, so it is the tenant's, which is the same.
        march = "2026-03-01T03:00:00Z"
        answer = put(second, valid_from="2026-03-01")
        assert versions(answer) == [(None, first), (march, second)]
        assert (answer.json()[field], answer.json()["valid_from"]) == (second, march)
        assert versions(put(third, valid_from="2026-03-01T00:00:00-03:00")) == [(None, first), (march, third)]
        january = "2026-01-01T12:00:00.500000Z"
        assert versions(put(second, valid_from="2026-01-01T12:00:00.5Z")) == [
            (None, first), (january, second), (march, third)]
        assert versions(put(fourth)) == [(None, first), (january, second), (march, fourth)]
        # One that is to come is listed, and holds from its start on.
        answer = put(first, valid_from="2096-01-01")
        assert versions(answer)[3:] == [("2096-01-01T03:00:00Z", first)]
        assert answer.json()[field] == fourth
        assert put(second).json()[field] == fourth
        assert versions(manager.get(path))[3:] == [("2096-01-01T03:00:00Z", second)]
        # However far: also within a minute that no integer of four bytes can tell.
        assert versions(put(third, valid_from="8363-05-29T06:14:41Z"))[4:] == [("8363-05-29T06:14:41Z", third)]

    @pytest.mark.parametrize("resource", DATED)
    def test_the_first_version_may_have_a_start(self, manager, unused, resource):
        body, _ = bodies(resource, unused, manager)
        made = manager.make(resource, **body, valid_from="2026-03-01")
        assert [version["valid_from"] for version in made["versions"]] == ["2026-03-01T03:00:00Z"]
        wrong = manager.put(f"{API}/{resource}/{made[ID_FIELDS[resource]]}", body | {"valid_from": "2026-03-01T00:00"})
        assert faults(wrong) == {"valid_from": "invalid_time"}

    @pytest.mark.parametrize("resource", [name for name in ID_FIELDS if name not in DATED])
    def test_what_is_not_dated_takes_no_start(self, manager, unused, resource):
        body, _ = bodies(resource, unused, manager)
        answer = manager.post(f"{API}/{resource}", body | {"valid_from": "2026-03-01"})
        assert faults(answer) == {"valid_from": "unknown_field"}
        assert manager.post(f"{API}/{resource}", body).status_code == 201

    def test_a_date_is_taken_in_the_zone_of_the_plant(self, manager):
        plant = manager.make("plants", plant_code="tokyo", plant_name="T", timezone="Asia/Tokyo")["plant_id"]
        line = manager.make(
            "production-lines", plant_id=plant, line_code="T1", line_name="T", valid_from="2026-03-01")
        assert line["valid_from"] == "2026-02-28T15:00:00Z"
        shift = {"shift_name": "S", "days": [1], "start_time": "06:00", "end_time": "07:00", "valid_from": "2026-03-01"}
        assert manager.make("shifts", **shift, plant_id=plant)["valid_from"] == "2026-02-28T15:00:00Z"
        everywhere = manager.make("shifts", **shift, is_active=False)
        assert everywhere["valid_from"] == "2026-03-01T03:00:00Z"
        assert manager.delete(f"{API}/shifts/{everywhere['shift_id']}").status_code == 204

    def test_other_fields_hold_for_all_time(self, manager, unused):
        body, _ = bodies("products", unused, manager)
        made = manager.make("products", **body)
        path = f"{API}/products/{made['product_id']}"
        answer = manager.put(path, body | {"product_name": "Renamed", "weight_kg": 9, "valid_from": "2026-01-01"})
        assert answer.json()["product_name"] == "Renamed"
        assert [version["weight_kg"] for version in answer.json()["versions"]] == [1.25, 9.0]
        assert all("product_name" not in version for version in answer.json()["versions"])

    def test_a_shift_is_a_version_as_a_whole(self, manager, unused):
        body, changed = bodies("shifts", unused, manager)
        made = manager.make("shifts", **body)
        answer = manager.put(f"{API}/shifts/{made['shift_id']}", changed | {"valid_from": "2026-02-01"}).json()
        old, new = answer["versions"]
        assert old.items() >= body.items() and old["is_active"] and old["line_ids"] is None
        assert new.items() >= changed.items()
        assert without_versions(answer).items() >= changed.items()

    def test_the_micro_band_is_above_the_threshold_of_its_own_version(self, manager, unused):
        body, _ = bodies("production-lines", unused, manager)
        line = manager.make("production-lines", **body, downtime_threshold_seconds=100, micro_stop_seconds=200)
        path = f"{API}/production-lines/{line['line_id']}"
        wrong = body | {"downtime_threshold_seconds": 200, "micro_stop_seconds": 200, "valid_from": "2026-01-01"}
        assert faults(manager.put(path, wrong)) == {"micro_stop_seconds": "out_of_range"}
        assert manager.put(path, wrong | {"micro_stop_seconds": 201}).status_code == 200


class TestDeletion:
    """What history refers to stays, inactive."""

    def check_deactivated(self, manager, resource, number):
        path = f"{API}/{resource}/{number}"
        before = manager.read(path)
        assert before["is_active"] is True
        answer = manager.delete(path)
        assert answer.status_code == 200, answer.text
        assert answer.json() == manager.read(path)
        assert answer.headers["ETag"] == manager.get(path).headers["ETag"]
        assert answer.json()["is_active"] is False
        again = manager.delete(path)
        assert (again.status_code, again.json()) == (200, answer.json())
        return before, answer.json()

    @pytest.mark.parametrize("resource", ["plants", "areas", "products"])
    def test_what_detections_name_is_deactivated_and_comes_back(self, manager, used, resource):
        number = {"plants": used.plant, "areas": used.areas["input"], "products": used.product}[resource]
        before, after = self.check_deactivated(manager, resource, number)
        assert after == before | {"is_active": False}
        body = {name: value for name, value in before.items() if name not in (ID_FIELDS[resource], "versions")}
        assert manager.put(f"{API}/{resource}/{number}", body).json() == before

    def test_a_line_leaves_commission(self, master, manager):
        plant = PlantData(manager, code="LEAVES", commissioned_at="2026-03-04T03:00:00Z")
        post(master, [plant.detection("2026-03-04T10:00:00Z")])
        figures = f"{API}/kpis?from=2026-03-04&to=2026-03-04&line_id={plant.line}"
        history = manager.read(figures)["lines"]
        _, after = self.check_deactivated(manager, "production-lines", plant.line)
        left = datetime.fromisoformat(after["decommissioned_at"])
        assert (left.second, left.microsecond) == (0, 0)
        assert abs(left - datetime.now(timezone.utc)) < timedelta(minutes=2)
        assert manager.read(figures)["lines"] == history
        body = {"plant_id": plant.plant, "line_code": "LEAVES", "line_name": "Back"}
        back = manager.put(f"{API}/production-lines/{plant.line}", body).json()
        assert back["is_active"] is True and back["decommissioned_at"] is None
        again = manager.put(f"{API}/production-lines/{plant.line}", body | {"is_active": False}).json()
        assert again["decommissioned_at"] is not None

    @pytest.mark.parametrize("resource", ["shifts", "failures", "line-groups"])
    def test_a_line_that_is_listed_is_deactivated(self, manager, unused, resource):
        line = manager.make("production-lines", plant_id=unused.plant, line_code=f"in-{resource}", line_name="L")
        path = f"{API}/production-lines/{line['line_id']}"
        body, _ = bodies(resource, unused, manager)
        owner = manager.make(resource, **body | {"line_ids": [line["line_id"]]})
        assert manager.delete(path).json()["is_active"] is False
        assert manager.delete(f"{API}/{resource}/{owner[ID_FIELDS[resource]]}").status_code == 204
        assert manager.delete(path).status_code == 204

    def test_a_plant_with_lines_or_calendar_is_deactivated(self, manager, unused):
        body, _ = bodies("plants", unused, manager)
        plant = manager.make("plants", **body)["plant_id"]
        exception = manager.make(
            "calendar-exceptions", plant_id=plant, kind="closed", name="C", start="2026-05-01T03:00:00Z",
            end="2026-05-02T03:00:00Z")["calendar_exception_id"]
        assert manager.delete(f"{API}/plants/{plant}").json()["is_active"] is False
        assert manager.delete(f"{API}/calendar-exceptions/{exception}").status_code == 204
        assert manager.delete(f"{API}/plants/{plant}").status_code == 204

    def test_below_what_is_inactive_more_is_added(self, master, manager):
        """A plant that is being prepared, and one that is being wound up, can be described."""
        plant = manager.make(
            "plants", plant_code="prepared", plant_name="P", timezone="UTC", is_active=False)["plant_id"]
        line = manager.make(
            "production-lines", plant_id=plant, line_code="prepared", line_name="L", is_active=False)["line_id"]
        area = manager.make("areas", line_id=line, area_name="A", area_type="output")
        product = manager.make("products", product_code="prepared", product_name="P", is_active=False)["product_id"]
        rate = manager.make("ideal-rates", line_id=line, product_id=product, rate_per_minute=5)
        shift = manager.make("shifts", plant_id=plant, line_ids=[line], shift_name="S", days=[1], start_time="06:00",
                             end_time="14:00")
        closed = manager.make("calendar-exceptions", plant_id=plant, line_id=line, kind="closed", name="C",
                              start="2026-05-01T03:00:00Z", end="2026-05-02T03:00:00Z")
        group = manager.make("line-groups", group_name="prepared", line_ids=[line])
        failure = manager.make("failures", failure_code="prepared", failure_name="F", is_active=False)["failure_id"]
        incident = manager.make("incidents", failure_id=failure, incident_code="prepared", incident_name="I")
        for resource, made in (("areas", area), ("ideal-rates", rate), ("shifts", shift),
                               ("calendar-exceptions", closed), ("line-groups", group), ("incidents", incident)):
            assert listed(manager, resource)[made[ID_FIELDS[resource]]] == made
        assert area["is_active"] and rate["is_active"] and shift["is_active"] and incident["is_active"]
        # `all` leaves the line out: it is in commission at no time.
        today = datetime.now(timezone.utc).date()
        figures = manager.read(f"{API}/kpis?from={today}&to={today}&line_id=all")["lines"]
        assert line not in [row["line_id"] for row in figures]

    def test_a_shift_ends(self, manager, used):
        later = {"plant_id": used.plant, "shift_name": "Later", "days": [1], "start_time": "06:00",
                 "end_time": "14:00", "valid_from": "2096-01-01"}
        manager.put(f"{API}/shifts/{used.shift}", later)
        before, after = self.check_deactivated(manager, "shifts", used.shift)
        # What it was stays, what it would have become goes, and from now on it plans nothing.
        assert [version["is_active"] for version in after["versions"]] == [True, False]
        assert after["versions"][0] == before["versions"][0]
        ended = after["versions"][1]
        assert {**ended, "valid_from": None, "is_active": True} == before["versions"][0]
        assert abs(datetime.fromisoformat(ended["valid_from"]) - datetime.now(timezone.utc)) < timedelta(minutes=1)

    def test_a_shift_that_never_planned_is_deleted(self, manager, used):
        body, _ = bodies("shifts", used, manager)
        for never in ({"is_active": False}, {"valid_from": "2096-01-01"}):
            shift = manager.make("shifts", **body | never)["shift_id"]
            assert manager.delete(f"{API}/shifts/{shift}").status_code == 204
        planned = manager.make("shifts", **body)["shift_id"]
        assert manager.delete(f"{API}/shifts/{planned}").status_code == 200

    def test_a_rate_ends(self, manager, used):
        manager.put(f"{API}/ideal-rates/{used.rate}", {
            "line_id": used.line, "product_id": used.product, "rate_per_minute": 99, "valid_from": "2096-01-01"})
        before, after = self.check_deactivated(manager, "ideal-rates", used.rate)
        assert [(version["rate_per_minute"], version["is_active"]) for version in after["versions"]] == [
            (10.0, True), (10.0, False)]

    def test_a_cause_of_stops_is_deactivated(self, master, manager, used):
        failure = manager.make("failures", failure_code="cause", failure_name="F")["failure_id"]
        incidents = [
            manager.make("incidents", failure_id=failure, incident_code=f"cause-{number}", incident_name="I")
            ["incident_id"] for number in range(3)]
        master.system.psql(
            master.database,
            f"INSERT INTO downtime_fact (line_id, kind, payload, author) VALUES ({used.line}, 'justify', "
            f"""'{{"parts": [{{"incident_id": {incidents[0]}}}]}}', 'user:1');"""
            f"INSERT INTO downtime_events_{used.line} (start_time, end_time, source, incident_id) VALUES "
            f"('2026-03-04 10:00Z', '2026-03-04 10:05Z', 'calculated', {incidents[1]})")
        self.check_deactivated(manager, "incidents", incidents[0])
        self.check_deactivated(manager, "incidents", incidents[1])
        assert manager.delete(f"{API}/incidents/{incidents[2]}").status_code == 204
        self.check_deactivated(manager, "failures", failure)
        master.system.psql(
            master.database, f"DELETE FROM downtime_events_{used.line}; DELETE FROM downtime_fact")


def test_lists_come_in_pages(manager, unused):
    for _ in range(3):
        manager.make("products", **bodies("products", unused, manager)[0])
    everything = manager.read(f"{API}/products?limit=1000")
    assert everything["next_cursor"] is None
    found, cursor = [], ""
    while cursor is not None:
        page = manager.read(f"{API}/products?limit=2{cursor and f'&cursor={cursor}'}")
        assert 1 <= len(page["items"]) <= 2
        found += page["items"]
        cursor = page["next_cursor"]
    assert found == everything["items"]


def test_a_change_by_another_program_is_seen(master, manager, unused):
    path = f"{API}/products/{unused.product}"
    assert manager.read(path)["product_name"] != "By SQL"
    master.system.psql(
        master.database, f"UPDATE product SET product_name = 'By SQL' WHERE product_id = {unused.product}")
    assert eventually(lambda: manager.read(path)["product_name"] == "By SQL", 10)
