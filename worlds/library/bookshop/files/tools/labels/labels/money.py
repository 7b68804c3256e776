"""Prices as whole cents."""


def cents(text: str) -> int:
    """The cents of a price such as 12.95, 12,95 or 12. Raises ValueError for anything else."""
    whole, _, part = text.strip().replace(",", ".").partition(".")
    if not whole.isdigit() or (part and not part.isdigit()) or len(part) > 2:
        raise ValueError(f"not a price: {text!r}")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def shown(amount: int) -> str:
    """Cents as a price: 1295 is 12.95."""
    return f"{amount // 100}.{amount % 100:02d}"
