"""What models beside the agent's used in an episode: those that word what people say, and judges."""

from collections.abc import Iterable, Mapping

from harness.judging.judgement import Judgement
from harness.trajectory import Trajectory, Usage
from harness.users.answering import Player
from harness.users.exchanges import Exchange
from harness.users.model_smith import ModelSmith


def used_by_models(exchanges: Iterable[Exchange | Judgement]) -> dict[str, Usage]:
    """The name of a model to what some exchanges with it used; what was said again without asking used nothing."""
    return added_up((each.model, _usage(each)) for each in exchanges if each.input_tokens or each.output_tokens)


def used_by_people(players: Iterable[Player]) -> dict[str, Usage]:
    """The name of a model to what it used to word what these people said."""
    smiths = [player.smith for player in players if isinstance(player.smith, ModelSmith)]
    return used_by_models(exchange for smith in smiths for exchange in smith.exchanges.kept)


def with_helpers(trajectory: Trajectory, used: Mapping[str, Usage]) -> Trajectory:
    """An ended trajectory that tells of more that was used."""
    if trajectory.closing is None or not used:
        return trajectory
    helpers = added_up([*trajectory.closing.helpers.items(), *used.items()])
    return trajectory.model_copy(update={"closing": trajectory.closing.model_copy(update={"helpers": helpers})})


def added_up(usages: Iterable[tuple[str, Usage]]) -> dict[str, Usage]:
    """The sum of usages under each name."""
    found: dict[str, Usage] = {}
    for name, usage in usages:
        before = found.get(name, Usage())
        found[name] = Usage(
            input_tokens=before.input_tokens + usage.input_tokens,
            output_tokens=before.output_tokens + usage.output_tokens,
            requests=before.requests + usage.requests,
        )
    return found


def _usage(exchange: Exchange | Judgement) -> Usage:
    return Usage(input_tokens=exchange.input_tokens, output_tokens=exchange.output_tokens, requests=1)
