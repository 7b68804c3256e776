"""What an agent's departure is said to be, by what the gate before its servers has seen."""

from harness.trajectory import Departure
from sandbox_server.directing.gate import Gate
from sandbox_server.episode import Episode


def noted(departure: Departure, gate: Gate, episode: Episode) -> Departure:
    """A departure with the calls that a fault keeps waiting at this moment."""
    hit = gate.unanswered(episode)
    return departure.model_copy(update={"unanswered": tuple(hit)}) if hit else departure
