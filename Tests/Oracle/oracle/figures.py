"""Exact figures, days, instants and zones. Instants are microseconds since 1970, days are counted
from 1970."""

import datetime
import re
import zoneinfo

HOUR = 3_600_000_000
DAY = 24 * HOUR
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
EPOCH = datetime.date(1970, 1, 1).toordinal()

_TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?"
    r"(?:([Zz])|([+-])(\d{2}):(\d{2}))",
    re.ASCII,
)


def scaled_figure(text, scale):
    """A figure of a file of Topics/ as an integer of 10^-scale units (`1_000` is 1000)."""
    match = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?", text.replace("_", ""), re.ASCII)
    if not match or len(match.group(3) or "") > scale:
        raise ValueError(f"{text} is no figure of {scale} decimals")
    units = int(match.group(2) + (match.group(3) or "").ljust(scale, "0"))
    return -units if match.group(1) else units


def format_figure(units, scale):
    sign = "-" if units < 0 else ""
    whole, fraction = divmod(abs(units), 10**scale)
    decimals = str(fraction).rjust(scale, "0").rstrip("0") if scale else ""
    return f"{sign}{whole}{'.' + decimals if decimals else ''}"


def divide(value, by):
    """Towards zero."""
    quotient = abs(value) // abs(by)
    return -quotient if (value < 0) != (by < 0) else quotient


def day_number(text):
    return datetime.date.fromisoformat(text).toordinal() - EPOCH


def day_text(number):
    return datetime.date.fromordinal(number + EPOCH).isoformat()


def instant(text):
    """RFC 3339 with seconds and an offset, to the microsecond below; None where it is malformed."""
    match = _TIME.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(match.group(index)) for index in range(1, 7))
    if hour > 23 or minute > 59 or second > 59:
        return None
    try:
        days = datetime.date(year, month, day).toordinal() - EPOCH
    except ValueError:
        return None
    offset = 0
    if match.group(9):
        if int(match.group(10)) > 23 or int(match.group(11)) > 59:
            return None
        offset = (int(match.group(10)) * 60 + int(match.group(11))) * 60
        offset = -offset if match.group(9) == "-" else offset
    fraction = int((match.group(7) or "").ljust(6, "0")[:6])
    return (days * 86_400 + hour * 3_600 + minute * 60 + second - offset) * 1_000_000 + fraction


def instant_text(microseconds):
    seconds, fraction = divmod(microseconds, 1_000_000)
    day, of_day = divmod(seconds, 86_400)
    text = f"{day_text(day)}T{of_day // 3600:02}:{of_day // 60 % 60:02}:{of_day % 60:02}"
    if fraction % 1000:
        text += f".{fraction:06}"
    elif fraction:
        text += f".{fraction // 1000:03}"
    return text + "Z"


def duration(text):
    """`3 d`, `6 h`, `30 min`, `5 s`, in microseconds."""
    match = re.fullmatch(r"(\d{1,9}) *(d|h|min|s)", text, re.ASCII)
    if not match:
        raise ValueError(f"{text} is no duration")
    return (
        int(match.group(1))
        * {"d": 86_400, "h": 3_600, "min": 60, "s": 1}[match.group(2)]
        * 1_000_000
    )


def duration_text(microseconds):
    seconds = microseconds // 1_000_000
    days, of_day = divmod(seconds, 86_400)
    parts = [(of_day // 3600, "H"), (of_day // 60 % 60, "M"), (of_day % 60, "S")]
    clock = "".join(f"{count}{unit}" for count, unit in parts if count)
    if not days and not clock:
        return "PT0S"
    return "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "")


def period(text):
    """First and last day of `2023`, `2023-Q1`, `2023-03` or `2023-03-05`, else None."""
    match = re.fullmatch(r"(\d{4})(?:-Q([1-4])|-(\d{2})(?:-(\d{2}))?)?", text, re.ASCII)
    if not match or match.group(1) == "0000":
        return None
    year, first, last = int(match.group(1)), 1, 12
    if match.group(2):
        last = int(match.group(2)) * 3
        first = last - 2
    elif match.group(3):
        first = last = int(match.group(3))
        if not 1 <= first <= 12:
            return None
    try:
        start = datetime.date(year, first, int(match.group(4) or 1)).toordinal() - EPOCH
    except ValueError:
        return None
    if match.group(4):
        return start, start
    if year == 9999 and last == 12:
        return start, datetime.date(9999, 12, 31).toordinal() - EPOCH
    following = datetime.date(year + last // 12, last % 12 + 1, 1).toordinal() - EPOCH
    return start, following - 1


class Zone:
    def __init__(self, name):
        self.name = name
        self._zone = zoneinfo.ZoneInfo(name)
        self._offsets = {}

    def offset(self, microseconds):
        """East of UTC, in microseconds."""
        quarter = microseconds // 900_000_000
        known = self._offsets.get(quarter)
        if known is None:
            moment = datetime.datetime.fromtimestamp(quarter * 900, self._zone)
            known = int(moment.utcoffset().total_seconds()) * 1_000_000
            self._offsets[quarter] = known
        return known

    def hour(self, microseconds):
        offset = self.offset(microseconds)
        return (microseconds + offset) // HOUR * HOUR - offset

    def day(self, microseconds):
        return (microseconds + self.offset(microseconds)) // DAY

    def year_before(self, microseconds):
        """What the clocks showed a year before: 28 February for the 29th, the change for a time
        that it skips, the first for one that comes twice; a day's start for a day's start."""
        day = self.day(microseconds)
        date = datetime.date.fromordinal(day + EPOCH)
        leap = date.month == 2 and date.day == 29
        date = date.replace(year=date.year - 1, day=28 if leap else date.day)
        before = date.toordinal() - EPOCH
        if microseconds == self.start(day):
            return self.start(before)
        shown = microseconds + self.offset(microseconds) - (day - before) * DAY
        guesses = {shown - self.offset(shown - DAY), shown - self.offset(shown + DAY)}
        right = [guess for guess in guesses if guess + self.offset(guess) == shown]
        if right:
            return min(right)
        low, high = min(guesses), max(guesses)
        offset = self.offset(high)
        while high - low > 1:
            middle = (low + high) // 2
            if self.offset(middle) == offset:
                high = middle
            else:
                low = middle
        return high

    def start(self, day):
        """The first instant of the day: midnight, or the change of clocks that skips it."""
        midnight = day * DAY
        early = midnight - max(self.offset(midnight - DAY), self.offset(midnight + DAY))
        late = midnight - min(self.offset(midnight - DAY), self.offset(midnight + DAY))
        if self.day(early) == day:
            return early
        # Offsets change at full quarters of an hour.
        quarter = 900_000_000
        while early < late and self.day(early) != day:
            early += quarter
        return early
