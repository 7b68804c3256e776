"""What the end of a run says about how far its verdicts can be trusted: the isolation, and what was not recorded."""

from collections.abc import Iterator

from harness.agent import Agent
from harness.isolation import isolations


def end_notes(agent: Agent) -> Iterator[str]:
    """Which isolation held and what it cannot promise, in sentences; nothing for agents that are our own."""
    if agent.unrecorded:
        yield f"Not recorded: what the agent did with your own servers ({', '.join(agent.unrecorded)})."
    if agent.where != "outside":
        return
    if agent.kind == "external":
        yield "Isolation: none. The client ran where its person started it."
    elif agent.isolation == "none":
        yield (
            "Isolation: none. The agent ran as you, on this machine: it could have read the scenario and this record, "
            f"and ended other processes of yours. Do not run agents like this that you do not trust; {_better()}."
        )
    elif agent.kind == "image":
        yield (
            "Isolation: container. The agent saw its image and its desk; it reached what this machine serves on all "
            "its addresses and, where run with --egress and without --gateway, the internet."
        )
    elif agent.isolation == "container":
        yield (
            "Isolation: container. The agent saw an image, its desk and this folder without scenarios and records; it "
            "reached what this machine serves on all its addresses and, unless run with --gateway, the internet."
        )
    else:
        yield (
            f"Isolation: {agent.isolation}. The agent saw neither scenarios nor records, no homes and no other "
            "processes; it shared this machine's network."
        )


def _better() -> str:
    refusal = isolations.get("namespace").refusal()
    return "--isolation namespace is for those" if refusal is None else f"no better isolation is to be had: {refusal}"
