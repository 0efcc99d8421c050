"""Master data that is refused: what is wrong in a body, what is not there for whoever asks; and settings."""

import pytest

from master_data import API, ID_FIELDS, NEVER, bodies, faults, listed
from running_system import PlantData, check_problem, sign_in

FAULTS = [
    ("plants", {"plant_code": " ", "plant_name": "x" * 256, "timezone": "Mars/Olympus", "locale": "de", "more": 1}, {
        "plant_code": "blank", "plant_name": "too_long", "timezone": "invalid_zone", "locale": "out_of_range",
        "more": "unknown_field"}),
    ("production-lines", {
        "plant_id": NEVER, "line_code": "", "line_name": "L", "rate_per_minute": -1,
        "downtime_threshold_seconds": 86401, "commissioned_at": "2026-01-01T00:00:30Z",
        "decommissioned_at": "2026-01-01T00:00:00", "target_oee": 1.5}, {
        "plant_id": "unknown_id", "line_code": "blank", "rate_per_minute": "out_of_range",
        "downtime_threshold_seconds": "out_of_range", "commissioned_at": "invalid_time",
        "decommissioned_at": "invalid_time", "target_oee": "out_of_range"}),
    ("production-lines", {
        "plant_id": NEVER, "line_code": "L", "line_name": "L", "downtime_threshold_seconds": 60,
        "rate_per_minute": 1e-308, "micro_stop_seconds": 60}, {
        "plant_id": "unknown_id", "rate_per_minute": "out_of_range", "micro_stop_seconds": "out_of_range"}),
    ("areas", {"line_id": NEVER, "area_name": "A", "area_type": "exit", "coordinates": {"x1": 1, "y1": 0, "x2": 1}}, {
        "line_id": "unknown_id", "area_type": "out_of_range", "coordinates.x2": "out_of_range",
        "coordinates.y2": "required"}),
    ("products", {"product_name": "P", "weight_kg": 10_000, "color": "red", "valid_from": "2026-02-30"}, {
        "product_code": "required", "weight_kg": "out_of_range", "color": "invalid_format",
        "valid_from": "invalid_time"}),
    ("ideal-rates", {"line_id": NEVER, "product_id": NEVER, "rate_per_minute": "fast"}, {
        "line_id": "unknown_id", "product_id": "unknown_id", "rate_per_minute": "invalid_type"}),
    ("shifts", {
        "plant_id": NEVER, "line_ids": [NEVER, 0, NEVER - 1], "shift_name": "S", "days": [1, 8], "start_time": "06:00",
        "end_time": "14:00", "breaks": [
            {"name": "a", "start_time": "05:00", "end_time": "06:30"},
            {"name": "b", "start_time": "09:00", "end_time": "09:10"},
            {"name": "c", "start_time": "13:50", "end_time": "14:01"},
            {"name": "d", "start_time": "10:00", "end_time": "10:00"}]}, {
        "plant_id": "unknown_id", "line_ids[0]": "unknown_id", "line_ids[1]": "unknown_id",
        "line_ids[2]": "unknown_id", "days[1]": "out_of_range", "breaks[0]": "out_of_range",
        "breaks[2]": "out_of_range", "breaks[3].end_time": "ends_before_start"}),
    ("calendar-exceptions", {
        "plant_id": NEVER, "line_id": NEVER, "kind": "holiday", "name": "E", "start": "2026-05-01T00:00:00.5Z",
        "end": "2026-05-01T00:00:59Z"}, {
        "plant_id": "unknown_id", "line_id": "unknown_id", "kind": "out_of_range", "start": "invalid_time",
        "end": "invalid_time"}),
    ("failures", {"failure_code": "F", "loss_category": "bad luck", "line_ids": [NEVER]}, {
        "failure_name": "required", "loss_category": "out_of_range", "line_ids[0]": "unknown_id"}),
    ("incidents", {"failure_id": NEVER, "incident_code": "I", "incident_name": 5}, {
        "failure_id": "unknown_id", "incident_name": "invalid_type"}),
    ("line-groups", {"group_name": "G" * 256, "line_ids": [NEVER]}, {
        "group_name": "too_long", "line_ids[0]": "unknown_id"}),
]


@pytest.mark.parametrize("resource,body,expected", FAULTS, ids=[f"{row[0]}-{n}" for n, row in enumerate(FAULTS)])
def test_every_fault_is_named_at_once(manager, unused, resource, body, expected):
    assert faults(manager.post(f"{API}/{resource}", body)) == expected
    right, _ = bodies(resource, unused, manager)
    number = manager.make(resource, **right)[ID_FIELDS[resource]]
    assert faults(manager.put(f"{API}/{resource}/{number}", body)) == expected
    # What is wrong in itself is told before whether the object is there.
    check_problem(manager.put(f"{API}/{resource}/{NEVER}", right), 404, "not_found")
    assert faults(manager.put(f"{API}/{resource}/{NEVER}", body)) == expected


class TestForeignIDs:
    """Ids that exist, but not where they are given."""

    def test_a_line_of_another_plant(self, manager, used, unused):
        shift, _ = bodies("shifts", unused, manager)
        answer = manager.post(f"{API}/shifts", shift | {"line_ids": [unused.line, used.line]})
        assert faults(answer) == {"line_ids[1]": "unknown_id"}
        assert manager.post(f"{API}/shifts", shift | {"line_ids": [unused.line]}).status_code == 201
        exception, _ = bodies("calendar-exceptions", unused, manager)
        answer = manager.post(f"{API}/calendar-exceptions", exception | {"line_id": used.line})
        assert faults(answer) == {"line_id": "unknown_id"}
        assert manager.post(f"{API}/calendar-exceptions", exception | {"line_id": unused.line}).status_code == 201

    def test_an_area_with_detections_stays_on_its_line(self, manager, used, unused):
        body = {"line_id": unused.line, "area_name": "moved", "area_type": "output"}
        path = f"{API}/areas/{used.areas['output']}"
        assert faults(manager.put(path, body)) == {"line_id": "not_allowed"}
        assert manager.put(path, body | {"line_id": used.line}).status_code == 200
        free = manager.make("areas", **body | {"line_id": used.line, "area_name": "free"})["area_id"]
        assert manager.put(f"{API}/areas/{free}", body).status_code == 200

    def test_a_line_that_a_shift_names_stays_in_its_plant(self, manager, used, unused):
        line, _ = bodies("production-lines", unused, manager)
        number = manager.make("production-lines", **line)["line_id"]
        path = f"{API}/production-lines/{number}"
        shift, _ = bodies("shifts", unused, manager)
        named = manager.make("shifts", **shift | {"line_ids": [number]})["shift_id"]
        assert faults(manager.put(path, line | {"plant_id": used.plant})) == {"plant_id": "not_allowed"}
        assert manager.delete(f"{API}/shifts/{named}").status_code == 204
        assert manager.put(path, line | {"plant_id": used.plant}).json()["plant_id"] == used.plant

    @pytest.mark.parametrize("resource", ID_FIELDS)
    def test_an_object_of_another_tenant_is_as_one_that_never_was(self, manager, unused, south, resource):
        other = south.client("MANAGER")
        body, changed = bodies(resource, unused, manager)
        numbers = [manager.make(resource, **bodies(resource, unused, manager)[0])[ID_FIELDS[resource]]
                   for _ in range(2)]
        number = next(number for number in numbers + [NEVER - 1] if number not in listed(other, resource))
        given = {"X-Request-Id": "the-same-for-both"}
        for method, content in (("GET", None), ("PUT", changed), ("DELETE", None)):
            foreign = other.send(method, f"{API}/{resource}/{number}", json=content, headers=given)
            invented = other.send(method, f"{API}/{resource}/{NEVER}", json=content, headers=given)
            check_problem(foreign, 404, "not_found")
            assert foreign.content == invented.content


@pytest.fixture(scope="module")
def two(manager):
    return PlantData(manager, code="OWN"), PlantData(manager, code="OTHER")


@pytest.fixture(scope="module")
def limited(system, master, two):
    username = master.make_user("MANAGER", "master-limited")
    system.psql("camet_global", f"UPDATE membership SET plant_ids = ARRAY[{two[0].plant}] WHERE user_id = "
                                f"(SELECT user_id FROM app_user WHERE username = '{username}')")
    return system.client(bearer=sign_in(system, username)["access_token"])


class TestPlants:
    """A user limited to plants: the others are as if they did not exist."""

    @pytest.mark.parametrize("resource", [
        "plants", "production-lines", "areas", "ideal-rates", "shifts", "calendar-exceptions", "line-groups"])
    def test_objects_of_other_plants_are_not_there(self, manager, limited, two, resource):
        own, foreign = (self.object_of(resource, plant, manager) for plant in two)
        assert own in listed(limited, resource) and foreign not in listed(limited, resource)
        _, changed = bodies(resource, two[0], manager)
        assert limited.get(f"{API}/{resource}/{own}").status_code == 200
        for method, content in (("GET", None), ("PUT", changed), ("DELETE", None)):
            check_problem(
                limited.send(method, f"{API}/{resource}/{foreign}", json=content), 404, "not_found")
        assert foreign in listed(manager, resource)

    def object_of(self, resource, plant, manager):
        known = {"plants": plant.plant, "production-lines": plant.line, "areas": plant.areas["output"],
                 "ideal-rates": plant.rate, "shifts": plant.shift}
        if resource in known:
            return known[resource]
        return manager.make(resource, **bodies(resource, plant, manager)[0])[ID_FIELDS[resource]]

    def test_a_body_cannot_name_them(self, limited, two):
        own, other = two
        line = {"line_code": "limited", "line_name": "L"}
        assert faults(limited.post(f"{API}/production-lines", line | {"plant_id": other.plant})) == {
            "plant_id": "unknown_id"}
        assert limited.post(f"{API}/production-lines", line | {"plant_id": own.plant}).status_code == 201
        area = {"area_name": "limited", "area_type": "process"}
        assert faults(limited.post(f"{API}/areas", area | {"line_id": other.line})) == {"line_id": "unknown_id"}
        group = {"group_name": "limited", "line_ids": [own.line, other.line]}
        assert faults(limited.post(f"{API}/line-groups", group)) == {"line_ids[1]": "unknown_id"}
        shift = {"shift_name": "S", "days": [1], "start_time": "06:00", "end_time": "07:00", "is_active": False}
        assert faults(limited.post(f"{API}/shifts", shift)) == {"plant_id": "required"}
        assert faults(limited.post(f"{API}/shifts", shift | {"plant_id": other.plant})) == {"plant_id": "unknown_id"}
        assert limited.post(f"{API}/shifts", shift | {"plant_id": own.plant}).status_code == 201

    def test_what_concerns_other_plants_too_is_seen_in_part_and_not_changed(self, manager, limited, two):
        own, other = two
        group = {"group_name": "both", "line_ids": [own.line, other.line]}
        failure = {"failure_code": "both", "failure_name": "F", "line_ids": [own.line, other.line]}
        shift = {"shift_name": "both", "days": [1], "start_time": "06:00", "end_time": "07:00", "is_active": False}
        for resource, body in (("line-groups", group), ("failures", failure), ("shifts", shift)):
            number = manager.make(resource, **body)[ID_FIELDS[resource]]
            path = f"{API}/{resource}/{number}"
            seen = limited.read(path)
            assert seen["line_ids"] == ([own.line] if "line_ids" in body else None)
            changed = body | ({"line_ids": [own.line]} if "line_ids" in body else {"plant_id": own.plant})
            check_problem(limited.put(path, changed), 403, "forbidden")
            check_problem(limited.delete(path), 403, "forbidden")
            assert manager.delete(path).status_code == 204
        hidden = manager.make("failures", **failure | {"failure_code": "hidden", "line_ids": [other.line]})
        cause = manager.make(
            "incidents", failure_id=hidden["failure_id"], incident_code="hidden", incident_name="I")["incident_id"]
        check_problem(limited.get(f"{API}/failures/{hidden['failure_id']}"), 404, "not_found")
        check_problem(limited.get(f"{API}/incidents/{cause}"), 404, "not_found")
        incident = {"failure_id": hidden["failure_id"], "incident_code": "visible", "incident_name": "I"}
        assert faults(limited.post(f"{API}/incidents", incident)) == {"failure_id": "unknown_id"}

    def test_a_plant_is_not_his_to_add(self, manager, limited, unused):
        body, _ = bodies("plants", unused, manager)
        check_problem(limited.post(f"{API}/plants", body), 403, "forbidden")
        assert manager.post(f"{API}/plants", body).status_code == 201


class TestSettings:
    """What a tenant sets once for all its plants."""

    KEY = "line.default_downtime_threshold_seconds"
    PATH = f"{API}/settings/{KEY}"

    def test_the_default_threshold_is_that_of_lines_that_leave_it_out(self, master, manager, unused):
        admin = master.client("ADMIN")
        assert manager.read(f"{API}/settings") == {"items": [
            {"key": self.KEY, "value": 300}, {"key": "retention.hot_months", "value": 0},
            {"key": "sign_in.two_factor_roles", "value": []}]}
        before = manager.get(self.PATH)
        assert before.json() == {"key": self.KEY, "value": 300}
        line, _ = bodies("production-lines", unused, manager)
        assert manager.make("production-lines", **line)["downtime_threshold_seconds"] == 300
        etag = before.headers["ETag"]
        changed = admin.put(self.PATH, {"value": 120}, headers={"If-Match": etag})
        assert changed.json() == {"key": self.KEY, "value": 120} == manager.read(self.PATH)
        check_problem(admin.put(self.PATH, {"value": 60}, headers={"If-Match": etag}), 412, "precondition_failed")
        line, _ = bodies("production-lines", unused, manager)
        assert manager.make("production-lines", **line)["downtime_threshold_seconds"] == 120
        line, _ = bodies("production-lines", unused, manager)
        answer = manager.post(f"{API}/production-lines", line | {"micro_stop_seconds": 120})
        assert faults(answer) == {"micro_stop_seconds": "out_of_range"}
        assert manager.post(f"{API}/production-lines", line | {"micro_stop_seconds": 121}).status_code == 201
        assert admin.put(self.PATH, {"value": 300}).status_code == 200

    def test_values_and_keys_are_judged(self, master):
        admin = master.client("ADMIN")
        assert faults(admin.put(self.PATH, {"value": 0, "more": 1})) == {
            "value": "out_of_range", "more": "unknown_field"}
        assert faults(admin.put(self.PATH, {"value": "60"})) == {"value": "invalid_type"}
        check_problem(admin.put(f"{API}/settings/line.never", {"value": 1}), 404, "not_found")
        check_problem(admin.get(f"{API}/settings/line.never"), 404, "not_found")
        assert admin.put(self.PATH, {"value": 300}).status_code == 200
