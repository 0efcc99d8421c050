"""When the lines of the made plant are meant to work: three shifts with a break each, at UTC-3 all year."""

ZONE = "America/Argentina/Buenos_Aires"
LOCAL = -3 * 3600
DAY = 86_400

# name, start, end, start of the break of 20 minutes; hours of the local day
SHIFTS = [("Morning", 6, 14, 10), ("Afternoon", 14, 22, 18), ("Night", 22, 6, 2)]
BREAK_MINUTES = 20

# Weekdays (1 = Monday) on which each shift starts, by group of lines.
GROUPS = [
    ((1, 2), {"Morning": [1, 2, 3, 4, 5, 6, 7], "Afternoon": [1, 2, 3, 4, 5, 6, 7], "Night": [1, 2, 3, 4, 5, 6, 7]}),
    ((3, 4), {"Morning": [1, 2, 3, 4, 5, 6], "Afternoon": [1, 2, 3, 4, 5], "Night": [1, 2, 3, 4, 5, 7]}),
    ((5,), {"Morning": [1, 2, 3, 4, 5, 6], "Afternoon": [1, 2, 3, 4, 5, 6], "Night": [1, 2, 3, 4]}),
]


def planned(line: int, start: int, end: int) -> list[tuple[int, int]]:
    """The planned stretches of a line between two instants (seconds since 1970, UTC), in order."""
    days = next(days for lines, days in GROUPS if line in lines)
    found = []
    for midnight in range((start + LOCAL) // DAY * DAY - DAY, end + LOCAL + DAY, DAY):
        weekday = (midnight // DAY + 3) % 7 + 1
        for name, opens, closes, pause in SHIFTS:
            if weekday not in days[name]:
                continue
            hours = [opens, pause, closes]
            opens, pause, closes = (midnight - LOCAL + 3600 * (hour if hour >= opens else hour + 24) for hour in hours)
            found += [(opens, pause), (pause + BREAK_MINUTES * 60, closes)]
    return [(max(a, start), min(b, end)) for a, b in sorted(found) if a < end and b > start]
