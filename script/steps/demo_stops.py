"""Gives the stops of the demo tenants their causes, through the public API, as people would have by now.

Nearly all stops of the days before yesterday have one, half of yesterday's, none of today's. Which ones, and what cause, follows
from the stop, and a stop that has a cause is left alone: it may be run again at any time.
usage: demo_stops.py BASE_URL KEY_FILE DAYS
"""

import sys
import zlib
from datetime import date, datetime, timedelta, timezone

from demo_plants import PublicAPI

# The causes of a stop up to so many minutes; one that is longer is none that a shift would explain in passing.
CAUSES = [
    (10, ["CAM-02", "MEC-01", "MAT-01", "MEC-01", "CAL-02"]),
    (30, ["CAM-01", "ELE-01", "CAL-01", "MEC-01", "CAM-01", "MAT-01"]),
    (120, ["MEC-02", "ELE-02", "MEC-03", "PLA-02", "MAT-02"]),
]


def cause(stop, chance):
    """The code of the incident, or None: of `chance` in a hundred stops it is known."""
    drawn = zlib.crc32(f"{stop['line_code']} {stop['start']}".encode())
    if drawn % 100 >= chance:
        return None
    for minutes, codes in CAUSES:
        if stop["duration_seconds"] <= 60 * minutes:
            return codes[drawn // 100 % len(codes)]
    return None


def justify(api, day, chance, incidents):
    """How many stops of a day were given a cause."""
    done = 0
    for stop in api.ask("GET", f"/api/v1/downtimes?from={day}&to={day}&justified=false&kind=stop")["items"]:
        code = cause(stop, chance)
        # Those that began the day before are of that day.
        if code is None or stop["end"] is None or not stop["start"].startswith(f"{day}"):
            continue
        api.ask("POST", "/api/v1/downtimes/justify", {
            "line_id": stop["line_id"], "start": stop["start"], "end": stop["end"], "incident_id": incidents[code]})
        done += 1
    return done


def main():
    base_url, key_file, days = sys.argv[1:]
    with open(key_file, encoding="ascii") as file:
        api = PublicAPI(base_url, file.readline().strip())
    incidents = {item["incident_code"]: item["incident_id"] for item in api.items("incidents")}
    today: date = datetime.now(timezone.utc).date()
    done = sum(justify(api, today - timedelta(days=ago), 50 if ago == 1 else 92, incidents)
               for ago in range(int(days), 0, -1))
    print(f"demo: {done} stops were given their cause")


if __name__ == "__main__":
    main()
