"""JavaScript's view of texts where it shows: UTF-16 units, white space, dates, rounding."""

from typing import Final

BLANKS: Final = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What `trim` and `\\s` take for white space."""
STRING_LETTERS_MAX: Final = 8 << 20
"""Letters of a text that is put together, beyond which there is an error. JavaScript's own bound is 64 times that, but
other episodes wait for the answer to be written, and this process holds it several times over."""

_WEEKDAYS: Final = ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY_S: Final = 86_400


def units(text: str) -> str:
    """The text with one character per UTF-16 unit: what lies beyond U+FFFF becomes two surrogates."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(map(chr, memoryview(raw).cast("H")))


def points(text: str) -> str:
    """The text with surrogate pairs joined to one character each."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def length(text: str) -> int:
    """The number of UTF-16 units."""
    return len(text) if text.isascii() else len(text) + sum(letter > "\uffff" for letter in text)


def to_bytes(text: str) -> bytes:
    """UTF-8, each lone surrogate replaced by U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def well_formed(text: str) -> str:
    """The text as the operating system gets it: each lone surrogate replaced by U+FFFD."""
    return text if text.isascii() else to_bytes(text).decode()


def rounded(numerator: int, denominator: int) -> str:
    """A quotient with two decimals, halves rounded up, as `toFixed(2)` has it for exact quotients."""
    hundredths = (numerator * 200 + denominator) // (2 * denominator)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def date_text(time_ns: int) -> str:
    """`Mon Feb 25 2019 08:47:46 GMT+0000 (Coordinated Universal Time)`; the time is rounded to milliseconds first."""
    days, second = divmod((time_ns + 500_000) // 1_000_000_000, _DAY_S)
    year, month, day = _civil(days)
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    shown = f"{year:04d}" if year >= 0 else f"-{-year:06d}"
    weekday = _WEEKDAYS[days % 7]
    return f"{weekday} {_MONTHS[month - 1]} {day:02d} {shown} {clock} GMT+0000 (Coordinated Universal Time)"


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of the Gregorian calendar for days since 1970-01-01, any year: Howard Hinnant's formula
    of `chrono-Compatible Low-Level Date Algorithms`, with years that begin on 1 March."""
    shifted = days + 719_468
    era, day_of_era = divmod(shifted, 146_097)
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month_from_march + 2) // 5 + 1
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    return year_of_era + era * 400 + (month <= 2), month, day
