"""What goes wrong with the start of a server's process, before any call; told to the ledger as a request `start`."""

from fault_injection.asked import Asked
from fault_injection.engine import Decision
from fault_injection.fault import Starting
from fault_injection.verdict import Verdict
from sandbox_server.episode import Episode
from sandbox_server.faults.around import counters_of, keep_counters
from sandbox_server.ledger import Entry

START = "start"
"""What stands in the ledger in place of a method."""


async def late_ms(episode: Episode, server: str, actor: str) -> int:
    """World time for which a server that was just started answers nothing. Raises Ended."""
    live = episode.faults
    if live.engine is None or not live.engine.covering(server, "", is_start=True):
        return 0
    if not episode.turn.take():
        await episode.turn.acquire()
    try:
        return _decided(episode, server, actor)
    finally:
        episode.turn.release()


def _decided(episode: Episode, server: str, actor: str) -> int:
    """Ask the rules, and remember what they said."""
    live, now_ns = episode.faults, episode.world.clock.now_ns
    began_ns = live.began_ns
    asked = Asked(server, "", transport="stdio", now_ns=now_ns, began_ns=began_ns, actor=actor, is_start=True)
    decision = live.engine.decide(asked, counters_of(episode)) if live.engine is not None else None
    if decision is None:
        return 0
    keep_counters(episode, decision.counters)
    episode.repark()
    late = sum(_late_ms(decision, verdict, now_ns) for verdict in decision.fired)
    _note(episode, decision, late)
    return late


def _late_ms(decision: Decision, verdict: Verdict, now_ns: int) -> int:
    fault = verdict.rule.fault
    return fault.late_ms(decision.scene(verdict, now_ns)) if isinstance(fault, Starting) else 0


def _note(episode: Episode, decision: Decision, late: int) -> None:
    asked = decision.asked
    rules = tuple(_told(verdict) for verdict in decision.matched)
    episode.ledger.write(
        Entry(
            episode.ledger.next_number, "request", asked.actor, asked.server, START, rules=rules,
            digest_before=episode.digest, digest_after=episode.digest, arrived_ns=asked.now_ns, told_ns=asked.now_ns,
            notes={"transport": asked.transport, **({"wire": {"late_ms": late}} if late else {})},
        )
    )  # fmt: skip


def _told(verdict: Verdict) -> dict[str, object]:
    return {**verdict.to_json(), **({"ends_at": "client"} if verdict.fires else {})}
