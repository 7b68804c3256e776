"""Tools over a small world."""

from sandbox_server.tools import Here, Refused


def add_note(here: Here, title: str, text: str = "") -> str:
    """Keep a note."""
    if title in here.table("notes"):
        raise Refused(f"There is a note {title!r} already.")
    here.table("notes").put(title, {"text": text, "by": here.actor, "at": here.now.isoformat()})
    return f"Kept {title}."


def close_order(here: Here, order: int) -> dict[str, int]:
    """Close an order, tell the customer, and leave a line in the log."""
    rows = here.sql("shop", "select id, total from orders where id = ?", [order])
    here.execute("shop", "delete from orders where id = ?", [order])
    here.write("files", "/w/log.txt", here.read("files", "/w/log.txt") + f"closed {order}\n")
    if not rows:
        raise Refused(f"There is no order {order}.")
    here.later(60, "deliver", server="inbox", **{"from": "shop@desk.test", "subject": f"Order {order} is closed"})
    return {"total": int(rows[0]["total"])}


def draw(here: Here) -> list[str]:
    """Draw an id and a number."""
    return [here.new_id("n_"), f"{here.chance('first'):.6f}"]


def fail(here: Here) -> str:
    """Write something, then break."""
    here.table("notes").put("half", {})
    raise RuntimeError("no luck")


def titles(here: Here) -> list[str]:
    """All titles."""
    return [*here.table("notes"), *here.table("contacts", "inbox")]


def nowhere(here: Here, table: str) -> int:
    """Count what is not there."""
    return len(here.table(table))
