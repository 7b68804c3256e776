"""Logarithms, powers and normal quantiles that come out the same to the last bit wherever they are computed.

The C library's `log`, `exp` and `pow` may differ by a unit in the last place from one platform to the next, and a
compiler may fuse a product with a sum. Here they are computed in decimals of 40 digits, which the General Decimal
Arithmetic rounds correctly, and rounded once to a float; all else is single operations on floats, which IEEE 754 rounds
correctly, roots included.
"""

from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from math import sqrt
from typing import Final

_EXACTLY: Final = Context(prec=40, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX, clamp=0)
_MIDDLE: Final = 0.425
_CURVE: Final = 0.180625
_BEND: Final = 5.0
_SHIFT: Final = 1.6
# Coefficients of numerators and denominators, the highest power first: M. J. Wichura, "Algorithm AS 241: The Percentage
# Points of the Normal Distribution", Applied Statistics 37 (1988), PPND16; good to 1 part in 10**16.
_NEAR: Final = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.3871328727963666080),
    (5226.4952788528545610, 28729.085735721942674, 39307.895800092710610, 21213.794301586595867,
     5394.1960214247511077, 687.18700749205790830, 42.313330701600911252, 1.0),
)  # fmt: skip
_FAR: Final = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 0.241780725177450611770, 1.27045825245236838258,
     3.64784832476320460504, 5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 0.148103976427480074590,
     0.689767334985100004550, 1.67638483018380384940, 2.05319162663775882187, 1.0),
)  # fmt: skip
_FARTHEST: Final = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     0.296560571828504891230, 1.78482653991729133580, 5.46378491116411436990, 6.65790464350110377720),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 0.136929880922735805310, 0.599832206555887937690, 1.0),
)  # fmt: skip


def log(value: float) -> float:
    """The natural logarithm of a positive number."""
    return float(_EXACTLY.ln(Decimal(value)))


def exp(value: float) -> float:
    """The exponential of a number."""
    return float(_EXACTLY.exp(Decimal(value)))


def power(base: float, exponent: float) -> float:
    """A power of a positive number, which is rounded only once."""
    return float(_EXACTLY.exp(_EXACTLY.multiply(Decimal(exponent), _EXACTLY.ln(Decimal(base)))))


def normal_quantile(share: float) -> float:
    """The standard normal variate below which a share of all lies; the share lies between 0 and 1, both excluded."""
    off = share - 0.5
    if abs(off) <= _MIDDLE:
        return _ratio(_NEAR, _CURVE - off * off) * off
    root = sqrt(-log(share if off < 0 else 1.0 - share))
    size = _ratio(_FAR, root - _SHIFT) if root <= _BEND else _ratio(_FARTHEST, root - _BEND)
    return -size if off < 0 else size


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], value: float) -> float:
    above, below = (_polynomial(each, value) for each in coefficients)
    return above / below


def _polynomial(coefficients: tuple[float, ...], value: float) -> float:
    total = 0.0
    for coefficient in coefficients:
        total = total * value + coefficient
    return total
