"""The plants of the demo tenants, made through the public API: lines, areas, products, rates, shifts, causes.

Asks for what is there first and adds only what is missing, so it may be run again at any time.
usage: demo_plants.py BASE_URL KEY_FILE TENANT
"""

import json
import sys
import time
import urllib.error
import urllib.request

PATIENCE_SECONDS = 120

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
MONDAY_TO_SATURDAY = [1, 2, 3, 4, 5, 6]
MONDAY_TO_FRIDAY = [1, 2, 3, 4, 5]

# Causes are alike in both companies: code, name, loss category, incidents.
FAILURES = [
    ("MEC", "Mecánica", "breakdown", [
        ("MEC-01", "Atasco en cinta", "Retirar el producto y revisar guías"),
        ("MEC-02", "Rotura de cadena", "Cambiar eslabón y tensar"),
        ("MEC-03", "Rodamiento gastado", "Cambiar rodamiento y lubricar"),
    ]),
    ("ELE", "Eléctrica", "breakdown", [
        ("ELE-01", "Sensor sin señal", "Limpiar el sensor y comprobar el conector"),
        ("ELE-02", "Variador en falla", "Rearmar y registrar el código"),
    ]),
    ("CAM", "Cambio de formato", "changeover", [
        ("CAM-01", "Cambio de producto", None),
        ("CAM-02", "Cambio de bobina", None),
    ]),
    ("MAT", "Material", "material", [
        ("MAT-01", "Falta de envases", "Avisar a depósito"),
        ("MAT-02", "Film defectuoso", "Separar la bobina y reclamar"),
    ]),
    ("CAL", "Calidad", "quality", [
        ("CAL-01", "Sellado defectuoso", "Ajustar temperatura de mordazas"),
        ("CAL-02", "Peso fuera de tolerancia", "Calibrar la dosificadora"),
    ]),
    ("PLA", "Planificada", "planned", [("PLA-01", "Limpieza", None), ("PLA-02", "Mantenimiento preventivo", None)]),
    ("DEM", "Sin demanda", "no_demand", [("DEM-01", "Sin orden de producción", None)]),
]

# plants: code → name, zone; lines: code → plant, name, units per minute, areas; products: code → name, kg, colour;
# rates: line → product → units per minute; shifts: plant, lines (None: all), name, days, start, end, breaks.
IN, OUT = ("Entrada", "input"), ("Salida", "output")
TENANTS = {
    "andina": {
        "plants": {
            "BUE": ("Buenos Aires", "America/Argentina/Buenos_Aires"),
            "SCL": ("Santiago", "America/Santiago"),
        },
        "lines": {
            "L1": ("BUE", "Línea 1 · Galletas", 16, [IN, ("Sellado", "process"), OUT]),
            "L2": ("BUE", "Línea 2 · Pastas", 14, [IN, OUT]),
            "L3": ("BUE", "Línea 3 · Harinas", 12, [IN, OUT]),
            "S1": ("SCL", "Línea S1 · Conservas", 15, [IN, OUT]),
            "S2": ("SCL", "Línea S2 · Salsas", 13, [OUT]),
        },
        "products": {
            "GAL-200": ("Galletas 200 g", 0.2, "#2a7fba"),
            "GAL-500": ("Galletas 500 g", 0.5, "#e08a1e"),
            "FID-500": ("Fideos 500 g", 0.5, "#3a9a5b"),
            "TAL-250": ("Tallarines 250 g", 0.25, "#b5498e"),
            "HAR-1000": ("Harina 1 kg", 1.0, "#7a6bc2"),
            "DUR-820": ("Duraznos en lata 820 g", 0.82, "#d4503e"),
            "TOM-400": ("Tomate triturado 400 g", 0.4, "#a83232"),
            "SAL-340": ("Salsa de tomate 340 g", 0.34, "#c9a227"),
        },
        "rates": {
            "L1": {"GAL-200": 18, "GAL-500": 14},
            "L2": {"FID-500": 14, "TAL-250": 16},
            "L3": {"HAR-1000": 12, "FID-500": 13},
            "S1": {"DUR-820": 13, "TOM-400": 16},
            "S2": {"SAL-340": 15, "TOM-400": 13},
        },
        "shifts": [
            ("BUE", None, "Mañana", EVERY_DAY, "06:00", "14:00", [("Descanso", "10:00", "10:20")]),
            ("BUE", None, "Tarde", EVERY_DAY, "14:00", "22:00", [("Descanso", "18:00", "18:20")]),
            ("BUE", ["L1", "L2"], "Noche", EVERY_DAY, "22:00", "06:00", [("Descanso", "02:00", "02:20")]),
            ("SCL", None, "Turno A", MONDAY_TO_SATURDAY, "07:00", "15:00", [("Colación", "12:00", "12:30")]),
            ("SCL", None, "Turno B", MONDAY_TO_FRIDAY, "15:00", "23:00", [("Colación", "19:00", "19:30")]),
        ],
    },
    "iberia": {
        "plants": {"MAD": ("Madrid", "Europe/Madrid")},
        "lines": {
            "M1": ("MAD", "Línea M1 · Atún", 18, [IN, OUT]),
            "M2": ("MAD", "Línea M2 · Sardinas", 12, [IN, OUT]),
            "M3": ("MAD", "Línea M3 · Pimientos", 10, [IN, OUT]),
        },
        "products": {
            "ATU-80": ("Atún claro 80 g", 0.08, "#2a7fba"),
            "ATU-160": ("Atún claro 160 g", 0.16, "#e08a1e"),
            "SAR-120": ("Sardinas en aceite 120 g", 0.12, "#3a9a5b"),
            "MEJ-110": ("Mejillones 110 g", 0.11, "#b5498e"),
            "PIM-220": ("Pimientos del piquillo 220 g", 0.22, "#d4503e"),
            "ESP-330": ("Espárragos 330 g", 0.33, "#7a6bc2"),
        },
        "rates": {
            "M1": {"ATU-80": 20, "ATU-160": 17},
            "M2": {"SAR-120": 12, "MEJ-110": 11},
            "M3": {"PIM-220": 10, "ESP-330": 11},
        },
        "shifts": [
            ("MAD", None, "Mañana", MONDAY_TO_SATURDAY, "06:00", "14:00", [("Bocadillo", "09:30", "09:50")]),
            ("MAD", None, "Tarde", MONDAY_TO_SATURDAY, "14:00", "22:00", [("Merienda", "17:30", "17:50")]),
            ("MAD", ["M1"], "Noche", EVERY_DAY, "22:00", "06:00", [("Descanso", "02:00", "02:20")]),
            ("MAD", ["M1"], "Domingo", [7], "06:00", "22:00", [("Comida", "14:00", "14:30")]),
        ],
    },
}


class PublicAPI:
    def __init__(self, base_url, key):
        self.base_url = base_url.rstrip("/")
        self.key = key

    def ask(self, method, path, body=None):
        """The answer's JSON; waits while the server has no time, and ends the program with its words for a refusal."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-API-Key": self.key, "Accept": "application/json", "Content-Type": "application/json"}
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            request = urllib.request.Request(self.base_url + path, data, headers, method=method)
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code not in (429, 503) or time.monotonic() > end:
                    words = error.read(2000).decode(errors="replace")
                    sys.exit(f"demo_plants: {method} {path}: {error.code} {words}")
                pause = float(error.headers.get("Retry-After") or 1)
            except OSError as error:
                if time.monotonic() > end:
                    sys.exit(f"demo_plants: {method} {path}: {error}")
                pause = 1
            time.sleep(min(pause, 10))

    def items(self, resource):
        items, cursor = [], None
        while True:
            page = self.ask("GET", f"/api/v1/{resource}?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items


class Shelf:
    """The objects of one kind by what tells them apart for a person."""

    def __init__(self, api, resource, identifier, names):
        self.api, self.resource, self.identifier, self.names = api, resource, identifier, names
        self.ids = {self.name(item): item[identifier] for item in api.items(resource)}

    def name(self, item):
        return tuple(item[field] for field in self.names)

    def require(self, **body):
        """The number of the object; made when there is none of its name."""
        name = self.name(body)
        if name not in self.ids:
            made = self.api.ask("POST", f"/api/v1/{self.resource}", body)
            self.ids[name] = made[self.identifier]
        return self.ids[name]


def make_plants(api, demo):
    shelf = Shelf(api, "plants", "plant_id", ["plant_code"])
    plants = {
        code: shelf.require(plant_code=code, plant_name=name, timezone=zone)
        for code, (name, zone) in demo["plants"].items()
    }
    line_shelf = Shelf(api, "production-lines", "line_id", ["line_code"])
    area_shelf = Shelf(api, "areas", "area_id", ["line_id", "area_name"])
    lines = {}
    for code, (plant, name, rate, areas) in demo["lines"].items():
        lines[code] = line_shelf.require(
            plant_id=plants[plant], line_code=code, line_name=name, rate_per_minute=rate,
            downtime_threshold_seconds=60, micro_stop_seconds=300, target_oee=0.75)
        for order, (area, kind) in enumerate(areas, start=1):
            area_shelf.require(line_id=lines[code], area_name=area, area_type=kind, area_order=order)
    make_products(api, demo, lines)
    shift_shelf = Shelf(api, "shifts", "shift_id", ["plant_id", "shift_name"])
    for plant, on, name, days, start, end, breaks in demo["shifts"]:
        shift_shelf.require(
            plant_id=plants[plant], line_ids=None if on is None else [lines[code] for code in on], shift_name=name,
            days=days, start_time=start, end_time=end,
            breaks=[{"name": pause, "start_time": since, "end_time": until} for pause, since, until in breaks])
    print(f"demo: {len(plants)} plants, {len(lines)} lines")


def make_products(api, demo, lines):
    shelf = Shelf(api, "products", "product_id", ["product_code"])
    products = {
        code: shelf.require(product_code=code, product_name=name, weight_kg=weight, color=color)
        for code, (name, weight, color) in demo["products"].items()
    }
    rate_shelf = Shelf(api, "ideal-rates", "ideal_rate_id", ["line_id", "product_id"])
    for line, rates in demo["rates"].items():
        for product, rate in rates.items():
            rate_shelf.require(line_id=lines[line], product_id=products[product], rate_per_minute=rate)


def make_causes(api):
    failures = Shelf(api, "failures", "failure_id", ["failure_code"])
    incidents = Shelf(api, "incidents", "incident_id", ["incident_code"])
    for code, name, category, causes in FAILURES:
        failure = failures.require(failure_code=code, failure_name=name, loss_category=category)
        for incident, incident_name, solution in causes:
            incidents.require(
                failure_id=failure, incident_code=incident, incident_name=incident_name, solution=solution)


def main():
    base_url, key_file, tenant = sys.argv[1:]
    with open(key_file, encoding="ascii") as file:
        api = PublicAPI(base_url, file.readline().strip())
    make_plants(api, TENANTS[tenant])
    make_causes(api)


if __name__ == "__main__":
    main()
